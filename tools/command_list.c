/*
 * listref, listset, listctg, info: what an archive says of itself, read here, in one process.
 *
 * Output as AGC prints it, with two differences: listref ends its line, and info goes to standard
 * output. Samples are looked up before anything is put out; text is put out as it gathers, so that
 * a list of millions of contigs takes no memory.
 */
#include "common/archive.h"
#include "common/error.h"
#include "common/new_file.h"
#include "tools/command.h"
#include "tools/options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct list_options {
    const char *output;
    uint64_t verbosity, threads;
};

/* Where the text goes: a file appears when it is whole. */
struct text {
    struct new_file *file; /* NULL: standard output */
    const char *name;
    struct bytes gathered;
};

enum { GATHERED_MAX = 64 * 1024 };

static int text_open(struct text *text, const char *output)
{
    *text = (struct text){.name = output ? output : "standard output"};
    return output ? new_file_open(&text->file, output) : 0;
}

static int text_flush(struct text *text)
{
    int fd = text->file ? new_file_fd(text->file) : STDOUT_FILENO;
    int status = write_fully(fd, text->gathered.data, text->gathered.length, text->name);

    text->gathered.length = 0;
    return status;
}

/* status: of what was done with it. */
static int text_close(struct text *text, int status)
{
    if (!status)
        status = text_flush(text);
    if (status)
        new_file_abandon(text->file);
    else if (text->file)
        status = new_file_commit(text->file, 0);
    bytes_free(&text->gathered);
    return status;
}

static int add_bytes(struct text *text, const char *word, size_t length)
{
    int status = bytes_append(&text->gathered, word, length);

    return status || text->gathered.length < GATHERED_MAX ? status : text_flush(text);
}

static int add_text(struct text *text, const char *word)
{
    return add_bytes(text, word, strlen(word));
}

static int add_line(struct text *text, const char *word)
{
    int status = add_text(text, word);

    return status ? status : add_text(text, "\n");
}

static int add_value(struct text *text, const char *label, uint32_t value)
{
    char line[96];

    snprintf(line, sizeof line, "%-17s: %u", label, value);
    return add_line(text, line);
}

/* ---- what each command says: fill(archive, operands, text) */

static int fill_listref(const struct list_options *o, struct archive *archive, char **operands,
                        struct text *text)
{
    (void)o;
    (void)operands;
    if (!archive_sample_count(archive))
        return error_set(ERROR_NOT_FOUND, "the archive holds no sample");
    return add_line(text, archive_sample_name(archive, 0));
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static int fill_listset(const struct list_options *o, struct archive *archive, char **operands,
                        struct text *text)
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
        status = add_line(text, names[i]);
    free(names);
    return status;
}

static int fill_contigs(struct archive *archive, uint32_t sample, struct text *text)
{
    struct contig_cursor *cursor;
    uint32_t segments;
    const char *name;
    size_t length;
    int have, status = contig_cursor_open(&cursor, archive, sample);

    if (status)
        return status;
    while (!(status = contig_cursor_next(cursor, &have, &name, &length, &segments)) && have) {
        status = add_text(text, "   ");
        status = status ? status : add_bytes(text, name, length);
        status = status ? status : add_text(text, "\n");
        if (status)
            break;
    }
    contig_cursor_close(cursor);
    return status;
}

static int fill_listctg(const struct list_options *o, struct archive *archive, char **operands,
                        struct text *text)
{
    uint32_t sample;
    int status = 0, i;

    (void)o;
    for (i = 0; !status && operands[i]; i++)
        status = archive_find_sample(archive, operands[i], &sample);
    for (i = 0; !status && operands[i]; i++) {
        status = archive_find_sample(archive, operands[i], &sample);
        status = status ? status : add_line(text, operands[i]);
        status = status ? status : fill_contigs(archive, sample, text);
    }
    return status;
}

/* With -v: the key and value pairs of file_type_info. */
static int fill_file_info(struct archive *archive, struct text *text)
{
    const char *key, *value;
    size_t i;
    int status = add_line(text, "File type info:");

    for (i = 0; !status && (key = archive_info_key(archive, i, &value)); i++) {
        status = add_text(text, "  ");
        status = status ? status : add_text(text, key);
        status = status ? status : add_text(text, " : ");
        status = status ? status : add_line(text, value);
    }
    return status;
}

static int fill_info(const struct list_options *o, struct archive *archive, char **operands,
                     struct text *text)
{
    const struct archive_params *params = archive_params(archive);
    int status = add_value(text, "No. samples", archive_sample_count(archive));

    (void)operands;
    status = status ? status : add_value(text, "k-mer length", params->k);
    status = status ? status : add_value(text, "Min. match length", params->min_match);
    if (params->segment_size)
        status = status ? status : add_value(text, "Segment size", params->segment_size);
    status = status ? status : add_value(text, "Batch size", params->pack);
    status = status ? status : add_text(text, "Reference name   : ");
    status = status ? status : add_line(text, archive_sample_count(archive)
                                                  ? archive_sample_name(archive, 0)
                                                  : "");
    status = status ? status : add_line(text, "Command lines:");
    if (o->verbosity)
        status = status ? status : fill_file_info(archive, text);
    return status;
}

/* ---- the commands */

struct list_command {
    struct command_line line;
    int takes_samples;
    int (*fill)(const struct list_options *o, struct archive *archive, char **operands,
                struct text *text);
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

static int list_run(const struct list_command *command, int argc, char **argv)
{
    struct list_options options = {0};
    struct archive *archive;
    struct text text;
    int first, status = list_parse(command, argc, argv, &options, &first);

    if (status)
        return status == OPTIONS_HELP ? 0 : status;
    status = archive_open(&archive, argv[first]);
    if (status)
        return status;
    status = text_open(&text, options.output);
    if (!status)
        status = text_close(&text, command->fill(&options, archive, argv + first + 1, &text));
    archive_close(archive);
    return status;
}

int command_listref(int argc, char **argv)
{
    static const struct list_command command = {
        .line = {.synopsis = "[options] ARCHIVE.agc",
                 .summary = "Prints the name of the reference sample."},
        .fill = fill_listref,
    };

    return list_run(&command, argc, argv);
}

int command_listset(int argc, char **argv)
{
    static const struct list_command command = {
        .line = {.synopsis = "[options] ARCHIVE.agc",
                 .summary = "Prints the names of all samples, sorted."},
        .fill = fill_listset,
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
    };

    return list_run(&command, argc, argv);
}

int command_info(int argc, char **argv)
{
    static const struct list_command command = {
        .line = {.synopsis = "[options] ARCHIVE.agc",
                 .summary = "Prints the parameters of an archive."},
        .fill = fill_info,
    };

    return list_run(&command, argc, argv);
}
