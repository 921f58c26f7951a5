/*
 * The reader's log: its state as it stood at the start of each sample.
 *
 * Frames, in order: what a sample added (anchors as they entered the index, references, splitters,
 * rows), then START of the next sample with the places of all streams of the reader. A reader that
 * starts again goes back to a START, rebuilds its tables from the frames before it, reopens the
 * input and makes the same segments again; what the rings took already is dropped by the outboxes.
 * Anything after that START is cut off: it will be written again, alike.
 *
 * What follows the last START of a sound prefix is never needed, so any prefix is a place to go on.
 */
#ifndef READER_CHECKPOINT_H
#define READER_CHECKPOINT_H

#include "ipc/run.h"
#include "ipc/stream.h"
#include "reader/name_set.h"
#include "reader/segmenter.h"

struct checkpoint;

/* Everything at the start of a sample but the tables. */
struct checkpoint_start {
    uint64_t sample;    /* number of the input that it stands in, from 0 */
    uint64_t record;    /* records of that input before it (0 unless every record is a sample) */
    uint64_t name_hash; /* of its name, or 0: the input's (name_set.h) */
    uint64_t seq;       /* of its first segment */
    uint64_t lower_case, replaced; /* counts of notes so far */
    uint64_t input_bytes, symbols; /* counters so far */
    uint64_t index_slots;          /* bound of the index */
    uint32_t group_count;
    uint32_t place_count;                            /* 1 + workers */
    struct stream_place places[RUN_WORKERS_MAX + 1]; /* ring 0, then worker 0.. */
};

/* Opens the log `reader.log`. known[i] bounds the offset of stream i that the start may have
 * (UINT64_MAX: any). *have = 0: nothing to go on from, the log is empty now. Else *start is the
 * latest start that is allowed; the log ends with it, and checkpoint_restore() must follow. */
int checkpoint_open(struct checkpoint **checkpoint, int work_fd, uint32_t place_count,
                    const uint64_t *known, struct checkpoint_start *start, int *have);
void checkpoint_close(struct checkpoint *checkpoint);

/* Fills empty tables (the index bounded by index_slots already) with what they held at the start
 * that checkpoint_open() chose, and samples with the names of those before it. */
int checkpoint_restore(struct checkpoint *checkpoint, struct segmenter_tables *tables,
                       struct name_set *samples);

/* Notes anchors that are about to enter the index. */
int checkpoint_anchors(struct checkpoint *checkpoint, const struct anchor_entry *entries,
                       size_t count);

/* Notes how many mates the sample that began last has (lineage.h); writes the log out. */
int checkpoint_mates(struct checkpoint *checkpoint, unsigned mates);

/* 1 and *mates if that was noted for the sample that checkpoint_open() chose. */
int checkpoint_known_mates(const struct checkpoint *checkpoint, unsigned *mates);

/* Notes what the tables have gained since the last call, then the start; writes the log out. */
int checkpoint_start(struct checkpoint *checkpoint, const struct segmenter_tables *tables,
                     const struct checkpoint_start *start);

/* Makes what was written survive the machine. */
int checkpoint_sync(struct checkpoint *checkpoint);

#endif
