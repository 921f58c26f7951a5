/*
 * What the files of the supervisor share: supervisor.c (the run), supervisor_ends.c (ends of stages
 * and what follows), supervisor_watch.c (looks at living ones).
 */
#ifndef TOOLS_SUPERVISOR_PRIVATE_H
#define TOOLS_SUPERVISOR_PRIVATE_H

#include "tools/restart_policy.h"
#include "tools/signals.h"
#include "tools/spawn.h"
#include "tools/supervisor.h"
#include "tools/watchdog.h"

/* What is kept of a stage besides its row in the table. */
struct stage_watch {
    struct restart_history history;
    struct watchdog watchdog;
};

struct supervisor {
    const struct supervisor_plan *plan;
    const struct run_geometry *geometry; /* ours: never read back from shared memory */
    struct run_shm *run;
    struct supervisor_report *report;
    struct stage_table *stages;
    struct stage_watch *watches; /* stages->count of them */
    struct signals signals;
    struct spawn_context spawn;
    int lifeline_write_fd;
    int ending;
    int killed;
    int outcome; /* what supervisor_run() returns */
    int64_t kill_at_ms;
    int64_t began_ms, look_at_ms, progress_at_ms, observe_at_ms;
};

int64_t supervisor_now_ms(void);

/* supervisor.c */
void supervisor_wake(struct supervisor *s);
void supervisor_end(struct supervisor *s, int outcome);
void supervisor_kill(struct supervisor *s);
int supervisor_start(struct supervisor *s, struct stage_entry *entry);

/* One line to the user and into the record. */
void supervisor_tell(struct supervisor *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* supervisor_ends.c: reaps everything that has ended, and starts again what is due. */
void supervisor_reap(struct supervisor *s);
void supervisor_restart_due(struct supervisor *s);
int64_t supervisor_next_restart_ms(const struct supervisor *s); /* INT64_MAX: none */

/* supervisor_watch.c */
uint64_t supervisor_stage_progress(const struct supervisor *s, uint32_t index);
void supervisor_look(struct supervisor *s);

#endif
