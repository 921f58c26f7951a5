/*
 * Making a work directory ready to go on from: see resume.h.
 */
#include "tools/resume.h"

#include "common/error.h"
#include "common/version.h"
#include "tools/say.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

/* The inputs' paths start from where the run began. */
static int enter_folder(const struct job *job)
{
    const char *folder = job_get(job, "cwd");

    if (!folder || chdir(folder))
        return error_set_errno(ERROR_IO, "cannot enter %s, where the run began",
                               folder ? folder : "the folder");
    return 0;
}

static void note_versions(const struct job *job, uint32_t workers)
{
    const char *program = job_get(job, "program"), *zstd = job_get(job, "zstd");
    uint64_t began_with = 0;

    if (program && strcmp(program, VERSION_TEXT))
        say_note("the run was begun by version %s of agc-pipeline: what it has decided stands",
                 program);
    if (zstd && strcmp(zstd, ZSTD_versionString()))
        say_note("the run was begun with version %s of libzstd, this is %s: the archive's bytes may "
                 "be others",
                 zstd, ZSTD_versionString());
    if (!job_number(job, "workers", &began_with) && workers && workers != began_with)
        say_note("goes on with %" PRIu64 " worker%s, as it began", began_with,
                 began_with == 1 ? "" : "s");
}

static int check_spooled(const struct workdir *work)
{
    if (workdir_has_like(work, "input.", ".partial"))
        return error_set(ERROR_INPUT, "the run ended while standard input or a FIFO was being read, "
                                      "and that cannot be read twice: start over with create "
                                      "--restart");
    return 0;
}

static int roll_back(struct job **job, const struct workdir *work, const struct resume_fault *fault)
{
    struct job *renewed;
    int status = resume_roll_back(work, fault->seq);

    if (!status)
        status = resume_copy(*job, NULL, NULL, 1, &renewed);
    if (status)
        return status;
    say_note("inputs from sample %s on have changed: goes on from there", fault->sample);
    job_free(*job);
    *job = renewed;
    return 0;
}

int resume_prepare(struct job **job, const struct workdir *work, uint32_t workers)
{
    struct resume_fault *fault;
    int changed = 0, status = resume_read_fault(work, &fault);

    if (!status)
        status = check_spooled(work);
    if (!status)
        status = enter_folder(*job);
    if (!status)
        status = resume_check_inputs(*job, fault, &changed);
    if (!status && changed)
        status = roll_back(job, work, fault);
    resume_fault_free(fault);
    if (status)
        return status;
    note_versions(*job, workers);
    say_note("goes on with the unfinished run in %s", work->path);
    return 0;
}
