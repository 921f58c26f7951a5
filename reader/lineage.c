#include "reader/lineage.h"

#include "common/error.h"

#include <stdlib.h>
#include <string.h>

enum {
    STEPS = 32,
    FAR_SAMPLE_SYMBOLS_MIN = 256 * 1024,
    SKETCH_MAX = 8192, /* anchors kept of a sample; a sparser level when there are more */
    SKETCH_SLOTS = 4 * SKETCH_MAX,
    MATE_ANCHORS_MIN = 16, /* too few say nothing */
    BLOCK = 16 * 1024,
};

/* 1024 (1 - (i / 32)^(1/19)): with differences at random, an anchor of 19 symbols survives with
 * probability (1 - distance)^19. Entry 0 is that of a quarter step. */
static const uint16_t distance_of[STEPS + 1] = {
    231, 171, 139, 120, 106, 95, 86, 79, 72, 66, 61, 56, 52, 47, 44, 40, 37,
    34,  31,  28,  25,  22,  20, 18, 15, 13, 11, 9,  7,  5,  3,  2,  0,
};

unsigned lineage_distance(size_t known, size_t asked)
{
    return known >= asked ? 0 : distance_of[known * STEPS / asked];
}

/* Bits a symbol, times 1024: a delta costs some 5.5 bits a difference, a reference 2 bits a symbol;
 * mates cost a third against a reference of their own kind. Only what is far pays, whatever the
 * number of mates. */
int lineage_pays(unsigned distance, unsigned mates)
{
    uint64_t delta = (uint64_t)distance * 11 / 2, far = 61;

    return distance >= far && mates > 0 && delta * (1 + mates) > 2048 + delta * mates / 3;
}

int lineage_is_sample_far(uint64_t far_symbols, uint64_t mapped_symbols)
{
    return mapped_symbols >= FAR_SAMPLE_SYMBOLS_MIN && far_symbols * 4 >= mapped_symbols;
}

/* ---- sketches: sparse sets of a sample's anchors that no reference has */

struct sketch {
    uint64_t slots[SKETCH_SLOTS]; /* hash + 1; 0: free */
    size_t count;
    unsigned level;
};

static uint64_t *probe(struct sketch *sketch, uint64_t hash)
{
    size_t at = (size_t)(hash >> 15) % SKETCH_SLOTS;

    while (sketch->slots[at] && sketch->slots[at] != hash + 1)
        at = (at + 1) % SKETCH_SLOTS;
    return &sketch->slots[at];
}

static void thin(struct sketch *sketch)
{
    uint64_t kept[SKETCH_MAX];
    size_t count = 0, i;

    sketch->level++;
    for (i = 0; i < SKETCH_SLOTS; i++)
        if (sketch->slots[i] && anchor_level(sketch->slots[i] - 1) >= sketch->level)
            kept[count++] = sketch->slots[i] - 1;
    memset(sketch->slots, 0, sizeof sketch->slots);
    for (i = 0; i < count; i++)
        *probe(sketch, kept[i]) = kept[i] + 1;
    sketch->count = count;
}

static void sketch_add(struct sketch *sketch, uint64_t hash)
{
    uint64_t *slot;

    if (anchor_level(hash) < sketch->level)
        return;
    slot = probe(sketch, hash);
    if (*slot)
        return;
    *slot = hash + 1;
    if (++sketch->count == SKETCH_MAX)
        thin(sketch);
}

/* ---- anchors of an input, as it comes */

struct scan {
    struct sketch *sketch;
    const struct anchor_index *index;
    int build; /* 1: fills the sketch; 0: compares with it */
    size_t asked, known, in_sketch;
    uint8_t codes[BLOCK + ANCHOR_LENGTH];
    struct anchor anchors[BLOCK + ANCHOR_LENGTH];
};

static void scan_block(struct scan *scan, size_t count)
{
    unsigned level = anchor_index_level(scan->index);
    size_t found = sampler_scan(scan->codes, count, 0, scan->anchors), i;

    for (i = 0; i < found; i++) {
        uint64_t hash = scan->anchors[i].hash;
        struct anchor_place place;
        int known;

        if (anchor_level(hash) < level || anchor_level(hash) < scan->sketch->level)
            continue;
        known = anchor_index_find(scan->index, hash, &place);
        scan->asked++;
        scan->known += (size_t)known;
        if (scan->build && !known)
            sketch_add(scan->sketch, hash);
        else if (!known)
            scan->in_sketch += *probe(scan->sketch, hash) != 0;
    }
}

/* Scans at most limit symbols. Anchors across blocks are passed over: a sketch needs not all. */
static int scan_input(struct scan *scan, struct fasta *fasta, uint64_t limit)
{
    struct fasta_item item;
    uint64_t done = 0;
    int code;

    while ((code = fasta_next(fasta, &item)) == 0 && item.event != FASTA_END && done < limit) {
        size_t at = 0;

        if (item.event != FASTA_BASES)
            continue;
        while (at < item.count) {
            size_t some = item.count - at < BLOCK ? item.count - at : BLOCK;

            memcpy(scan->codes, item.codes + at, some);
            scan_block(scan, some);
            at += some;
        }
        done += item.count;
    }
    return code;
}

static int is_mate(struct scan *scan, const struct lineage_inputs *inputs, size_t i)
{
    struct fasta *fasta;
    int code = inputs->open(inputs->context, i, &fasta);

    if (code)
        return 0;
    scan->asked = scan->known = scan->in_sketch = 0;
    code = scan_input(scan, fasta, LINEAGE_LOOK_SYMBOLS);
    fasta_close(fasta);
    return !code && scan->asked >= MATE_ANCHORS_MIN && scan->in_sketch > scan->known &&
           scan->in_sketch * 8 > scan->asked;
}

int lineage_count_mates(const struct lineage_inputs *inputs, size_t i,
                        const struct anchor_index *index, unsigned *mates)
{
    struct scan *scan = calloc(1, sizeof *scan);
    struct sketch *sketch = calloc(1, sizeof *sketch);
    struct fasta *fasta;
    size_t j;
    int code;

    *mates = 0;
    if (!scan || !sketch) {
        code = error_set(ERROR_MEMORY, "out of memory for a look at later inputs");
        goto out;
    }
    code = inputs->open(inputs->context, i, &fasta);
    if (code)
        goto out;
    scan->sketch = sketch;
    scan->index = index;
    scan->build = 1;
    code = scan_input(scan, fasta, UINT64_MAX);
    fasta_close(fasta);
    scan->build = 0;
    for (j = i + 1; !code && j < inputs->count && j <= i + LINEAGE_LOOK_AHEAD; j++)
        *mates += (unsigned)is_mate(scan, inputs, j);
out:
    free(sketch);
    free(scan);
    return code;
}
