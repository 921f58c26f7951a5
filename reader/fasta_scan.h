/*
 * The inner loop of FASTA parsing: letters to codes until something that is not a letter.
 *
 * Pure: works on memory, knows nothing of lines or records.
 */
#ifndef READER_FASTA_SCAN_H
#define READER_FASTA_SCAN_H

#include <stddef.h>
#include <stdint.h>

enum { FASTA_SCAN_SLACK = 32 }; /* bytes behind codes[length) that a scan may scribble on */

/* Translates the longest prefix of in[0..length) that consists of letters of the format, in either
 * case, to codes 0..15, adds the number of lower-case letters to *lower, and returns the prefix's
 * length. codes needs room for length + FASTA_SCAN_SLACK. Reads nothing outside in[0..length). */
typedef size_t fasta_scan_fn(const uint8_t *in, size_t length, uint8_t *codes, uint64_t *lower);

/* The fastest implementation for this processor. */
fasta_scan_fn *fasta_scan_best(void);

/* The portable one, for comparison in tests. */
fasta_scan_fn fasta_scan_portable;

#endif
