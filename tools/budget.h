/*
 * Sharing out the memory of a run.
 *
 * The total (--memory) is split by fixed parts: the reader's tables, the rings, the writer; what is
 * left the workers share, each keeping some for its code and zstd context, the rest as cache. Nothing
 * that ends in an archive may depend on any of these numbers.
 */
#ifndef TOOLS_BUDGET_H
#define TOOLS_BUDGET_H

#include <stdint.h>

#define BUDGET_DEFAULT_BYTES (UINT64_C(64) << 20)

enum { BUDGET_SLOT_BYTES = 32 * 1024 };

struct budget {
    uint32_t slot_count, slot_bytes;
    uint64_t cache_bytes; /* of each worker */
};

struct budget budget_split(uint64_t total_bytes, uint32_t worker_count);

#endif
