/*
 * Searching contigs by name: see contig_search.h. Names are decoded once, as a stream, for all
 * searches together; the segments of a contig found are copied at once, so that nothing is decoded
 * twice.
 */
#include "tools/contig_search.h"

#include "common/error.h"
#include "common/names.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HITS_LISTED = 8, HEADER_LISTED_BYTES = 60, SEGMENTS_FIRST = 4096 };

static int search_matches(const struct contig_search *s, const char *header, size_t length)
{
    if (length < s->length || memcmp(header, s->name, s->length))
        return 0;
    return length == s->length || contig_short_length(header, length) == s->length;
}

static void search_list(struct contig_search *s, const char *sample, const char *header,
                        size_t length)
{
    size_t used = strlen(s->listing), room = sizeof s->listing - used;

    if (s->hits < HITS_LISTED)
        snprintf(s->listing + used, room, "%s'%.*s' in %.60s", used ? ", " : "",
                 length > HEADER_LISTED_BYTES ? HEADER_LISTED_BYTES : (int)length, header, sample);
    else if (s->hits == HITS_LISTED)
        snprintf(s->listing + used, room, ", ...");
}

void contig_found_free(struct contig_found *found)
{
    free(found->header);
    free(found->segments);
    *found = (struct contig_found){0};
}

static int found_alloc(struct contig_found *f, const char *header, size_t length, uint32_t segments)
{
    f->header = strndup(header, length);
    f->header_length = length;
    f->segments = calloc(segments < 1 ? 1 : segments < SEGMENTS_FIRST ? segments : SEGMENTS_FIRST,
                         sizeof *f->segments);
    f->segment_count = segments;
    if (f->header && f->segments)
        return 0;
    contig_found_free(f);
    return error_set(ERROR_MEMORY, "no memory for the %" PRIu32 " segments of a contig", segments);
}

/* The archive's word for how many segments there are is not believed: they are made room for as
 * they come. */
static int found_grow(struct contig_found *f, uint32_t have, uint32_t *capacity, uint32_t wanted)
{
    uint32_t more = *capacity < wanted / 2 ? *capacity * 2 : wanted;
    struct archive_segment *segments;

    if (have < *capacity)
        return 0;
    segments = realloc(f->segments, (size_t)more * sizeof *segments);
    if (!segments)
        return error_set(ERROR_MEMORY, "no memory for the %" PRIu32 " segments of a contig", more);
    f->segments = segments;
    *capacity = more;
    return 0;
}

static int found_read(struct contig_found *f, struct contig_cursor *cursor, uint32_t k)
{
    uint32_t i, capacity = f->segment_count < SEGMENTS_FIRST ? f->segment_count : SEGMENTS_FIRST;
    int status = contig_cursor_contig_check(cursor, &f->has_check, &f->check);

    f->length = 0;
    for (i = 0; !status && i < f->segment_count; i++) {
        status = found_grow(f, i, &capacity, f->segment_count);
        if (!status)
            status = contig_cursor_segment(cursor, &f->segments[i]);
        if (!status && f->segment_count > 1 && f->segments[i].length < k)
            status = error_set(ERROR_FORMAT, "contig %s: segment %" PRIu32 " is shorter than k",
                               f->header, i);
        if (!status)
            f->length += f->segments[i].length - (i > 0 ? k : 0);
    }
    return status;
}

static int found_copy(struct contig_found *to, const struct contig_found *from)
{
    uint32_t capacity = from->segment_count < SEGMENTS_FIRST ? from->segment_count : SEGMENTS_FIRST;
    int status = found_alloc(to, from->header, from->header_length, from->segment_count);

    while (!status && capacity < from->segment_count)
        status = found_grow(to, capacity, &capacity, from->segment_count);
    if (status)
        return status;
    memcpy(to->segments, from->segments, from->segment_count * sizeof *to->segments);
    to->sample = from->sample;
    to->length = from->length;
    to->has_check = from->has_check;
    to->check = from->check;
    return 0;
}

/* The contig that the cursor stands at, against all searches. Its segments can be read once. */
static int look_at_contig(struct archive *archive, struct contig_cursor *cursor,
                          struct contig_search *searches, size_t count, const char *header,
                          size_t length, uint32_t segments)
{
    uint32_t sample = contig_cursor_sample(cursor);
    const struct contig_found *read = NULL;
    size_t i;
    int status = 0;

    for (i = 0; !status && i < count; i++) {
        struct contig_search *s = &searches[i];

        if (!search_matches(s, header, length))
            continue;
        search_list(s, archive_sample_name(archive, sample), header, length);
        if (s->hits++)
            continue;
        if (read) {
            status = found_copy(&s->found, read);
            continue;
        }
        s->found.sample = sample;
        status = found_alloc(&s->found, header, length, segments);
        status = status ? status : found_read(&s->found, cursor, archive_params(archive)->k);
        read = &s->found;
    }
    return status;
}

static int look_at_sample(struct archive *archive, struct contig_cursor *cursor,
                          struct contig_search *searches, size_t count)
{
    const char *header;
    uint32_t segments;
    size_t length;
    int have, status;

    for (;;) {
        status = contig_cursor_next(cursor, &have, &header, &length, &segments);
        if (status || !have)
            return status;
        status = look_at_contig(archive, cursor, searches, count, header, length, segments);
        if (status)
            return status;
    }
}

int contig_search_sample(struct archive *archive, uint32_t sample, struct contig_search *searches,
                         size_t count)
{
    struct contig_cursor *cursor;
    int status = contig_cursor_open(&cursor, archive, sample);

    if (status)
        return status;
    status = look_at_sample(archive, cursor, searches, count);
    contig_cursor_close(cursor);
    return status;
}

int contig_search_all(struct archive *archive, struct contig_search *searches, size_t count)
{
    struct contig_cursor *cursor;
    int have = 1, status;

    if (!archive_sample_count(archive))
        return 0;
    status = contig_cursor_open(&cursor, archive, 0);
    if (status)
        return status;
    while (!status && have) {
        status = look_at_sample(archive, cursor, searches, count);
        if (!status)
            status = contig_cursor_next_sample(cursor, &have);
    }
    contig_cursor_close(cursor);
    return status;
}
