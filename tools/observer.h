/*
 * Whoever looks on while a run goes: samples it, shows its progress.
 *
 * The supervisor calls these between its own duties, so they must not block. They read the region
 * and /proc and change nothing that a stage could see; what they fail to learn is left out, never
 * an error of the run.
 */
#ifndef TOOLS_OBSERVER_H
#define TOOLS_OBSERVER_H

#include "ipc/run.h"
#include "tools/stage_table.h"

struct run_view {
    struct run_shm *run;
    int run_fd; /* of the region */
    const struct run_geometry *geometry;
    const struct stage_table *stages;
    uint64_t elapsed_ms;
};

struct run_observer {
    void *context;
    int64_t interval_ms; /* of look(); at least 1 */
    void (*begun)(void *context,
                  const struct run_view *view); /* all stages were started; or NULL */
    void (*look)(void *context,
                 const struct run_view *view); /* and once more when all are reaped */
};

#endif
