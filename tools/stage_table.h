/*
 * The table of stages of one run: what each child is, and how it ended.
 *
 * Plain values, no processes: what an end means (stage_end_classify) and what to do about it
 * (restart_decide, in restart_policy.h) are pure functions of them.
 */
#ifndef TOOLS_STAGE_TABLE_H
#define TOOLS_STAGE_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

enum stage_state {
    STAGE_NOT_STARTED = 0,
    STAGE_RUNNING,
    STAGE_PAUSED, /* died; to be started again at restart_at_ms, once `leftover` is gone too */
    STAGE_ENDED,
};

struct stage_entry {
    uint32_t index;      /* as in ipc/run.h: 0 reader, 1..N workers, N+1 writer */
    uint32_t gen;        /* incarnation now running, or that ran last */
    enum stage_state state;
    pid_t pid;           /* of the child; 0 unless running */
    pid_t leftover;      /* the stage itself, if the child was a wrapper that died before it; or 0 */
    int wait_status;     /* as wait4() gave it */
    struct rusage usage; /* of all incarnations: times added up, the largest peak */
    int64_t restart_at_ms;
    int64_t started_ms;
    char name[24];       /* "agc-worker 2" */
    const char *program; /* "agc-worker" */
};

struct stage_table {
    struct stage_entry *entries;
    uint32_t count;
    uint32_t running; /* or waiting to be started again */
};

/* Entries for N workers, none started. ERROR_MEMORY. */
int stage_table_create(struct stage_table *table, uint32_t worker_count);
void stage_table_free(struct stage_table *table);

/* Entry of a running child, or NULL. */
struct stage_entry *stage_table_find(struct stage_table *table, pid_t pid);

enum stage_end {
    STAGE_END_DONE,    /* did its work */
    STAGE_END_VERDICT, /* failed for a reason that stays, and has said which */
    STAGE_END_STOPPED, /* ended because it was asked to, or saw the run being stopped */
    STAGE_END_PIPE,    /* the reader of standard output went away: quiet */
    STAGE_END_CRASHED, /* killed by a signal */
    STAGE_END_UNKNOWN, /* an exit status of no meaning here */
};

enum stage_end stage_end_classify(int wait_status);

/* True if the stage did it to itself: a signal that a fault of its own raises, or a status that means
 * nothing. */
int stage_end_is_own_fault(int wait_status);

/* Adds what a further incarnation used. */
void stage_usage_add(struct rusage *sum, const struct rusage *usage);

/* "was killed by signal 9 (Killed)", "ended with status 7". */
void stage_end_describe(int wait_status, char *out, size_t size);

#endif
