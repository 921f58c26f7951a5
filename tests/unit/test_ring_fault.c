/*
 * Deaths: producer or consumer is killed at every named fault point, or at any moment, and its
 * successor goes on with the stream intact.
 *
 * Producer and consumer are processes on one mapping; the test plays the supervisor: it reaps,
 * wakes all waiters, starts the successor with the next gen. The consumer's log is a page that
 * outlives it: two copies of which a word tells the valid one. Children only _exit(); the parent
 * asserts.
 *
 * This test links a copy of ipc/ in which the fault points are compiled in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ipc/futex.h"
#include "stream_fixture.h"

#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGES = 60, TIME_LIMIT_S = 60 };

enum child_status {
    CHILD_DONE = 0,
    CHILD_OPEN = 10,
    CHILD_PUT,
    CHILD_TAKE,
    CHILD_WRONG,
    CHILD_LOG
};

/* What the consumer's log holds. */
struct logged {
    uint64_t next;             /* messages logged */
    struct stream_place place; /* after them */
    uint64_t fragment_length;  /* of the message that comes then */
    uint8_t fragment[STREAM_LENGTH_MAX + 32];
};

struct shared {
    _Atomic uint32_t valid; /* which copy counts */
    struct logged copies[2];
};

struct scene {
    struct shared *shared;
    struct ring_shm *ring;
    size_t ring_bytes;
    struct stream_place places[MESSAGES + 1];
};

static const struct ring_wait_ops ops = {NULL, futex_sleep, futex_wake, NULL, NULL};

static void *shared_memory(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(memory != MAP_FAILED);
    return memory;
}

static void scene_open(struct scene *s, uint32_t slot_count, uint32_t slot_bytes)
{
    struct made_message m;
    uint64_t i;

    s->ring_bytes = ring_shm_bytes(slot_count, slot_bytes);
    s->ring = shared_memory(s->ring_bytes);
    s->shared = shared_memory(sizeof *s->shared);
    assert_int_equal(ring_shm_init(s->ring, slot_count, slot_bytes, 0), 0);
    s->places[0] = (struct stream_place){0, 0};
    for (i = 0; i < MESSAGES; i++) {
        message_make(i, &m);
        s->places[i + 1] = place_after(s->places[i], &m);
    }
}

static void scene_close(struct scene *s)
{
    munmap(s->ring, s->ring_bytes);
    munmap(s->shared, sizeof *s->shared);
}

/* ---- the children */

/* Odd incarnations start at the last whole message published, even ones at the beginning. */
static void run_producer(const struct scene *s, uint32_t gen)
{
    uint64_t published, released, from = 0;
    struct outbox o;
    uint32_t filled;

    ring_observe(s->ring, &filled, &published, &released);
    while (gen % 2 && from < MESSAGES && s->places[from + 1].off <= published)
        from++;
    if (outbox_open(&o, s->ring, gen, &ops, s->places[from]))
        _exit(CHILD_OPEN);
    for (; from < MESSAGES; from++)
        if (put_message(&o, from) || (from % 7 == 0 && outbox_publish(&o)))
            _exit(CHILD_PUT);
    if (outbox_publish(&o))
        _exit(CHILD_PUT);
    _exit(CHILD_DONE);
}

struct consumer {
    struct shared *shared;
    struct inbox in;
    uint64_t next;             /* messages taken */
    struct stream_place place; /* after them */
};

/* Writes the copy that does not count, then lets it count. */
static void log_now(struct consumer *c, const uint8_t *fragment, uint64_t length, int append)
{
    uint32_t valid = atomic_load(&c->shared->valid);
    struct logged *old = &c->shared->copies[valid], *new = &c->shared->copies[!valid];

    new->next = c->next;
    new->place = c->place;
    new->fragment_length = append ? old->fragment_length : 0;
    memcpy(new->fragment, old->fragment, new->fragment_length);
    if (new->fragment_length + length > sizeof new->fragment)
        _exit(CHILD_LOG);
    if (length)
        memcpy(new->fragment + new->fragment_length, fragment, length);
    new->fragment_length += length;
    atomic_store(&c->shared->valid, !valid);
}

static int stash(void *context, uint64_t off, const uint8_t *data, size_t length)
{
    struct consumer *c = context;
    struct logged *old = &c->shared->copies[atomic_load(&c->shared->valid)];
    int append = old->next == c->next;

    if (length && off != c->place.off + (append ? old->fragment_length : 0))
        _exit(CHILD_LOG);
    log_now(c, data, length, append);
    return 0;
}

static void run_consumer(const struct scene *s)
{
    struct logged *log = &s->shared->copies[atomic_load(&s->shared->valid)];
    struct consumer c = {.shared = s->shared, .next = log->next, .place = log->place};
    struct message m;

    if (inbox_open(&c.in, s->ring, &ops, STREAM_LENGTH_MAX, c.place, log->fragment,
                   log->fragment_length))
        _exit(CHILD_OPEN);
    c.in.stash = stash;
    c.in.stash_context = &c;
    while (c.next < MESSAGES) {
        if (inbox_next(&c.in, &m))
            _exit(CHILD_TAKE);
        if (!message_is(&m, c.next, &c.place))
            _exit(CHILD_WRONG);
        c.next++;
        if (c.next % 3 == 0) {
            log_now(&c, NULL, 0, 0);
            inbox_release(&c.in, c.place.off);
        }
    }
    _exit(CHILD_DONE);
}

/* ---- the supervisor */

enum side { PRODUCER, CONSUMER };

struct child {
    pid_t pid;
    uint32_t gen;
    int done, deaths;
};

static void start(const struct scene *s, struct child *children, enum side side, const char *fault)
{
    pid_t parent = getpid();

    children[side].gen++;
    children[side].pid = fork();
    assert_true(children[side].pid >= 0);
    if (children[side].pid)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    if (fault)
        setenv("AGC_FAULT", fault, 1);
    else
        unsetenv("AGC_FAULT");
    alarm(TIME_LIMIT_S);
    if (side == PRODUCER)
        run_producer(s, children[side].gen);
    else
        run_consumer(s);
}

static void pause_ms(int ms)
{
    struct timespec t = {0, ms * 1000000L};

    nanosleep(&t, NULL);
}

/* Until the child sleeps on its event, or has ended. */
static void await_sleep(const struct scene *s, const struct child *child, enum side side)
{
    struct ring_event_shm *event = side == PRODUCER ? &s->ring->room : &s->ring->data;
    siginfo_t info = {0};
    int i;

    for (i = 0; i < 5000 && !atomic_load(&event->waiting) && !info.si_pid; i++) {
        pause_ms(1);
        assert_int_equal(waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT), 0);
    }
}

/* Reaps one child; a killed one gets a successor, which dies at `again` if that is not NULL. */
static void reap(const struct scene *s, struct child *children, const char *again, int wake)
{
    int status, side;
    pid_t pid = wait(&status);

    side = pid == children[PRODUCER].pid ? PRODUCER : CONSUMER;
    assert_int_equal(pid, children[side].pid);
    if (WIFSIGNALED(status)) {
        assert_int_equal(WTERMSIG(status), SIGKILL);
        children[side].deaths++;
        if (wake)
            ring_wake_all(s->ring, &ops);
        start(s, children, (enum side)side, again);
        return;
    }
    if (WEXITSTATUS(status) != CHILD_DONE)
        fail_msg("%s %u ended with %d", side == PRODUCER ? "producer" : "consumer",
                 children[side].gen, WEXITSTATUS(status));
    children[side].done = 1;
}

/* One stream with one side dying at the fault `times` times in a row; returns its deaths. */
static int run_with_fault(uint32_t slot_count, uint32_t slot_bytes, enum side dying,
                          enum side first, const char *fault, int times, int wake)
{
    struct child children[2] = {{0}, {0}};
    struct scene s;

    scene_open(&s, slot_count, slot_bytes);
    start(&s, children, first, first == dying ? fault : NULL);
    await_sleep(&s, &children[first], first);
    start(&s, children, first == PRODUCER ? CONSUMER : PRODUCER, first == dying ? NULL : fault);
    while (!children[PRODUCER].done || !children[CONSUMER].done)
        reap(&s, children, children[dying].deaths + 1 < times ? fault : NULL, wake);
    scene_close(&s);
    return children[dying].deaths;
}

struct point {
    const char *name;
    enum side dying, first; /* first: who is started first and waited for until it sleeps */
};

static const struct point points[] = {
    {"outbox-part", PRODUCER, PRODUCER},        {"ring-fill", PRODUCER, PRODUCER},
    {"ring-slot", PRODUCER, PRODUCER},          {"ring-place", PRODUCER, PRODUCER},
    {"ring-head", PRODUCER, PRODUCER},          {"ring-published", PRODUCER, PRODUCER},
    {"ring-sleep", PRODUCER, PRODUCER},         {"ring-woken", PRODUCER, PRODUCER},
    {"ring-bell", PRODUCER, CONSUMER},          {"ring-wake", PRODUCER, CONSUMER},
    {"ring-woke-consumer", PRODUCER, CONSUMER}, {"ring-taken", CONSUMER, CONSUMER},
    {"ring-tail", CONSUMER, CONSUMER},          {"ring-released", CONSUMER, CONSUMER},
    {"ring-sleep", CONSUMER, CONSUMER},         {"ring-woken", CONSUMER, CONSUMER},
    {"ring-bell", CONSUMER, PRODUCER},          {"ring-wake", CONSUMER, PRODUCER},
    {"inbox-stashed", CONSUMER, PRODUCER},      {"inbox-message", CONSUMER, PRODUCER},
};

static void die_everywhere(uint32_t slot_count, uint32_t slot_bytes, int times, int wake)
{
    static const int counts[] = {1, 2, 5, 20};
    size_t i, k;

    for (i = 0; i < sizeof points / sizeof points[0]; i++)
        for (k = 0; k < sizeof counts / sizeof counts[0]; k++) {
            char fault[64];
            int deaths;

            snprintf(fault, sizeof fault, "%s:%d", points[i].name, counts[k]);
            deaths = run_with_fault(slot_count, slot_bytes, points[i].dying, points[i].first, fault,
                                    times, wake);
            /* later visits depend on timing, the first one does not */
            if (counts[k] == 1 && !deaths)
                fail_msg("nobody came to fault point %s (side %d)", fault, points[i].dying);
        }
}

static void test_die_everywhere_with_one_slot(void **state)
{
    (void)state;
    die_everywhere(1, 64, 1, 1);
}

static void test_die_everywhere_with_the_smallest_slots(void **state)
{
    (void)state;
    die_everywhere(2, 8, 1, 1);
}

static void test_die_everywhere_with_some_slots(void **state)
{
    (void)state;
    die_everywhere(4, 512, 1, 1);
}

static void test_die_everywhere_thrice_in_a_row(void **state)
{
    (void)state;
    die_everywhere(1, 256, 3, 1);
}

static void test_lost_wake_up_costs_only_time(void **state)
{
    (void)state;
    assert_int_equal(run_with_fault(1, 64, PRODUCER, CONSUMER, "ring-bell:1", 1, 0), 1);
    assert_int_equal(run_with_fault(1, 64, PRODUCER, CONSUMER, "ring-wake:1", 1, 0), 1);
    assert_int_equal(run_with_fault(1, 64, CONSUMER, PRODUCER, "ring-bell:1", 1, 0), 1);
    assert_int_equal(run_with_fault(1, 64, CONSUMER, PRODUCER, "ring-wake:1", 1, 0), 1);
}

/* Kills either side every now and then, wherever it happens to be. */
static void test_killed_at_any_moment(void **state)
{
    static const uint32_t counts[] = {1, 2, 8}, bytes[] = {8, 64, 1024};
    uint64_t random = 12345;
    int round;

    (void)state;
    for (round = 0; round < 60; round++) {
        struct child children[2] = {{0}, {0}};
        struct scene s;
        int kills;

        scene_open(&s, counts[round % 3], bytes[round / 3 % 3]);
        start(&s, children, PRODUCER, NULL);
        start(&s, children, CONSUMER, NULL);
        for (kills = 0; kills < 8; kills++) {
            struct timespec t = {0, (long)((random >> 33) % 400000)};
            enum side victim = (enum side)(random >> 63);

            random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
            nanosleep(&t, NULL);
            if (children[victim].done)
                break;
            kill(children[victim].pid, SIGKILL);
            reap(&s, children, NULL, 1);
        }
        while (!children[PRODUCER].done || !children[CONSUMER].done)
            reap(&s, children, NULL, 1);
        scene_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_die_everywhere_with_one_slot),
        cmocka_unit_test(test_die_everywhere_with_the_smallest_slots),
        cmocka_unit_test(test_die_everywhere_with_some_slots),
        cmocka_unit_test(test_die_everywhere_thrice_in_a_row),
        cmocka_unit_test(test_lost_wake_up_costs_only_time),
        cmocka_unit_test(test_killed_at_any_moment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
