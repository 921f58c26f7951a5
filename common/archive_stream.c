/*
 * Streaming decoder of one collection frame; see the header.
 *
 * buffer[at..filled) is decoded and not yet taken. raw_left counts what the announced size still
 * allows to be decoded: a frame that gives more, or ends before, is damaged. Nothing is allocated
 * from announced sizes.
 */
#include "common/archive_stream.h"

#include "common/error.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum { IN_BYTES = 16 * 1024, OUT_BYTES = 32 * 1024, EXPANSION_MAX = 32 * 1024 };

struct archive_stream {
    struct container *container;
    ZSTD_DCtx *decoder;
    const char *what;
    uint64_t offset, packed_left; /* of the file */
    uint64_t raw_left;            /* not decoded yet */
    int frame_done;
    size_t in_at, in_filled;
    size_t at, filled;
    uint8_t in[IN_BYTES];
    uint8_t buffer[OUT_BYTES];
};

int archive_stream_create(struct archive_stream **stream, struct container *container)
{
    struct archive_stream *s = malloc(sizeof *s);

    if (s)
        s->decoder = ZSTD_createDCtx();
    if (!s || !s->decoder) {
        free(s);
        return error_set(ERROR_MEMORY, "out of memory for a decoder of the collection");
    }
    ZSTD_DCtx_setParameter(s->decoder, ZSTD_d_windowLogMax, ARCHIVE_WINDOW_LOG_MAX);
    s->container = container;
    s->what = "";
    s->offset = s->packed_left = s->raw_left = 0;
    s->in_at = s->in_filled = s->at = s->filled = 0;
    s->frame_done = 1;
    *stream = s;
    return 0;
}

void archive_stream_free(struct archive_stream *stream)
{
    if (!stream)
        return;
    ZSTD_freeDCtx(stream->decoder);
    free(stream);
}

static int damaged(const struct archive_stream *s, const char *why)
{
    return error_set(ERROR_FORMAT, "%s: %s", s->what, why);
}

int archive_stream_begin(struct archive_stream *stream, const char *what, uint64_t offset,
                         uint64_t packed, uint64_t raw)
{
    struct archive_stream *s = stream;

    ZSTD_DCtx_reset(s->decoder, ZSTD_reset_session_only);
    s->what = what;
    s->offset = offset;
    s->packed_left = packed;
    s->raw_left = raw;
    s->in_at = s->in_filled = s->at = s->filled = 0;
    s->frame_done = packed == 0;
    /* A block of zstd takes 4 bytes at least and gives 128 KiB at most. */
    if (raw / EXPANSION_MAX > packed)
        return damaged(s, "announces more than its bytes could give");
    return 0;
}

uint64_t archive_stream_left(const struct archive_stream *stream)
{
    return stream->raw_left + (stream->filled - stream->at);
}

static int refill_in(struct archive_stream *s)
{
    size_t n = s->packed_left < IN_BYTES ? (size_t)s->packed_left : IN_BYTES;
    int code;

    if (n == 0)
        return damaged(s, "the data end early");
    code = container_read(s->container, s->offset, s->in, n);
    if (code)
        return error_wrap(code, "%s", s->what);
    s->offset += n;
    s->packed_left -= n;
    s->in_at = 0;
    s->in_filled = n;
    return 0;
}

static int decode_step(struct archive_stream *s)
{
    ZSTD_inBuffer in = {s->in, s->in_filled, s->in_at};
    ZSTD_outBuffer out = {s->buffer, OUT_BYTES, s->filled};
    size_t result = ZSTD_decompressStream(s->decoder, &out, &in);

    if (ZSTD_isError(result))
        return error_set(ERROR_FORMAT, "%s: %s", s->what, ZSTD_getErrorName(result));
    if (out.pos - s->filled > s->raw_left)
        return damaged(s, "decodes to more than announced");
    s->raw_left -= out.pos - s->filled;
    s->filled = out.pos;
    s->in_at = in.pos;
    s->frame_done = result == 0;
    return 0;
}

/* Decodes until at least one more byte stands in the buffer, or the frame has ended. */
static int decode_more(struct archive_stream *s)
{
    size_t before;
    int code = 0;

    if (s->at) {
        memmove(s->buffer, s->buffer + s->at, s->filled - s->at);
        s->filled -= s->at;
        s->at = 0;
    }
    before = s->filled;
    while (!code && s->filled == before && !s->frame_done) {
        if (s->in_at == s->in_filled)
            code = refill_in(s);
        if (!code)
            code = decode_step(s);
    }
    return code;
}

/* At least wanted bytes (a few) in the buffer, unless the frame ends before. */
static int need(struct archive_stream *s, size_t wanted)
{
    int code = 0;

    while (!code && s->filled - s->at < wanted && !s->frame_done)
        code = decode_more(s);
    return code;
}

int archive_stream_number(struct archive_stream *stream, uint32_t *value)
{
    struct archive_stream *s = stream;
    size_t used;

    if (s->filled - s->at < NUMBER_BYTES_MAX) {
        int code = need(s, NUMBER_BYTES_MAX);

        if (code)
            return code;
    }
    used = number_get(s->buffer + s->at, s->filled - s->at, value);
    if (!used)
        return damaged(s, s->filled == s->at ? "ends early" : "a broken number");
    s->at += used;
    return 0;
}

int archive_stream_skip_numbers(struct archive_stream *stream, uint64_t count)
{
    uint32_t value;
    int code = 0;

    for (; count && !code; count--)
        code = archive_stream_number(stream, &value);
    return code;
}

/* Takes up to and with the next NUL; string may be NULL. */
static int take_string(struct archive_stream *s, struct bytes *string)
{
    for (;;) {
        const uint8_t *from, *end;
        size_t n;
        int code = need(s, 1);

        if (code)
            return code;
        if (s->filled == s->at)
            return damaged(s, "a string without an end");
        from = s->buffer + s->at;
        end = memchr(from, 0, s->filled - s->at);
        n = end ? (size_t)(end - from) + 1 : s->filled - s->at;
        s->at += n;
        if (string && n > ARCHIVE_STRING_MAX - string->length)
            return damaged(s, "a name of more than 64 MiB");
        code = string ? bytes_append(string, from, n) : 0;
        if (code || end)
            return code;
    }
}

int archive_stream_string(struct archive_stream *stream, struct bytes *string)
{
    int code;

    string->length = 0;
    code = take_string(stream, string);
    if (!code)
        string->length--;
    return code;
}

int archive_stream_skip_string(struct archive_stream *stream)
{
    return take_string(stream, NULL);
}

int archive_stream_end(struct archive_stream *stream)
{
    struct archive_stream *s = stream;
    int code = s->filled == s->at ? need(s, 1) : 0;

    if (code)
        return code;
    if (s->filled != s->at || s->raw_left)
        return damaged(s, "its size is not what was announced");
    if (s->in_at != s->in_filled || s->packed_left)
        return damaged(s, "bytes after the end of its frame");
    return 0;
}
