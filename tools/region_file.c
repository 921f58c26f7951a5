/*
 * Regions from a file: see region_file.h. The file is read whole, its line ends become ends of
 * words.
 */
#include "tools/region_file.h"

#include "common/error.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_BYTES = 64 * 1024 };

int region_list_add(struct region_list *list, const struct contig_query *query)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 16;
        struct contig_query *queries = realloc(list->queries, capacity * sizeof *queries);

        if (!queries)
            return error_set(ERROR_MEMORY, "no memory for %zu regions", capacity);
        list->queries = queries;
        list->capacity = capacity;
    }
    list->queries[list->count++] = *query;
    return 0;
}

void region_list_free(struct region_list *list)
{
    free(list->queries);
    bytes_free(&list->text);
}

static int read_text(int fd, const char *path, struct bytes *text)
{
    for (;;) {
        ssize_t n;
        int status = bytes_reserve(text, READ_BYTES);

        if (status)
            return status;
        n = read(fd, text->data + text->length, READ_BYTES);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(ERROR_IO, "cannot read %s", path);
        if (n == 0)
            return bytes_append_byte(text, '\0');
        text->length += (size_t)n;
    }
}

static int read_file(const char *path, struct bytes *text)
{
    int fd, status;

    if (strcmp(path, "-") == 0)
        return read_text(STDIN_FILENO, "standard input", text);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(ERROR_IO, "cannot open %s", path);
    status = read_text(fd, path, text);
    close(fd);
    return status;
}

/* A number between tabs; NULL if there is none. */
static char *take_number(char *at, uint64_t *number)
{
    char *end;

    if (!at || *at < '0' || *at > '9')
        return NULL;
    errno = 0;
    *number = strtoull(at, &end, 10);
    if (errno)
        *number = UINT64_MAX;
    return *end == '\t' || *end == ' ' || *end == '\0' ? end : NULL;
}

/* CONTIG, FROM, TO and what may follow; TO is no part of the region. */
static int read_bed(char *line, struct contig_query *query)
{
    char *tab = strchr(line, '\t'), *at;

    at = take_number(tab ? tab + 1 : NULL, &query->from);
    at = take_number(at && *at ? at + 1 : NULL, &query->to);
    if (!at || query->to <= query->from)
        return error_set(ERROR_INPUT, "no contig, start and end after it");
    *tab = '\0';
    query->to--;
    query->style = QUERY_STYLE_NAME;
    query->has_region = 1;
    return 0;
}

static int is_left_out(const char *line, int bed)
{
    if (*line == '\0' || *line == '#')
        return 1;
    return bed && (strncmp(line, "track", 5) == 0 || strncmp(line, "browser", 7) == 0) &&
           !strchr(line, '\t');
}

static int add_line(struct region_list *list, char *line, enum query_style style, int bed)
{
    struct contig_query query = {.word = line, .style = style};
    int status = bed ? read_bed(line, &query) : 0;

    return status ? status : region_list_add(list, &query);
}

int region_list_read(struct region_list *list, const char *path, enum query_style style, int bed)
{
    int status = read_file(path, &list->text);
    uint64_t number = 1;
    char *line, *end;

    for (line = (char *)list->text.data; !status && line; line = end, number++) {
        end = strchr(line, '\n');
        if (end)
            *end++ = '\0';
        if (*line && line[strlen(line) - 1] == '\r')
            line[strlen(line) - 1] = '\0';
        if (is_left_out(line, bed))
            continue;
        status = add_line(list, line, style, bed);
        if (status)
            status = error_wrap(status, "%s, line %" PRIu64, path, number);
    }
    return status;
}
