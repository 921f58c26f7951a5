/*
 * Files for the tests of reading: a folder of their own, compressors, and where the shared data is.
 *
 * Compression is by the libraries' own one-shot functions, gzip members are put together by hand
 * (RFC 1952) around a raw deflate stream, so that any header field and any trailer can be made.
 */
#ifndef TESTS_INPUT_FILES_H
#define TESTS_INPUT_FILES_H

#include "common/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <lzma.h>
#include <zstd.h>

static char files_folder[256];

static inline int files_begin(void **state)
{
    const char *tmp = getenv("TMPDIR");

    (void)state;
    snprintf(files_folder, sizeof files_folder, "%s/agc-input-XXXXXX", tmp ? tmp : "/tmp");
    return mkdtemp(files_folder) ? 0 : -1;
}

static inline int files_end(void **state)
{
    char command[300];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", files_folder);
    return system(command);
}

/* The path of a file in the folder; one of eight buffers, taken in turn. */
static inline const char *file_path(const char *name)
{
    static char paths[8][512];
    static unsigned turn;
    char *path = paths[turn++ % 8];

    snprintf(path, sizeof paths[0], "%s/%s", files_folder, name);
    return path;
}

static inline const char *file_write(const char *name, const void *data, size_t length)
{
    const char *path = file_path(name);
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_true(length == 0 || fwrite(data, 1, length, file) == length);
    assert_int_equal(fclose(file), 0);
    return path;
}

static inline const char *file_write_text(const char *name, const char *text)
{
    return file_write(name, text, strlen(text));
}

/* Appends a gzip member: flags and fields (all that stands between the fixed header and the
 * deflate stream) as given. */
static inline void add_gzip_with(struct bytes *out, uint8_t flags, const void *fields,
                                 size_t fields_length, const void *data, size_t length)
{
    const uint8_t header[10] = {0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 0, 255};
    uint32_t trailer[2] = {crc32_gzip_refl(0, (const unsigned char *)data, length),
                           (uint32_t)length};
    struct isal_zstream stream;
    size_t room = length + length / 8 + 1024;

    assert_int_equal(bytes_append(out, header, sizeof header), 0);
    assert_int_equal(bytes_append(out, fields, fields_length), 0);
    assert_int_equal(bytes_reserve(out, room), 0);
    isal_deflate_init(&stream);
    stream.end_of_stream = 1;
    stream.next_in = (uint8_t *)(uintptr_t)data;
    stream.avail_in = (uint32_t)length;
    stream.next_out = out->data + out->length;
    stream.avail_out = (uint32_t)room;
    assert_int_equal(isal_deflate(&stream), COMP_OK);
    assert_int_equal(stream.avail_in, 0);
    out->length += room - stream.avail_out;
    assert_int_equal(bytes_append(out, trailer, sizeof trailer), 0);
}

static inline void add_gzip(struct bytes *out, const void *data, size_t length)
{
    add_gzip_with(out, 0, "", 0, data, length);
}

static inline void add_zstd(struct bytes *out, const void *data, size_t length)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    size_t room = ZSTD_compressBound(length), packed;

    assert_non_null(context);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    assert_int_equal(bytes_reserve(out, room), 0);
    packed = ZSTD_compress2(context, out->data + out->length, room, data, length);
    assert_false(ZSTD_isError(packed));
    out->length += packed;
    ZSTD_freeCCtx(context);
}

static inline void add_xz(struct bytes *out, const void *data, size_t length)
{
    size_t room = lzma_stream_buffer_bound(length), used = 0;

    assert_int_equal(bytes_reserve(out, room), 0);
    assert_int_equal(lzma_easy_buffer_encode(0, LZMA_CHECK_CRC64, NULL, data, length,
                                             out->data + out->length, &used, room),
                     LZMA_OK);
    out->length += used;
}

/* The path of a shared test file, or NULL (after a message) if the shared data is not there; with
 * CI set that is a failure. */
static inline const char *shared_path(const char *name)
{
    static char path[1024];
    const char *shared = getenv("AGC_SHARED");

    snprintf(path, sizeof path, "%s/%s", shared ? shared : "../shared", name);
    if (!access(path, R_OK))
        return path;
    if (getenv("CI"))
        fail_msg("%s is missing", path);
    print_message("skipped: %s is missing\n", path);
    return NULL;
}

/* A small xorshift for test data. */
static inline uint32_t test_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)(*state >> 32);
}

#endif
