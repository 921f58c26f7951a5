/*
 * The region of a run: layout, attaching, a second process, damage, want of memory.
 */
#include "common/error.h"
#include "ipc/futex.h"
#include "ipc/ring_shm.h"
#include "ipc/run.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct run_geometry geometry = {RUN_CREATE, 3, 4, 256, 1 << 20};

static struct run_shm *make(int *fd)
{
    struct run_shm *run = NULL;

    assert_int_equal(run_create(&geometry, NULL, fd, &run), 0);
    return run;
}

static void test_everything_has_a_place_of_its_own(void **state)
{
    uint8_t *places[16];
    size_t sizes[16], count = 0, i, j;
    struct run_shm *run;
    int fd;

    (void)state;
    run = make(&fd);
    for (i = 0; i < 5; i++) {
        places[count] = (uint8_t *)run_stage(run, (uint32_t)i);
        sizes[count++] = sizeof(struct stage_shm);
    }
    for (i = 0; i < 7; i++) {
        places[count] = (uint8_t *)run_ring(run, (uint32_t)i);
        sizes[count++] = ring_shm_bytes(4, 256);
    }
    places[count] = (uint8_t *)run;
    sizes[count++] = sizeof *run;
    for (i = 0; i < count; i++) {
        assert_non_null(places[i]);
        assert_int_equal((uintptr_t)places[i] % 64, 0);
        assert_true(places[i] + sizes[i] <= (uint8_t *)run + run_region_bytes(&geometry));
        for (j = 0; j < i; j++)
            assert_true(places[i] + sizes[i] <= places[j] || places[j] + sizes[j] <= places[i]);
    }
    assert_null(run_stage(run, 5));
    assert_null(run_ring(run, 7));
    assert_int_equal(run_ring_from_worker(run, 2), 6);
    assert_int_equal(run_stage_writer(run), 4);
    run_detach(run);
    close(fd);
}

static void test_region_is_allocated_sealed_and_inherited(void **state)
{
    struct run_shm *run;
    struct stat st;
    int fd;

    (void)state;
    run = make(&fd);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, run_region_bytes(&geometry));
    assert_true(st.st_blocks * 512 >= st.st_size);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(ftruncate(fd, 0), -1);
    assert_int_equal(ftruncate(fd, st.st_size * 2), -1);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
    run_detach(run);
    close(fd);
}

static void test_bases_of_the_rings(void **state)
{
    static const uint64_t bases[7] = {8, 16, 24, 32, 40, 48, 56};
    uint64_t published, released;
    uint32_t filled, i;
    struct run_shm *run;
    int fd;

    (void)state;
    assert_int_equal(run_create(&geometry, bases, &fd, &run), 0);
    for (i = 0; i < 7; i++) {
        ring_observe(run_ring(run, i), &filled, &published, &released);
        assert_int_equal(filled, 0);
        assert_int_equal(published, bases[i]);
        assert_int_equal(released, bases[i]);
    }
    run_detach(run);
    close(fd);
}

/* Runs in a child: attaches and sends one slot through ring 6; the exit status tells. */
static void child(int fd)
{
    const struct ring_wait_ops ops = {NULL, futex_sleep, futex_wake, NULL, NULL};
    struct ring_producer p;
    struct run_shm *run;
    uint8_t *space;
    size_t room;

    if (run_attach(fd, &run))
        _exit(1);
    atomic_store(&run_stage(run, 4)->counters.records, 42);
    if (ring_producer_open(&p, run_ring(run, 6), 1, &ops) || ring_producer_space(&p, &space, &room))
        _exit(2);
    memcpy(space, "hello", 5);
    if (ring_producer_commit(&p, 5) || ring_producer_publish(&p))
        _exit(3);
    run_detach(run);
    _exit(0);
}

static void test_another_process_attaches(void **state)
{
    const struct ring_wait_ops ops = {NULL, futex_sleep, futex_wake, NULL, NULL};
    struct ring_consumer c;
    struct run_shm *run;
    const uint8_t *data;
    size_t length;
    int fd, status;
    pid_t pid;

    (void)state;
    run = make(&fd);
    pid = fork();
    if (pid == 0)
        child(fd);
    assert_true(pid > 0);
    assert_int_equal(ring_consumer_open(&c, run_ring(run, 6), &ops), 0);
    assert_int_equal(ring_consumer_peek(&c, &data, &length), 0);
    assert_int_equal(length, 5);
    assert_memory_equal(data, "hello", 5);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(atomic_load(&run_stage(run, 4)->counters.records), 42);
    run_detach(run);
    close(fd);
}

static void test_impossible_geometries(void **state)
{
    static const struct run_geometry bad[] = {
        {RUN_CREATE, 0, 4, 256, 0},         {RUN_CREATE, RUN_WORKERS_MAX + 1, 4, 256, 0},
        {(enum run_mode)3, 1, 4, 256, 0},   {RUN_QUERY, 1, 3, 256, 0},
        {RUN_QUERY, 1, 4, 12, 0},           {RUN_QUERY, 1, 0, 256, 0},
        {RUN_QUERY, UINT32_MAX, 4, 256, 0},
    };
    struct run_shm *run = NULL;
    size_t i;
    int fd;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(run_region_bytes(&bad[i]), 0);
        assert_int_equal(run_create(&bad[i], NULL, &fd, &run), ERROR_USAGE);
    }
    assert_null(run);
}

static void test_more_than_there_is_memory_for(void **state)
{
    static const struct run_geometry huge = {RUN_CREATE, 1, 1 << 20, 1 << 26, 0}; /* 192 TB */
    struct run_shm *run = NULL;
    int fd;

    (void)state;
    assert_int_equal(run_create(&huge, NULL, &fd, &run), ERROR_SPACE);
    assert_non_null(strstr(error_text(), "memory"));
    assert_null(run);
}

static void test_damaged_regions_are_refused(void **state)
{
    struct run_shm *run, *other = NULL;
    size_t at;
    int fd;

    (void)state;
    run = make(&fd);
    /* every byte of what describes the region, but for what is nothing (a gap) */
    for (at = 0; at < offsetof(struct run_shm, cache_bytes); at++) {
        ((uint8_t *)run)[at] ^= 0x40;
        if (at < offsetof(struct run_shm, slot_bytes) + 4 ||
            at >= offsetof(struct run_shm, region_bytes))
            assert_int_not_equal(run_attach(fd, &other), 0);
        ((uint8_t *)run)[at] ^= 0x40;
    }
    run->stage_off[4] += 128;
    assert_int_equal(run_attach(fd, &other), ERROR_SHARED);
    run->stage_off[4] -= 128;
    run->ring_off[6] = UINT64_MAX - 100;
    assert_int_equal(run_attach(fd, &other), ERROR_SHARED);
    assert_non_null(run_ring(run, 6)); /* does not go by the shared word */
    run->ring_off[6] = run->ring_off[5] + (run->ring_off[1] - run->ring_off[0]);
    run_ring(run, 2)->slot_count = 1u << 20;
    assert_int_equal(run_attach(fd, &other), ERROR_SHARED);
    run_ring(run, 2)->slot_count = 4;
    run->version = 2;
    assert_int_equal(run_attach(fd, &other), ERROR_VERSION);
    run->version = 1;
    assert_int_equal(run_attach(fd, &other), 0);
    run_detach(other);
    run_detach(run);
    close(fd);
}

static void test_files_that_are_no_region(void **state)
{
    struct run_shm *run;
    int fd = memfd_create("other", MFD_CLOEXEC);

    (void)state;
    assert_int_equal(run_attach(fd, &run), ERROR_SHARED);
    assert_int_equal(ftruncate(fd, 1 << 16), 0);
    assert_int_equal(run_attach(fd, &run), ERROR_SHARED);
    close(fd);
    assert_int_equal(run_attach(-1, &run), ERROR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_has_a_place_of_its_own),
        cmocka_unit_test(test_region_is_allocated_sealed_and_inherited),
        cmocka_unit_test(test_bases_of_the_rings),
        cmocka_unit_test(test_another_process_attaches),
        cmocka_unit_test(test_impossible_geometries),
        cmocka_unit_test(test_more_than_there_is_memory_for),
        cmocka_unit_test(test_damaged_regions_are_refused),
        cmocka_unit_test(test_files_that_are_no_region),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
