/*
 * Segments: where a contig is cut, and the group that each piece joins.
 *
 * Symbols come in blocks; segments go out through a sink, left to right, neighbours overlapping by
 * k. Anchors of the contig are looked up in the index of all references and chained (chain.h); the
 * contig is cut where the chain passes from one reference to another. What has no home for
 * SEGMENTER_NEW_MIN symbols or more becomes new references, themselves cut about every segment_size
 * symbols at k-mers that an alike sequence has too; what is too short for that is raw.
 *
 * Decisions depend on the contig, the index and the path alone, not on how the symbols
 * are blocked. The index does not change during a sample:
 * segmenter_settle() enters what was found. Memory: some segments and a window of anchors.
 */
#ifndef READER_SEGMENTER_H
#define READER_SEGMENTER_H

#include "ipc/messages.h"
#include "reader/anchor_index.h"
#include "reader/path.h"
#include "reader/splitters.h"
#include "reader/unique_kmers.h"

enum {
    SEGMENTER_NEW_MIN = 1000, /* symbols without a home that are worth a reference */
    SEGMENTER_ALONG_MIN = 2000, /* the same, within what runs along a reference */
    SEGMENTER_RAW_BELOW = 500, /* a shorter contig without a home is raw */
    SEGMENTER_PIECE_MIN = 100, /* a shorter piece goes to its neighbour */
    SEGMENTER_LAG = 16 * 1024, /* how far decisions stay behind what was read */
};

/* A segment that was decided. codes are borrowed for the call. */
struct segment {
    uint32_t group;
    enum segment_role role;
    uint32_t reverse;
    const uint8_t *codes;
    uint32_t length;
};

struct segment_sink {
    void *context;
    int (*put)(void *context, const struct segment *segment);
    /* How many samples to come are like this one (lineage.h); asked when a piece is far from its
     * reference. NULL: none. */
    int (*mates)(void *context, unsigned *count);
};

struct segmenter_params {
    unsigned k;
    uint32_t segment_size;
};

struct segmenter;

/* What outlives contigs and samples; borrowed. */
struct segmenter_tables {
    struct path *path;
    struct splitters *splitters;
    struct anchor_index *index;
    uint32_t group_count; /* groups 0..group_count-1 exist; begins at PATH_FIRST_GROUP */
};

int segmenter_create(struct segmenter **segmenter, const struct segmenter_params *params,
                     struct segmenter_tables *tables, const struct segment_sink *sink);
void segmenter_free(struct segmenter *segmenter);

/* Candidates for splitters while the reference sample is cut; NULL from then on. Borrowed. */
void segmenter_use_splitters(struct segmenter *segmenter, const struct unique_kmers *candidates);

void segmenter_start_sample(struct segmenter *segmenter);
int segmenter_start_contig(struct segmenter *segmenter);
int segmenter_push(struct segmenter *segmenter, const uint8_t *codes, size_t count);
int segmenter_end_contig(struct segmenter *segmenter);

/* The anchors of the references born since the last segmenter_settle(). Borrowed. */
const struct anchor_entry *segmenter_new_anchors(const struct segmenter *segmenter, size_t *count);

/* Enters them into the index. */
int segmenter_settle(struct segmenter *segmenter);

#endif
