/*
 * The walk over samples, contigs and segments, whatever the format; what differs is behind
 * struct cursor_ops.
 *
 * Everything is a stream: a cursor takes the same memory for ten contigs and for ten million. What
 * the collection says about a segment is checked here, once for all formats and callers: its group
 * exists, its length fits, and in a contig of several segments each has the k symbols that it
 * shares with its neighbour.
 */
#include "common/archive_private.h"

#include "common/error.h"

#include <stdlib.h>

static const struct cursor_ops *ops_for(const struct archive *archive)
{
    switch (archive->params.version_major) {
    case 1:
        return &archive_cursor_ops_1;
    case 2:
        return &archive_cursor_ops_2;
    default:
        return &archive_cursor_ops_3;
    }
}

static int in_sample(const struct contig_cursor *c, int code)
{
    const char *name = archive_sample_name(c->archive, c->sample);

    return code ? error_wrap(code, "sample %s", name ? name : "?") : 0;
}

int contig_cursor_open(struct contig_cursor **cursor, struct archive *archive, uint32_t sample)
{
    struct contig_cursor *c;
    int i, code;

    if (sample >= archive->sample_count)
        return error_set(ERROR_NOT_FOUND, "no sample number %u", sample);
    c = calloc(1, sizeof *c);
    if (!c)
        return error_set(ERROR_MEMORY, "out of memory for the collection");
    c->archive = archive;
    c->ops = ops_for(archive);
    c->sample = sample;
    code = archive_stream_create(&c->main, archive->container);
    for (i = 0; i < c->ops->list_count && !code; i++)
        code = archive_stream_create(&c->lists[i], archive->container);
    if (!code)
        code = c->ops->open(c);
    if (!code)
        code = c->ops->enter(c);
    if (code) {
        in_sample(c, code);
        contig_cursor_close(c);
        return code;
    }
    *cursor = c;
    return 0;
}

void contig_cursor_close(struct contig_cursor *cursor)
{
    int i;

    if (!cursor)
        return;
    archive_stream_free(cursor->main);
    for (i = 0; i < CURSOR_LISTS; i++)
        archive_stream_free(cursor->lists[i]);
    bytes_free(&cursor->name);
    bytes_free(&cursor->coded);
    free(cursor->last);
    free(cursor);
}

static int check_segment(const struct contig_cursor *c, const struct archive_segment *s)
{
    const char *wrong = NULL;

    if (s->group >= c->archive->group_count)
        wrong = "its group does not exist";
    else if (s->member > INT32_MAX)
        wrong = "its in-group number is too large";
    else if (s->length > INT32_MAX)
        wrong = "it is longer than 2^31-1";
    else if (s->reverse > 1)
        wrong = "its orientation is neither 0 nor 1";
    else if (c->segments > 1 && s->length < c->archive->params.k)
        wrong = "it is shorter than k";
    if (!wrong)
        return 0;
    return error_set(ERROR_FORMAT, "contig %.200s: a segment of group %u, number %u: %s",
                     (const char *)c->name.data, s->group, s->member, wrong);
}

static int take_segment(struct contig_cursor *c, struct archive_segment *segment)
{
    int code = c->ops->segment(c, segment);

    if (!code)
        code = check_segment(c, segment);
    if (!code)
        c->segments_left--;
    return in_sample(c, code);
}

int contig_cursor_segment(struct contig_cursor *cursor, struct archive_segment *segment)
{
    if (!cursor->segments_left)
        return error_set(ERROR_NOT_FOUND, "contig %.200s has no more segments",
                         cursor->name.data ? (const char *)cursor->name.data : "?");
    return take_segment(cursor, segment);
}

static int skip_segments(struct contig_cursor *c)
{
    struct archive_segment segment;
    int code = 0;

    while (c->segments_left && !code)
        code = take_segment(c, &segment);
    return code;
}

int contig_cursor_next(struct contig_cursor *cursor, int *have, const char **name, size_t *length,
                       uint32_t *segments)
{
    int code = skip_segments(cursor);

    if (code)
        return code;
    if (!cursor->contigs_left) {
        *have = 0;
        return 0;
    }
    code = cursor->ops->contig(cursor);
    if (code)
        return in_sample(cursor, code);
    cursor->contigs_left--;
    cursor->segments_left = cursor->segments;
    *have = 1;
    *name = (const char *)cursor->name.data;
    *length = cursor->name.length;
    *segments = cursor->segments;
    return 0;
}

int contig_cursor_next_sample(struct contig_cursor *cursor, int *have)
{
    const char *name;
    size_t length;
    uint32_t segments;
    int more = 1, code = 0;

    while (more && !code)
        code = contig_cursor_next(cursor, &more, &name, &length, &segments);
    if (code)
        return code;
    *have = cursor->sample + 1 < cursor->archive->sample_count;
    if (!*have)
        return in_sample(cursor, cursor->ops->finish(cursor));
    cursor->sample++;
    return in_sample(cursor, cursor->ops->enter(cursor));
}

uint32_t contig_cursor_sample(const struct contig_cursor *cursor)
{
    return cursor->sample;
}
