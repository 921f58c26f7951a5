/*
 * Splitters and rows against the spec (section 5 and 9): the stored text of a row's group runs from
 * the smaller to the larger k-mer, or begins or ends with its only one in canonical form.
 */
#include "reader/splitters.h"

#include "common/kmer.h"
#include "sequence_fixture.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { GROUPS = 300, LENGTH = 90 };

static uint64_t left_aligned(const uint8_t *codes, unsigned k)
{
    uint64_t value = 0;
    unsigned i;

    for (i = 0; i < k; i++) {
        if (codes[i] > 3)
            return KMER_NONE;
        value |= (uint64_t)codes[i] << (62 - 2 * i);
    }
    return value;
}

static uint64_t canonical_of(const uint8_t *codes, unsigned k)
{
    uint8_t mirror[32];
    uint64_t a = left_aligned(codes, k), b;

    mirror_bases(mirror, codes, k);
    b = left_aligned(mirror, k);
    return a < b ? a : b;
}

/* What was registered: the text as it is to be stored, and the k-mers that count. */
struct born {
    uint8_t stored[LENGTH];
    uint64_t first, last; /* canonical, in input order; or KMER_NONE */
};

static struct born groups[GROUPS];

static void give_birth(struct splitters *s, uint32_t number, const uint8_t *codes, unsigned k,
                       struct reference_ends ends)
{
    struct born *b = &groups[number];
    int reversed = -1;

    assert_int_equal(splitters_add(s, 16 + number, codes, LENGTH, ends, &reversed), 0);
    assert_in_range(reversed, 0, 1);
    memcpy(b->stored, codes, LENGTH);
    if (reversed)
        mirror_bases(b->stored, codes, LENGTH);
    b->first = ends.has_first ? canonical_of(codes, k) : KMER_NONE;
    b->last = ends.has_last ? canonical_of(codes + LENGTH - k, k) : KMER_NONE;
}

static void check_row(const struct message_pair *row, unsigned k)
{
    const struct born *b = &groups[row->group - 16];
    uint64_t start = left_aligned(b->stored, k), end = left_aligned(b->stored + LENGTH - k, k);

    assert_int_equal(row->reserved, 0);
    if (row->first != KMER_NONE && row->second != KMER_NONE) {
        assert_true(row->first <= row->second);
        assert_true(canonical_of(b->stored, k) == row->first);
        assert_true(canonical_of(b->stored + LENGTH - k, k) == row->second);
    } else if (row->second == KMER_NONE) {
        assert_true(row->first == start);
        assert_true(canonical_of(b->stored, k) == start);
    } else {
        assert_true(row->second == end);
        assert_true(canonical_of(b->stored + LENGTH - k, k) == end);
    }
}

static int has_kmer(const uint64_t *kmers, size_t count, uint64_t kmer)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (kmers[i] == kmer)
            return 1;
    return 0;
}

/* The row of a group's k-mers; an older group may have it. */
static const struct message_pair *row_of(const struct message_pair *rows, size_t count,
                                         const struct born *b)
{
    size_t i;

    for (i = 0; i < count; i++)
        if ((rows[i].first == b->first && rows[i].second == b->last) ||
            (rows[i].first == b->last && rows[i].second == b->first))
            return &rows[i];
    return NULL;
}

static void check_tables(struct splitters *s, uint32_t born, unsigned k)
{
    const struct message_pair *rows;
    const uint64_t *kmers;
    size_t kmer_count, row_count, i;

    assert_int_equal(splitters_finish(s), 0);
    kmers = splitters_kmers(s, &kmer_count);
    rows = splitters_pairs(s, &row_count);
    for (i = 0; i < kmer_count; i++)
        assert_true(kmers[i] != KMER_NONE && (!i || kmers[i - 1] < kmers[i]));
    for (i = 0; i < row_count; i++) {
        assert_true(!i || rows[i - 1].first < rows[i].first ||
                    (rows[i - 1].first == rows[i].first && rows[i - 1].second < rows[i].second));
        if (i + 1 < row_count)
            check_row(&rows[i], k);
    }
    /* All ones sort last. */
    assert_true(rows[row_count - 1].first == KMER_NONE && rows[row_count - 1].second == KMER_NONE);
    assert_int_equal(rows[row_count - 1].group, 0);
    for (i = 0; i < born; i++) {
        const struct born *b = &groups[i];

        if (b->first == KMER_NONE && b->last == KMER_NONE)
            continue;
        assert_true(b->first == KMER_NONE || has_kmer(kmers, kmer_count, b->first));
        assert_true(b->last == KMER_NONE || has_kmer(kmers, kmer_count, b->last));
        assert_non_null(row_of(rows, row_count, b));
        assert_true(row_of(rows, row_count, b)->group <= 16 + i);
    }
}

static void test_rows_are_true_for_any_ends(void **state)
{
    unsigned k;

    (void)state;
    for (k = 17; k <= 32; k++) {
        struct splitters *s;
        uint8_t codes[LENGTH];
        uint64_t seed = k;
        uint32_t i;

        assert_int_equal(splitters_create(&s, k), 0);
        for (i = 0; i < GROUPS; i++) {
            struct reference_ends ends = {i & 1, i >> 1 & 1};

            random_bases(codes, LENGTH, random_next(&seed));
            if (i % 11 == 5) /* an end that is no k-mer */
                codes[i % 2 ? 3 : LENGTH - 3] = 4;
            if (i % 13 == 7) /* both ends alike, on one strand or both */
                memcpy(codes + LENGTH - k, codes, k);
            if (i % 13 == 8)
                mirror_bases(codes + LENGTH - k, codes, k);
            give_birth(s, i, codes, k, ends);
        }
        check_tables(s, GROUPS, k);
        splitters_free(s);
    }
    splitters_free(NULL);
}

/* The same pair again, on either strand: one row, of the older group. */
static void test_equal_pairs_keep_the_first_group(void **state)
{
    const struct reference_ends both = {1, 1}, first = {1, 0}, last = {0, 1};
    const struct message_pair *rows;
    uint8_t codes[LENGTH], mirror[LENGTH];
    struct splitters *s;
    const uint64_t *kmers;
    size_t count;

    (void)state;
    assert_int_equal(splitters_create(&s, 31), 0);
    random_bases(codes, LENGTH, 5);
    mirror_bases(mirror, codes, LENGTH);
    give_birth(s, 0, mirror, 31, both);
    give_birth(s, 1, codes, 31, both);
    give_birth(s, 2, codes, 31, first);
    give_birth(s, 3, mirror, 31, last);
    check_tables(s, 4, 31);
    rows = splitters_pairs(s, &count);
    assert_int_equal(count, 3);
    assert_int_equal(rows[0].group == 16 || rows[1].group == 16, 1);
    assert_memory_equal(groups[0].stored, groups[1].stored, LENGTH);
    kmers = splitters_kmers(s, &count);
    assert_non_null(kmers);
    assert_int_equal(count, 2);
    splitters_free(s);
}

static void test_nothing_to_register(void **state)
{
    const struct reference_ends both = {1, 1}, none = {0, 0};
    uint8_t codes[LENGTH];
    struct splitters *s;
    size_t count;
    int reversed = 7;

    (void)state;
    random_bases(codes, LENGTH, 6);
    assert_int_equal(splitters_create(&s, 25), 0);
    assert_int_equal(splitters_add(s, 16, codes, 24, both, &reversed), 0);
    assert_int_equal(reversed, 0);
    assert_int_equal(splitters_add(s, 17, codes, 0, both, &reversed), 0);
    assert_int_equal(splitters_add(s, 18, codes, LENGTH, none, &reversed), 0);
    assert_int_equal(reversed, 0);
    assert_int_equal(splitters_finish(s), 0);
    splitters_kmers(s, &count);
    assert_int_equal(count, 0);
    splitters_pairs(s, &count);
    assert_int_equal(count, 1);
    splitters_free(s);
}

static void test_restored_gives_the_same_in_the_end(void **state)
{
    const struct reference_ends both = {1, 1};
    const struct message_pair *p, *q;
    const uint64_t *x, *y;
    struct splitters *a, *b;
    uint8_t codes[LENGTH];
    uint64_t seed = 7;
    size_t kmers, rows, again;
    uint32_t i;

    (void)state;
    assert_int_equal(splitters_create(&a, 29), 0);
    assert_int_equal(splitters_create(&b, 29), 0);
    for (i = 0; i < 200; i++) {
        if (i % 10 != 9)
            random_bases(codes, LENGTH, random_next(&seed));
        give_birth(a, i, codes, 29, both);
    }
    x = splitters_kmers(a, &kmers);
    p = splitters_pairs(a, &rows);
    assert_int_equal(splitters_restore(b, x, kmers / 2, NULL, 0), 0);
    assert_int_equal(splitters_restore(b, NULL, 0, p, rows), 0);
    assert_int_equal(splitters_restore(b, x + kmers / 2, kmers - kmers / 2, NULL, 0), 0);
    assert_int_equal(splitters_finish(a), 0);
    assert_int_equal(splitters_finish(b), 0);
    x = splitters_kmers(a, &kmers);
    y = splitters_kmers(b, &again);
    assert_int_equal(kmers, again);
    assert_memory_equal(x, y, kmers * sizeof *x);
    p = splitters_pairs(a, &rows);
    q = splitters_pairs(b, &again);
    assert_int_equal(rows, again);
    assert_memory_equal(p, q, rows * sizeof *p);
    splitters_free(a);
    splitters_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_true_for_any_ends),
        cmocka_unit_test(test_equal_pairs_keep_the_first_group),
        cmocka_unit_test(test_nothing_to_register),
        cmocka_unit_test(test_restored_gives_the_same_in_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
