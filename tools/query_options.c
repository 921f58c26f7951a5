/*
 * Options of the commands that put FASTA out: see query_options.h. One table serves all three,
 * with two rows that differ between getcol and the others.
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
            "one, is an error that lists them.\n",
    },
    [QUERY_VERIFY] = {
        .synopsis = "[options] ARCHIVE.agc",
        .summary = "Decodes all of an archive and compares it with its checks.",
        .notes =
            "Ends with 1 if anything is damaged, after naming each sample and contig that is. Archives of\n"
            "other programs have no checks: their structure, lengths and overlaps are looked at.\n",
    },
};

static int operands_check(enum query_command command, int argc, int first)
{
    if (first >= argc)
        return error_set(ERROR_USAGE, "no archive is named");
    if (first + 1 >= argc && command == QUERY_GETSET)
        return error_set(ERROR_USAGE, "no sample is named");
    if (first + 1 >= argc && command == QUERY_GETCTG)
        return error_set(ERROR_USAGE, "no contig is named");
    if (first + 1 < argc && (command == QUERY_GETCOL || command == QUERY_VERIFY))
        return error_set(ERROR_USAGE, "one archive is all that %s takes",
                         command == QUERY_GETCOL ? "getcol" : "verify");
    return 0;
}

int query_options_parse(enum query_command command, int argc, char **argv,
                        struct query_options *o, int *first)
{
    struct command_line line = lines[command];
    int getcol = command == QUERY_GETCOL, outcome;
    const struct option_entry own[] = {
        {.letter = 'r', .name = "no-reference", .kind = OPTION_FLAG, .target = &o->skip_reference,
         .help = "leave the reference sample out"},
        {.letter = 'f', .name = "fast", .kind = OPTION_IGNORED, .help = "accepted without effect"},
        {.letter = 'p', .name = "no-prefetch", .kind = OPTION_IGNORED,
         .help = "accepted without effect"},
        {.letter = 's', .name = "streaming", .kind = OPTION_IGNORED,
         .help = "accepted without effect"},
    };
    const struct option_entry entries[] = {
        {.letter = 'o', .name = "output", .kind = OPTION_TEXT, .target = &o->output,
         .argument = getcol ? "DIR" : "FILE",
         .help = getcol ? "a folder, for one file a sample" : "default: standard output"},
        {.letter = 'l', .name = "line-length", .kind = OPTION_NUMBER, .target = &o->line_length,
         .argument = "N", .help = "letters a line", .min = LINE_LENGTH_MIN, .max = LINE_LENGTH_MAX},
        {.letter = 'g', .name = "gzip", .kind = OPTION_NUMBER, .target = &o->gzip_level,
         .argument = "N", .help = "gzip level, 0 for none", .min = 0, .max = 9},
        {.name = "no-check", .kind = OPTION_FLAG, .target = &o->no_check,
         .help = "put out what comes, even if checks say that it is damaged"},
        RUN_OPTION_ENTRIES(&o->run),
        getcol ? own[0] : own[2],
        getcol ? own[1] : own[3],
        {0},
    };

    const struct option_entry run_alone[] = {RUN_OPTION_ENTRIES(&o->run), {0}};

    *o = (struct query_options){.line_length = 80, .run = run_options_default()};
    line.entries = command == QUERY_VERIFY ? run_alone : entries;
    outcome = options_parse(&line, argc, argv, first);
    if (outcome == OPTIONS_HELP)
        options_help(&line, argv[0], stdout);
    return outcome ? outcome : operands_check(command, argc, *first);
}
