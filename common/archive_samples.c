/*
 * Sample names in memory, in archive order; everything else of the collection stays in the file.
 *
 * Format 3.0 has a stream of names. In 1.x and 2.x the names stand between those of the contigs, so
 * that stream is walked once; for 2.x the walk also counts the segments of each details batch,
 * since the four lists of a batch follow one another and are found only by counting.
 */
#include "common/archive_private.h"

#include "common/error.h"

#include <stdlib.h>
#include <string.h>

enum {
    NAMES_BYTES_MAX = 256 << 20, /* more than that is no list of samples */
    SEGMENT_NUMBERS_1 = 4,
};

static int add_name(struct archive *a, const struct bytes *name)
{
    uint32_t off = (uint32_t)a->names.length;
    int code;

    if (name->length >= NAMES_BYTES_MAX - a->names.length)
        return error_set(ERROR_FORMAT, "sample names of more than 256 MiB");
    code = bytes_append(&a->name_offs, &off, sizeof off);
    if (!code)
        code = bytes_append(&a->names, name->data, name->length + 1);
    if (!code)
        a->sample_count++;
    return code;
}

static int check_batches(struct archive *a)
{
    uint64_t contigs = 0, details = 0, needed;
    int code = archive_parts_at(a, a->named[NAMED_CONTIGS], &contigs);

    if (!code)
        code = archive_parts_at(a, a->named[NAMED_DETAILS], &details);
    if (code)
        return code;
    needed = ((uint64_t)a->sample_count + a->details_batch - 1) / a->details_batch;
    if (contigs < needed || details < needed)
        return error_set(ERROR_FORMAT,
                         "%llu and %llu collection batches for %u samples of %u a batch",
                         (unsigned long long)contigs, (unsigned long long)details, a->sample_count,
                         a->details_batch);
    return 0;
}

static int load_3(struct archive *a, struct archive_stream *s, struct bytes *name)
{
    uint32_t count, i;
    int code = archive_begin_named(a, s, NAMED_SAMPLES, 0);

    if (!code)
        code = archive_stream_number(s, &count);
    for (i = 0; !code && i < count; i++) {
        code = archive_stream_string(s, name);
        if (!code)
            code = add_name(a, name);
    }
    if (!code)
        code = archive_stream_end(s);
    a->details_batch = a->params.pack;
    return code ? code : check_batches(a);
}

/* Adds the segments of one more sample to those of its batch. */
static int count_segments(struct archive *a, uint32_t sample, uint64_t segments)
{
    uint64_t *counts, zero = 0;
    uint32_t batch = sample / a->details_batch;
    int code = 0;

    if (sample % a->details_batch == 0)
        code = bytes_append(&a->batch_segments, &zero, sizeof zero);
    if (code)
        return code;
    counts = (uint64_t *)(void *)a->batch_segments.data;
    counts[batch] += segments;
    return 0;
}

/* One sample of collection-main or collection-desc; *segments is their number in the sample. */
static int walk_sample(struct archive *a, struct archive_stream *s, uint64_t *segments)
{
    uint32_t contigs, count;
    int code = archive_stream_number(s, &contigs);

    *segments = 0;
    for (; !code && contigs; contigs--) {
        code = archive_stream_skip_string(s);
        if (!code)
            code = archive_stream_number(s, &count);
        if (code)
            break;
        *segments += count;
        if (a->params.version_major == 1)
            code = archive_stream_skip_numbers(s, (uint64_t)SEGMENT_NUMBERS_1 * count);
    }
    return code;
}

static int load_old(struct archive *a, struct archive_stream *s, struct bytes *name)
{
    int is_2 = a->params.version_major == 2;
    uint32_t count, i;
    int code = archive_begin_named(a, s, is_2 ? NAMED_MAIN : NAMED_DESC, 0);

    if (!code && is_2)
        code = archive_stream_number(s, &a->details_batch);
    if (!code && is_2 && a->details_batch == 0)
        code = error_set(ERROR_FORMAT, "collection-main: details batches of no samples");
    if (!code)
        code = archive_stream_number(s, &count);
    for (i = 0; !code && i < count; i++) {
        uint64_t segments;

        code = archive_stream_string(s, name);
        if (!code)
            code = add_name(a, name);
        if (!code)
            code = walk_sample(a, s, &segments);
        if (!code && is_2)
            code = count_segments(a, i, segments);
    }
    return code; /* command lines follow; nobody needs them */
}

int archive_load_samples(struct archive *archive)
{
    struct archive_stream *stream;
    struct bytes name = {0};
    int code = archive_stream_create(&stream, archive->container);

    if (code)
        return code;
    if (archive->params.version_major >= 3)
        code = load_3(archive, stream, &name);
    else
        code = load_old(archive, stream, &name);
    bytes_free(&name);
    archive_stream_free(stream);
    return code;
}

const char *archive_sample_name(const struct archive *archive, uint32_t sample)
{
    const uint32_t *offs = (const uint32_t *)(const void *)archive->name_offs.data;

    if (sample >= archive->sample_count)
        return NULL;
    return (const char *)archive->names.data + offs[sample];
}

static int compare_names(const void *a, const void *b, void *context)
{
    uint32_t one = *(const uint32_t *)a, two = *(const uint32_t *)b;
    int order = strcmp(archive_sample_name(context, one), archive_sample_name(context, two));

    return order ? order : one < two ? -1 : one > two;
}

static int sort_names(struct archive *a)
{
    uint32_t i;

    a->names_sorted = malloc(((size_t)a->sample_count + 1) * sizeof *a->names_sorted);
    if (!a->names_sorted)
        return error_set(ERROR_MEMORY, "out of memory for %u sample names", a->sample_count);
    for (i = 0; i < a->sample_count; i++)
        a->names_sorted[i] = i;
    qsort_r(a->names_sorted, a->sample_count, sizeof *a->names_sorted, compare_names, a);
    return 0;
}

/* archive is logically const: only the sorted index is made here, once. */
int archive_find_sample(const struct archive *archive, const char *name, uint32_t *sample)
{
    struct archive *a = (struct archive *)(uintptr_t)archive;
    uint32_t low = 0, high = a->sample_count;
    int code = a->names_sorted ? 0 : sort_names(a);

    if (code)
        return code;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (strcmp(archive_sample_name(a, a->names_sorted[middle]), name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == a->sample_count || strcmp(archive_sample_name(a, a->names_sorted[low]), name) != 0)
        return error_set(ERROR_NOT_FOUND, "no sample %s", name);
    *sample = a->names_sorted[low];
    return 0;
}

uint32_t archive_batch_samples(const struct archive *archive)
{
    return archive->details_batch ? archive->details_batch : UINT32_MAX;
}
