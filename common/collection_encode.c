/*
 * One batch of collection-contigs and collection-details (spec section 8.1).
 *
 * Six raw streams grow while the batch is pushed: the names, and the five lists of the details.
 * Each is a spool: in memory while it is short, in an unnamed file when it is not. At the end one
 * compressor turns them into frames, one after another, so its memory is taken once. Besides that
 * only last[group] grows, with the number of groups: the prediction of list 2 needs it.
 *
 * The order of pushes is checked (a batch must get the samples, contigs and segments that it
 * announced), since a wrong count would make an archive that no reader can follow.
 */
#include "common/collection_encode.h"

#include "common/collection_compress.h"
#include "common/error.h"
#include "common/names.h"
#include "common/vint.h"

#include <stdlib.h>
#include <string.h>

enum collection_list {
    LIST_COUNTS,
    LIST_GROUPS,
    LIST_MEMBERS,
    LIST_LENGTHS,
    LIST_REVERSE,
    LIST_COUNT,
};

/* In last[]: no member of the group was seen in this batch. */
enum { NOT_SEEN = 0 };

struct collection_encoder {
    struct collection_compressor *compressor;
    uint32_t length_prediction;
    uint32_t samples_left, contigs_left, segments_left, names_left;
    struct spool names;
    struct spool lists[LIST_COUNT];
    struct spool names_frame;                        /* names, compressed */
    struct spool list_frames;                        /* the five lists, compressed */
    uint8_t head[2 * LIST_COUNT * NUMBER_BYTES_MAX]; /* the five pairs of sizes */
    size_t head_length;
    struct bytes previous; /* the contig name before, in the same sample */
    int have_previous;
    struct bytes coded;
    uint32_t *last; /* greatest member of each group in this batch, or NOT_SEEN */
    size_t last_count;
};

int collection_encoder_create(struct collection_encoder **encoder, uint32_t k,
                              uint32_t segment_size, int work_fd)
{
    struct collection_encoder *e = calloc(1, sizeof *e);
    int i, code;

    if (!e)
        return error_set(ERROR_MEMORY, "out of memory for the collection");
    code = collection_compressor_create(&e->compressor);
    if (code) {
        free(e);
        return code;
    }
    e->length_prediction = segment_size + k;
    spool_init(&e->names, work_fd);
    for (i = 0; i < LIST_COUNT; i++)
        spool_init(&e->lists[i], work_fd);
    spool_init(&e->names_frame, work_fd);
    spool_init(&e->list_frames, work_fd);
    *encoder = e;
    return 0;
}

void collection_encoder_free(struct collection_encoder *encoder)
{
    int i;

    if (!encoder)
        return;
    collection_compressor_free(encoder->compressor);
    spool_free(&encoder->names);
    for (i = 0; i < LIST_COUNT; i++)
        spool_free(&encoder->lists[i]);
    spool_free(&encoder->names_frame);
    spool_free(&encoder->list_frames);
    bytes_free(&encoder->previous);
    bytes_free(&encoder->coded);
    free(encoder->last);
    free(encoder);
}

static int out_of_order(const char *what)
{
    return error_set(ERROR_USAGE, "collection encoder: %s out of order", what);
}

static void forget_batch(struct collection_encoder *e)
{
    int i;

    spool_reset(&e->names);
    for (i = 0; i < LIST_COUNT; i++)
        spool_reset(&e->lists[i]);
    spool_reset(&e->names_frame);
    spool_reset(&e->list_frames);
}

static int unfinished(const struct collection_encoder *e)
{
    return e->samples_left || e->contigs_left || e->segments_left || e->names_left;
}

int collection_encoder_begin(struct collection_encoder *encoder, uint32_t samples)
{
    int code;

    if (unfinished(encoder))
        return out_of_order("a batch");
    forget_batch(encoder);
    if (encoder->last_count)
        memset(encoder->last, 0, encoder->last_count * sizeof *encoder->last);
    encoder->samples_left = samples;
    code = spool_append_number(&encoder->names, samples);
    return code ? code : spool_append_number(&encoder->lists[LIST_COUNTS], samples);
}

int collection_encoder_sample(struct collection_encoder *encoder, uint32_t contigs)
{
    int code;

    if (!encoder->samples_left || encoder->contigs_left || encoder->segments_left)
        return out_of_order("a sample");
    encoder->samples_left--;
    encoder->contigs_left = contigs;
    encoder->have_previous = 0;
    code = spool_append_number(&encoder->names, contigs);
    return code ? code : spool_append_number(&encoder->lists[LIST_COUNTS], contigs);
}

int collection_encoder_contig(struct collection_encoder *encoder, const char *name, size_t length,
                              uint32_t segments)
{
    struct bytes *previous = &encoder->previous;
    int code;

    if (!encoder->contigs_left || encoder->segments_left)
        return out_of_order("a contig");
    encoder->coded.length = 0;
    code = contig_name_encode(encoder->have_previous ? (const char *)previous->data : NULL,
                              previous->length, name, length, &encoder->coded);
    if (!code)
        code = spool_append(&encoder->names, encoder->coded.data, encoder->coded.length);
    previous->length = 0;
    if (!code)
        code = bytes_append(previous, name, length);
    if (!code)
        code = bytes_reserve(previous, 1); /* an empty name has an address too */
    if (!code)
        code = spool_append_number(&encoder->lists[LIST_COUNTS], segments);
    if (code)
        return code;
    encoder->have_previous = 1;
    encoder->contigs_left--;
    encoder->segments_left = segments;
    return 0;
}

static int reach_group(struct collection_encoder *e, uint32_t group)
{
    size_t count = (size_t)group + 1;
    uint32_t *last;

    if (count <= e->last_count)
        return 0;
    count += count / 4 + 1024;
    last = realloc(e->last, count * sizeof *last);
    if (!last)
        return error_set(ERROR_MEMORY, "out of memory for %zu groups of the collection", count);
    memset(last + e->last_count, 0, (count - e->last_count) * sizeof *last);
    e->last = last;
    e->last_count = count;
    return 0;
}

/* The code of an in-group number, given the greatest one seen of its group: mostly 1, the next. */
static uint32_t code_member(uint32_t member, uint32_t last)
{
    if (last == NOT_SEEN || member == 0)
        return member;
    return zigzag_put(member, last + 1) + 1;
}

int collection_encoder_segment(struct collection_encoder *encoder, uint32_t group, uint32_t member,
                               uint32_t length, uint32_t reverse)
{
    int code;

    if (!encoder->segments_left)
        return out_of_order("a segment");
    code = reach_group(encoder, group);
    if (!code)
        code = spool_append_number(&encoder->lists[LIST_GROUPS], group);
    if (!code)
        code = spool_append_number(&encoder->lists[LIST_MEMBERS],
                                   code_member(member, encoder->last[group]));
    if (!code)
        code = spool_append_number(&encoder->lists[LIST_LENGTHS],
                                   zigzag_put(length, encoder->length_prediction));
    if (!code)
        code = spool_append_number(&encoder->lists[LIST_REVERSE], reverse ? 1 : 0);
    if (code)
        return code;
    if (member > encoder->last[group])
        encoder->last[group] = member;
    encoder->segments_left--;
    return 0;
}

static int compress_details(struct collection_encoder *e)
{
    int i;

    e->head_length = 0;
    for (i = 0; i < LIST_COUNT; i++) {
        uint64_t raw = spool_length(&e->lists[i]), frame = 0;
        int code = collection_compress_spool(e->compressor, &e->lists[i], &e->list_frames, &frame);

        if (code)
            return code;
        if (raw > UINT32_MAX || frame > UINT32_MAX)
            return error_set(ERROR_MEMORY, "the collection of one batch is too large for the "
                                           "format (4 GiB a list): choose a smaller pack (-b)");
        e->head_length += number_put(e->head + e->head_length, (uint32_t)raw);
        e->head_length += number_put(e->head + e->head_length, (uint32_t)frame);
        spool_reset(&e->lists[i]);
    }
    return 0;
}

static int compress_names(struct collection_encoder *e, struct collection_part *part)
{
    uint64_t raw = spool_length(&e->names), frame = 0;
    int code = collection_compress_spool(e->compressor, &e->names, &e->names_frame, &frame);

    if (code)
        return code;
    spool_reset(&e->names);
    *part = (struct collection_part){raw, frame};
    return 0;
}

int collection_encoder_end(struct collection_encoder *encoder, struct collection_part *contigs,
                           struct collection_part *details)
{
    int code;

    if (unfinished(encoder))
        return out_of_order("the end of a batch");
    code = compress_names(encoder, contigs);
    if (!code)
        code = compress_details(encoder);
    if (code)
        return code;
    *details =
        (struct collection_part){0, encoder->head_length + spool_length(&encoder->list_frames)};
    return 0;
}

int collection_encoder_names_begin(struct collection_encoder *encoder, uint32_t samples)
{
    if (unfinished(encoder))
        return out_of_order("sample names");
    forget_batch(encoder);
    encoder->names_left = samples;
    return spool_append_number(&encoder->names, samples);
}

int collection_encoder_names_add(struct collection_encoder *encoder, const char *name,
                                 size_t length)
{
    int code;

    if (!encoder->names_left)
        return out_of_order("a sample name");
    if (length && memchr(name, 0, length))
        return error_set(ERROR_INPUT, "a sample name holds NUL");
    code = spool_append(&encoder->names, name, length);
    if (!code)
        code = spool_append(&encoder->names, "", 1);
    if (!code)
        encoder->names_left--;
    return code;
}

int collection_encoder_names_end(struct collection_encoder *encoder,
                                 struct collection_part *samples)
{
    if (unfinished(encoder))
        return out_of_order("the end of the sample names");
    return compress_names(encoder, samples);
}

int collection_encoder_read(struct collection_encoder *encoder, enum collection_which which,
                            uint64_t off, uint8_t *out, size_t capacity, size_t *length)
{
    if (which != COLLECTION_DETAILS)
        return spool_read(&encoder->names_frame, off, out, capacity, length);
    if (off >= encoder->head_length)
        return spool_read(&encoder->list_frames, off - encoder->head_length, out, capacity, length);
    *length = encoder->head_length - (size_t)off;
    if (*length > capacity)
        *length = capacity;
    memcpy(out, encoder->head + off, *length);
    return 0;
}
