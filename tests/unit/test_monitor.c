/*
 * The series of the monitor: bounded, with the highest memory kept and counters at their last
 * value; and one look at a real process.
 */
#include "tools/monitor.h"
#include "tools/process_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Look i: process p has 100 p + i KiB, but 100000 at look `spike`; counters count i. */
static void append(struct monitor *m, uint64_t i, uint64_t spike)
{
    struct monitor_cell cells[16] = {{0}};
    uint16_t fills[16] = {0};
    uint32_t p;

    for (p = 0; p < monitor_process_count(m); p++)
        cells[p] = (struct monitor_cell){.pss_kib = i == spike ? 100000 : 100 * p + (uint32_t)i,
                                         .rss_kib = 7,
                                         .cpu_ms = (uint32_t)(10 * i),
                                         .bytes_in = 1000 * i,
                                         .bytes_out = 2000 * i,
                                         .records = i};
    for (p = 0; p < monitor_ring_count(m); p++)
        fills[p] = (uint16_t)((i + p) % 1001);
    monitor_append(m, 200 * i, cells, fills);
}

static void test_few_looks_are_kept_as_they_are(void **state)
{
    struct monitor *m;
    uint64_t i;

    (void)state;
    assert_int_equal(monitor_create(&m, 2), 0);
    assert_int_equal(monitor_process_count(m), 5);
    assert_int_equal(monitor_ring_count(m), 5);
    assert_int_equal(monitor_point_count(m), 0);
    for (i = 0; i < 300; i++)
        append(m, i, UINT64_MAX);
    assert_int_equal(monitor_point_count(m), 300);
    for (i = 0; i < 300; i++) {
        assert_int_equal(monitor_point(m, i)->at_ms, 200 * i);
        assert_int_equal(monitor_point(m, i)->total_pss_kib, 5 * i + 1000);
        assert_int_equal(monitor_cell(m, i, 3)->pss_kib, 300 + i);
        assert_int_equal(monitor_cell(m, i, 3)->bytes_out, 2000 * i);
        assert_int_equal(monitor_ring_fill(m, i, 4), (i + 4) % 1001);
    }
    monitor_free(m);
}

static void test_series_stays_bounded(void **state)
{
    enum { LOOKS = 100000, SPIKE = 33333 };
    uint32_t highest = 0;
    struct monitor *m;
    size_t points, p;
    uint64_t i, looks = 0;

    (void)state;
    assert_int_equal(monitor_create(&m, 2), 0);
    for (i = 0; i < LOOKS; i++) {
        append(m, i, SPIKE);
        assert_true(monitor_point_count(m) <= MONITOR_POINTS_MAX);
    }
    points = monitor_point_count(m);
    assert_true(points > MONITOR_POINTS_MAX / 4);
    for (p = 0; p < points; p++) {
        looks += monitor_point(m, p)->looks;
        assert_int_equal(monitor_point(m, p)->at_ms, 200 * (looks - 1));
        assert_int_equal(monitor_cell(m, p, 0)->records, looks - 1);
        if (monitor_cell(m, p, 1)->pss_kib > highest)
            highest = monitor_cell(m, p, 1)->pss_kib;
    }
    assert_int_equal(looks, LOOKS);
    assert_true(highest >= 100000);
    assert_true(monitor_peak_total_kib(m) >= 500000);
    assert_int_equal(monitor_last_total_kib(m), 5 * (LOOKS - 1) + 1000);
    monitor_free(m);
}

static void test_many_workers_have_fewer_points(void **state)
{
    struct monitor_cell cells[RUN_WORKERS_MAX + 3] = {{0}};
    uint16_t fills[2 * RUN_WORKERS_MAX + 1] = {0};
    struct monitor *m;
    uint64_t i;

    (void)state;
    assert_int_equal(monitor_create(&m, RUN_WORKERS_MAX), 0);
    for (i = 0; i < 1000; i++)
        monitor_append(m, i, cells, fills);
    assert_true(monitor_point_count(m) <= 64);
    assert_true(monitor_point_count(m) >= MONITOR_POINTS_MIN / 2);
    monitor_free(m);
}

/* A child that holds `bytes` of its own, and tells when it does. */
static pid_t hold(size_t bytes, int *told)
{
    int pipe_fds[2];
    pid_t pid;

    assert_int_equal(pipe(pipe_fds), 0);
    pid = fork();
    if (pid == 0) {
        char *memory =
            mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (memory != MAP_FAILED)
            memset(memory, 1, bytes);
        if (write(pipe_fds[1], "x", 1) == 1)
            pause();
        _exit(0);
    }
    close(pipe_fds[1]);
    *told = pipe_fds[0];
    return pid;
}

static void test_sample_of_a_process(void **state)
{
    struct process_sample small, large;
    int told;
    char letter;
    pid_t pid;

    (void)state;
    assert_int_equal(process_sample(getpid(), &small), 0);
    pid = hold(64 << 20, &told);
    assert_int_equal(read(told, &letter, 1), 1);
    assert_int_equal(process_sample(pid, &large), 0);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(told);
    assert_true(large.pss_kib >= 64 << 10);
    assert_true(large.rss_kib >= large.pss_kib);
    assert_true(large.peak_rss_kib + 1024 >= large.rss_kib);
    assert_true(large.state == 'S' || large.state == 'R' || large.state == 'D');
    assert_int_equal(process_sample(pid, &large), -1);
    assert_int_equal(process_sample(0, &large), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_few_looks_are_kept_as_they_are),
        cmocka_unit_test(test_series_stays_bounded),
        cmocka_unit_test(test_many_workers_have_fewer_points),
        cmocka_unit_test(test_sample_of_a_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
