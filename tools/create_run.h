/*
 * The run of a create, in its work directory: begun by `create`, gone on with by `resume`.
 *
 *   the job is written              resume.h
 *   the stages run                  supervisor.h; the writer puts the archive in its place
 *   a sample is at fault            with --skip-bad-samples: left out, and the stages run again
 *   copied to standard output       if there is no output file
 *   the work directory is removed   or kept, where it holds work that can be gone on with
 */
#ifndef TOOLS_CREATE_RUN_H
#define TOOLS_CREATE_RUN_H

#include "ipc/job.h"
#include "tools/run_options.h"
#include "tools/workdir.h"

#define CREATE_STDOUT_ARCHIVE "stdout.agc" /* in the work directory */

struct create_run_options {
    struct run_options run;
    uint64_t watchdog_s; /* 0: none */
    const char *log;     /* file that gets the record of the run, or NULL */
    const char *sync;    /* checkpoint or none */
    int skip_bad_samples;
};

struct create_run_options create_run_options_default(void);

#define CREATE_RUN_OPTION_ENTRIES(o)                                                               \
    {.name = "sync", .kind = OPTION_CHOICE, .target = &(o)->sync, .argument = "WHEN",              \
     .help = "wait for the disk every few seconds, or only at the end",                            \
     .choices = "checkpoint|none"},                                                                \
    {.name = "skip-bad-samples", .kind = OPTION_FLAG, .target = &(o)->skip_bad_samples,            \
     .help = "leave out samples that cannot be read; ends with 1 if there were any"},              \
    {.name = "watchdog", .kind = OPTION_NUMBER, .target = &(o)->watchdog_s,                        \
     .argument = "SECONDS", .help = "start a process again that hangs so long; 0: never",          \
     .min = 0, .max = 1000000000},                                                                 \
    {.name = "log", .kind = OPTION_TEXT, .target = &(o)->log, .argument = "FILE",                  \
     .help = "append to FILE what happens to the processes"}

/* Runs the job (with what resume_add_head() adds; it is taken and freed: *job = NULL) and removes or keeps the work directory, which is
 * freed in any case. resumed: there is work of a former run in it. 0, ERROR_STOPPED (the user has been
 * told), or a code whose text was not printed. */
int create_run(const struct create_run_options *options, struct job **job, struct workdir *work,
               int resumed);

#endif
