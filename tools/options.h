/*
 * Command lines as tables.
 *
 * Each command has one table of options; options_parse() reads the command line by it and
 * options_help() prints it, so that what is said and what is done are the same thing. Options may
 * stand anywhere, `--` ends them, short ones may be bundled; every one has a long form. A value
 * that is out of range, not a number, or not among the choices is ERROR_USAGE with a message that
 * names the option and what it takes: nothing is clamped silently.
 *
 * Targets hold the defaults before the call and are what --help prints.
 */
#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum option_kind {
    OPTION_FLAG,    /* int *: set to 1 */
    OPTION_NUMBER,  /* uint64_t *: min..max */
    OPTION_SIZE,    /* uint64_t *: min..max bytes; K, M, G, T may follow (1024 each) */
    OPTION_TEXT,    /* const char ** */
    OPTION_CHOICE,  /* const char **: one of choices, split by '|' */
    OPTION_PRESET,  /* const char **: a flag that sets the target to choices */
    OPTION_VERBOSE, /* uint64_t *: 1 if no number follows; `-v 2` is `-v2` as in AGC */
    OPTION_IGNORED, /* a flag that is accepted without effect; target unused */
};

struct option_entry {
    int letter;       /* 0: long form only */
    const char *name; /* long form */
    enum option_kind kind;
    void *target;
    const char *argument; /* "N", "FILE": for help; NULL for flags */
    const char *help;     /* NULL: not shown (for tests) */
    uint64_t min, max;
    const char *choices;
};

struct command_line {
    const char *synopsis;              /* "[options] IN.agc SAMPLE..." */
    const char *summary;               /* one sentence */
    const char *notes;                 /* more text after the options, or NULL */
    const struct option_entry *entries; /* ends with one whose name is NULL */
};

enum options_outcome { OPTIONS_PARSED = 0, OPTIONS_HELP = 1 };

/* Parses argv[1..argc) (argv[0] is the command). Reorders argv so that the operands stand at
 * argv[*first..argc). OPTIONS_PARSED, OPTIONS_HELP if --help or -h stood there, or ERROR_USAGE. */
int options_parse(const struct command_line *line, int argc, char **argv, int *first);

void options_help(const struct command_line *line, const char *command, FILE *out);

/* "64M" -> bytes. ERROR_USAGE if it is not a size. */
int size_parse(const char *text, uint64_t *bytes);

#endif
