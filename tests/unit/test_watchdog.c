/*
 * Which stages the watchdog takes to hang, and which it leaves alone.
 */
#include "tools/watchdog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { LIMIT_MS = 10000 };

/* A stage that hangs: input, room, nothing done. */
static struct watchdog_look hanging(void)
{
    return (struct watchdog_look){.progress = 5, .cpu_ms = 100, .switches = 7, .input = 1,
                                  .all_input = 1, .room = 1};
}

/* Looks once a second, `change` in between; seconds until it is taken to hang, -1 if it never is. */
static int seconds_until_found(struct watchdog_look look, void (*change)(struct watchdog_look *look))
{
    struct watchdog w = {0};
    int second;

    for (second = 0; second < 60; second++) {
        look.now_ms = second * 1000;
        if (watchdog_see(&w, &look, LIMIT_MS) == WATCHDOG_HANGS)
            return second;
        if (change)
            change(&look);
    }
    return -1;
}

static void wins(struct watchdog_look *look)
{
    look->progress++;
}

static void computes(struct watchdog_look *look)
{
    look->cpu_ms += 500;
}

static void wakes(struct watchdog_look *look)
{
    look->switches += 10;
    look->cpu_ms += 1;
}

static void sleeps_long(struct watchdog_look *look)
{
    look->now_ms += 100000;
}

static void test_a_stage_that_hangs_is_found_after_the_limit(void **state)
{
    (void)state;
    assert_int_equal(seconds_until_found(hanging(), NULL), LIMIT_MS / 1000);
    /* in a wait that never ends, though there is something: it wakes up now and then */
    assert_int_equal(seconds_until_found(hanging(), wakes), LIMIT_MS / 1000);
}

static void test_who_gets_on_or_computes_is_left_alone(void **state)
{
    (void)state;
    assert_int_equal(seconds_until_found(hanging(), wins), -1);
    assert_int_equal(seconds_until_found(hanging(), computes), -1);
}

static void test_who_waits_is_left_alone(void **state)
{
    struct watchdog_look look = hanging();

    (void)state;
    look.input = look.all_input = 0;
    assert_int_equal(seconds_until_found(look, NULL), -1);
    look = hanging();
    look.room = 0;
    assert_int_equal(seconds_until_found(look, NULL), -1);
    look = hanging();
    look.outside = 1;
    assert_int_equal(seconds_until_found(look, NULL), -1);
}

static void test_where_some_rings_are_empty_only_a_frozen_one_hangs(void **state)
{
    struct watchdog_look look = hanging();

    (void)state;
    look.all_input = 0;
    assert_int_equal(seconds_until_found(look, NULL), LIMIT_MS / 1000);
    assert_int_equal(seconds_until_found(look, wakes), -1);
}

static void test_no_limit_is_never(void **state)
{
    struct watchdog w = {0};
    struct watchdog_look look = hanging();

    (void)state;
    for (; look.now_ms < 1000000; look.now_ms += 1000)
        assert_int_equal(watchdog_see(&w, &look, 0), WATCHDOG_FINE);
}

static void test_time_that_nobody_looked_does_not_count(void **state)
{
    struct watchdog w = {0};
    struct watchdog_look look = hanging();
    int i;

    (void)state;
    for (i = 0; i < 20; i++) {
        assert_int_equal(watchdog_see(&w, &look, LIMIT_MS), WATCHDOG_FINE);
        sleeps_long(&look);
    }
}

static void test_a_new_incarnation_starts_anew(void **state)
{
    struct watchdog w = {0};
    struct watchdog_look look = hanging();

    (void)state;
    for (; look.now_ms < LIMIT_MS; look.now_ms += 1000)
        assert_int_equal(watchdog_see(&w, &look, LIMIT_MS), WATCHDOG_FINE);
    watchdog_reset(&w);
    for (; look.now_ms < 2 * LIMIT_MS; look.now_ms += 1000)
        assert_int_equal(watchdog_see(&w, &look, LIMIT_MS), WATCHDOG_FINE);
    assert_int_equal(watchdog_see(&w, &look, LIMIT_MS), WATCHDOG_HANGS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_stage_that_hangs_is_found_after_the_limit),
        cmocka_unit_test(test_who_gets_on_or_computes_is_left_alone),
        cmocka_unit_test(test_who_waits_is_left_alone),
        cmocka_unit_test(test_where_some_rings_are_empty_only_a_frozen_one_hangs),
        cmocka_unit_test(test_no_limit_is_never),
        cmocka_unit_test(test_time_that_nobody_looked_does_not_count),
        cmocka_unit_test(test_a_new_incarnation_starts_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
