/*
 * The splitters and the rows of segment-splitters (spec section 5), which C++ AGC's append needs.
 *
 * 8 bytes a splitter, 24 a row. A reference that was cut at k-mers which others may find again gets
 * a row, and the orientation that the row demands.
 */
#ifndef READER_SPLITTERS_H
#define READER_SPLITTERS_H

#include "ipc/messages.h"

#include <stddef.h>

struct splitters;

/* Which ends of a reference were cut at a k-mer that others may find again. */
struct reference_ends {
    int has_first, has_last;
};

int splitters_create(struct splitters **splitters, unsigned k);
void splitters_free(struct splitters *splitters);

/* Registers the ends of the reference codes[0..length) of group (length >= k, else nothing is
 * registered); *reversed says whether its stored text must be the reverse complement. */
int splitters_add(struct splitters *splitters, uint32_t group, const uint8_t *codes,
                  uint32_t length, struct reference_ends ends, int *reversed);

/* Takes over what an earlier incarnation had registered, in order; either array may be NULL. */
int splitters_restore(struct splitters *splitters, const void *kmers, size_t kmer_count,
                      const void *pairs, size_t pair_count);

/* Sorts and removes doubles; for the end of the input. The row (none, none) -> 0 is in. */
int splitters_finish(struct splitters *splitters);
const uint64_t *splitters_kmers(const struct splitters *splitters, size_t *count);
const struct message_pair *splitters_pairs(const struct splitters *splitters, size_t *count);

#endif
