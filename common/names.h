/*
 * Names: of samples (from paths), of contigs (short names; the delta code of collection-contigs,
 * spec section 8.1).
 */
#ifndef COMMON_NAMES_H
#define COMMON_NAMES_H

#include "common/bytes.h"

/* Sample name of a path: no directories, without .gz .bgz .zst .xz, then without one of .fa .fna
 * .fasta .fas .ffn; nothing else removed. malloc'ed string, or NULL when out of memory. */
char *sample_name_from_path(const char *path);

/* Length of the short name: up to the first blank, tab, CR or LF. */
size_t contig_short_length(const char *name, size_t length);

/* ERROR_INPUT if a contig name cannot be held by the format (a byte >= 128, or NUL). *bad is the
 * position of the byte. */
int contig_name_check(const char *name, size_t length, size_t *bad);

/* Appends the coded form of name, given its predecessor in the same sample (NULL: the first), and
 * the closing NUL. */
int contig_name_encode(const char *previous, size_t previous_length, const char *name,
                       size_t length, struct bytes *out);

/* Replaces *name (which holds the predecessor; empty for the first) by the decoded name. coded is
 * without its NUL. ERROR_FORMAT if it copies past the predecessor. */
int contig_name_decode(struct bytes *name, const uint8_t *coded, size_t length);

#endif
