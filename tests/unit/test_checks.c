/*
 * Checks of letters, and archives that hold checks: sound ones, damaged ones, ones that somebody
 * appended to. Expected values are made with libxxhash from whole texts, and from the fixture's.
 */
#include "tests/unit/archive_fixture.h"
#include "tests/unit/archive_text.h"

#include "common/archive.h"
#include "common/checks.h"
#include "common/error.h"
#include "common/symbols.h"

#include <sys/mman.h>
#include <xxhash.h>

static uint32_t low32(const char *text)
{
    return (uint32_t)XXH3_64bits(text, strlen(text));
}

static void test_sequence_check_is_that_of_the_text(void **state)
{
    static const char text[] = ">one two\nACGTNACGT\n>empty\n>z\nGG\n>last\n";
    const XXH128_hash_t whole = XXH3_128bits(text, sizeof text - 1);
    static const uint8_t codes[] = {0, 1, 2, 3, 4, 0, 1, 2, 3};
    struct sequence_check *check;
    struct sample_check sample;

    (void)state;
    assert_int_equal(sequence_check_create(&check), 0);
    sequence_check_contig(check, "junk before", 11);
    sequence_check_letters(check, (const uint8_t *)"AA", 2);
    sequence_check_sample(check);
    sequence_check_contig(check, "one two", 7);
    sequence_check_codes(check, codes, 4);
    sequence_check_letters(check, (const uint8_t *)"", 0);
    sequence_check_codes(check, codes + 4, 5);
    assert_int_equal(sequence_check_of_contig(check), low32("ACGTNACGT"));
    sequence_check_contig(check, "empty", 5);
    assert_int_equal(sequence_check_of_contig(check), low32(""));
    sequence_check_contig(check, "z", 1);
    sequence_check_letters(check, (const uint8_t *)"GG", 2);
    sequence_check_contig(check, "last", 4);
    sample = sequence_check_of_sample(check);
    assert_true(sample.low == whole.low64 && sample.high == whole.high64);
    sequence_check_free(check);
}

static void test_checks_stand_little_endian(void **state)
{
    const struct sample_check sample = {0x0807060504030201, 0x100f0e0d0c0b0a09};
    uint8_t out[SAMPLE_CHECK_BYTES];
    struct sample_check back;

    (void)state;
    contig_check_put(out, 0x04030201);
    assert_memory_equal(out, "\1\2\3\4", 4);
    assert_int_equal(contig_check_get(out), 0x04030201);
    sample_check_put(out, &sample);
    for (int i = 0; i < SAMPLE_CHECK_BYTES; i++)
        assert_int_equal(out[i], i + 1);
    back = sample_check_get(out);
    assert_true(back.low == sample.low && back.high == sample.high);
}

/* ---- archives with checks */

enum { LEAVE_MADE_OUT = 1, ONE_CHECK_LESS = 2 };

static void put_check(struct bytes *out, const void *data, size_t length)
{
    uint8_t bytes[PART_CHECK_BYTES];

    contig_check_put(bytes, (uint32_t)XXH3_64bits(data, length));
    assert_int_equal(bytes_append(out, bytes, sizeof bytes), 0);
}

/* Of every part that there is, in the footer's order. */
static struct bytes part_checks(const struct fixture_out *o)
{
    struct bytes checks = {0};

    for (int i = 0; i < o->count; i++)
        for (int j = 0; j < o->streams[i].parts; j++) {
            uint64_t from = o->streams[i].offset[j];
            uint64_t head = 1 + o->file.data[from]; /* vint: a count, then as many bytes */

            put_check(&checks, o->file.data + from, (size_t)(head + o->streams[i].size[j]));
        }
    return checks;
}

static void contig_checks(struct fixture_out *o)
{
    struct bytes one = {0}, two = {0};

    put_check(&one, "ACGTNACGTT", 10);
    /* Three segments, overlapping by four: NNNNCGTT, AAAA of the second, NA of the third. */
    put_check(&one, "NNNNCGTTAAAANA", 14);
    put_check(&one, "", 0);
    put_check(&two, "CCGTN", 5);
    put_check(&two, "RYACG", 5);
    put_check(&two, "GT", 2);
    fixture_part(o, "ext-contig-checks", 3, one.data, one.length);
    fixture_part(o, "ext-contig-checks", 3, two.data, two.length);
    bytes_free(&one);
    bytes_free(&two);
}

static struct bytes build_with_checks(int flags)
{
    const struct fixture f = fixture_default();
    struct fixture_out o = {{0}, {{"", 0, {0}, {0}}}, 0};
    struct bytes checks;

    fixture_zstd(&o, "collection-samples", f.samples);
    for (int i = 0; i < f.batches; i++)
        fixture_zstd(&o, "collection-contigs", f.names[i]);
    for (int i = 0; i < f.batches; i++)
        fixture_details(&o, &f, i);
    fixture_groups(&o, &f);
    fixture_part(&o, "params", 0, f.params.bytes, f.params.length);
    fixture_part(&o, "file_type_info", f.info_pairs, f.info.bytes, f.info.length);
    checks = part_checks(&o);
    if (flags & ONE_CHECK_LESS)
        checks.length -= PART_CHECK_BYTES;
    fixture_part(&o, "ext-sample-checks", 2, "0123456789abcdefABCDEFGHIJKLMNOP", 32);
    fixture_part(&o, "ext-sample-checks", 1, "fedcba9876543210", 16);
    contig_checks(&o);
    fixture_part(&o, "ext-part-checks", checks.length / PART_CHECK_BYTES, checks.data,
                 checks.length);
    if (!(flags & LEAVE_MADE_OUT))
        fixture_part(&o, "ext-made", 0, "by hand", 8);
    fixture_footer(&o);
    bytes_free(&checks);
    return o.file;
}

static int open_bytes(struct archive **archive, const struct bytes *file, int unchecked)
{
    char path[64];
    int fd = memfd_create("checks", MFD_CLOEXEC), code;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, file->data, file->length), (ssize_t)file->length);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    code = unchecked ? archive_open_unchecked(archive, path) : archive_open(archive, path);
    close(fd);
    return code;
}

static void test_checks_of_contigs_and_samples_are_found(void **state)
{
    static const char *const letters[] = {"ACGTNACGTT", "NNNNCGTTAAAANA", "", "CCGTN", "RYACG", "GT"};
    struct bytes file = build_with_checks(0);
    struct contig_cursor *cursor;
    struct archive *archive;
    int contig = 0;

    (void)state;
    assert_int_equal(open_bytes(&archive, &file, 0), 0);
    assert_int_equal(archive_checks(archive), ARCHIVE_CHECKS_THERE);
    for (uint32_t first = 0; first < 3; first++) { /* the same from any sample on */
        int more = 1, at = first == 0 ? 0 : first == 1 ? 1 : 3;

        assert_int_equal(contig_cursor_open(&cursor, archive, first), 0);
        for (contig = at; more;) {
            const char *name;
            size_t length;
            uint32_t segments, check;
            struct sample_check sample;
            int have;

            while (!contig_cursor_next(cursor, &more, &name, &length, &segments) && more) {
                assert_int_equal(contig_cursor_contig_check(cursor, &have, &check), 0);
                assert_int_equal(have, 1);
                assert_int_equal(check, low32(letters[contig++]));
            }
            assert_int_equal(contig_cursor_sample_check(cursor, &have, &sample), 0);
            assert_memory_equal(&sample.low,
                                &"01234567ABCDEFGHfedcba98"[8 * contig_cursor_sample(cursor)], 8);
            assert_int_equal(contig_cursor_next_sample(cursor, &more), 0);
        }
        assert_int_equal(contig, 6);
        contig_cursor_close(cursor);
    }
    archive_close(archive);
    bytes_free(&file);
}

/* Whether any part of the archive can still be read wrong. */
static int read_all(struct archive *archive)
{
    struct contig_cursor *cursor = NULL;
    struct bytes data = {0};
    int have = 1, code = contig_cursor_open(&cursor, archive, 0);

    while (!code && have)
        code = contig_cursor_next_sample(cursor, &have);
    contig_cursor_close(cursor);
    for (uint32_t g = 0; !code && g < archive_group_count(archive); g++)
        for (int reference = 0; !code && reference < 2; reference++) {
            uint64_t parts = 0, metadata;

            code = archive_group_parts(archive, g, reference, &parts);
            for (uint64_t i = 0; !code && i < parts; i++)
                code = archive_group_part(archive, g, reference, i, 1 << 20, &data, &metadata);
        }
    bytes_free(&data);
    return code;
}

static void test_any_changed_byte_of_a_part_is_found(void **state)
{
    struct bytes file = build_with_checks(0);
    size_t end = 0;

    (void)state;
    while (memcmp(file.data + end, "0123456789abcdef", 16) != 0) /* the first sample's check */
        end++;
    for (size_t at = 0; at + 2 < end; at++) { /* two bytes before it are its part's metadata */
        struct archive *archive;
        int code;

        file.data[at] ^= 0x20;
        code = open_bytes(&archive, &file, 0);
        if (!code) {
            code = read_all(archive);
            archive_close(archive);
        }
        file.data[at] ^= 0x20;
        if (code != ERROR_FORMAT && code != ERROR_VERSION)
            fail_msg("byte %zu: %d", at, code);
    }
    bytes_free(&file);
}

static void test_a_stream_of_checks_that_is_missing_is_damage(void **state)
{
    struct bytes file = build_with_checks(LEAVE_MADE_OUT);
    struct archive *archive;

    (void)state;
    assert_int_equal(open_bytes(&archive, &file, 0), ERROR_FORMAT);
    assert_int_equal(open_bytes(&archive, &file, 1), 0);
    assert_int_equal(archive_checks(archive), ARCHIVE_CHECKS_OFF);
    archive_close(archive);
    bytes_free(&file);
}

static void test_another_number_of_parts_makes_checks_stale(void **state)
{
    struct bytes file = build_with_checks(ONE_CHECK_LESS);
    struct archive *archive;
    struct contig_cursor *cursor;
    uint32_t check;
    int have;

    (void)state;
    assert_int_equal(open_bytes(&archive, &file, 0), 0);
    assert_int_equal(archive_checks(archive), ARCHIVE_CHECKS_STALE);
    assert_int_equal(contig_cursor_open(&cursor, archive, 0), 0);
    assert_int_equal(contig_cursor_contig_check(cursor, &have, &check), 0);
    assert_int_equal(have, 0);
    contig_cursor_close(cursor);
    assert_int_equal(read_all(archive), 0);
    archive_close(archive);
    bytes_free(&file);
}

static void test_unchecked_reads_what_is_there(void **state)
{
    struct bytes file = build_with_checks(0);
    struct archive *archive;

    (void)state;
    assert_int_equal(open_bytes(&archive, &file, 1), 0);
    assert_int_equal(archive_checks(archive), ARCHIVE_CHECKS_OFF);
    assert_int_equal(read_all(archive), 0);
    archive_close(archive);
    bytes_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sequence_check_is_that_of_the_text),
        cmocka_unit_test(test_checks_stand_little_endian),
        cmocka_unit_test(test_checks_of_contigs_and_samples_are_found),
        cmocka_unit_test(test_any_changed_byte_of_a_part_is_found),
        cmocka_unit_test(test_a_stream_of_checks_that_is_missing_is_damage),
        cmocka_unit_test(test_another_number_of_parts_makes_checks_stale),
        cmocka_unit_test(test_unchecked_reads_what_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
