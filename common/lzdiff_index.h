/*
 * The hash index of a reference, as the encoder sees it (private to LZ-diff).
 *
 * Keys of key_length = min_match - 3 symbols (0..3 alone) stand at every LZDIFF_STRIDE-th place of
 * the reference, so an agreement of min_match symbols holds one of them wherever it lies. The table
 * is open-addressed, at most half full; a slot holds the place and as many bits of the hash as fit
 * beside it, which tell nearly all wrong places without touching the reference. Places that repeat
 * one key crowd each other out after LZDIFF_PROBES.
 */
#ifndef COMMON_LZDIFF_INDEX_H
#define COMMON_LZDIFF_INDEX_H

#include "common/lzdiff.h"
#include "common/lzdiff_match.h"

enum { LZDIFF_STRIDE = 4, LZDIFF_PROBES = 16 };

struct lzdiff_index {
    const uint8_t *reference;
    size_t length;
    unsigned min_match, key_length;
    int built;
    uint32_t *table; /* place / LZDIFF_STRIDE + 1, tag above position_bits; 0: free */
    size_t mask, capacity;
    unsigned position_bits, slot_bits;
};

/* Builds the table. 0 or ERROR_MEMORY. */
int lzdiff_index_build(struct lzdiff_index *index);

/* Two bits a symbol of eight symbols, the first one lowest; sets bits of *invalid if one of them is
 * not 0..3. */
static inline uint64_t lzdiff_squeeze8(const uint8_t *codes, uint64_t *invalid)
{
    uint64_t x = lzdiff_load64(codes);

    *invalid |= x & 0xfcfcfcfcfcfcfcfc;
    x = (x | x >> 6) & 0x000f000f000f000f;
    x = (x | x >> 12) & 0x000000ff000000ff;
    return (x | x >> 24) & 0xffff;
}

/* The key at codes: two bits a symbol, the first one lowest. Keys have 12..29 symbols: whole groups
 * of eight, and a last group that may overlap the one before. */
static inline uint64_t lzdiff_key(const uint8_t *codes, unsigned key_length, int *valid)
{
    uint64_t invalid = 0, key = lzdiff_squeeze8(codes, &invalid);

    for (unsigned at = 8; at + 8 < key_length; at += 8)
        key |= lzdiff_squeeze8(codes + at, &invalid) << 2 * at;
    key |= lzdiff_squeeze8(codes + key_length - 8, &invalid) << 2 * (key_length - 8);
    *valid = !invalid;
    return key;
}

/* Slots are the high bits of the hash, tags come from the middle. */
static inline uint64_t lzdiff_hash(uint64_t key)
{
    return key * 0x9e3779b97f4a7c15;
}

static inline size_t lzdiff_slot(const struct lzdiff_index *index, uint64_t hash)
{
    return (size_t)(hash >> (64 - index->slot_bits));
}

static inline uint32_t lzdiff_tag(const struct lzdiff_index *index, uint64_t hash)
{
    return (uint32_t)(hash >> 16) << index->position_bits;
}

#endif
