#include "common/lzdiff_index.h"

#include "common/error.h"

#include <stdlib.h>
#include <string.h>

static unsigned bit_width(size_t value)
{
    return value ? 64 - (unsigned)__builtin_clzll(value) : 0;
}

/* log2 of the slots for a reference: at most half of them are taken. */
static unsigned table_bits(size_t length)
{
    return bit_width(length / LZDIFF_STRIDE + 1) + 1;
}

size_t lzdiff_index_bytes(size_t length)
{
    return sizeof(struct lzdiff_index) + (sizeof(uint32_t) << table_bits(length));
}

size_t lzdiff_index_held_bytes(const struct lzdiff_index *index)
{
    return index ? sizeof *index + index->capacity * sizeof index->table[0] : 0;
}

int lzdiff_index_set(struct lzdiff_index **index, const uint8_t *reference, size_t length,
                     unsigned min_match)
{
    struct lzdiff_index *x = *index;

    if (!x) {
        x = calloc(1, sizeof *x);
        if (!x)
            return error_set(ERROR_MEMORY, "out of memory for an index");
        *index = x;
    }
    x->reference = reference;
    x->length = length;
    x->min_match = min_match;
    x->key_length = min_match - 3;
    x->built = 0;
    return 0;
}

void lzdiff_index_free(struct lzdiff_index *index)
{
    if (!index)
        return;
    free(index->table);
    free(index);
}

static int table_reserve(struct lzdiff_index *x)
{
    size_t slots;

    x->slot_bits = table_bits(x->length);
    x->position_bits = bit_width(x->length / LZDIFF_STRIDE + 1);
    if (x->position_bits > 31)
        return error_set(ERROR_MEMORY, "a reference of %zu symbols is too long", x->length);
    slots = (size_t)1 << x->slot_bits;
    x->mask = slots - 1;
    if (slots > x->capacity) {
        free(x->table);
        x->capacity = 0;
        x->table = malloc(slots * sizeof x->table[0]);
        if (!x->table)
            return error_set(ERROR_MEMORY, "out of memory for an index of %zu slots", slots);
        x->capacity = slots;
    }
    memset(x->table, 0, slots * sizeof x->table[0]);
    return 0;
}

int lzdiff_index_build(struct lzdiff_index *index)
{
    int code = table_reserve(index);

    if (code)
        return code;
    for (size_t pos = 0; pos + index->key_length <= index->length; pos += LZDIFF_STRIDE) {
        int valid;
        uint64_t hash = lzdiff_key_hash(index->reference + pos, index->key_length, &valid);
        size_t slot = lzdiff_slot(index, hash);
        unsigned probes = 0;

        if (!valid)
            continue;
        while (index->table[slot] && ++probes < LZDIFF_PROBES)
            slot = (slot + 1) & index->mask;
        if (!index->table[slot])
            index->table[slot] =
                (uint32_t)(pos / LZDIFF_STRIDE + 1) | lzdiff_tag(index, hash);
    }
    index->built = 1;
    return 0;
}
