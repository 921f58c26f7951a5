/*
 * The ring as it lies in shared memory. PROTOCOL.md is the authority: who writes which word, in
 * which order, and what a successor reads. Only ring.c and tests include this file.
 *
 * Everything that one side must find again after its predecessor died at any instruction is either
 * one atomic word (head, tail) or a pair of places of which head or tail tells the valid one:
 * published[head & 1] and released[tail & 1]. The other of the pair is being prepared and is read
 * by nobody. So a place is never changed while it counts, with any number of slots, one included.
 */
#ifndef IPC_RING_SHM_H
#define IPC_RING_SHM_H

#include "ipc/ring.h"

#include <stdatomic.h>

#define RING_MAGIC UINT64_C(0x474e495243474131) /* "1AGCRING" */

enum { RING_LINE_BYTES = 128 }; /* two cache lines: the neighbour is fetched along */

/* Where the producer's stream ends after a number of published slots. */
struct ring_place_shm {
    _Atomic uint64_t off;        /* bytes published */
    _Atomic uint64_t mark_off;   /* end of the last whole message at or before off */
    _Atomic uint64_t mark_chain; /* chain of the stream there */
};

/* An event count: who finds its condition unmet reads bell, sets waiting, looks again, sleeps on
 * bell. Who makes the condition true swaps waiting for 0 and, if it was set, rings and wakes. */
struct ring_event_shm {
    _Atomic uint32_t bell;
    _Atomic uint32_t waiting;
};

struct ring_shm {
    /* constant after ring_shm_init() */
    uint64_t magic;
    uint32_t slot_count, slot_bytes;
    uint64_t base_off;

    /* written by the producer, once, before the first slot: chain of the stream at base_off */
    _Atomic uint64_t base_chain;
    _Atomic uint32_t base_known;

    /* written by the producer */
    _Alignas(RING_LINE_BYTES) _Atomic uint64_t head;
    struct ring_place_shm published[2];

    /* written by the consumer */
    _Alignas(RING_LINE_BYTES) _Atomic uint64_t tail;
    _Atomic uint64_t released[2];

    _Alignas(RING_LINE_BYTES) struct ring_event_shm data; /* the consumer waits */
    _Alignas(RING_LINE_BYTES) struct ring_event_shm room; /* the producer waits */
};

/* Stands before the payload of each slot; written by the producer while the slot is its own. */
struct ring_slot_shm {
    uint64_t off;    /* stream offset of the first byte */
    uint64_t check;  /* XXH3-64 of the payload, seeded by off and gen */
    uint32_t gen;    /* incarnation that wrote it */
    uint32_t length; /* 1..slot_bytes */
    uint8_t reserved[RING_SLOT_HEADER_BYTES - 24];
};

_Static_assert(sizeof(struct ring_slot_shm) == RING_SLOT_HEADER_BYTES, "slot header");
_Static_assert(sizeof(struct ring_shm) % RING_LINE_BYTES == 0, "slots begin on a line");

#endif
