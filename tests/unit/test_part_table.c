/*
 * Members and parts of groups: what is accepted, and the order of the footer.
 */
#include "writer/part_order.h"
#include "writer/part_table.h"

#include "common/error.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { PACK = 3 };

static struct part_table *table;

static int setup(void **state)
{
    (void)state;
    return part_table_create(&table, PACK);
}

static int teardown(void **state)
{
    (void)state;
    part_table_free(table);
    return 0;
}

static int member(uint32_t group, uint32_t number)
{
    return part_table_add_member(table, group, number);
}

static int reference(uint32_t group)
{
    return part_table_add_part(table, STREAM_REFERENCE, group);
}

static int pack(uint32_t group)
{
    return part_table_add_part(table, STREAM_PACK, group);
}

static void members_are_new_or_known(void **state)
{
    (void)state;
    assert_int_equal(member(16, 1), ERROR_SHARED); /* the reference comes first */
    assert_int_equal(member(16, 0), 0);
    assert_int_equal(member(16, 0), 0);
    assert_int_equal(member(16, 1), 0);
    assert_int_equal(member(16, 3), ERROR_SHARED);
    assert_int_equal(member(16, 2), 0);
    assert_int_equal(member(16, 1), 0);
    /* raw: 0 is the placeholder */
    assert_int_equal(member(15, 0), ERROR_SHARED);
    assert_int_equal(member(15, 2), ERROR_SHARED);
    assert_int_equal(member(15, 1), 0);
    assert_int_equal(member(15, 2), 0);
    assert_int_equal(part_table_groups(table), 17);
    assert_int_equal(member(1u << 30, 0), ERROR_SHARED);
    assert_int_equal(member(UINT32_MAX, 0), ERROR_SHARED);
}

static void reference_is_first_and_one(void **state)
{
    (void)state;
    assert_int_equal(pack(20), ERROR_SHARED);
    assert_int_equal(reference(20), 0);
    assert_int_equal(reference(20), ERROR_SHARED);
    assert_int_equal(pack(20), 0);
    assert_int_equal(reference(15), ERROR_SHARED);
    assert_int_equal(pack(15), 0);
    assert_int_equal(part_table_parts(table, STREAM_REFERENCE, 20), 1);
    assert_int_equal(part_table_parts(table, STREAM_PACK, 20), 1);
    assert_int_equal(part_table_parts(table, STREAM_REFERENCE, 15), 0);
    assert_int_equal(part_table_parts(table, STREAM_PACK, 15), 1);
    assert_int_equal(part_table_parts(table, STREAM_PACK, 21), 0);
}

/* LZ group: members 1..n are in packs of 3; raw group: 0..n. */
static void packs_must_be_as_many_as_needed(void **state)
{
    static const uint32_t lz[] = {0, 1, 1, 1, 2, 2, 2, 3}, raw[] = {1, 1, 1, 2, 2, 2, 3, 3};

    (void)state;
    assert_int_equal(part_table_finish_group(table, 16), ERROR_SHARED);
    assert_int_equal(member(16, 0), 0);
    assert_int_equal(part_table_finish_group(table, 16), ERROR_SHARED);
    assert_int_equal(reference(16), 0);
    assert_int_equal(part_table_finish_group(table, 0), ERROR_SHARED);
    for (uint32_t n = 0; n < 8; n++) {
        if (n)
            assert_int_equal(member(16, n), 0);
        while (part_table_parts(table, STREAM_PACK, 16) < lz[n]) {
            assert_int_equal(part_table_finish_group(table, 16), ERROR_SHARED);
            assert_int_equal(pack(16), 0);
        }
        assert_int_equal(part_table_finish_group(table, 16), 0);
        if (n)
            assert_int_equal(member(0, n), 0);
        while (part_table_parts(table, STREAM_PACK, 0) < raw[n]) {
            assert_int_equal(part_table_finish_group(table, 0), ERROR_SHARED);
            assert_int_equal(pack(0), 0);
        }
        assert_int_equal(part_table_finish_group(table, 0), 0);
    }
    assert_int_equal(pack(16), 0);
    assert_int_equal(part_table_finish_group(table, 16), ERROR_SHARED);
}

/* ---- the footer's order */

static char folder[200];
static struct journal journal;

static int no_replay(void *context, uint64_t seq, const void *state,
                     const struct journal_place *places, uint32_t place_count,
                     const uint8_t *entries, size_t entries_length)
{
    (void)context, (void)seq, (void)state, (void)places, (void)place_count, (void)entries;
    (void)entries_length;
    return 0;
}

static int journal_begin(void)
{
    static const struct journal_replay replay = {NULL, no_replay, NULL};
    const char *tmp = getenv("TMPDIR");
    int fd;

    snprintf(folder, sizeof folder, "%s/agc-parts-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(folder));
    fd = open(folder, O_RDONLY | O_DIRECTORY);
    assert_true(fd >= 0);
    assert_int_equal(journal_open(&journal, fd, 8, &replay), 0);
    return fd;
}

static void journal_end(int fd)
{
    char command[300];

    journal_close(&journal);
    close(fd);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}

static void note(uint32_t stream, uint32_t group, uint64_t off)
{
    struct entry_part part = {stream, group, off, off * 2 + 1, 0};

    assert_int_equal(journal_note_part(&journal, &part), 0);
    if (stream <= STREAM_PACK)
        assert_int_equal(part_table_add_part(table, (enum entry_stream)stream, group), 0);
}

static void append(void)
{
    assert_int_equal(journal_append(&journal, 0, "12345678", NULL, 0), 0);
}

static void parts_come_in_the_footers_order(void **state)
{
    static const uint64_t wanted[] = {30, 80, 40, 90, 20, 50, 10, 60, 70};
    struct part_order *order;
    struct part_place place;
    int fd = journal_begin();

    (void)state;
    note(STREAM_REFERENCE, 17, 10);
    note(STREAM_REFERENCE, 16, 20);
    append();
    note(STREAM_CONTIGS, 0, 30);
    note(STREAM_DETAILS, 0, 40);
    note(STREAM_PACK, 16, 50);
    append();
    note(STREAM_PACK, 17, 60);
    note(STREAM_PACK, 17, 70);
    note(STREAM_CONTIGS, 0, 80);
    note(STREAM_DETAILS, 0, 90);
    append();
    assert_int_equal(part_order_create(&order, &journal, table, 2, 0, fd), 0);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        assert_int_equal(part_order_next(order, &place), 0);
        assert_int_equal(place.off, wanted[i]);
        assert_int_equal(place.size, wanted[i] * 2 + 1);
    }
    assert_int_equal(part_order_next(order, &place), ERROR_SHARED);
    part_order_free(order);
    assert_int_equal(part_order_create(&order, &journal, table, 3, 0, fd), ERROR_SHARED);
    assert_int_equal(part_order_create(&order, &journal, table, 1, 0, fd), ERROR_SHARED);
    journal_end(fd);
}

/* More parts than are kept in memory: 200,000 of 1,000 groups, in turn. */
static void many_parts_go_through_a_file(void **state)
{
    enum { GROUPS = 1000, PACKS = 200 };
    struct part_order *order;
    struct part_place place;
    int fd = journal_begin();

    (void)state;
    for (uint32_t p = 0; p < PACKS; p++) {
        for (uint32_t g = 0; g < GROUPS; g++) {
            if (p == 0 && g >= 16)
                note(STREAM_REFERENCE, g, 1000000 + g);
            note(STREAM_PACK, g, p * GROUPS + g);
        }
        append();
    }
    assert_int_equal(part_order_create(&order, &journal, table, 0, 0, fd), 0);
    for (uint32_t g = 0; g < GROUPS; g++) {
        if (g >= 16) {
            assert_int_equal(part_order_next(order, &place), 0);
            assert_int_equal(place.off, 1000000 + g);
        }
        for (uint32_t p = 0; p < PACKS; p++) {
            assert_int_equal(part_order_next(order, &place), 0);
            assert_int_equal(place.off, p * GROUPS + g);
        }
    }
    assert_int_equal(part_order_next(order, &place), ERROR_SHARED);
    part_order_free(order);
    journal_end(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(members_are_new_or_known, setup, teardown),
        cmocka_unit_test_setup_teardown(reference_is_first_and_one, setup, teardown),
        cmocka_unit_test_setup_teardown(packs_must_be_as_many_as_needed, setup, teardown),
        cmocka_unit_test_setup_teardown(parts_come_in_the_footers_order, setup, teardown),
        cmocka_unit_test_setup_teardown(many_parts_go_through_a_file, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
