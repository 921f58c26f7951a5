/*
 * Judging an archive: takes what a query gives, and puts out no letters but what is wrong with them.
 *
 * Compared are: the letters of neighbours where they overlap, contigs and samples with their checks
 * (if the archive has any). Damage is told contig by contig, each once, and does not end the run.
 */
#ifndef WRITER_VERIFY_H
#define WRITER_VERIFY_H

#include "writer/query.h"

struct verify_result {
    uint64_t samples, contigs, letters;
    uint64_t checked_contigs, checked_samples;
    uint64_t damaged_parts; /* and other damage outside of samples */
    uint64_t damaged_contigs, damaged_samples;
};

struct verify_listener {
    void *context;
    void (*damage)(void *context, const char *text); /* for each */
    void (*lost)(void *context, const char *sample, size_t length); /* once a sample; may be NULL */
};

int verify_archive(const struct query_config *config, const struct verify_listener *listener,
                   struct verify_result *result);

#endif
