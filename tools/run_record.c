/*
 * The record of a run: see run_record.h.
 */
#include "tools/run_record.h"

#include "common/error.h"
#include "tools/say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_MAX = 100000 }; /* kept in memory; a file gets all */

struct run_record {
    int fd; /* -1: none, or given up */
    char *path;
    char **lines;
    size_t count, capacity;
};

int run_record_open(struct run_record **record, const char *path)
{
    struct run_record *made = calloc(1, sizeof *made);

    if (!made)
        return error_set(ERROR_MEMORY, "no memory for the record of the run");
    made->fd = -1;
    if (path) {
        made->path = strdup(path);
        made->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
        if (made->fd < 0) {
            int status = error_set_errno(ERROR_IO, "cannot open the log %s", path);

            run_record_close(made);
            return status;
        }
    }
    *record = made;
    return 0;
}

void run_record_close(struct run_record *record)
{
    if (!record)
        return;
    if (record->fd >= 0)
        close(record->fd);
    while (record->count)
        free(record->lines[--record->count]);
    free(record->lines);
    free(record->path);
    free(record);
}

static void keep(struct run_record *r, const char *line)
{
    char *copy;

    if (r->count == EVENTS_MAX)
        return;
    if (r->count == r->capacity) {
        size_t capacity = r->capacity ? 2 * r->capacity : 16;
        char **lines = realloc(r->lines, capacity * sizeof *lines);

        if (!lines)
            return;
        r->lines = lines;
        r->capacity = capacity;
    }
    copy = strdup(line);
    if (copy)
        r->lines[r->count++] = copy;
}

void run_record_add(struct run_record *record, const char *format, ...)
{
    char line[1200];
    time_t now = time(NULL);
    struct tm utc;
    size_t length;
    va_list args;

    if (!record || !gmtime_r(&now, &utc))
        return;
    length = strftime(line, sizeof line, "%Y-%m-%dT%H:%M:%SZ ", &utc);
    va_start(args, format);
    vsnprintf(line + length, sizeof line - length - 1, format, args);
    va_end(args);
    keep(record, line);
    length = strlen(line);
    line[length++] = '\n';
    if (record->fd >= 0 && write(record->fd, line, length) != (ssize_t)length) {
        say_note("cannot write to %s: %s", record->path, strerror(errno));
        close(record->fd);
        record->fd = -1;
    }
}

size_t run_record_count(const struct run_record *record)
{
    return record ? record->count : 0;
}

const char *run_record_line(const struct run_record *record, size_t index)
{
    return record->lines[index];
}
