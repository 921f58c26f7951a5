/*
 * Messages over a ring: sizes from nothing to many times the ring, restarts of either end at every
 * message, resumed runs, inputs that changed. One thread; while the producer waits, the consumer
 * takes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "stream_fixture.h"

static const struct stream_place start = {0, 0};

struct taker {
    struct inbox in;
    uint64_t next;             /* number of the message to come */
    struct stream_place place; /* before it */
    uint64_t until;            /* take no message from here on */
    int lazy;                  /* release nothing but what the ring demands */
    int failed;
};

static void take_what_is_there(struct ring_fixture *f)
{
    struct taker *t = f->step_context;
    struct message m;
    int have = 1;

    while (have && !t->failed && t->next < t->until) {
        if (inbox_try_next(&t->in, &m, &have)) {
            t->failed = 1;
        } else if (have) {
            t->failed |= !message_is(&m, t->next++, &t->place);
            if (!t->lazy)
                inbox_release(&t->in, m.after.off);
        }
    }
}

static void open_taker(struct ring_fixture *f, struct taker *t, uint64_t number)
{
    *t = (struct taker){.next = number, .place = place_of(number), .until = UINT64_MAX};
    assert_int_equal(inbox_open(&t->in, f->shm, &f->ops, STREAM_LENGTH_MAX, t->place, NULL, 0), 0);
    f->step = take_what_is_there;
    f->step_context = t;
}

/* ---- sizes */

static void through(uint32_t slot_count, uint32_t slot_bytes, int lazy)
{
    struct ring_fixture f;
    struct taker t;
    struct outbox o;
    uint64_t i;

    fixture_open(&f, slot_count, slot_bytes, 0);
    open_taker(&f, &t, 0);
    t.lazy = lazy;
    assert_int_equal(outbox_open(&o, f.shm, 1, &f.ops, start), 0);
    for (i = 0; i < 64; i++) {
        assert_int_equal(put_message(&o, i), 0);
        if (i % 5 == 0)
            assert_int_equal(outbox_publish(&o), 0);
    }
    assert_int_equal(outbox_publish(&o), 0);
    take_what_is_there(&f);
    assert_false(t.failed);
    assert_int_equal(t.next, 64);
    assert_int_equal(o.place.off, t.in.place.off);
    assert_int_equal(o.place.chain, t.in.place.chain);
    assert_int_equal(o.messages, 64);
    inbox_close(&t.in);
    fixture_close(&f);
}

static void test_messages_of_all_sizes(void **state)
{
    uint32_t count, bytes;

    (void)state;
    for (count = 1; count <= 16; count *= 4)
        for (bytes = 8; bytes <= 8192; bytes *= 4) {
            through(count, bytes, 0);
            through(count, bytes, 1);
        }
}

static void test_message_in_one_slot_is_not_copied(void **state)
{
    struct ring_fixture f;
    struct inbox in;
    struct outbox o;
    struct message m;
    uint64_t i;

    (void)state;
    fixture_open(&f, 2, 512, 0);
    assert_int_equal(outbox_open(&o, f.shm, 1, &f.ops, start), 0);
    assert_int_equal(inbox_open(&in, f.shm, &f.ops, 5000, start, NULL, 0), 0);
    for (i = 0; i < 8; i++)
        assert_int_equal(put_message(&o, i), 0);
    assert_int_equal(outbox_publish(&o), 0);
    for (i = 0; i < 8; i++) {
        assert_int_equal(inbox_next(&in, &m), 0);
        assert_in_range((uintptr_t)m.payload, (uintptr_t)f.shm, (uintptr_t)fixture_slot(&f, 1));
    }
    inbox_close(&in);
    fixture_close(&f);
}

static void test_starving_consumer_gets_a_partly_filled_slot(void **state)
{
    struct ring_fixture f;
    struct outbox o;

    (void)state;
    fixture_open(&f, 4, 4096, 0);
    assert_int_equal(outbox_open(&o, f.shm, 1, &f.ops, start), 0);
    assert_int_equal(put_message(&o, 0), 0);
    assert_int_equal(o.ring.head, 0);
    atomic_store(&f.shm->data.waiting, 1);
    assert_int_equal(put_message(&o, 1), 0);
    assert_int_equal(o.ring.head, 1);
    assert_int_equal(f.wakes, 1);
    fixture_close(&f);
}

/* ---- the producer starts again */

/* Publishes messages 0..published-1 and part of the next, then starts again at message `from`. */
static void producer_again(uint64_t from, uint64_t published, uint32_t slot_bytes)
{
    struct ring_fixture f;
    struct taker t;
    struct outbox o;
    uint64_t i;

    fixture_open(&f, 1, slot_bytes, 0);
    open_taker(&f, &t, 0);
    assert_int_equal(outbox_open(&o, f.shm, 1, &f.ops, start), 0);
    for (i = 0; i < published; i++)
        assert_int_equal(put_message(&o, i), 0); /* what is in the open slot dies with it */
    assert_int_equal(outbox_open(&o, f.shm, 2, &f.ops, place_of(from)), 0);
    for (i = from; i < 40; i++)
        assert_int_equal(put_message(&o, i), 0);
    assert_int_equal(outbox_publish(&o), 0);
    take_what_is_there(&f);
    assert_false(t.failed);
    assert_int_equal(t.next, 40);
    inbox_close(&t.in);
    fixture_close(&f);
}

static void test_producer_starts_again_anywhere(void **state)
{
    uint64_t published;

    (void)state;
    for (published = 0; published < 36; published++) {
        producer_again(0, published, 64);
        producer_again(0, published, 8);
        producer_again(0, published, 1024);
        if (published > 2) {
            producer_again(published - 1, published, 8);
            producer_again(published - 2, published, 16);
        }
    }
}

static void test_producer_cannot_start_beyond_what_is_published(void **state)
{
    struct ring_fixture f;
    struct outbox o;

    (void)state;
    fixture_open(&f, 4, 64, 0);
    assert_int_equal(outbox_open(&o, f.shm, 1, &f.ops, place_of(1)), ERROR_SHARED);
    fixture_close(&f);
}

static void test_producer_notices_that_its_inputs_changed(void **state)
{
    struct ring_fixture f;
    struct taker t;
    struct outbox o;
    struct iovec part = {(char[]){"another"}, 7};
    uint64_t i;
    int code;

    (void)state;
    fixture_open(&f, 4, 64, 0);
    open_taker(&f, &t, 0);
    assert_int_equal(outbox_open(&o, f.shm, 1, &f.ops, start), 0);
    for (i = 0; i < 10; i++)
        assert_int_equal(put_message(&o, i), 0);
    assert_int_equal(outbox_publish(&o), 0);
    assert_int_equal(outbox_open(&o, f.shm, 2, &f.ops, start), 0);
    for (i = 0; i < 10; i++) {
        code = i == 2 ? outbox_put(&o, 3, 0, &part, 1) : put_message(&o, i);
        assert_int_equal(code, i < 9 ? 0 : ERROR_INPUT);
    }
    inbox_close(&t.in);
    fixture_close(&f);
}

/* ---- the consumer starts again */

static void test_consumer_starts_again_after_any_message(void **state)
{
    struct ring_fixture f;
    struct taker t;
    struct outbox o;
    uint64_t i;
    int every;

    (void)state;
    for (every = 1; every < 5; every++) {
        fixture_open(&f, 4, 512, 0);
        open_taker(&f, &t, 0);
        t.lazy = 1;
        assert_int_equal(outbox_open(&o, f.shm, 1, &f.ops, start), 0);
        for (i = 0; i < 60; i++) {
            assert_int_equal(put_message(&o, i), 0);
            if (i % (unsigned)every == 0 && t.in.assembly.length == 0) {
                uint64_t known = t.next;

                /* the log knows all up to here; released is less */
                inbox_release(&t.in, t.in.place.off > 700 ? t.in.place.off - 700 : 0);
                inbox_close(&t.in);
                open_taker(&f, &t, known);
                t.lazy = 1;
            }
        }
        assert_int_equal(outbox_publish(&o), 0);
        take_what_is_there(&f);
        assert_false(t.failed);
        assert_int_equal(t.next, 60);
        inbox_close(&t.in);
        fixture_close(&f);
    }
}

struct stasher {
    struct bytes bytes;
    uint64_t off; /* of the first byte */
    int calls, failed;
};

static int keep_fragment(void *context, uint64_t off, const uint8_t *data, size_t length)
{
    struct stasher *s = context;

    s->calls++;
    if (!length)
        return 0;
    if (!s->bytes.length)
        s->off = off;
    s->failed |= off != s->off + s->bytes.length;
    return bytes_append(&s->bytes, data, length);
}

/* Message 8 (3000 bytes) through a ring of two slots of 64; the consumer dies after `fragments`
 * stashed fragments and its successor goes on with them. */
static void resume_in_message(int fragments)
{
    struct ring_fixture f;
    struct taker t;
    struct outbox o;
    struct stasher s = {0};
    uint64_t i;

    fixture_open(&f, 2, 64, 0);
    open_taker(&f, &t, 0);
    assert_int_equal(outbox_open(&o, f.shm, 1, &f.ops, start), 0);
    for (i = 0; i < 8; i++)
        assert_int_equal(put_message(&o, i), 0);
    assert_int_equal(outbox_publish(&o), 0);
    take_what_is_there(&f);
    assert_int_equal(t.next, 8);
    t.in.stash = keep_fragment;
    t.in.stash_context = &s;
    /* the producer stops when the consumer was asked to stash that often */
    for (i = 0; s.calls < fragments; i++) {
        f.stop_after = f.checks + 1;
        f.step = NULL;
        assert_int_equal(put_message(&o, 8), ERROR_STOPPED);
        f.step_context = &t;
        take_what_is_there(&f);
        assert_int_equal(outbox_open(&o, f.shm, 2, &f.ops, place_of(8)), 0);
    }
    assert_false(s.failed);
    assert_int_equal(s.off, place_of(8).off);
    inbox_close(&t.in);
    f.stop_after = 0;

    t = (struct taker){.next = 8, .place = place_of(8), .until = UINT64_MAX};
    f.step = take_what_is_there;
    assert_int_equal(
        inbox_open(&t.in, f.shm, &f.ops, 5000, place_of(8), s.bytes.data, s.bytes.length), 0);
    for (i = 8; i < 20; i++)
        assert_int_equal(put_message(&o, i), 0);
    assert_int_equal(outbox_publish(&o), 0);
    take_what_is_there(&f);
    assert_false(t.failed);
    assert_int_equal(t.next, 20);
    bytes_free(&s.bytes);
    inbox_close(&t.in);
    fixture_close(&f);
}

static void test_consumer_starts_again_within_a_long_message(void **state)
{
    int fragments;

    (void)state;
    for (fragments = 1; fragments < 12; fragments++)
        resume_in_message(fragments);
}

static void test_log_shorter_than_what_was_released(void **state)
{
    struct ring_fixture f;
    struct taker t;
    struct outbox o;

    (void)state;
    fixture_open(&f, 1, 16, 0);
    open_taker(&f, &t, 0);
    assert_int_equal(outbox_open(&o, f.shm, 1, &f.ops, start), 0);
    assert_int_equal(put_message(&o, 0), 0);
    take_what_is_there(&f);
    inbox_close(&t.in);
    assert_int_equal(inbox_open(&t.in, f.shm, &f.ops, 5000, start, NULL, 0), ERROR_SHARED);
    fixture_close(&f);
}

/* ---- a resumed run: a fresh ring whose stream begins at message `base` */

static int resumed(uint64_t base, uint64_t known, struct stream_place known_place,
                   uint64_t producer_from)
{
    struct ring_fixture f;
    struct inbox in;
    struct outbox o;
    struct message m;
    struct stream_place place = known_place;
    uint64_t i;
    int code;

    fixture_open(&f, 8, 8192, place_of(base).off);
    assert_int_equal(inbox_open(&in, f.shm, &f.ops, 5000, known_place, NULL, 0), 0);
    code = outbox_open(&o, f.shm, 1, &f.ops, place_of(producer_from));
    for (i = producer_from; i < 30 && !code; i++)
        code = put_message(&o, i);
    if (!code)
        code = outbox_publish(&o);
    for (i = known; i < 30 && !code; i++) {
        code = inbox_next(&in, &m);
        if (!code && !message_is(&m, i, &place))
            code = -1000;
    }
    inbox_close(&in);
    fixture_close(&f);
    return code;
}

static void test_resumed_run_compares_chains(void **state)
{
    struct stream_place other;
    uint64_t base, known;

    (void)state;
    for (base = 0; base < 12; base++)
        for (known = base; known < 12; known++) {
            other = place_of(known);
            assert_int_equal(resumed(base, known, other, base), 0);
            assert_int_equal(resumed(base, known, other, base / 2), 0);
            other.chain ^= 1;
            assert_int_equal(resumed(base, known, other, base), ERROR_INPUT);
            other = place_of(known);
            if (known == base)
                continue;
            other.off -= 8; /* within a message */
            assert_int_equal(resumed(base, known, other, base), ERROR_INPUT);
        }
}

/* ---- what no outbox would send */

static void put_raw(struct ring_producer *p, const void *data, size_t length)
{
    uint8_t *space;
    size_t room;

    assert_int_equal(ring_producer_space(p, &space, &room), 0);
    assert_in_range(length, 1, room);
    memcpy(space, data, length);
    assert_int_equal(ring_producer_commit(p, length), 0);
}

static int take_raw(const void *data, size_t length)
{
    struct ring_fixture f;
    struct ring_producer p;
    struct inbox in;
    struct message m;
    int code;

    fixture_open(&f, 2, 64, 0);
    assert_int_equal(ring_producer_open(&p, f.shm, 1, &f.ops), 0);
    put_raw(&p, data, length);
    assert_int_equal(ring_producer_publish(&p), 0);
    assert_int_equal(inbox_open(&in, f.shm, &f.ops, 100, start, NULL, 0), 0);
    f.stop_after = 1;
    code = inbox_next(&in, &m);
    inbox_close(&in);
    fixture_close(&f);
    return code;
}

static void test_impossible_messages_are_refused(void **state)
{
    static const uint8_t sound[24] = {5, 0, 0, 0, 3, 0, 0,   0,   9,  0,
                                      0, 0, 0, 0, 0, 0, 'a', 'b', 'c'};
    uint8_t bad[24];
    size_t i;

    (void)state;
    assert_int_equal(take_raw(sound, 24), 0);
    assert_int_equal(take_raw(sound, 23), ERROR_STOPPED); /* waits for the rest */
    for (i = 19; i < 24; i++) {
        memcpy(bad, sound, 24);
        bad[i] = 1;
        assert_int_equal(take_raw(bad, 24), ERROR_SHARED);
    }
    memcpy(bad, sound, 24);
    bad[4] = 101;
    assert_int_equal(take_raw(bad, 24), ERROR_SHARED);
    bad[7] = 0xff;
    assert_int_equal(take_raw(bad, 24), ERROR_SHARED);
}

static void test_unaligned_messages_are_gathered(void **state)
{
    static const uint8_t two[48] = {1, 0, 0, 0, 8, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0,
                                    0, 1, 2, 3, 4, 5, 6, 7, 8, 2, 0, 0, 0, 8, 0,
                                    0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 8, 7, 6, 5};
    struct ring_fixture f;
    struct ring_producer p;
    struct inbox in;
    struct message m;

    (void)state;
    fixture_open(&f, 4, 64, 0);
    assert_int_equal(ring_producer_open(&p, f.shm, 1, &f.ops), 0);
    put_raw(&p, two, 3);
    assert_int_equal(ring_producer_publish(&p), 0);
    put_raw(&p, two + 3, 45);
    assert_int_equal(ring_producer_publish(&p), 0);
    assert_int_equal(inbox_open(&in, f.shm, &f.ops, 100, start, NULL, 0), 0);
    assert_int_equal(inbox_next(&in, &m), 0);
    assert_memory_equal(m.payload, two + 16, 8);
    assert_int_equal(inbox_next(&in, &m), 0);
    assert_int_equal(m.kind, 2);
    assert_int_equal((uintptr_t)m.payload % 8, 0);
    assert_memory_equal(m.payload, two + 40, 8);
    inbox_close(&in);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages_of_all_sizes),
        cmocka_unit_test(test_message_in_one_slot_is_not_copied),
        cmocka_unit_test(test_starving_consumer_gets_a_partly_filled_slot),
        cmocka_unit_test(test_producer_starts_again_anywhere),
        cmocka_unit_test(test_producer_cannot_start_beyond_what_is_published),
        cmocka_unit_test(test_producer_notices_that_its_inputs_changed),
        cmocka_unit_test(test_consumer_starts_again_after_any_message),
        cmocka_unit_test(test_consumer_starts_again_within_a_long_message),
        cmocka_unit_test(test_log_shorter_than_what_was_released),
        cmocka_unit_test(test_resumed_run_compares_chains),
        cmocka_unit_test(test_impossible_messages_are_refused),
        cmocka_unit_test(test_unaligned_messages_are_gathered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
