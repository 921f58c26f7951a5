/*
 * The order of the archive: which ring the writer takes from next, and what each message means.
 *
 * Pure: a plain value that knows no ring and no file. The caller asks merge_source(), takes one
 * message from that ring, hands it to merge_take() and acts on the effect. So the order follows
 * from the messages alone, never from which stage was faster, and since every message is one step,
 * the state after any message can be logged and gone on from.
 *
 *   phase         takes from                 until
 *   MERGE_SPINE   ring 0                     SPINE (-> MERGE_SEGMENT), or END (-> MERGE_TAIL)
 *   MERGE_SEGMENT worker group mod N         the PLACEMENT of that seq, its parts before it
 *   MERGE_TAIL    worker tail_group mod N    GROUP_DONE of every group 0..group_count-1, in order
 *   MERGE_ENDS    worker 0, 1 ... N-1        END of each
 *   MERGE_DONE    nothing
 *
 * Why this never waits for ever. The writer waits for W(q) alone, the worker of the spine record q
 * taken last. All output below q is taken, so once the caller has released what it took, the ring
 * from W(q) has room; and W(q) has q or will get it, because the reader publishes what it holds on
 * all rings before it sleeps on any, and a worker never waits for another one. In MERGE_TAIL the
 * same holds with the worker of tail_group in the place of W(q), its END published by the reader.
 *
 * Anything out of order, or a number that cannot be, is ERROR_SHARED with a text that says which.
 */
#ifndef WRITER_MERGE_H
#define WRITER_MERGE_H

#include "ipc/messages.h"
#include "ipc/stream.h"

enum merge_phase { MERGE_SPINE, MERGE_SEGMENT, MERGE_TAIL, MERGE_ENDS, MERGE_DONE };

/* All of it may be logged as bytes and taken over by a successor. */
struct merge {
    uint32_t phase; /* enum merge_phase */
    uint32_t worker_count;
    uint64_t next_seq;          /* of the next SPINE */
    struct message_spine spine; /* in MERGE_SEGMENT: the segment that waits for its placement */
    uint32_t part_open;         /* a PART_BEGIN came whose data are not complete */
    uint32_t tail_group;
    uint32_t tail_part; /* the last part of tail_group was taken */
    uint32_t ends;      /* workers whose END was taken */
    uint32_t group_count;
    uint32_t group_max;             /* highest group named by a pair */
    struct message_part_begin part; /* the part at work */
    uint64_t part_left;             /* bytes of its data still to come */
    uint32_t stage;                 /* what ring 0 may bring: see merge.c */
    uint32_t contigs;               /* of the sample at work */
    uint32_t segments;              /* of the contig at work */
    uint32_t reserved;
    uint64_t splitters, pairs; /* counts so far */
    uint64_t last_splitter;
    struct message_pair last_pair;
};

enum merge_effect_kind {
    MERGE_NOTHING,
    MERGE_TAKE_SAMPLE,    /* payload is its name */
    MERGE_TAKE_CONTIG,    /* payload is its name */
    MERGE_TAKE_CONTIG_CHECK, /* payload: struct message_check */
    MERGE_TAKE_SAMPLE_CHECK, /* payload: struct message_check */
    MERGE_TAKE_SPINE,     /* nothing to do but to note seq */
    MERGE_TAKE_PART,      /* part: its data follow */
    MERGE_TAKE_DATA,      /* payload: the next bytes of part; complete says whether it ends here */
    MERGE_TAKE_PLACEMENT, /* segment */
    MERGE_TAKE_SPLITTERS, /* payload: u64[] */
    MERGE_TAKE_PAIRS,     /* payload: struct message_pair[] */
    MERGE_TAKE_INPUT_END, /* group_count is known */
    MERGE_TAKE_GROUP,     /* group is complete */
};

struct merge_effect {
    enum merge_effect_kind kind;
    int complete;
    uint32_t group, member, length, reverse; /* PLACEMENT; GROUP has group alone */
};

void merge_begin(struct merge *merge, uint32_t worker_count);

/* The ring to take the next message from: 0 = the spine, 1 + w = worker w. Not in MERGE_DONE. */
uint32_t merge_source(const struct merge *merge);

int merge_take(struct merge *merge, const struct message *message, struct merge_effect *effect);

#endif
