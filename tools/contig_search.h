/*
 * Searching contigs by name, in one sample or in all.
 */
#ifndef TOOLS_CONTIG_SEARCH_H
#define TOOLS_CONTIG_SEARCH_H

#include "tools/contig_query.h"

struct contig_search {
    const char *name; /* not terminated */
    size_t length;
    uint64_t hits;             /* contigs of that name */
    char listing[1024];        /* the first of them, for messages */
    struct contig_found found; /* the first of them */
};

/* Looks through one sample for all searches at once. */
int contig_search_sample(struct archive *archive, uint32_t sample, struct contig_search *searches,
                         size_t count);
/* Looks through all samples. */
int contig_search_all(struct archive *archive, struct contig_search *searches, size_t count);

void contig_found_free(struct contig_found *found);

#endif
