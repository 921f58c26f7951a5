/*
 * The collection of an archive that many threads may share: samples, and their contigs by name.
 *
 * Tables of contigs (contig_table.h) are kept by least recent use within a number of bytes. A first
 * miss in a batch decodes the sample asked for; from the second on the whole batch is kept, as far
 * as it fits, so that random samples do not walk their batch each time. One lock guards the archive
 * and the tables; a table that a caller holds is not freed until it is given back.
 */
#ifndef COMMON_CATALOG_H
#define COMMON_CATALOG_H

#include "common/catalog_index.h"
#include "common/contig_table.h"

struct catalog;
struct container_part;

/* cache_bytes bounds the tables together; the one in use comes on top if it alone is larger.
 * checked: what is read is compared with the checks of the archive, if it has any. */
int catalog_open(struct catalog **catalog, const char *path, size_t cache_bytes, int checked);
void catalog_close(struct catalog *catalog);

/* What never changes: no lock, borrowed with the catalog. */
const struct archive_params *catalog_params(const struct catalog *catalog);
uint32_t catalog_sample_count(const struct catalog *catalog);
const char *catalog_sample_name(const struct catalog *catalog, uint32_t sample);
enum archive_checks catalog_checks(const struct catalog *catalog);
const char *catalog_info_key(const struct catalog *catalog, size_t index, const char **value);
int catalog_find_sample(const struct catalog *catalog, const char *name, uint32_t *sample);

/* The table of a sample, held until catalog_release(). */
int catalog_hold(struct catalog *catalog, uint32_t sample, const struct contig_table **table);
void catalog_release(struct catalog *catalog, const struct contig_table *table);

/* Looks a contig up by its name (short, or whole header) in all samples: *count of them there are,
 * and places[] holds the first max of these. */
int catalog_find_contig(struct catalog *catalog, const char *name, size_t length,
                        struct catalog_place *places, size_t max, uint64_t *count);

/* Parts of groups, for part_share.h: looked up under the lock, read without it. */
int catalog_part_find(struct catalog *catalog, uint32_t group, int reference, uint64_t part,
                      struct container_part *place);
const struct archive *catalog_archive(const struct catalog *catalog);

#endif
