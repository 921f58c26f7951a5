/*
 * Fuzz target: the segmenter, over contigs that a small program in the input puts together.
 *
 * The first bytes choose k, the segment size and a size of blocks; then come operations of four
 * bytes that add to the contig at hand (random symbols, a copy of what was before on either strand,
 * runs, tandem repeats, literal symbols) or end a contig or a sample. Everything is cut twice, in
 * blocks of 64 Ki and in small ones. Beside crashes, what is found is all that segmenter_scene.h
 * demands (contigs that do not come back, segments too short or too long, groups out of order), and
 * segments that depend on the blocks.
 *
 * Seeds: any bytes. Built with -fsanitize=fuzzer, or with replay.c.
 */
#include <stdio.h>
#include <stdlib.h>

static void demand_true(int truth, const char *what, int line)
{
    if (truth)
        return;
    fprintf(stderr, "fuzz_segmenter: line %d: %s\n", line, what);
    abort();
}
#define demand(truth) demand_true((truth) != 0, #truth, __LINE__)

#include "tests/unit/segmenter_scene.h"

enum { CONTIGS_MAX = 64, SYMBOLS_MAX = 400000, INDEX_SLOTS = 1 << 12 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All contigs, and which sample each is of. */
struct genome {
    struct sequence all; /* what copies are taken from */
    size_t ends[CONTIGS_MAX];
    unsigned samples[CONTIGS_MAX];
    size_t count;
    unsigned sample;
};

static void end_contig(struct genome *g)
{
    if (g->count == CONTIGS_MAX)
        return;
    g->ends[g->count] = g->all.length;
    g->samples[g->count++] = g->sample;
}

static void add_copy(struct genome *g, size_t from, size_t length, int mirror)
{
    struct sequence copy = {0};

    if (!g->all.length)
        return;
    from %= g->all.length;
    if (length > g->all.length - from)
        length = g->all.length - from;
    sequence_add(&copy, g->all.codes + from, length);
    if (mirror)
        sequence_add_mirror(&g->all, copy.codes, length);
    else
        sequence_add(&g->all, copy.codes, length);
    sequence_free(&copy);
}

static void operate(struct genome *g, const uint8_t *op)
{
    size_t length = (size_t)(op[1] | op[2] << 8) >> (op[0] >> 4 & 7);
    uint64_t seed = op[3];
    uint8_t unit[16];

    switch (op[0] & 7) {
    case 0:
        sequence_add_random(&g->all, length, &seed);
        break;
    case 1:
    case 2:
        add_copy(g, (size_t)op[3] * 257 * (1 + (op[0] >> 7)), length, op[0] & 1);
        break;
    case 3:
        sequence_add_run(&g->all, op[3] & 15, length);
        break;
    case 4:
        random_bases(unit, sizeof unit, seed);
        sequence_add_tandem(&g->all, unit, 1 + op[3] % sizeof unit, length);
        break;
    case 5:
        unit[0] = op[1] & 15, unit[1] = op[2] & 15, unit[2] = op[3] & 15;
        sequence_add(&g->all, unit, 3);
        break;
    case 6:
        end_contig(g);
        break;
    default:
        end_contig(g);
        g->sample++;
    }
}

static void count_kmers(const struct genome *g, struct unique_kmers *candidates)
{
    size_t start = 0, i;

    for (i = 0; i < g->count && g->samples[i] == 0; i++) {
        unique_kmers_start_contig(candidates);
        demand(!unique_kmers_push(candidates, g->all.codes + start, g->ends[i] - start));
        start = g->ends[i];
    }
}

static uint64_t cut_all(const struct genome *g, unsigned k, uint32_t segment_size, unsigned mates,
                        size_t block)
{
    struct unique_kmers *candidates;
    struct scene scene;
    size_t start = 0, i;
    uint64_t hash;

    demand(!unique_kmers_create(&candidates, k, segment_size, 1 << 12));
    count_kmers(g, candidates);
    scene_begin(&scene, k, segment_size, INDEX_SLOTS);
    scene.mates = mates;
    for (i = 0; i < g->count; i++) {
        segmenter_use_splitters(scene.segmenter, g->samples[i] ? NULL : candidates);
        scene_contig(&scene, g->all.codes + start, g->ends[i] - start, block);
        start = g->ends[i];
        if (!g->samples[i] || i + 1 == g->count || g->samples[i + 1] != g->samples[i])
            demand(!segmenter_settle(scene.segmenter));
    }
    hash = scene.hash;
    scene_end(&scene);
    unique_kmers_free(candidates);
    return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t sizes[] = {100, 150, 1000, 5000, 60000, 1000000};
    struct genome g = {0};
    size_t at;
    unsigned k;
    uint32_t segment_size;

    if (size < 4)
        return 0;
    k = 17 + data[0] % 16;
    segment_size = sizes[data[1] % 6];
    for (at = 4; at + 4 <= size && g.all.length < SYMBOLS_MAX; at += 4)
        operate(&g, data + at);
    end_contig(&g);
    if (g.all.codes)
        demand(cut_all(&g, k, segment_size, data[1] >> 4, 1 << 16) ==
               cut_all(&g, k, segment_size, data[1] >> 4, 1 + (size_t)(data[2] | data[3] << 8)));
    sequence_free(&g.all);
    return 0;
}
