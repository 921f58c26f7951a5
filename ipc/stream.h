/*
 * Messages over a ring: outbox (producer's end) and inbox (consumer's end).
 *
 * In the stream a message is its header, its payload, and 0..7 zero bytes that fill up to a
 * multiple of 8: so every message starts aligned. An offset counts them; length and chain leave
 * them out.
 *
 * A stream has an offset (bytes since the run began) and a chain: a 64-bit XXH3 over all messages
 * so far (header and payload of each hashed with the chain before as seed; 0 at the start). Logs
 * note both. A producer that
 * starts again names the offset and chain where it begins to produce, and makes the same messages;
 * the outbox drops the bytes that the ring already took, and compares the chain at the last whole
 * message that it took. A consumer that starts again names the offset and chain up to which its log
 * knows the stream; the inbox skips what is below it and, where the ring still begins at its base
 * (a resumed run), compares the chain when it gets there. A chain that differs is ERROR_INPUT
 * "inputs changed".
 *
 * After an error an outbox or inbox is used no more.
 */
#ifndef IPC_STREAM_H
#define IPC_STREAM_H

#include "common/bytes.h"
#include "ipc/messages.h"
#include "ipc/ring.h"

#include <sys/uio.h>

struct stream_place {
    uint64_t off;
    uint64_t chain;
};

struct outbox {
    struct ring_producer ring;
    struct stream_place place; /* after the last message put */
    uint64_t drop_below;       /* bytes below this offset are already in the ring */
    struct stream_place taken; /* last whole message in the ring when it was opened */
    uint64_t messages;
};

/* from: where the caller starts to produce: an end of a message, at most the offset published so
 * far (else ERROR_SHARED). */
int outbox_open(struct outbox *o, struct ring_shm *shm, uint32_t gen,
                const struct ring_wait_ops *wait, struct stream_place from);

/* Puts one message whose payload is the parts together. Blocks while the ring is full. Publishes at
 * the end if the consumer is starving. */
int outbox_put(struct outbox *o, uint32_t kind, uint64_t seq, const struct iovec *parts, int count);

int outbox_publish(struct outbox *o);

struct message {
    uint32_t kind;
    uint32_t length;
    uint64_t seq;
    const uint8_t *payload;    /* borrowed until the next inbox call; aligned to 8 bytes */
    struct stream_place after; /* place of the stream after this message */
};

struct inbox {
    struct ring_consumer ring;
    struct stream_place place; /* after the last message taken */
    struct stream_place known; /* messages up to here are skipped, then the chain is compared */
    struct bytes assembly;     /* a message that spans slots, or is not aligned */
    size_t stashed;            /* bytes of assembly that the owner's log has */
    struct bytes resume;       /* what the owner's log had stashed, until it is reached */
    uint32_t length_max;       /* a longer message is ERROR_SHARED */
    uint32_t state;            /* see inbox.c */
    uint32_t taken;            /* assembly holds a message that was handed out */
    uint64_t messages;
    /* Called when all slots are held and more is needed: because a message is longer than what the
     * ring can hold, or because nothing was released in time. The owner must append bytes
     * [off, off+length) of the stream, a fragment of the message to come (length may be 0), to its
     * log, flush that with all that came before, and publish the output that follows; then all
     * slots are released. Not called for bytes below `known`, which a log has. NULL: simply
     * released (a run without restart). */
    int (*stash)(void *context, uint64_t off, const uint8_t *data, size_t length);
    void *stash_context;
};

/* known: what the owner's log holds of this stream. resume/resume_length: bytes of a partly taken
 * message right after known, that a log had stashed (NULL, 0 otherwise); copied. */
int inbox_open(struct inbox *in, struct ring_shm *shm, const struct ring_wait_ops *wait,
               uint32_t length_max, struct stream_place known, const uint8_t *resume,
               size_t resume_length);
void inbox_close(struct inbox *in);

/* The next message after `known`. Blocks. */
int inbox_next(struct inbox *in, struct message *m);

/* Like inbox_next, but does not block: *have = 0 if no whole message is there yet. */
int inbox_try_next(struct inbox *in, struct message *m, int *have);

/* Skips what is known (and what was stashed) as far as it is there, without blocking and without
 * taking a message; *done = 1 when nothing of it is left to come. */
int inbox_skip_known(struct inbox *in, int *done);

/* Everything up to stream offset off is settled (logged, its output published): releases slots. The
 * last message's payload may be gone with them. */
void inbox_release(struct inbox *in, uint64_t off);

#endif
