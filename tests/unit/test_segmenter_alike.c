/*
 * The segmenter on contigs that are alike: where the cuts come, which group and strand a piece
 * joins, what enters the index and the path, and the rows of segment-splitters.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define demand(truth) assert_true(truth)
#include "common/kmer.h"
#include "reader/sampler.h"
#include "segmenter_scene.h"

enum { INDEX_SLOTS = 1 << 16 };

/* Cuts follow the references, so an equal contig is made of equal segments. */
static void test_equal_contig_is_cut_like_the_first(void **state)
{
    struct sequence base = {0}, mirror = {0};
    struct scene_segment *first;
    struct scene scene;
    uint64_t seed = 6;
    size_t count, i;

    (void)state;
    sequence_add_random(&base, 700000, &seed);
    sequence_add_mirror(&mirror, base.codes, base.length);
    scene_begin(&scene, 31, 10000, INDEX_SLOTS);
    unique_kmers_free(scene_first_sample(&scene, &base, 1, 64 * 1024));
    count = scene.segment_count;
    assert_in_range(count, 700000 / 20000, 70);
    first = malloc(count * sizeof *first);
    memcpy(first, scene.segments, count * sizeof *first);

    scene_contig(&scene, base.codes, base.length, 64 * 1024);
    assert_int_equal(scene.segment_count, count);
    for (i = 0; i < count; i++) {
        assert_int_equal(scene.segments[i].role, SEGMENT_MEMBER);
        assert_int_equal(scene.segments[i].group, first[i].group);
        assert_int_equal(scene.segments[i].reverse, first[i].reverse);
        assert_int_equal(scene.segments[i].length, first[i].length);
    }
    scene_contig(&scene, mirror.codes, mirror.length, 64 * 1024);
    assert_int_equal(scene.segment_count, count);
    for (i = 0; i < count; i++) {
        const struct scene_segment *s = &scene.segments[count - 1 - i];

        assert_int_equal(s->role, SEGMENT_MEMBER);
        assert_int_equal(s->group, first[i].group);
        assert_int_equal(s->reverse, !first[i].reverse);
        assert_int_equal(s->length, first[i].length);
    }
    free(first);
    sequence_free(&base);
    sequence_free(&mirror);
    scene_end(&scene);
}

/* Of the segments at hand, how many symbols are members whose text, as stored, shares a good part
 * of its 16-mers (looked at every 16th) with the reference of its group. */
static size_t symbols_alike(const struct scene *scene, const struct sequence *contig)
{
    size_t start = 0, i, j, alike = 0;

    for (i = 0; i < scene->segment_count; i++) {
        const struct scene_segment *s = &scene->segments[i];
        struct sequence text = {0};
        size_t tried = 0, found = 0;

        if (s->reverse)
            sequence_add_mirror(&text, contig->codes + start, s->length);
        else
            sequence_add(&text, contig->codes + start, s->length);
        start += s->length - scene->params.k;
        for (j = 0; s->role == SEGMENT_MEMBER && j + 16 <= s->length; j += 16, tried++) {
            const struct sequence *r = &scene->references[s->group - 16];

            found += memmem(r->codes, r->length, text.codes + j, 16) != NULL;
        }
        alike += found * 2 > tried ? s->length : 0;
        sequence_free(&text);
    }
    return alike;
}

/* Rearranged copies: pieces from anywhere, on either strand, with substitutions, join the groups
 * that they come from in the right orientation. */
static void test_rearranged_copy_finds_its_homes(void **state)
{
    struct sequence base[2] = {{0}}, copy = {0};
    struct scene scene;
    uint64_t seed = 7;
    size_t i;

    (void)state;
    sequence_add_random(&base[0], 150000, &seed);
    sequence_add_random(&base[1], 60000, &seed);
    scene_begin(&scene, 25, 5000, INDEX_SLOTS);
    unique_kmers_free(scene_first_sample(&scene, base, 2, 64 * 1024));
    for (i = 0; i < 30; i++) {
        const struct sequence *from = &base[i % 2];
        size_t length = 2000 + random_below(&seed, 9000);
        size_t at = random_below(&seed, from->length - length);
        struct sequence piece = sequence_mutate(from->codes + at, length, 120, 0, &seed);

        if (random_below(&seed, 2))
            sequence_add_mirror(&copy, piece.codes, piece.length);
        else
            sequence_add(&copy, piece.codes, piece.length);
        sequence_free(&piece);
    }
    scene_contig(&scene, copy.codes, copy.length, 64 * 1024);
    assert_true(symbols_alike(&scene, &copy) > copy.length * 98 / 100);
    sequence_free(&base[0]);
    sequence_free(&base[1]);
    sequence_free(&copy);
    scene_end(&scene);
}

/* Symbols of new references among the segments at hand. */
static uint64_t symbols_new(const struct scene *scene)
{
    uint64_t sum = 0;
    size_t i;

    for (i = 0; i < scene->segment_count; i++)
        if (scene->segments[i].role == SEGMENT_NEW_REFERENCE)
            sum += scene->segments[i].length;
    return sum;
}

/* New sequence within old: a group for the new one; what is new is found by the sample after. */
static void check_insertion(size_t inserted)
{
    struct sequence base = {0}, copy = {0};
    struct scene scene;
    uint64_t seed = 8 + inserted;

    sequence_add_random(&base, 90000, &seed);
    sequence_add(&copy, base.codes, 40000);
    sequence_add_random(&copy, inserted, &seed);
    sequence_add(&copy, base.codes + 40000, 50000);
    scene_begin(&scene, 31, 60000, INDEX_SLOTS);
    unique_kmers_free(scene_first_sample(&scene, &base, 1, 64 * 1024));
    scene_contig(&scene, copy.codes, copy.length, 64 * 1024);
    assert_in_range(symbols_new(&scene), inserted, inserted + 500);

    /* Within the sample the index does not move. */
    scene_contig(&scene, copy.codes, copy.length, 64 * 1024);
    assert_in_range(symbols_new(&scene), inserted, inserted + 500);
    assert_int_equal(segmenter_settle(scene.segmenter), 0);
    scene_contig(&scene, copy.codes, copy.length, 64 * 1024);
    assert_int_equal(symbols_new(&scene), 0);
    sequence_free(&base);
    sequence_free(&copy);
    scene_end(&scene);
}

static void test_insertion_becomes_a_reference(void **state)
{
    (void)state;
    check_insertion(2 * SEGMENTER_NEW_MIN);
    check_insertion(SEGMENTER_LAG / 2);
    check_insertion(12000);
    check_insertion(3 * SEGMENTER_LAG);
}

/* An inversion within one reference: cut on both sides, the middle on the other strand. */
static void test_inversion_is_a_segment_of_its_own(void **state)
{
    struct sequence base = {0}, copy = {0};
    struct scene scene;
    uint64_t seed = 13;
    uint32_t strand;

    (void)state;
    sequence_add_random(&base, 50000, &seed);
    sequence_add(&copy, base.codes, 20000);
    sequence_add_mirror(&copy, base.codes + 20000, 6000);
    sequence_add(&copy, base.codes + 26000, 24000);
    scene_begin(&scene, 20, 60000, INDEX_SLOTS);
    unique_kmers_free(scene_first_sample(&scene, &base, 1, 64 * 1024));
    assert_int_equal(scene.segment_count, 1);
    strand = scene.segments[0].reverse;
    scene_contig(&scene, copy.codes, copy.length, 64 * 1024);
    assert_int_equal(scene.segment_count, 3);
    assert_int_equal(scene.segments[0].reverse, strand);
    assert_int_equal(scene.segments[1].reverse, !strand);
    assert_int_equal(scene.segments[2].reverse, strand);
    assert_in_range(scene.segments[0].length, 19800, 20200);
    assert_in_range(scene.segments[1].length, 5700, 6300);
    sequence_free(&base);
    sequence_free(&copy);
    scene_end(&scene);
}

/* Round and round in one reference: no segment grows without end. */
static void test_many_turns_in_one_reference_are_cut(void **state)
{
    struct sequence base = {0};
    struct scene scene;
    uint64_t seed = 14;
    size_t i;

    (void)state;
    sequence_add_random(&base, 50000, &seed);
    scene_begin(&scene, 20, 60000, INDEX_SLOTS);
    unique_kmers_free(scene_first_sample(&scene, &base, 1, 64 * 1024));
    for (i = 0; i < 30; i++)
        sequence_add_copy(&base, 0, 50000);
    scene_contig(&scene, base.codes, base.length, 64 * 1024);
    assert_int_equal(scene.groups_seen, 17);
    assert_true(scene.segment_count >= 5);
    for (i = 0; i < scene.segment_count; i++)
        assert_in_range(scene.segments[i].length, 1, 5 * 60000);
    sequence_free(&base);
    scene_end(&scene);
}

/* ---- what is born */

/* Of a new contig: intervals that overlap by k, as its segments do, and of its anchors exactly
 * those that lie wholly in a segment, each at its place on the path. */
static void check_born(struct scene *scene, const struct sequence *contig, size_t first_interval)
{
    struct anchor *anchors = malloc(contig->length * sizeof *anchors);
    const struct anchor_entry *entries;
    uint64_t start = 0;
    size_t found = sampler_scan(contig->codes, contig->length, 0, anchors), count, i, j, n = 0;

    entries = segmenter_new_anchors(scene->segmenter, &count);
    assert_int_equal(path_count(scene->tables.path), first_interval + scene->segment_count);
    for (i = 0; i < scene->segment_count; i++) {
        const struct interval *v = path_interval(scene->tables.path, first_interval + i);
        const struct scene_segment *s = &scene->segments[i];

        assert_int_equal(v->group, s->group);
        assert_int_equal(v->length, s->length);
        assert_int_equal(v->reversed, s->reverse);
        if (i)
            assert_true(v->start == v[-1].start + v[-1].length - scene->params.k);
        else if (first_interval)
            assert_true(v->start == v[-1].start + v[-1].length + PATH_GAP);
        for (j = 0; j < found; j++) {
            const struct anchor *a = &anchors[j];

            if (a->position < start || a->position + ANCHOR_LENGTH > start + s->length)
                continue;
            assert_true(n < count);
            assert_true(entries[n].hash == a->hash && entries[n].reverse == a->reverse);
            assert_true(entries[n].coordinate == v->start + (a->position - start));
            n++;
        }
        start += s->length - scene->params.k;
    }
    assert_int_equal(n, count);
    free(anchors);
}

static void test_anchors_and_intervals_of_new_contigs(void **state)
{
    struct sequence contig;
    struct scene scene;
    uint64_t seed = 15;
    size_t intervals = 0, i;

    (void)state;
    scene_begin(&scene, 29, 4000, INDEX_SLOTS);
    for (i = 0; i < 4; i++) {
        contig = (struct sequence){0};
        sequence_add_random(&contig, 5 * SEGMENTER_LAG + i * 777, &seed);
        scene_contig(&scene, contig.codes, contig.length, 64 * 1024);
        assert_true(scene.segment_count > 5);
        check_born(&scene, &contig, intervals);
        intervals = path_count(scene.tables.path);
        assert_int_equal(segmenter_settle(scene.segmenter), 0);
        sequence_free(&contig);
    }
    scene_end(&scene);
}

/* ---- the rows that C++ AGC's append needs */

static void check_row(const struct scene *scene, const struct message_pair *row)
{
    const struct sequence *r = &scene->references[row->group - 16];
    unsigned k = scene->params.k;
    uint64_t start = kmer_canonical(r->codes, k);
    uint64_t end = kmer_canonical(r->codes + r->length - k, k);

    assert_true(row->group >= 16 && row->group < scene->groups_seen);
    assert_true(row->first == KMER_NONE || row->first == start);
    assert_true(row->second == KMER_NONE || row->second == end);
    assert_true(row->first == KMER_NONE || row->second == KMER_NONE || row->first <= row->second);
}

static void test_rows_tell_the_truth(void **state)
{
    struct sequence base[3] = {{0}};
    const struct message_pair *rows;
    struct unique_kmers *candidates;
    struct scene scene;
    uint64_t seed = 9;
    const uint64_t *kmers;
    size_t count, i, unique = 0, both = 0;

    (void)state;
    for (i = 0; i < 3; i++)
        sequence_add_random(&base[i], 100000, &seed);
    scene_begin(&scene, 21, 1000, INDEX_SLOTS);
    candidates = scene_first_sample(&scene, base, 3, 64 * 1024);
    assert_int_equal(splitters_finish(scene.tables.splitters), 0);
    rows = splitters_pairs(scene.tables.splitters, &count);
    /* Each group has a row, and two k-mers unless it begins or ends a contig. */
    assert_true(count > 150);
    assert_int_equal(count, 1 + scene.groups_seen - 16);
    for (i = 0; i + 1 < count; i++) {
        check_row(&scene, &rows[i]);
        both += rows[i].first != KMER_NONE && rows[i].second != KMER_NONE;
    }
    assert_int_equal(both, scene.groups_seen - 16 - 2 * 3);
    kmers = splitters_kmers(scene.tables.splitters, &count);
    for (i = 0; i < count; i++)
        unique += (size_t)unique_kmers_has(candidates, kmers[i]);
    /* In the reference sample cuts are made at k-mers that stand once in it. */
    assert_int_equal(unique, count);
    unique_kmers_free(candidates);
    for (i = 0; i < 3; i++)
        sequence_free(&base[i]);
    scene_end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_contig_is_cut_like_the_first),
        cmocka_unit_test(test_rearranged_copy_finds_its_homes),
        cmocka_unit_test(test_insertion_becomes_a_reference),
        cmocka_unit_test(test_inversion_is_a_segment_of_its_own),
        cmocka_unit_test(test_many_turns_in_one_reference_are_cut),
        cmocka_unit_test(test_anchors_and_intervals_of_new_contigs),
        cmocka_unit_test(test_rows_tell_the_truth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
