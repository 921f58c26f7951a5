/*
 * Which k-mers of the reference sample occur once: the candidates for splitters.
 *
 * C++ AGC keeps every k-mer and sorts; a splitter is needed only every segment_size bases, so a
 * sample is enough. A k-mer is in the sample if its hash has enough zero bits: all its occurrences
 * are counted or none, so "occurs once" is exact. The table is bounded; when it fills, the sample is
 * halved. What is in it follows from the sequence alone.
 */
#ifndef READER_UNIQUE_KMERS_H
#define READER_UNIQUE_KMERS_H

#include "common/kmer.h"

struct unique_kmers;

/* segment_size decides how dense the sample begins; slots_max (a power of two) bounds the table at
 * 8 bytes and a bit a slot. */
int unique_kmers_create(struct unique_kmers **set, unsigned k, uint32_t segment_size,
                        size_t slots_max);
void unique_kmers_free(struct unique_kmers *set);

void unique_kmers_start_contig(struct unique_kmers *set);
int unique_kmers_push(struct unique_kmers *set, const uint8_t *codes, size_t count);

/* 1 if the canonical k-mer is in the sample and occurred once. */
int unique_kmers_has(const struct unique_kmers *set, uint64_t canonical);

uint64_t unique_kmers_symbols(const struct unique_kmers *set); /* pushed so far */

#endif
