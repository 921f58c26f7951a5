/*
 * The supervisor: one run from the first stage started to the last one reaped.
 *
 * It makes the region, starts the stages, and waits for signals alone: a child's end is a fact from
 * wait4(), never inferred from time. After each end it wakes every ring, since a stage that died
 * between publishing and waking took the wake-up with it. When the run must end early it sets
 * run->stopping, wakes, waits SUPERVISOR_GRACE_MS, kills what is left, and reaps it. When it
 * returns, no process of the run is alive. As a subreaper it also gets what its children leave.
 *
 * Should it be killed itself, the kernel kills its children (spawn.h), and the lifeline pipe closes.
 */
#ifndef TOOLS_SUPERVISOR_H
#define TOOLS_SUPERVISOR_H

#include "ipc/run.h"
#include "tools/stage_table.h"

enum { SUPERVISOR_GRACE_MS = 1000 };

struct supervisor_plan {
    struct run_geometry geometry;
    int job_fd;
    int work_fd; /* -1: none */
};

/* What is known of a run after its end: for summaries. */
struct supervisor_report {
    struct stage_table stages;
    struct stage_counters *counters; /* copies, stages.count of them */
    uint64_t elapsed_ms;
};

struct stage_counters {
    uint64_t records, bytes_in, bytes_out, wait_input_ns, wait_room_ns;
    uint64_t samples, groups, bases, cache_hits, cache_misses;
};

/* Runs to the end. 0: every stage did its work. ERROR_PIPE: the reader of standard output went
 * away. ERROR_STOPPED: ended early, and the user has been told why. Any other code: nothing was
 * said yet, error_text() says it. report is filled in all cases and freed by the caller. */
int supervisor_run(const struct supervisor_plan *plan, struct supervisor_report *report);
void supervisor_report_free(struct supervisor_report *report);

#endif
