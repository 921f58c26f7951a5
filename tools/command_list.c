/*
 * listref, listset, listctg, info: what an archive says of itself, read here, in one process.
 *
 * Output as AGC prints it, with two differences: listref ends its line, and info goes to standard
 * output. Samples are looked up before anything is put out; text is put out as it gathers, so that
 * a list of millions of contigs takes no memory.
 */
#include "common/archive.h"
#include "common/error.h"
#include "tools/command.h"
#include "tools/list_fai.h"
#include "tools/list_json.h"
#include "tools/list_text.h"
#include "tools/options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct list_options {
    const char *output;
    uint64_t verbosity, threads, line_length;
    int json, fai;
};

enum { LINE_LENGTH_MIN = 40, LINE_LENGTH_MAX = 2000000000 };

static int add_value(struct list_text *text, const char *label, uint32_t value)
{
    char line[96];

    snprintf(line, sizeof line, "%-17s: %u", label, value);
    return list_text_line(text, line);
}

/* ---- what each command says: fill(archive, operands, text) */

static int fill_listref(const struct list_options *o, struct archive *archive, char **operands,
                        struct list_text *text)
{
    (void)o;
    (void)operands;
    if (!archive_sample_count(archive))
        return error_set(ERROR_NOT_FOUND, "the archive holds no sample");
    return list_text_line(text, archive_sample_name(archive, 0));
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static int fill_listset(const struct list_options *o, struct archive *archive, char **operands,
                        struct list_text *text)
{
    uint32_t i, count = archive_sample_count(archive);
    const char **names = calloc(count ? count : 1, sizeof *names);
    int status = 0;

    (void)o;
    (void)operands;
    if (!names)
        return error_set(ERROR_MEMORY, "no memory for %u sample names", count);
    for (i = 0; i < count; i++)
        names[i] = archive_sample_name(archive, i);
    qsort(names, count, sizeof *names, compare_names);
    for (i = 0; !status && i < count; i++)
        status = list_text_line(text, names[i]);
    free(names);
    return status;
}

static int fill_contigs(struct archive *archive, uint32_t sample, struct list_text *text)
{
    struct contig_cursor *cursor;
    uint32_t segments;
    const char *name;
    size_t length;
    int have, status = contig_cursor_open(&cursor, archive, sample);

    if (status)
        return status;
    while (!(status = contig_cursor_next(cursor, &have, &name, &length, &segments)) && have) {
        status = list_text_add(text, "   ");
        status = status ? status : list_text_bytes(text, name, length);
        status = status ? status : list_text_add(text, "\n");
        if (status)
            break;
    }
    contig_cursor_close(cursor);
    return status;
}

static int fill_listctg(const struct list_options *o, struct archive *archive, char **operands,
                        struct list_text *text)
{
    uint32_t sample;
    int status = 0, i;

    (void)o;
    for (i = 0; !status && operands[i]; i++) {
        status = archive_find_sample(archive, operands[i], &sample);
        status = status ? status : list_text_line(text, operands[i]);
        status = status ? status : fill_contigs(archive, sample, text);
    }
    return status;
}

/* With -v: the key and value pairs of file_type_info. */
static int fill_file_info(struct archive *archive, struct list_text *text)
{
    const char *key, *value;
    size_t i;
    int status = list_text_line(text, "File type info:");

    for (i = 0; !status && (key = archive_info_key(archive, i, &value)); i++) {
        status = list_text_add(text, "  ");
        status = status ? status : list_text_add(text, key);
        status = status ? status : list_text_add(text, " : ");
        status = status ? status : list_text_line(text, value);
    }
    return status;
}

static int fill_info(const struct list_options *o, struct archive *archive, char **operands,
                     struct list_text *text)
{
    const struct archive_params *params = archive_params(archive);
    int status = add_value(text, "No. samples", archive_sample_count(archive));

    (void)operands;
    status = status ? status : add_value(text, "k-mer length", params->k);
    status = status ? status : add_value(text, "Min. match length", params->min_match);
    if (params->segment_size)
        status = status ? status : add_value(text, "Segment size", params->segment_size);
    status = status ? status : add_value(text, "Batch size", params->pack);
    status = status ? status : list_text_add(text, "Reference name   : ");
    status = status ? status : list_text_line(text, archive_sample_count(archive)
                                                  ? archive_sample_name(archive, 0)
                                                  : "");
    status = status ? status : list_text_line(text, "Command lines:");
    if (o->verbosity)
        status = status ? status : fill_file_info(archive, text);
    return status;
}

/* ---- the commands */

struct list_command {
    struct command_line line;
    int takes_samples;
    int (*fill)(const struct list_options *o, struct archive *archive, char **operands,
                struct list_text *text);
    int (*fill_json)(struct archive *archive, char **operands, struct json *json);
};

static int list_parse(const struct list_command *command, int argc, char **argv,
                      struct list_options *o, int *first)
{
    const struct option_entry entries[] = {
        {.letter = 'o', .name = "output", .kind = OPTION_TEXT, .target = &o->output,
         .argument = "FILE", .help = "default: standard output"},
        {.letter = 'v', .name = "verbose", .kind = OPTION_VERBOSE, .target = &o->verbosity,
         .argument = "[N]", .help = "say more", .min = 0, .max = 2},
        {.letter = 't', .name = "threads", .kind = OPTION_NUMBER, .target = &o->threads,
         .argument = "N", .max = UINT64_MAX},
        {.letter = 'p', .name = "no-prefetch", .kind = OPTION_IGNORED},
        {.name = "json", .kind = OPTION_FLAG, .target = &o->json, .help = "as JSON"},
        /* these stand last: only listctg has them */
        {.name = command->takes_samples ? "fai" : NULL, .kind = OPTION_FLAG, .target = &o->fai,
         .help = "the .fai index of what getset puts out of the samples, without decoding"},
        {.letter = 'l', .name = "line-length", .kind = OPTION_NUMBER, .target = &o->line_length,
         .argument = "N", .help = "of that text", .min = LINE_LENGTH_MIN, .max = LINE_LENGTH_MAX},
        {0},
    };
    struct command_line line = command->line;
    int outcome;

    line.entries = entries;
    outcome = options_parse(&line, argc, argv, first);
    if (outcome == OPTIONS_HELP)
        options_help(&line, argv[0], stdout);
    if (outcome)
        return outcome;
    if (*first >= argc)
        return error_set(ERROR_USAGE, "no archive is named");
    if (*first + 1 < argc && !command->takes_samples)
        return error_set(ERROR_USAGE, "one archive is all that %s takes", argv[0]);
    if (*first + 1 >= argc && command->takes_samples)
        return error_set(ERROR_USAGE, "no sample is named");
    return 0;
}

/* The text's file is written through a stream of its own, which ends before the text does. */
static int put_json(const struct list_command *command, struct archive *archive, char **operands,
                    struct list_text *text)
{
    int fd = dup(list_text_fd(text)), status;
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    struct json json = {.out = out};

    if (!out) {
        status = error_set_errno(ERROR_IO, "cannot write to %s", text->name);
        if (fd >= 0)
            close(fd);
        return status;
    }
    json_open(&json, NULL, '{');
    status = command->fill_json(archive, operands, &json);
    json_close(&json, '}');
    putc('\n', out);
    if (fflush(out) && !status)
        status = error_set_errno(ERROR_IO, "cannot write to %s", text->name);
    fclose(out);
    return status;
}

/* Samples that are not there are found before anything is put out. */
static int find_samples(struct archive *archive, char **samples)
{
    uint32_t sample;
    int status = 0;

    for (; !status && *samples; samples++)
        status = archive_find_sample(archive, *samples, &sample);
    return status;
}

static int list_put(const struct list_command *command, const struct list_options *options,
                    struct archive *archive, char **operands)
{
    struct list_text text;
    int status = find_samples(archive, operands);

    if (!status)
        status = list_text_open(&text, options->output);
    if (status)
        return status;
    status = options->json ? put_json(command, archive, operands, &text)
                           : command->fill(options, archive, operands, &text);
    return list_text_close(&text, status);
}

static int list_run(const struct list_command *command, int argc, char **argv)
{
    struct list_options options = {.line_length = 80};
    struct archive *archive;
    int first, status = list_parse(command, argc, argv, &options, &first);

    if (status)
        return status == OPTIONS_HELP ? 0 : status;
    if (options.fai)
        return list_fai(argv[first], argv + first + 1, options.output, options.line_length);
    status = archive_open(&archive, argv[first]);
    if (status)
        return status;
    status = list_put(command, &options, archive, argv + first + 1);
    archive_close(archive);
    return status;
}

int command_listref(int argc, char **argv)
{
    static const struct list_command command = {
        .line = {.synopsis = "[options] ARCHIVE.agc",
                 .summary = "Prints the name of the reference sample."},
        .fill = fill_listref,
        .fill_json = list_json_reference,
    };

    return list_run(&command, argc, argv);
}

int command_listset(int argc, char **argv)
{
    static const struct list_command command = {
        .line = {.synopsis = "[options] ARCHIVE.agc",
                 .summary = "Prints the names of all samples, sorted."},
        .fill = fill_listset,
        .fill_json = list_json_samples,
    };

    return list_run(&command, argc, argv);
}

int command_listctg(int argc, char **argv)
{
    static const struct list_command command = {
        .line = {.synopsis = "[options] ARCHIVE.agc SAMPLE...",
                 .summary = "Prints the contigs of samples: the sample's name, then each contig's "
                            "whole header after three blanks."},
        .takes_samples = 1,
        .fill = fill_listctg,
        .fill_json = list_json_contigs,
    };

    return list_run(&command, argc, argv);
}

int command_info(int argc, char **argv)
{
    static const struct list_command command = {
        .line = {.synopsis = "[options] ARCHIVE.agc",
                 .summary = "Prints the parameters of an archive."},
        .fill = fill_info,
        .fill_json = list_json_info,
    };

    return list_run(&command, argc, argv);
}
