/*
 * getcol and getset: samples out of an archive, through the three stages; and verify, which puts
 * nothing out but what is wrong with it.
 *
 * The reader looks the samples up (it finds what is not there before anything is put out), the
 * workers decode, the writer orders and formats. Here are only the options, the job and the run.
 */
#include "common/error.h"
#include "ipc/job.h"
#include "tools/command.h"
#include "tools/query_options.h"
#include "tools/say.h"
#include "tools/supervisor.h"
#include "tools/telemetry.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static int fill_job(const struct query_options *o, const char *command, const char *archive,
                    char **samples, struct job *job)
{
    int status = 0;

    status = status ? status : job_add(job, "mode", "query");
    status = status ? status : job_add(job, "archive", archive);
    status = status ? status : job_add(job, "command", command);
    status = status ? status : job_add(job, "output", o->output ? o->output : "");
    status = status ? status : job_add_number(job, "line_length", o->line_length);
    status = status ? status : job_add_number(job, "gzip_level", o->gzip_level);
    status = status ? status : job_add_number(job, "skip_reference", (uint64_t)o->skip_reference);
    if (o->with_sample)
        status = status ? status : job_add(job, "with_sample", "1");
    status = status ? status : job_add_number(job, "check", (uint64_t)!o->no_check);
    status = status ? status : job_add_number(job, "prefetch", 0);
    status = status ? status : job_add_number(job, "verbosity", o->run.verbosity);
    status = status ? status : job_add_number(job, "quiet", (uint64_t)o->run.quiet);
    status = status ? status : job_add_number(job, "memory", o->run.memory_bytes);
    for (; !status && *samples; samples++)
        status = job_add(job, "sample", *samples);
    return status;
}

/* *fd: a file of no name that holds the job. */
static int make_job(const struct query_options *o, const char *command, const char *archive,
                    char **samples, int *fd)
{
    struct job *job = job_new();
    int status;

    if (!job)
        return error_set(ERROR_MEMORY, "no memory for the job");
    status = fill_job(o, command, archive, samples, job);
    if (!status) {
        *fd = memfd_create("agc-pipeline job", MFD_CLOEXEC);
        status = *fd < 0 ? error_set_errno(ERROR_IO, "cannot make a file for the job")
                         : job_write(job, *fd);
    }
    job_free(job);
    return status;
}

static int run_query(const struct query_options *o, const char *command, uint64_t samples,
                     int job_fd)
{
    struct telemetry_job job = {command, samples, NULL, -1};
    struct supervisor_plan plan = {.job_fd = job_fd, .work_fd = -1, .wrap = run_options_wrap(&o->run)};
    struct supervisor_report report = {0};
    struct telemetry telemetry;
    int status = run_options_geometry(&o->run, RUN_QUERY, &plan.geometry), failed;

    if (!status)
        status = telemetry_open(&telemetry, &o->run, &plan.geometry, &job);
    if (status)
        return status;
    plan.observer = telemetry_observer(&telemetry);
    status = supervisor_run(&plan, &report);
    failed = telemetry_finish(&telemetry, &report, NULL, status);
    telemetry_close(&telemetry);
    supervisor_report_free(&report);
    return status ? status : failed;
}

static int extract(enum query_command command, int argc, char **argv)
{
    struct query_options options;
    int first, job_fd = -1, status = query_options_parse(command, argc, argv, &options, &first);

    if (status)
        return status == OPTIONS_HELP ? 0 : status;
    say_quiet(options.run.quiet);
    status = run_options_settle(&options.run, RUN_QUERY);
    if (!status)
        status = make_job(&options, argv[0], argv[first], argv + first + 1, &job_fd);
    if (!status)
        status = run_query(&options, argv[0], (uint64_t)(argc - first - 1), job_fd);
    if (job_fd >= 0)
        close(job_fd);
    return status;
}

int command_getcol(int argc, char **argv)
{
    return extract(QUERY_GETCOL, argc, argv);
}

int command_getset(int argc, char **argv)
{
    return extract(QUERY_GETSET, argc, argv);
}

int command_verify(int argc, char **argv)
{
    return extract(QUERY_VERIFY, argc, argv);
}
