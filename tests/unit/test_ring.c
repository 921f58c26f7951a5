/*
 * The ring alone, in one thread and without a kernel: every state is made by hand or by the script
 * of what the other side does while this one sleeps. Threads and processes: test_ring_stress.c;
 * deaths: test_ring_fault.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ring_fixture.h"

static const uint64_t near_wrap = UINT64_MAX - 5;

/* ---- bytes go through, whatever the sizes */

struct pump {
    struct ring_consumer consumer;
    uint64_t hold; /* bytes kept unreleased, as far as the ring allows */
    int failed;
};

/* The producer sleeps for want of room: the consumer takes something. */
static void drain(struct ring_fixture *f)
{
    struct pump *pump = f->step_context;
    struct ring_consumer *c = &pump->consumer;
    uint64_t keep;
    size_t taken;

    if (!ring_consumer_holds_all(c) && take_stream(c, 13, &taken))
        pump->failed = 1;
    keep = ring_consumer_holds_all(c) ? 0 : pump->hold;
    if (c->read_off - c->base_off >= keep)
        ring_consumer_release(c, c->read_off - keep);
}

static void pump_stream(uint32_t slot_count, uint32_t slot_bytes, uint64_t first_slot,
                        uint64_t hold)
{
    const uint64_t base = 4096, total = 20000;
    struct ring_fixture f;
    struct ring_producer p;
    struct pump pump = {.hold = hold};
    uint64_t at = base;
    size_t taken, piece = 1;

    fixture_open(&f, slot_count, slot_bytes, base);
    fixture_count_from(&f, first_slot);
    f.step = drain;
    f.step_context = &pump;
    assert_int_equal(ring_producer_open(&p, f.shm, 1, &f.ops), 0);
    assert_int_equal(ring_consumer_open(&pump.consumer, f.shm, &f.ops), 0);
    assert_int_equal(p.published_off, base);
    while (at < base + total) {
        uint64_t to = at + piece < base + total ? at + piece : base + total;

        assert_int_equal(put_stream(&p, at, to), 0);
        at = to;
        piece = piece * 5 % 97 + 1;
        if (piece % 3 == 0)
            assert_int_equal(ring_producer_publish(&p), 0);
    }
    assert_int_equal(ring_producer_publish(&p), 0);
    while (pump.consumer.read_off < base + total) {
        assert_int_equal(take_stream(&pump.consumer, 1000, &taken), 0);
        ring_consumer_release(&pump.consumer, pump.consumer.read_off);
    }
    assert_int_equal(pump.failed, 0);
    assert_int_equal(p.published_off, base + total);
    assert_int_equal(pump.consumer.released_off, base + total);
    assert_int_equal(p.head, pump.consumer.tail);
    fixture_close(&f);
}

static void test_stream_of_any_capacity(void **state)
{
    uint32_t count, bytes;

    (void)state;
    for (count = 1; count <= 64; count *= 2)
        for (bytes = 8; bytes <= 1024; bytes *= 4) {
            pump_stream(count, bytes, 0, 0);
            pump_stream(count, bytes, 0, bytes);
        }
}

static void test_counters_wrap(void **state)
{
    uint32_t count;

    (void)state;
    for (count = 1; count <= 8; count *= 2) {
        pump_stream(count, 64, near_wrap, 0);
        pump_stream(count, 64, near_wrap - 1, 100);
    }
}

static void test_geometry_refused(void **state)
{
    _Alignas(128) static uint8_t memory[4096];

    (void)state;
    assert_int_equal(ring_shm_bytes(0, 64), 0);
    assert_int_equal(ring_shm_bytes(3, 64), 0);
    assert_int_equal(ring_shm_bytes(4, 0), 0);
    assert_int_equal(ring_shm_bytes(4, 12), 0);
    assert_int_equal(ring_shm_bytes(4, UINT32_MAX), 0);
    assert_int_not_equal(ring_shm_bytes(1, 8), 0);
    assert_int_equal(ring_shm_init(memory, 3, 64, 0), ERROR_USAGE);
    assert_int_equal(ring_shm_init(memory, 2, 64, 4), ERROR_USAGE);
}

/* ---- waiting and waking */

static void test_full_ring_waits_and_can_be_stopped(void **state)
{
    struct ring_fixture f;
    struct ring_producer p;
    uint8_t *space;
    size_t room;

    (void)state;
    fixture_open(&f, 2, 64, 0);
    assert_int_equal(ring_producer_open(&p, f.shm, 1, &f.ops), 0);
    assert_int_equal(put_stream(&p, 0, 128), 0);
    assert_int_equal(f.sleeps, 0);
    f.stop_after = 3;
    assert_int_equal(ring_producer_space(&p, &space, &room), ERROR_STOPPED);
    assert_int_equal(f.sleeps, 3);
    assert_int_equal(f.before, 1); /* once a wait, not once a sleep */
    assert_int_equal(p.waits, 1);
    assert_int_equal(atomic_load(&f.shm->room.waiting), 0);
    fixture_close(&f);
}

static void test_empty_ring_waits_and_can_be_stopped(void **state)
{
    struct ring_fixture f;
    struct ring_consumer c;
    const uint8_t *data;
    size_t length = 7;

    (void)state;
    fixture_open(&f, 2, 64, 0);
    assert_int_equal(ring_consumer_open(&c, f.shm, &f.ops), 0);
    assert_int_equal(ring_consumer_try_peek(&c, &data, &length), 0);
    assert_int_equal(length, 0);
    assert_int_equal(f.sleeps, 0);
    f.stop_after = 2;
    assert_int_equal(ring_consumer_peek(&c, &data, &length), ERROR_STOPPED);
    assert_int_equal(f.sleeps, 2);
    assert_int_equal(f.before, 1);
    fixture_close(&f);
}

static int refuse_sleep(void *context)
{
    (void)context;
    return error_set(ERROR_SPACE, "no");
}

static void test_before_sleep_ends_the_wait(void **state)
{
    struct ring_fixture f;
    struct ring_consumer c;
    const uint8_t *data;
    size_t length;

    (void)state;
    fixture_open(&f, 2, 64, 0);
    f.ops.before_sleep = refuse_sleep;
    assert_int_equal(ring_consumer_open(&c, f.shm, &f.ops), 0);
    assert_int_equal(ring_consumer_peek(&c, &data, &length), ERROR_SPACE);
    assert_int_equal(f.sleeps, 0);
    fixture_close(&f);
}

static void test_wake_only_if_someone_waits(void **state)
{
    struct ring_fixture f;
    struct ring_producer p;
    struct ring_consumer c;
    size_t taken;

    (void)state;
    fixture_open(&f, 4, 64, 0);
    assert_int_equal(ring_producer_open(&p, f.shm, 1, &f.ops), 0);
    assert_int_equal(ring_consumer_open(&c, f.shm, &f.ops), 0);
    assert_int_equal(put_stream(&p, 0, 64), 0);
    assert_int_equal(f.wakes, 0);
    assert_false(ring_producer_starving(&p));
    atomic_store(&f.shm->data.waiting, 1);
    assert_true(ring_producer_starving(&p));
    assert_int_equal(put_stream(&p, 64, 128), 0);
    assert_int_equal(f.wakes, 1);
    assert_int_equal(atomic_load(&f.shm->data.bell), 1);
    assert_int_equal(atomic_load(&f.shm->data.waiting), 0);
    assert_int_equal(put_stream(&p, 128, 192), 0);
    assert_int_equal(f.wakes, 1);

    assert_int_equal(take_stream(&c, 64, &taken), 0);
    atomic_store(&f.shm->room.waiting, 1);
    ring_consumer_release(&c, 0); /* nothing ends there */
    assert_int_equal(f.wakes, 1);
    ring_consumer_release(&c, 64);
    assert_int_equal(f.wakes, 2);
    assert_int_equal(atomic_load(&f.shm->room.bell), 1);
    ring_wake_all(f.shm, &f.ops);
    assert_int_equal(f.wakes, 4);
    assert_int_equal(atomic_load(&f.shm->room.bell), 2);
    assert_int_equal(atomic_load(&f.shm->data.bell), 2);
    fixture_close(&f);
}

static struct ring_producer *late_producer;

static void publish_late(struct ring_fixture *f)
{
    f->step = NULL;
    assert_int_equal(put_stream(late_producer, 0, 64), 0);
}

static void test_sleeper_is_woken_by_publishing(void **state)
{
    struct ring_fixture f;
    struct ring_producer p;
    struct ring_consumer c;
    size_t taken;

    (void)state;
    fixture_open(&f, 1, 64, 0);
    assert_int_equal(ring_producer_open(&p, f.shm, 1, &f.ops), 0);
    assert_int_equal(ring_consumer_open(&c, f.shm, &f.ops), 0);
    late_producer = &p;
    f.step = publish_late;
    assert_int_equal(take_stream(&c, 64, &taken), 0);
    assert_int_equal(taken, 64);
    assert_int_equal(f.sleeps, 1);
    assert_int_equal(f.wakes, 1);
    fixture_close(&f);
}

/* ---- releasing */

static void test_release_only_whole_slots_that_were_read(void **state)
{
    struct ring_fixture f;
    struct ring_producer p;
    struct ring_consumer c;
    uint64_t published, released;
    uint32_t filled;
    size_t taken;

    (void)state;
    fixture_open(&f, 4, 64, 0);
    assert_int_equal(ring_producer_open(&p, f.shm, 1, &f.ops), 0);
    assert_int_equal(ring_consumer_open(&c, f.shm, &f.ops), 0);
    assert_int_equal(put_stream(&p, 0, 64), 0);
    assert_int_equal(put_stream(&p, 64, 74), 0);
    assert_int_equal(ring_producer_publish(&p), 0);
    assert_int_equal(put_stream(&p, 74, 202), 0); /* slots of 64, 10, 64, 64 */
    assert_int_equal(take_stream(&c, 64, &taken), 0);
    assert_int_equal(take_stream(&c, 64, &taken), 0);
    assert_int_equal(taken, 10);
    ring_consumer_release(&c, 63);
    assert_int_equal(c.tail, 0);
    ring_consumer_release(&c, 73);
    assert_int_equal(c.tail, 1);
    ring_consumer_release(&c, 1000); /* slots 2 and 3 were not read */
    assert_int_equal(c.tail, 2);
    assert_int_equal(take_stream(&c, 63, &taken), 0);
    ring_consumer_release(&c, 1000); /* not to its end */
    assert_int_equal(c.tail, 2);
    assert_false(ring_consumer_holds_all(&c));
    ring_observe(f.shm, &filled, &published, &released);
    assert_int_equal(filled, 2);
    assert_int_equal(published, 202);
    assert_int_equal(released, 74);
    fixture_close(&f);
}

static void test_holding_all_slots(void **state)
{
    struct ring_fixture f;
    struct ring_producer p;
    struct ring_consumer c;
    size_t taken;

    (void)state;
    fixture_open(&f, 2, 64, 0);
    assert_int_equal(ring_producer_open(&p, f.shm, 1, &f.ops), 0);
    assert_int_equal(ring_consumer_open(&c, f.shm, &f.ops), 0);
    assert_int_equal(put_stream(&p, 0, 128), 0);
    assert_int_equal(take_stream(&c, 64, &taken), 0);
    assert_int_equal(take_stream(&c, 63, &taken), 0);
    assert_false(ring_consumer_holds_all(&c));
    assert_int_equal(take_stream(&c, 1, &taken), 0);
    assert_true(ring_consumer_holds_all(&c));
    ring_consumer_release(&c, 64);
    assert_false(ring_consumer_holds_all(&c));
    fixture_close(&f);
}

/* ---- successors, from states made by hand */

/* The producer wrote half a slot, the place that does not count, and died. */
static void successor_after_half_a_slot(uint32_t slot_count, uint64_t first_slot)
{
    struct ring_fixture f;
    struct ring_producer p, next;
    struct ring_consumer c;
    uint8_t *space;
    size_t room, taken;

    fixture_open(&f, slot_count, 64, 800);
    fixture_count_from(&f, first_slot);
    assert_int_equal(ring_producer_open(&p, f.shm, 1, &f.ops), 0);
    assert_int_equal(ring_consumer_open(&c, f.shm, &f.ops), 0);
    assert_int_equal(put_stream(&p, 800, 840), 0);
    ring_producer_mark(&p, 832, 77);
    assert_int_equal(ring_producer_publish(&p), 0);
    assert_int_equal(take_stream(&c, 100, &taken), 0);
    ring_consumer_release(&c, 840);

    assert_int_equal(ring_producer_space(&p, &space, &room), 0);
    memset(fixture_slot(&f, first_slot + 1), 0xa5, RING_SLOT_HEADER_BYTES);
    memset(space, 0xa5, room);
    atomic_store(&f.shm->published[(first_slot + 2) & 1].off, UINT64_C(0xa5a5a5a5a5a5a5a5));
    atomic_store(&f.shm->published[(first_slot + 2) & 1].mark_off, UINT64_C(0xa5a5a5a5a5a5a5a5));

    assert_int_equal(ring_producer_open(&next, f.shm, 2, &f.ops), 0);
    assert_int_equal(next.published_off, 840);
    assert_int_equal(next.mark_off, 832);
    assert_int_equal(next.mark_chain, 77);
    assert_int_equal(next.head, first_slot + 1);
    assert_int_equal(put_stream(&next, 840, 904), 0);
    assert_int_equal(take_stream(&c, 100, &taken), 0);
    assert_int_equal(taken, 64);
    assert_int_equal(c.gen, 2);
    fixture_close(&f);
}

static void test_producer_successor_does_not_see_half_a_slot(void **state)
{
    (void)state;
    successor_after_half_a_slot(1, 0);
    successor_after_half_a_slot(2, 0);
    successor_after_half_a_slot(4, 7);
    successor_after_half_a_slot(1, UINT64_MAX);
    successor_after_half_a_slot(2, UINT64_MAX - 1);
}

/* The consumer wrote the released place that does not count yet and died before moving the tail. */
static void test_consumer_successor_reads_unreleased_slots_again(void **state)
{
    struct ring_fixture f;
    struct ring_producer p;
    struct ring_consumer c, next;
    size_t taken;
    uint32_t slot_count;

    (void)state;
    for (slot_count = 1; slot_count <= 4; slot_count *= 2) {
        fixture_open(&f, slot_count, 64, 0);
        assert_int_equal(ring_producer_open(&p, f.shm, 1, &f.ops), 0);
        assert_int_equal(put_stream(&p, 0, 64), 0);
        assert_int_equal(ring_consumer_open(&c, f.shm, &f.ops), 0);
        assert_int_equal(take_stream(&c, 64, &taken), 0);
        atomic_store(&f.shm->released[1], 64);
        assert_int_equal(ring_consumer_open(&next, f.shm, &f.ops), 0);
        assert_int_equal(next.read_off, 0);
        assert_int_equal(take_stream(&next, 64, &taken), 0);
        ring_consumer_release(&next, 64);
        assert_int_equal(ring_consumer_open(&c, f.shm, &f.ops), 0);
        assert_int_equal(c.read_off, 64);
        fixture_close(&f);
    }
}

static void test_base_chain_is_told_once(void **state)
{
    struct ring_fixture f;
    struct ring_producer p;
    struct ring_consumer c;
    uint64_t chain = 0;

    (void)state;
    fixture_open(&f, 2, 64, 160);
    assert_int_equal(ring_producer_open(&p, f.shm, 1, &f.ops), 0);
    assert_int_equal(ring_consumer_open(&c, f.shm, &f.ops), 0);
    ring_producer_set_base(&p, 152, 1);
    assert_false(ring_consumer_base(&c, &chain));
    ring_producer_set_base(&p, 160, 2);
    ring_producer_set_base(&p, 168, 3);
    assert_true(ring_consumer_base(&c, &chain));
    assert_int_equal(chain, 2);
    fixture_close(&f);
}

/* ---- scribbles */

static void make_three(struct ring_fixture *f, struct ring_producer *p, struct ring_consumer *c)
{
    size_t taken;

    fixture_open(f, 4, 64, 0);
    assert_int_equal(ring_producer_open(p, f->shm, 5, &f->ops), 0);
    assert_int_equal(ring_consumer_open(c, f->shm, &f->ops), 0);
    assert_int_equal(put_stream(p, 0, 150), 0);
    assert_int_equal(ring_producer_publish(p), 0);
    assert_int_equal(take_stream(c, 64, &taken), 0);
}

static void test_scribbled_slot_is_noticed(void **state)
{
    static const uint32_t lengths[] = {0, 1, 63, 65, UINT32_MAX};
    struct ring_fixture f;
    struct ring_producer p;
    struct ring_consumer c;
    size_t at, taken, i;

    (void)state;
    for (at = 0; at < 24; at++) { /* header: every byte of its fields */
        make_three(&f, &p, &c);
        ((uint8_t *)fixture_slot(&f, 1))[at] ^= 0x10;
        assert_int_equal(take_stream(&c, 64, &taken), ERROR_SHARED);
        fixture_close(&f);
    }
    for (at = 0; at < 64; at++) { /* payload: every bit position somewhere */
        make_three(&f, &p, &c);
        ((uint8_t *)(fixture_slot(&f, 1) + 1))[at] ^= (uint8_t)(1 << at % 8);
        assert_int_equal(take_stream(&c, 64, &taken), ERROR_SHARED);
        fixture_close(&f);
    }
    for (i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        make_three(&f, &p, &c);
        fixture_slot(&f, 1)->length = lengths[i];
        assert_int_equal(take_stream(&c, 64, &taken), ERROR_SHARED);
        fixture_close(&f);
    }
}

static void test_slot_of_an_older_incarnation_is_noticed(void **state)
{
    struct ring_fixture f;
    struct ring_producer p;
    struct ring_consumer c;
    size_t taken;

    (void)state;
    make_three(&f, &p, &c);
    assert_int_equal(take_stream(&c, 64, &taken), 0);
    assert_int_equal(take_stream(&c, 64, &taken), 0);
    assert_int_equal(ring_producer_open(&p, f.shm, 4, &f.ops), 0);
    assert_int_equal(put_stream(&p, 150, 160), 0);
    assert_int_equal(ring_producer_publish(&p), 0);
    assert_int_equal(take_stream(&c, 64, &taken), ERROR_SHARED);
    fixture_close(&f);
}

static void test_header_scribbled_after_reading_is_noticed(void **state)
{
    struct ring_fixture f;
    struct ring_producer p;
    struct ring_consumer c;
    size_t taken;

    (void)state;
    make_three(&f, &p, &c);
    fixture_slot(&f, 0)->length = 1000;
    ring_consumer_release(&c, 64);
    assert_int_equal(c.tail, 0);
    assert_int_equal(take_stream(&c, 64, &taken), ERROR_SHARED);
    fixture_close(&f);
}

static void test_scribbled_counters_are_noticed(void **state)
{
    static const uint64_t heads[] = {0, 5, 100, UINT64_MAX};
    static const uint64_t tails[] = {4, 100, UINT64_MAX - 1, UINT64_MAX / 2};
    struct ring_fixture f;
    struct ring_producer p;
    struct ring_consumer c;
    size_t taken, i;

    (void)state;
    for (i = 0; i < 4; i++) { /* truth: 3, one of them read */
        make_three(&f, &p, &c);
        atomic_store(&f.shm->head, heads[i]);
        assert_int_equal(take_stream(&c, 64, &taken), ERROR_SHARED);
        if (heads[i] > 4)
            assert_int_equal(ring_consumer_open(&c, f.shm, &f.ops), ERROR_SHARED);
        fixture_close(&f);
    }
    for (i = 0; i < 4; i++) { /* truth: 0 */
        make_three(&f, &p, &c);
        atomic_store(&f.shm->tail, tails[i]);
        f.stop_after = 1;
        assert_int_equal(put_stream(&p, 150, 500), ERROR_SHARED);
        assert_int_equal(ring_producer_open(&p, f.shm, 6, &f.ops), ERROR_SHARED);
        fixture_close(&f);
    }
}

static void test_scribbled_places_are_noticed(void **state)
{
    struct ring_fixture f;
    struct ring_producer p;
    struct ring_consumer c;

    (void)state;
    make_three(&f, &p, &c); /* published[1] counts: 150; released[0]: 0 */
    atomic_store(&f.shm->published[1].off, 3 * 64 + 1);
    assert_int_equal(ring_producer_open(&p, f.shm, 6, &f.ops), ERROR_SHARED);
    atomic_store(&f.shm->published[1].off, 2);
    assert_int_equal(ring_producer_open(&p, f.shm, 6, &f.ops), ERROR_SHARED);
    atomic_store(&f.shm->published[1].off, 150);
    atomic_store(&f.shm->published[1].mark_off, 151);
    assert_int_equal(ring_producer_open(&p, f.shm, 6, &f.ops), ERROR_SHARED);
    atomic_store(&f.shm->published[1].mark_off, 0);
    assert_int_equal(ring_producer_open(&p, f.shm, 6, &f.ops), 0);
    f.shm->slot_count = 3;
    assert_int_equal(ring_producer_open(&p, f.shm, 6, &f.ops), ERROR_SHARED);
    assert_int_equal(ring_consumer_open(&c, f.shm, &f.ops), ERROR_SHARED);
    f.shm->slot_count = 4;
    f.shm->magic ^= 1;
    assert_int_equal(ring_producer_open(&p, f.shm, 6, &f.ops), ERROR_SHARED);
    assert_int_equal(ring_consumer_open(&c, f.shm, &f.ops), ERROR_SHARED);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stream_of_any_capacity),
        cmocka_unit_test(test_counters_wrap),
        cmocka_unit_test(test_geometry_refused),
        cmocka_unit_test(test_full_ring_waits_and_can_be_stopped),
        cmocka_unit_test(test_empty_ring_waits_and_can_be_stopped),
        cmocka_unit_test(test_before_sleep_ends_the_wait),
        cmocka_unit_test(test_wake_only_if_someone_waits),
        cmocka_unit_test(test_sleeper_is_woken_by_publishing),
        cmocka_unit_test(test_release_only_whole_slots_that_were_read),
        cmocka_unit_test(test_holding_all_slots),
        cmocka_unit_test(test_producer_successor_does_not_see_half_a_slot),
        cmocka_unit_test(test_consumer_successor_reads_unreleased_slots_again),
        cmocka_unit_test(test_base_chain_is_told_once),
        cmocka_unit_test(test_scribbled_slot_is_noticed),
        cmocka_unit_test(test_slot_of_an_older_incarnation_is_noticed),
        cmocka_unit_test(test_header_scribbled_after_reading_is_noticed),
        cmocka_unit_test(test_scribbled_counters_are_noticed),
        cmocka_unit_test(test_scribbled_places_are_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
