/*
 * The shared-memory region of one run: who takes part, the rings, the counters.
 *
 * The supervisor makes it (a memfd: it has no name that could be left behind, is sealed against
 * changes of size, its pages are allocated up front) and hands the descriptor to the stages.
 * Structs here live in shared memory: offsets, never pointers; PROTOCOL.md has the table of who
 * writes which word. Everything read from it is validated by run_attach().
 */
#ifndef IPC_RUN_H
#define IPC_RUN_H

#include "ipc/ring.h"
#include "ipc/settled.h"

#include <stdatomic.h>
#include <stdint.h>

enum run_mode { RUN_CREATE = 1, RUN_QUERY = 2 };

enum {
    RUN_WORKERS_MAX = 256,
    RUN_ITEM_BYTES = 256,
};

/* Counters of one stage; written by that stage alone (relaxed), read by anyone. */
struct stage_counters_shm {
    _Atomic uint64_t records;   /* segments handled */
    _Atomic uint64_t bytes_in;  /* reader: FASTA bytes; worker: symbols; writer: message bytes */
    _Atomic uint64_t bytes_out; /* reader: symbols; worker: part bytes; writer: archive bytes */
    _Atomic uint64_t wait_input_ns;
    _Atomic uint64_t wait_room_ns;
    _Atomic uint64_t samples; /* reader: begun; writer: finished */
    _Atomic uint64_t cache_hits, cache_misses;
    _Atomic uint64_t groups; /* reader: groups so far */
    _Atomic uint64_t bases;  /* reader: symbols read so far */
    _Atomic uint64_t reserved[6];
};

/* One stage. Index 0 reader, 1..N workers, N+1 writer. */
struct stage_shm {
    _Atomic uint32_t pid;     /* written by the stage as it attaches; its log's lock comes after */
    _Atomic uint32_t gen;     /* incarnation: written by the supervisor before the start */
    _Atomic uint64_t seq;     /* the segment at work, for poison reports */
    _Atomic uint32_t outside; /* 1 while the stage waits for what is outside of the run (standard
                               * input, a FIFO): then it does not hang, however long that takes */
    uint32_t reserved;
    struct stage_counters_shm counters;
    struct settled_shm settled; /* of a decoding worker: settled.h */
    char item[RUN_ITEM_BYTES];  /* "sample / contig" at work; racy text, for people only */
};

/* Where a ring's stream begins; see rendezvous.h. */
struct ring_start_shm {
    _Atomic uint64_t known_off; /* written by the consumer before told */
    _Atomic uint32_t told;      /* futex; written by the consumer */
    _Atomic uint32_t begun;     /* futex; written by the producer (queries: by the supervisor) */
};

struct run_shm {
    uint64_t magic;
    uint32_t version;
    uint32_t mode; /* enum run_mode */
    uint32_t worker_count;
    uint32_t slot_count, slot_bytes;
    uint64_t region_bytes;
    uint64_t cache_bytes;         /* of each worker, for references, packs, indexes */
    _Atomic uint32_t stopping;    /* the supervisor asks all to end: waits return ERROR_STOPPED */
    _Atomic uint64_t durable_seq; /* written by the writer: archive and log are synced up to here */
    uint64_t stage_off[RUN_WORKERS_MAX + 2];
    uint64_t ring_off[2 * RUN_WORKERS_MAX + 1];
    struct ring_start_shm start[2 * RUN_WORKERS_MAX + 1];
};

struct run_geometry {
    enum run_mode mode;
    uint32_t worker_count;
    uint32_t slot_count, slot_bytes;
    uint64_t cache_bytes;
};

/* Makes the region; *fd is inherited by children (no CLOEXEC). base_off[2N+1] or NULL for zeros.
 * Want of memory is ERROR_SPACE with a message that says so. */
int run_create(const struct run_geometry *geometry, const uint64_t *base_off, int *fd,
               struct run_shm **run);
int run_attach(int fd, struct run_shm **run);
/* For those who only look on: any write to it is a fault. */
int run_attach_watching(int fd, struct run_shm **run);
void run_detach(struct run_shm *run);

/* 0 if the geometry is not acceptable. */
size_t run_region_bytes(const struct run_geometry *geometry);

/* Found from what was checked at run_create() or run_attach(), not from shared words. NULL if there
 * is none of this number. */
struct ring_shm *run_ring(struct run_shm *run, uint32_t index);
struct stage_shm *run_stage(struct run_shm *run, uint32_t index);

/* Ring and stage numbers; worker is 0..N-1. */
static inline uint32_t run_ring_spine(void)
{
    return 0;
}
static inline uint32_t run_ring_to_worker(uint32_t worker)
{
    return 1 + worker;
}
static inline uint32_t run_ring_from_worker(const struct run_shm *run, uint32_t worker)
{
    return 1 + run->worker_count + worker;
}
static inline uint32_t run_stage_worker(uint32_t worker)
{
    return 1 + worker;
}
static inline uint32_t run_stage_writer(const struct run_shm *run)
{
    return 1 + run->worker_count;
}

#endif
