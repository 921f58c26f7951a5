/*
 * The anchor index; see anchor_index.h for what it promises.
 *
 * A slot holds the low 32 bits of the 38-bit hash in `key`, and in `value` (unaligned u64): the upper 6
 * bits of the hash, the strand, and the coordinate plus one (0: the slot is empty). The home slot
 * comes from the hash's upper bits; the level from its lower ones, so thinning does not cluster.
 */
#include "reader/anchor_index.h"

#include "common/error.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct slot {
    uint32_t key;
    uint32_t value_low;
    uint32_t value_high;
};

struct anchor_index {
    struct slot *slots;
    size_t slot_count; /* a power of two */
    size_t slots_max;
    size_t count;
    unsigned slot_bits;
    unsigned level;
};

enum {
    SLOTS_MIN = 1 << 12,
    SLOTS_MIN_HUGE = 1 << 18,
    HUGE_PAGE = 2 << 20,
    COORDINATE_BITS = 41,
};

static uint64_t slot_value(const struct slot *slot)
{
    return slot->value_low | (uint64_t)slot->value_high << 32;
}

static size_t home(const struct anchor_index *index, uint64_t hash)
{
    return (size_t)(hash >> (ANCHOR_BITS - index->slot_bits));
}

static uint64_t slot_hash(const struct slot *slot)
{
    return slot->key | (slot_value(slot) >> (COORDINATE_BITS + 1)) << 32;
}

static int allocate(struct anchor_index *index, size_t slot_count)
{
    size_t bytes = (slot_count * sizeof(struct slot) + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    struct slot *slots = slot_count < SLOTS_MIN_HUGE ? calloc(slot_count, sizeof *slots)
                                                     : aligned_alloc(HUGE_PAGE, bytes);

    if (!slots)
        return error_set(ERROR_MEMORY, "out of memory for an index of %zu anchors", slot_count);
    if (slot_count >= SLOTS_MIN_HUGE) {
        /* Look-ups go anywhere: with pages of 4 KiB most of them would miss the TLB, too. */
        madvise(slots, bytes, MADV_HUGEPAGE);
        memset(slots, 0, slot_count * sizeof *slots);
    }
    index->slots = slots;
    index->slot_count = slot_count;
    index->slot_bits = (unsigned)__builtin_ctzll(slot_count);
    index->count = 0;
    return 0;
}

int anchor_index_create(struct anchor_index **out, size_t slots_max)
{
    struct anchor_index *index = calloc(1, sizeof *index);
    int code;

    if (!index)
        return error_set(ERROR_MEMORY, "out of memory for the index of anchors");
    index->slots_max = slots_max < SLOTS_MIN ? SLOTS_MIN : slots_max;
    code = allocate(index, SLOTS_MIN);
    if (code) {
        free(index);
        return code;
    }
    *out = index;
    return 0;
}

void anchor_index_free(struct anchor_index *index)
{
    if (!index)
        return;
    free(index->slots);
    free(index);
}

void anchor_index_allow(struct anchor_index *index, size_t slots_max)
{
    if (slots_max > index->slots_max)
        index->slots_max = slots_max;
}

unsigned anchor_index_level(const struct anchor_index *index)
{
    return index->level;
}

size_t anchor_index_limit(const struct anchor_index *index)
{
    return index->slots_max / 4 * 3;
}

size_t anchor_index_count(const struct anchor_index *index)
{
    return index->count;
}

/* The slot that holds hash, or the empty one where it would go. */
static struct slot *probe(const struct anchor_index *index, uint64_t hash)
{
    size_t mask = index->slot_count - 1, at = home(index, hash);

    while (slot_value(&index->slots[at]) && slot_hash(&index->slots[at]) != hash)
        at = (at + 1) & mask;
    return &index->slots[at];
}

/* Moves the entries of the present level or above into a table of slot_count slots. */
static int rebuild(struct anchor_index *index, size_t slot_count)
{
    struct slot *old = index->slots;
    size_t old_count = index->slot_count, i;
    int code = allocate(index, slot_count);

    if (code)
        return code;
    for (i = 0; i < old_count; i++) {
        if (!slot_value(&old[i]) || anchor_level(slot_hash(&old[i])) < index->level)
            continue;
        *probe(index, slot_hash(&old[i])) = old[i];
        index->count++;
    }
    free(old);
    return 0;
}

static int make_room(struct anchor_index *index)
{
    if (index->slot_count * 2 <= index->slots_max)
        return rebuild(index, index->slot_count * 2);
    index->level++;
    return rebuild(index, index->slot_count);
}

int anchor_index_insert(struct anchor_index *index, const struct anchor_entry *entry)
{
    struct slot *slot;
    uint64_t value;
    int code;

    if (anchor_level(entry->hash) < index->level || entry->coordinate > ANCHOR_COORDINATE_MAX)
        return 0;
    slot = probe(index, entry->hash);
    if (slot_value(slot))
        return 0;
    while (index->count >= index->slot_count / 4 * 3) {
        code = make_room(index);
        if (code)
            return code;
        if (anchor_level(entry->hash) < index->level)
            return 0;
        slot = probe(index, entry->hash);
    }
    value = (entry->hash >> 32) << (COORDINATE_BITS + 1) |
            (uint64_t)entry->reverse << COORDINATE_BITS | (entry->coordinate + 1);
    *slot = (struct slot){(uint32_t)entry->hash, (uint32_t)value, (uint32_t)(value >> 32)};
    index->count++;
    return 0;
}

void anchor_index_prefetch(const struct anchor_index *index, uint64_t hash)
{
    __builtin_prefetch(&index->slots[home(index, hash)]);
}

int anchor_index_find(const struct anchor_index *index, uint64_t hash, struct anchor_place *place)
{
    uint64_t value = slot_value(probe(index, hash));

    if (!value)
        return 0;
    place->coordinate = (value & ((UINT64_C(1) << COORDINATE_BITS) - 1)) - 1;
    place->reverse = value >> COORDINATE_BITS & 1;
    return 1;
}
