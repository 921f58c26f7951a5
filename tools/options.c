/*
 * Command lines as tables: see options.h.
 *
 * getopt_long does the walking; its strings are made from the table on each call. Messages are ours
 * (opterr = 0), so that they come out like every other error.
 */
#include "tools/options.h"

#include "common/error.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ENTRIES_MAX = 40, LONG_BASE = 256 };

static int option_takes_argument(const struct option_entry *entry)
{
    switch (entry->kind) {
    case OPTION_NUMBER:
    case OPTION_SIZE:
    case OPTION_TEXT:
    case OPTION_CHOICE:
        return required_argument;
    case OPTION_VERBOSE:
        return optional_argument;
    default:
        return no_argument;
    }
}

/* Digits alone: no sign, no blanks, no overflow. */
static int number_parse(const char *text, uint64_t *value, const char **end)
{
    char *stop;

    if (*text < '0' || *text > '9')
        return ERROR_USAGE;
    errno = 0;
    *value = strtoull(text, &stop, 10);
    if (errno)
        return ERROR_USAGE;
    *end = stop;
    return 0;
}

int size_parse(const char *text, uint64_t *bytes)
{
    static const char units[] = "KMGT";
    const char *end, *unit;
    uint64_t value;
    unsigned shift = 0;

    if (number_parse(text, &value, &end))
        return error_set(ERROR_USAGE, "'%s' is not a size (a number, then K, M, G or T)", text);
    if (*end) {
        unit = strchr(units, *end >= 'a' ? *end - 'a' + 'A' : *end);
        if (!unit || end[1] || value > UINT64_MAX >> (10 * (unit - units + 1)))
            return error_set(ERROR_USAGE, "'%s' is not a size (a number, then K, M, G or T)", text);
        shift = 10 * (unsigned)(unit - units + 1);
    }
    *bytes = value << shift;
    return 0;
}

static int choice_known(const char *choices, const char *value)
{
    size_t length = strlen(value);

    while (choices) {
        const char *bar = strchr(choices, '|');
        size_t n = bar ? (size_t)(bar - choices) : strlen(choices);

        if (n == length && !memcmp(choices, value, n))
            return 1;
        choices = bar ? bar + 1 : NULL;
    }
    return 0;
}

static void entry_label(const struct option_entry *entry, char *out, size_t size)
{
    if (entry->letter)
        snprintf(out, size, "-%c (--%s)", entry->letter, entry->name);
    else
        snprintf(out, size, "--%s", entry->name);
}

static int entry_set_number(const struct option_entry *entry, const char *text)
{
    char label[64];
    const char *end = "";
    uint64_t value;
    int failed;

    entry_label(entry, label, sizeof label);
    if (entry->kind == OPTION_SIZE) {
        if (size_parse(text, &value))
            return error_wrap(ERROR_USAGE, "option %s", label);
        failed = 0;
    } else {
        failed = number_parse(text, &value, &end) || *end;
    }
    if (failed || value < entry->min || value > entry->max)
        return error_set(ERROR_USAGE, "option %s takes %" PRIu64 " to %" PRIu64 ", not '%s'", label,
                         entry->min, entry->max, text);
    *(uint64_t *)entry->target = value;
    return 0;
}

static int entry_set(const struct option_entry *entry, const char *value)
{
    char label[64];

    switch (entry->kind) {
    case OPTION_FLAG:
        *(int *)entry->target = 1;
        return 0;
    case OPTION_IGNORED:
        return 0;
    case OPTION_PRESET:
        *(const char **)entry->target = entry->choices;
        return 0;
    case OPTION_VERBOSE:
        if (value)
            return entry_set_number(entry, value);
        *(uint64_t *)entry->target = 1;
        return 0;
    case OPTION_NUMBER:
    case OPTION_SIZE:
        return entry_set_number(entry, value);
    case OPTION_CHOICE:
        if (!choice_known(entry->choices, value)) {
            entry_label(entry, label, sizeof label);
            return error_set(ERROR_USAGE, "option %s takes one of %s, not '%s'", label,
                             entry->choices, value);
        }
        break;
    case OPTION_TEXT:
        break;
    }
    *(const char **)entry->target = value;
    return 0;
}

/* getopt's two descriptions of the table. */
static void entries_describe(const struct option_entry *entries, char *letters,
                             struct option *longs)
{
    size_t count = 0;

    *letters++ = ':';
    for (; entries[count].name; count++) {
        const struct option_entry *entry = &entries[count];
        int takes = option_takes_argument(entry);

        longs[count] = (struct option){entry->name, takes, NULL, LONG_BASE + (int)count};
        if (!entry->letter)
            continue;
        *letters++ = (char)entry->letter;
        if (takes != no_argument)
            *letters++ = ':';
        if (takes == optional_argument)
            *letters++ = ':';
    }
    *letters++ = 'h';
    *letters = 0;
    longs[count] = (struct option){"help", no_argument, NULL, 'h'};
    longs[count + 1] = (struct option){0};
}

static const struct option_entry *entry_find(const struct option_entry *entries, int code)
{
    if (code >= LONG_BASE)
        return &entries[code - LONG_BASE];
    for (; entries->name; entries++)
        if (entries->letter == code)
            return entries;
    return NULL;
}

/* `-v 1` as AGC takes it: getopt gives an optional argument only when it is glued on. */
static const char *take_verbosity(int argc, char **argv)
{
    if (optind < argc && strlen(argv[optind]) == 1 && strchr("012", argv[optind][0]))
        return argv[optind++];
    return NULL;
}

int options_parse(const struct command_line *line, int argc, char **argv, int *first)
{
    char letters[3 * ENTRIES_MAX + 3];
    struct option longs[ENTRIES_MAX + 2];
    int code, status;

    entries_describe(line->entries, letters, longs);
    optind = 0; /* GNU: start afresh */
    opterr = 0;
    while ((code = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
        const struct option_entry *entry;

        if (code == 'h')
            return OPTIONS_HELP;
        if (code == '?' || code == ':') {
            const char *word = argv[optind - 1];
            const char *fault = code == ':' ? "needs a value" : "is not known, or takes no value";

            if (strncmp(word, "--", 2) != 0 && optopt && optopt < LONG_BASE)
                return error_set(ERROR_USAGE, "option -%c %s", optopt, fault);
            return error_set(ERROR_USAGE, "option %s %s", word, fault);
        }
        entry = entry_find(line->entries, code);
        if (!entry)
            return error_set(ERROR_USAGE, "option -%c is not known", code);
        if (entry->kind == OPTION_VERBOSE && !optarg)
            status = entry_set(entry, take_verbosity(argc, argv));
        else
            status = entry_set(entry, optarg);
        if (status)
            return status;
    }
    *first = optind;
    return OPTIONS_PARSED;
}

static void entry_help_values(const struct option_entry *entry, FILE *out)
{
    switch (entry->kind) {
    case OPTION_NUMBER:
    case OPTION_VERBOSE:
        fprintf(out, " (%" PRIu64 " to %" PRIu64, entry->min, entry->max);
        if (*(const uint64_t *)entry->target >= entry->min) /* else there is no fixed one */
            fprintf(out, "; default %" PRIu64, *(const uint64_t *)entry->target);
        fputc(')', out);
        break;
    case OPTION_SIZE:
        fprintf(out, " (default %" PRIu64 "M)", *(const uint64_t *)entry->target >> 20);
        break;
    case OPTION_CHOICE:
        fprintf(out, " (%s; default %s)", entry->choices, *(const char **)entry->target);
        break;
    default:
        break;
    }
    fputc('\n', out);
}

void options_help(const struct command_line *line, const char *command, FILE *out)
{
    const struct option_entry *entry;

    fprintf(out, "Usage: agc-pipeline %s %s\n\n%s\n\nOptions:\n", command, line->synopsis,
            line->summary);
    for (entry = line->entries; entry->name; entry++) {
        char left[64];
        int length = 0;

        if (!entry->help)
            continue;
        if (entry->letter)
            length = snprintf(left, sizeof left, "-%c, ", entry->letter);
        else
            length = snprintf(left, sizeof left, "    ");
        snprintf(left + length, sizeof left - (size_t)length, "--%s%s%s", entry->name,
                 entry->argument ? " " : "", entry->argument ? entry->argument : "");
        fprintf(out, "  %-28s %s", left, entry->help);
        entry_help_values(entry, out);
    }
    fprintf(out, "  -h, --help                   print this and end\n");
    if (line->notes)
        fprintf(out, "\n%s", line->notes);
}
