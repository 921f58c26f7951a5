/*
 * Sharing out the memory of a run: see budget.h. Parts of a total of 64 MB: reader 28, rings 4,
 * writer 4, workers 28; larger totals keep these shares.
 */
#include "tools/budget.h"

enum {
    SHARES = 64,
    SHARES_WORKERS = 28,
    SHARES_RINGS = 4,
    WORKER_FIXED_BYTES = 9 << 20, /* code, stack, zstd contexts */
    CACHE_BYTES_MIN = 2 << 20,
    SLOT_COUNT_MAX = 16,
    SLOT_COUNT_MIN = 4,
};

/* The largest power of two that lets all rings (2N + 1) fit their share. */
static uint32_t slots_for(uint64_t rings_bytes, uint32_t worker_count)
{
    uint64_t ring_count = 2 * (uint64_t)worker_count + 1;
    uint32_t slots = SLOT_COUNT_MAX;

    while (slots > SLOT_COUNT_MIN && ring_count * slots * BUDGET_SLOT_BYTES > rings_bytes)
        slots /= 2;
    return slots;
}

struct budget budget_split(uint64_t total_bytes, uint32_t worker_count)
{
    uint64_t share = total_bytes / SHARES;
    uint64_t each = share * SHARES_WORKERS / worker_count;
    struct budget budget = {.slot_bytes = BUDGET_SLOT_BYTES, .cache_bytes = CACHE_BYTES_MIN};

    budget.slot_count = slots_for(share * SHARES_RINGS, worker_count);
    if (each > WORKER_FIXED_BYTES + CACHE_BYTES_MIN)
        budget.cache_bytes = each - WORKER_FIXED_BYTES;
    return budget;
}
