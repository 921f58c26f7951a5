/*
 * Contigs of samples with their lengths, from the collection alone.
 */
#ifndef TOOLS_LIST_CONTIGS_H
#define TOOLS_LIST_CONTIGS_H

#include "common/archive.h"

/* Calls see(context, header, length of the header, letters) for each contig of a sample; that ends
 * the walk by a code. */
int each_contig_of(struct archive *archive, uint32_t sample, void *context,
                   int (*see)(void *context, const char *header, size_t length, uint64_t letters));

#endif
