/*
 * A stream of messages that follows from the number of the message alone, for tests: sizes from 0
 * to many times the ring, payloads in several parts. The expected place after each message is
 * computed here from the words of stream.h, by hand over one piece of memory.
 */
#ifndef TESTS_UNIT_STREAM_FIXTURE_H
#define TESTS_UNIT_STREAM_FIXTURE_H

#include "ipc/stream.h"
#include "ring_fixture.h"

#include <xxhash.h>

enum { STREAM_LENGTH_MAX = 5000 };

struct made_message {
    uint32_t kind, length;
    uint64_t seq;
    uint8_t payload[STREAM_LENGTH_MAX];
};

static inline void message_make(uint64_t number, struct made_message *m)
{
    static const uint32_t lengths[] = {0, 1, 7, 8, 9, 40, 0, 100, 3000, 16, 47, 48, 49, 0, 5000, 5};
    uint32_t i;

    m->kind = 1 + (uint32_t)(number % 13);
    m->seq = number / 3;
    m->length = lengths[number % 16];
    for (i = 0; i < m->length; i++)
        m->payload[i] = stream_byte(number * 100003 + i);
}

/* Place after message `number`, given the place before. */
static inline struct stream_place place_after(struct stream_place before,
                                              const struct made_message *m)
{
    uint8_t whole[16 + STREAM_LENGTH_MAX];
    struct stream_place after;

    memcpy(whole, &m->kind, 4);
    memcpy(whole + 4, &m->length, 4);
    memcpy(whole + 8, &m->seq, 8);
    memcpy(whole + 16, m->payload, m->length);
    after.off = before.off + (16 + m->length + 7) / 8 * 8;
    after.chain = XXH3_64bits_withSeed(whole, 16 + m->length, before.chain);
    return after;
}

/* Place before message `number`. */
static inline struct stream_place place_of(uint64_t number)
{
    struct stream_place place = {0, 0};
    struct made_message m;
    uint64_t i;

    for (i = 0; i < number; i++) {
        message_make(i, &m);
        place = place_after(place, &m);
    }
    return place;
}

static inline int put_message(struct outbox *o, uint64_t number)
{
    struct made_message m;
    struct iovec parts[3];
    size_t first, second;

    message_make(number, &m);
    first = m.length / 3;
    second = number % 2 ? 0 : m.length / 4;
    parts[0] = (struct iovec){m.payload, first};
    parts[1] = (struct iovec){m.payload + first, second};
    parts[2] = (struct iovec){m.payload + first + second, m.length - first - second};
    return outbox_put(o, m.kind, m.seq, parts, 3);
}

/* True if m is message `number`, and `place` the one before it. */
static inline int message_is(const struct message *m, uint64_t number, struct stream_place *place)
{
    struct made_message wanted;

    message_make(number, &wanted);
    *place = place_after(*place, &wanted);
    return m->kind == wanted.kind && m->length == wanted.length && m->seq == wanted.seq &&
           memcmp(m->payload, wanted.payload, wanted.length) == 0 &&
           (uintptr_t)m->payload % 8 == 0 && m->after.off == place->off &&
           m->after.chain == place->chain;
}

#endif
