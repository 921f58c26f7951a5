#include "worker/group_frames.h"

#include "common/error.h"

#include <string.h>

int group_frame_take(const struct log_frame *frame, void *head, size_t head_bytes,
                     const uint8_t **rest, size_t *rest_length)
{
    if (frame->length < head_bytes)
        return error_set(ERROR_SHARED, "worker log: frame of kind %u has %u bytes", frame->kind,
                         frame->length);
    memcpy(head, frame->payload, head_bytes);
    if (rest) {
        *rest = frame->payload + head_bytes;
        *rest_length = frame->length - head_bytes;
    }
    return 0;
}

int group_frame_put(struct log *log, enum group_frame_kind kind, uint64_t seq, const void *head,
                    size_t head_bytes, const uint8_t *rest, size_t rest_length, uint64_t *off)
{
    struct iovec parts[2] = {
        {.iov_base = (void *)head, .iov_len = head_bytes},
        {.iov_base = (void *)rest, .iov_len = rest_length},
    };

    return log_append(log, kind, seq, parts, rest_length ? 2 : 1, off);
}
