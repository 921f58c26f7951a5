/*
 * Options of the commands that put FASTA out: see query_options.h. What is common stands in one
 * table, behind what a command has of its own.
 */
#include "tools/query_options.h"

#include "common/error.h"

enum { LINE_LENGTH_MIN = 40, LINE_LENGTH_MAX = 2000000000 };

static const struct command_line lines[] = {
    [QUERY_GETCOL] = {
        .synopsis = "[options] ARCHIVE.agc",
        .summary = "Puts all samples out, in the order of the archive.",
        .notes = "With -o, each sample goes to a file of its own, SAMPLE.fa or SAMPLE.fa.gz.\n",
    },
    [QUERY_GETSET] = {
        .synopsis = "[options] ARCHIVE.agc SAMPLE...",
        .summary = "Puts the named samples out, in the order named.",
    },
    [QUERY_GETCTG] = {
        .synopsis = "[options] ARCHIVE.agc CONTIG[@SAMPLE][:FROM-TO]...",
        .summary = "Puts the named contigs, or regions of them, out in the order named.",
        .notes =
            "A contig is named by its header up to the first blank. FROM and TO count from 0 and are\n"
            "both part of the region: 0-9 are the first ten letters. A TO past the contig's end is taken\n"
            "as its end; a FROM past it is an error. A name that stands in several samples, or twice in\n"
            "one, is an error that lists them.\n\n"
            "A file of regions has one a line, as on the command line; with --bed the fields CONTIG[@SAMPLE],\n"
            "FROM and TO, where TO is no part of the region. Empty lines and lines with # are left out.\n",
    },
    [QUERY_FAIDX] = {
        .synopsis = "[options] ARCHIVE.agc [SAMPLE:]CONTIG[:FROM[-TO]]...",
        .summary = "Puts contigs, or regions of them, out as samtools faidx does.",
        .notes =
            "FROM and TO count from 1 and are both part of the region; without TO it goes to the contig's\n"
            "end. Names that hold ':' or '-' are looked up whole first. The header is the word as given.\n",
    },
    [QUERY_VERIFY] = {
        .synopsis = "[options] ARCHIVE.agc",
        .summary = "Decodes all of an archive and compares it with its checks.",
        .notes =
            "Ends with 1 if anything is damaged, after naming each sample and contig that is. Archives of\n"
            "other programs have no checks: their structure, lengths and overlaps are looked at.\n",
    },
};

static int operands_check(enum query_command command, const struct query_options *o, int argc,
                          int first)
{
    int named = first + 1 < argc;

    if (first >= argc)
        return error_set(ERROR_USAGE, "no archive is named");
    if (!named && command == QUERY_GETSET)
        return error_set(ERROR_USAGE, "no sample is named");
    if (!named && !o->regions && !o->fai && (command == QUERY_GETCTG || command == QUERY_FAIDX))
        return error_set(ERROR_USAGE, "no contig is named");
    if (named && (command == QUERY_GETCOL || command == QUERY_VERIFY))
        return error_set(ERROR_USAGE, "one archive is all that %s takes",
                         command == QUERY_GETCOL ? "getcol" : "verify");
    if (o->bed && !o->regions)
        return error_set(ERROR_USAGE, "--bed says what the file of -r is: there is none");
    return 0;
}

/* ---- what the commands have of their own; each table ends with an empty row */

#define ENTRIES_MAX 40

static void add_entries(struct option_entry *all, const struct option_entry *own)
{
    while (all->name)
        all++;
    while (own->name)
        *all++ = *own++;
    *all = (struct option_entry){0};
}

static void add_getcol(struct option_entry *all, struct query_options *o)
{
    const struct option_entry own[] = {
        {.letter = 'o', .name = "output", .kind = OPTION_TEXT, .target = &o->output,
         .argument = "DIR", .help = "a folder, for one file a sample"},
        {.letter = 'r', .name = "no-reference", .kind = OPTION_FLAG, .target = &o->skip_reference,
         .help = "leave the reference sample out"},
        {.letter = 'f', .name = "fast", .kind = OPTION_IGNORED, .help = "accepted without effect"},
        {0},
    };

    add_entries(all, own);
}

static void add_others(struct option_entry *all, struct query_options *o)
{
    const struct option_entry own[] = {
        {.letter = 'o', .name = "output", .kind = OPTION_TEXT, .target = &o->output,
         .argument = "FILE", .help = "default: standard output"},
        {.letter = 'p', .name = "no-prefetch", .kind = OPTION_IGNORED,
         .help = "accepted without effect"},
        {.letter = 's', .name = "streaming", .kind = OPTION_IGNORED,
         .help = "accepted without effect"},
        {0},
    };

    add_entries(all, own);
}

static void add_getctg(struct option_entry *all, struct query_options *o)
{
    const struct option_entry own[] = {
        {.letter = 'r', .name = "regions", .kind = OPTION_TEXT, .target = &o->regions,
         .argument = "FILE", .help = "more regions, one a line; - for standard input"},
        {.name = "bed", .kind = OPTION_FLAG, .target = &o->bed, .help = "that file is BED"},
        {0},
    };

    add_entries(all, own);
}

static void add_faidx(struct option_entry *all, struct query_options *o)
{
    const struct option_entry own[] = {
        {.letter = 'r', .name = "region-file", .kind = OPTION_TEXT, .target = &o->regions,
         .argument = "FILE", .help = "more regions, one a line; - for standard input"},
        {.letter = 'i', .name = "reverse-complement", .kind = OPTION_FLAG, .target = &o->reverse,
         .help = "the other strand; headers end with /rc"},
        {.letter = 'n', .name = "length", .kind = OPTION_NUMBER, .target = &o->line_length,
         .argument = "N", .help = "as -l", .min = LINE_LENGTH_MIN, .max = LINE_LENGTH_MAX},
        {.name = "fai", .kind = OPTION_FLAG, .target = &o->fai,
         .help = "the index of what getset would put out of samples (default: all), without decoding"},
        {0},
    };

    add_entries(all, own);
}

static void add_common(struct option_entry *all, struct query_options *o)
{
    const struct option_entry own[] = {
        {.letter = 'l', .name = "line-length", .kind = OPTION_NUMBER, .target = &o->line_length,
         .argument = "N", .help = "letters a line", .min = LINE_LENGTH_MIN, .max = LINE_LENGTH_MAX},
        {.letter = 'g', .name = "gzip", .kind = OPTION_NUMBER, .target = &o->gzip_level,
         .argument = "N", .help = "gzip level, 0 for none", .min = 0, .max = 9},
        {.name = "with-sample", .kind = OPTION_FLAG, .target = &o->with_sample,
         .help = "headers begin with CONTIG@SAMPLE"},
        {.name = "no-check", .kind = OPTION_FLAG, .target = &o->no_check,
         .help = "put out what comes, even if checks say that it is damaged"},
        {0},
    };

    add_entries(all, own);
}

static void add_salvage(struct option_entry *all, struct query_options *o)
{
    const struct option_entry own[] = {
        {.name = "salvage", .kind = OPTION_FLAG, .target = &o->salvage,
         .help = "of a damaged archive, put out the samples that are whole; ends with 1 if any is lost"},
        {0},
    };

    add_entries(all, own);
}

static void add_run(struct option_entry *all, struct query_options *o)
{
    const struct option_entry own[] = {RUN_OPTION_ENTRIES(&o->run), {0}};

    add_entries(all, own);
}

int query_options_parse(enum query_command command, int argc, char **argv,
                        struct query_options *o, int *first)
{
    struct option_entry entries[ENTRIES_MAX] = {{0}};
    struct command_line line = lines[command];
    int outcome;

    *o = (struct query_options){.line_length = command == QUERY_FAIDX ? 60 : 80,
                                .run = run_options_default()};
    if (command == QUERY_GETCOL)
        add_getcol(entries, o);
    else if (command != QUERY_VERIFY)
        add_others(entries, o);
    if (command == QUERY_GETCTG)
        add_getctg(entries, o);
    if (command == QUERY_FAIDX)
        add_faidx(entries, o);
    if (command != QUERY_VERIFY)
        add_common(entries, o);
    if (command == QUERY_GETCOL || command == QUERY_GETSET)
        add_salvage(entries, o);
    add_run(entries, o);
    line.entries = entries;
    outcome = options_parse(&line, argc, argv, first);
    if (outcome == OPTIONS_HELP)
        options_help(&line, argv[0], stdout);
    return outcome ? outcome : operands_check(command, o, argc, *first);
}
