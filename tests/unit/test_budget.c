/*
 * Sharing out memory: the parts add up, more memory never means less of anything, too little is
 * told.
 */
#include "tools/budget.h"

#include "common/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MIB (UINT64_C(1) << 20)

static uint64_t sum(const struct budget *b, uint32_t workers)
{
    return b->reader_bytes + b->rest_bytes + b->rings_bytes + workers * b->worker_bytes;
}

static const enum run_mode modes[] = {RUN_CREATE, RUN_QUERY};
static const uint32_t counts[] = {1, 2, 3, 7, 64, RUN_WORKERS_MAX};

static void test_split_stays_within_total(void **state)
{
    struct budget b;
    size_t m, w;
    uint64_t more;

    (void)state;
    for (m = 0; m < 2; m++)
        for (w = 0; w < sizeof counts / sizeof counts[0]; w++)
            for (more = 0; more < 5000 * MIB; more = more * 2 + 777777) {
                uint64_t total = budget_least(modes[m], 0, counts[w]) + more;

                assert_int_equal(budget_split(total, modes[m], 0, counts[w], &b), 0);
                assert_true(sum(&b, counts[w]) <= total);
                assert_true(b.cache_bytes >= 2 * MIB && b.cache_bytes < b.worker_bytes);
                assert_true(b.slot_count >= 4 && (b.slot_count & (b.slot_count - 1)) == 0);
                assert_int_equal(b.rings_bytes,
                                 (2 * (uint64_t)counts[w] + 1) * b.slot_count * BUDGET_SLOT_BYTES);
            }
}

static void test_split_below_least_names_it(void **state)
{
    struct budget b = {.slot_count = 99};
    uint64_t least = budget_least(RUN_CREATE, 0, 2);
    char wanted[64];

    (void)state;
    assert_int_equal(budget_split(least, RUN_CREATE, 0, 2, &b), 0);
    assert_int_equal(budget_split(least - 1, RUN_CREATE, 0, 2, &b), ERROR_USAGE);
    snprintf(wanted, sizeof wanted, "--memory %uM", (unsigned)(least / MIB));
    assert_non_null(strstr(error_text(), wanted));
    assert_int_equal(budget_split(1, RUN_QUERY, 0, 1, &b), ERROR_USAGE);
    assert_null(strstr(error_text(), "-t 1"));
}

static void test_more_memory_never_gives_less(void **state)
{
    struct budget before = {0}, b;
    uint64_t total;

    (void)state;
    for (total = budget_least(RUN_CREATE, 0, 3); total < 600 * MIB; total += MIB / 3) {
        assert_int_equal(budget_split(total, RUN_CREATE, 0, 3, &b), 0);
        assert_true(b.reader_bytes >= before.reader_bytes);
        assert_true(b.slot_count >= before.slot_count);
        before = b;
    }
    assert_true(before.reader_spare_bytes >= 60 * MIB);
    assert_true(before.cache_bytes > 100 * MIB);
}

static void test_reader_comes_first(void **state)
{
    uint64_t least = budget_least(RUN_CREATE, 0, 2);
    struct budget b, lowest;

    (void)state;
    assert_int_equal(budget_split(least, RUN_CREATE, 0, 2, &lowest), 0);
    assert_int_equal(lowest.reader_spare_bytes, 0);
    assert_int_equal(budget_split(least + 30 * MIB, RUN_CREATE, 0, 2, &b), 0);
    assert_int_equal(b.reader_spare_bytes, 30 * MIB);
    assert_true(b.cache_bytes <= lowest.cache_bytes + MIB);
}

static void test_workers_fit(void **state)
{
    uint32_t workers;
    uint64_t total;

    (void)state;
    assert_int_equal(budget_workers(1, RUN_CREATE, 0, 8), 1);
    assert_int_equal(budget_workers(UINT64_MAX / 2, RUN_CREATE, 0, 8), 8);
    for (total = 100 * MIB; total < 400 * MIB; total += 5 * MIB) {
        workers = budget_workers(total, RUN_CREATE, 0, 64);
        if (workers > 1) {
            assert_true(budget_least(RUN_CREATE, 0, workers) <= total);
        }
        assert_true(workers >= budget_workers(total - MIB, RUN_CREATE, 0, 64));
    }
    assert_true(budget_workers(BUDGET_DEFAULT_BYTES, RUN_CREATE, 0, 64) >= 4);
}

/* Segments of up to 3 Mb are held several times; up to the default nothing comes on top. */
static void test_longer_segments_take_more(void **state)
{
    uint64_t usual = budget_least(RUN_CREATE, 60000, 2);
    uint64_t longest = budget_least(RUN_CREATE, 1000000, 2);

    (void)state;
    assert_int_equal(usual, budget_least(RUN_CREATE, 0, 2));
    assert_int_equal(usual, budget_least(RUN_CREATE, 100, 2));
    assert_true(budget_least(RUN_CREATE, 200000, 2) > usual);
    assert_true(longest > usual + 20 * MIB && longest < usual + 50 * MIB);
    assert_int_equal(budget_least(RUN_CREATE, 800000, 2), longest);
    assert_int_equal(budget_least(RUN_QUERY, 1000000, 2), budget_least(RUN_QUERY, 0, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split_stays_within_total),
        cmocka_unit_test(test_split_below_least_names_it),
        cmocka_unit_test(test_more_memory_never_gives_less),
        cmocka_unit_test(test_reader_comes_first),
        cmocka_unit_test(test_workers_fit),
        cmocka_unit_test(test_longer_segments_take_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
