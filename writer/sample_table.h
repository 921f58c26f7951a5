/*
 * The table of samples: what each cost, for people.
 *
 * A file `samples` in the work directory, one line a sample, written batch by batch along with the
 * collection: number (from 1), letters, segments, groups born, bytes of parts sent while it was at
 * work, name; split by tabs. A writer that starts again may write a batch's lines twice, with the
 * same numbers; the values follow from the journal alone and are the same. Packs that were
 * unfinished at the end of the input belong to no sample.
 */
#ifndef WRITER_SAMPLE_TABLE_H
#define WRITER_SAMPLE_TABLE_H

#include "writer/journal.h"

#define SAMPLE_TABLE_NAME "samples"

/* Appends the lines of a batch whose first entry is in the frame at off and whose first sample has
 * this number (from 1). */
int sample_table_batch(struct journal *journal, uint64_t off, uint64_t first, uint32_t k,
                       int work_fd);

#endif
