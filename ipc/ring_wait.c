/*
 * Waiting and waking (ring_wait.h): an event count over a futex.
 *
 * It is Dekker's pattern: one side stores the counter and then looks whether someone waits, the
 * other says that it waits and then looks at the counter. These four accesses are seq_cst. Before
 * the first sleep of a wait the owner publishes what it holds on all its rings, since whoever it
 * waits for may be waiting for just that; after every sleep it is asked whether to go on.
 */
#include "ipc/ring_wait.h"

#include "ipc/fault.h"

#include <time.h>
#include <unistd.h>

enum { SPIN_COUNT = 256 };

static void pause_cpu(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

/* Turns to spin before sleeping: none on one CPU, where the other side cannot run meanwhile. */
static int spin_count(void)
{
    static _Atomic int known = -1;
    int count = atomic_load_explicit(&known, memory_order_relaxed);

    if (count < 0) {
        count = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? SPIN_COUNT : 0;
        atomic_store_explicit(&known, count, memory_order_relaxed);
    }
    return count;
}

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int sleep_until_moved(const struct ring_wait_ops *wait, struct ring_event_shm *event,
                             _Atomic uint64_t *counter, uint64_t stuck)
{
    int code = wait->before_sleep ? wait->before_sleep(wait->context) : 0;

    while (!code) {
        /* [W1] acquire: pairs with the release of ring_bell(); read before waiting is set */
        uint32_t heard = atomic_load_explicit(&event->bell, memory_order_acquire);

        /* [W2] seq_cst: either the other side sees it after moving its counter, or [W3] sees the
         * counter moved */
        atomic_store_explicit(&event->waiting, 1, memory_order_seq_cst);
        if (atomic_load_explicit(counter, memory_order_seq_cst) != stuck) /* [W3] */
            break;
        FAULT("ring-sleep");
        wait->sleep(wait->context, (uint32_t *)&event->bell, heard, RING_WAIT_MS); /* [W4] */
        FAULT("ring-woken");
        if (wait->check)
            code = wait->check(wait->context);
        if (atomic_load_explicit(counter, memory_order_acquire) != stuck)
            break;
    }
    atomic_store_explicit(&event->waiting, 0, memory_order_relaxed); /* [W5] */
    return code;
}

int ring_wait_until_moved(const struct ring_wait_ops *wait, struct ring_event_shm *event,
                          _Atomic uint64_t *counter, uint64_t stuck, uint64_t *waits,
                          uint64_t *wait_ns)
{
    uint64_t start;
    int i, code;

    for (i = spin_count(); i > 0; i--) {
        if (atomic_load_explicit(counter, memory_order_acquire) != stuck)
            return 0;
        pause_cpu();
    }
    start = now_ns();
    code = sleep_until_moved(wait, event, counter, stuck);
    ++*waits;
    *wait_ns += now_ns() - start;
    return code;
}

void ring_bell(const struct ring_wait_ops *wait, struct ring_event_shm *event)
{
    /* seq_cst: pairs with [W2]. A plain load first: nobody waits most of the time. */
    if (!atomic_load_explicit(&event->waiting, memory_order_seq_cst) ||
        !atomic_exchange_explicit(&event->waiting, 0, memory_order_seq_cst))
        return;
    FAULT("ring-bell");
    atomic_fetch_add_explicit(&event->bell, 1, memory_order_release); /* pairs with [W1] */
    FAULT("ring-wake");
    wait->wake(wait->context, (uint32_t *)&event->bell);
}

void ring_wake_all(struct ring_shm *shm, const struct ring_wait_ops *wait)
{
    atomic_fetch_add_explicit(&shm->data.bell, 1, memory_order_release); /* pairs with [W1] */
    wait->wake(wait->context, (uint32_t *)&shm->data.bell);
    atomic_fetch_add_explicit(&shm->room.bell, 1, memory_order_release);
    wait->wake(wait->context, (uint32_t *)&shm->room.bell);
}
