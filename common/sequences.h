/*
 * An open archive that many threads share: any range of any contig, at the cost of the segments
 * that it touches.
 *
 * The footer is read once. What is decoded on the way (tables of contigs, references, packs) is
 * kept within a number of bytes; of a delta only the letters asked for are copied. Functions may be
 * called from any number of threads.
 */
#ifndef COMMON_SEQUENCES_H
#define COMMON_SEQUENCES_H

#include "common/catalog.h"

struct sequences;

/* checked: as in catalog_open(). */
int sequences_open(struct sequences **sequences, const char *path, size_t cache_bytes, int checked);
void sequences_close(struct sequences *sequences);
struct catalog *sequences_catalog(struct sequences *sequences); /* borrowed */

/* Letters from .. from + count of a contig of a table that is held. The range lies in the contig,
 * else ERROR_NOT_FOUND. A whole contig in one call is compared with its check. */
int sequences_read(struct sequences *sequences, const struct contig_table *table,
                   const struct contig_row *row, uint64_t from, size_t count, uint8_t *letters);

#endif
