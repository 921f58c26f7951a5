/*
 * What the supervisor makes of the end of a stage: verdicts, crashes, poison, pauses.
 */
#include "common/error.h"
#include "tools/restart_policy.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

/* As wait() gives them on Linux. */
#define EXITED(status) ((status) << 8)
#define KILLED(number) (number)

static enum restart_choice decide(struct restart_history *h, int wait_status, uint64_t seq,
                                  uint64_t progress)
{
    struct restart_case end = {.wait_status = wait_status, .seq = seq, .progress = progress};
    uint32_t pause_ms;

    return restart_decide(h, &end, &pause_ms);
}

static void test_the_writer_done_is_the_run_done(void **state)
{
    struct restart_history h = {0};
    struct restart_case end = {.is_writer = 1};
    uint32_t pause_ms = 7;

    (void)state;
    assert_int_equal(restart_decide(&h, &end, &pause_ms), RESTART_RUN_DONE);
    assert_int_equal(pause_ms, 0);
    assert_int_equal(decide(&h, EXITED(0), 1, 1), RESTART_GO_ON);
}

static void test_verdicts_are_not_repeated(void **state)
{
    struct restart_history h = {0};

    (void)state;
    assert_int_equal(decide(&h, EXITED(1), 1, 1), RESTART_END);
    assert_int_equal(decide(&h, EXITED(2), 1, 1), RESTART_END);
    assert_int_equal(decide(&h, EXITED(3), 1, 1), RESTART_END);
    assert_int_equal(decide(&h, EXITED(5), 1, 1), RESTART_END_QUIETLY);
    assert_int_equal(h.restarts, 0);
}

static void test_crashes_are(void **state)
{
    static const int ends[] = {KILLED(SIGKILL), KILLED(SIGSEGV), KILLED(SIGTERM), EXITED(4),
                               EXITED(99), EXITED(127)};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct restart_history h = {0};

        assert_int_equal(decide(&h, ends[i], 1, 1), RESTART_AGAIN);
        assert_int_equal(h.restarts, 1);
    }
}

static void test_a_crashed_writer_ends_a_query(void **state)
{
    struct restart_history h = {0};
    struct restart_case end = {.wait_status = KILLED(SIGKILL), .is_writer = 1, .is_query = 1};
    uint32_t pause_ms;

    (void)state;
    assert_int_equal(restart_decide(&h, &end, &pause_ms), RESTART_END_AND_TELL);
    end.is_writer = 0;
    assert_int_equal(restart_decide(&h, &end, &pause_ms), RESTART_AGAIN);
}

static void test_own_faults_at_one_segment_are_poison_the_third_time(void **state)
{
    static const int faults[] = {KILLED(SIGSEGV), KILLED(SIGBUS), KILLED(SIGABRT), KILLED(SIGILL),
                                 KILLED(SIGFPE), KILLED(SIGSEGV | 0x80), EXITED(77)};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct restart_history h = {0};

        assert_int_equal(decide(&h, faults[i], 5, 10), RESTART_AGAIN);
        /* it may get on a little up to the same segment */
        assert_int_equal(decide(&h, faults[i], 5, 20), RESTART_AGAIN);
        assert_int_equal(decide(&h, faults[i], 5, 20), RESTART_POISON);
    }
}

static void test_a_fault_elsewhere_counts_anew(void **state)
{
    struct restart_history h = {0};
    uint64_t seq;

    (void)state;
    for (seq = 1; seq < 200; seq++) {
        assert_int_equal(decide(&h, KILLED(SIGSEGV), seq, seq), RESTART_AGAIN);
        assert_int_equal(decide(&h, KILLED(SIGSEGV), seq, seq), RESTART_AGAIN);
    }
}

static void test_kills_count_apart_from_faults(void **state)
{
    struct restart_history h = {0};
    int i;

    (void)state;
    assert_int_equal(decide(&h, KILLED(SIGSEGV), 5, 1), RESTART_AGAIN);
    assert_int_equal(decide(&h, KILLED(SIGSEGV), 5, 1), RESTART_AGAIN);
    for (i = 0; i < 17; i++)
        assert_int_equal(decide(&h, KILLED(SIGKILL), 5, 1), RESTART_AGAIN);
    /* the twentieth death with nothing won */
    assert_int_equal(decide(&h, KILLED(SIGKILL), 5, 1), RESTART_POISON);
}

static void test_progress_forgives_kills(void **state)
{
    struct restart_history h = {0};
    uint64_t i;

    (void)state;
    for (i = 0; i < 1000; i++)
        assert_int_equal(decide(&h, KILLED(SIGKILL), 5, i), RESTART_AGAIN);
    assert_int_equal(h.restarts, 1000);
}

static void test_the_pause_grows_until_something_is_won(void **state)
{
    static const uint32_t wanted[] = {0, 20, 40, 80, 160, 320, 640, 1280, 2000, 2000, 2000};
    struct restart_history h = {0};
    struct restart_case end = {.wait_status = KILLED(SIGKILL), .progress = 1};
    uint32_t pause_ms;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        assert_int_equal(restart_decide(&h, &end, &pause_ms), RESTART_AGAIN);
        assert_int_equal(pause_ms, wanted[i]);
    }
    end.progress = 2;
    assert_int_equal(restart_decide(&h, &end, &pause_ms), RESTART_AGAIN);
    assert_int_equal(pause_ms, 0);
}

static void test_usage_of_incarnations_is_added_up(void **state)
{
    struct rusage sum = {.ru_maxrss = 500, .ru_utime = {1, 600000}, .ru_stime = {0, 1}};
    struct rusage more = {.ru_maxrss = 400, .ru_utime = {2, 700000}, .ru_stime = {3, 4}};

    (void)state;
    stage_usage_add(&sum, &more);
    assert_int_equal(sum.ru_maxrss, 500);
    assert_int_equal(sum.ru_utime.tv_sec, 4);
    assert_int_equal(sum.ru_utime.tv_usec, 300000);
    assert_int_equal(sum.ru_stime.tv_sec, 3);
    assert_int_equal(sum.ru_stime.tv_usec, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_writer_done_is_the_run_done),
        cmocka_unit_test(test_verdicts_are_not_repeated),
        cmocka_unit_test(test_crashes_are),
        cmocka_unit_test(test_a_crashed_writer_ends_a_query),
        cmocka_unit_test(test_own_faults_at_one_segment_are_poison_the_third_time),
        cmocka_unit_test(test_a_fault_elsewhere_counts_anew),
        cmocka_unit_test(test_kills_count_apart_from_faults),
        cmocka_unit_test(test_progress_forgives_kills),
        cmocka_unit_test(test_the_pause_grows_until_something_is_won),
        cmocka_unit_test(test_usage_of_incarnations_is_added_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
