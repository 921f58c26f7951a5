/*
 * The ring (ring.h) over the words of ring_shm.h. Numbers in brackets, as in [P3], are transitions
 * of PROTOCOL.md, where each is shown to be safe to die before and after.
 *
 * What is kept: the slots tail..head-1 are the consumer's and hold consecutive bytes of the stream;
 * the others are the producer's. head - tail <= slot_count, by difference, so that both may wrap.
 * Each side keeps its own counter in private memory and never reads it back from the ring after
 * opening; what it reads from the other side is checked before use, and so is every slot.
 *
 * Counters are stored with seq_cst, which ring_wait.c needs; everything else is acquire and release
 * between the two counters.
 */
#include "ipc/ring.h"

#include "common/error.h"
#include "ipc/fault.h"
#include "ipc/ring_shm.h"
#include "ipc/ring_wait.h"

#include <assert.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { SLOT_BYTES_MAX = 1 << 30 };

/* ---- geometry */

static size_t slot_stride(uint32_t slot_bytes)
{
    return RING_SLOT_HEADER_BYTES + (((size_t)slot_bytes + 63) & ~(size_t)63);
}

static int geometry_ok(uint32_t slot_count, uint32_t slot_bytes)
{
    return slot_count && (slot_count & (slot_count - 1)) == 0 && slot_bytes >= 8 &&
           slot_bytes % 8 == 0 && slot_bytes <= SLOT_BYTES_MAX;
}

size_t ring_shm_bytes(uint32_t slot_count, uint32_t slot_bytes)
{
    size_t slots, total;

    if (!geometry_ok(slot_count, slot_bytes) ||
        __builtin_mul_overflow(slot_stride(slot_bytes), (size_t)slot_count, &slots) ||
        __builtin_add_overflow(slots, sizeof(struct ring_shm), &total))
        return 0;
    return total;
}

static struct ring_slot_shm *slot_at(struct ring_shm *shm, uint64_t number, uint32_t slot_count,
                                     uint32_t slot_bytes)
{
    uint8_t *slots = (uint8_t *)(shm + 1);

    return (struct ring_slot_shm *)(slots + (number & (slot_count - 1)) * slot_stride(slot_bytes));
}

static uint8_t *slot_payload(struct ring_slot_shm *slot)
{
    return (uint8_t *)(slot + 1);
}

static uint64_t slot_check(const uint8_t *payload, uint32_t length, uint64_t off, uint32_t gen)
{
    return XXH3_64bits_withSeed(payload, length, off ^ ((uint64_t)gen << 32));
}

int ring_shm_init(void *memory, uint32_t slot_count, uint32_t slot_bytes, uint64_t base_off)
{
    struct ring_shm *shm = memory;
    struct ring_event_shm *event;
    int i;

    if (!geometry_ok(slot_count, slot_bytes) || base_off % 8 != 0)
        return error_set(ERROR_USAGE, "a ring of %u slots of %u bytes cannot be made", slot_count,
                         slot_bytes);
    /* constants first and never through another value: who attaches meanwhile looks at them */
    shm->magic = RING_MAGIC;
    shm->slot_count = slot_count;
    shm->slot_bytes = slot_bytes;
    shm->base_off = base_off;
    atomic_store_explicit(&shm->base_known, 0, memory_order_relaxed);
    atomic_store_explicit(&shm->base_chain, 0, memory_order_relaxed);
    atomic_store_explicit(&shm->head, 0, memory_order_relaxed);
    atomic_store_explicit(&shm->tail, 0, memory_order_relaxed);
    for (i = 0; i < 2; i++) {
        atomic_store_explicit(&shm->published[i].off, base_off, memory_order_relaxed);
        atomic_store_explicit(&shm->published[i].mark_off, base_off, memory_order_relaxed);
        atomic_store_explicit(&shm->published[i].mark_chain, 0, memory_order_relaxed);
        atomic_store_explicit(&shm->released[i], base_off, memory_order_relaxed);
        event = i ? &shm->room : &shm->data;
        atomic_store_explicit(&event->bell, 0, memory_order_relaxed);
        atomic_store_explicit(&event->waiting, 0, memory_order_relaxed);
    }
    return 0;
}

static int broken(const char *what)
{
    return error_set(ERROR_SHARED, "shared memory is damaged: %s of a ring", what);
}

static int shm_ok(const struct ring_shm *shm)
{
    return shm->magic == RING_MAGIC && geometry_ok(shm->slot_count, shm->slot_bytes);
}

/* ---- producer */

/* The consumer may release meanwhile: its place counts only if tail stood still around the read. */
static int producer_words_ok(struct ring_producer *p)
{
    struct ring_shm *shm = p->shm;
    uint64_t tail = atomic_load_explicit(&shm->tail, memory_order_acquire);
    uint64_t released = atomic_load_explicit(&shm->released[tail & 1], memory_order_acquire);
    uint64_t again = atomic_load_explicit(&shm->tail, memory_order_acquire);
    uint64_t held = p->published_off - released;

    if (p->head - tail > p->slot_count || p->head - again > p->slot_count)
        return 0;
    if (p->mark_off > p->published_off || p->mark_off < p->base_off)
        return 0;
    if (tail != again)
        return 1;
    return held <= (p->head - tail) * (uint64_t)p->slot_bytes && held >= p->head - tail;
}

int ring_producer_open(struct ring_producer *p, struct ring_shm *shm, uint32_t gen,
                       const struct ring_wait_ops *wait)
{
    struct ring_producer new = {.shm = shm, .wait = wait, .gen = gen};
    struct ring_place_shm *place;

    if (!shm_ok(shm))
        return broken("the head");
    new.slot_count = shm->slot_count;
    new.slot_bytes = shm->slot_bytes;
    new.base_off = shm->base_off;
    /* [P0] written by our predecessor, of whose death the supervisor knew before it started us */
    new.head = atomic_load_explicit(&shm->head, memory_order_acquire);
    place = &shm->published[new.head & 1];
    new.published_off = atomic_load_explicit(&place->off, memory_order_relaxed);
    new.mark_off = atomic_load_explicit(&place->mark_off, memory_order_relaxed);
    new.mark_chain = atomic_load_explicit(&place->mark_chain, memory_order_relaxed);
    if (!producer_words_ok(&new))
        return broken("the producer's words");
    *p = new;
    return 0;
}

static int wait_for_room(struct ring_producer *p)
{
    struct ring_shm *shm = p->shm;

    for (;;) {
        /* [P1] acquire: pairs with the store of tail in [C4]; the consumer has done with the slot
         */
        uint64_t tail = atomic_load_explicit(&shm->tail, memory_order_acquire);
        uint64_t filled = p->head - tail;
        int code;

        if (filled < p->slot_count)
            return 0;
        if (filled > p->slot_count)
            return broken("the tail");
        code = ring_wait_until_moved(p->wait, &shm->room, &shm->tail, tail, &p->waits, &p->wait_ns);
        if (code)
            return code;
    }
}

int ring_producer_space(struct ring_producer *p, uint8_t **space, size_t *room)
{
    int code = p->used ? 0 : wait_for_room(p);

    if (code)
        return code;
    *space = slot_payload(slot_at(p->shm, p->head, p->slot_count, p->slot_bytes)) + p->used;
    *room = p->slot_bytes - p->used;
    return 0;
}

int ring_producer_commit(struct ring_producer *p, size_t count)
{
    assert(count <= p->slot_bytes - p->used);
    FAULT("ring-fill");
    p->used += (uint32_t)count;
    return p->used == p->slot_bytes ? ring_producer_publish(p) : 0;
}

int ring_producer_publish(struct ring_producer *p)
{
    struct ring_shm *shm = p->shm;
    struct ring_slot_shm *slot;
    struct ring_place_shm *place;

    if (!p->used)
        return 0;
    /* [P2] the slot is ours until [P4] */
    slot = slot_at(shm, p->head, p->slot_count, p->slot_bytes);
    slot->off = p->published_off;
    slot->gen = p->gen;
    slot->length = p->used;
    slot->check = slot_check(slot_payload(slot), p->used, p->published_off, p->gen);
    FAULT("ring-slot");
    /* [P3] the place that does not count yet */
    p->published_off += p->used;
    p->used = 0;
    p->head++;
    place = &shm->published[p->head & 1];
    atomic_store_explicit(&place->mark_off, p->mark_off, memory_order_relaxed);
    atomic_store_explicit(&place->mark_chain, p->mark_chain, memory_order_relaxed);
    FAULT("ring-place");
    atomic_store_explicit(&place->off, p->published_off, memory_order_relaxed);
    FAULT("ring-head");
    /* [P4] seq_cst: as release it pairs with [C1] and [P0]; before waiting in ring_bell() */
    atomic_store_explicit(&shm->head, p->head, memory_order_seq_cst);
    FAULT("ring-published");
    ring_bell(p->wait, &shm->data); /* [P5] */
    FAULT("ring-woke-consumer");
    return 0;
}

int ring_producer_starving(const struct ring_producer *p)
{
    return atomic_load_explicit(&p->shm->data.waiting, memory_order_relaxed) != 0;
}

void ring_producer_mark(struct ring_producer *p, uint64_t off, uint64_t chain)
{
    p->mark_off = off;
    p->mark_chain = chain;
}

void ring_producer_set_base(struct ring_producer *p, uint64_t off, uint64_t chain)
{
    if (off != p->base_off)
        return;
    atomic_store_explicit(&p->shm->base_chain, chain, memory_order_relaxed);
    /* release: pairs with ring_consumer_base() */
    atomic_store_explicit(&p->shm->base_known, 1, memory_order_release);
}

/* ---- consumer */

int ring_consumer_open(struct ring_consumer *c, struct ring_shm *shm,
                       const struct ring_wait_ops *wait)
{
    struct ring_consumer new = {.shm = shm, .wait = wait};
    uint64_t head;

    if (!shm_ok(shm))
        return broken("the head");
    new.slot_count = shm->slot_count;
    new.slot_bytes = shm->slot_bytes;
    new.base_off = shm->base_off;
    /* [C0] our predecessor's words; it is dead */
    new.tail = new.next = atomic_load_explicit(&shm->tail, memory_order_acquire);
    new.released_off = atomic_load_explicit(&shm->released[new.tail & 1], memory_order_relaxed);
    new.read_off = new.released_off;
    head = atomic_load_explicit(&shm->head, memory_order_acquire);
    if (head - new.tail > new.slot_count || new.released_off < new.base_off)
        return broken("the consumer's words");
    *c = new;
    return 0;
}

/* Checks slot c->next, which was published. */
static int check_slot(struct ring_consumer *c)
{
    struct ring_slot_shm *slot = slot_at(c->shm, c->next, c->slot_count, c->slot_bytes);
    uint32_t length = slot->length, gen = slot->gen;

    if (length == 0 || length > c->slot_bytes)
        return broken("the length of a slot");
    if (slot->off != c->read_off || gen < c->gen)
        return broken("the place of a slot");
    if (slot->check != slot_check(slot_payload(slot), length, c->read_off, gen))
        return broken("a slot");
    c->length = length;
    c->gen = gen;
    return 0;
}

int ring_consumer_try_peek(struct ring_consumer *c, const uint8_t **data, size_t *length)
{
    if (c->broken)
        return broken("a slot header");
    if (!c->length) {
        /* [C1] acquire: pairs with [P4]; the slot's bytes are there */
        uint64_t head = atomic_load_explicit(&c->shm->head, memory_order_acquire);
        int code;

        if (head - c->tail > c->slot_count || head - c->tail < c->next - c->tail)
            return broken("the head");
        if (head == c->next) {
            *length = 0;
            return 0;
        }
        code = check_slot(c); /* [C2] */
        if (code)
            return code;
        FAULT("ring-taken");
    }
    *data = slot_payload(slot_at(c->shm, c->next, c->slot_count, c->slot_bytes)) + c->at;
    *length = c->length - c->at;
    return 0;
}

int ring_consumer_peek(struct ring_consumer *c, const uint8_t **data, size_t *length)
{
    for (;;) {
        int code = ring_consumer_try_peek(c, data, length);

        if (code || *length)
            return code;
        code = ring_wait_until_moved(c->wait, &c->shm->data, &c->shm->head, c->next, &c->waits,
                                     &c->wait_ns);
        if (code)
            return code;
    }
}

void ring_consumer_advance(struct ring_consumer *c, size_t count)
{
    assert(count <= c->length - c->at);
    c->at += (uint32_t)count;
    c->read_off += count;
    if (c->length && c->at == c->length) {
        c->next++;
        c->at = 0;
        c->length = 0;
    }
}

int ring_consumer_base(const struct ring_consumer *c, uint64_t *chain)
{
    /* acquire: pairs with ring_producer_set_base() */
    if (!atomic_load_explicit(&c->shm->base_known, memory_order_acquire))
        return 0;
    *chain = atomic_load_explicit(&c->shm->base_chain, memory_order_relaxed);
    return 1;
}

/* One slot: [C3] the place that does not count yet, then [C4] the tail. One at a time, since only
 * then the place prepared is never the one that counts. */
static void release_slot(struct ring_consumer *c, uint32_t length)
{
    struct ring_shm *shm = c->shm;

    c->released_off += length;
    c->tail++;
    atomic_store_explicit(&shm->released[c->tail & 1], c->released_off, memory_order_relaxed);
    FAULT("ring-tail");
    /* seq_cst: as release it pairs with [P1] and [C0]; before waiting in ring_bell() */
    atomic_store_explicit(&shm->tail, c->tail, memory_order_seq_cst);
    FAULT("ring-released");
}

void ring_consumer_release(struct ring_consumer *c, uint64_t off)
{
    uint64_t before = c->tail;

    while (c->tail != c->next) {
        struct ring_slot_shm *slot = slot_at(c->shm, c->tail, c->slot_count, c->slot_bytes);
        uint32_t length = slot->length;

        if (length == 0 || length > c->slot_bytes || length > c->read_off - c->released_off) {
            c->broken = 1;
            break;
        }
        if (c->released_off + length > off)
            break;
        release_slot(c, length);
    }
    if (c->tail != before)
        ring_bell(c->wait, &c->shm->room); /* [C5] */
}

int ring_consumer_holds_all(const struct ring_consumer *c)
{
    return c->next - c->tail == c->slot_count;
}

/* ---- watchers */

void ring_observe(const struct ring_shm *shm, uint32_t *filled, uint64_t *published_off,
                  uint64_t *released_off)
{
    uint64_t tail = atomic_load_explicit(&shm->tail, memory_order_relaxed);
    uint64_t head = atomic_load_explicit(&shm->head, memory_order_relaxed);
    uint64_t count = head - tail;

    *filled = count > shm->slot_count ? shm->slot_count : (uint32_t)count;
    *published_off = atomic_load_explicit(&shm->published[head & 1].off, memory_order_relaxed);
    *released_off = atomic_load_explicit(&shm->released[tail & 1], memory_order_relaxed);
}
