/*
 * The layout of a log file, and a scan over its frames. Private to the log; see log.c.
 */
#ifndef IPC_LOG_SCAN_H
#define IPC_LOG_SCAN_H

#include "common/bytes.h"
#include "ipc/log.h"

enum {
    LOG_VERSION = 1,
    LOG_HEADER_BYTES = 32,
    LOG_FRAME_BYTES = 40,
};

/* Stands at the start of the file; little endian. */
struct log_file_header {
    uint8_t magic[8];   /* "AGC.log\n" */
    uint32_t version;   /* LOG_VERSION */
    uint32_t reserved;  /* 0 */
    uint64_t reserved2; /* 0 */
    uint64_t check;     /* XXH3-64 of the 24 bytes before; the `before` of the first frame */
};

/* Stands before the stored payload, which is filled up with zeros to a multiple of 8. */
struct log_frame_header {
    uint64_t check;  /* XXH3-64, seeded by the frame's address, of all that follows in the frame */
    uint64_t before; /* check of the frame before: the chain */
    uint64_t seq;
    uint32_t kind;
    uint32_t length;   /* of the payload */
    uint32_t stored;   /* bytes in the file: = length as it is, < length LZ4 block */
    uint32_t reserved; /* 0 */
};

_Static_assert(sizeof(struct log_file_header) == LOG_HEADER_BYTES, "log header");
_Static_assert(sizeof(struct log_frame_header) == LOG_FRAME_BYTES, "log frame header");

/* Bytes of the whole frame, 0 if the header cannot be true. */
size_t log_frame_bytes(const struct log_frame_header *h);

/* True if the frame at address off, all of whose bytes are at data, is sound by itself (the chain
 * is the caller's). */
int log_frame_sound(const struct log_frame_header *h, const uint8_t *data, uint64_t off);

uint64_t log_frame_check(const uint8_t *data, size_t frame_bytes, uint64_t off);

/* Payload of a sound frame: *payload points into data or, if it had to be decoded, into *decoded.
 * -1 if it cannot be decoded, ERROR_MEMORY. */
int log_frame_payload(const struct log_frame_header *h, const uint8_t *data, struct bytes *decoded,
                      const uint8_t **payload);

/* A scan: frames one after another from a file, through a window that holds at least one. */
struct log_scan {
    int fd;
    uint64_t at;         /* address of the next frame */
    uint64_t end;        /* scan no further */
    uint64_t chain;      /* check of the frame before */
    int chain_known;     /* 0: the first frame's `before` is taken as it is */
    struct bytes window; /* file bytes from window_off on */
    uint64_t window_off;
    struct bytes decoded;
};

/* The next frame; *have = 0 at `end` or where the first unsound frame stands (at is there). Fails
 * only for what is no matter of the content. */
int log_scan_next(struct log_scan *s, struct log_frame *frame, int *have);
void log_scan_free(struct log_scan *s);

#endif
