/*
 * Reading archives: a small one made by hand is read as what it is, whatever the cache; with one
 * number made wrong it is refused; with any byte changed or its end cut off it is survived.
 */
#include "tests/unit/archive_fixture.h"
#include "tests/unit/archive_text.h"

enum { CACHE_BYTES = 1 << 20 };

static const char *write_fixture(const struct fixture *f)
{
    struct bytes file = fixture_build(f);
    const char *path = file_write("fixture.agc", file.data, file.length);

    bytes_free(&file);
    return path;
}

/* ---- the archive made by hand */

static void test_fixture_decodes(void **state)
{
    struct fixture f = fixture_default();
    struct bytes text = {0};

    (void)state;
    for (size_t cache = 0; cache <= CACHE_BYTES; cache += CACHE_BYTES) {
        text.length = 0;
        assert_int_equal(decode_file(write_fixture(&f), cache, &text), 0);
        assert_int_equal(text.length, strlen(FIXTURE_TEXT));
        assert_memory_equal(text.data, FIXTURE_TEXT, text.length);
    }
    bytes_free(&text);
}

static void test_unknown_streams_are_ignored(void **state)
{
    struct fixture f = fixture_default();
    struct bytes text = {0};

    (void)state;
    f.extra_stream = "ext-a-name-that-is-longer";
    assert_int_equal(decode_file(write_fixture(&f), CACHE_BYTES, &text), 0);
    f.extra_stream = "seg-0-delta"; /* a group's name, but of another format */
    assert_int_equal(decode_file(write_fixture(&f), CACHE_BYTES, &text), 0);
    bytes_free(&text);
}

static void test_first_name_of_a_sample_stands_alone(void **state)
{
    struct fixture f = fixture_default();
    struct bytes text = {0};

    (void)state;
    f.names[0] = FIXTURE("\2\1ab\0\2\xfe\0c2\0"); /* not the "ab" of the sample before */
    assert_int_equal(decode_file(write_fixture(&f), CACHE_BYTES, &text), 0);
    assert_int_equal(bytes_append_byte(&text, 0), 0);
    assert_non_null(strstr((const char *)text.data, "s1/\xfe:"));
    bytes_free(&text);
}

static void test_archive_tells_what_it_is(void **state)
{
    struct fixture f = fixture_default();
    struct archive *a;
    const char *value;
    uint64_t parts;
    uint32_t sample;

    (void)state;
    assert_int_equal(archive_open(&a, write_fixture(&f)), 0);
    assert_int_equal(archive_params(a)->k, 4);
    assert_int_equal(archive_params(a)->min_match, 2);
    assert_int_equal(archive_params(a)->pack, 2);
    assert_int_equal(archive_params(a)->segment_size, 4);
    assert_int_equal(archive_params(a)->version_major, 3);
    assert_int_equal(archive_params(a)->version_minor, 0);
    assert_string_equal(archive_info_key(a, 0, &value), "producer");
    assert_string_equal(value, "hand");
    assert_string_equal(archive_info_key(a, 2, &value), "file_version_minor");
    assert_null(archive_info_key(a, 3, &value));
    assert_int_equal(archive_sample_count(a), 3);
    assert_string_equal(archive_sample_name(a, 1), "s1");
    assert_null(archive_sample_name(a, 3));
    assert_int_equal(archive_find_sample(a, "s2", &sample), 0);
    assert_int_equal(sample, 2);
    assert_int_equal(archive_find_sample(a, "s", &sample), ERROR_NOT_FOUND);
    assert_int_equal(archive_find_sample(a, "t", &sample), ERROR_NOT_FOUND);
    assert_int_equal(archive_group_count(a), 18);
    assert_int_equal(archive_group_parts(a, 16, 0, &parts), 0);
    assert_int_equal(parts, 2);
    assert_int_equal(archive_group_parts(a, 17, 0, &parts), 0);
    assert_int_equal(parts, 0);
    assert_int_equal(archive_group_parts(a, 18, 0, &parts), 0);
    assert_int_equal(parts, 0);
    archive_close(a);
}

static void test_parts_are_read_in_any_order(void **state)
{
    struct fixture f = fixture_default();
    struct archive *a;
    struct bytes data = {0};
    uint64_t metadata;

    (void)state;
    assert_int_equal(archive_open(&a, write_fixture(&f)), 0);
    for (int round = 0; round < 2; round++)
        for (int part = 1; part >= 0; part--) {
            assert_int_equal(archive_group_part(a, 16, 0, (uint64_t)part, 100, &data, &metadata),
                             0);
            assert_int_equal(data.length, f.packs_16[part].length);
            assert_memory_equal(data.data, f.packs_16[part].bytes, data.length);
            assert_int_equal(metadata, 0);
        }
    assert_int_equal(archive_group_part(a, 16, 0, 0, 5, &data, &metadata), ERROR_FORMAT);
    assert_int_equal(archive_group_part(a, 16, 0, 2, 100, &data, &metadata), ERROR_FORMAT);
    assert_int_equal(archive_group_part(a, 17, 0, 0, 100, &data, &metadata), ERROR_FORMAT);
    assert_int_equal(archive_group_part(a, 99, 0, 0, 100, &data, &metadata), ERROR_FORMAT);
    bytes_free(&data);
    archive_close(a);
}

static void test_cursor_begins_at_any_sample(void **state)
{
    static const char *const rest[] = {
        FIXTURE_TEXT,
        "s1/c1 one:NNNNCGTT,CCCCAAAA,ACGTNA\ns1/c2:\ns2/m:CCGTN\ns2/r1:RYACG\ns2/r2:GT\n",
        "s2/m:CCGTN\ns2/r1:RYACG\ns2/r2:GT\n",
    };
    struct fixture f = fixture_default();
    struct archive *a;
    struct member_decoder *d;
    struct contig_cursor *c;
    struct bytes text = {0};

    (void)state;
    assert_int_equal(archive_open(&a, write_fixture(&f)), 0);
    assert_int_equal(member_decoder_create(&d, a, CACHE_BYTES), 0);
    for (uint32_t sample = 0; sample < 3; sample++) {
        text.length = 0;
        assert_int_equal(decode_from(a, d, sample, &text), 0);
        assert_int_equal(text.length, strlen(rest[sample]));
        assert_memory_equal(text.data, rest[sample], text.length);
    }
    assert_int_equal(contig_cursor_open(&c, a, 3), ERROR_NOT_FOUND);
    bytes_free(&text);
    member_decoder_free(d);
    archive_close(a);
}

static void test_cursor_skips_what_is_not_taken(void **state)
{
    struct fixture f = fixture_default();
    struct archive *a;
    struct contig_cursor *c;
    struct archive_segment segment;
    const char *name;
    size_t length;
    uint32_t segments;
    int have;

    (void)state;
    assert_int_equal(archive_open(&a, write_fixture(&f)), 0);
    assert_int_equal(contig_cursor_open(&c, a, 0), 0);
    assert_int_equal(contig_cursor_next_sample(c, &have), 0);
    assert_true(have);
    assert_int_equal(contig_cursor_next(c, &have, &name, &length, &segments), 0);
    assert_string_equal(name, "c1 one");
    assert_int_equal(segments, 3);
    assert_int_equal(contig_cursor_segment(c, &segment), 0);
    assert_int_equal(segment.member, 2);
    assert_int_equal(contig_cursor_next(c, &have, &name, &length, &segments), 0);
    assert_string_equal(name, "c2");
    assert_int_equal(segments, 0);
    assert_int_equal(contig_cursor_segment(c, &segment), ERROR_NOT_FOUND);
    assert_int_equal(contig_cursor_next(c, &have, &name, &length, &segments), 0);
    assert_false(have);
    assert_int_equal(contig_cursor_next(c, &have, &name, &length, &segments), 0);
    assert_false(have);
    assert_int_equal(contig_cursor_next_sample(c, &have), 0);
    assert_int_equal(contig_cursor_sample(c), 2);
    assert_int_equal(contig_cursor_next_sample(c, &have), 0);
    assert_false(have);
    contig_cursor_close(c);
    archive_close(a);
}

/* ---- one thing made wrong */

static int result_of(const struct fixture *f)
{
    struct bytes text = {0};
    int code = decode_file(write_fixture(f), CACHE_BYTES, &text);

    bytes_free(&text);
    return code;
}

static void refused(const struct fixture *f, const char *why)
{
    assert_int_equal(result_of(f), ERROR_FORMAT);
    if (!strstr(error_text(), why))
        fail_msg("\"%s\" does not say \"%s\"", error_text(), why);
}

#define WRONG(field, literal, why)                                                                 \
    do {                                                                                           \
        struct fixture wrong_ = fixture_default();                                                 \
        wrong_.field = FIXTURE(literal);                                                           \
        refused(&wrong_, why);                                                                     \
    } while (0)

static void test_other_versions_are_refused(void **state)
{
    struct fixture f = fixture_default();

    (void)state;
    f.info = FIXTURE("file_version_major\0004\0file_version_minor\0007\0");
    f.info_pairs = 2;
    assert_int_equal(result_of(&f), ERROR_VERSION);
    assert_non_null(strstr(error_text(), "4.7"));
    f.info = FIXTURE("file_version_major\0000\0file_version_minor\0000\0");
    assert_int_equal(result_of(&f), ERROR_VERSION);
    f.info = FIXTURE("file_version_major\0x\0file_version_minor\0000\0");
    assert_int_equal(result_of(&f), ERROR_FORMAT);
    f.info = FIXTURE("file_version_minor\0000\0a\0b\0");
    assert_int_equal(result_of(&f), ERROR_FORMAT);
    f.info_pairs = 3; /* more than there are */
    assert_int_equal(result_of(&f), ERROR_FORMAT);
}

static void test_wrong_params_are_refused(void **state)
{
    (void)state;
    WRONG(params, "\4\0\0\0\2\0\0\0\2\0\0\0", "12 bytes instead of 16");
    WRONG(params, "\4\0\0\0\2\0\0\0\0\0\0\0\4\0\0\0", "pack 0");
    WRONG(params, "\41\0\0\0\2\0\0\0\2\0\0\0\4\0\0\0", "k 33");
    WRONG(params, "\0\0\0\0\2\0\0\0\2\0\0\0\4\0\0\0", "k 0");
    WRONG(params, "\4\0\0\0\2\0\0\0\2\0\0\0\377\377\377\377", "segment_size 4294967295");
}

static void test_wrong_names_are_refused(void **state)
{
    struct fixture f = fixture_default();

    (void)state;
    WRONG(samples, "\3s0\0s1\0", "a string without an end");
    WRONG(samples, "\3s0\0s1\0s2", "a string without an end");
    WRONG(samples, "\2s0\0s1\0s2\0", "its size is not");
    WRONG(samples, "\4s0\0s1\0s2\0s3\0", "has 1 samples instead of 2");
    WRONG(samples, "\5s0\0s1\0s2\0s3\0s4\0", "batches for 5 samples");
    WRONG(names[0], "\1\1c1 one\0", "has 1 samples, collection-details 2");
    WRONG(names[0], "\2\1c1 one\0\3c1 one\0c2\0x\0", "has 3 contigs, collection-details 2");
    WRONG(names[0], "\2\1c1 one\0\2c1 one\0c2\0x", "its size is not");
    WRONG(names[1],
          "\1\3m\0r1\0\xfd"
          "\0",
          "copies past the name before");
    f.batches = 1;
    refused(&f, "1 and 1 collection batches");
}

static void test_wrong_lists_are_refused(void **state)
{
    struct fixture f = fixture_default();

    (void)state;
    WRONG(lists[0][0], "\2\1\1\2\3", "ends early");
    WRONG(lists[0][0], "\2\1\1\2\2\0", "its size is not");
    WRONG(lists[0][0], "\2\1\1\2\4\0", "ends early");
    WRONG(lists[0][1], "\20\20\22\20", "group 18 of 18");
    WRONG(lists[0][1], "\20\20\21", "lists of different lengths");
    WRONG(lists[0][2], "\0\2\0\5", "part 2 is not there");
    WRONG(lists[0][3], "\4\0\0\2", "6 symbols instead of 9");
    WRONG(lists[0][3], "\4\0\11\3", "shorter than k"); /* 3 symbols */
    WRONG(lists[0][4], "\0\0\1\2", "neither 0 nor 1");
    WRONG(lists[1][2], "\1\1\360\357\337\277\177", "in-group number");
    f.list_slack = 1;
    refused(&f, "its size is not");
}

static void test_wrong_parts_are_refused(void **state)
{
    struct fixture f = fixture_default();

    (void)state;
    WRONG(packs_16[0],
          "B!0,1.\xff\x1e"
          "0\4"
          "6.",
          "no separator");
    WRONG(packs_16[0],
          "B!0,1.\xff\x1e"
          "0\4"
          "6.\xff\xff",
          "more than 2 entries");
    WRONG(packs_16[0], "B!0,1.\xff", "its pack has 1");
    WRONG(packs_16[0],
          "B!0,9.\xff\x1e"
          "0\4"
          "6.\xff",
          "delta");
    WRONG(packs_16[0], "", "its pack has 0");
    WRONG(raw_pack_0[0], "\x7f\xff\5\6\0\1\xff", "4 symbols instead of 5");
    WRONG(raw_pack_0[1], "", "its pack has 0");
    WRONG(reference_16, "\0\1\2\3", "4 symbols instead of 10");
    WRONG(reference_16, "", "0 symbols instead of 10");
    f.reference_metadata = UINT64_MAX;
    refused(&f, "cannot decode to");
    f.reference_metadata = 10; /* "compressed" bytes that are no frame */
    refused(&f, "group 16, member 0");
}

static void test_a_surplus_batch_is_ignored(void **state)
{
    struct fixture f = fixture_default();
    struct bytes text = {0};
    static const char expected[] = "s0/c1 one:ACGTNACGTT\n"
                                   "s1/c1 one:NNNNCGTT,CCCCAAAA,ACGTNA\n"
                                   "s1/c2:\n";

    (void)state;
    f.samples = FIXTURE("\2s0\0s1\0");
    assert_int_equal(decode_file(write_fixture(&f), CACHE_BYTES, &text), 0);
    assert_int_equal(text.length, strlen(expected));
    assert_memory_equal(text.data, expected, text.length);
    bytes_free(&text);
}

static void test_a_stream_that_stands_twice_is_refused(void **state)
{
    struct fixture f = fixture_default();

    (void)state;
    f.extra_stream = "xGr";
    refused(&f, "stream xGr stands twice");
    f.extra_stream = "collection-samples";
    refused(&f, "stream collection-samples stands twice");
    f.extra_stream = "x###r"; /* a group number that the number of streams rules out */
    refused(&f, "group 262143 in an archive of 25 streams");
}

/* ---- damage */

static void test_every_cut_of_the_fixture_is_refused(void **state)
{
    struct fixture f = fixture_default();
    struct bytes file = fixture_build(&f), text = {0};

    (void)state;
    for (size_t length = 0; length < file.length; length++) {
        text.length = 0;
        assert_int_equal(decode_file(file_write("cut", file.data, length), CACHE_BYTES, &text),
                         ERROR_FORMAT);
    }
    bytes_free(&text);
    bytes_free(&file);
}

static void test_every_changed_byte_of_the_fixture_is_survived(void **state)
{
    static const uint8_t changes[] = {0x01, 0x02, 0x10, 0x80, 0xff};
    struct fixture f = fixture_default();
    struct bytes file = fixture_build(&f), text = {0};

    (void)state;
    for (size_t at = 0; at < file.length; at++)
        for (size_t i = 0; i < sizeof changes; i++) {
            file.data[at] ^= changes[i];
            text.length = 0;
            assert_true(is_verdict(
                decode_file(file_write("changed", file.data, file.length), CACHE_BYTES, &text)));
            file.data[at] ^= changes[i];
        }
    bytes_free(&text);
    bytes_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixture_decodes),
        cmocka_unit_test(test_unknown_streams_are_ignored),
        cmocka_unit_test(test_first_name_of_a_sample_stands_alone),
        cmocka_unit_test(test_archive_tells_what_it_is),
        cmocka_unit_test(test_parts_are_read_in_any_order),
        cmocka_unit_test(test_cursor_begins_at_any_sample),
        cmocka_unit_test(test_cursor_skips_what_is_not_taken),
        cmocka_unit_test(test_other_versions_are_refused),
        cmocka_unit_test(test_wrong_params_are_refused),
        cmocka_unit_test(test_wrong_names_are_refused),
        cmocka_unit_test(test_wrong_lists_are_refused),
        cmocka_unit_test(test_wrong_parts_are_refused),
        cmocka_unit_test(test_a_surplus_batch_is_ignored),
        cmocka_unit_test(test_a_stream_that_stands_twice_is_refused),
        cmocka_unit_test(test_every_cut_of_the_fixture_is_refused),
        cmocka_unit_test(test_every_changed_byte_of_the_fixture_is_survived),
    };

    return cmocka_run_group_tests(tests, files_begin, files_end);
}
