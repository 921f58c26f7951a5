/*
 * The extension streams of an archive (common/EXTENSIONS.md), out of the journal.
 *
 * Checks of contigs and samples were noted as they stand in the archive; a batch's are one part
 * each. Checks of parts come at the end, in the footer's order.
 */
#ifndef WRITER_CHECKS_OUT_H
#define WRITER_CHECKS_OUT_H

#include "writer/archive_out.h"
#include "writer/journal.h"
#include "writer/part_order.h"

/* The parts of ext-sample-checks and ext-contig-checks of a batch whose first entry is in the frame
 * at off, and which the log ends with. */
int checks_out_batch(struct journal *journal, uint64_t off, struct archive_out *archive);

/* ext-part-checks, while it is written: begin with the number of checks, put each. The part is
 * closed by its last check. */
struct checks_out {
    struct archive_out *archive;
    struct entry_part *part; /* filled */
};

int checks_out_begin(struct checks_out *out, struct archive_out *archive, uint64_t count,
                     struct entry_part *part);
int checks_out_put(struct checks_out *out, uint32_t check);

#endif
