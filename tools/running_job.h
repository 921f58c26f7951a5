/*
 * Runs that are going on: found through /proc, only read.
 *
 * A supervisor is a process named agc-pipeline that holds the region of a run (a memfd of a known
 * name) and the file of its job; both are opened again through /proc/PID/fd, for reading. So a run
 * needs to leave nothing behind for those who ask about it. Runs of other users, or in other
 * containers, are not seen.
 */
#ifndef TOOLS_RUNNING_JOB_H
#define TOOLS_RUNNING_JOB_H

#include "ipc/job.h"
#include "ipc/run.h"

#include <sys/types.h>

struct running_job {
    pid_t pid; /* of the supervisor */
    uint64_t elapsed_s;
    struct job *job;
    struct run_shm *run; /* cannot be written to */
};

/* Calls visit for every run; its first result that is not 0 ends the search and is returned. What
 * is handed over is freed after the call. */
int running_jobs(int (*visit)(void *context, const struct running_job *job), void *context);

#endif
