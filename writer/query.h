/*
 * Answering a query: names and lengths from the spine, letters from the workers, FASTA out.
 *
 * The order is that of ipc/messages.h, as in merge.h: for a spine record of group g, letters come
 * from worker g mod N until all of them are there. Nothing is logged: what was copied into the
 * output's buffer is released at once, since text that left through a pipe cannot be taken back.
 */
#ifndef WRITER_QUERY_H
#define WRITER_QUERY_H

#include "ipc/ring.h"
#include "writer/destination.h"

struct query_progress {
    uint64_t seq;
    uint64_t samples;
    uint64_t bytes_in, bytes_out;
    uint64_t wait_input_ns;
};

struct query_config {
    uint32_t worker_count;
    struct ring_shm *const *rings; /* the spine, then worker 0, 1 ... */
    const struct ring_wait_ops *wait;
    void *context;
    void (*progress)(void *context, const struct query_progress *progress); /* may be NULL */
    void (*item)(void *context, const char *text, size_t length);           /* may be NULL */
};

int query_answer(const struct query_config *config, struct destination *destination);

#endif
