/*
 * What a run tells: see telemetry.h.
 */
#include "tools/telemetry.h"

#include "common/error.h"
#include "tools/report_html.h"
#include "tools/say.h"
#include "tools/stats_json.h"
#include "tools/summary.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { DRAW_MS = 400 };

/* ---- while it goes */

static uint64_t counter(_Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

static void draw(struct telemetry *t, const struct run_view *view)
{
    int creates = t->geometry.mode == RUN_CREATE;
    struct stage_counters_shm *reader = &run_stage(view->run, 0)->counters;
    struct stage_counters_shm *writer =
        &run_stage(view->run, t->geometry.worker_count + 1)->counters;
    struct progress_state state = {
        .elapsed_ms = view->elapsed_ms,
        .sample = creates ? counter(&reader->samples) : counter(&writer->samples),
        .samples = t->job.samples,
        .bases = creates ? counter(&reader->bases) : counter(&writer->bytes_in),
        .input_bytes = counter(&reader->bytes_in),
        .written_bytes = creates ? counter(&writer->bytes_out) : 0,
        .memory_kib = monitor_last_total_kib(t->monitor),
    };
    char line[256];

    progress_line(&t->progress, &state, line, sizeof line);
    progress_draw(line);
    t->drawn_ms = view->elapsed_ms;
}

static void look(void *context, const struct run_view *view)
{
    struct telemetry *t = context;

    monitor_look(t->monitor, view);
    t->observer.interval_ms = monitor_interval_ms(t->monitor);
    if (t->shows_progress && view->elapsed_ms >= t->drawn_ms + DRAW_MS)
        draw(t, view);
}

/* ---- opening */

static int open_file(const char *path, int *fd)
{
    *fd = -1;
    if (!path)
        return 0;
    *fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    return *fd < 0 ? error_set_errno(ERROR_IO, "cannot write %s", path) : 0;
}

int telemetry_wants_samples(const struct run_options *options)
{
    return options->stats || options->report;
}

int telemetry_open(struct telemetry *t, const struct run_options *options,
                   const struct run_geometry *geometry, const struct telemetry_job *job)
{
    int status;

    *t = (struct telemetry){
        .options = options, .job = *job, .geometry = *geometry, .stats_fd = -1, .report_fd = -1};
    t->shows_progress =
        !options->quiet && progress_wanted() && !(job->to_stdout && isatty(STDOUT_FILENO));
    progress_init(&t->progress, job->file_bytes, job->file_bytes ? (size_t)job->samples : 0);
    status = open_file(options->stats, &t->stats_fd);
    if (!status)
        status = open_file(options->report, &t->report_fd);
    if (!status && (t->shows_progress || options->verbosity || telemetry_wants_samples(options)))
        status = monitor_create(&t->monitor, geometry->worker_count);
    if (status) {
        telemetry_close(t);
        return status;
    }
    t->observer =
        (struct run_observer){.context = t, .interval_ms = MONITOR_FIRST_INTERVAL_MS, .look = look};
    if (options->verbosity)
        run_options_tell_budget(options, geometry->mode);
    if (t->shows_progress)
        say_before(progress_wipe);
    return 0;
}

const struct run_observer *telemetry_observer(struct telemetry *t)
{
    return t->monitor ? &t->observer : NULL;
}

/* ---- when it is over */

/* Empties the file first: only now is there something better to put there. A pipe is left as it is.
 */
static int write_file(const struct stats *stats, int *fd, const char *path,
                      void (*write_it)(const struct stats *stats, FILE *out))
{
    FILE *out;
    int failed;

    if (*fd < 0)
        return 0;
    if (lseek(*fd, 0, SEEK_CUR) >= 0 && ftruncate(*fd, 0))
        return error_set_errno(ERROR_IO, "cannot write %s", path);
    out = fdopen(*fd, "w");
    if (!out)
        return error_set_errno(ERROR_IO, "cannot write %s", path);
    *fd = -1;
    write_it(stats, out);
    failed = ferror(out);
    if (fclose(out) || failed)
        return error_set_errno(ERROR_IO, "cannot write %s", path);
    return 0;
}

int telemetry_finish(struct telemetry *t, const struct supervisor_report *report,
                     const struct run_record *record, int status)
{
    struct stats stats = {
        .command = t->job.command,
        .status = status,
        .report = report,
        .geometry = &t->geometry,
        .monitor = t->monitor,
        .record = record,
        .memory_bytes = t->options->memory_bytes,
        .samples = t->job.samples,
        .work_fd = t->job.work_fd,
    };
    int failed = 0;

    if (t->shows_progress) {
        progress_wipe();
        say_before(NULL);
        t->shows_progress = 0;
    }
    if (!report->stages.entries)
        return 0; /* nothing was started */
    if (t->options->verbosity)
        summary_print(report, t->monitor, stderr);
    failed = write_file(&stats, &t->stats_fd, t->options->stats, stats_json_write);
    if (!failed)
        failed = write_file(&stats, &t->report_fd, t->options->report, report_html_write);
    return failed;
}

void telemetry_close(struct telemetry *t)
{
    if (t->shows_progress)
        say_before(NULL);
    if (t->stats_fd >= 0)
        close(t->stats_fd);
    if (t->report_fd >= 0)
        close(t->report_fd);
    monitor_free(t->monitor);
    *t = (struct telemetry){.stats_fd = -1, .report_fd = -1};
}
