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
    lzdiff_index_drop(index);
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

static void insert(struct lzdiff_index *x, uint64_t key, size_t place)
{
    uint64_t hash = lzdiff_hash(key);
    size_t slot = lzdiff_slot(x, hash);
    unsigned probes = 0;

    while (x->table[slot] && ++probes < LZDIFF_PROBES)
        slot = (slot + 1) & x->mask;
    if (!x->table[slot])
        x->table[slot] = (uint32_t)(place + 1) | lzdiff_tag(x, hash);
}

/* Two bits a symbol of the LZDIFF_STRIDE symbols from pos on, the first one lowest; zeros beyond the
 * end. Sets *valid = 0 if one is not 0..3. */
static inline uint32_t take_block(const struct lzdiff_index *x, size_t pos, int *valid)
{
    uint8_t last[LZDIFF_STRIDE] = {0};
    const uint8_t *codes = x->reference + pos;
    uint32_t block;

    if (pos + LZDIFF_STRIDE > x->length) {
        if (pos < x->length)
            memcpy(last, codes, x->length - pos);
        codes = last;
    }
    *valid = (codes[0] | codes[1] | codes[2] | codes[3]) < 4;
    block = codes[0] | (uint32_t)codes[1] << 2 | (uint32_t)codes[2] << 4 | (uint32_t)codes[3] << 6;
    return block & 0xff;
}

/* Keys stand at multiples of the stride, so each is the one before without its first block and with
 * a new last one, of which the key's length may take a part only. */
int lzdiff_index_build(struct lzdiff_index *index)
{
    unsigned blocks = (index->key_length + LZDIFF_STRIDE - 1) / LZDIFF_STRIDE, good = 0;
    uint64_t mask = ((uint64_t)1 << 2 * index->key_length) - 1, window = 0;
    size_t pos = 0;
    int code = table_reserve(index);

    if (code)
        return code;
    for (size_t place = 0; place * LZDIFF_STRIDE + index->key_length <= index->length;) {
        int valid;
        uint64_t block = take_block(index, pos, &valid);

        pos += LZDIFF_STRIDE;
        window = window >> 8 | block << 8 * (blocks - 1);
        good = valid ? good + 1 : 0;
        if (pos < LZDIFF_STRIDE * blocks)
            continue;
        if (good >= blocks)
            insert(index, window & mask, place);
        place++;
    }
    index->built = 1;
    return 0;
}

void lzdiff_index_drop(struct lzdiff_index *index)
{
    free(index->table);
    index->table = NULL;
    index->capacity = 0;
    index->built = 0;
}
