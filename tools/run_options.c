/*
 * Options of every run: see run_options.h.
 */
#include "tools/run_options.h"

#include "common/error.h"
#include "tools/budget.h"

#include <inttypes.h>
#include <sched.h>
#include <unistd.h>

uint32_t run_default_workers(void)
{
    cpu_set_t set;
    long cores = 1;

    if (!sched_getaffinity(0, sizeof set, &set))
        cores = CPU_COUNT(&set);
    else
        cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (cores < 2)
        return 1;
    return cores - 1 > RUN_WORKERS_MAX ? RUN_WORKERS_MAX : (uint32_t)(cores - 1);
}

struct run_options run_options_default(void)
{
    return (struct run_options){
        .workers = run_default_workers(),
        .memory_bytes = BUDGET_DEFAULT_BYTES,
    };
}

const struct wrap *run_options_wrap(const struct run_options *options)
{
    const struct wrap *wrap = &options->wrap;

    return wrap->reader || wrap->worker || wrap->writer ? wrap : NULL;
}

int run_options_geometry(const struct run_options *options, enum run_mode mode,
                         struct run_geometry *geometry)
{
    uint32_t workers = (uint32_t)options->workers;
    struct budget budget = budget_split(options->memory_bytes, workers);

    if (options->ring_slots)
        budget.slot_count = (uint32_t)options->ring_slots;
    if (options->ring_slot_bytes)
        budget.slot_bytes = (uint32_t)options->ring_slot_bytes;
    *geometry = (struct run_geometry){
        .mode = mode,
        .worker_count = workers,
        .slot_count = budget.slot_count,
        .slot_bytes = budget.slot_bytes,
        .cache_bytes = budget.cache_bytes,
    };
    if (budget.slot_count & (budget.slot_count - 1))
        return error_set(ERROR_USAGE, "option --ring-slots takes a power of two, not %" PRIu32,
                         budget.slot_count);
    if (!run_region_bytes(geometry))
        return error_set(ERROR_USAGE, "%" PRIu32 " ring slots of %" PRIu32 " bytes cannot be",
                         budget.slot_count, budget.slot_bytes);
    return 0;
}
