/*
 * Sharing out the memory of a run: see budget.h. All sizes are of resident memory, as measured by
 * tools/peak_memory.py with -t 1, 2 and 4, and rounded up.
 */
#include "tools/budget.h"

#include "common/error.h"

#include <inttypes.h>

enum {
    MIB = 1 << 20,
    SLOT_COUNT_MAX = 16,
    SLOT_COUNT_MIN = 4,
    SEGMENT_LONGEST = 3 << 20,
    SEGMENT_INCLUDED = 4 * 60000, /* this long in what was measured */
    READER_COPIES = 2,            /* a segment is held so often: the window ... */
    WORKER_COPIES = 5,            /* ... and message, strand, delta, reference, its table */
    RINGS_PART = 8, /* rings get at most one part in so many of what is above the least size */
};

struct needs {
    uint64_t reader_bytes, rest_bytes;
    uint64_t worker_bytes;       /* without its cache */
    uint64_t worker_least_bytes; /* with the least cache, and its rings with the fewest slots */
    uint64_t reader_spare_bytes; /* what more the reader can make use of */
};

static const struct needs needs_of_create = {
    .reader_bytes = 30 * MIB,
    .rest_bytes = 4 * MIB,
    .worker_bytes = 7 * MIB / 2,
    .worker_least_bytes = 7 * MIB,
    .reader_spare_bytes = 68 * MIB, /* an index four times as large, and its last growth */
};

static const struct needs needs_of_query = {
    .reader_bytes = 4 * MIB,
    .rest_bytes = 4 * MIB,
    .worker_bytes = 3 * MIB,
    .worker_least_bytes = 7 * MIB,
    .reader_spare_bytes = 0,
};

/* The reader cuts at four times the segment size, but no longer than 3 Mb; what that is above the
 * default's comes on top. */
static uint64_t longer_segments(uint64_t segment_size)
{
    uint64_t longest = segment_size < SEGMENT_LONGEST / 4 ? 4 * segment_size : SEGMENT_LONGEST;

    return longest > SEGMENT_INCLUDED ? longest - SEGMENT_INCLUDED : 0;
}

static struct needs needs_of(enum run_mode mode, uint64_t segment_size)
{
    struct needs needs = mode == RUN_QUERY ? needs_of_query : needs_of_create;
    uint64_t longer = mode == RUN_QUERY ? 0 : longer_segments(segment_size);

    needs.reader_bytes += READER_COPIES * longer;
    needs.worker_bytes += WORKER_COPIES * longer;
    needs.worker_least_bytes += WORKER_COPIES * longer;
    return needs;
}

static uint64_t least_of(const struct needs *needs, uint32_t worker_count)
{
    return needs->reader_bytes + needs->rest_bytes + worker_count * needs->worker_least_bytes;
}

uint64_t budget_least(enum run_mode mode, uint64_t segment_size, uint32_t worker_count)
{
    struct needs needs = needs_of(mode, segment_size);

    return least_of(&needs, worker_count);
}

uint32_t budget_workers(uint64_t total_bytes, enum run_mode mode, uint64_t segment_size,
                        uint32_t most)
{
    struct needs needs = needs_of(mode, segment_size);
    uint32_t workers = most;

    while (workers > 1 && least_of(&needs, workers) + needs.reader_spare_bytes > total_bytes)
        workers--;
    return workers;
}

static uint64_t rings_bytes(uint32_t worker_count, uint32_t slots)
{
    return (2 * (uint64_t)worker_count + 1) * slots * BUDGET_SLOT_BYTES;
}

/* The largest power of two that lets all rings fit into bytes; at least SLOT_COUNT_MIN. */
static uint32_t slots_for(uint64_t bytes, uint32_t worker_count)
{
    uint32_t slots = SLOT_COUNT_MAX;

    while (slots > SLOT_COUNT_MIN && rings_bytes(worker_count, slots) > bytes)
        slots /= 2;
    return slots;
}

static uint64_t round_up_mib(uint64_t bytes)
{
    return (bytes + MIB - 1) / MIB;
}

int budget_split(uint64_t total_bytes, enum run_mode mode, uint64_t segment_size,
                 uint32_t worker_count, struct budget *budget)
{
    const struct needs needs = needs_of(mode, segment_size);
    uint64_t least = least_of(&needs, worker_count), left, spare;

    if (total_bytes < least && worker_count > 1)
        return error_set(ERROR_USAGE,
                         "%" PRIu64 " MiB are too little for %" PRIu32 " workers: at "
                         "least --memory %" PRIu64 "M, or %" PRIu64 "M with -t 1",
                         total_bytes / MIB, worker_count, round_up_mib(least),
                         round_up_mib(least_of(&needs, 1)));
    if (total_bytes < least)
        return error_set(ERROR_USAGE,
                         "%" PRIu64 " MiB are too little: at least --memory %" PRIu64 "M",
                         total_bytes / MIB, round_up_mib(least));
    spare = total_bytes - least;
    if (spare > needs.reader_spare_bytes)
        spare = needs.reader_spare_bytes;
    left = total_bytes - needs.reader_bytes - needs.rest_bytes - spare;
    *budget = (struct budget){
        .slot_count = slots_for(left / RINGS_PART, worker_count),
        .slot_bytes = BUDGET_SLOT_BYTES,
        .reader_bytes = needs.reader_bytes + spare,
        .reader_spare_bytes = spare,
        .rest_bytes = needs.rest_bytes,
    };
    budget->rings_bytes = rings_bytes(worker_count, budget->slot_count);
    budget->worker_bytes = (left - budget->rings_bytes) / worker_count;
    budget->cache_bytes = budget->worker_bytes - needs.worker_bytes;
    return 0;
}
