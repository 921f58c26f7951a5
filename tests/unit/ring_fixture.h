/*
 * Rings in private memory for tests, and owner's functions that need no kernel.
 *
 * The stream under test is a function of the offset alone (stream_byte()), so that any part of it
 * can be checked by itself. `turns` scripts what happens while one side sleeps: step() is called
 * instead of a futex.
 */
#ifndef TESTS_UNIT_RING_FIXTURE_H
#define TESTS_UNIT_RING_FIXTURE_H

#include "common/error.h"
#include "ipc/ring.h"
#include "ipc/ring_shm.h"

#include <stdlib.h>
#include <string.h>

struct ring_fixture {
    struct ring_shm *shm;
    struct ring_wait_ops ops;
    int sleeps, wakes, before, checks;
    int stop_after;                       /* check() says ERROR_STOPPED at this call; 0: never */
    void (*step)(struct ring_fixture *f); /* while asleep; may be NULL */
    void *step_context;
};

static inline uint8_t stream_byte(uint64_t off)
{
    uint64_t x = (off + 1) * UINT64_C(0x9e3779b97f4a7c15);

    x ^= x >> 29;
    return (uint8_t)((x * UINT64_C(0xbf58476d1ce4e5b9)) >> 56);
}

static inline void fixture_sleep(void *context, uint32_t *word, uint32_t expected, int timeout_ms)
{
    struct ring_fixture *f = context;

    (void)timeout_ms;
    f->sleeps++;
    if (*word == expected && f->step)
        f->step(f);
}

static inline void fixture_wake(void *context, uint32_t *word)
{
    struct ring_fixture *f = context;

    (void)word;
    f->wakes++;
}

static inline int fixture_before(void *context)
{
    struct ring_fixture *f = context;

    f->before++;
    return 0;
}

static inline int fixture_check(void *context)
{
    struct ring_fixture *f = context;

    f->checks++;
    return f->stop_after && f->checks >= f->stop_after ? error_set(ERROR_STOPPED, "stopped") : 0;
}

static inline void fixture_open(struct ring_fixture *f, uint32_t slot_count, uint32_t slot_bytes,
                                uint64_t base_off)
{
    size_t bytes = ring_shm_bytes(slot_count, slot_bytes);

    *f = (struct ring_fixture){0};
    f->shm = aligned_alloc(RING_LINE_BYTES, (bytes + 127) / 128 * 128);
    f->ops = (struct ring_wait_ops){.context = f,
                                    .sleep = fixture_sleep,
                                    .wake = fixture_wake,
                                    .before_sleep = fixture_before,
                                    .check = fixture_check};
    if (!f->shm || ring_shm_init(f->shm, slot_count, slot_bytes, base_off))
        abort();
}

static inline void fixture_close(struct ring_fixture *f)
{
    free(f->shm);
}

/* Moves the counters of a fresh ring, as if `slots` slots had gone through already. */
static inline void fixture_count_from(struct ring_fixture *f, uint64_t slots)
{
    uint64_t base = f->shm->base_off;

    atomic_store(&f->shm->head, slots);
    atomic_store(&f->shm->tail, slots);
    atomic_store(&f->shm->published[slots & 1].off, base);
    atomic_store(&f->shm->published[slots & 1].mark_off, base);
    atomic_store(&f->shm->released[slots & 1], base);
}

/* The slot of a number, for tests that look at or scribble over it. */
static inline struct ring_slot_shm *fixture_slot(struct ring_fixture *f, uint64_t number)
{
    size_t stride = RING_SLOT_HEADER_BYTES + ((size_t)f->shm->slot_bytes + 63) / 64 * 64;

    return (struct ring_slot_shm *)((uint8_t *)(f->shm + 1) +
                                    (number & (f->shm->slot_count - 1)) * stride);
}

/* Puts bytes [from, to) of the stream; the last slot stays open. */
static inline int put_stream(struct ring_producer *p, uint64_t from, uint64_t to)
{
    while (from < to) {
        uint8_t *space;
        size_t room, i;
        int code = ring_producer_space(p, &space, &room);

        if (code)
            return code;
        if (room > to - from)
            room = (size_t)(to - from);
        for (i = 0; i < room; i++)
            space[i] = stream_byte(from + i);
        from += room;
        code = ring_producer_commit(p, room);
        if (code)
            return code;
    }
    return 0;
}

/* Takes at most `most` bytes of what peek gives; -1 if they are not those of the stream. */
static inline int take_stream(struct ring_consumer *c, size_t most, size_t *taken)
{
    const uint8_t *data;
    size_t length, i;
    int code = ring_consumer_peek(c, &data, &length);

    if (code)
        return code;
    if (length > most)
        length = most;
    for (i = 0; i < length; i++)
        if (data[i] != stream_byte(c->read_off + i))
            return -1000;
    ring_consumer_advance(c, length);
    *taken = length;
    return 0;
}

#endif
