/*
 * The consumer's end of a stream (stream.h).
 *
 * A message that lies whole in one slot is handed out where it lies. Others are gathered in
 * `assembly`. The first message after opening is preceded by the skipping of what the owner's log
 * knows:
 *
 *   WALK    ring begins at its base, at or below known: take messages and drop them, compare chains
 *   SKIP    drop bytes up to known and those resumed (compared, where we have them)
 *   PLAIN   messages go out
 *
 * The inbox never waits while it holds every slot: see settle().
 */
#include "ipc/stream.h"

#include "common/error.h"
#include "ipc/fault.h"
#include "ipc/stream_private.h"

#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { ASSEMBLY_KEEP_BYTES = 256 * 1024 };

enum inbox_state { INBOX_WALK, INBOX_SKIP, INBOX_PLAIN };

int inbox_open(struct inbox *in, struct ring_shm *shm, const struct ring_wait_ops *wait,
               uint32_t length_max, struct stream_place known, const uint8_t *resume,
               size_t resume_length)
{
    struct inbox new = {.known = known, .place = known, .length_max = length_max};
    int code = ring_consumer_open(&new.ring, shm, wait);

    if (code)
        return code;
    if (new.ring.read_off > known.off + resume_length)
        return error_set(ERROR_SHARED, "a ring released offset %llu, but the log ends at %llu",
                         (unsigned long long)new.ring.read_off,
                         (unsigned long long)(known.off + resume_length));
    new.state = new.ring.read_off == new.ring.base_off &&new.ring.base_off <= known.off
                    ? INBOX_WALK
                    : INBOX_SKIP;
    code = bytes_append(&new.resume, resume, resume_length);
    if (code)
        return code;
    *in = new;
    return 0;
}

void inbox_close(struct inbox *in)
{
    bytes_free(&in->assembly);
    bytes_free(&in->resume);
}

void inbox_release(struct inbox *in, uint64_t off)
{
    ring_consumer_release(&in->ring, off);
}

/* All slots are ours and the producer cannot go on: has the owner secure what it took and the
 * fragment of the message that is being gathered, then releases everything. */
static int settle(struct inbox *in)
{
    if (in->stash) {
        size_t length = in->state == INBOX_PLAIN ? in->assembly.length - in->stashed : 0;
        const uint8_t *data = length ? in->assembly.data + in->assembly.length - length : NULL;
        int code = in->stash(in->stash_context, in->ring.read_off - length, data, length);

        if (code)
            return code;
        in->stashed += length;
        FAULT("inbox-stashed");
    }
    ring_consumer_release(&in->ring, in->ring.read_off);
    return 0;
}

/* Bytes that were not read yet; *length = 0 only if not blocking. */
static int fetch(struct inbox *in, int blocking, const uint8_t **data, size_t *length)
{
    int code = ring_consumer_holds_all(&in->ring) ? settle(in) : 0;

    if (code)
        return code;
    return blocking ? ring_consumer_peek(&in->ring, data, length)
                    : ring_consumer_try_peek(&in->ring, data, length);
}

/* Gathers until assembly holds `need` bytes; *have = 0 if that must wait. */
static int gather(struct inbox *in, size_t need, int blocking, int *have)
{
    int code =
        need > in->assembly.length ? bytes_reserve(&in->assembly, need - in->assembly.length) : 0;

    while (!code && in->assembly.length < need) {
        const uint8_t *data;
        size_t length;

        code = fetch(in, blocking, &data, &length);
        if (code || !length)
            break;
        if (length > need - in->assembly.length)
            length = need - in->assembly.length;
        code = bytes_append(&in->assembly, data, length);
        ring_consumer_advance(&in->ring, length);
    }
    *have = !code && in->assembly.length >= need;
    return code;
}

/* Bytes that a message with this header takes in the stream. */
static int message_bytes(const struct inbox *in, const uint8_t *data, size_t *total)
{
    struct message_header header;

    memcpy(&header, data, HEADER_BYTES);
    if (header.length > in->length_max)
        return error_set(ERROR_SHARED, "a message of kind %u claims %u bytes", header.kind,
                         header.length);
    *total = (size_t)stream_padded(HEADER_BYTES + (uint64_t)header.length);
    return 0;
}

/* data holds one whole message of total bytes. */
static int deliver(struct inbox *in, const uint8_t *data, size_t total, struct message *m)
{
    struct message_header header;
    size_t i;

    memcpy(&header, data, HEADER_BYTES);
    for (i = HEADER_BYTES + (size_t)header.length; i < total; i++)
        if (data[i])
            return error_set(ERROR_SHARED, "a message of kind %u is not filled up with zeros",
                             header.kind);
    m->kind = header.kind;
    m->length = header.length;
    m->seq = header.seq;
    m->payload = data + HEADER_BYTES;
    m->after.off = in->place.off + total;
    m->after.chain =
        XXH3_64bits_withSeed(data, HEADER_BYTES + (size_t)header.length, in->place.chain);
    in->place = m->after;
    return 0;
}

static void drop_assembly(struct inbox *in)
{
    if (in->assembly.capacity > ASSEMBLY_KEEP_BYTES &&
        in->assembly.length < in->assembly.capacity / 8)
        bytes_free(&in->assembly);
    in->assembly.length = 0;
    in->stashed = 0;
    in->taken = 0;
}

/* The next message of the stream, whether known or not. */
static int take(struct inbox *in, int blocking, struct message *m, int *have)
{
    const uint8_t *data;
    size_t length, total = 0;
    int code;

    *have = 0;
    if (in->taken)
        drop_assembly(in);
    if (in->assembly.length == 0) {
        code = fetch(in, blocking, &data, &length);
        if (code || !length)
            return code;
        if (length >= HEADER_BYTES && (uintptr_t)data % 8 == 0) {
            code = message_bytes(in, data, &total);
            if (code)
                return code;
            if (length >= total) {
                ring_consumer_advance(&in->ring, total);
                *have = 1;
                return deliver(in, data, total, m);
            }
        }
    }
    code = gather(in, HEADER_BYTES, blocking, have);
    if (code || !*have)
        return code;
    code = message_bytes(in, in->assembly.data, &total);
    if (!code)
        code = gather(in, total, blocking, have);
    if (code || !*have)
        return code;
    if (in->assembly.length > total)
        return error_set(ERROR_SHARED, "the log holds more of a message than it has");
    in->taken = 1;
    return deliver(in, in->assembly.data, total, m);
}

/* WALK: takes messages from the ring's base up to known and compares the chain. */
static int walk(struct inbox *in, int blocking, int *have)
{
    static const char changed[] =
        "inputs changed: what is sent now differs from what the log knows";
    struct message m;

    if (in->place.off == in->known.off) { /* nothing walked yet */
        const uint8_t *data;
        size_t length;
        int code = fetch(in, blocking, &data, &length);

        *have = !code && length;
        if (!*have)
            return code;
        in->place.off = in->ring.base_off;
        if (!ring_consumer_base(&in->ring, &in->place.chain)) {
            in->place = in->known;
            in->state = INBOX_SKIP;
            return 0;
        }
    }
    while (in->place.off < in->known.off) {
        int code = take(in, blocking, &m, have);

        if (code || !*have)
            return code;
    }
    if (in->place.off != in->known.off || in->place.chain != in->known.chain)
        return error_set(ERROR_INPUT, "%s", changed);
    if (in->taken)
        drop_assembly(in);
    in->state = INBOX_SKIP;
    return 0;
}

/* SKIP: drops bytes up to known, then those that the log had stashed. */
static int skip(struct inbox *in, int blocking, int *have)
{
    uint64_t known = in->known.off, end = known + in->resume.length;

    *have = 1;
    while (in->ring.read_off < end) {
        uint64_t at = in->ring.read_off, until = at < known ? known : end;
        const uint8_t *data;
        size_t length;
        int code = fetch(in, blocking, &data, &length);

        if (code || !length) {
            *have = 0;
            return code;
        }
        if (length > until - at)
            length = (size_t)(until - at);
        if (at >= known && memcmp(data, in->resume.data + (at - known), length) != 0)
            return error_set(ERROR_INPUT, "inputs changed: what is sent now differs from a "
                                          "fragment that the log holds");
        ring_consumer_advance(&in->ring, length);
    }
    bytes_free(&in->assembly);
    in->assembly = in->resume;
    in->stashed = in->assembly.length;
    in->resume = (struct bytes){0};
    in->state = INBOX_PLAIN;
    return 0;
}

static int next_message(struct inbox *in, int blocking, struct message *m, int *have)
{
    int code = 0, there = 1;

    *have = 0;
    if (in->state == INBOX_WALK)
        code = walk(in, blocking, &there);
    if (!code && there && in->state == INBOX_SKIP)
        code = skip(in, blocking, &there);
    if (!code && there)
        code = take(in, blocking, m, &there);
    if (code || !there)
        return code;
    in->messages++;
    *have = 1;
    FAULT("inbox-message");
    return 0;
}

int inbox_skip_known(struct inbox *in, int *done)
{
    int code = 0, there = 1;

    if (in->state == INBOX_WALK)
        code = walk(in, 0, &there);
    if (!code && there && in->state == INBOX_SKIP)
        code = skip(in, 0, &there);
    *done = in->state == INBOX_PLAIN;
    return code;
}

int inbox_next(struct inbox *in, struct message *m)
{
    int have;

    return next_message(in, 1, m, &have);
}

int inbox_try_next(struct inbox *in, struct message *m, int *have)
{
    return next_message(in, 0, m, have);
}
