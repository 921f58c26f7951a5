/*
 * Turns an archive into a seed for fuzz_archive's containers (fuzz_container.h).
 *
 *     container_seed ARCHIVE >SEED
 *
 * Parts of more than 64 KiB after decompression, and groups that have no number there, are left
 * out.
 */
#include "tests/fuzz/fuzz_container.h"

#include <stdio.h>

enum { PART_MAX = 0xffff };

static uint8_t raw[PART_MAX + 1];

static size_t unpack(const uint8_t *data, size_t length)
{
    size_t n = ZSTD_decompress(raw, sizeof raw, data, length);

    return ZSTD_isError(n) || n > PART_MAX ? SIZE_MAX : n;
}

static void put_record(unsigned stream, unsigned kind, const uint8_t *data, size_t length)
{
    uint8_t head[FUZZ_RECORD_BYTES] = {(uint8_t)stream, (uint8_t)kind, (uint8_t)length,
                                       (uint8_t)(length >> 8)};

    if (length > PART_MAX)
        return;
    fwrite(head, 1, sizeof head, stdout);
    fwrite(data, 1, length, stdout);
}

static void put_lists(unsigned stream, const struct bytes *data)
{
    struct bytes out = {0};
    uint32_t sizes[2 * FUZZ_LISTS];
    size_t at = 0;

    for (int i = 0; i < 2 * FUZZ_LISTS; i++)
        at += number_get(data->data + at, data->length - at, &sizes[i]);
    for (int i = 0; i < FUZZ_LISTS; i++) {
        size_t n = at + sizes[2 * i + 1] <= data->length ? unpack(data->data + at, sizes[2 * i + 1])
                                                         : SIZE_MAX;
        uint8_t length[2] = {(uint8_t)n, (uint8_t)(n >> 8)};

        if (n == SIZE_MAX || bytes_append(&out, length, 2) || bytes_append(&out, raw, n))
            break;
        at += sizes[2 * i + 1];
    }
    put_record(stream, PAYLOAD_LISTS, out.data, out.length);
    bytes_free(&out);
}

static void put_part(unsigned stream, const char *name, const struct bytes *data, uint64_t metadata)
{
    size_t n;

    if (!strcmp(name, "collection-details") && metadata == 0) {
        put_lists(stream, data);
    } else if (!strcmp(name, "file_type_info")) {
        raw[0] = (uint8_t)metadata;
        memcpy(raw + 1, data->data, data->length);
        put_record(stream, PAYLOAD_COUNTED, raw, data->length + 1);
    } else if (metadata == 0 || data->length == 0) {
        put_record(stream, PAYLOAD_AS_IS, data->data, data->length);
    } else if (stream >= FUZZ_GROUPS_FROM) {
        n = unpack(data->data, data->length - 1);
        if (n != SIZE_MAX)
            put_record(stream, data->data[data->length - 1] ? PAYLOAD_TUPLES : PAYLOAD_MARKED, raw,
                       n);
    } else {
        n = unpack(data->data, data->length);
        if (n != SIZE_MAX)
            put_record(stream, PAYLOAD_ZSTD, raw, n);
    }
}

static unsigned stream_number(const char *name)
{
    uint32_t group;
    int reference;

    for (unsigned i = 0; i < FUZZ_STREAMS; i++)
        if (!strcmp(name, fuzz_streams[i]))
            return i;
    for (uint32_t version = 2; version <= 3; version++)
        if (container_parse_group_name(name, version, &group, &reference) && group < 100)
            return FUZZ_GROUPS_FROM + 2 * group + (unsigned)reference;
    return 256;
}

int main(int argc, char **argv)
{
    struct container *container;
    struct container_walk walk;
    struct bytes data = {0};
    char name[CONTAINER_NAME_BYTES_MAX];
    uint64_t at, metadata;
    int have = 1;

    if (argc != 2 || container_open(&container, argv[1]) || container_walk_begin(container, &walk))
        return 2;
    while (!container_walk_stream(container, &walk, &have, name, &at) && have) {
        unsigned stream = stream_number(name);
        struct container_part part;

        while (walk.parts_left && !container_walk_part(container, &walk, &part))
            if (stream < 256 && part.size <= PART_MAX - 1 &&
                !container_read_part(container, &part, PART_MAX, &data, &metadata))
                put_part(stream, name, &data, metadata);
    }
    bytes_free(&data);
    container_close(container);
    return 0;
}
