/*
 * Making an archive: from the rings into the file `archive` of the work directory.
 *
 * Takes messages in the order of merge.h, writes parts straight through, notes what was decided in
 * the journal, writes collection batches as they fill up, and in the end the streams of one part
 * and the footer. A successor of a writer that died goes on from the last sound frame of the
 * journal; the same bytes come out.
 *
 * Input is released only when a flushed frame names it. Accounts are settled when enough was taken,
 * and before waiting if a ring is half held: not for every segment. That keeps the argument of
 * merge.h: the ring waited for always has room, since the inbox has everything settled (by way of
 * its `stash`) before it waits with all slots in its hands.
 *
 * Knows rings, but no stage: tests run it on memory of their own.
 */
#ifndef WRITER_CREATE_H
#define WRITER_CREATE_H

#include "ipc/ring.h"

#include <stdint.h>

struct create_progress {
    uint64_t seq;     /* segments settled */
    uint64_t samples; /* complete ones */
    uint64_t bytes_in, bytes_out;
    uint64_t wait_input_ns;
    uint64_t durable_seq; /* segments that survive a loss of power */
};

struct create_config {
    uint32_t k, min_match, pack, segment_size;
    uint32_t worker_count;
    struct ring_shm *const *rings; /* the spine, then worker 0, 1 ... */
    const struct ring_wait_ops *wait;
    int work_fd;
    /* Frames below this seq are taken as they are; the archive's bytes behind them are compared
     * with the journal before it is gone on from (0: all, as after a loss of power). */
    uint64_t durable_seq;
    int sync_ms; /* least time between two waits for the disk; -1: never wait before the end */
    const char *made; /* what decided the bytes (ext-made); NULL: "" */
    int sample_table; /* 1: writes one (sample_table.h) into the work directory */
    void *context;
    /* Called once, before any ring is touched: the journal holds the stream of ring i up to
     * known_off[i]; returns when all rings may be opened. NULL: they may at once. */
    int (*agree)(void *context, const uint64_t *known_off, uint32_t ring_count);
    void (*progress)(void *context, const struct create_progress *progress); /* may be NULL */
    void (*item)(void *context, const char *text, size_t length);            /* may be NULL */
    void (*seq)(void *context, uint64_t seq);                                /* may be NULL */
};

/* *whole_file = 0 if a predecessor had finished and the file is no longer in the work directory,
 * which only publishing does. */
int create_archive(const struct create_config *config, int *whole_file);

#endif
