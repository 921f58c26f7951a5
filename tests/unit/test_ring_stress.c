/*
 * Both ends at full speed: as threads on one mapping (what ThreadSanitizer can see), and as
 * processes with every byte checked. RING_STRESS=n in the environment makes it n times as long.
 *
 * Threads report through their return value; only the main thread asserts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ipc/futex.h"
#include "stream_fixture.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct ring_wait_ops ops = {NULL, futex_sleep, futex_wake, NULL, NULL};

struct end {
    struct ring_shm *ring;
    uint64_t messages;
    int lazy; /* consumer: release seldom */
};

static uint64_t times(uint64_t count)
{
    const char *text = getenv("RING_STRESS");

    return text ? count * strtoul(text, NULL, 10) : count;
}

/* Messages 0..15 made once, so that the ring is what is worked hardest; seq tells them apart. */
static struct made_message made[16];

static void make_messages(void)
{
    uint64_t i;

    for (i = 0; i < 16; i++)
        message_make(i, &made[i]);
}

static int produce(const struct end *end)
{
    struct outbox o;
    uint64_t i;

    if (outbox_open(&o, end->ring, 1, &ops, (struct stream_place){0, 0}))
        return 1;
    for (i = 0; i < end->messages; i++) {
        const struct made_message *m = &made[i * 7 % 16];
        struct iovec part = {(void *)m->payload, m->length};

        if (outbox_put(&o, m->kind, i, &part, 1))
            return 2;
        if (i % 11 == 0 && outbox_publish(&o))
            return 3;
    }
    return outbox_publish(&o) ? 4 : 0;
}

static int consume(const struct end *end)
{
    struct stream_place known = {0, 0};
    struct message m;
    struct inbox in;
    uint64_t i;
    int bad = 0;

    if (inbox_open(&in, end->ring, &ops, STREAM_LENGTH_MAX, known, NULL, 0))
        return 1;
    for (i = 0; i < end->messages && !bad; i++) {
        const struct made_message *wanted = &made[i * 7 % 16];

        if (inbox_next(&in, &m))
            bad = 2;
        else if (m.seq != i || m.kind != wanted->kind || m.length != wanted->length ||
                 memcmp(m.payload, wanted->payload, m.length) != 0)
            bad = 3;
        else if (!end->lazy || i % 5 == 0)
            inbox_release(&in, m.after.off);
    }
    inbox_close(&in);
    return bad;
}

static void *produce_thread(void *context)
{
    return (void *)(intptr_t)produce(context);
}

static void with_threads(uint32_t slot_count, uint32_t slot_bytes, uint64_t messages, int lazy)
{
    struct ring_fixture f;
    struct end end = {.messages = messages, .lazy = lazy};
    pthread_t thread;
    void *failed;

    fixture_open(&f, slot_count, slot_bytes, 0);
    fixture_count_from(&f, UINT64_MAX - 100); /* the counters wrap on the way */
    end.ring = f.shm;
    assert_int_equal(pthread_create(&thread, NULL, produce_thread, &end), 0);
    assert_int_equal(consume(&end), 0);
    assert_int_equal(pthread_join(thread, &failed), 0);
    assert_null(failed);
    fixture_close(&f);
}

static void test_threads_on_one_mapping(void **state)
{
    int lazy;

    (void)state;
    for (lazy = 0; lazy < 2; lazy++) {
        with_threads(1, 64, times(500), lazy);
        with_threads(1, 4096, times(5000), lazy);
        with_threads(2, 512, times(2000), lazy);
        with_threads(16, 1024, times(5000), lazy);
        with_threads(4, 65536, times(20000), lazy);
    }
}

static void with_processes(uint32_t slot_count, uint32_t slot_bytes, uint64_t messages)
{
    size_t bytes = ring_shm_bytes(slot_count, slot_bytes);
    struct end end = {.messages = messages};
    int status;
    pid_t pid;

    end.ring = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(end.ring != MAP_FAILED);
    assert_int_equal(ring_shm_init(end.ring, slot_count, slot_bytes, 0), 0);
    pid = fork();
    if (pid == 0) {
        alarm(300);
        _exit(produce(&end));
    }
    assert_true(pid > 0);
    assert_int_equal(consume(&end), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    munmap(end.ring, bytes);
}

static void test_processes_with_every_byte_checked(void **state)
{
    (void)state;
    with_processes(1, 64, times(500));
    with_processes(1, 8192, times(10000));
    with_processes(2, 256, times(2000));
    with_processes(8, 65536, times(100000));
}

/* A chain of rings, each between two processes: the last one checks what the first one made. */
static int pass_on(struct ring_shm *from, struct ring_shm *to, uint64_t messages)
{
    struct stream_place known = {0, 0};
    struct message m;
    struct inbox in;
    struct outbox o;
    uint64_t i;

    if (inbox_open(&in, from, &ops, STREAM_LENGTH_MAX, known, NULL, 0) ||
        outbox_open(&o, to, 1, &ops, known))
        return 1;
    for (i = 0; i < messages; i++) {
        struct iovec part;

        if (inbox_next(&in, &m))
            return 2;
        part = (struct iovec){(void *)m.payload, m.length};
        if (outbox_put(&o, m.kind, m.seq, &part, 1) || outbox_publish(&o))
            return 3;
        inbox_release(&in, m.after.off);
    }
    return 0;
}

static void test_processes_in_a_row(void **state)
{
    enum { RINGS = 4, COUNT = 4, BYTES = 1024 };
    size_t bytes = (ring_shm_bytes(COUNT, BYTES) + 4095) / 4096 * 4096;
    struct end end = {.messages = times(4000)};
    uint8_t *memory =
        mmap(NULL, bytes * RINGS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct ring_shm *rings[RINGS];
    int i, status;

    (void)state;
    assert_true((void *)memory != MAP_FAILED);
    for (i = 0; i < RINGS; i++) {
        rings[i] = (struct ring_shm *)(memory + (size_t)i * bytes);
        assert_int_equal(ring_shm_init(rings[i], COUNT, BYTES, 0), 0);
    }
    for (i = 0; i < RINGS; i++) {
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid)
            continue;
        alarm(300);
        end.ring = rings[0];
        _exit(i == 0 ? produce(&end) : pass_on(rings[i - 1], rings[i], end.messages));
    }
    end.ring = rings[RINGS - 1];
    assert_int_equal(consume(&end), 0);
    for (i = 0; i < RINGS; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    munmap(memory, bytes * RINGS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_on_one_mapping),
        cmocka_unit_test(test_processes_with_every_byte_checked),
        cmocka_unit_test(test_processes_in_a_row),
    };

    make_messages();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
