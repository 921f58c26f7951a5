/*
 * Which k-mers occur once, against counting them all: any k, any blocks, strands, contig borders,
 * and a table so small that the sample is halved again and again.
 */
#include "reader/unique_kmers.h"

#include "sequence_fixture.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SLOTS_LEAST = 1 << 12 };

/* All k-mers of a sequence in canonical form, sorted. Own arithmetic: symbol by symbol. */
struct counted {
    uint64_t *kmers;
    size_t count;
};

static uint64_t left_aligned(const uint8_t *codes, unsigned k)
{
    uint64_t value = 0;
    unsigned i;

    for (i = 0; i < k; i++)
        value |= (uint64_t)codes[i] << (62 - 2 * i);
    return value;
}

static uint64_t canonical_of(const uint8_t *codes, unsigned k)
{
    uint8_t mirror[32];
    uint64_t a, b;
    unsigned i;

    for (i = 0; i < k; i++)
        if (codes[i] > 3)
            return KMER_NONE;
    mirror_bases(mirror, codes, k);
    a = left_aligned(codes, k);
    b = left_aligned(mirror, k);
    return a < b ? a : b;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static void count_contig(struct counted *all, const uint8_t *codes, size_t length, unsigned k)
{
    size_t i;

    all->kmers = realloc(all->kmers, (all->count + length + 1) * sizeof *all->kmers);
    for (i = 0; i + k <= length; i++) {
        all->kmers[all->count] = canonical_of(codes + i, k);
        all->count += all->kmers[all->count] != KMER_NONE;
    }
}

struct tally {
    size_t once, found;
};

/* Whatever the set has must stand once; *tally says how much of what stands once it has. */
static struct tally check_set(const struct unique_kmers *set, struct counted *all)
{
    struct tally tally = {0, 0};
    size_t i, same;

    qsort(all->kmers, all->count, sizeof *all->kmers, compare);
    for (i = 0; i < all->count; i += same) {
        int has = unique_kmers_has(set, all->kmers[i]);

        for (same = 1; i + same < all->count && all->kmers[i + same] == all->kmers[i]; same++)
            ;
        if (same > 1)
            assert_false(has);
        tally.once += same == 1;
        tally.found += (size_t)has;
    }
    free(all->kmers);
    *all = (struct counted){0};
    return tally;
}

/* Random, with a piece twice, a piece once more on the other strand, a tandem repeat, and Ns. */
static struct sequence make_contig(size_t length, uint64_t seed)
{
    struct sequence s = {0};

    sequence_add_random(&s, length, &seed);
    sequence_add_copy(&s, length / 4, length / 8);
    sequence_add_run(&s, 4, 3);
    sequence_add_mirror(&s, s.codes + length / 2, length / 8);
    sequence_add_run(&s, 15, 1);
    sequence_add_tandem(&s, (const uint8_t *)"\3\1\0\2\2\1\3", 7, 500);
    sequence_add_random(&s, length / 8, &seed);
    return s;
}

static struct unique_kmers *make(unsigned k, uint32_t segment_size, size_t slots_max)
{
    struct unique_kmers *set;

    assert_int_equal(unique_kmers_create(&set, k, segment_size, slots_max), 0);
    return set;
}

static void push(struct unique_kmers *set, const struct sequence *s, size_t block)
{
    size_t at, some;

    unique_kmers_start_contig(set);
    for (at = 0; at < s->length; at += some) {
        some = s->length - at < block ? s->length - at : block;
        assert_int_equal(unique_kmers_push(set, s->codes + at, some), 0);
    }
}

/* With the least segments all k-mers are in the sample: exactly those that stand once are found. */
static void test_least_segments_find_every_single_kmer(void **state)
{
    unsigned k;

    (void)state;
    for (k = 17; k <= 32; k++) {
        struct unique_kmers *set = make(k, 100, 1 << 16);
        struct sequence s = make_contig(12000, k);
        struct counted all = {0};
        struct tally tally;

        push(set, &s, k % 2 ? 7 : 64 * 1024);
        assert_int_equal(unique_kmers_symbols(set), s.length);
        count_contig(&all, s.codes, s.length, k);
        tally = check_set(set, &all);
        assert_true(tally.once > 8000);
        assert_int_equal(tally.found, tally.once);
        assert_false(unique_kmers_has(set, KMER_NONE));
        sequence_free(&s);
        unique_kmers_free(set);
    }
    unique_kmers_free(NULL);
}

static void test_contigs_count_together_but_do_not_join(void **state)
{
    struct unique_kmers *set = make(21, 100, 1 << 16);
    struct sequence a = make_contig(3000, 1), b = make_contig(3000, 2);
    struct counted all = {0};
    struct tally tally;
    uint8_t over[32];

    (void)state;
    sequence_add(&b, a.codes + 10, 900); /* once in each: twice in the sample */
    push(set, &a, 1);
    push(set, &b, 1000);
    memcpy(over, a.codes + a.length - 10, 10);
    memcpy(over + 10, b.codes, 11);
    assert_false(unique_kmers_has(set, canonical_of(over, 21)));
    count_contig(&all, a.codes, a.length, 21);
    count_contig(&all, b.codes, b.length, 21);
    tally = check_set(set, &all);
    assert_int_equal(tally.found, tally.once);
    sequence_free(&a);
    sequence_free(&b);
    unique_kmers_free(set);
}

/* "Some 128 candidates a segment; never sparser than 1 in 256". */
static void test_sample_is_as_dense_as_segments_ask(void **state)
{
    static const struct {
        uint32_t segment_size;
        size_t one_in;
    } cases[] = {{100, 1}, {255, 1}, {256, 2}, {10000, 64}, {60000, 256}, {1000000, 256}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct unique_kmers *set = make(31, cases[i].segment_size, 1 << 20);
        struct sequence s = make_contig(200000, 40 + i);
        struct counted all = {0};
        struct tally tally;

        push(set, &s, 64 * 1024);
        count_contig(&all, s.codes, s.length, 31);
        tally = check_set(set, &all);
        assert_in_range(tally.found * cases[i].one_in, tally.once * 8 / 10, tally.once * 12 / 10);
        sequence_free(&s);
        unique_kmers_free(set);
    }
}

static void test_full_table_halves_the_sample_and_stays_exact(void **state)
{
    struct unique_kmers *whole = make(25, 100, SLOTS_LEAST), *bits = make(25, 100, SLOTS_LEAST);
    struct sequence s = make_contig(150000, 3);
    struct counted all = {0};
    struct tally tally;
    size_t i;

    (void)state;
    push(whole, &s, s.length);
    push(bits, &s, 13);
    for (i = 0; i + 25 <= s.length; i++) {
        uint64_t kmer = canonical_of(s.codes + i, 25);

        assert_int_equal(unique_kmers_has(whole, kmer), unique_kmers_has(bits, kmer));
    }
    count_contig(&all, s.codes, s.length, 25);
    tally = check_set(whole, &all);
    /* At most 3/4 of the table, of which few are repeats; at least half of that once halved. */
    assert_in_range(tally.found, SLOTS_LEAST / 4, SLOTS_LEAST / 4 * 3);
    sequence_free(&s);
    unique_kmers_free(whole);
    unique_kmers_free(bits);
}

/* A k-mer that was seen twice before the table was rebuilt is a repeat after it. */
static void test_repeats_are_remembered_when_the_table_grows(void **state)
{
    struct unique_kmers *set = make(20, 100, 1 << 17);
    struct sequence s = {0};
    uint64_t seed = 4;
    size_t i;

    (void)state;
    sequence_add_random(&s, 1000, &seed);
    sequence_add_copy(&s, 0, 1000);
    sequence_add_random(&s, 60000, &seed);
    push(set, &s, 4096);
    for (i = 0; i + 20 <= 1000; i++)
        assert_false(unique_kmers_has(set, canonical_of(s.codes + i, 20)));
    for (i = 2000; i + 20 <= s.length; i++)
        assert_true(unique_kmers_has(set, canonical_of(s.codes + i, 20)));
    sequence_free(&s);
    unique_kmers_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_least_segments_find_every_single_kmer),
        cmocka_unit_test(test_contigs_count_together_but_do_not_join),
        cmocka_unit_test(test_sample_is_as_dense_as_segments_ask),
        cmocka_unit_test(test_full_table_halves_the_sample_and_stays_exact),
        cmocka_unit_test(test_repeats_are_remembered_when_the_table_grows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
