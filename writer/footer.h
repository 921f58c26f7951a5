/*
 * The end of an archive: the streams of one part, then the footer (spec sections 2 and 9).
 *
 * The order of streams in the footer: the three of the collection first (C++ AGC's append depends
 * on it), params, splitters, segment-splitters, file_type_info, then group after group its
 * reference stream and its packs, at last the extension streams. Nothing but the journal, the table of groups and these numbers
 * decides the bytes, so writing the end again gives the same.
 */
#ifndef WRITER_FOOTER_H
#define WRITER_FOOTER_H

#include "writer/archive_out.h"
#include "writer/journal.h"
#include "writer/part_table.h"

struct footer_params {
    uint32_t k, min_match, pack, segment_size;
    uint64_t samples;
    uint64_t batches;
    uint64_t splitters, pairs;
    uint64_t lists_off; /* frame of the journal from which splitters and pairs are found */
    uint32_t group_count;
    int checks;       /* 1: with the extension streams (common/EXTENSIONS.md) */
    const char *made; /* for ext-made */
};

int footer_write(const struct footer_params *params, struct journal *journal,
                 const struct part_table *table, int work_fd, struct archive_out *archive);

#endif
