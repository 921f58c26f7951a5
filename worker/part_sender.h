/*
 * What a worker says to the writer in create: parts in pieces, placements, groups done.
 */
#ifndef WORKER_PART_SENDER_H
#define WORKER_PART_SENDER_H

#include "common/part_codec.h"
#include "ipc/stream.h"
#include "worker/pack.h"

struct part_sender {
    struct outbox *outbox;
    struct part_codec *codec; /* owned */
    struct bytes part;        /* stored form of the part being sent */
    uint64_t part_bytes;      /* sent so far */
};

int part_sender_open(struct part_sender *sender, struct outbox *outbox, enum part_effort effort);
void part_sender_close(struct part_sender *sender);

/* Heap that compression holds. */
size_t part_sender_held_bytes(const struct part_sender *sender);

/* Compresses and sends; all block while the ring is full. */
int part_sender_reference(struct part_sender *sender, uint64_t seq, uint32_t group,
                          const uint8_t *codes, size_t length);
int part_sender_pack(struct part_sender *sender, uint64_t seq, uint32_t group,
                     const uint8_t *text, size_t length);
int part_sender_placement(struct part_sender *sender, uint64_t seq, uint32_t group,
                          uint32_t member);
int part_sender_group_done(struct part_sender *sender, uint64_t seq, uint32_t group);

#endif
