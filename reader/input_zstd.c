/*
 * zstd (RFC 8878): any number of frames, skippable ones among them.
 *
 * libzstd checks the frame checksums and goes from frame to frame by itself. The window is limited
 * to 2^27 bytes, what zstd itself reads without a special option; a frame that needs more is
 * refused, since its window would be memory of this process.
 */
#include "reader/input_private.h"

#include "common/error.h"

#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum { WINDOW_LOG_MAX = 27 };

struct zstd_state {
    ZSTD_DCtx *context;
    int inside; /* a frame has begun and has not ended, or output of it is still to come */
};

static int zstd_failed(const struct input *input, size_t result)
{
    ZSTD_ErrorCode why = ZSTD_getErrorCode(result);

    if (why == ZSTD_error_frameParameter_windowTooLarge)
        return error_set(ERROR_INPUT,
                         "%s: zstd window above %u MB; compress with --long=%d or less",
                         input->name, 1u << (WINDOW_LOG_MAX - 20), WINDOW_LOG_MAX);
    if (why == ZSTD_error_memory_allocation)
        return error_set(ERROR_MEMORY, "%s: out of memory for a zstd window", input->name);
    if (why == ZSTD_error_prefix_unknown)
        return input_damaged(input, "bytes after the end of the zstd data");
    return input_damaged(input, ZSTD_getErrorName(result));
}

static int zstd_read(struct input *input, uint8_t *out, size_t capacity, size_t *length)
{
    struct zstd_state *zstd = input->state;
    ZSTD_outBuffer to = {out, capacity, 0};
    size_t result;
    int code;

    *length = 0;
    while (!to.pos) {
        ZSTD_inBuffer from;

        code = input_fill(input);
        if (code)
            return code;
        if (input_at_end(input) && !zstd->inside)
            return 0;
        from = (ZSTD_inBuffer){input->raw, input->raw_length, input->raw_off};
        result = ZSTD_decompressStream(zstd->context, &to, &from);
        if (ZSTD_isError(result))
            return zstd_failed(input, result);
        if (input_at_end(input) && result && !to.pos)
            return input_truncated(input);
        input->raw_off = from.pos;
        zstd->inside = result != 0;
    }
    *length = to.pos;
    return 0;
}

static void zstd_close(struct input *input)
{
    struct zstd_state *zstd = input->state;

    ZSTD_freeDCtx(zstd->context);
    free(zstd);
}

static int zstd_open(struct input *input)
{
    struct zstd_state *zstd = calloc(1, sizeof *zstd);

    if (!zstd)
        return error_set(ERROR_MEMORY, "out of memory for zstd");
    input->state = zstd;
    zstd->context = ZSTD_createDCtx();
    if (!zstd->context ||
        ZSTD_isError(ZSTD_DCtx_setParameter(zstd->context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
        return error_set(ERROR_MEMORY, "out of memory for zstd");
    return 0;
}

const struct input_decoder input_zstd_decoder = {zstd_open, zstd_read, zstd_close};
