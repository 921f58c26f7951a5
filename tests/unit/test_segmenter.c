/*
 * The segmenter: what must hold of any contig whatever (segmenter_scene.h checks every segment),
 * and what must hold of alike ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define demand(truth) assert_true(truth)
#include "segmenter_scene.h"

#include <malloc.h>
#include <stdio.h>

enum { INDEX_SLOTS = 1 << 16, CONTIGS = 6 };

/* ---- anything comes back */

/* Lengths around every border that matters. */
static const size_t short_lengths[] = {0,
                                       1,
                                       16,
                                       17,
                                       18,
                                       19,
                                       20,
                                       31,
                                       32,
                                       33,
                                       50,
                                       SEGMENTER_PIECE_MIN - 1,
                                       SEGMENTER_PIECE_MIN,
                                       SEGMENTER_PIECE_MIN + 1,
                                       131,
                                       132,
                                       SEGMENTER_RAW_BELOW - 1,
                                       SEGMENTER_RAW_BELOW,
                                       SEGMENTER_RAW_BELOW + 1,
                                       SEGMENTER_NEW_MIN - 1,
                                       SEGMENTER_NEW_MIN,
                                       SEGMENTER_NEW_MIN + 1,
                                       SEGMENTER_LAG - 1,
                                       SEGMENTER_LAG,
                                       SEGMENTER_LAG + 1,
                                       2 * SEGMENTER_LAG};

enum { SHORT_COUNT = sizeof short_lengths / sizeof short_lengths[0] };

/* The contigs of a sample: short ones, and copies of parts of base with changes. */
static void make_sample(struct sequence *contigs, const struct sequence *base, uint64_t *seed)
{
    static const size_t changes[] = {0, 30, 200, 3000};
    size_t i;

    for (i = 0; i < CONTIGS; i++) {
        size_t from = random_below(seed, base->length), length;

        contigs[i] = (struct sequence){0};
        length = i < 3 ? short_lengths[random_below(seed, SHORT_COUNT)]
                       : random_below(seed, base->length - from);
        if (i == 4) {
            sequence_add_random(&contigs[i], length, seed);
        } else if (from + length <= base->length) {
            struct sequence copy =
                sequence_mutate(base->codes + from, length, 10 + random_below(seed, 300),
                                changes[random_below(seed, 4)], seed);

            if (random_below(seed, 3) == 0)
                sequence_add_mirror(&contigs[i], copy.codes, copy.length);
            else
                sequence_add(&contigs[i], copy.codes, copy.length);
            sequence_free(&copy);
        }
    }
}

/* Three samples of changed copies; returns the hash over all segments. */
static uint64_t run_samples(uint64_t seed, unsigned k, uint32_t segment_size, size_t block)
{
    struct sequence base = {0}, contigs[CONTIGS];
    struct scene scene;
    uint64_t hash;
    size_t i, sample;

    scene_begin(&scene, k, segment_size, INDEX_SLOTS);
    scene.mates = seed % 3 * 8;
    sequence_add_random(&base, 60000, &seed);
    sequence_add_copy(&base, 1000, 9000);
    sequence_add_mirror(&base, base.codes + 30000, 5000);
    for (sample = 0; sample < 3; sample++) {
        make_sample(contigs, &base, &seed);
        if (sample == 0)
            unique_kmers_free(scene_first_sample(&scene, contigs, CONTIGS, block));
        for (i = 0; sample && i < CONTIGS; i++)
            scene_contig(&scene, contigs[i].codes, contigs[i].length, block);
        assert_int_equal(segmenter_settle(scene.segmenter), 0);
        for (i = 0; i < CONTIGS; i++)
            sequence_free(&contigs[i]);
    }
    hash = scene.hash;
    scene_end(&scene);
    sequence_free(&base);
    return hash;
}

static void test_any_contig_comes_back(void **state)
{
    static const uint32_t sizes[] = {100, 101, 1000, 3000, 60000, 1000000};
    uint64_t seed;

    (void)state;
    for (seed = 1; seed <= 48; seed++)
        run_samples(seed, (unsigned)(17 + seed % 16), sizes[seed / 3 % 6], 64 * 1024);
}

static void test_blocks_do_not_matter(void **state)
{
    static const size_t blocks[] = {1, 7, 1000, SEGMENTER_LAG - 1, SEGMENTER_LAG, 1 << 20};
    uint64_t seed;
    size_t i;

    (void)state;
    for (seed = 100; seed < 104; seed++) {
        uint32_t size = seed % 2 ? 1000 : 60000;
        uint64_t hash = run_samples(seed, 17 + seed % 16, size, 64 * 1024);

        for (i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
            assert_true(run_samples(seed, 17 + seed % 16, size, blocks[i]) == hash);
    }
}

static void test_every_short_length_comes_back(void **state)
{
    struct sequence base = {0};
    struct unique_kmers *candidates;
    struct scene scene;
    uint64_t seed = 5;
    size_t length;

    (void)state;
    sequence_add_random(&base, 5000, &seed);
    scene_begin(&scene, 32, SEGMENTER_RAW_BELOW, INDEX_SLOTS);
    candidates = scene_first_sample(&scene, &base, 1, 999);
    for (length = 0; length < 1300; length++) {
        scene_contig(&scene, base.codes + 777, length, 64 * 1024);
        /* What is wholly known needs no reference of its own. */
        if (length >= SEGMENTER_RAW_BELOW)
            assert_int_equal(scene.segments[0].role, SEGMENT_MEMBER);
    }
    for (length = 0; length < 1300; length++) {
        struct sequence fresh = {0};

        sequence_add_random(&fresh, length, &seed);
        scene_contig(&scene, fresh.codes, length, 64 * 1024);
        if (length && length < SEGMENTER_RAW_BELOW)
            assert_int_equal(scene.segments[0].role, SEGMENT_RAW);
        if (length >= SEGMENTER_NEW_MIN)
            assert_int_equal(scene.segments[0].role, SEGMENT_NEW_REFERENCE);
        sequence_free(&fresh);
    }
    unique_kmers_free(candidates);
    sequence_free(&base);
    scene_end(&scene);
}

/* However short the segments: a contig that is worth references has no raw piece. */
static void test_short_segments_leave_no_raw_piece(void **state)
{
    struct sequence fresh = {0};
    struct scene scene;
    uint64_t seed = 12;
    size_t i;

    (void)state;
    sequence_add_random(&fresh, 3000, &seed);
    scene_begin(&scene, 17, 100, INDEX_SLOTS);
    scene_contig(&scene, fresh.codes, fresh.length, 64 * 1024);
    assert_true(scene.segment_count > 10);
    for (i = 0; i < scene.segment_count; i++)
        assert_int_equal(scene.segments[i].role, SEGMENT_NEW_REFERENCE);
    sequence_free(&fresh);
    scene_end(&scene);
}

/* ---- memory */

static size_t heap_bytes(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

/* Pushes a contig that a rule makes up as it goes; returns by how much the heap grew at most. */
static size_t push_long(struct scene *s, uint64_t length, int kind)
{
    static uint8_t block[64 * 1024];
    uint64_t seed = 11, at;
    size_t before = heap_bytes(), most = 0, i;

    scene_start_contig(s);
    for (at = 0; at < length; at += sizeof block) {
        for (i = 0; i < sizeof block; i++)
            block[i] = kind == 0   ? (uint8_t)(random_next(&seed) & 3)
                       : kind == 1 ? 4
                       : kind == 2 ? (uint8_t)((at + i) * (at + i) % 171 % 4)
                                   : (uint8_t)((at + i) % 7 / 2);
        assert_int_equal(segmenter_push(s->segmenter, block, sizeof block), 0);
        if (heap_bytes() > before + most)
            most = heap_bytes() - before;
    }
    scene_end_contig(s, at);
    return most;
}

/* Twice as long takes hardly more: kinds are random, all N, tandem repeats; new and known. */
static void test_memory_does_not_follow_the_length(void **state)
{
    const char *asked = getenv("TEST_CONTIG_BYTES");
    uint64_t length = asked ? strtoull(asked, NULL, 10) : 4 << 20;
    int kind, turn;

    (void)state;
    for (kind = 0; kind < 4; kind++) {
        struct unique_kmers *none;
        struct scene s;

        scene_begin(&s, 31, 60000, 1 << 13);
        s.keep = 0;
        assert_int_equal(unique_kmers_create(&none, 31, 60000, 1 << 12), 0);
        for (turn = 0; turn < 4; turn++) {
            size_t most;

            /* The first contig is one of the reference sample in which no k-mer stands once. */
            segmenter_use_splitters(s.segmenter, turn ? NULL : none);
            most = push_long(&s, length << (turn == 1), kind);

            if (asked)
                print_message("kind %d turn %d: %zu bytes\n", kind, turn, most);
            /* Pieces of at most 4 segment sizes, two of them, twice for growth; anchors. */
            assert_in_range(most, 0, 4 << 20);
            assert_int_equal(segmenter_settle(s.segmenter), 0);
        }
        unique_kmers_free(none);
        scene_end(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_contig_comes_back),
        cmocka_unit_test(test_blocks_do_not_matter),
        cmocka_unit_test(test_every_short_length_comes_back),
        cmocka_unit_test(test_short_segments_leave_no_raw_piece),
        cmocka_unit_test(test_memory_does_not_follow_the_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
