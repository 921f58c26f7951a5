/*
 * Which contig, and which region of it, is meant by a word like `chrV@SK1:100-200`.
 *
 * Names may hold '@', ':' and '-' themselves, so a word is read by looking up what is there, whole
 * names first:
 *
 *   1. CONTIG@SAMPLE, split at any '@' whose right side is a sample that has this contig
 *   2. the same without a suffix `:FROM-TO`, which is then the region
 *   3. CONTIG in any sample
 *   4. the same without the suffix
 *
 * In samtools' style the split is SAMPLE:CONTIG at any ':', and the suffix `:FROM`, `:FROM-` or
 * `:FROM-TO` counts from 1. A contig's name is its header up to the first blank; the whole header
 * does too.
 */
#ifndef TOOLS_CONTIG_QUERY_H
#define TOOLS_CONTIG_QUERY_H

#include "common/catalog.h"

enum query_style {
    QUERY_STYLE_AGC,
    QUERY_STYLE_SAMTOOLS,
    QUERY_STYLE_NAME, /* as AGC, but what looks like a region belongs to the name */
};

struct contig_query {
    const char *word;
    enum query_style style;
    int has_region;             /* in: from and to are given with a word of QUERY_STYLE_NAME */
    uint64_t from, to;          /* from 0; both are part of the region; to may be past the end */
    struct catalog_place place; /* out */
};

/* Finds what each word means. ERROR_NOT_FOUND if one is not there, is ambiguous, or its region is
 * not in the contig. The other words are looked at all the same: tell(text) is called for each
 * fault. */
int contig_queries_resolve(struct catalog *catalog, struct contig_query *queries, size_t count,
                           void (*tell)(const char *text));

/* A region's suffix: 1 and the results if word ends in ":DIGITS-DIGITS" with something before it.
 * Numbers of more than 64 bits become UINT64_MAX. */
int region_suffix(const char *word, size_t *name_length, uint64_t *from, uint64_t *to);

/* The same in samtools' style: ":DIGITS", ":DIGITS-" or ":DIGITS-DIGITS", from 1, commas allowed
 * between digits. from and to count from 0, both in. */
int region_suffix_samtools(const char *word, size_t *name_length, uint64_t *from, uint64_t *to);

#endif
