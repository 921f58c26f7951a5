/*
 * Options of the commands that put FASTA out: getcol, getset, getctg.
 */
#ifndef TOOLS_QUERY_OPTIONS_H
#define TOOLS_QUERY_OPTIONS_H

#include "tools/run_options.h"

struct query_options {
    const char *output; /* NULL: standard output */
    uint64_t line_length, gzip_level;
    int skip_reference; /* getcol */
    int no_check;       /* takes damaged data as they are */
    struct run_options run;
};

enum query_command { QUERY_GETCOL, QUERY_GETSET, QUERY_GETCTG, QUERY_VERIFY };

/* Parses; *first is the index of the archive's name, which is there, as is at least one name after
 * it in getset and getctg. As options_parse(); --help is printed here. */
int query_options_parse(enum query_command command, int argc, char **argv,
                        struct query_options *options, int *first);

#endif
