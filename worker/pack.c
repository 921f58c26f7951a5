#include "worker/pack.h"

#include "common/error.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static int reserve_entry(struct pack *pack)
{
    uint32_t grown = pack->capacity + pack->capacity / 2 + 16;
    struct pack_entry *entries;

    if (pack->count < pack->capacity)
        return 0;
    entries = grown > pack->capacity ? realloc(pack->entries, grown * sizeof *entries) : NULL;
    if (!entries)
        return error_set(ERROR_MEMORY, "out of memory for a pack of %u entries", pack->count);
    pack->entries = entries;
    pack->capacity = grown;
    return 0;
}

int pack_append(struct pack *pack, const uint8_t *entry, size_t length)
{
    int code = reserve_entry(pack);

    if (!code)
        code = bytes_reserve(&pack->text, length + 1);
    if (code)
        return code;
    if (length)
        memcpy(pack->text.data + pack->text.length, entry, length);
    pack->text.length += length;
    pack->text.data[pack->text.length++] = PACK_SEPARATOR;
    pack->entries[pack->count++] =
        (struct pack_entry){.hash = XXH3_64bits(entry, length), .end = pack->text.length};
    return 0;
}

int pack_append_text(struct pack *pack, const uint8_t *text, size_t length)
{
    while (length) {
        const uint8_t *end = memchr(text, PACK_SEPARATOR, length);
        int code;

        if (!end)
            return error_set(ERROR_SHARED, "a logged entry has no end");
        code = pack_append(pack, text, (size_t)(end - text));
        if (code)
            return code;
        length -= (size_t)(end - text) + 1;
        text = end + 1;
    }
    return 0;
}

size_t pack_entry_begin(const struct pack *pack, uint32_t index)
{
    return index ? pack->entries[index - 1].end : 0;
}

int pack_find(const struct pack *pack, const uint8_t *entry, size_t length, uint32_t *index)
{
    uint32_t first = pack->count > PACK_SEARCH_MAX ? pack->count - PACK_SEARCH_MAX : 0;
    uint64_t hash = XXH3_64bits(entry, length);

    for (uint32_t i = pack->count; i > first; i--) {
        size_t begin;

        if (pack->entries[i - 1].hash != hash)
            continue;
        begin = pack_entry_begin(pack, i - 1);
        if (pack->entries[i - 1].end - begin == length + 1 &&
            !memcmp(pack->text.data + begin, entry, length)) {
            *index = i - 1;
            return 1;
        }
    }
    return 0;
}

void pack_clear(struct pack *pack)
{
    pack->text.length = 0;
    pack->count = 0;
}

void pack_free(struct pack *pack)
{
    bytes_free(&pack->text);
    free(pack->entries);
    *pack = (struct pack){0};
}

size_t pack_heap_bytes(const struct pack *pack)
{
    return pack->text.capacity + pack->capacity * sizeof pack->entries[0];
}
