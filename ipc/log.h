/*
 * An append-only log of frames with chained checksums.
 *
 * A log is one file in the work directory. Each frame: kind, seq, payload, and a checksum (XXH3-64)
 * chained to the frame before, so any sound prefix is recognised and nothing else is. Opening reads
 * all frames, cuts a torn tail off, and goes on after the last sound one. Appends gather in memory
 * (LOG_BUFFER_BYTES) until log_flush(): only flushed frames survive the process, only synced ones
 * the machine. Payloads are LZ4-compressed where that saves at least an eighth.
 *
 * Takes an fcntl record lock on the file: a second incarnation gets ERROR_STOPPED ("in use"), after
 * a short while in which a dying one may let go. Such a lock belongs to the process: open a log
 * once in a process, and the file by no other way (closing any descriptor of it drops the lock).
 * ENOSPC and the like are ERROR_SPACE naming the file; what was gathered stays gathered, and the
 * flush may be tried again. A file of another layout is ERROR_VERSION, a file that is no log
 * ERROR_SHARED; neither is touched. log.c has the layout.
 */
#ifndef IPC_LOG_H
#define IPC_LOG_H

#include "common/bytes.h"

#include <sys/uio.h>

struct log;

enum { LOG_BUFFER_BYTES = 128 * 1024, LOG_PAYLOAD_MAX = 64 << 20 };

struct log_frame {
    uint32_t kind;
    uint32_t length; /* of the payload, decoded */
    uint64_t seq;
    uint64_t off;           /* address of the frame, for log_read() */
    uint64_t end;           /* address after it */
    const uint8_t *payload; /* borrowed until the next call; aligned to 8 bytes */
};

/* Opens or creates file `name` under directory work_fd. For every sound frame found, in order,
 * replay(context, frame) is called; its first non-zero result ends the opening with that code.
 * replay may be NULL. */
int log_open(struct log **log, int work_fd, const char *name,
             int (*replay)(void *context, const struct log_frame *frame), void *context);
void log_close(struct log *log);

/* Appends one frame whose payload is the parts together; *off (may be NULL) is its address. */
int log_append(struct log *log, uint32_t kind, uint64_t seq, const struct iovec *parts, int count,
               uint64_t *off);

/* Writes what was gathered to the file. */
int log_flush(struct log *log);
int log_sync(struct log *log); /* flush and fdatasync */

/* Reads the frame at off (also one not flushed yet) into *payload (replaced). Checks it:
 * ERROR_SHARED naming file and address if it is not sound. */
int log_read(struct log *log, uint64_t off, struct log_frame *frame, struct bytes *payload);

/* Address after the last frame. */
uint64_t log_end(const struct log *log);

/* Cuts the log back to end (an address that a frame ends at, or the address of the first frame):
 * the reader does this at restart. */
int log_truncate(struct log *log, uint64_t end);

/* Walks frames from address off (0: from the first) to the end without keeping more than one in
 * memory; flushes first. visit may read and append; what it appends is not visited. */
int log_walk(struct log *log, uint64_t off,
             int (*visit)(void *context, const struct log_frame *frame), void *context);

#endif
