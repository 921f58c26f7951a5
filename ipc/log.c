/*
 * The log (log.h): layout, opening, appending. log_read.c reads back and cuts.
 *
 *     file header 32 bytes | frame | frame | ...
 *     frame = header 40 bytes | stored payload | 0..7 zero bytes
 *
 * log_scan.h has the fields. A frame's check covers the check of the frame before, so the log is a
 * chain: the sound prefix ends at the first frame that is torn, scribbled, or left over from a
 * longer log that was cut. The address seeds the check, so a frame counts only where it was
 * written. All frames begin at multiples of 8.
 *
 * file_end is where the file's frames end, `gathered` holds the frames after it. A flush writes at
 * file_end and moves it only when everything was written, so that a failed flush (no space) can be
 * repeated and a crash in it leaves at most a torn tail, which the next opening cuts off.
 */
#include "ipc/log.h"

#include "common/error.h"
#include "ipc/fault.h"
#include "ipc/log_private.h"

#include <errno.h>
#include <fcntl.h>
#include <lz4.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
    LOCK_TRIES = 50,
    LOCK_PAUSE_MS = 20,
    COMPRESS_MIN_BYTES = 64,
};

static const uint8_t log_magic[8] = {'A', 'G', 'C', '.', 'l', 'o', 'g', '\n'};

/* ---- the file header */

static void make_header(struct log_file_header *h)
{
    *h = (struct log_file_header){.version = LOG_VERSION};
    memcpy(h->magic, log_magic, sizeof h->magic);
    h->check = XXH3_64bits(h, offsetof(struct log_file_header, check));
}

static int write_at(struct log *log, const uint8_t *data, size_t length, uint64_t off)
{
    size_t done = 0;

    while (done < length) {
        ssize_t n = pwrite(log->fd, data + done, length - done, (off_t)(off + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(ERROR_IO, "writing %s", log->name);
        done += (size_t)n;
    }
    return 0;
}

int log_cut(struct log *log, uint64_t end)
{
    if (ftruncate(log->fd, (off_t)end) < 0)
        return error_set_errno(ERROR_IO, "cutting %s", log->name);
    log->file_end = end;
    return 0;
}

static int start_file(struct log *log, int work_fd)
{
    struct log_file_header h;
    int code = log_cut(log, 0);

    make_header(&h);
    if (!code)
        code = write_at(log, (const uint8_t *)&h, sizeof h, 0);
    if (code)
        return code;
    log->dir_fd = fcntl(work_fd, F_DUPFD_CLOEXEC, 0);
    log->file_end = sizeof h;
    log->chain = h.check;
    return 0;
}

/* A header that was never written whole: no more than zeros after a part of it. */
static int header_is_torn(const uint8_t *data, size_t length)
{
    struct log_file_header whole;
    size_t i = 0;

    make_header(&whole);
    while (i < length && data[i] == ((const uint8_t *)&whole)[i])
        i++;
    for (; i < length; i++)
        if (data[i])
            return 0;
    return 1;
}

/* *fresh = 1 if the file must be started anew. */
static int check_header(struct log *log, uint64_t file_bytes, int *fresh)
{
    struct log_file_header h, wanted;
    ssize_t n = pread(log->fd, &h, sizeof h, 0);

    if (n < 0)
        return error_set_errno(ERROR_IO, "reading %s", log->name);
    make_header(&wanted);
    *fresh = 0;
    if (n == (ssize_t)sizeof h && memcmp(&h, &wanted, sizeof h) == 0) {
        log->chain = h.check;
        return 0;
    }
    *fresh = 1;
    if (header_is_torn((const uint8_t *)&h, (size_t)n))
        return 0;
    if (n == (ssize_t)sizeof h && memcmp(h.magic, log_magic, sizeof h.magic) == 0 &&
        h.version != LOG_VERSION)
        return error_set(ERROR_VERSION, "%s has layout version %u; this program knows %u",
                         log->name, h.version, (unsigned)LOG_VERSION);
    return error_set(ERROR_SHARED, "%s (%llu bytes) is not a log, or its head is damaged",
                     log->name, (unsigned long long)file_bytes);
}

/* ---- opening */

static int take_lock(struct log *log)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct timespec pause = {0, LOCK_PAUSE_MS * 1000000L};
    int i;

    for (i = 0; i < LOCK_TRIES; i++) {
        if (fcntl(log->fd, F_SETLK, &lock) == 0)
            return 0;
        if (errno != EACCES && errno != EAGAIN)
            return error_set_errno(ERROR_IO, "locking %s", log->name);
        nanosleep(&pause, NULL);
    }
    return error_set(ERROR_STOPPED, "%s is in use by another process", log->name);
}

static int open_file(struct log *log, int work_fd, const char *name)
{
    log->name = strdup(name);
    if (!log->name)
        return error_set(ERROR_MEMORY, "out of memory for a log");
    log->fd = openat(work_fd, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (log->fd < 0)
        return error_set_errno(ERROR_IO, "opening %s", name);
    return take_lock(log);
}

int log_scan_frames(struct log *log, uint64_t off, uint64_t end, int chain_known,
                    int (*visit)(void *context, const struct log_frame *frame), void *context,
                    struct log_scan *s)
{
    struct log_frame frame;
    int code = 0, have = 1;

    *s = (struct log_scan){.fd = log->fd,
                           .at = off,
                           .window_off = off,
                           .end = end,
                           .chain = log->chain,
                           .chain_known = chain_known};
    while (!code && have) {
        code = log_scan_next(s, &frame, &have);
        if (code)
            error_wrap(code, "%s", log->name);
        else if (have && visit)
            code = visit(context, &frame);
    }
    log_scan_free(s);
    return code;
}

static int open_frames(struct log *log, int work_fd,
                       int (*replay)(void *context, const struct log_frame *frame), void *context)
{
    struct log_scan scan;
    struct stat st;
    int fresh = 0, code;

    if (fstat(log->fd, &st) < 0)
        return error_set_errno(ERROR_IO, "opening %s", log->name);
    code = check_header(log, (uint64_t)st.st_size, &fresh);
    if (code)
        return code;
    if (fresh)
        return start_file(log, work_fd);
    code = log_scan_frames(log, LOG_HEADER_BYTES, (uint64_t)st.st_size, 1, replay, context, &scan);
    if (code)
        return code;
    FAULT("log-cut");
    log->chain = scan.chain;
    log->file_end = scan.at;
    return scan.at < (uint64_t)st.st_size ? log_cut(log, scan.at) : 0;
}

int log_open(struct log **log, int work_fd, const char *name,
             int (*replay)(void *context, const struct log_frame *frame), void *context)
{
    struct log *made = calloc(1, sizeof *made);
    int code;

    if (!made)
        return error_set(ERROR_MEMORY, "out of memory for a log");
    made->fd = made->dir_fd = -1;
    code = open_file(made, work_fd, name);
    if (!code)
        code = open_frames(made, work_fd, replay, context);
    if (code) {
        log_close(made);
        return code;
    }
    *log = made;
    return 0;
}

void log_close(struct log *log)
{
    if (!log)
        return;
    if (log->fd >= 0)
        close(log->fd);
    if (log->dir_fd >= 0)
        close(log->dir_fd);
    bytes_free(&log->gathered);
    bytes_free(&log->scratch);
    free(log->name);
    free(log);
}

/* ---- appending */

static int parts_length(const struct iovec *parts, int count, size_t *length)
{
    size_t total = 0;
    int i;

    for (i = 0; i < count; i++)
        if (__builtin_add_overflow(total, parts[i].iov_len, &total) || total > LOG_PAYLOAD_MAX)
            return error_set(ERROR_MEMORY, "a log frame is too long");
    *length = total;
    return 0;
}

/* Compresses the payload at data in place if that saves an eighth; returns the bytes to store. */
static int compress(struct log *log, uint8_t *data, size_t length, size_t *stored)
{
    size_t most = length - length / 8;
    int code, n;

    *stored = length;
    if (length < COMPRESS_MIN_BYTES)
        return 0;
    log->scratch.length = 0;
    code = bytes_reserve(&log->scratch, most);
    if (code)
        return code;
    n = LZ4_compress_default((const char *)data, (char *)log->scratch.data, (int)length, (int)most);
    if (n > 0) {
        memcpy(data, log->scratch.data, (size_t)n);
        *stored = (size_t)n;
    }
    return 0;
}

void log_give_back(struct bytes *b)
{
    if (b->capacity > LOG_KEEP_BYTES && b->length == 0)
        bytes_free(b);
}

int log_append(struct log *log, uint32_t kind, uint64_t seq, const struct iovec *parts, int count,
               uint64_t *off)
{
    struct log_frame_header h = {.kind = kind, .seq = seq, .before = log->chain};
    uint64_t address = log_end(log);
    size_t length = 0, stored, frame_bytes, at = LOG_FRAME_BYTES;
    uint8_t *data;
    int i, code = parts_length(parts, count, &length);

    if (!code)
        code = bytes_reserve(&log->gathered, LOG_FRAME_BYTES + length + 8);
    if (code)
        return code;
    data = log->gathered.data + log->gathered.length;
    for (i = 0; i < count; i++) {
        if (parts[i].iov_len)
            memcpy(data + at, parts[i].iov_base, parts[i].iov_len);
        at += parts[i].iov_len;
    }
    code = compress(log, data + LOG_FRAME_BYTES, length, &stored);
    if (code)
        return code;
    h.length = (uint32_t)length;
    h.stored = (uint32_t)stored;
    frame_bytes = log_frame_bytes(&h);
    memset(data + LOG_FRAME_BYTES + stored, 0, frame_bytes - LOG_FRAME_BYTES - stored);
    memcpy(data, &h, sizeof h);
    h.check = log_frame_check(data, frame_bytes, address);
    memcpy(data, &h.check, sizeof h.check);
    log->gathered.length += frame_bytes;
    log->chain = h.check;
    log->scratch.length = 0;
    log_give_back(&log->scratch);
    if (off)
        *off = address;
    FAULT("log-appended");
    return log->gathered.length >= LOG_BUFFER_BYTES ? log_flush(log) : 0;
}

int log_flush(struct log *log)
{
    int code;

    if (!log->gathered.length)
        return 0;
    FAULT("log-flush");
    if (FAULT_HERE("log-torn")) {
        (void)write_at(log, log->gathered.data, log->gathered.length / 2 + 1, log->file_end);
        fault_die();
    }
    code = write_at(log, log->gathered.data, log->gathered.length, log->file_end);
    if (code)
        return code;
    log->file_end += log->gathered.length;
    log->gathered.length = 0;
    log_give_back(&log->gathered);
    FAULT("log-flushed");
    return 0;
}

int log_sync(struct log *log)
{
    int code = log_flush(log);

    if (code)
        return code;
    if (fdatasync(log->fd) < 0)
        return error_set_errno(ERROR_IO, "syncing %s", log->name);
    if (log->dir_fd >= 0) {
        /* the file is new: its name must last as well; a file system may not know how */
        if (fsync(log->dir_fd) < 0 && errno != EINVAL && errno != ENOSYS)
            return error_set_errno(ERROR_IO, "syncing the directory of %s", log->name);
        close(log->dir_fd);
        log->dir_fd = -1;
    }
    FAULT("log-synced");
    return 0;
}
