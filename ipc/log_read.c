/*
 * Reading a log back, and cutting it back (log.h).
 *
 * A frame is read alone by its address: its checksum is seeded by the address and does not need the
 * frame before. Each frame names the check of its predecessor, so cutting back needs no walk
 * either: the frame after the cut says how the chain goes on.
 */
#include "ipc/log_private.h"

#include "common/error.h"
#include "ipc/fault.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { READ_AHEAD_BYTES = 4096 }; /* a small frame comes in one read */

static int unsound(const struct log *log, uint64_t off)
{
    return error_set(ERROR_SHARED, "%s is damaged: no sound frame at offset %llu", log->name,
                     (unsigned long long)off);
}

static int read_at(struct log *log, uint8_t *data, size_t length, uint64_t off)
{
    size_t done = 0;

    while (done < length) {
        ssize_t n = pread(log->fd, data + done, length - done, (off_t)(off + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(ERROR_IO, "reading %s", log->name);
        if (n == 0)
            return unsound(log, off);
        done += (size_t)n;
    }
    return 0;
}

/* The bytes of the frame at off: from the buffer, from `ahead`, or read into scratch. */
static int find_frame(struct log *log, uint64_t off, uint8_t *ahead, struct log_frame_header *h,
                      const uint8_t **data)
{
    uint64_t left = log_end(log) - off;
    size_t frame_bytes, got;
    int code;

    if (off >= log->file_end) {
        *data = log->gathered.data + (off - log->file_end);
        memcpy(h, *data, sizeof *h);
        frame_bytes = log_frame_bytes(h);
        return frame_bytes && frame_bytes <= left ? 0 : unsound(log, off);
    }
    left = log->file_end - off;
    got = left < READ_AHEAD_BYTES ? (size_t)left : READ_AHEAD_BYTES;
    code = read_at(log, ahead, got, off);
    if (code)
        return code;
    memcpy(h, ahead, sizeof *h);
    frame_bytes = log_frame_bytes(h);
    if (!frame_bytes || frame_bytes > left)
        return unsound(log, off);
    *data = ahead;
    if (frame_bytes <= got)
        return 0;
    log->scratch.length = 0;
    code = bytes_reserve(&log->scratch, frame_bytes);
    if (code)
        return code;
    memcpy(log->scratch.data, ahead, got);
    *data = log->scratch.data;
    return read_at(log, log->scratch.data + got, frame_bytes - got, off + got);
}

int log_read(struct log *log, uint64_t off, struct log_frame *frame, struct bytes *payload)
{
    _Alignas(8) uint8_t ahead[READ_AHEAD_BYTES];
    struct log_frame_header h;
    const uint8_t *data = NULL, *found;
    int code;

    if (off < LOG_HEADER_BYTES || off % 8 != 0 || off > log_end(log) ||
        log_end(log) - off < LOG_FRAME_BYTES)
        return unsound(log, off);
    code = find_frame(log, off, ahead, &h, &data);
    if (!code && !log_frame_sound(&h, data, off))
        code = unsound(log, off);
    if (!code)
        code = log_frame_payload(&h, data, payload, &found);
    if (!code && found != payload->data) {
        payload->length = 0;
        code = bytes_append(payload, found, h.length);
    }
    log->scratch.length = 0;
    log_give_back(&log->scratch);
    if (code)
        return code;
    *frame = (struct log_frame){.kind = h.kind,
                                .length = h.length,
                                .seq = h.seq,
                                .off = off,
                                .end = off + log_frame_bytes(&h),
                                .payload = payload->data};
    return 0;
}

uint64_t log_end(const struct log *log)
{
    return log->file_end + log->gathered.length;
}

int log_truncate(struct log *log, uint64_t end)
{
    struct bytes payload = {0};
    struct log_frame frame;
    struct log_frame_header h;
    int code;

    if (end == log_end(log))
        return 0;
    code = log_flush(log);
    if (code)
        return code;
    /* the frame after the cut names the check of the frame before it: the chain goes on from there
     */
    code = log_read(log, end, &frame, &payload);
    bytes_free(&payload);
    if (!code)
        code = read_at(log, (uint8_t *)&h, sizeof h, end);
    if (code)
        return code;
    FAULT("log-truncate");
    log->chain = h.before;
    return log_cut(log, end);
}

int log_walk(struct log *log, uint64_t off,
             int (*visit)(void *context, const struct log_frame *frame), void *context)
{
    struct log_scan scan;
    uint64_t end;
    int code = log_flush(log);

    if (code)
        return code;
    if (off < LOG_HEADER_BYTES)
        off = LOG_HEADER_BYTES;
    end = log->file_end;
    if (off > end)
        return unsound(log, off);
    code = log_scan_frames(log, off, end, 0, visit, context, &scan);
    return !code && scan.at != end ? unsound(log, scan.at) : code;
}
