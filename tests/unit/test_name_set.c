/*
 * The set of names: known exactly from the second time on, whatever the growth and the sample
 * before.
 */
#include "reader/name_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int add(struct name_set *set, const char *name, size_t length)
{
    int known = -1;

    assert_int_equal(name_set_add(set, name, length, &known), 0);
    return known;
}

static int add_number(struct name_set *set, unsigned number)
{
    char name[32];

    return add(set, name, (size_t)snprintf(name, sizeof name, "contig_%u", number));
}

static void test_second_time_is_known(void **state)
{
    struct name_set set = {0};

    (void)state;
    assert_int_equal(add(&set, "chr1", 4), 0);
    assert_int_equal(add(&set, "chr1", 4), 1);
    assert_int_equal(add(&set, "chr1", 3), 0);
    assert_int_equal(add(&set, "chr2", 4), 0);
    assert_int_equal(add(&set, "", 0), 0);
    assert_int_equal(add(&set, "", 0), 1);
    assert_int_equal(set.count, 4);
    name_set_free(&set);
    name_set_free(&set);
}

static void test_growth_forgets_none(void **state)
{
    struct name_set set = {0};
    unsigned i;

    (void)state;
    for (i = 0; i < 100000; i++)
        assert_int_equal(add_number(&set, i), 0);
    for (i = 0; i < 100000; i++)
        assert_int_equal(add_number(&set, i), 1);
    assert_int_equal(set.count, 100000);
    assert_true(set.slot_count <= 4 * 100000);
    name_set_free(&set);
}

static void test_clear_forgets_all(void **state)
{
    struct name_set set = {0};
    unsigned i, turn;

    (void)state;
    name_set_clear(&set);
    for (turn = 0; turn < 3; turn++) {
        for (i = 0; i < 1000 * turn + 1; i++)
            assert_int_equal(add_number(&set, i), 0);
        assert_int_equal(add_number(&set, 0), 1);
        name_set_clear(&set);
        assert_int_equal(set.count, 0);
    }
    name_set_free(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_second_time_is_known),
        cmocka_unit_test(test_growth_forgets_none),
        cmocka_unit_test(test_clear_forgets_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
