/*
 * Sharing out the memory of a run.
 *
 * --memory bounds the sum of what all processes hold at once, shared pages counted once. What is
 * fixed (code, buffers, the reader's tables for references of up to 819 Mb, the writer's encoder)
 * and the least that a worker can do with were measured; they make the least workable size. What is
 * above it goes first to the reader, for the larger index that a larger reference has, as far as
 * any reference can need, then to rings, then to the workers' caches. Nothing that ends in an
 * archive depends on any of these numbers.
 */
#ifndef TOOLS_BUDGET_H
#define TOOLS_BUDGET_H

#include "ipc/run.h"

#define BUDGET_DEFAULT_BYTES (UINT64_C(192) << 20)

enum {
    BUDGET_SLOT_BYTES = 32 * 1024,
    /* Of a worker, where no --memory was given. A query takes as much as its archive decodes to: it
     * comes back to every reference with every sample. */
    BUDGET_CACHE_ENOUGH_BYTES = 10 << 20,
    BUDGET_QUERY_CACHE_ENOUGH_BYTES = 128 << 20,
};

struct budget {
    uint32_t slot_count, slot_bytes;
    uint64_t rings_bytes;        /* of all rings */
    uint64_t cache_bytes;        /* of each worker: groups and compression together */
    uint64_t worker_bytes;       /* of each worker in all */
    uint64_t reader_bytes;       /* of the reader in all */
    uint64_t reader_spare_bytes; /* of these, for a larger index */
    uint64_t rest_bytes;         /* writer, supervisor */
};

/* segment_size: of create, as asked for (longest segments are a few times as long, and held whole);
 * 0 for the default. */
uint64_t budget_least(enum run_mode mode, uint64_t segment_size, uint32_t worker_count);

/* ERROR_USAGE, naming the least workable size, if total_bytes is less. */
int budget_split(uint64_t total_bytes, enum run_mode mode, uint64_t segment_size,
                 uint32_t worker_count, struct budget *budget);

/* As many workers, at most `most`, as total_bytes has room for; at least 1. */
uint32_t budget_workers(uint64_t total_bytes, enum run_mode mode, uint64_t segment_size,
                        uint32_t most);

#endif
