#include "worker/part_sender.h"

/* A part's buffer that grew beyond this is given back after use. */
enum { KEEP_BYTES = 4 << 20 };

int part_sender_open(struct part_sender *sender, struct outbox *outbox, enum part_effort effort)
{
    *sender = (struct part_sender){.outbox = outbox};
    return part_codec_create(&sender->codec, effort);
}

void part_sender_close(struct part_sender *sender)
{
    part_codec_free(sender->codec);
    bytes_free(&sender->part);
    *sender = (struct part_sender){0};
}

size_t part_sender_held_bytes(const struct part_sender *sender)
{
    return part_codec_held_bytes(sender->codec) + sender->part.capacity;
}

static int put(struct part_sender *sender, uint32_t kind, uint64_t seq, const void *data,
               size_t length)
{
    struct iovec part = {.iov_base = (void *)data, .iov_len = length};

    return outbox_put(sender->outbox, kind, seq, &part, 1);
}

static int send_part(struct part_sender *sender, uint64_t seq, uint32_t group, uint32_t kind,
                     uint64_t metadata)
{
    struct bytes *part = &sender->part;
    struct message_part_begin begin = {
        .group = group, .kind = kind, .metadata = metadata, .data_bytes = part->length};
    int code = put(sender, MESSAGE_PART_BEGIN, seq, &begin, sizeof begin);

    for (size_t at = 0; !code && at < part->length; at += MESSAGE_CHUNK_BYTES) {
        size_t count = part->length - at;

        code = put(sender, MESSAGE_PART_DATA, seq, part->data + at,
                   count < MESSAGE_CHUNK_BYTES ? count : MESSAGE_CHUNK_BYTES);
    }
    sender->part_bytes += part->length;
    part->length = 0;
    if (part->capacity > KEEP_BYTES)
        bytes_free(part);
    return code;
}

int part_sender_reference(struct part_sender *sender, uint64_t seq, uint32_t group,
                          const uint8_t *codes, size_t length)
{
    uint64_t metadata = 0;
    int code = part_encode_reference(sender->codec, codes, length, &sender->part, &metadata);

    return code ? code : send_part(sender, seq, group, PART_REFERENCE, metadata);
}

int part_sender_pack(struct part_sender *sender, uint64_t seq, uint32_t group,
                     const uint8_t *text, size_t length)
{
    uint64_t metadata = 0;
    int code = part_encode_pack(sender->codec, text, length, &sender->part, &metadata);

    return code ? code : send_part(sender, seq, group, PART_PACK, metadata);
}

int part_sender_placement(struct part_sender *sender, uint64_t seq, uint32_t group,
                          uint32_t member)
{
    struct message_placement placement = {.group = group, .member = member};

    return put(sender, MESSAGE_PLACEMENT, seq, &placement, sizeof placement);
}

int part_sender_group_done(struct part_sender *sender, uint64_t seq, uint32_t group)
{
    struct message_group done = {.group = group};

    return put(sender, MESSAGE_GROUP_DONE, seq, &done, sizeof done);
}
