/*
 * Options of the commands that put FASTA out: getcol, getset, getctg, faidx.
 */
#ifndef TOOLS_QUERY_OPTIONS_H
#define TOOLS_QUERY_OPTIONS_H

#include "tools/run_options.h"

struct query_options {
    const char *output; /* NULL: standard output */
    uint64_t line_length, gzip_level;
    int skip_reference; /* getcol */
    int no_check;       /* takes damaged data as they are */
    int salvage;        /* getcol, getset: leaves out what is damaged */
    int with_sample;    /* headers name the sample */
    const char *regions; /* getctg, faidx: a file of them, "-" for standard input, or NULL */
    int bed;             /* getctg: that file is BED */
    int reverse;         /* faidx: reverse complement */
    int fai;             /* faidx: names and lengths of samples */
    struct run_options run;
};

enum query_command { QUERY_GETCOL, QUERY_GETSET, QUERY_GETCTG, QUERY_FAIDX, QUERY_VERIFY };

/* Parses; *first is the index of the archive's name, which is there, as is at least one name after
 * it in getset, getctg and faidx (these two: or a file of regions). As options_parse(); --help is printed here. */
int query_options_parse(enum query_command command, int argc, char **argv,
                        struct query_options *options, int *first);

#endif
