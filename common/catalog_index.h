/*
 * Where contigs stand, by name, over all samples of an archive: a hash and a place each.
 *
 * 16 bytes a name; a contig has two if its header is more than its short name. Private to the
 * catalog.
 */
#ifndef COMMON_CATALOG_INDEX_H
#define COMMON_CATALOG_INDEX_H

#include "common/archive.h"

struct catalog_place {
    uint32_t sample, row; /* row: number of the contig in its sample */
};

struct catalog_index {
    struct bytes entries; /* struct index_entry, in order of hash and place */
};

/* Walks the archive once. *too_large = 1, and no index, if it would take more than limit bytes. */
int catalog_index_build(struct catalog_index *index, struct archive *archive, size_t limit,
                        int *too_large);
void catalog_index_free(struct catalog_index *index);

/* How many contigs have that name (64 bits of hash are taken as the name); the first max places. */
uint64_t catalog_index_find(const struct catalog_index *index, const char *name, size_t length,
                            struct catalog_place *places, size_t max);

/* The same without an index, by a walk over all names. */
int catalog_index_walk(struct archive *archive, const char *name, size_t length,
                       struct catalog_place *places, size_t max, uint64_t *count);

#endif
