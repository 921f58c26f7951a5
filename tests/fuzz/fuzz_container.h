/*
 * A sound container around payloads that the fuzzer mutates.
 *
 * Input is a list of records, each a part:
 *
 *     u8 stream   0..7 the names below; from 16 on group (stream - 16) / 2, odd ones its reference
 *     u8 kind     enum payload_kind
 *     u16 length  of what follows, little endian
 *
 * Parts of one stream must follow one another. Payloads are compressed here, so that mutation
 * reaches what is behind zstd.
 */
#ifndef TESTS_FUZZ_CONTAINER_H
#define TESTS_FUZZ_CONTAINER_H

#include "common/bytes.h"
#include "common/container.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum payload_kind {
    PAYLOAD_AS_IS,   /* metadata 0 */
    PAYLOAD_COUNTED, /* as it is; metadata: its first byte */
    PAYLOAD_ZSTD,    /* metadata: size before */
    PAYLOAD_MARKED,  /* the same and marker byte 0 */
    PAYLOAD_TUPLES,  /* the same and marker byte 1; metadata: the symbols that the tuples hold */
    PAYLOAD_LISTS,   /* collection-details of 3.0: five lists, each a u16 length and its bytes */
    PAYLOAD_KINDS
};

enum { FUZZ_STREAMS = 8, FUZZ_GROUPS_FROM = 16, FUZZ_RECORD_BYTES = 4, FUZZ_LISTS = 5 };

static const char *const fuzz_streams[FUZZ_STREAMS] = {
    "file_type_info",     "params",          "collection-samples", "collection-contigs",
    "collection-details", "collection-main", "collection-desc",    "splitters",
};

struct fuzz_part {
    unsigned stream;
    uint64_t offset, size;
};

static inline int fuzz_add_frame(struct bytes *out, const uint8_t *data, size_t length)
{
    int code = bytes_reserve(out, ZSTD_compressBound(length));

    if (!code)
        out->length +=
            ZSTD_compress(out->data + out->length, out->capacity - out->length, data, length, 1);
    return code;
}

static inline int fuzz_add_lists(struct bytes *out, const uint8_t *data, size_t length)
{
    struct bytes frames = {0}, head = {0};
    uint8_t number[NUMBER_BYTES_MAX];
    int code = 0;

    for (int i = 0; !code && i < FUZZ_LISTS; i++) {
        size_t n = length < 2 ? 0 : (size_t)(data[0] | data[1] << 8), before = frames.length;

        data += length < 2 ? length : 2;
        length -= length < 2 ? length : 2;
        n = n < length ? n : length;
        code = fuzz_add_frame(&frames, data, n);
        if (!code)
            code = bytes_append(&head, number, number_put(number, (uint32_t)n));
        if (!code)
            code = bytes_append(&head, number,
                                number_put(number, (uint32_t)(frames.length - before)));
        data += n;
        length -= n;
    }
    if (!code)
        code = bytes_append(out, head.data, head.length);
    if (!code)
        code = bytes_append(out, frames.data, frames.length);
    bytes_free(&frames);
    bytes_free(&head);
    return code;
}

/* Symbols that tuples hold, as their mark says (spec section 6). */
static inline uint64_t fuzz_symbols(const uint8_t *data, size_t length)
{
    unsigned each = length ? data[length - 1] >> 4 : 0;

    if (length < 2 || each == 0)
        return length;
    return each == 1 ? length - 1 : (uint64_t)(length - 2) * each + (data[length - 1] & 15);
}

/* Appends the part; *size is that of its data. */
static inline int fuzz_add_part(struct bytes *out, unsigned kind, const uint8_t *data,
                                size_t length, uint64_t *size)
{
    uint8_t head[VINT_BYTES_MAX];
    uint64_t metadata = kind == PAYLOAD_AS_IS || kind == PAYLOAD_LISTS ? 0
                        : kind == PAYLOAD_COUNTED                      ? (length ? data[0] : 0)
                        : kind == PAYLOAD_TUPLES ? fuzz_symbols(data, length)
                                                 : length;
    size_t begin;
    int code;

    if (kind == PAYLOAD_COUNTED && length)
        data++, length--;
    code = bytes_append(out, head, container_part_head(head, metadata));
    begin = out->length;
    if (code)
        return code;
    if (kind == PAYLOAD_AS_IS || kind == PAYLOAD_COUNTED)
        code = bytes_append(out, data, length);
    else if (kind == PAYLOAD_LISTS)
        code = fuzz_add_lists(out, data, length);
    else
        code = fuzz_add_frame(out, data, length);
    if (!code && (kind == PAYLOAD_MARKED || kind == PAYLOAD_TUPLES))
        code = bytes_append_byte(out, kind == PAYLOAD_TUPLES);
    *size = out->length - begin;
    return code;
}

/* Archives with collection-main or -desc name their groups otherwise. */
static inline void fuzz_stream_name(char name[CONTAINER_NAME_BYTES_MAX], unsigned stream,
                                    uint32_t version)
{
    if (stream < FUZZ_GROUPS_FROM)
        strcpy(name, fuzz_streams[stream % FUZZ_STREAMS]);
    else
        container_group_name(name, version, (stream - FUZZ_GROUPS_FROM) / 2, (int)(stream & 1));
}

static inline int fuzz_sink_write(void *context, const void *data, size_t length)
{
    return bytes_append(context, data, length);
}

static inline int fuzz_add_footer(struct bytes *out, const struct fuzz_part *parts, size_t count)
{
    struct container_footer footer;
    uint64_t streams = 0;
    uint32_t version = 3;
    int code;

    for (size_t i = 0; i < count; i++) {
        streams += i == 0 || parts[i].stream != parts[i - 1].stream;
        version = parts[i].stream == 5 || parts[i].stream == 6 ? 2 : version;
    }
    code = container_footer_begin(&footer, (struct container_sink){fuzz_sink_write, out}, streams);
    for (size_t i = 0; !code && i < count; i++) {
        char name[CONTAINER_NAME_BYTES_MAX];
        size_t end = i;

        if (i == 0 || parts[i].stream != parts[i - 1].stream) {
            while (end < count && parts[end].stream == parts[i].stream)
                end++;
            fuzz_stream_name(name, parts[i].stream, version);
            code = container_footer_stream(&footer, name, end - i);
        }
        if (!code)
            code = container_footer_part(&footer, parts[i].offset, parts[i].size);
    }
    return code ? code : container_footer_end(&footer);
}

/* Appends the archive that the input describes to file. */
static inline int fuzz_container_make(const uint8_t *data, size_t size, struct bytes *file)
{
    struct fuzz_part *parts = NULL;
    size_t count = 0;
    int code = 0;

    while (!code && size >= FUZZ_RECORD_BYTES && count < 4096) {
        size_t length = (size_t)(data[2] | data[3] << 8);
        struct fuzz_part *more = realloc(parts, (count + 1) * sizeof *parts);

        if (!more)
            break;
        parts = more;
        if (length > size - FUZZ_RECORD_BYTES)
            length = size - FUZZ_RECORD_BYTES;
        parts[count].stream = data[0];
        parts[count].offset = file->length;
        code = fuzz_add_part(file, data[1] % PAYLOAD_KINDS, data + FUZZ_RECORD_BYTES, length,
                             &parts[count].size);
        count++;
        data += FUZZ_RECORD_BYTES + length;
        size -= FUZZ_RECORD_BYTES + length;
    }
    if (!code)
        code = fuzz_add_footer(file, parts, count);
    free(parts);
    return code;
}

#endif
