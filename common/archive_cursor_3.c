/*
 * Collection batches of format 3.0 (spec section 8.1): one stream of names, five lists, each with a
 * decoder of its own that goes along with the walk.
 *
 *   main      collection-contigs: samples; per sample: contigs; per contig its coded name
 *   lists[0]  samples; per sample: contigs; per contig: segments
 *   lists[1]  groups        lists[2]  in-group numbers      lists[3]  raw lengths
 *   lists[4]  orientation
 *
 * In-group numbers are predicted from last[group], which starts anew with every batch; so samples
 * that are skipped within a batch still update it.
 */
#include "common/archive_private.h"

#include "common/error.h"
#include "common/names.h"

#include <stdlib.h>
#include <string.h>

enum { LIST_COUNTS, LIST_GROUPS, LIST_MEMBERS, LIST_LENGTHS, LIST_REVERSE, LIST_COUNT };
enum { HEAD_BYTES_MAX = 2 * LIST_COUNT * NUMBER_BYTES_MAX };

struct list_sizes {
    uint32_t raw, packed;
};

/* The five pairs of sizes before the frames; their sum must be the part. */
static int read_head(struct contig_cursor *c, uint64_t off, uint64_t size,
                     struct list_sizes sizes[LIST_COUNT], size_t *head_bytes)
{
    uint8_t head[HEAD_BYTES_MAX];
    size_t length = size < sizeof head ? (size_t)size : sizeof head, at = 0;
    uint64_t sum = 0;
    int i, code = container_read(c->archive->container, off, head, length);

    for (i = 0; !code && i < 2 * LIST_COUNT; i++) {
        uint32_t *value = i & 1 ? &sizes[i / 2].packed : &sizes[i / 2].raw;
        size_t used = number_get(head + at, length - at, value);

        if (!used)
            return error_set(ERROR_FORMAT, "collection-details: a broken size");
        at += used;
    }
    if (code)
        return code;
    for (i = 0; i < LIST_COUNT; i++)
        sum += sizes[i].packed;
    if (sum != size - at)
        return error_set(ERROR_FORMAT, "collection-details: its lists do not fill the part");
    *head_bytes = at;
    return 0;
}

static int begin_lists(struct contig_cursor *c, uint64_t batch)
{
    struct archive *a = c->archive;
    struct list_sizes sizes[LIST_COUNT];
    struct container_part part;
    uint64_t metadata, off;
    size_t head = 0;
    int i, code = archive_named_part(a, NAMED_DETAILS, batch, &part);

    if (!code)
        code = container_check_part(a->container, &part);
    if (!code)
        code = container_part_open(a->container, &part, &metadata, &off);
    if (!code)
        code = read_head(c, off, part.size, sizes, &head);
    if (code)
        return code;
    /* One number a segment: of one byte in the list of orientations, of up to five elsewhere. */
    for (i = LIST_GROUPS; i < LIST_REVERSE; i++)
        if (sizes[i].raw < sizes[LIST_REVERSE].raw ||
            sizes[i].raw > (uint64_t)NUMBER_BYTES_MAX * sizes[LIST_REVERSE].raw)
            return error_set(ERROR_FORMAT, "collection-details: lists of different lengths");
    for (off += head, i = 0; !code && i < LIST_COUNT; i++) {
        code = archive_stream_begin(c->lists[i], "collection-details", off, sizes[i].packed,
                                    sizes[i].raw);
        off += sizes[i].packed;
    }
    return code;
}

/* A count that stands in collection-contigs and in collection-details. */
static int take_count(struct contig_cursor *c, uint32_t *count, const char *what)
{
    uint32_t described;
    int code = archive_stream_number(c->main, count);

    if (!code)
        code = archive_stream_number(c->lists[LIST_COUNTS], &described);
    if (!code && described != *count)
        return error_set(ERROR_FORMAT, "collection-contigs has %u %s, collection-details %u",
                         *count, what, described);
    return code;
}

static int begin_batch(struct contig_cursor *c, uint32_t batch)
{
    struct archive *a = c->archive;
    uint64_t first = (uint64_t)batch * a->params.pack, rest = a->sample_count - first;
    uint32_t samples, expected = rest < a->params.pack ? (uint32_t)rest : a->params.pack;
    int code = archive_begin_named(a, c->main, NAMED_CONTIGS, batch);

    if (!code)
        code = begin_lists(c, batch);
    if (!code)
        code = take_count(c, &samples, "samples");
    if (!code && samples != expected)
        code = error_set(ERROR_FORMAT, "collection batch %u has %u samples instead of %u", batch,
                         samples, expected);
    if (a->group_count)
        memset(c->last, 0, (size_t)a->group_count * sizeof *c->last);
    c->batch_samples_left = expected;
    c->contigs_done = 0;
    if (!code)
        code = archive_batch_checks(a, NAMED_SAMPLE_CHECKS, batch, &c->sample_checks);
    if (!code)
        code = archive_batch_checks(a, NAMED_CONTIG_CHECKS, batch, &c->contig_checks);
    return code;
}

static int end_batch(struct contig_cursor *c)
{
    int i, code = archive_stream_end(c->main);

    for (i = 0; i < LIST_COUNT && !code; i++)
        code = archive_stream_end(c->lists[i]);
    return code;
}

static int take_member(struct contig_cursor *c, uint32_t *group, uint32_t *member)
{
    uint32_t coded, *last;
    int code = archive_stream_number(c->lists[LIST_GROUPS], group);

    if (!code)
        code = archive_stream_number(c->lists[LIST_MEMBERS], &coded);
    if (code)
        return code;
    if (*group >= c->archive->group_count)
        return error_set(ERROR_FORMAT, "collection-details: group %u of %u", *group,
                         c->archive->group_count);
    last = &c->last[*group];
    if (*last == 0 || coded == 0)
        *member = coded;
    else
        *member = coded == 1 ? *last + 1 : zigzag_get(coded - 1, *last + 1);
    if (*member > INT32_MAX)
        return error_set(ERROR_FORMAT, "collection-details: in-group number %u", *member);
    if (*member > *last)
        *last = *member;
    return 0;
}

static int skip_sample(struct contig_cursor *c)
{
    uint32_t contigs, segments, group, member;
    uint64_t sum = 0, i;
    int code = take_count(c, &contigs, "contigs");

    if (!code)
        c->contigs_done += contigs;
    for (; !code && contigs; contigs--) {
        code = archive_stream_skip_string(c->main);
        if (!code)
            code = archive_stream_number(c->lists[LIST_COUNTS], &segments);
        if (!code)
            sum += segments;
    }
    for (i = 0; !code && i < sum; i++)
        code = take_member(c, &group, &member);
    if (!code)
        code = archive_stream_skip_numbers(c->lists[LIST_LENGTHS], sum);
    if (!code)
        code = archive_stream_skip_numbers(c->lists[LIST_REVERSE], sum);
    return code;
}

static int open_3(struct contig_cursor *c)
{
    uint32_t pack = c->archive->params.pack, skip = c->sample % pack;
    int code;

    c->last = malloc(((size_t)c->archive->group_count + 1) * sizeof *c->last);
    if (!c->last)
        return error_set(ERROR_MEMORY, "out of memory for the numbers of %u groups",
                         c->archive->group_count);
    code = begin_batch(c, c->sample / pack);
    for (; !code && skip; skip--) {
        code = skip_sample(c);
        c->batch_samples_left--;
    }
    return code;
}

static int enter_3(struct contig_cursor *c)
{
    int code = 0;

    if (!c->batch_samples_left) {
        code = end_batch(c);
        if (!code)
            code = begin_batch(c, c->sample / c->archive->params.pack);
    }
    if (code)
        return code;
    c->batch_samples_left--;
    c->name.length = 0;
    return take_count(c, &c->contigs_left, "contigs");
}

static int contig_3(struct contig_cursor *c)
{
    int code = archive_stream_string(c->main, &c->coded);

    c->contigs_done++;
    if (!code)
        code = contig_name_decode(&c->name, c->coded.data, c->coded.length);
    if (!code && c->name.length > ARCHIVE_STRING_MAX)
        code = error_set(ERROR_FORMAT, "a contig name of more than 64 MiB");
    if (!code)
        code = bytes_reserve(&c->name, 1);
    if (code)
        return code;
    c->name.data[c->name.length] = '\0';
    return archive_stream_number(c->lists[LIST_COUNTS], &c->segments);
}

static int segment_3(struct contig_cursor *c, struct archive_segment *s)
{
    uint32_t prediction = c->archive->params.segment_size + c->archive->params.k;
    int code = take_member(c, &s->group, &s->member);

    if (!code)
        code = archive_stream_number(c->lists[LIST_LENGTHS], &s->length);
    if (!code)
        code = archive_stream_number(c->lists[LIST_REVERSE], &s->reverse);
    if (!code)
        s->length = zigzag_get(s->length, prediction);
    return code;
}

const struct cursor_ops archive_cursor_ops_3 = {
    .list_count = LIST_COUNT,
    .open = open_3,
    .enter = enter_3,
    .contig = contig_3,
    .segment = segment_3,
    .finish = end_batch,
};
