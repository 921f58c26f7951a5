/*
 * The writer's journal: entries come back as they were noted, in frames that can be cut anywhere,
 * and damaged lists of entries are refused.
 */
#include "writer/journal.h"

#include "common/error.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[200];
static int folder_fd;

static int begin(void **state)
{
    const char *tmp = getenv("TMPDIR");

    (void)state;
    snprintf(folder, sizeof folder, "%s/agc-journal-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(folder))
        return -1;
    folder_fd = open(folder, O_RDONLY | O_DIRECTORY);
    return folder_fd >= 0 ? 0 : -1;
}

static int end(void **state)
{
    char command[300];

    (void)state;
    close(folder_fd);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

/* What the replay saw. */
struct seen {
    uint64_t state, seq;
    uint32_t places, fragment_ring;
    struct journal_place last;
    size_t fragment_bytes;
    int frames, entries;
    int cut_at; /* frame to cut before; -1: none */
};

static int on_settled(void *context, uint64_t seq, const void *state,
                      const struct journal_place *places, uint32_t place_count,
                      const uint8_t *entries, size_t length)
{
    struct seen *seen = context;
    struct entry entry;
    int have;

    if (seen->frames == seen->cut_at)
        return JOURNAL_CUT;
    seen->frames++;
    seen->seq = seq;
    memcpy(&seen->state, state, 8);
    seen->places = place_count;
    if (place_count)
        seen->last = places[place_count - 1];
    while (journal_entry(&entries, &length, &entry, &have) == 0 && have)
        seen->entries++;
    assert_int_equal(length, 0);
    return 0;
}

static int on_fragment(void *context, uint32_t ring, uint64_t off, const uint8_t *data,
                       size_t length)
{
    struct seen *seen = context;

    assert_int_equal(off, 77);
    assert_memory_equal(data, "fragment", length);
    seen->fragment_ring = ring;
    seen->fragment_bytes = length;
    return 0;
}

static int open_again(struct journal *journal, struct seen *seen, int cut_at)
{
    struct journal_replay replay = {seen, on_settled, on_fragment};

    *seen = (struct seen){.cut_at = cut_at};
    return journal_open(journal, folder_fd, 8, &replay);
}

static const struct entry_segment segments[] = {
    {0, 1, 1, 0}, {16, 0, 127, 1}, {128, 127, 128, 0}, {UINT32_MAX, UINT32_MAX, UINT32_MAX, 1}};

/* Three frames; each begins with a state of 8 bytes. */
static void write_frames(struct journal *journal)
{
    struct journal_place places[2] = {{0, 0, {8, 9}}, {3, 0, {16, 17}}};
    struct entry_part part = {STREAM_DETAILS, 0, UINT64_MAX, 1, 0xfedcba98};
    uint64_t state = 100;

    assert_int_equal(journal_note_text(journal, ENTRY_SAMPLE, "sample", 6), 0);
    assert_int_equal(journal_note_text(journal, ENTRY_CONTIG, "", 0), 0);
    assert_int_equal(journal_append(journal, 1, &state, places, 2), 0);
    state++;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(journal_note_segment(journal, &segments[i]), 0);
    assert_int_equal(journal_append(journal, 2, &state, places, 1), 0);
    assert_int_equal(journal_append_fragment(journal, 5, 77, (const uint8_t *)"fragment", 8), 0);
    state++;
    assert_int_equal(journal_note_part(journal, &part), 0);
    assert_int_equal(journal_note_text(journal, ENTRY_PAIRS, "a row of twenty bytes", 20), 0);
    assert_int_equal(journal_append(journal, 3, &state, NULL, 0), 0);
}

static void walk_frames(struct journal *journal)
{
    struct journal_cursor cursor;
    struct entry entry;
    int have;

    journal_cursor_open(&cursor, journal, 0);
    assert_int_equal(journal_cursor_next(&cursor, &entry, &have), 0);
    assert_true(have && entry.kind == ENTRY_SAMPLE && entry.length == 6);
    assert_memory_equal(entry.text, "sample", 6);
    assert_int_equal(journal_cursor_next(&cursor, &entry, &have), 0);
    assert_true(have && entry.kind == ENTRY_CONTIG && entry.length == 0);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(journal_cursor_next(&cursor, &entry, &have), 0);
        assert_true(have && entry.kind == ENTRY_SEGMENT);
        assert_memory_equal(&entry.segment, &segments[i], sizeof segments[i]);
    }
    assert_int_equal(journal_cursor_next(&cursor, &entry, &have), 0);
    assert_true(have && entry.kind == ENTRY_PART && entry.part.stream == STREAM_DETAILS);
    assert_true(entry.part.off == UINT64_MAX && entry.part.size == 1 && entry.part.group == 0);
    assert_int_equal(entry.part.check, 0xfedcba98);
    assert_int_equal(journal_cursor_next(&cursor, &entry, &have), 0);
    assert_true(have && entry.kind == ENTRY_PAIRS && entry.length == 20);
    assert_memory_equal(entry.text, "a row of twenty bytes", 20);
    assert_int_equal(journal_cursor_next(&cursor, &entry, &have), 0);
    assert_false(have);
    journal_cursor_close(&cursor);
}

static void entries_come_back(void **state)
{
    struct journal journal;
    struct seen seen;

    (void)state;
    assert_int_equal(open_again(&journal, &seen, -1), 0);
    assert_int_equal(seen.frames, 0);
    write_frames(&journal);
    walk_frames(&journal); /* also what is not flushed */
    assert_int_equal(log_flush(journal.log), 0);
    journal_close(&journal);
    assert_int_equal(open_again(&journal, &seen, -1), 0);
    assert_int_equal(seen.frames, 3);
    assert_int_equal(seen.entries, 8);
    assert_int_equal(seen.state, 102);
    assert_int_equal(seen.seq, 3);
    assert_int_equal(seen.fragment_ring, 5);
    assert_int_equal(seen.fragment_bytes, 8);
    assert_true(seen.last.ring == 0 && seen.last.place.off == 8 && seen.last.place.chain == 9);
    walk_frames(&journal);
    journal_close(&journal);
}

static void cut_frames_are_gone(void **state)
{
    struct journal journal;
    struct seen seen;

    (void)state;
    assert_int_equal(open_again(&journal, &seen, 2), 0);
    assert_int_equal(seen.frames, 2);
    journal_close(&journal);
    assert_int_equal(open_again(&journal, &seen, 1), 0);
    assert_int_equal(seen.fragment_bytes, 0); /* it stood behind the second frame */
    journal_close(&journal);
    assert_int_equal(open_again(&journal, &seen, -1), 0);
    assert_int_equal(seen.frames, 1);
    assert_int_equal(seen.places, 2);
    assert_true(seen.last.ring == 3 && seen.last.place.off == 16);
    journal_close(&journal);
    assert_int_equal(open_again(&journal, &seen, 0), 0);
    write_frames(&journal);
    walk_frames(&journal);
    journal_close(&journal);
}

static void state_of_another_size_is_refused(void **state)
{
    struct seen seen = {.cut_at = -1};
    struct journal_replay replay = {&seen, on_settled, on_fragment};
    struct journal journal;

    (void)state;
    assert_int_equal(open_again(&journal, &seen, 0), 0);
    write_frames(&journal);
    assert_int_equal(log_flush(journal.log), 0);
    journal_close(&journal);
    assert_int_equal(journal_open(&journal, folder_fd, 16, &replay), ERROR_SHARED);
}

/* Any bytes give entries or an error, and never read past the end. */
static void damaged_entries_are_refused(void **state)
{
    static const uint8_t cut_number[] = {ENTRY_SEGMENT, 0x80}, unknown[] = {0x7f},
                         wide[] = {ENTRY_SEGMENT, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, 0},
                         cut_text[] = {ENTRY_CONTIG, 3, 'a', 'b'};
    static const struct {
        const uint8_t *data;
        size_t length;
    } lists[] = {{cut_number, 2}, {unknown, 1}, {wide, 8}, {cut_text, 4}};
    uint32_t random = 1;

    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const uint8_t *at = lists[i].data;
        size_t length = lists[i].length;
        struct entry entry;
        int have;

        assert_int_equal(journal_entry(&at, &length, &entry, &have), ERROR_SHARED);
    }
    for (int round = 0; round < 20000; round++) {
        size_t length = (size_t)round % 40, left = length;
        uint8_t *data = malloc(length + 1); /* of just that size, for AddressSanitizer */
        const uint8_t *at = data;
        struct entry entry;
        int have = 1;

        for (size_t i = 0; i < length; i++) {
            random = random * 1664525 + 1013904223;
            data[i] = (uint8_t)(random >> (random >> 30 ? 24 : 29));
        }
        while (have && journal_entry(&at, &left, &entry, &have) == 0)
            assert_true(left <= length && at + left == data + length);
        free(data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_come_back),
        cmocka_unit_test(cut_frames_are_gone),
        cmocka_unit_test(state_of_another_size_is_refused),
        cmocka_unit_test(damaged_entries_are_refused),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
