/*
 * A bounded single-producer, single-consumer ring of slots in shared memory.
 *
 * The ring carries a stream of bytes cut into slots; PROTOCOL.md names every word, its writer, its
 * readers, and what the successor of a process that died reads. One producer, one consumer, each at
 * most one live process at a time. head and tail count slots for ever (64 bit); compare by
 * difference. Waiting goes through struct ring_wait_ops, so tests need no kernel.
 *
 * Every wait is bounded (RING_WAIT_MS) and then asks the owner's `check`, so a lost wake-up costs
 * time and nothing else.
 */
#ifndef IPC_RING_H
#define IPC_RING_H

#include <stddef.h>
#include <stdint.h>

struct ring_shm; /* lives in shared memory; see ring_shm.h */

enum {
    RING_WAIT_MS = 100,
    RING_SLOT_HEADER_BYTES = 64,
};

/* Sleeping and waking, and what to do around it. context is the owner's. */
struct ring_wait_ops {
    void *context;
    /* Sleeps while *word == expected, at most timeout_ms. */
    void (*sleep)(void *context, uint32_t *word, uint32_t expected, int timeout_ms);
    void (*wake)(void *context, uint32_t *word);
    /* Called before the first sleep of a wait: the owner publishes what it holds on all rings. May
     * be NULL. 0 or a code that ends the wait. */
    int (*before_sleep)(void *context);
    /* Called after every bounded sleep: 0 to go on, or ERROR_STOPPED. */
    int (*check)(void *context);
};

/* Bytes of shared memory for a ring of slot_count (power of two, 1 included) slots of slot_bytes
 * payload (a multiple of 8, at least 8, at most 1 GiB); 0 if these are not acceptable. */
size_t ring_shm_bytes(uint32_t slot_count, uint32_t slot_bytes);

/* Makes an empty ring whose stream begins at base_off (0, or where a resumed run goes on; an end of
 * a message, so a multiple of 8). memory is aligned to a cache line. ERROR_USAGE. */
int ring_shm_init(void *memory, uint32_t slot_count, uint32_t slot_bytes, uint64_t base_off);

/* ---- producer: private handle, plain value */
struct ring_producer {
    struct ring_shm *shm;
    const struct ring_wait_ops *wait;
    uint64_t head;          /* slots published */
    uint64_t published_off; /* stream offset after the last published slot */
    uint64_t base_off;      /* stream offset at which this ring began */
    uint64_t mark_off;      /* end of the last whole message at or before what is put */
    uint64_t mark_chain;    /* chain of the stream there; published along with each slot */
    uint32_t used;          /* bytes in the open, unpublished slot */
    uint32_t gen;           /* incarnation of the owner */
    uint32_t slot_count, slot_bytes;
    uint64_t waits; /* times that the ring was full */
    uint64_t wait_ns;
};

/* Takes over the producer's end: reads how far the stream was published. ERROR_SHARED if the words
 * are impossible. */
int ring_producer_open(struct ring_producer *p, struct ring_shm *shm, uint32_t gen,
                       const struct ring_wait_ops *wait);

/* A place for 1..*room bytes at the end of the open slot; waits while the ring is full. Pointers
 * are valid until the next call. */
int ring_producer_space(struct ring_producer *p, uint8_t **space, size_t *room);

/* Says that count bytes were put there; a full slot is published at once. */
int ring_producer_commit(struct ring_producer *p, size_t count);

/* Publishes a partly filled slot, if there is one; never blocks. */
int ring_producer_publish(struct ring_producer *p);

/* True while the consumer sleeps for want of input: worth publishing a partly filled slot. */
int ring_producer_starving(const struct ring_producer *p);

/* Notes that a message ends at stream offset off with this chain. Call it before the commit that
 * brings the stream there. What was published last is read back by ring_producer_open(); it tells
 * nothing while mark_off is base_off. */
void ring_producer_mark(struct ring_producer *p, uint64_t off, uint64_t chain);

/* Tells the consumer the chain at the offset where the ring's stream begins, if off is that. Must
 * come before the first slot is published; a successor repeats it with the same value. */
void ring_producer_set_base(struct ring_producer *p, uint64_t off, uint64_t chain);

/* ---- consumer: private handle, plain value */
struct ring_consumer {
    struct ring_shm *shm;
    const struct ring_wait_ops *wait;
    uint64_t tail;         /* slots released */
    uint64_t next;         /* slot being read: tail <= next <= head */
    uint32_t at;           /* bytes already read of slot next */
    uint64_t read_off;     /* stream offset of the next byte to be read */
    uint64_t base_off;     /* stream offset at which this ring began */
    uint64_t released_off; /* stream offset after the last released slot */
    uint32_t length;       /* of slot next, once it was checked; else 0 */
    uint32_t gen;          /* incarnation of the producer that wrote the last slot checked */
    uint32_t broken;       /* a slot header changed under us: the next peek fails */
    uint32_t slot_count, slot_bytes;
    uint64_t waits;
    uint64_t wait_ns;
};

/* Takes over the consumer's end at the first unreleased slot; read_off says where that is. */
int ring_consumer_open(struct ring_consumer *c, struct ring_shm *shm,
                       const struct ring_wait_ops *wait);

/* The unread bytes of the current slot (checked: offset, length, checksum -> ERROR_SHARED); waits
 * while the ring is empty. Borrowed until the slot is released. A consumer that holds all slots
 * would wait for ever: see ring_consumer_holds_all(). */
int ring_consumer_peek(struct ring_consumer *c, const uint8_t **data, size_t *length);

/* The same without waiting: *length = 0 if nothing is there. */
int ring_consumer_try_peek(struct ring_consumer *c, const uint8_t **data, size_t *length);

/* Chain of the stream at base_off; 0 if the producer has not told it (it has, once a slot was seen,
 * if it tells it at all). */
int ring_consumer_base(const struct ring_consumer *c, uint64_t *chain);

/* Says that count of them were read. */
void ring_consumer_advance(struct ring_consumer *c, size_t count);

/* Releases all slots that end at or before stream offset off and have been read to the end. */
void ring_consumer_release(struct ring_consumer *c, uint64_t off);

/* True if the consumer holds every slot of the ring (so the producer cannot go on). */
int ring_consumer_holds_all(const struct ring_consumer *c);

/* Wakes both ends; the supervisor does it after each death. */
void ring_wake_all(struct ring_shm *shm, const struct ring_wait_ops *wait);

/* For watchers: slots filled now, and stream offsets published and released. Relaxed reads. */
void ring_observe(const struct ring_shm *shm, uint32_t *filled, uint64_t *published_off,
                  uint64_t *released_off);

#endif
