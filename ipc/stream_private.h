/*
 * What outbox and inbox agree upon besides stream.h.
 */
#ifndef IPC_STREAM_PRIVATE_H
#define IPC_STREAM_PRIVATE_H

#include "ipc/messages.h"

#include <stdint.h>

enum { HEADER_BYTES = sizeof(struct message_header) };

/* Bytes that a message takes in the stream: every message starts at a multiple of 8. */
static inline uint64_t stream_padded(uint64_t length)
{
    return (length + 7) & ~(uint64_t)7;
}

#endif
