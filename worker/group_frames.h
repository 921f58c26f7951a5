/*
 * Frames of a worker's log: what it decided, and the store of its groups.
 *
 * frame            head                     then
 * FRAME_WORKER     struct frame_worker      -          the first frame; who wrote this log
 * FRAME_REFERENCE  struct frame_reference   tuples     member 0 of an LZ group
 * FRAME_ENTRY      struct frame_entry       text       a new entry: its bytes and the separator
 * FRAME_SAME       struct frame_same        -          a segment equal to one that is stored
 * FRAME_MERGED     struct frame_merged      text       entries of earlier frames, gathered
 * FRAME_PLACES     struct frame_places      -          everything before is settled
 * FRAME_STASH      struct frame_stash       bytes      a piece of a message longer than the ring
 * FRAME_END        struct frame_end         -          the input's end
 * FRAME_FINISHED   struct frame_finished    -          after the end: groups whose last output is made
 *
 * REFERENCE, ENTRY and SAME are decisions: one for each segment, in seq order, its seq in the log's
 * own frame header. ENTRY and MERGED frames of a group form a chain backwards, by `previous`, that
 * ends (0) at the pack's beginning: walking it gives the pending pack. A frame stands for its
 * messages only when a FRAME_PLACES follows: what lies behind the last one is cut off at a restart.
 */
#ifndef WORKER_GROUP_FRAMES_H
#define WORKER_GROUP_FRAMES_H

#include "ipc/log.h"
#include "ipc/stream.h"

enum group_frame_kind {
    FRAME_WORKER = 1,
    FRAME_REFERENCE,
    FRAME_ENTRY,
    FRAME_SAME,
    FRAME_MERGED,
    FRAME_PLACES,
    FRAME_STASH,
    FRAME_END,
    FRAME_FINISHED,
};

enum { GROUP_LOG_VERSION = 1 };

struct frame_worker {
    uint32_t version, worker, worker_count, pack, min_match;
};

struct frame_reference {
    uint32_t group, length; /* symbols */
};

struct frame_entry {
    uint64_t previous; /* address of the frame before in the chain, or 0 */
    uint32_t group, member;
};

struct frame_same {
    uint32_t group, member;
};

struct frame_merged {
    uint64_t previous;
    uint32_t group, count;
};

struct frame_places {
    struct stream_place in, out;
};

struct frame_stash {
    uint64_t off; /* in the input stream */
};

struct frame_end {
    uint32_t group_count, reserved;
    uint64_t segment_count;
};

struct frame_finished {
    struct stream_place out; /* after the last output of all groups of the worker below this one */
    uint32_t group, reserved;
};

/* Copies the head out of a frame; *rest is what follows it. ERROR_SHARED if it is too short. */
int group_frame_take(const struct log_frame *frame, void *head, size_t head_bytes,
                     const uint8_t **rest, size_t *rest_length);

/* Appends a frame of head and rest. */
int group_frame_put(struct log *log, enum group_frame_kind kind, uint64_t seq, const void *head,
                    size_t head_bytes, const uint8_t *rest, size_t rest_length, uint64_t *off);

#endif
