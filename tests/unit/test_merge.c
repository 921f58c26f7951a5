/*
 * Merging along the spine: the order in which rings are asked, and that nothing out of order
 * passes.
 */
#include "writer/merge.h"

#include "common/error.h"
#include "common/kmer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct merge merge;
static struct merge_effect effect;

static int take(uint32_t kind, uint64_t seq, const void *payload, uint32_t length)
{
    struct message m = {.kind = kind, .length = length, .seq = seq, .payload = payload};

    return merge_take(&merge, &m, &effect);
}

static int take_sample(uint64_t seq)
{
    return take(MESSAGE_SAMPLE, seq, "sample", 6);
}

static int take_contig(uint64_t seq)
{
    return take(MESSAGE_CONTIG, seq, "chr 1", 5);
}

static int take_spine(uint64_t seq, uint32_t group, uint32_t length)
{
    struct message_spine spine = {group, length, 1, 0};

    return take(MESSAGE_SPINE, seq, &spine, sizeof spine);
}

static int take_part(uint32_t group, uint32_t kind, uint64_t bytes)
{
    struct message_part_begin part = {group, kind, 7, bytes};

    return take(MESSAGE_PART_BEGIN, 1, &part, sizeof part);
}

static int take_data(uint32_t length)
{
    static const uint8_t zeros[100];

    return take(MESSAGE_PART_DATA, 1, zeros, length);
}

static int take_placement(uint64_t seq, uint32_t group, uint32_t member)
{
    struct message_placement placement = {group, member};

    return take(MESSAGE_PLACEMENT, seq, &placement, sizeof placement);
}

static int take_splitters(uint64_t a, uint64_t b)
{
    uint64_t list[2] = {a, b};

    return take(MESSAGE_SPLITTERS, 0, list, sizeof list);
}

static int take_pair(uint64_t first, uint64_t second, uint32_t group)
{
    struct message_pair pair = {first, second, group, 0};

    return take(MESSAGE_PAIRS, 0, &pair, sizeof pair);
}

static int take_end(uint32_t groups, uint64_t segments)
{
    struct message_end end = {groups, 0, segments};

    return take(MESSAGE_END, 0, &end, sizeof end);
}

static int take_group(uint32_t group)
{
    struct message_group done = {group, 0};

    return take(MESSAGE_GROUP_DONE, 0, &done, sizeof done);
}

/* A run with one sample, one contig, and a spine record of group 17 taken. */
static void begin_segment(void)
{
    merge_begin(&merge, 3);
    assert_int_equal(take_sample(1), 0);
    assert_int_equal(take_contig(1), 0);
    assert_int_equal(take_spine(1, 17, 50), 0);
}

/* The same up to where the reader may end. */
static void begin_lists(void)
{
    begin_segment();
    assert_int_equal(take_placement(1, 17, 0), 0);
}

static void begin_tail(void)
{
    begin_lists();
    assert_int_equal(take_pair(KMER_NONE, KMER_NONE, 0), 0);
    assert_int_equal(take_end(18, 1), 0);
}

static void asks_rings_in_order(void **state)
{
    (void)state;
    merge_begin(&merge, 3);
    assert_int_equal(merge_source(&merge), 0);
    assert_int_equal(take_sample(1), 0);
    assert_int_equal(effect.kind, MERGE_TAKE_SAMPLE);
    assert_int_equal(take_contig(1), 0);
    assert_int_equal(effect.kind, MERGE_TAKE_CONTIG);
    assert_int_equal(merge_source(&merge), 0);
    assert_int_equal(take_spine(1, 17, 50), 0);
    assert_int_equal(effect.kind, MERGE_TAKE_SPINE);
    assert_int_equal(merge_source(&merge), 1 + 17 % 3);
    assert_int_equal(take_part(17, PART_REFERENCE, 30), 0);
    assert_int_equal(effect.kind, MERGE_TAKE_PART);
    assert_int_equal(take_data(20), 0);
    assert_false(effect.complete);
    assert_int_equal(take_data(10), 0);
    assert_true(effect.complete);
    assert_int_equal(take_part(17, PART_PACK, 1), 0);
    assert_int_equal(take_data(1), 0);
    assert_true(effect.complete);
    assert_int_equal(take_placement(1, 17, 4), 0);
    assert_int_equal(effect.kind, MERGE_TAKE_PLACEMENT);
    assert_int_equal(effect.group, 17);
    assert_int_equal(effect.member, 4);
    assert_int_equal(effect.length, 50);
    assert_int_equal(effect.reverse, 1);
    assert_int_equal(merge_source(&merge), 0);
    assert_int_equal(take_spine(2, 6, 50), 0);
    assert_int_equal(merge_source(&merge), 1);
}

static void ends_groups_in_order_then_workers(void **state)
{
    (void)state;
    begin_tail();
    assert_int_equal(effect.kind, MERGE_TAKE_INPUT_END);
    for (uint32_t g = 0; g < 18; g++) {
        assert_int_equal(merge_source(&merge), 1 + g % 3);
        if (g % 2) {
            assert_int_equal(take_part(g, PART_PACK, 5), 0);
            assert_int_equal(take_data(5), 0);
        }
        assert_int_equal(take_group(g), 0);
        assert_int_equal(effect.kind, MERGE_TAKE_GROUP);
        assert_int_equal(effect.group, g);
    }
    for (uint32_t w = 0; w < 3; w++) {
        assert_int_equal(merge.phase, MERGE_ENDS);
        assert_int_equal(merge_source(&merge), 1 + w);
        assert_int_equal(take_end(0, 0), 0);
    }
    assert_int_equal(merge.phase, MERGE_DONE);
}

static void spine_out_of_order_is_refused(void **state)
{
    (void)state;
    merge_begin(&merge, 3);
    assert_int_equal(take_contig(1), ERROR_SHARED);
    assert_int_equal(take_spine(1, 0, 10), ERROR_SHARED);
    assert_int_equal(take_splitters(1, 2), ERROR_SHARED);
    assert_int_equal(take_pair(1, 2, 16), ERROR_SHARED);
    assert_int_equal(take_end(16, 0), ERROR_SHARED);
    assert_int_equal(take_part(0, PART_PACK, 1), ERROR_SHARED);
    assert_int_equal(take_sample(2), ERROR_SHARED);
    assert_int_equal(take(MESSAGE_SAMPLE, 1, "", 0), ERROR_SHARED);
    assert_int_equal(take(MESSAGE_SAMPLE, 1, "a\0b", 3), ERROR_SHARED);
    assert_int_equal(take_sample(1), 0);
    assert_int_equal(take_spine(1, 0, 10), ERROR_SHARED);
    assert_int_equal(take(MESSAGE_CONTIG, 1, "a\0", 2), ERROR_SHARED);
    assert_int_equal(take_contig(0), ERROR_SHARED);
    assert_int_equal(take_contig(1), 0);
    assert_int_equal(take_spine(2, 0, 10), ERROR_SHARED);
    assert_int_equal(take_spine(1, 0, 0), ERROR_SHARED);
    assert_int_equal(take_spine(1, 0, UINT32_C(1) << 31), ERROR_SHARED);
    assert_int_equal(take(MESSAGE_SPINE, 1, "1234567", 7), ERROR_SHARED);
    assert_int_equal(take_spine(1, 0, INT32_MAX), 0);
}

static void worker_out_of_order_is_refused(void **state)
{
    (void)state;
    begin_segment();
    assert_int_equal(take_sample(2), ERROR_SHARED);
    assert_int_equal(take_data(1), ERROR_SHARED);
    assert_int_equal(take_placement(2, 17, 0), ERROR_SHARED);
    assert_int_equal(take_placement(1, 20, 0), ERROR_SHARED);
    assert_int_equal(take_group(17), ERROR_SHARED);
    assert_int_equal(take_part(20, PART_PACK, 1), ERROR_SHARED);
    assert_int_equal(take_part(17, 2, 1), ERROR_SHARED);
    assert_int_equal(take_part(17, PART_PACK, 0), ERROR_SHARED);
    assert_int_equal(take_part(17, PART_PACK, 10), 0);
    assert_int_equal(take_part(17, PART_PACK, 10), ERROR_SHARED);
    assert_int_equal(take_placement(1, 17, 0), ERROR_SHARED);
    assert_int_equal(take_data(0), ERROR_SHARED);
    assert_int_equal(take_data(11), ERROR_SHARED);
    assert_int_equal(take_data(10), 0);
    assert_int_equal(take_data(1), ERROR_SHARED);
    assert_int_equal(take_placement(1, 17, 0), 0);
    assert_int_equal(merge_source(&merge), 0);
}

static void lists_must_be_sorted(void **state)
{
    (void)state;
    begin_lists();
    assert_int_equal(take_splitters(5, 5), ERROR_SHARED);
    begin_lists();
    assert_int_equal(take_splitters(5, 9), 0);
    assert_int_equal(take_splitters(9, 10), ERROR_SHARED);
    assert_int_equal(take_splitters(10, 11), 0);
    assert_int_equal(merge.splitters, 4);
    assert_int_equal(take(MESSAGE_SPLITTERS, 0, "1234567", 7), ERROR_SHARED);
    assert_int_equal(take_sample(2), ERROR_SHARED);
    assert_int_equal(take_contig(2), ERROR_SHARED);
    assert_int_equal(take_pair(5, 9, 16), 0);
    assert_int_equal(take_splitters(12, 13), ERROR_SHARED);
    assert_int_equal(take_pair(5, 9, 17), ERROR_SHARED);
    assert_int_equal(take_pair(5, 8, 17), ERROR_SHARED);
    assert_int_equal(take_pair(7, 6, 17), ERROR_SHARED);
    assert_int_equal(take_pair(7, 8, 15), ERROR_SHARED);
    assert_int_equal(take_pair(7, KMER_NONE, 17), 0);
    assert_int_equal(take_pair(KMER_NONE, 3, 17), 0);
    assert_int_equal(take_pair(KMER_NONE, KMER_NONE, 16), ERROR_SHARED);
    assert_int_equal(take_pair(KMER_NONE, KMER_NONE, 0), 0);
    assert_int_equal(merge.pairs, 4);
}

static void end_of_reader_is_checked(void **state)
{
    (void)state;
    begin_lists();
    assert_int_equal(take_end(18, 1), ERROR_SHARED); /* no (none, none) */
    assert_int_equal(take_pair(1, 2, 17), 0);
    assert_int_equal(take_end(18, 1), ERROR_SHARED);
    assert_int_equal(take_pair(KMER_NONE, KMER_NONE, 0), 0);
    assert_int_equal(take_end(18, 2), ERROR_SHARED);
    assert_int_equal(take_end(15, 1), ERROR_SHARED);
    assert_int_equal(take_end(17, 1), ERROR_SHARED); /* a pair names group 17 */
    assert_int_equal(take(MESSAGE_END, 0, "1234", 4), ERROR_SHARED);
    assert_int_equal(take_end(18, 1), 0);
}

static void tail_out_of_order_is_refused(void **state)
{
    (void)state;
    begin_tail();
    assert_int_equal(take_group(1), ERROR_SHARED);
    assert_int_equal(take_placement(2, 0, 0), ERROR_SHARED);
    assert_int_equal(take_part(1, PART_PACK, 2), ERROR_SHARED);
    begin_tail();
    assert_int_equal(take_part(0, PART_PACK, 2), 0);
    assert_int_equal(take_group(0), ERROR_SHARED);
    assert_int_equal(take_data(2), 0);
    assert_int_equal(take_part(0, PART_PACK, 2), ERROR_SHARED); /* two last parts */
    assert_int_equal(take_group(0), 0);
    for (uint32_t g = 1; g < 18; g++)
        assert_int_equal(take_group(g), 0);
    assert_int_equal(take_group(18), ERROR_SHARED);
    for (int w = 0; w < 3; w++)
        assert_int_equal(take_end(0, 0), 0);
    assert_int_equal(take_end(0, 0), ERROR_SHARED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_rings_in_order),
        cmocka_unit_test(ends_groups_in_order_then_workers),
        cmocka_unit_test(spine_out_of_order_is_refused),
        cmocka_unit_test(worker_out_of_order_is_refused),
        cmocka_unit_test(lists_must_be_sorted),
        cmocka_unit_test(end_of_reader_is_checked),
        cmocka_unit_test(tail_out_of_order_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
