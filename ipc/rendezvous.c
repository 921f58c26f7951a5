#include "ipc/rendezvous.h"

#include "common/error.h"
#include "ipc/fault.h"

static struct ring_start_shm *start_of(struct stage *stage, uint32_t ring)
{
    return &stage->run->start[ring];
}

/* Sleeps until *word is 1; every bounded sleep ends with a look at the run. */
static int wait_for(struct stage *stage, _Atomic uint32_t *word)
{
    const struct ring_wait_ops *wait = &stage->wait;

    /* acquire: pairs with set() */
    while (atomic_load_explicit(word, memory_order_acquire) != 1) {
        int code;

        wait->sleep(wait->context, (uint32_t *)word, 0, RING_WAIT_MS);
        code = wait->check(wait->context);
        if (code)
            return code;
    }
    return 0;
}

static void set(struct stage *stage, _Atomic uint32_t *word)
{
    /* release: pairs with wait_for() */
    atomic_store_explicit(word, 1, memory_order_release);
    stage->wait.wake(stage->wait.context, (uint32_t *)word);
}

static int begun(struct ring_start_shm *start)
{
    return atomic_load_explicit(&start->begun, memory_order_acquire) == 1;
}

void rendezvous_tell(struct stage *stage, uint32_t ring, uint64_t known_off)
{
    struct ring_start_shm *start = start_of(stage, ring);

    if (begun(start))
        return;
    atomic_store_explicit(&start->known_off, known_off, memory_order_relaxed);
    FAULT("rendezvous-tell");
    set(stage, &start->told);
}

int rendezvous_known(struct stage *stage, uint32_t ring, uint64_t *off)
{
    struct ring_start_shm *start = start_of(stage, ring);
    uint64_t released;
    uint32_t filled;
    int code;

    if (begun(start)) {
        ring_observe(run_ring(stage->run, ring), &filled, off, &released);
        return 0;
    }
    code = wait_for(stage, &start->told);
    if (!code)
        *off = atomic_load_explicit(&start->known_off, memory_order_relaxed);
    return code;
}

int rendezvous_begin(struct stage *stage, uint32_t ring, uint64_t base_off)
{
    struct ring_start_shm *start = start_of(stage, ring);
    int code;

    if (begun(start))
        return 0;
    code = ring_shm_init(run_ring(stage->run, ring), stage->run->slot_count,
                         stage->run->slot_bytes, base_off);
    FAULT("rendezvous-begin");
    if (!code)
        set(stage, &start->begun);
    return code;
}

int rendezvous_wait(struct stage *stage, uint32_t ring)
{
    return wait_for(stage, &start_of(stage, ring)->begun);
}
