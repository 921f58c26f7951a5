/*
 * Reading a file to its end through input.h, and what is expected of that.
 */
#ifndef TESTS_INPUT_READS_H
#define TESTS_INPUT_READS_H

#include "tests/unit/input_files.h"

#include "common/error.h"
#include "reader/input_private.h"

enum { SMALL_BYTES = 3000 };

/* Letters with some order in them, so that all compressors find matches. */
static inline void make_text(uint8_t *text, size_t length)
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
static inline int read_all(const char *path, size_t block_bytes, struct bytes *out)
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

static inline void assert_reads(const struct bytes *file, size_t block_bytes, const uint8_t *wanted,
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

static inline void assert_refused(const struct bytes *file, size_t block_bytes, const char *words)
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

#endif
