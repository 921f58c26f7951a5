/*
 * create: FASTA files to an archive.
 *
 *   options and inputs          usage errors end here, before anything is made
 *   the output's real place     a link is followed, so that what it leads to is replaced
 *   the work directory, locked  OUT.work/, --work-dir, or under TMPDIR when there is no -o
 *   what is in it               a former run of the same is gone on with; of something else: refused
 *   the run                     create_run.h
 *
 * Whatever fails, an old output is as it was: the writer replaces it by one rename at the very end.
 */
#include "common/error.h"
#include "tools/command.h"
#include "tools/create_run.h"
#include "tools/inputs.h"
#include "tools/output_path.h"
#include "tools/resume.h"
#include "tools/say.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct create_options {
    uint64_t pack, k, min_match, segment_size;
    int concatenated;
    const char *fallback; /* without effect */
    const char *output, *list, *sample, *work_dir, *invalid, *effort;
    int restart;
    struct create_run_options run;
};

static struct create_options create_defaults(void)
{
    return (struct create_options){
        .pack = 50,
        .k = 31,
        .min_match = 15,
        .segment_size = 60000,
        .invalid = "error",
        .effort = "default",
        .run = create_run_options_default(),
    };
}

static const char create_notes[] =
    "The first input is the reference. Inputs may be plain, gzip, bgzip, zstd or xz, told by content;\n"
    "`-` is standard input. A sample is named after its file, without folders, .gz .bgz .zst .xz and\n"
    "then .fa .fna .fasta .fas .ffn. With -i, the list's files come after the first input.\n"
    "-v may be followed by a level, as in -v 1.\n";

static int parse_create(int argc, char **argv, struct create_options *o, int *first)
{
    const struct option_entry entries[] = {
        {.letter = 'o', .name = "output", .kind = OPTION_TEXT, .target = &o->output,
         .argument = "FILE", .help = "the archive (default: standard output)"},
        {.letter = 'i', .name = "input-list", .kind = OPTION_TEXT, .target = &o->list,
         .argument = "FILE", .help = "more inputs, one path a line"},
        {.letter = 'b', .name = "batch", .kind = OPTION_NUMBER, .target = &o->pack,
         .argument = "N", .help = "members of a pack", .min = 1, .max = 1000000000},
        {.letter = 'k', .name = "kmer-length", .kind = OPTION_NUMBER, .target = &o->k,
         .argument = "N", .help = "k-mer length", .min = 17, .max = 32},
        {.letter = 'l', .name = "min-match", .kind = OPTION_NUMBER, .target = &o->min_match,
         .argument = "N", .help = "least match length", .min = 15, .max = 32},
        {.letter = 's', .name = "segment-size", .kind = OPTION_NUMBER, .target = &o->segment_size,
         .argument = "N", .help = "expected segment size", .min = 100, .max = 1000000},
        {.letter = 'c', .name = "concatenated", .kind = OPTION_FLAG, .target = &o->concatenated,
         .help = "every record of the inputs is a sample of its own"},
        {.letter = 'a', .name = "adaptive", .kind = OPTION_IGNORED,
         .help = "accepted as in AGC: references always adapt to what is new"},
        {.letter = 'f', .name = "fallback", .kind = OPTION_TEXT, .target = &o->fallback,
         .argument = "FRACTION",
         .help = "accepted as in AGC: homes are always found by sampled k-mers"},
        {.letter = 'd', .name = "no-command-line", .kind = OPTION_IGNORED,
         .help = "accepted as in AGC: no command line is stored anyway"},
        {.name = "sample", .kind = OPTION_TEXT, .target = &o->sample, .argument = "NAME",
         .help = "sample name of standard input"},
        {.name = "invalid", .kind = OPTION_CHOICE, .target = &o->invalid, .argument = "WHAT",
         .help = "letters that the format cannot hold", .choices = "error|N|drop"},
        {.name = "effort", .kind = OPTION_CHOICE, .target = &o->effort, .argument = "HOW",
         .help = "time against size", .choices = "fast|default|best"},
        {.name = "fast", .kind = OPTION_PRESET, .target = &o->effort, .choices = "fast",
         .help = "the same as --effort fast"},
        {.name = "best", .kind = OPTION_PRESET, .target = &o->effort, .choices = "best",
         .help = "the same as --effort best"},
        {.name = "work-dir", .kind = OPTION_TEXT, .target = &o->work_dir, .argument = "DIR",
         .help = "work directory (default: the output's name and .work)"},
        {.name = "restart", .kind = OPTION_FLAG, .target = &o->restart,
         .help = "start over, whatever an unfinished run has left"},
        CREATE_RUN_OPTION_ENTRIES(&o->run),
        RUN_OPTION_ENTRIES(&o->run.run),
        {0},
    };
    const struct command_line line = {
        .synopsis = "[options] REFERENCE.fa [MORE.fa ...]",
        .summary = "Makes an archive of all the samples given.",
        .notes = create_notes,
        .entries = entries,
    };
    int outcome = options_parse(&line, argc, argv, first);

    if (outcome == OPTIONS_HELP)
        options_help(&line, argv[0], stdout);
    return outcome;
}

/* Order of samples as in AGC: the first operand, the list, the other operands. */
static int gather_inputs(const struct create_options *o, int count, char **operands,
                         struct inputs *inputs)
{
    int i, status = 0;

    if (count > 0)
        status = inputs_add(inputs, operands[0]);
    if (!status && o->list)
        status = inputs_add_list(inputs, o->list);
    for (i = 1; !status && i < count; i++)
        status = inputs_add(inputs, operands[i]);
    if (!status && !inputs->count)
        status = error_set(ERROR_USAGE, "no input: the reference's FASTA file is needed");
    return status ? status : inputs_resolve(inputs, o->sample);
}

static int fill_job(const struct create_options *o, const struct inputs *inputs,
                    const char *output, const struct workdir *work, struct job *job)
{
    char *inside = NULL;
    int status = job_add(job, "mode", "create");

    if (!output && asprintf(&inside, "%s/" CREATE_STDOUT_ARCHIVE, work->path) < 0)
        return error_set(ERROR_MEMORY, "no memory for a path");
    status = status ? status : resume_add_head(job, (uint32_t)o->run.run.workers);
    status = status ? status : job_add(job, "output", output ? output : inside);
    status = status ? status : job_add_number(job, "to_stdout", output == NULL);
    status = status ? status : job_add_number(job, "k", o->k);
    status = status ? status : job_add_number(job, "min_match", o->min_match);
    status = status ? status : job_add_number(job, "pack", o->pack);
    status = status ? status : job_add_number(job, "segment_size", o->segment_size);
    status = status ? status : job_add_number(job, "concatenated", (uint64_t)o->concatenated);
    status = status ? status : job_add(job, "invalid", o->invalid);
    status = status ? status : job_add(job, "effort", o->effort);
    free(inside);
    return status ? status : resume_add_inputs(job, inputs);
}

static int make_job(const struct create_options *o, const struct inputs *inputs,
                    const char *output, const struct workdir *work, struct job **job)
{
    struct job *made = job_new();
    int status = made ? fill_job(o, inputs, output, work, made)
                      : error_set(ERROR_MEMORY, "no memory for the job");

    if (status)
        job_free(made);
    else
        *job = made;
    return status;
}

/* Replaces *job by the one of the run that the work directory holds, if that is the same. */
static int take_up(const struct create_options *o, const struct workdir *work, struct job **job,
                   int *resumed)
{
    struct job *kept;
    int status = resume_read(work, &kept);

    if (status)
        return status;
    status = resume_compare(kept, *job, work->path);
    if (!status)
        status = resume_prepare(&kept, work, (uint32_t)o->run.run.workers);
    if (status) {
        job_free(kept);
        return status;
    }
    job_free(*job);
    *job = kept;
    *resumed = 1;
    return 0;
}

/* What a former run left: gone on with, or deleted where nothing would be lost. */
static int look_inside(const struct create_options *o, const struct workdir *work,
                       struct job **job, int *resumed)
{
    *resumed = 0;
    if (o->restart || !resume_has_work(work))
        return workdir_empty(work);
    return take_up(o, work, job, resumed);
}

static int open_workdir(const struct create_options *o, const char *output, struct workdir *work)
{
    char *path;
    int status;

    if (o->work_dir)
        return workdir_open(work, o->work_dir);
    if (!output)
        return workdir_open_temporary(work);
    if (asprintf(&path, "%s.work", output) < 0)
        return error_set(ERROR_MEMORY, "no memory for a path");
    status = workdir_open(work, path);
    free(path);
    return status;
}

/* Frees the inputs as soon as the job names them. */
static int create_archive(const struct create_options *o, struct inputs *inputs, const char *output)
{
    struct workdir work;
    struct job *job = NULL;
    int resumed, status = open_workdir(o, output, &work);

    if (status)
        return status;
    status = make_job(o, inputs, output, &work, &job);
    inputs_free(inputs);
    if (!status)
        status = look_inside(o, &work, &job, &resumed);
    if (status)
        workdir_keep(&work);
    else
        status = create_run(&o->run, &job, &work, resumed);
    job_free(job);
    return status;
}

static int check_output(const struct create_options *o, const struct inputs *inputs, char **output)
{
    size_t i;
    int status;

    if (!o->output) {
        if (isatty(STDOUT_FILENO))
            return error_set(ERROR_USAGE, "an archive is not written to a terminal: use -o FILE");
        return 0;
    }
    status = output_path_resolve(o->output, output);
    for (i = 0; !status && i < inputs->count; i++)
        if (output_path_is(*output, inputs->files[i].path))
            status = error_set(ERROR_USAGE, "%s is an input: it cannot be the output too",
                               inputs->files[i].path);
    return status;
}

int command_create(int argc, char **argv)
{
    struct create_options options = create_defaults();
    struct inputs inputs = {0};
    struct run_geometry geometry;
    char *output = NULL;
    int first, status = parse_create(argc, argv, &options, &first);

    if (status)
        return status == OPTIONS_HELP ? 0 : status;
    say_quiet(options.run.run.quiet);
    options.run.run.segment_size = options.segment_size;
    status = run_options_settle(&options.run.run, RUN_CREATE);
    if (!status)
        status = run_options_geometry(&options.run.run, RUN_CREATE, &geometry);
    if (!status)
        status = gather_inputs(&options, argc - first, argv + first, &inputs);
    if (!status)
        status = check_output(&options, &inputs, &output);
    if (!status)
        status = create_archive(&options, &inputs, output);
    free(output);
    inputs_free(&inputs);
    return status;
}
