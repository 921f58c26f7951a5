/*
 * What every stage does first and last.
 *
 * A stage is started as: agc-<stage> --stage INDEX --run-fd F --job-fd F --lifeline-fd F [--work-fd
 * F]. It asks to be killed when the supervisor dies (PR_SET_PDEATHSIG), checks the lifeline pipe at
 * every bounded wait, attaches the region, reads the job, and writes its pid. SIGPIPE is ignored
 * (writes return EPIPE); SIGINT is left to the supervisor.
 *
 * The lifeline is the reading end of a pipe; its writing end must be held by the supervisor alone
 * (O_CLOEXEC) and never be written to. Without --work-fd the job's "work" directory is opened.
 */
#ifndef IPC_STAGE_H
#define IPC_STAGE_H

#include "ipc/job.h"
#include "ipc/run.h"
#include "ipc/stream.h"

struct stage {
    const char *name; /* "agc-worker 2": for messages */
    uint32_t index;
    uint32_t gen;
    struct run_shm *run;
    struct stage_shm *shm;
    struct job *job;
    int lifeline_fd;
    int work_fd;               /* directory descriptor of the work directory, or -1 (query) */
    struct ring_wait_ops wait; /* futex, before_sleep = publish all outboxes, check = lifeline */
    struct outbox *outboxes[RUN_WORKERS_MAX + 1];
    uint32_t outbox_count;
    char name_buffer[32];
};

/* Parses the options above, attaches, reads the job. On error prints and returns a code (the caller
 * ends with error_exit_status(code)). The struct must stay where it is: its wait points to it. */
int stage_open(struct stage *stage, const char *program, int argc, char **argv);

/* Registers an outbox: it is published before the stage sleeps on any ring. */
void stage_add_outbox(struct stage *stage, struct outbox *outbox);

/* Publishes all registered outboxes. */
int stage_publish_all(struct stage *stage);

/* ERROR_STOPPED if the run is being stopped or the supervisor has gone. */
int stage_check(struct stage *stage);

/* Notes the item at work ("sample / contig") and seq for ps and poison reports. */
void stage_set_item(struct stage *stage, const char *text, size_t length);
void stage_set_seq(struct stage *stage, uint64_t seq);

/* Prints the error (unless it is ERROR_STOPPED or ERROR_PIPE) as "name: text", frees, returns the
 * exit status for code. */
int stage_close(struct stage *stage, int code);

/* Prints "name: note: text" to stderr in one write(). Warnings use it too. */
void stage_note(const struct stage *stage, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
