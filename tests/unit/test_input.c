/*
 * Input: every kind gives back the bytes that went in, whatever the blocks; every truncated file is
 * refused, and no damaged one gives other bytes as if nothing were wrong.
 */
#include "tests/unit/input_files.h"

#include "common/error.h"
#include "reader/input.h"
#include "reader/input_private.h"

#include <fcntl.h>
#include <pthread.h>

enum { SMALL_BYTES = 3000 };

/* Letters with some order in them, so that all compressors find matches. */
static void make_text(uint8_t *text, size_t length)
{
    uint64_t seed = 88172645463325252u;
    size_t i;

    for (i = 0; i < length; i++) {
        uint32_t value = test_random(&seed);

        text[i] = i > 200 && value % 16 ? text[i - 151] : (uint8_t) "ACGT\n"[value % 5];
    }
}

/* Reads path to its end into out (emptied first) with read blocks of the given size (0: default).
 * The code of the first failure, or 0. */
static int read_all(const char *path, size_t block_bytes, struct bytes *out)
{
    struct input *input;
    const uint8_t *data;
    size_t length;
    int code;

    out->length = 0;
    input_set_block_bytes(block_bytes);
    code = input_open(&input, path);
    input_set_block_bytes(0);
    if (code)
        return code;
    while (!(code = input_read(input, &data, &length)) && length)
        assert_int_equal(bytes_append(out, data, length), 0);
    if (!code) { /* the end stays the end */
        assert_int_equal(input_read(input, &data, &length), 0);
        assert_int_equal(length, 0);
    }
    input_close(input);
    return code;
}

static void assert_reads(const struct bytes *file, size_t block_bytes, const uint8_t *wanted,
                         size_t length)
{
    struct bytes got = {0};
    const char *path = file_write("reads", file->data, file->length);

    if (read_all(path, block_bytes, &got))
        fail_msg("block %zu: %s", block_bytes, error_text());
    assert_int_equal(got.length, length);
    if (length)
        assert_memory_equal(got.data, wanted, length);
    bytes_free(&got);
}

static void assert_refused(const struct bytes *file, size_t block_bytes, const char *words)
{
    struct bytes got = {0};
    const char *path = file_write("refused", file->data, file->length);

    assert_int_equal(read_all(path, block_bytes, &got), ERROR_INPUT);
    assert_non_null(strstr(error_text(), path));
    if (!strstr(error_text(), words))
        fail_msg("'%s' is not in: %s", words, error_text());
    bytes_free(&got);
}

typedef void add_fn(struct bytes *out, const void *data, size_t length);

static add_fn *const kinds[] = {add_gzip, add_zstd, add_xz};
static const size_t magic_bytes[] = {2, 4, 6};
enum { KINDS = 3 };

static void test_read_plain(void **state)
{
    static uint8_t text[SMALL_BYTES];
    struct bytes file = {0};
    size_t length;

    (void)state;
    make_text(text, sizeof text);
    for (length = 0; length < 12; length++) {
        file.length = 0;
        assert_int_equal(bytes_append(&file, text, length), 0);
        assert_reads(&file, 1, text, length);
        assert_reads(&file, 0, text, length);
    }
    file.length = 0;
    assert_int_equal(bytes_append(&file, text, sizeof text), 0);
    for (length = 1; length < 80; length++)
        assert_reads(&file, length, text, sizeof text);
    bytes_free(&file);
}

static void test_read_compressed_every_block_size(void **state)
{
    static uint8_t text[SMALL_BYTES];
    int kind;
    size_t block;

    (void)state;
    make_text(text, sizeof text);
    for (kind = 0; kind < KINDS; kind++) {
        struct bytes file = {0};

        kinds[kind](&file, text, sizeof text);
        for (block = 0; block <= file.length; block++)
            assert_reads(&file, block, text, sizeof text);
        bytes_free(&file);
    }
}

/* Sizes about the buffers of this program and of the libraries. */
static void test_read_compressed_every_size(void **state)
{
    static const size_t sizes[] = {0,     1,      2,      32767,  32768,  65535,   65536,
                                   65537, 262143, 262144, 262145, 524288, 1000000, 3000001};
    uint8_t *text = malloc(3000001);
    int kind;
    size_t i;

    (void)state;
    make_text(text, 3000001);
    for (kind = 0; kind < KINDS; kind++) {
        for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            struct bytes file = {0};

            kinds[kind](&file, text, sizes[i]);
            assert_reads(&file, 0, text, sizes[i]);
            assert_reads(&file, 1000, text, sizes[i]);
            bytes_free(&file);
        }
    }
    free(text);
}

/* Streams one behind the other, empty ones among them: bgzip, pzstd, and plain concatenation. */
static void test_read_many_members(void **state)
{
    static uint8_t text[SMALL_BYTES];
    int kind;
    size_t block, i;

    (void)state;
    make_text(text, sizeof text);
    for (kind = 0; kind < KINDS; kind++) {
        struct bytes file = {0};

        kinds[kind](&file, text, 0);
        for (i = 0; i < sizeof text; i += 100) {
            kinds[kind](&file, text + i, 37);
            kinds[kind](&file, text, 0);
            kinds[kind](&file, text + i + 37, 63);
        }
        for (block = 0; block < 150; block++)
            assert_reads(&file, block, text, sizeof text);
        bytes_free(&file);
    }
}

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

static void test_read_gzip_header_fields(void **state)
{
    static const char fields[] = "\6\0BC\2\0\x1b\0name.fa\0a comment\0";
    struct bytes file = {0};
    uint8_t header[10 + sizeof fields - 1] = {0x1f, 0x8b, 8, 30, 1, 2, 3, 4, 0, 255};
    uint8_t with_crc[sizeof fields + 1];
    uint32_t crc;
    size_t block;

    (void)state;
    memcpy(header + 10, fields, sizeof fields - 1);
    crc = crc32_gzip_refl(0, header, sizeof header);
    memcpy(with_crc, fields, sizeof fields - 1);
    with_crc[sizeof fields - 1] = (uint8_t)crc;
    with_crc[sizeof fields] = (uint8_t)(crc >> 8);
    add_gzip_with(&file, 30, with_crc, sizeof with_crc, "ACGT", 4);
    add_gzip_with(&file, 4, "\6\0BC\2\0\x1b\0", 8, "CCC", 3);
    add_gzip_with(&file, 8, "\0", 1, "GG", 2);
    add_gzip_with(&file, 16, "x\0", 2, "T", 1);
    add_gzip_with(&file, 30, with_crc, sizeof with_crc, "AA", 2); /* no memory of the first */
    for (block = 0; block < 80; block++)
        assert_reads(&file, block, (const uint8_t *)"ACGTCCCGGTAA", 12);
    file.data[10 + sizeof fields - 1] ^= 1;
    assert_refused(&file, 0, "header checksum");
    file.data[3] = 0x20;
    assert_refused(&file, 0, "unknown kind");
    file.data[3] = 0;
    file.data[2] = 7;
    assert_refused(&file, 0, "unknown kind");
    bytes_free(&file);
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

static void test_read_gzip_padding(void **state)
{
    static const uint8_t zeros[100];
    struct bytes file = {0};
    size_t block, whole;

    (void)state;
    add_gzip(&file, "ACGT", 4);
    assert_int_equal(bytes_append(&file, zeros, sizeof zeros), 0);
    for (block = 0; block < 20; block++)
        assert_reads(&file, block, (const uint8_t *)"ACGT", 4);
    whole = file.length;
    assert_int_equal(bytes_append(&file, "x", 1), 0);
    assert_refused(&file, 0, "bytes after the end");
    file.length = whole - sizeof zeros;
    assert_int_equal(bytes_append(&file, ">b\nACGT\n", 8), 0);
    for (block = 0; block < 20; block++)
        assert_refused(&file, block, "bytes after the end");
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

static void test_read_zstd_skippable_frames(void **state)
{
    static const uint8_t skippable[] = {0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'x', 'y', 'z'};
    struct bytes file = {0};
    size_t block;

    (void)state;
    assert_int_equal(bytes_append(&file, skippable, sizeof skippable), 0);
    add_zstd(&file, "ACGT", 4);
    assert_int_equal(bytes_append(&file, skippable, sizeof skippable), 0);
    add_zstd(&file, "TT", 2);
    assert_int_equal(bytes_append(&file, skippable, sizeof skippable), 0);
    for (block = 0; block < 30; block++)
        assert_reads(&file, block, (const uint8_t *)"ACGTTT", 6);
    file.length--;
    assert_refused(&file, 0, "ends early");
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

static void test_open_names_foreign_compression(void **state)
{
    static const struct {
        const char *data;
        size_t length;
        const char *name;
    } foreign[] = {{"BZh91AY&SY", 10, "bzip2"},
                   {"PK\3\4\24\0", 6, "zip"},
                   {"\x1f\x9d\x90xx", 5, "compress"},
                   {"\x04\x22\x4d\x18xx", 6, "lz4"}};
    size_t i;

    (void)state;
    for (i = 0; i < 4; i++) {
        struct bytes file = {0};

        assert_int_equal(bytes_append(&file, foreign[i].data, foreign[i].length), 0);
        assert_refused(&file, 0, foreign[i].name);
        bytes_free(&file);
    }
}

static void test_open_what_cannot_be_read(void **state)
{
    struct input *input;
    const char *path;

    (void)state;
    assert_int_equal(input_open(&input, files_folder), ERROR_INPUT);
    assert_non_null(strstr(error_text(), "is a directory"));
    assert_int_equal(input_open(&input, file_path("missing.fa")), ERROR_INPUT);
    assert_non_null(strstr(error_text(), "missing.fa: cannot open: No such file"));
    if (geteuid() == 0)
        return; /* root reads everything */
    path = file_write_text("unreadable.fa", ">a\n");
    assert_int_equal(chmod(path, 0), 0);
    assert_int_equal(input_open(&input, path), ERROR_INPUT);
    assert_non_null(strstr(error_text(), "Permission denied"));
}

static void test_open_long_path_keeps_its_end_in_messages(void **state)
{
    struct input *input;
    char path[3000];

    (void)state;
    memset(path, 'd', sizeof path);
    strcpy(path + sizeof path - 8, "/end.fa");
    assert_int_equal(input_open(&input, path), ERROR_INPUT);
    assert_non_null(strstr(error_text(), "/end.fa: cannot open: "));
    assert_int_equal(strncmp(error_text(), "...", 3), 0);
}

struct trickle {
    int fd;
    const struct bytes *file;
};

static void *write_trickle(void *context)
{
    struct trickle *t = context;
    size_t i;

    for (i = 0; i < t->file->length; i++)
        if (write(t->fd, t->file->data + i, 1) != 1)
            break;
    close(t->fd);
    return NULL;
}

/* Standard input is a pipe that gives byte after byte: the kind is told all the same. */
static void test_read_standard_input_pipe(void **state)
{
    static uint8_t text[SMALL_BYTES];
    int kind, ends[2], old = dup(STDIN_FILENO);
    struct bytes got = {0};

    (void)state;
    make_text(text, sizeof text);
    for (kind = 0; kind < KINDS; kind++) {
        struct bytes file = {0};
        struct trickle trickle;
        pthread_t thread;

        kinds[kind](&file, text, sizeof text);
        assert_int_equal(pipe(ends), 0);
        assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
        close(ends[0]);
        trickle = (struct trickle){ends[1], &file};
        assert_int_equal(pthread_create(&thread, NULL, write_trickle, &trickle), 0);
        assert_int_equal(read_all("-", 0, &got), 0);
        pthread_join(thread, NULL);
        assert_int_equal(got.length, sizeof text);
        assert_memory_equal(got.data, text, sizeof text);
        bytes_free(&file);
    }
    if (old >= 0) {
        dup2(old, STDIN_FILENO);
        close(old);
    }
    bytes_free(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_plain),
        cmocka_unit_test(test_read_compressed_every_block_size),
        cmocka_unit_test(test_read_compressed_every_size),
        cmocka_unit_test(test_read_many_members),
        cmocka_unit_test(test_read_truncated_at_every_byte),
        cmocka_unit_test(test_read_truncated_second_member),
        cmocka_unit_test(test_read_damaged_at_every_byte),
        cmocka_unit_test(test_read_gzip_header_fields),
        cmocka_unit_test(test_read_gzip_trailer_checked),
        cmocka_unit_test(test_read_gzip_padding),
        cmocka_unit_test(test_read_bytes_after_zstd_and_xz),
        cmocka_unit_test(test_read_zstd_skippable_frames),
        cmocka_unit_test(test_read_zstd_window_limited),
        cmocka_unit_test(test_read_xz_dictionary_limited),
        cmocka_unit_test(test_open_names_foreign_compression),
        cmocka_unit_test(test_open_what_cannot_be_read),
        cmocka_unit_test(test_open_long_path_keeps_its_end_in_messages),
        cmocka_unit_test(test_read_standard_input_pipe),
    };

    return cmocka_run_group_tests(tests, files_begin, files_end);
}
