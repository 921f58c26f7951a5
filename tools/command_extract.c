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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct lost {
    const char *path; /* where a verify is to list lost samples, or NULL */
    char *names;      /* lost samples, each ended by NUL, then an empty one; or NULL */
};

static int add_lost(struct job *job, const struct lost *lost)
{
    const char *at = lost ? lost->names : NULL;
    int status = lost && lost->path ? job_add(job, "lost", lost->path) : 0;

    for (; !status && at && *at; at += strlen(at) + 1)
        status = job_add(job, "skip", at);
    return status;
}

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
                    char **samples, const struct lost *lost, int *fd)
{
    struct job *job = job_new();
    int status;

    if (!job)
        return error_set(ERROR_MEMORY, "no memory for the job");
    status = fill_job(o, command, archive, samples, job);
    if (!status)
        status = add_lost(job, lost);
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
    struct telemetry_job job = {
        .command = command, .samples = samples, .work_fd = -1, .to_stdout = !o->output};
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

static int query(const struct query_options *o, const char *command, const char *archive,
                 char **samples, const struct lost *lost)
{
    int job_fd = -1, status = make_job(o, command, archive, samples, lost, &job_fd);
    uint64_t count = 0;

    while (samples[count])
        count++;
    if (!status)
        status = run_query(o, command, count, job_fd);
    if (job_fd >= 0)
        close(job_fd);
    return status;
}

/* ---- salvage: what a verify finds to be damaged is left out */

static int is_lost(const struct lost *lost, const char *sample)
{
    const char *at = lost->names;

    for (; *at; at += strlen(at) + 1)
        if (!strcmp(at, sample))
            return 1;
    return 0;
}

/* Reads the list that the verify made; its empty last name must be there. */
static int read_lost(int fd, struct lost *lost)
{
    off_t length = lseek(fd, 0, SEEK_END);
    char *names = length > 0 ? malloc((size_t)length) : NULL;

    if (length > 0 && !names)
        return error_set(ERROR_MEMORY, "no memory for the list of what is lost");
    if (!names || pread(fd, names, (size_t)length, 0) != (ssize_t)length || names[length - 1] ||
        (length > 1 && names[length - 2])) {
        free(names);
        return ERROR_STOPPED; /* the verify did not come to its end and said why */
    }
    lost->names = names;
    return 0;
}

static int find_lost(const struct query_options *o, const char *archive, struct lost *lost)
{
    struct query_options verify = *o;
    char path[64], *none[] = {NULL};
    int fd = memfd_create("agc-pipeline lost", MFD_CLOEXEC), status;

    if (fd < 0)
        return error_set_errno(ERROR_IO, "cannot make a file for what is lost");
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)getpid(), fd);
    lost->path = path;
    (void)query(&verify, "verify", archive, none, lost);
    lost->path = NULL;
    status = read_lost(fd, lost);
    close(fd);
    return status;
}

/* Leaves lost samples out of the words; tells each. Returns how many of them there were. */
static unsigned long drop_lost(const struct lost *lost, char **samples)
{
    unsigned long dropped = 0;
    char **to = samples;

    for (; *samples; samples++) {
        if (!is_lost(lost, *samples)) {
            *to++ = *samples;
            continue;
        }
        say("lost: sample %s", *samples);
        dropped++;
    }
    *to = NULL;
    return dropped;
}

static unsigned long tell_all_lost(const struct lost *lost)
{
    unsigned long count = 0;
    const char *at = lost->names;

    for (; *at; at += strlen(at) + 1, count++)
        say("lost: sample %s", at);
    return count;
}

static int salvage(const struct query_options *o, const char *command, const char *archive,
                   char **samples)
{
    int all = !strcmp(command, "getcol"), status;
    struct lost lost = {NULL, NULL};
    unsigned long dropped;

    status = find_lost(o, archive, &lost);
    if (status)
        return status;
    dropped = all ? tell_all_lost(&lost) : drop_lost(&lost, samples);
    if (all || *samples)
        status = query(o, command, archive, samples, &lost);
    free(lost.names);
    if (!status && dropped)
        status = error_set(ERROR_FORMAT, "%s is damaged: %lu sample%s left out", archive, dropped,
                           dropped == 1 ? " was" : "s were");
    return status;
}

static int extract(enum query_command command, int argc, char **argv)
{
    struct query_options options;
    int first, status = query_options_parse(command, argc, argv, &options, &first);

    if (status)
        return status == OPTIONS_HELP ? 0 : status;
    say_quiet(options.run.quiet);
    status = run_options_settle(&options.run, RUN_QUERY);
    if (status)
        return status;
    if (options.salvage)
        return salvage(&options, argv[0], argv[first], argv + first + 1);
    return query(&options, argv[0], argv[first], argv + first + 1, NULL);
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
