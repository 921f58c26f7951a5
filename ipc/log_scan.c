/*
 * Frames of a log: are they sound, what do they hold, one after another (log_scan.h).
 *
 * Nothing in the file is believed before its checksum was right, and sizes are checked before they
 * decide over memory. A frame that is torn, scribbled, stale or from another place all look the
 * same from here: the log ends before it.
 */
#include "ipc/log_scan.h"

#include "common/error.h"

#include <errno.h>
#include <lz4.h>
#include <string.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { WINDOW_BYTES = 256 * 1024 };

size_t log_frame_bytes(const struct log_frame_header *h)
{
    if (h->length > LOG_PAYLOAD_MAX || h->stored > h->length || h->reserved)
        return 0;
    return LOG_FRAME_BYTES + (((size_t)h->stored + 7) & ~(size_t)7);
}

uint64_t log_frame_check(const uint8_t *data, size_t frame_bytes, uint64_t off)
{
    return XXH3_64bits_withSeed(data + sizeof(uint64_t), frame_bytes - sizeof(uint64_t), off);
}

int log_frame_sound(const struct log_frame_header *h, const uint8_t *data, uint64_t off)
{
    return log_frame_check(data, log_frame_bytes(h), off) == h->check;
}

int log_frame_payload(const struct log_frame_header *h, const uint8_t *data, struct bytes *decoded,
                      const uint8_t **payload)
{
    int code;

    if (h->stored == h->length) {
        *payload = data + LOG_FRAME_BYTES;
        return 0;
    }
    decoded->length = 0;
    code = bytes_reserve(decoded, h->length);
    if (code)
        return code;
    if (LZ4_decompress_safe((const char *)data + LOG_FRAME_BYTES, (char *)decoded->data,
                            (int)h->stored, (int)h->length) != (int)h->length)
        return error_set(ERROR_SHARED, "a frame does not decode");
    decoded->length = h->length;
    *payload = decoded->data;
    return 0;
}

/* Brings [at, at + need) of the file into the window; less only where `end` comes first. */
static int fill_window(struct log_scan *s, size_t need)
{
    size_t skip = (size_t)(s->at - s->window_off);
    int code;

    if (skip + need <= s->window.length)
        return 0;
    if (skip) {
        memmove(s->window.data, s->window.data + skip, s->window.length - skip);
        s->window.length -= skip;
        s->window_off = s->at;
    }
    if (need < WINDOW_BYTES)
        need = WINDOW_BYTES;
    code = bytes_reserve(&s->window, need - s->window.length);
    while (!code && s->window.length < need) {
        uint64_t from = s->window_off + s->window.length;
        size_t want = need - s->window.length;
        ssize_t n;

        if (want > s->end - from)
            want = (size_t)(s->end - from);
        n = want ? pread(s->fd, s->window.data + s->window.length, want, (off_t)from) : 0;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(ERROR_IO, "reading");
        if (n == 0)
            break;
        s->window.length += (size_t)n;
    }
    return code;
}

/* The whole frame at s->at into the window; *data = NULL if there is no sound one. */
static int load_frame(struct log_scan *s, struct log_frame_header *h, const uint8_t **data)
{
    size_t frame_bytes;
    int code;

    *data = NULL;
    if (s->end - s->at < LOG_FRAME_BYTES)
        return 0;
    code = fill_window(s, LOG_FRAME_BYTES);
    if (code || s->window.length - (s->at - s->window_off) < LOG_FRAME_BYTES)
        return code;
    memcpy(h, s->window.data + (s->at - s->window_off), LOG_FRAME_BYTES);
    frame_bytes = log_frame_bytes(h);
    if (!frame_bytes || frame_bytes > s->end - s->at || (s->chain_known && h->before != s->chain))
        return 0;
    code = fill_window(s, frame_bytes);
    if (code || s->window.length - (s->at - s->window_off) < frame_bytes)
        return code;
    if (log_frame_sound(h, s->window.data + (s->at - s->window_off), s->at))
        *data = s->window.data + (s->at - s->window_off);
    return 0;
}

int log_scan_next(struct log_scan *s, struct log_frame *frame, int *have)
{
    struct log_frame_header h;
    const uint8_t *data;
    int code = load_frame(s, &h, &data);

    *have = 0;
    if (code || !data)
        return code;
    code = log_frame_payload(&h, data, &s->decoded, &frame->payload);
    if (code)
        return code == ERROR_SHARED ? 0 : code;
    frame->kind = h.kind;
    frame->length = h.length;
    frame->seq = h.seq;
    frame->off = s->at;
    frame->end = s->at + log_frame_bytes(&h);
    s->at = frame->end;
    s->chain = h.check;
    s->chain_known = 1;
    *have = 1;
    return 0;
}

void log_scan_free(struct log_scan *s)
{
    bytes_free(&s->window);
    bytes_free(&s->decoded);
}
