/*
 * What input.c shares with its decompressors: the compressed bytes, block by block, and the table
 * of operations of one kind.
 *
 * A decompressor pulls compressed bytes with input_fill() and writes into the buffer that input.c
 * gives it. It says "damaged" or "ends early" through input_damaged() and input_truncated(), so
 * that all kinds speak alike. For reader/input*.c alone, but for input_set_block_bytes().
 */
#ifndef READER_INPUT_PRIVATE_H
#define READER_INPUT_PRIVATE_H

#include "reader/input.h"

enum {
    INPUT_BLOCK_BYTES = 256 * 1024, /* of one read() */
    INPUT_OUT_BYTES = 256 * 1024,   /* decompressed at a time */
    INPUT_NAME_BYTES = 512,         /* of the path, in messages */
};

struct input_decoder {
    int (*open)(struct input *input);
    /* Writes 1..capacity bytes to out, or 0 at the sound end of the file. */
    int (*read)(struct input *input, uint8_t *out, size_t capacity, size_t *length);
    void (*close)(struct input *input);
};

struct input {
    int fd;
    int own_fd;
    char name[INPUT_NAME_BYTES]; /* for messages; a long path keeps its end */
    enum input_kind kind;

    /* Compressed bytes: raw[raw_off..raw_length) are not used yet. */
    uint8_t *raw;
    size_t raw_off;
    size_t raw_length;
    size_t block_bytes;  /* of one read(); INPUT_BLOCK_BYTES but in tests */
    uint64_t file_bytes; /* read so far */
    int raw_end;         /* read() said end of file */

    const struct input_decoder *decoder; /* NULL: plain */
    void *state;                         /* the decoder's own */
    uint8_t *out;                        /* decompressed bytes, INPUT_OUT_BYTES; NULL: plain */
};

extern const struct input_decoder input_gzip_decoder;
extern const struct input_decoder input_zstd_decoder;
extern const struct input_decoder input_xz_decoder;

/* Makes raw non-empty unless the file has ended. */
int input_fill(struct input *input);

/* After input_fill(): no byte is left, neither in raw nor in the file. */
static inline int input_at_end(const struct input *input)
{
    return input->raw_end && input->raw_off == input->raw_length;
}

int input_damaged(const struct input *input, const char *why);
int input_truncated(const struct input *input);

/* The greatest number of bytes of one read() in inputs that this thread opens from now on; 0: the
 * default. For the precheck, which wants little of each file, and for tests: every boundary between
 * two blocks must be harmless. */
void input_set_block_bytes(size_t bytes);

#endif
