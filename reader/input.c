/*
 * A byte stream from a file: opening, telling the kind by the first bytes, plain reading.
 *
 * Plain bytes are handed out in the block that read() filled, without a copy. A compressed file
 * goes through the decoder of its kind (input_gzip.c, input_zstd.c, input_xz.c), which pulls blocks
 * by input_fill(). Memory: one block of compressed bytes, one of decompressed bytes and the
 * decoder's state: below 1 MB for plain and gzip, the window (at most 128 MB) for zstd, the
 * dictionary (at most INPUT_XZ_MEMORY_BYTES) for xz.
 *
 * Every failure names the file. read() that fails, a directory, a damaged or short stream are all
 * ERROR_INPUT: nothing is wrong with this program or its output, and another try would fail alike.
 */
#include "reader/input_private.h"

#include "common/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAGIC_BYTES = 6 }; /* the longest of the magic numbers */

static _Thread_local size_t block_bytes_override;

void input_set_block_bytes(size_t bytes)
{
    block_bytes_override = bytes < INPUT_BLOCK_BYTES ? bytes : 0;
}

int input_damaged(const struct input *input, const char *why)
{
    return error_set(ERROR_INPUT, "%s: compressed data damaged: %s", input->name, why);
}

int input_truncated(const struct input *input)
{
    return error_set(ERROR_INPUT, "%s: compressed file ends early (truncated)", input->name);
}

/* Reads one block behind raw_length; raw must have room. */
static int read_block(struct input *input)
{
    ssize_t got;

    do
        got = read(input->fd, input->raw + input->raw_length, input->block_bytes);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return error_set_errno(ERROR_INPUT, "%s: cannot read", input->name);
    input->raw_length += (size_t)got;
    input->file_bytes += (uint64_t)got;
    input->raw_end = got == 0;
    return 0;
}

int input_fill(struct input *input)
{
    if (input->raw_off < input->raw_length || input->raw_end)
        return 0;
    input->raw_off = input->raw_length = 0;
    return read_block(input);
}

static int starts_with(const struct input *input, const char *magic, size_t length)
{
    return input->raw_length >= length && !memcmp(input->raw, magic, length);
}

/* Formats that people do use for FASTA, but that are not read here: better named than called "not
 * a FASTA file". */
static const char *foreign_kind(const struct input *input)
{
    if (starts_with(input, "BZh", 3))
        return "bzip2";
    if (starts_with(input, "PK\3\4", 4))
        return "zip";
    if (starts_with(input, "\x1f\x9d", 2))
        return "compress (.Z)";
    if (starts_with(input, "\x04\x22\x4d\x18", 4))
        return "lz4";
    return NULL;
}

static void tell_kind(struct input *input)
{
    if (starts_with(input, "\x1f\x8b", 2)) {
        input->kind = INPUT_GZIP;
        input->decoder = &input_gzip_decoder;
    } else if (starts_with(input, "\x28\xb5\x2f\xfd", 4) ||
               (input->raw_length >= 4 && (input->raw[0] & 0xf0) == 0x50 &&
                !memcmp(input->raw + 1, "\x2a\x4d\x18", 3))) {
        /* The second is a skippable frame, with which parallel compressors begin. */
        input->kind = INPUT_ZSTD;
        input->decoder = &input_zstd_decoder;
    } else if (starts_with(input,
                           "\xfd"
                           "7zXZ\0",
                           6)) {
        input->kind = INPUT_XZ;
        input->decoder = &input_xz_decoder;
    } else {
        input->kind = INPUT_PLAIN;
    }
}

static int open_file(struct input *input, const char *path)
{
    struct stat status;

    if (!strcmp(path, "-")) {
        input->fd = STDIN_FILENO;
    } else {
        do
            input->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        while (input->fd < 0 && errno == EINTR);
        if (input->fd < 0)
            return error_set_errno(ERROR_INPUT, "%s: cannot open", input->name);
        input->own_fd = 1;
    }
    if (fstat(input->fd, &status))
        return error_set_errno(ERROR_INPUT, "%s: cannot look at it", input->name);
    if (S_ISDIR(status.st_mode))
        return error_set(ERROR_INPUT, "%s: is a directory", input->name);
    if (S_ISREG(status.st_mode)) /* advice only: a refusal changes nothing */
        posix_fadvise(input->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return 0;
}

/* Reads the first block, and as many more as the magic number needs (a pipe may give single
 * bytes), then sets up the decoder. */
static int start(struct input *input)
{
    const char *foreign;
    int code = 0;

    input->raw = malloc(INPUT_BLOCK_BYTES + MAGIC_BYTES);
    if (!input->raw)
        return error_set(ERROR_MEMORY, "out of memory for an input buffer");
    while (!code && input->raw_length < MAGIC_BYTES && !input->raw_end)
        code = read_block(input);
    if (code)
        return code;
    foreign = foreign_kind(input);
    if (foreign)
        return error_set(ERROR_INPUT,
                         "%s: compressed with %s, which is not read here; "
                         "gzip, zstd and xz are",
                         input->name, foreign);
    tell_kind(input);
    if (!input->decoder)
        return 0;
    input->out = malloc(INPUT_OUT_BYTES);
    if (!input->out)
        return error_set(ERROR_MEMORY, "out of memory for an input buffer");
    return input->decoder->open(input);
}

/* A long path keeps its end, which is what tells files apart. */
static void set_name(struct input *input, const char *path)
{
    size_t length = strlen(path);

    if (!strcmp(path, "-")) {
        strcpy(input->name, "standard input");
    } else if (length < sizeof input->name) {
        memcpy(input->name, path, length + 1);
    } else {
        memcpy(input->name, "...", 3);
        memcpy(input->name + 3, path + length - (sizeof input->name - 4), sizeof input->name - 3);
    }
}

int input_open(struct input **result, const char *path)
{
    return input_open_named(result, path, path);
}

int input_open_named(struct input **result, const char *path, const char *name)
{
    struct input *input = calloc(1, sizeof *input);
    int code;

    if (!input)
        return error_set(ERROR_MEMORY, "out of memory for an input");
    input->fd = -1;
    input->block_bytes = block_bytes_override ? block_bytes_override : INPUT_BLOCK_BYTES;
    set_name(input, name);
    code = open_file(input, path);
    if (!code)
        code = start(input);
    if (code) {
        input_close(input);
        return code;
    }
    *result = input;
    return 0;
}

void input_close(struct input *input)
{
    if (!input)
        return;
    if (input->decoder && input->state)
        input->decoder->close(input);
    if (input->own_fd)
        close(input->fd);
    free(input->raw);
    free(input->out);
    free(input);
}

enum input_kind input_kind(const struct input *input)
{
    return input->kind;
}

const char *input_name(const struct input *input)
{
    return input->name;
}

uint64_t input_file_bytes(const struct input *input)
{
    return input->file_bytes;
}

int input_read(struct input *input, const uint8_t **data, size_t *length)
{
    int code;

    if (input->decoder) {
        code = input->decoder->read(input, input->out, INPUT_OUT_BYTES, length);
        *data = input->out;
        return code;
    }
    code = input_fill(input);
    if (code)
        return code;
    *data = input->raw + input->raw_off;
    *length = input->raw_length - input->raw_off;
    input->raw_off = input->raw_length;
    return 0;
}
