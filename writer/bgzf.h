/*
 * BGZF: gzip in independent blocks of at most 64 KiB, so that the output can be indexed (SAM/BAM
 * format specification, section 4.1). Every gzip reader reads it.
 *
 * Compression is ISA-L's. Levels 1..3, 4..6 and 7..9 of gzip are its levels 1, 2 and 3.
 */
#ifndef WRITER_BGZF_H
#define WRITER_BGZF_H

#include "writer/fasta_out.h"

struct bgzf;

int bgzf_create(struct bgzf **bgzf, unsigned level);
void bgzf_free(struct bgzf *bgzf);

/* Where the compressed bytes go from now on. */
void bgzf_set_sink(struct bgzf *bgzf, struct fasta_sink sink);

/* Gathers blocks and passes them on. */
int bgzf_write(struct bgzf *bgzf, const void *data, size_t length);

/* Ends the stream: the last block, then the empty one that marks the end. The next write begins a
 * stream of its own. */
int bgzf_end(struct bgzf *bgzf);

#endif
