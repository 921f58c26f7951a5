/*
 * What a work directory is the work of: its job, kept so that a run can go on.
 *
 * The file `job` holds the job (ipc/job.h) and, besides what the stages read:
 *
 *   layout     version of the work directory's layout (RESUME_LAYOUT)
 *   program    version of the program that began it
 *   zstd       version of libzstd
 *   workers    N: fixed, since each worker's log holds the groups of that worker
 *   cwd        the folder that the inputs' paths start from
 *   to_stdout  1: the archive goes to standard output in the end
 *   identity   after each input and sample: size and time of change, or "-" for what is no file
 *   skipped    samples left out, because they were bad
 *   check      last: a checksum of all the others
 *
 * It is replaced as a whole (written beside, synced, renamed) before the stages see it.
 *
 * A sample at fault: the reader writes `failed` (the sample's name, and the seq with which it began)
 * before it ends. What the logs hold of that sample must go before changed inputs are read, or the
 * sample is left out: resume_roll_back() cuts each log back to a sound prefix from before it. Any prefix
 * is a place to go on from, so cutting too much only means more work.
 */
#ifndef TOOLS_RESUME_H
#define TOOLS_RESUME_H

#include "ipc/job.h"
#include "tools/inputs.h"
#include "tools/workdir.h"

enum { RESUME_LAYOUT = 1 };

/* Adds layout, program, zstd, workers and cwd. */
int resume_add_head(struct job *job, uint32_t workers);

/* Adds input, sample and identity of each. */
int resume_add_inputs(struct job *job, const struct inputs *inputs);

/* Reads the job of a work directory. ERROR_NOT_FOUND if there is none, ERROR_SHARED if it is
 * damaged, ERROR_VERSION for another layout. */
int resume_read(const struct workdir *work, struct job **job);

/* Replaces the job; *fd (may be NULL) is open for reading, close-on-exec. */
int resume_write(const struct workdir *work, const struct job *job, int *fd);

/* True if there is something that can be gone on with, so something to lose. */
int resume_has_work(const struct workdir *work);

/* Are these the same archive? Compares options and the list of inputs; ERROR_INPUT naming all that
 * differs. */
int resume_compare(const struct job *kept, const struct job *asked, const char *work_path);

/* Are the inputs' files those that were there when the run began? `fault` is what the reader said of the
 * run before (NULL: nothing): inputs from its sample on may have changed: *changed = 1. ERROR_INPUT
 * naming the first that may not have. */
struct resume_fault {
    char *sample;
    uint64_t seq; /* of its first segment; 0: it was found before any work */
};
int resume_check_inputs(const struct job *kept, const struct resume_fault *fault, int *changed);

/* Reads `failed`; *fault = NULL if there is none. */
int resume_read_fault(const struct workdir *work, struct resume_fault **fault);
void resume_fault_free(struct resume_fault *fault);

/* Cuts logs back to before segment seq, then forgets `failed`. */
int resume_roll_back(const struct workdir *work, uint64_t seq);

/* A copy of job with the keys given (ends with NULL) left out, and `sample` (may be NULL) moved from
 * the inputs to `skipped`; identities are taken anew if asked for. */
int resume_copy(const struct job *job, const char *const *without, const char *sample,
                int new_identities, struct job **copy);

/* Makes a work directory ready to go on from, and says so: compares the inputs' files, rolls back
 * where they may have changed, refuses where something cannot be had again. *job is replaced where
 * its identities changed. workers: how many were asked for. */
int resume_prepare(struct job **job, const struct workdir *work, uint32_t workers);

#endif
