/*
 * The places of all parts, brought from the order of the archive into the order of the footer:
 * collection-contigs, collection-details, then group after group its reference, then its packs,
 * at last ext-sample-checks and ext-contig-checks.
 *
 * A counting sort with the counts that are known: one walk over the journal puts every place where
 * it belongs. Few places are kept in memory, many go to a file without a name in the work
 * directory, so that memory does not grow with the number of parts (eight bytes a group are taken
 * meanwhile).
 */
#ifndef WRITER_PART_ORDER_H
#define WRITER_PART_ORDER_H

#include "writer/journal.h"
#include "writer/part_table.h"

struct part_place {
    uint64_t off;
    uint64_t size;
    uint32_t check, reserved;
};

struct part_order;

/* Walks the whole journal. batches: parts of collection-contigs, and as many of collection-details;
 * check_batches: likewise of the two streams of checks. ERROR_SHARED if the journal has other parts than the counts say. */
int part_order_create(struct part_order **order, struct journal *journal,
                      const struct part_table *table, uint64_t batches, uint64_t check_batches,
                      int work_fd);
void part_order_free(struct part_order *order);

/* The next place, in order. */
int part_order_next(struct part_order *order, struct part_place *place);

/* Begins again with the first. */
void part_order_rewind(struct part_order *order);

/* Parts of the collection and of groups: those before the checks. */
uint64_t part_order_checked(const struct part_order *order);

#endif
