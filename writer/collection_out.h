/*
 * Collection batches and sample names: from the journal into the archive.
 *
 * Batch b holds samples b * pack ...; it is written when its last segment has been placed, from
 * what the journal holds since the batch began. A part announces counts before what they count, so
 * three cursors walk the same entries: one writes, one has gone ahead to the end of the sample, one
 * to the end of the contig. Memory is that of the encoder and three frames, whatever the batch.
 */
#ifndef WRITER_COLLECTION_OUT_H
#define WRITER_COLLECTION_OUT_H

#include "common/collection_encode.h"
#include "writer/archive_out.h"
#include "writer/journal.h"

/* Writes the two parts of a batch whose first entry is in the frame at off, and notes them in the
 * journal (whose own entries must all be appended). */
int collection_out_batch(struct collection_encoder *encoder, struct journal *journal, uint64_t off,
                         uint32_t samples, struct archive_out *archive);

/* Writes the one part of collection-samples; *part is where it stands. */
int collection_out_samples(struct journal *journal, uint64_t samples, int work_fd,
                           struct archive_out *archive, struct entry_part *part);

#endif
