/*
 * The container: a file put together by hand from spec section 1 is read, the footer writer makes
 * that very file, and no cut or changed byte of it leads anywhere but to an error or to parts
 * inside the file.
 */
#include "common/container.h"
#include "common/error.h"

#include "tests/unit/input_files.h"

/* Part "abc" with metadata 0 at 0; part of size 0 at 4; part "xy" with metadata 300 at 5; a footer
 * of two streams. */
static const uint8_t small_file[] = {
    0,   'a', 'b', 'c',               /* 0 */
    0,                                /* 4 */
    2,   1,   44,  'x', 'y',          /* 5 */
    1,   2,                           /* 10: streams */
    'o', 'n', 'e', 0,   1,   2, 0,    /* 12: two parts, raw size 0 */
    0,   1,   3,   1,   4,   0,       /* 19: (0, 3) (4, 0) */
    'x', '0', 'd', 0,   1,   1, 0,    /* 25: one part */
    1,   5,   1,   2,                 /* 32: (5, 2) */
    26,  0,   0,   0,   0,   0, 0, 0, /* 36: size of the footer */
};

enum { FOOTER_AT = 10, FOOTER_BYTES = 26 };

struct collected {
    struct bytes bytes;
    int calls;
};

static int collect(void *context, const void *data, size_t length)
{
    struct collected *c = context;

    c->calls++;
    return bytes_append(&c->bytes, data, length);
}

static void test_footer_writer_makes_the_bytes_of_the_spec(void **state)
{
    struct collected out = {{0}, 0};
    struct container_sink sink = {collect, &out};
    struct container_footer footer;

    (void)state;
    assert_int_equal(container_footer_begin(&footer, sink, 2), 0);
    assert_int_equal(container_footer_stream(&footer, "one", 2), 0);
    assert_int_equal(container_footer_part(&footer, 0, 3), 0);
    assert_int_equal(container_footer_part(&footer, 4, 0), 0);
    assert_int_equal(container_footer_stream(&footer, "x0d", 1), 0);
    assert_int_equal(container_footer_part(&footer, 5, 2), 0);
    assert_int_equal(container_footer_end(&footer), 0);
    assert_int_equal(out.bytes.length, sizeof small_file - FOOTER_AT);
    assert_memory_equal(out.bytes.data, small_file + FOOTER_AT, out.bytes.length);
    bytes_free(&out.bytes);
}

static void test_footer_writer_refuses_wrong_counts(void **state)
{
    struct collected out = {{0}, 0};
    struct container_sink sink = {collect, &out};
    struct container_footer footer;

    (void)state;
    assert_int_equal(container_footer_begin(&footer, sink, 1), 0);
    assert_int_equal(container_footer_end(&footer), ERROR_USAGE);
    assert_int_equal(container_footer_part(&footer, 0, 1), ERROR_USAGE);
    assert_int_equal(container_footer_stream(&footer, "a", 1), 0);
    assert_int_equal(container_footer_end(&footer), ERROR_USAGE);
    assert_int_equal(container_footer_stream(&footer, "b", 0), ERROR_USAGE);
    assert_int_equal(container_footer_part(&footer, 0, 1), 0);
    assert_int_equal(container_footer_part(&footer, 0, 1), ERROR_USAGE);
    assert_int_equal(container_footer_stream(&footer, "b", 0), ERROR_USAGE);
    assert_int_equal(container_footer_end(&footer), 0);
    bytes_free(&out.bytes);
}

static int refuse(void *context, const void *data, size_t length)
{
    (void)context, (void)data, (void)length;
    return error_set(ERROR_SPACE, "full");
}

static void test_footer_writer_passes_on_what_the_sink_says(void **state)
{
    struct container_sink sink = {refuse, NULL};
    struct container_footer footer;

    (void)state;
    assert_int_equal(container_footer_begin(&footer, sink, 0), 0);
    assert_int_equal(container_footer_end(&footer), ERROR_SPACE);
}

static void test_small_file_is_read(void **state)
{
    struct container *c;
    struct container_walk walk;
    struct container_part part;
    struct bytes data = {0};
    char name[CONTAINER_NAME_BYTES_MAX];
    uint64_t at_one, at_two, metadata, off;
    int have;

    (void)state;
    assert_int_equal(container_open(&c, file_write("small", small_file, sizeof small_file)), 0);
    assert_int_equal(container_footer_bytes(c), FOOTER_BYTES);
    assert_int_equal(container_walk_begin(c, &walk), 0);
    assert_int_equal(walk.streams_left, 2);
    assert_int_equal(container_walk_stream(c, &walk, &have, name, &at_one), 0);
    assert_true(have);
    assert_string_equal(name, "one");
    assert_int_equal(walk.parts_left, 2);
    assert_int_equal(container_walk_part(c, &walk, &part), 0);
    assert_int_equal(container_read_part(c, &part, 2, &data, &metadata), ERROR_FORMAT);
    assert_int_equal(container_read_part(c, &part, 3, &data, &metadata), 0);
    assert_int_equal(data.length, 3);
    assert_memory_equal(data.data, "abc", 3);
    assert_int_equal(metadata, 0);
    /* The second part of "one" is skipped by going on to the next stream. */
    assert_int_equal(container_walk_stream(c, &walk, &have, name, &at_two), 0);
    assert_string_equal(name, "x0d");
    assert_int_equal(container_walk_part(c, &walk, &part), 0);
    assert_int_equal(container_part_open(c, &part, &metadata, &off), 0);
    assert_int_equal(metadata, 300);
    assert_int_equal(off, 8);
    assert_int_equal(container_read_part(c, &part, 100, &data, &metadata), 0);
    assert_int_equal(data.length, 2);
    assert_memory_equal(data.data, "xy", 2);
    assert_int_equal(container_walk_part(c, &walk, &part), ERROR_FORMAT);
    assert_int_equal(container_walk_stream(c, &walk, &have, name, &at_two), 0);
    assert_false(have);
    /* Back to the first by its address. */
    assert_int_equal(container_walk_parts(c, &walk, at_one), 0);
    assert_int_equal(container_walk_part(c, &walk, &part), 0);
    assert_int_equal(container_walk_part(c, &walk, &part), 0);
    assert_int_equal(part.size, 0);
    assert_int_equal(container_read_part(c, &part, 0, &data, &metadata), 0);
    assert_int_equal(data.length, 0);
    bytes_free(&data);
    container_close(c);
}

/* Walks everything and reads all parts; any result is fine, a fault of memory is not. */
static int walk_all(const char *path)
{
    struct container *c;
    struct container_walk walk;
    struct container_part part;
    struct bytes data = {0};
    char name[CONTAINER_NAME_BYTES_MAX];
    uint64_t at, metadata;
    int have = 1, code = container_open(&c, path);

    if (code)
        return code;
    code = container_walk_begin(c, &walk);
    while (!code) {
        code = container_walk_stream(c, &walk, &have, name, &at);
        if (code || !have)
            break;
        while (!code && walk.parts_left) {
            code = container_walk_part(c, &walk, &part);
            if (!code)
                code = container_read_part(c, &part, SIZE_MAX, &data, &metadata);
            if (!code)
                assert_true(part.size <= FOOTER_AT);
        }
    }
    bytes_free(&data);
    container_close(c);
    return code;
}

static void test_every_cut_is_refused(void **state)
{
    (void)state;
    assert_int_equal(walk_all(file_write("cut", small_file, sizeof small_file)), 0);
    for (size_t length = 0; length < sizeof small_file; length++) {
        int code = walk_all(file_write("cut", small_file, length));

        assert_true(code == ERROR_FORMAT);
    }
}

static void test_bytes_after_the_last_stream_are_refused(void **state)
{
    uint8_t changed[sizeof small_file];

    (void)state;
    memcpy(changed, small_file, sizeof changed);
    changed[FOOTER_AT + 1] = 1; /* one stream, where two stand */
    assert_int_equal(walk_all(file_write("rest", changed, sizeof changed)), ERROR_FORMAT);
    assert_non_null(strstr(error_text(), "after the last stream"));
}

static void test_every_changed_byte_is_survived(void **state)
{
    uint8_t changed[sizeof small_file];

    (void)state;
    for (size_t i = 0; i < sizeof small_file; i++)
        for (int value = 0; value < 256; value++) {
            int code;

            memcpy(changed, small_file, sizeof changed);
            changed[i] = (uint8_t)value;
            code = walk_all(file_write("changed", changed, sizeof changed));
            assert_true(code == 0 || code == ERROR_FORMAT);
        }
}

static void test_what_is_no_archive_is_refused(void **state)
{
    struct container *c;

    (void)state;
    assert_int_equal(container_open(&c, file_path("missing")), ERROR_IO);
    assert_int_equal(container_open(&c, files_folder), ERROR_IO);
    assert_int_equal(container_open(&c, "/dev/null"), ERROR_IO);
    assert_int_equal(container_open(&c, file_write("text", "just some text here", 19)),
                     ERROR_FORMAT);
}

/* More streams and parts than the window holds: walked on, and found again by address. */
static void test_footer_larger_than_the_window(void **state)
{
    enum { STREAMS = 30000, PARTS = 3 };
    struct collected out = {{0}, 0};
    struct container_sink sink = {collect, &out};
    struct container_footer footer;
    struct container *c;
    struct container_walk walk;
    struct container_part part;
    char name[CONTAINER_NAME_BYTES_MAX], wanted[CONTAINER_NAME_BYTES_MAX];
    static uint64_t at[STREAMS];
    int have;

    (void)state;
    assert_int_equal(bytes_append(&out.bytes, small_file, FOOTER_AT), 0);
    assert_int_equal(container_footer_begin(&footer, sink, STREAMS), 0);
    for (uint32_t i = 0; i < STREAMS; i++) {
        container_group_name(wanted, 3, i, 1);
        assert_int_equal(container_footer_stream(&footer, wanted, PARTS), 0);
        for (uint32_t j = 0; j < PARTS; j++)
            assert_int_equal(container_footer_part(&footer, (i + j) % 5, 1 + i % 3), 0);
    }
    assert_int_equal(container_footer_end(&footer), 0);
    assert_true(out.calls > 50 && out.calls < 1000);
    assert_int_equal(container_open(&c, file_write("large", out.bytes.data, out.bytes.length)), 0);
    assert_true(container_footer_bytes(c) > 512 * 1024);
    assert_int_equal(container_walk_begin(c, &walk), 0);
    for (uint32_t i = 0; i < STREAMS; i++) {
        container_group_name(wanted, 3, i, 1);
        assert_int_equal(container_walk_stream(c, &walk, &have, name, &at[i]), 0);
        assert_string_equal(name, wanted);
    }
    assert_int_equal(container_walk_stream(c, &walk, &have, name, &at[0]), 0);
    assert_false(have);
    for (uint32_t i = 1; i < STREAMS; i += 7) {
        uint32_t k = i * 13 % STREAMS;

        if (k == 0)
            continue;
        assert_int_equal(container_walk_parts(c, &walk, at[k]), 0);
        for (uint32_t j = 0; j < PARTS; j++) {
            assert_int_equal(container_walk_part(c, &walk, &part), 0);
            assert_int_equal(part.offset, (k + j) % 5);
            assert_int_equal(part.size, 1 + k % 3);
        }
    }
    container_close(c);
    bytes_free(&out.bytes);
}

static void test_group_names(void **state)
{
    static const struct {
        uint32_t major, group;
        int reference;
        const char *name;
    } known[] = {
        {3, 0, 0, "x0d"},
        {3, 0, 1, "x0r"},
        {3, 10, 1, "xAr"},
        {3, 36, 0, "xad"},
        {3, 62, 0, "x_d"},
        {3, 63, 1, "x#r"},
        {3, 64, 0, "x01d"},
        {3, 65, 0, "x11d"},
        {3, 4095, 1, "x##r"},
        {3, 4096, 0, "x001d"},
        {3, UINT32_MAX, 0, "x#####3d"},
        {2, 0, 1, "seg-0-ref"},
        {2, 17, 0, "seg-17-delta"},
        {1, 4294967295u, 1, "seg-4294967295-ref"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        char name[CONTAINER_NAME_BYTES_MAX];
        uint32_t group = 77;
        int reference = 77;

        container_group_name(name, known[i].major, known[i].group, known[i].reference);
        assert_string_equal(name, known[i].name);
        assert_true(container_parse_group_name(name, known[i].major, &group, &reference));
        assert_int_equal(group, known[i].group);
        assert_int_equal(reference, known[i].reference);
    }
}

static void test_names_that_are_no_group(void **state)
{
    static const char *const not_3[] = {"",       "x",        "xr",        "x0",        "x0x",
                                        "x00r",   "x10d",     "y0r",       "x-r",       "x0 r",
                                        "params", "x#####4r", "x0000001r", "seg-0-ref", "ext-r"};
    static const char *const not_2[] = {"",
                                        "seg-",
                                        "seg-0",
                                        "seg--ref",
                                        "seg-00-ref",
                                        "seg-01-delta",
                                        "seg-1-refs",
                                        "seg-1-",
                                        "seg-4294967296-ref",
                                        "x0r",
                                        "seg-99999999999999999999-ref"};
    uint32_t group;
    int reference;

    (void)state;
    for (size_t i = 0; i < sizeof not_3 / sizeof not_3[0]; i++)
        assert_false(container_parse_group_name(not_3[i], 3, &group, &reference));
    for (size_t i = 0; i < sizeof not_2 / sizeof not_2[0]; i++)
        assert_false(container_parse_group_name(not_2[i], 2, &group, &reference));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_footer_writer_makes_the_bytes_of_the_spec),
        cmocka_unit_test(test_footer_writer_refuses_wrong_counts),
        cmocka_unit_test(test_footer_writer_passes_on_what_the_sink_says),
        cmocka_unit_test(test_small_file_is_read),
        cmocka_unit_test(test_every_cut_is_refused),
        cmocka_unit_test(test_bytes_after_the_last_stream_are_refused),
        cmocka_unit_test(test_every_changed_byte_is_survived),
        cmocka_unit_test(test_what_is_no_archive_is_refused),
        cmocka_unit_test(test_footer_larger_than_the_window),
        cmocka_unit_test(test_group_names),
        cmocka_unit_test(test_names_that_are_no_group),
    };

    return cmocka_run_group_tests(tests, files_begin, files_end);
}
