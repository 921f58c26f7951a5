/*
 * Anchors that wait for the end of a sample: settled, the index is as if they had entered at once,
 * unless there were more than it holds.
 */
#include "reader/new_anchors.h"

#include "sequence_fixture.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SLOTS = 1 << 12 };

static uint64_t hash_number(uint64_t i)
{
    return (i * UINT64_C(0x9e3779b97f4a7c15) ^ 0x777) & ((UINT64_C(1) << ANCHOR_BITS) - 1);
}

static struct anchor_index *make(void)
{
    struct anchor_index *index;

    assert_int_equal(anchor_index_create(&index, SLOTS), 0);
    return index;
}

static void check_same(const struct anchor_index *a, const struct anchor_index *b, uint64_t count)
{
    uint64_t i;

    assert_int_equal(anchor_index_level(a), anchor_index_level(b));
    assert_int_equal(anchor_index_count(a), anchor_index_count(b));
    for (i = 0; i < count; i++) {
        struct anchor_place p = {0, 0}, q = {0, 0};

        assert_int_equal(anchor_index_find(a, hash_number(i), &p),
                         anchor_index_find(b, hash_number(i), &q));
        assert_true(p.coordinate == q.coordinate && p.reverse == q.reverse);
    }
}

/* Samples of `size` anchors into an index by waiting, and into another at once. */
static void check_samples(uint64_t size, uint64_t samples)
{
    struct anchor_index *waited = make(), *direct = make();
    struct new_anchors waiting = {0};
    uint64_t sample, i;

    for (sample = 0; sample < samples; sample++) {
        for (i = 0; i < size; i++) {
            uint64_t n = sample * size + i;
            struct anchor_entry entry = {hash_number(n), n, n & 1};

            assert_int_equal(new_anchors_add(&waiting, waited, &entry), 0);
            assert_int_equal(anchor_index_insert(direct, &entry), 0);
            assert_true(waiting.count <= anchor_index_limit(waited));
        }
        assert_int_equal(new_anchors_settle(&waiting, waited), 0);
        assert_int_equal(waiting.count, 0);
        check_same(waited, direct, size * samples);
    }
    new_anchors_free(&waiting);
    anchor_index_free(waited);
    anchor_index_free(direct);
}

static void test_few_wait_and_enter(void **state)
{
    (void)state;
    check_samples(0, 2);
    check_samples(1, 3);
    check_samples(1000, 3);
}

static void test_many_over_samples_enter_alike(void **state)
{
    (void)state;
    check_samples(1500, 20);
}

/* The anchors of least level give way; the others enter as if they were all. */
static void test_more_than_the_index_holds_are_thinned(void **state)
{
    struct anchor_index *waited = make(), *direct = make();
    struct new_anchors waiting = {0};
    struct anchor_place place;
    unsigned level = 0;
    uint64_t i;

    (void)state;
    for (i = 0; i < 20000; i++) {
        struct anchor_entry entry = {hash_number(i), i, 0};

        assert_int_equal(new_anchors_add(&waiting, waited, &entry), 0);
        assert_int_equal(anchor_index_insert(direct, &entry), 0);
        assert_true(waiting.count <= anchor_index_limit(waited));
    }
    assert_int_equal(new_anchors_settle(&waiting, waited), 0);
    level = anchor_index_level(direct);
    assert_true(level >= 3);
    assert_int_equal(anchor_index_count(waited), anchor_index_count(direct));
    for (i = 0; i < 20000; i++)
        assert_int_equal(anchor_index_find(waited, hash_number(i), &place),
                         anchor_level(hash_number(i)) >= level);
    new_anchors_free(&waiting);
    anchor_index_free(waited);
    anchor_index_free(direct);
}

static void test_first_added_wins(void **state)
{
    struct anchor_index *index = make();
    struct new_anchors waiting = {0};
    struct anchor_entry a = {5, 100, 0}, b = {5, 200, 1};
    struct anchor_place place;

    (void)state;
    assert_int_equal(new_anchors_add(&waiting, index, &a), 0);
    assert_int_equal(new_anchors_add(&waiting, index, &b), 0);
    assert_int_equal(anchor_index_count(index), 0);
    assert_int_equal(new_anchors_settle(&waiting, index), 0);
    assert_int_equal(anchor_index_find(index, 5, &place), 1);
    assert_int_equal(place.coordinate, 100);
    new_anchors_free(&waiting);
    anchor_index_free(index);
}

/* A sample that was thinned says nothing of the next one, which has room. */
static void test_next_sample_begins_anew(void **state)
{
    struct anchor_index *index = make();
    struct new_anchors waiting = {0};
    struct anchor_entry entry = {1, 7, 0}; /* of level 0 */
    struct anchor_place place;
    uint64_t i;

    (void)state;
    for (i = 0; i < 20000; i++) {
        struct anchor_entry repeat = {hash_number(i % 5), i, 0};

        assert_int_equal(new_anchors_add(&waiting, index, &repeat), 0);
        assert_true(waiting.count <= anchor_index_limit(index));
    }
    assert_int_equal(new_anchors_settle(&waiting, index), 0);
    assert_int_equal(anchor_index_level(index), 0);
    assert_int_equal(new_anchors_add(&waiting, index, &entry), 0);
    assert_int_equal(new_anchors_settle(&waiting, index), 0);
    assert_int_equal(anchor_index_find(index, 1, &place), 1);
    new_anchors_free(&waiting);
    anchor_index_free(index);
}

/* What the log keeps of a coordinate has no room for more. */
static void test_coordinates_too_large_do_not_wait(void **state)
{
    struct anchor_index *index = make();
    struct new_anchors waiting = {0};
    struct anchor_entry last = {6, ANCHOR_COORDINATE_MAX, 0};
    struct anchor_entry beyond = {7, ANCHOR_COORDINATE_MAX + 1, 0};

    (void)state;
    assert_int_equal(new_anchors_add(&waiting, index, &last), 0);
    assert_int_equal(new_anchors_add(&waiting, index, &beyond), 0);
    assert_int_equal(waiting.count, 1);
    new_anchors_free(&waiting);
    anchor_index_free(index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_few_wait_and_enter),
        cmocka_unit_test(test_many_over_samples_enter_alike),
        cmocka_unit_test(test_more_than_the_index_holds_are_thinned),
        cmocka_unit_test(test_first_added_wins),
        cmocka_unit_test(test_next_sample_begins_anew),
        cmocka_unit_test(test_coordinates_too_large_do_not_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
