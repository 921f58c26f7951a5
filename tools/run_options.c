/*
 * Options of every run: see run_options.h.
 */
#include "tools/run_options.h"

#include "common/error.h"
#include "tools/say.h"

#include <inttypes.h>
#include <sched.h>
#include <unistd.h>

/* Cores that this process may use, less one, at least 1. */
static uint32_t cores_less_one(void)
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
        .memory_bytes = BUDGET_DEFAULT_BYTES,
    };
}

const struct wrap *run_options_wrap(const struct run_options *options)
{
    const struct wrap *wrap = &options->wrap;

    return wrap->reader || wrap->worker || wrap->writer ? wrap : NULL;
}

static uint32_t workers_of(const struct run_options *options, enum run_mode mode)
{
    if (options->workers)
        return (uint32_t)options->workers;
    return budget_workers(options->memory_bytes, mode, options->segment_size, cores_less_one());
}

int run_options_settle(struct run_options *options, enum run_mode mode)
{
    options->workers = workers_of(options, mode);
    return wrap_check(&options->wrap);
}

/* Caches beyond what helps are for those who ask for them. */
int run_options_budget(const struct run_options *options, enum run_mode mode, struct budget *budget)
{
    int status = budget_split(options->memory_bytes, mode, options->segment_size,
                              workers_of(options, mode), budget);
    uint64_t enough =
        mode == RUN_QUERY ? BUDGET_QUERY_CACHE_ENOUGH_BYTES : BUDGET_CACHE_ENOUGH_BYTES;

    if (!status && options->memory_bytes == BUDGET_DEFAULT_BYTES && budget->cache_bytes > enough) {
        budget->worker_bytes -= budget->cache_bytes - enough;
        budget->cache_bytes = enough;
    }
    return status;
}

int run_options_geometry(const struct run_options *options, enum run_mode mode,
                         struct run_geometry *geometry)
{
    struct budget budget;
    int status = run_options_budget(options, mode, &budget);

    if (status)
        return status;
    if (options->ring_slots)
        budget.slot_count = (uint32_t)options->ring_slots;
    if (options->ring_slot_bytes)
        budget.slot_bytes = (uint32_t)options->ring_slot_bytes;
    *geometry = (struct run_geometry){
        .mode = mode,
        .worker_count = workers_of(options, mode),
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

void run_options_tell_budget(const struct run_options *options, enum run_mode mode)
{
    const double mib = 1 << 20;
    struct budget b;

    if (run_options_budget(options, mode, &b))
        return;
    say("at most %.0f MiB: reader %.1f, rings %.1f (%" PRIu32 " slots each), %" PRIu64
        " x worker %.1f (%.1f of it cache), writer and supervisor %.1f; at least %.0f MiB are "
        "needed",
        (double)options->memory_bytes / mib, (double)b.reader_bytes / mib,
        (double)b.rings_bytes / mib, b.slot_count, options->workers, (double)b.worker_bytes / mib,
        (double)b.cache_bytes / mib, (double)b.rest_bytes / mib,
        (double)budget_least(mode, options->segment_size, (uint32_t)options->workers) / mib);
}
