/*
 * The collections of formats 2.x and 1.x (spec sections 8.2 and 8.3).
 *
 * 2.x: collection-main has all names and counts; each details batch is one frame of four lists, one
 * after another (group, in-group number, raw length, orientation). Four decoders of the same frame
 * are placed at the starts of the lists, which follow from the number of segments of the batch,
 * counted when the archive was opened.
 *
 * 1.x: one stream of everything, so opening at a sample walks over those before it.
 *
 * In both, numbers of a segment are predicted from the segment before in the same contig.
 */
#include "common/archive_private.h"

#include "common/error.h"

enum { LISTS_2 = 4, NUMBERS_1 = 4 };
enum { PREVIOUS_GROUP, PREVIOUS_MEMBER, PREVIOUS_LENGTH };

/* Both: a contig's name and number of segments. */
static int contig_old(struct contig_cursor *c)
{
    int code = archive_stream_string(c->main, &c->name);

    if (!code)
        code = archive_stream_number(c->main, &c->segments);
    c->previous[PREVIOUS_GROUP] = c->previous[PREVIOUS_MEMBER] = c->previous[PREVIOUS_LENGTH] = 0;
    return code;
}

/* Both: a sample's name (known already) and number of contigs. */
static int sample_head(struct contig_cursor *c, uint32_t *contigs)
{
    int code = archive_stream_skip_string(c->main);

    return code ? code : archive_stream_number(c->main, contigs);
}

/* ---- 2.x */

static int begin_batch_2(struct contig_cursor *c, uint32_t batch)
{
    struct archive *a = c->archive;
    const uint64_t *counts = (const uint64_t *)(const void *)a->batch_segments.data;
    uint64_t segments = counts[batch], first = (uint64_t)batch * a->details_batch;
    uint64_t rest = a->sample_count - first;
    int i, code = 0;

    for (i = 0; i < LISTS_2 && !code; i++) {
        code = archive_begin_named(a, c->lists[i], NAMED_DETAILS, batch);
        if (!code && archive_stream_left(c->lists[i]) / LISTS_2 < segments)
            code = error_set(ERROR_FORMAT, "collection-details: too short for %llu segments",
                             (unsigned long long)segments);
        if (!code)
            code = archive_stream_skip_numbers(c->lists[i], (uint64_t)i * segments);
    }
    c->batch_samples_left = rest < a->details_batch ? (uint32_t)rest : a->details_batch;
    return code;
}

static int end_batch_2(struct contig_cursor *c)
{
    return archive_stream_end(c->lists[LISTS_2 - 1]);
}

static int skip_sample_2(struct contig_cursor *c, int with_lists)
{
    uint32_t contigs, segments;
    uint64_t sum = 0;
    int i, code = sample_head(c, &contigs);

    for (; !code && contigs; contigs--) {
        code = archive_stream_skip_string(c->main);
        if (!code)
            code = archive_stream_number(c->main, &segments);
        if (!code)
            sum += segments;
    }
    for (i = 0; with_lists && i < LISTS_2 && !code; i++)
        code = archive_stream_skip_numbers(c->lists[i], sum);
    return code;
}

static int open_2(struct contig_cursor *c)
{
    struct archive *a = c->archive;
    uint32_t batch = c->sample / a->details_batch, first = batch * a->details_batch, i, number;
    int code = archive_begin_named(a, c->main, NAMED_MAIN, 0);

    if (!code)
        code = archive_stream_skip_numbers(c->main, 2); /* batch size, samples */
    for (i = 0; i < first && !code; i++)
        code = skip_sample_2(c, 0);
    if (!code)
        code = begin_batch_2(c, batch);
    for (number = c->sample - first; !code && number; number--) {
        code = skip_sample_2(c, 1);
        c->batch_samples_left--;
    }
    return code;
}

static int enter_2(struct contig_cursor *c)
{
    int code = 0;

    if (!c->batch_samples_left) {
        code = end_batch_2(c);
        if (!code)
            code = begin_batch_2(c, c->sample / c->archive->details_batch);
    }
    if (code)
        return code;
    c->batch_samples_left--;
    return sample_head(c, &c->contigs_left);
}

static int segment_2(struct contig_cursor *c, struct archive_segment *s)
{
    uint32_t *out[LISTS_2] = {&s->group, &s->member, &s->length, &s->reverse};
    int i, code = 0;

    for (i = 0; i < LISTS_2 && !code; i++)
        code = archive_stream_number(c->lists[i], out[i]);
    if (code)
        return code;
    s->group = c->previous[PREVIOUS_GROUP] = zigzag_get(s->group, c->previous[PREVIOUS_GROUP]);
    s->member = c->previous[PREVIOUS_MEMBER] = zigzag_get(s->member, c->previous[PREVIOUS_MEMBER]);
    s->length = c->previous[PREVIOUS_LENGTH] = zigzag_get(s->length, c->previous[PREVIOUS_LENGTH]);
    return 0;
}

const struct cursor_ops archive_cursor_ops_2 = {
    .list_count = LISTS_2,
    .open = open_2,
    .enter = enter_2,
    .contig = contig_old,
    .segment = segment_2,
    .finish = end_batch_2,
};

/* ---- 1.x */

static int open_1(struct contig_cursor *c)
{
    uint32_t i, contigs, segments;
    int code = archive_begin_named(c->archive, c->main, NAMED_DESC, 0);

    if (!code)
        code = archive_stream_skip_numbers(c->main, 1); /* samples */
    for (i = 0; i < c->sample && !code; i++) {
        code = sample_head(c, &contigs);
        for (; !code && contigs; contigs--) {
            code = archive_stream_skip_string(c->main);
            if (!code)
                code = archive_stream_number(c->main, &segments);
            if (!code)
                code = archive_stream_skip_numbers(c->main, (uint64_t)NUMBERS_1 * segments);
        }
    }
    return code;
}

static int enter_1(struct contig_cursor *c)
{
    return sample_head(c, &c->contigs_left);
}

/* Ordinary zigzag of the difference to the number before; the sum must be a u32 again. */
static int add_difference(uint32_t *previous, uint32_t coded, uint32_t *value)
{
    int64_t difference = coded & 1 ? -(int64_t)(coded / 2) - 1 : (int64_t)(coded / 2);
    int64_t sum = (int64_t)*previous + difference;

    if (sum < 0 || sum > UINT32_MAX)
        return error_set(ERROR_FORMAT, "collection-desc: a number below 0 or above 2^32");
    *previous = *value = (uint32_t)sum;
    return 0;
}

static int segment_1(struct contig_cursor *c, struct archive_segment *s)
{
    uint32_t coded[NUMBERS_1];
    int i, code = 0;

    for (i = 0; i < NUMBERS_1 && !code; i++)
        code = archive_stream_number(c->main, &coded[i]);
    if (!code)
        code = add_difference(&c->previous[PREVIOUS_GROUP], coded[0], &s->group);
    if (!code)
        code = add_difference(&c->previous[PREVIOUS_MEMBER], coded[1], &s->member);
    if (!code)
        code = add_difference(&c->previous[PREVIOUS_LENGTH], coded[2], &s->length);
    if (!code)
        s->reverse = coded[3];
    return code;
}

static int finish_1(struct contig_cursor *c)
{
    (void)c; /* command lines follow */
    return 0;
}

const struct cursor_ops archive_cursor_ops_1 = {
    .list_count = 0,
    .open = open_1,
    .enter = enter_1,
    .contig = contig_old,
    .segment = segment_1,
    .finish = finish_1,
};
