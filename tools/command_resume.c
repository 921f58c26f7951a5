/*
 * resume: goes on with a create that was interrupted, from its work directory.
 *
 * All that decides over the archive stands in the work directory (resume.h); options here are about
 * this run alone.
 */
#include "common/error.h"
#include "tools/command.h"
#include "tools/create_run.h"
#include "tools/output_path.h"
#include "tools/resume.h"
#include "tools/say.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct resume_options {
    const char *work_dir;
    struct create_run_options run;
};

static int parse_resume(int argc, char **argv, struct resume_options *o, int *first)
{
    const struct option_entry entries[] = {
        {.name = "work-dir", .kind = OPTION_TEXT, .target = &o->work_dir, .argument = "DIR",
         .help = "work directory (default: the output's name and .work)"},
        CREATE_RUN_OPTION_ENTRIES(&o->run),
        RUN_OPTION_ENTRIES(&o->run.run),
        {0},
    };
    const struct command_line line = {
        .synopsis = "[options] OUT.agc",
        .summary = "Goes on with a create that was interrupted.",
        .notes = "Inputs and options are those of the create. The number of workers is, too.\n"
                 "With --work-dir, OUT.agc need not be named.\n",
        .entries = entries,
    };
    int outcome = options_parse(&line, argc, argv, first);

    if (outcome == OPTIONS_HELP)
        options_help(&line, argv[0], stdout);
    return outcome;
}

static int open_workdir(const struct resume_options *o, const char *output, struct workdir *work)
{
    char *path, *real;
    int status;

    if (o->work_dir)
        return workdir_open_existing(work, o->work_dir);
    status = output_path_resolve(output, &real);
    if (status)
        return status;
    if (asprintf(&path, "%s.work", real) < 0)
        path = NULL;
    free(real);
    if (!path)
        return error_set(ERROR_MEMORY, "no memory for a path");
    status = workdir_open_existing(work, path);
    free(path);
    if (status == ERROR_NOT_FOUND)
        return error_set(ERROR_NOT_FOUND, "there is no unfinished run of %s", output);
    return status;
}

static int check_output(const struct job *job, const char *output, const struct workdir *work)
{
    const char *kept = job_get(job, "output");
    char *real;
    int status, differs;

    if (!output)
        return 0;
    status = output_path_resolve(output, &real);
    if (status)
        return status;
    differs = !kept || strcmp(kept, real);
    free(real);
    return differs ? error_set(ERROR_INPUT, "%s holds the run for %s, not %s", work->path,
                               kept ? kept : "nothing", output)
                   : 0;
}

static int go_on(const struct resume_options *o, const char *output, struct workdir *work)
{
    struct job *job;
    int status = resume_read(work, &job);

    if (status) {
        workdir_keep(work);
        return status;
    }
    status = check_output(job, output, work);
    if (!status)
        status = resume_prepare(&job, work, 0);
    if (status)
        workdir_keep(work);
    else
        status = create_run(&o->run, &job, work, 1);
    job_free(job);
    return status;
}

int command_resume(int argc, char **argv)
{
    struct resume_options options = {.run = create_run_options_default()};
    struct workdir work;
    int first, status = parse_resume(argc, argv, &options, &first);

    if (status)
        return status == OPTIONS_HELP ? 0 : status;
    say_quiet(options.run.run.quiet);
    if (first + 1 < argc || (first == argc && !options.work_dir))
        return error_set(ERROR_USAGE, first == argc ? "no archive is named"
                                                    : "one archive is all that resume takes");
    status = open_workdir(&options, first < argc ? argv[first] : NULL, &work);
    return status ? status : go_on(&options, first < argc ? argv[first] : NULL, &work);
}
