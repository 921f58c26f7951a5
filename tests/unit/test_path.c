/*
 * The path: places of intervals, and which one holds a coordinate, against a walk over all.
 */
#include "reader/path.h"

#include "sequence_fixture.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { K = 21 };

static void add(struct path *path, int contiguous, uint32_t length, uint32_t group)
{
    struct interval interval = {path_next_start(path, contiguous), length, group, group & 1};

    assert_int_equal(path_add(path, &interval), 0);
}

/* The later of those that hold it. */
static size_t find_slowly(const struct path *path, uint64_t coordinate)
{
    size_t i = path_count(path);

    while (i--) {
        const struct interval *v = path_interval(path, i);

        if (coordinate >= v->start && coordinate < v->start + v->length)
            return i;
    }
    return PATH_NONE;
}

static void check_all_hints(const struct path *path, uint64_t coordinate)
{
    size_t expected = find_slowly(path, coordinate), hint;

    for (hint = 0; hint <= path_count(path) + 1; hint++)
        assert_true(path_find(path, coordinate, hint) == expected);
    assert_true(path_find(path, coordinate, PATH_NONE) == expected);
}

static void test_empty_holds_nothing(void **state)
{
    struct path *path;

    (void)state;
    assert_int_equal(path_create(&path, K), 0);
    assert_int_equal(path_next_start(path, 0), 0);
    assert_int_equal(path_next_start(path, 1), 0);
    check_all_hints(path, 0);
    check_all_hints(path, UINT64_MAX);
    path_free(path);
    path_free(NULL);
}

static void test_neighbours_overlap_and_stretches_lie_apart(void **state)
{
    struct path *path;

    (void)state;
    assert_int_equal(path_create(&path, K), 0);
    add(path, 0, 1000, 16);
    assert_int_equal(path_next_start(path, 1), 1000 - K);
    assert_int_equal(path_next_start(path, 0), 1000 + PATH_GAP);
    add(path, 1, 500, 17);
    assert_int_equal(path_next_start(path, 0), 1500 - K + PATH_GAP);
    add(path, 0, 300, 18);
    assert_int_equal(path_count(path), 3);
    assert_int_equal(path_interval(path, 1)->group, 17);
    assert_int_equal(path_interval(path, 1)->reversed, 1);
    assert_true(path_find(path, 1000 - K - 1, PATH_NONE) == 0);
    assert_true(path_find(path, 1000 - K, 0) == 1);
    assert_true(path_find(path, 1500 - K, 1) == PATH_NONE);
    path_free(path);
}

static void test_any_hint_finds_the_same(void **state)
{
    struct path *path;
    uint64_t seed = 1, coordinate;
    uint32_t i;

    (void)state;
    assert_int_equal(path_create(&path, K), 0);
    for (i = 0; i < 200; i++)
        add(path, random_below(&seed, 3) != 0, (uint32_t)(K + random_below(&seed, 300)), 16 + i);
    for (i = 0; i < path_count(path); i++) {
        const struct interval *v = path_interval(path, i);

        check_all_hints(path, v->start);
        check_all_hints(path, v->start - 1);
        check_all_hints(path, v->start + v->length - 1);
        check_all_hints(path, v->start + v->length);
    }
    for (i = 0; i < 500; i++) {
        coordinate = random_below(&seed, (size_t)path_next_start(path, 1) + 1000);
        check_all_hints(path, coordinate);
    }
    path_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_holds_nothing),
        cmocka_unit_test(test_neighbours_overlap_and_stretches_lie_apart),
        cmocka_unit_test(test_any_hint_finds_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
