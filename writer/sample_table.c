/*
 * The table of samples: see sample_table.h. One line at a time is in memory.
 */
#include "writer/sample_table.h"

#include "common/error.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

struct row {
    uint64_t number; /* 0: none is at work */
    uint64_t letters, segments, groups, part_bytes;
    uint64_t contig_segments; /* of the contig at work */
    struct bytes name;
};

static int write_all(int fd, const char *text, size_t length)
{
    while (length) {
        ssize_t put = write(fd, text, length);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return error_set_errno(ERROR_IO, "the table of samples in the work directory");
        text += put;
        length -= (size_t)put;
    }
    return 0;
}

/* The line goes out at once, so that one cut short can only be the last. */
static int end_row(struct row *row, int fd)
{
    char numbers[128];
    struct bytes line = {0};
    int length, code;

    if (!row->number)
        return 0;
    length = snprintf(numbers, sizeof numbers,
                      "%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t",
                      row->number, row->letters, row->segments, row->groups, row->part_bytes);
    code = bytes_append(&line, numbers, (size_t)length);
    for (size_t i = 0; !code && i < row->name.length; i++)
        code = bytes_append_byte(&line, row->name.data[i] < ' ' ? ' ' : row->name.data[i]);
    if (!code)
        code = bytes_append_byte(&line, '\n');
    if (!code)
        code = write_all(fd, (const char *)line.data, line.length);
    bytes_free(&line);
    return code;
}

static int begin_row(struct row *row, uint64_t number, const struct entry *entry)
{
    struct bytes name = row->name;

    name.length = 0;
    *row = (struct row){.number = number, .name = name};
    return bytes_append(&row->name, entry->text, entry->length);
}

static void count_segment(struct row *row, const struct entry_segment *segment, uint32_t k)
{
    row->segments++;
    /* neighbours overlap by k */
    row->letters += row->contig_segments++ ? segment->length - k : segment->length;
}

static void count_part(struct row *row, const struct entry_part *part)
{
    if (part->stream == STREAM_REFERENCE)
        row->groups++;
    if (part->stream == STREAM_REFERENCE || part->stream == STREAM_PACK)
        row->part_bytes += part->size;
}

static int take_entry(struct row *row, const struct entry *entry, uint64_t *next, uint32_t k,
                      int fd)
{
    int code;

    switch (entry->kind) {
    case ENTRY_SAMPLE:
        code = end_row(row, fd);
        return code ? code : begin_row(row, (*next)++, entry);
    case ENTRY_CONTIG:
        row->contig_segments = 0;
        break;
    case ENTRY_SEGMENT:
        count_segment(row, &entry->segment, k);
        break;
    case ENTRY_PART:
        count_part(row, &entry->part);
        break;
    default:
        break;
    }
    return 0;
}

int sample_table_batch(struct journal *journal, uint64_t off, uint64_t first, uint32_t k,
                       int work_fd)
{
    int fd = openat(work_fd, SAMPLE_TABLE_NAME, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    struct journal_cursor cursor;
    struct entry entry;
    struct row row = {0};
    int have, code = 0;

    if (fd < 0)
        return error_set_errno(ERROR_IO, "the table of samples in the work directory");
    journal_cursor_open(&cursor, journal, off);
    while (!code && (code = journal_cursor_next(&cursor, &entry, &have)) == 0 && have)
        code = take_entry(&row, &entry, &first, k, fd);
    journal_cursor_close(&cursor);
    if (!code)
        code = end_row(&row, fd);
    bytes_free(&row.name);
    close(fd);
    return code;
}
