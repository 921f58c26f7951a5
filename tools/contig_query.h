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
 * A contig's name is its header up to the first blank; the whole header does too.
 */
#ifndef TOOLS_CONTIG_QUERY_H
#define TOOLS_CONTIG_QUERY_H

#include "common/archive.h"

/* A contig of the archive, with all that is needed to decode it. */
struct contig_found {
    uint32_t sample;
    char *header;
    size_t header_length;
    struct archive_segment *segments;
    uint32_t segment_count;
    uint64_t length; /* letters */
    int has_check;
    uint32_t check; /* common/checks.h */
};

struct contig_query {
    const char *word;
    struct contig_found contig;
    int has_region;
    uint64_t from, to; /* as asked for; both are part of the region; to may be past the end */
};

/* Finds what each word means. ERROR_NOT_FOUND if one is not there, is ambiguous, or its region is not
 * in the contig. The other words are looked at all the same: tell(text) is called for each fault.
 * Free with contig_query_free() in any case. */
int contig_queries_resolve(struct archive *archive, struct contig_query *queries, size_t count,
                           void (*tell)(const char *text));
void contig_query_free(struct contig_query *query);

/* A region's suffix: 1 and the results if word ends in ":DIGITS-DIGITS" with something before it.
 * Numbers of more than 64 bits become UINT64_MAX. */
int region_suffix(const char *word, size_t *name_length, uint64_t *from, uint64_t *to);

#endif
