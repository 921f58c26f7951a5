/*
 * One segment's way into its group: which member it becomes, and what the writer is told.
 *
 *   role            becomes
 *   NEW_REFERENCE   member 0; the reference goes out as a part
 *   MEMBER          its LZ-diff against the reference: nothing differs -> member 0; equal to an entry of
 *                   the pending pack -> that member; else a new entry
 *   RAW             the symbols themselves: equal to a pending entry -> that member; else a new entry
 *
 * A pack that a new entry fills goes out as a part before the placement. The order of segments alone
 * decides; the store's cache does not.
 */
#ifndef WORKER_ENCODE_H
#define WORKER_ENCODE_H

#include "ipc/messages.h"
#include "worker/group_store.h"
#include "worker/part_sender.h"

struct encoder {
    struct group_store *store;
    struct part_sender *sender;
    struct bytes oriented; /* reverse complement of the segment */
    struct bytes delta;
};

void encoder_free(struct encoder *encoder);

/* codes: segment->length symbols in input orientation; borrowed for the call. */
int encoder_segment(struct encoder *encoder, uint64_t seq, const struct message_segment *segment,
                    const uint8_t *codes);

/* Says once more what followed from a decision of an earlier incarnation. */
int encoder_repeat(struct encoder *encoder, const struct stored_decision *decision);

/* The end of input: what is pending of each of the worker's groups from `first` on, which is one of
 * them, in group order. Now and then it is noted how far this came. */
int encoder_finish(struct encoder *encoder, uint32_t first, uint32_t worker_count,
                   uint32_t group_count, uint64_t seq);

#endif
