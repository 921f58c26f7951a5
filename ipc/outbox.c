/*
 * The producer's end of a stream (stream.h).
 *
 * A message's chain is computed from the caller's memory, then its bytes are copied straight into
 * slots, leaving out those that a predecessor published. Slots end where they are full or where a
 * message ends, so that what is published is always a prefix of the stream, whoever made it, and
 * every slot starts at a multiple of 8.
 */
#include "ipc/stream.h"

#include "common/error.h"
#include "ipc/fault.h"
#include "ipc/stream_private.h"

#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { GATHER_BYTES = 256 }; /* smaller messages are hashed in one piece */

int outbox_open(struct outbox *o, struct ring_shm *shm, uint32_t gen,
                const struct ring_wait_ops *wait, struct stream_place from)
{
    struct outbox new = {.place = from};
    int code = ring_producer_open(&new.ring, shm, gen, wait);

    if (code)
        return code;
    if (from.off > new.ring.published_off || from.off % 8 != 0)
        return error_set(ERROR_SHARED, "a stream cannot go on at offset %llu: the ring has %llu",
                         (unsigned long long)from.off, (unsigned long long)new.ring.published_off);
    new.drop_below = new.ring.published_off;
    new.taken.off = new.ring.mark_off;
    new.taken.chain = new.ring.mark_chain;
    ring_producer_set_base(&new.ring, from.off, from.chain);
    *o = new;
    return 0;
}

static uint64_t chain_parts(uint64_t chain, const struct message_header *header,
                            const struct iovec *parts, int count)
{
    uint8_t gathered[GATHER_BYTES];
    XXH3_state_t state;
    int i;

    if (header->length <= GATHER_BYTES - HEADER_BYTES) {
        size_t at = HEADER_BYTES;

        memcpy(gathered, header, HEADER_BYTES);
        for (i = 0; i < count; i++) {
            if (parts[i].iov_len)
                memcpy(gathered + at, parts[i].iov_base, parts[i].iov_len);
            at += parts[i].iov_len;
        }
        return XXH3_64bits_withSeed(gathered, at, chain);
    }
    XXH3_INITSTATE(&state);
    XXH3_64bits_reset_withSeed(&state, chain);
    XXH3_64bits_update(&state, header, HEADER_BYTES);
    for (i = 0; i < count; i++)
        XXH3_64bits_update(&state, parts[i].iov_base, parts[i].iov_len);
    return XXH3_64bits_digest(&state);
}

/* Puts length bytes at stream offset *at of the message that ends at `after`. */
static int put_bytes(struct outbox *o, uint64_t *at, const void *data, size_t length,
                     const struct stream_place *after)
{
    const uint8_t *from = data;

    if (*at < o->drop_below) {
        size_t drop = o->drop_below - *at < length ? (size_t)(o->drop_below - *at) : length;

        from += drop;
        length -= drop;
        *at += drop;
    }
    while (length) {
        uint8_t *space;
        size_t room;
        int code = ring_producer_space(&o->ring, &space, &room);

        if (code)
            return code;
        if (room > length)
            room = length;
        memcpy(space, from, room);
        from += room;
        length -= room;
        *at += room;
        if (*at == after->off)
            ring_producer_mark(&o->ring, after->off, after->chain);
        code = ring_producer_commit(&o->ring, room);
        if (code)
            return code;
    }
    return 0;
}

/* Have we come, by making the stream again, to the place that the ring already knew? */
static int compare_taken(struct outbox *o, struct stream_place before, struct stream_place after)
{
    if (o->taken.off == o->ring.base_off || before.off >= o->taken.off || after.off < o->taken.off)
        return 0;
    if (after.off == o->taken.off && after.chain == o->taken.chain)
        return 0;
    return error_set(ERROR_INPUT, "inputs changed: what is read now differs from what was read "
                                  "before the restart");
}

int outbox_put(struct outbox *o, uint32_t kind, uint64_t seq, const struct iovec *parts, int count)
{
    static const uint8_t zeros[8];
    struct message_header header = {.kind = kind, .seq = seq};
    struct stream_place after;
    uint64_t length = 0, at = o->place.off;
    int i, code;

    for (i = 0; i < count; i++)
        if (__builtin_add_overflow(length, parts[i].iov_len, &length) || length > UINT32_MAX - 64)
            return error_set(ERROR_MEMORY, "a message is too long");
    header.length = (uint32_t)length;
    after.off = at + stream_padded(HEADER_BYTES + length);
    after.chain = chain_parts(o->place.chain, &header, parts, count);
    code = compare_taken(o, o->place, after);
    if (!code)
        code = put_bytes(o, &at, &header, HEADER_BYTES, &after);
    FAULT("outbox-part");
    for (i = 0; i < count && !code; i++)
        code = put_bytes(o, &at, parts[i].iov_base, parts[i].iov_len, &after);
    if (!code)
        code = put_bytes(o, &at, zeros, after.off - at, &after);
    if (code)
        return code;
    o->place = after;
    o->messages++;
    ring_producer_set_base(&o->ring, after.off, after.chain);
    return ring_producer_starving(&o->ring) ? ring_producer_publish(&o->ring) : 0;
}

int outbox_publish(struct outbox *o)
{
    return ring_producer_publish(&o->ring);
}
