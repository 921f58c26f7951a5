/*
 * A segmenter with its tables, and a sink that checks every segment and puts the contigs together
 * again: for tests of the segmenter, the log of the reader, and fuzzing.
 *
 * demand() is the only way in which a scene fails: the including file defines it.
 */
#ifndef TEST_SEGMENTER_SCENE_H
#define TEST_SEGMENTER_SCENE_H

#include "reader/segmenter.h"
#include "sequence_fixture.h"

#include <xxhash.h>

struct scene_segment {
    uint32_t group, role, reverse, length;
};

struct scene {
    struct segmenter_params params;
    struct segmenter_tables tables;
    struct segmenter *segmenter;
    struct sequence *references; /* of group 16 + i, as stored; NULL: not kept */
    struct sequence rebuilt;     /* of the contig at hand */
    int keep;                    /* 0: lengths are checked alone (long contigs) */
    uint64_t rebuilt_length;
    struct scene_segment *segments; /* of the contig at hand */
    size_t segment_count, segment_capacity;
    uint64_t hash; /* over all segments so far, in order */
    uint32_t groups_seen;
    unsigned mates; /* that are said to come, whenever the segmenter asks */
};

static inline void scene_note(struct scene *s, const struct segment *segment)
{
    if (s->segment_count == s->segment_capacity) {
        s->segment_capacity = s->segment_capacity * 2 + 64;
        s->segments = realloc(s->segments, s->segment_capacity * sizeof *s->segments);
        demand(s->segments != NULL);
    }
    s->segments[s->segment_count++] =
        (struct scene_segment){segment->group, segment->role, segment->reverse, segment->length};
}

static inline void scene_check_group(struct scene *s, const struct segment *segment)
{
    switch (segment->role) {
    case SEGMENT_NEW_REFERENCE:
        demand(segment->group == s->groups_seen);
        s->groups_seen++;
        demand(s->tables.group_count == s->groups_seen);
        break;
    case SEGMENT_MEMBER:
        demand(segment->group >= 16 && segment->group < s->groups_seen);
        break;
    case SEGMENT_RAW:
        demand(segment->group < 16 && segment->reverse == 0);
        break;
    default:
        demand(0);
    }
}

static inline void scene_keep_reference(struct scene *s, const struct segment *segment)
{
    struct sequence text = {0};

    if (segment->reverse)
        sequence_add_mirror(&text, segment->codes, segment->length);
    else
        sequence_add(&text, segment->codes, segment->length);
    s->references = realloc(s->references, (s->groups_seen - 15) * sizeof *s->references);
    demand(s->references != NULL);
    s->references[segment->group - 16] = text;
}

static inline void scene_rebuild(struct scene *s, const struct segment *segment)
{
    size_t k = s->segment_count ? s->params.k : 0;

    demand(segment->length >= k);
    s->rebuilt_length += segment->length - k;
    if (!s->keep)
        return;
    demand(k <= s->rebuilt.length);
    demand(!k || !memcmp(s->rebuilt.codes + s->rebuilt.length - k, segment->codes, k));
    sequence_add(&s->rebuilt, segment->codes + k, segment->length - k);
}

static inline int scene_put(void *context, const struct segment *segment)
{
    struct scene *s = context;
    uint64_t words[4] = {segment->group, segment->role, segment->reverse, segment->length};

    demand(segment->length >= 1 && segment->length <= MESSAGE_SEGMENT_MAX);
    demand(segment->reverse <= 1);
    scene_check_group(s, segment);
    if (s->keep && segment->role == SEGMENT_NEW_REFERENCE)
        scene_keep_reference(s, segment);
    scene_rebuild(s, segment);
    scene_note(s, segment);
    s->hash = XXH3_64bits_withSeed(words, sizeof words, s->hash);
    s->hash = XXH3_64bits_withSeed(segment->codes, segment->length, s->hash);
    return 0;
}

static inline int scene_mates(void *context, unsigned *count)
{
    const struct scene *s = context;

    *count = s->mates;
    return 0;
}

static inline void scene_begin(struct scene *s, unsigned k, uint32_t segment_size,
                               size_t index_slots)
{
    struct segment_sink sink = {.context = s, .put = scene_put, .mates = scene_mates};

    *s = (struct scene){.params = {k, segment_size}, .keep = 1, .groups_seen = 16};
    s->tables.group_count = PATH_FIRST_GROUP;
    demand(!path_create(&s->tables.path, k));
    demand(!splitters_create(&s->tables.splitters, k));
    demand(!anchor_index_create(&s->tables.index, index_slots));
    demand(!segmenter_create(&s->segmenter, &s->params, &s->tables, &sink));
}

static inline void scene_end(struct scene *s)
{
    uint32_t i;

    for (i = 0; s->references && i + 16 < s->groups_seen; i++)
        sequence_free(&s->references[i]);
    free(s->references);
    segmenter_free(s->segmenter);
    path_free(s->tables.path);
    splitters_free(s->tables.splitters);
    anchor_index_free(s->tables.index);
    sequence_free(&s->rebuilt);
    free(s->segments);
    *s = (struct scene){0};
}

static inline void scene_start_contig(struct scene *s)
{
    s->rebuilt.length = 0;
    s->rebuilt_length = 0;
    s->segment_count = 0;
    demand(!segmenter_start_contig(s->segmenter));
}

/* What must be true of a whole contig. */
static inline void scene_end_contig(struct scene *s, uint64_t length)
{
    size_t i;

    demand(!segmenter_end_contig(s->segmenter));
    demand(s->rebuilt_length == length);
    demand(!length == !s->segment_count);
    for (i = 0; s->segment_count > 1 && i < s->segment_count; i++)
        demand(s->segments[i].length >= s->params.k);
}

/* One contig, pushed in blocks of `block` symbols. */
static inline void scene_contig(struct scene *s, const uint8_t *codes, size_t length, size_t block)
{
    size_t at, some;

    scene_start_contig(s);
    for (at = 0; at < length; at += some) {
        some = length - at < block ? length - at : block;
        demand(!segmenter_push(s->segmenter, codes + at, some));
    }
    scene_end_contig(s, length);
    demand(!length || !memcmp(s->rebuilt.codes, codes, length));
}

/* Contigs of the first sample, settled one by one. The caller frees the candidates. */
static inline struct unique_kmers *
scene_first_sample(struct scene *s, const struct sequence *contigs, size_t count, size_t block)
{
    struct unique_kmers *candidates;
    size_t i;

    demand(!unique_kmers_create(&candidates, s->params.k, s->params.segment_size, 1 << 16));
    for (i = 0; i < count; i++) {
        unique_kmers_start_contig(candidates);
        demand(!unique_kmers_push(candidates, contigs[i].codes, contigs[i].length));
    }
    segmenter_use_splitters(s->segmenter, candidates);
    for (i = 0; i < count; i++) {
        scene_contig(s, contigs[i].codes, contigs[i].length, block);
        demand(!segmenter_settle(s->segmenter));
    }
    segmenter_use_splitters(s->segmenter, NULL);
    return candidates;
}

#endif
