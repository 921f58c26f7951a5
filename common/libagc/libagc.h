/*
 * The handle behind agc_t. Private to the library.
 */
#ifndef COMMON_LIBAGC_LIBAGC_H
#define COMMON_LIBAGC_LIBAGC_H

#include "common/sequences.h"

/* What the library exports; all else is hidden. */
#define AGC_EXPORT __attribute__((visibility("default")))

struct agc_t {
    struct sequences *sequences;
    struct catalog *catalog; /* of sequences */
};

/* A contig that is held; give its table back with catalog_release(). */
struct held_contig {
    const struct contig_table *table;
    const struct contig_row *row;
};

/* An AGC_... code; the message is error_text(). first: of several contigs of that name in the
 * sample take the first, else that is AGC_AMBIGUOUS. */
int libagc_hold(const struct agc_t *archive, const char *sample, const char *contig, int first,
                struct held_contig *held);

/* An AGC_... code for one of error.h. */
int libagc_code(int code);

#endif
