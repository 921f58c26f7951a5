/*
 * Input: every kind gives back the bytes that went in, whatever the blocks; and what cannot be
 * opened. Damaged files: test_input_damaged.c.
 */
#include "tests/unit/input_files.h"
#include "tests/unit/input_reads.h"

#include "common/error.h"

#include <pthread.h>

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
        cmocka_unit_test(test_read_gzip_header_fields),
        cmocka_unit_test(test_read_gzip_padding),
        cmocka_unit_test(test_read_zstd_skippable_frames),
        cmocka_unit_test(test_open_names_foreign_compression),
        cmocka_unit_test(test_open_what_cannot_be_read),
        cmocka_unit_test(test_open_long_path_keeps_its_end_in_messages),
        cmocka_unit_test(test_read_standard_input_pipe),
    };

    return cmocka_run_group_tests(tests, files_begin, files_end);
}
