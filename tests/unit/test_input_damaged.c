/*
 * Input that is cut short or damaged: every truncated file is refused, no damaged one gives other
 * bytes as if nothing were wrong, and none takes memory without bound.
 */
#include "tests/unit/input_files.h"
#include "tests/unit/input_reads.h"

#include "common/error.h"

static void test_read_truncated_at_every_byte(void **state)
{
    static uint8_t text[SMALL_BYTES];
    int kind;
    size_t length, whole;

    (void)state;
    make_text(text, sizeof text);
    for (kind = 0; kind < KINDS; kind++) {
        struct bytes file = {0};

        kinds[kind](&file, text, sizeof text);
        whole = file.length;
        for (length = magic_bytes[kind]; length < whole; length++) {
            file.length = length;
            assert_refused(&file, 0, "ends early");
            assert_refused(&file, 1 + length % 9, "ends early");
        }
        bytes_free(&file);
    }
}

/* A second member cut at any byte is truncated too. */
static void test_read_truncated_second_member(void **state)
{
    int kind;
    size_t one, whole;

    (void)state;
    for (kind = 0; kind < KINDS; kind++) {
        struct bytes file = {0};

        kinds[kind](&file, "ACGTACGT", 8);
        one = file.length;
        kinds[kind](&file, "TTTTCCCCGGGG", 12);
        for (whole = file.length; --file.length > one;)
            assert_refused(&file, file.length % 3, "ends early");
        assert_true(whole > one);
        assert_reads(&file, 0, (const uint8_t *)"ACGTACGT", 8);
        bytes_free(&file);
    }
}

/* One byte changed: an error, or (in a field that means nothing) the very same bytes. */
static void test_read_damaged_at_every_byte(void **state)
{
    static uint8_t text[SMALL_BYTES];
    struct bytes got = {0};
    int kind, refused;
    size_t i;

    (void)state;
    make_text(text, sizeof text);
    for (kind = 0; kind < KINDS; kind++) {
        struct bytes file = {0};

        refused = 0;
        kinds[kind](&file, text, sizeof text);
        for (i = magic_bytes[kind]; i < file.length; i++) {
            const char *path;
            uint8_t flip = (uint8_t)(1u << i % 8);

            file.data[i] ^= flip;
            path = file_write("damaged", file.data, file.length);
            if (read_all(path, 1 + i % 70, &got)) {
                refused++;
                assert_non_null(strstr(error_text(), path));
            } else {
                assert_int_equal(got.length, sizeof text);
                assert_memory_equal(got.data, text, sizeof text);
            }
            file.data[i] ^= flip;
        }
        assert_true(refused > (int)file.length - 20);
        bytes_free(&file);
    }
    bytes_free(&got);
}

static void test_read_gzip_trailer_checked(void **state)
{
    struct bytes file = {0};

    (void)state;
    add_gzip(&file, "ACGTACGTAA", 10);
    file.data[file.length - 8] ^= 1;
    assert_refused(&file, 0, "checksum differs");
    file.data[file.length - 8] ^= 1;
    file.data[file.length - 1] ^= 1;
    assert_refused(&file, 0, "size differs");
    bytes_free(&file);
}

static void test_read_bytes_after_zstd_and_xz(void **state)
{
    static const uint8_t zeros[4];
    struct bytes file = {0};

    (void)state;
    add_zstd(&file, "ACGT", 4);
    assert_int_equal(bytes_append(&file, ">b\nACGT\n", 8), 0);
    assert_refused(&file, 0, "bytes after the end");
    file.length = 0;
    add_xz(&file, "ACGT", 4);
    assert_int_equal(bytes_append(&file, zeros, 4), 0); /* stream padding: allowed */
    assert_reads(&file, 0, (const uint8_t *)"ACGT", 4);
    assert_int_equal(bytes_append(&file, ">b\nACGTACGTACGT\n", 16), 0);
    assert_refused(&file, 0, "bytes after");
    bytes_free(&file);
}

/* A frame by hand: header with a window descriptor (exponent in the upper five bits), one raw last
 * block of one byte. */
static void test_read_zstd_window_limited(void **state)
{
    uint8_t frame[] = {0x28, 0xb5, 0x2f, 0xfd, 0, (27 - 10) << 3, 9, 0, 0, 'A'};
    struct bytes file = {frame, sizeof frame, sizeof frame};

    (void)state;
    assert_reads(&file, 0, (const uint8_t *)"A", 1);
    frame[5] = (28 - 10) << 3;
    assert_refused(&file, 0, "window above 128 MB");
}

/* The dictionary size is the one property byte of the LZMA2 filter in the block header (behind two
 * sizes, here of one byte each), which a CRC-32 closes. */
static void test_read_xz_dictionary_limited(void **state)
{
    struct bytes file = {0};
    size_t header_bytes;
    uint32_t crc;
    uint8_t *block;

    (void)state;
    add_xz(&file, "ACGT", 4);
    block = file.data + 12;
    header_bytes = ((size_t)block[0] + 1) * 4;
    assert_int_equal(block[4], 0x21);
    assert_int_equal(block[5], 1);
    block[6] = 28; /* 64 MiB, what xz -9 makes */
    crc = lzma_crc32(block, header_bytes - 4, 0);
    memcpy(block + header_bytes - 4, &crc, 4);
    assert_reads(&file, 0, (const uint8_t *)"ACGT", 4);
    block[6] = 30; /* 128 MiB */
    crc = lzma_crc32(block, header_bytes - 4, 0);
    memcpy(block + header_bytes - 4, &crc, 4);
    assert_refused(&file, 0, "xz needs 128 MB");
    bytes_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_truncated_at_every_byte),
        cmocka_unit_test(test_read_truncated_second_member),
        cmocka_unit_test(test_read_damaged_at_every_byte),
        cmocka_unit_test(test_read_gzip_trailer_checked),
        cmocka_unit_test(test_read_bytes_after_zstd_and_xz),
        cmocka_unit_test(test_read_zstd_window_limited),
        cmocka_unit_test(test_read_xz_dictionary_limited),
    };

    return cmocka_run_group_tests(tests, files_begin, files_end);
}
