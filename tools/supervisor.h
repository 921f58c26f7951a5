/*
 * The supervisor: one run from the first stage started to the last one reaped.
 *
 * It makes the region, starts the stages, and waits: a child's end is a fact from wait4(), never
 * inferred from time. What an end calls for is decided in restart_policy.h: a stage that crashed is
 * started again, as the next incarnation, while the others go on and only wait for it. After each
 * end it wakes every ring, since a stage that died between publishing and waking took the wake-up with
 * it. When the run must end early it sets run->stopping, wakes, waits SUPERVISOR_GRACE_MS, kills what
 * is left, and reaps it. When it returns, no process of the run is alive.
 *
 * Two incarnations of a stage never run at once: the next is started only after the one before was
 * reaped, and, where the child was a wrapper that died before the stage under it, after that one,
 * which as a subreaper it inherits, was killed and reaped as well. (The stages' lock on their log is
 * the second line.)
 *
 * Should it be killed itself, the kernel kills its children (spawn.h), and the lifeline pipe closes.
 */
#ifndef TOOLS_SUPERVISOR_H
#define TOOLS_SUPERVISOR_H

#include "ipc/run.h"
#include "tools/observer.h"
#include "tools/run_record.h"
#include "tools/stage_table.h"
#include "tools/wrap.h"

enum {
    SUPERVISOR_GRACE_MS = 1000,
    SUPERVISOR_WRAPPED_GRACE_MS = 60 * 1000, /* a profiler has to write its results */
    SUPERVISOR_LOOK_MS = 1000,
    SUPERVISOR_PROGRESS_MS = 180 * 1000, /* between lines of progress where stderr is no terminal */
    SUPERVISOR_WATCHDOG_S = 300,
};

struct supervisor_plan {
    struct run_geometry geometry;
    int job_fd;
    int work_fd; /* -1: none */
    int64_t watchdog_ms;       /* a stage that hangs so long is killed; 0: never */
    int64_t progress_ms;       /* between lines of progress; 0: none */
    uint64_t samples;          /* in all, for lines of progress; 0: not known */
    struct run_record *record; /* may be NULL */
    const struct run_observer *observer; /* may be NULL */
    const struct wrap *wrap;             /* commands that stages are started under; NULL:
                                          * none. With any, no stage is taken to hang */
};

/* Why a run ended early. */
enum supervisor_cause {
    SUPERVISOR_NONE = 0, /* it did not */
    SUPERVISOR_VERDICT,  /* a stage says that it cannot be done */
    SUPERVISOR_NO_SPACE, /* or that there is no room */
    SUPERVISOR_POISON,
    SUPERVISOR_SIGNAL,
    SUPERVISOR_OTHER,
};

/* What is known of a run after its end: for summaries. */
struct supervisor_report {
    struct stage_table stages;
    struct stage_counters *counters; /* copies, stages.count of them */
    uint64_t elapsed_ms;
    uint32_t restarts;
    enum supervisor_cause cause;
};

struct stage_counters {
    uint64_t records, bytes_in, bytes_out, wait_input_ns, wait_room_ns;
    uint64_t samples, groups, bases, cache_hits, cache_misses;
};

/* Runs to the end. 0: the writer did its work. ERROR_PIPE: the reader of standard output went
 * away. ERROR_STOPPED: ended early, and the user has been told why. Any other code: nothing was
 * said yet, error_text() says it. report is filled in all cases and freed by the caller. */
int supervisor_run(const struct supervisor_plan *plan, struct supervisor_report *report);
void supervisor_report_free(struct supervisor_report *report);

#endif
