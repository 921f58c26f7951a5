/*
 * Starting a stage: which file, which descriptors.
 *
 * A stage is looked for in AGC_PIPELINE_LIBEXEC if that is set, else beside agc-pipeline, in
 * ../libexec/agc-pipeline/ from there, and in the folder that `make install` was told. It inherits
 * standard error and exactly the descriptors of struct spawn_context; its standard input and output
 * are ours only where the stage needs them, else /dev/null, so that no idle stage keeps a pipe open.
 * The child is killed when the supervisor dies, even before it could say so itself.
 */
#ifndef TOOLS_SPAWN_H
#define TOOLS_SPAWN_H

#include "tools/stage_table.h"
#include "tools/wrap.h"

struct spawn_context {
    int run_fd, job_fd;
    int work_fd;          /* -1: none */
    int lifeline_read_fd; /* its other end is open in the supervisor alone */
    const struct wrap *wrap; /* commands to start stages under; may be NULL */
    uint32_t worker_count;
};

/* Path of a stage's executable; malloc'ed. ERROR_NOT_FOUND naming where it was looked for. */
int spawn_find_program(const char *program, char **path);

enum spawn_stdio { SPAWN_STDIN = 1, SPAWN_STDOUT = 2 };

/* Starts the stage of entry (program, index); stdio says which of ours it gets. Sets pid, state,
 * gen + 1. ERROR_IO if it cannot be executed: then nothing runs. */
int spawn_stage(const struct spawn_context *context, struct stage_entry *entry, int stdio);

#endif
