/*
 * What a run tells while it goes and when it is over: the line of progress, the summary of -v, the
 * files of --stats and --report.
 *
 * A command opens it before the run (a file that cannot be written is an error then, not after
 * hours), hands its observer to the supervisor, and finishes it after the run, whatever the
 * outcome, while the work directory is still there. Where nothing of all that is wanted, nobody
 * looks on.
 */
#ifndef TOOLS_TELEMETRY_H
#define TOOLS_TELEMETRY_H

#include "tools/monitor.h"
#include "tools/progress.h"
#include "tools/run_options.h"
#include "tools/supervisor.h"

struct telemetry_job {
    const char *command;
    uint64_t samples;           /* asked for; 0: not known */
    const uint64_t *file_bytes; /* of each sample's file; borrowed; may be NULL */
    int work_fd;                /* of the work directory, or -1 */
    int to_stdout;              /* results go there: if that is a terminal, progress does not */
};

struct telemetry {
    const struct run_options *options;
    struct telemetry_job job;
    struct run_geometry geometry;
    struct monitor *monitor; /* NULL: nothing is wanted */
    struct progress progress;
    int shows_progress;
    uint64_t drawn_ms;
    int stats_fd, report_fd; /* -1: not wanted */
    struct run_observer observer;
};

/* geometry is copied; options and job are borrowed. */
int telemetry_open(struct telemetry *telemetry, const struct run_options *options,
                   const struct run_geometry *geometry, const struct telemetry_job *job);

/* For struct supervisor_plan; NULL if nothing is wanted. */
const struct run_observer *telemetry_observer(struct telemetry *telemetry);

/* status: what supervisor_run() returned; record as in the plan. Writes what is to be written.
 * Leaves error_text() alone unless it fails itself. */
int telemetry_finish(struct telemetry *telemetry, const struct supervisor_report *report,
                     const struct run_record *record, int status);
void telemetry_close(struct telemetry *telemetry);

/* 1 if the writer should keep a table of samples. */
int telemetry_wants_samples(const struct run_options *options);

#endif
