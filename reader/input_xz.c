/*
 * xz: any number of streams with stream padding, through liblzma, which checks every checksum.
 *
 * The dictionary of `xz -9` is 64 MiB; XZ_MEMORY_BYTES lets that through and refuses more, since it
 * would be memory of this process.
 */
#include "reader/input_private.h"

#include "common/error.h"

#include <lzma.h>
#include <stdlib.h>

enum { XZ_MEMORY_BYTES = 80 << 20 };

static int xz_failed(const struct input *input, lzma_stream *stream, lzma_ret result)
{
    switch (result) {
    case LZMA_MEMLIMIT_ERROR:
        return error_set(ERROR_INPUT,
                         "%s: xz needs %llu MB to decompress it, more than the %d MB allowed here; "
                         "compress with a smaller dictionary",
                         input->name, (unsigned long long)(lzma_memusage(stream) >> 20),
                         XZ_MEMORY_BYTES >> 20);
    case LZMA_MEM_ERROR:
        return error_set(ERROR_MEMORY, "%s: out of memory for xz", input->name);
    case LZMA_BUF_ERROR:
        return input_truncated(input);
    case LZMA_OPTIONS_ERROR:
    case LZMA_UNSUPPORTED_CHECK:
        return error_set(ERROR_INPUT, "%s: xz options that liblzma does not know", input->name);
    default:
        return input_damaged(input, "invalid xz data, or other bytes after it");
    }
}

static int xz_read(struct input *input, uint8_t *out, size_t capacity, size_t *length)
{
    lzma_stream *stream = input->state;
    lzma_ret result = LZMA_OK;
    int code;

    stream->next_out = out;
    stream->avail_out = capacity;
    while (result == LZMA_OK && stream->avail_out == capacity) {
        code = input_fill(input);
        if (code)
            return code;
        stream->next_in = input->raw + input->raw_off;
        stream->avail_in = input->raw_length - input->raw_off;
        result = lzma_code(stream, input->raw_end ? LZMA_FINISH : LZMA_RUN);
        input->raw_off = input->raw_length - stream->avail_in;
    }
    /* After LZMA_STREAM_END every further call says so again: that is the end of the input. */
    if (result != LZMA_OK && result != LZMA_STREAM_END)
        return xz_failed(input, stream, result);
    *length = capacity - stream->avail_out;
    return 0;
}

static void xz_close(struct input *input)
{
    lzma_end(input->state);
    free(input->state);
}

static int xz_open(struct input *input)
{
    lzma_stream *stream = malloc(sizeof *stream);

    if (!stream)
        return error_set(ERROR_MEMORY, "out of memory for xz");
    *stream = (lzma_stream)LZMA_STREAM_INIT;
    input->state = stream;
    if (lzma_stream_decoder(stream, XZ_MEMORY_BYTES,
                            LZMA_CONCATENATED | LZMA_TELL_UNSUPPORTED_CHECK) != LZMA_OK)
        return error_set(ERROR_MEMORY, "out of memory for xz");
    return 0;
}

const struct input_decoder input_xz_decoder = {xz_open, xz_read, xz_close};
