/*
 * The run of a create: see create_run.h.
 */
#include "tools/create_run.h"

#include "common/error.h"
#include "tools/copy.h"
#include "tools/resume.h"
#include "tools/say.h"
#include "tools/supervisor.h"
#include "tools/telemetry.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A run that ended badly sooner is not worth keeping. */
enum { KEEP_AFTER_MS = 1000 };

struct create_run {
    const struct create_run_options *options;
    struct run_options run; /* of these, with what the job says */
    struct workdir *work;
    struct job *job;
    struct run_record *record;
    int resumed;
    uint64_t elapsed_ms;
    enum supervisor_cause cause;
};

struct create_run_options create_run_options_default(void)
{
    return (struct create_run_options){
        .run = run_options_default(),
        .watchdog_s = SUPERVISOR_WATCHDOG_S,
        .sync = "checkpoint",
    };
}

/* ---- the job */

/* What decides over the shares of memory stands in the job. */
static int read_shares(const struct job *job, struct run_options *run)
{
    int status = job_number(job, "workers", &run->workers);

    return status ? status : job_number(job, "segment_size", &run->segment_size);
}

/* How much of its memory the reader may use for a larger index. */
static int add_reader_spare(const struct create_run_options *o, struct job *job)
{
    struct run_options run = o->run;
    struct budget budget;
    int status = read_shares(job, &run);

    if (!status)
        status = run_options_budget(&run, RUN_CREATE, &budget);
    return status ? status : job_add_number(job, "reader_spare", budget.reader_spare_bytes);
}

/* What this run was told anew, whatever the run before was told. */
static int refresh_job(const struct create_run_options *o, const struct job *from,
                       const struct workdir *work, struct job **job)
{
    static const char *const without[] = {"work", "verbosity", "quiet", "memory", "sync",
                                          "sample_table", "reader_spare", NULL};
    int status = resume_copy(from, without, NULL, 0, job);

    if (status)
        return status;
    status = job_add(*job, "work", work->path);
    status = status ? status : job_add_number(*job, "verbosity", o->run.verbosity);
    status = status ? status : job_add_number(*job, "quiet", (uint64_t)o->run.quiet);
    status = status ? status : job_add_number(*job, "memory", o->run.memory_bytes);
    status = status ? status : job_add(*job, "sync", o->sync);
    status = status ? status
                    : job_add_number(*job, "sample_table",
                                     (uint64_t)telemetry_wants_samples(&o->run));
    status = status ? status : add_reader_spare(o, *job);
    if (status)
        job_free(*job);
    return status;
}

static uint64_t count_of(const struct job *job, const char *key)
{
    uint64_t count = 0;
    size_t i;

    for (i = 0; i < job_count(job); i++)
        count += !strcmp(job_key(job, i), key);
    return count;
}

static int is_to_stdout(const struct job *job)
{
    const char *word = job_get(job, "to_stdout");

    return word && !strcmp(word, "1");
}

/* ---- the stages */

static int make_plan(struct create_run *r, struct supervisor_plan *plan)
{
    int status = read_shares(r->job, &r->run);

    if (!status)
        status = run_options_geometry(&r->run, RUN_CREATE, &plan->geometry);
    plan->work_fd = r->work->fd;
    plan->watchdog_ms = (int64_t)r->options->watchdog_s * 1000;
    plan->progress_ms = r->options->run.quiet || isatty(STDERR_FILENO) ? 0 : SUPERVISOR_PROGRESS_MS;
    plan->samples = count_of(r->job, "input");
    plan->record = r->record;
    plan->wrap = run_options_wrap(&r->run);
    return status;
}

/* Sizes of the inputs' files, in order; 0 of what is none. NULL if there is no memory for them. */
static uint64_t *file_sizes(const struct job *job, uint64_t count)
{
    uint64_t *sizes = calloc(count + 1, sizeof *sizes), at = 0;
    struct stat st;
    size_t i;

    for (i = 0; sizes && i < job_count(job); i++)
        if (!strcmp(job_key(job, i), "input")) {
            if (!stat(job_value(job, i), &st) && S_ISREG(st.st_mode))
                sizes[at] = (uint64_t)st.st_size;
            at++;
        }
    return sizes;
}

/* What the supervisor and whoever looks on do, up to the files of --stats and --report. */
static int run_watched(struct create_run *r, struct supervisor_plan *plan,
                       struct supervisor_report *report)
{
    uint64_t *sizes = file_sizes(r->job, plan->samples);
    struct telemetry_job job = {.command = "create",
                                .samples = plan->samples,
                                .file_bytes = sizes,
                                .work_fd = plan->work_fd};
    struct telemetry telemetry;
    int status = telemetry_open(&telemetry, &r->run, &plan->geometry, &job), failed;

    if (!status) {
        plan->observer = telemetry_observer(&telemetry);
        status = supervisor_run(plan, report);
        failed = telemetry_finish(&telemetry, report, r->record, status);
        status = status ? status : failed;
        telemetry_close(&telemetry);
    }
    free(sizes);
    return status;
}

static int run_stages(struct create_run *r)
{
    struct supervisor_plan plan = {0};
    struct supervisor_report report = {0};
    int status = make_plan(r, &plan);

    if (!status)
        status = resume_write(r->work, r->job, &plan.job_fd);
    if (status)
        return status;
    status = run_watched(r, &plan, &report);
    close(plan.job_fd);
    r->elapsed_ms += report.elapsed_ms;
    r->cause = report.cause;
    supervisor_report_free(&report);
    return status;
}

/* ---- bad samples */

static int leave_out(struct create_run *r, const struct resume_fault *fault)
{
    const char *first = job_get(r->job, "sample");
    struct job *job;
    int status;

    if (first && !strcmp(first, fault->sample))
        return error_set(ERROR_INPUT, "the reference cannot be left out");
    status = resume_roll_back(r->work, fault->seq);
    if (!status)
        status = resume_copy(r->job, NULL, fault->sample, 0, &job);
    if (status)
        return status;
    job_free(r->job);
    r->job = job;
    say("the sample %s is left out", fault->sample);
    run_record_add(r->record, "the sample %s is left out", fault->sample);
    return 0;
}

/* Runs until there is an archive, or no sample to leave out. */
static int run_without_bad(struct create_run *r)
{
    for (;;) {
        struct resume_fault *fault = NULL;
        int status = run_stages(r), left_out;

        if (!status || r->cause != SUPERVISOR_VERDICT || !r->options->skip_bad_samples)
            return status;
        if (resume_read_fault(r->work, &fault) || !fault)
            return status;
        left_out = leave_out(r, fault);
        resume_fault_free(fault);
        if (left_out)
            return left_out;
        r->resumed = 1;
    }
}

static int tell_skipped(const struct create_run *r)
{
    uint64_t count = count_of(r->job, "skipped");
    size_t i;

    if (!count)
        return 0;
    for (i = 0; i < job_count(r->job); i++)
        if (!strcmp(job_key(r->job, i), "skipped"))
            say("left out: %s", job_value(r->job, i));
    return error_set(ERROR_INPUT, "the archive is complete but for %llu sample%s",
                     (unsigned long long)count, count == 1 ? "" : "s");
}

/* ---- the end */

static int copy_to_stdout(const struct create_run *r)
{
    int fd = openat(r->work->fd, CREATE_STDOUT_ARCHIVE, O_RDONLY | O_CLOEXEC), status;

    if (fd < 0)
        return error_set_errno(ERROR_IO, "cannot open %s/" CREATE_STDOUT_ARCHIVE, r->work->path);
    status = copy_descriptor(fd, STDOUT_FILENO, "standard output");
    close(fd);
    return status;
}

static int is_worth_keeping(const struct create_run *r, int status)
{
    if (!status || status == ERROR_PIPE || !resume_has_work(r->work))
        return 0;
    return r->resumed || r->cause == SUPERVISOR_POISON || r->cause == SUPERVISOR_NO_SPACE ||
           r->elapsed_ms >= KEEP_AFTER_MS;
}

static void tell_kept(const struct create_run *r)
{
    const char *output = job_get(r->job, "output");
    size_t length = strlen(output);

    if (!is_to_stdout(r->job) && !strncmp(r->work->path, output, length) &&
        !strcmp(r->work->path + length, ".work"))
        say("what is done so far is kept: `agc-pipeline resume %s` goes on", output);
    else
        say("what is done so far is kept: `agc-pipeline resume --work-dir %s` goes on",
            r->work->path);
}

static void put_away(struct create_run *r, int status)
{
    if (is_worth_keeping(r, status)) {
        tell_kept(r);
        workdir_keep(r->work);
    } else if (workdir_remove(r->work)) {
        say_note("%s", error_text());
    }
}

int create_run(const struct create_run_options *options, struct job **job, struct workdir *work,
               int resumed)
{
    struct create_run r = {
        .options = options, .run = options->run, .work = work, .resumed = resumed};
    char text[1024];
    int status = refresh_job(options, *job, work, &r.job), complete;

    job_free(*job); /* as large as the list of samples: one is enough */
    *job = NULL;
    if (status) {
        workdir_keep(work);
        return status;
    }
    status = run_record_open(&r.record, options->log);
    if (!status)
        status = run_without_bad(&r);
    if (!status && is_to_stdout(r.job))
        status = copy_to_stdout(&r);
    complete = !status;
    if (complete)
        status = tell_skipped(&r);
    snprintf(text, sizeof text, "%s", error_text());
    if (status != ERROR_STOPPED && !complete && status != ERROR_PIPE && is_worth_keeping(&r, status)) {
        say("create: %s", text); /* before what is said about going on */
        status = ERROR_STOPPED;
    }
    put_away(&r, complete ? 0 : status);
    run_record_close(r.record);
    job_free(r.job);
    return status ? error_set(status, "%s", text) : 0;
}
