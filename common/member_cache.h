/*
 * Decoded references and packs of groups, kept by least recent use within a number of bytes.
 *
 * Private to member_decoder.c (one thread) and part_share.c (many, under a lock). Making room never
 * throws out the most recent item: a pack can be held while its reference is fetched; nor an item
 * with pins. Otherwise an item is borrowed until the next call.
 */
#ifndef COMMON_MEMBER_CACHE_H
#define COMMON_MEMBER_CACHE_H

#include "common/bytes.h"

struct member_cache;

/* Key: group and number of the pack; or MEMBER_CACHE_REFERENCE. */
#define MEMBER_CACHE_REFERENCE UINT32_MAX

struct member_item {
    uint32_t group, number;
    struct bytes data; /* the decoded part */
    uint32_t *ends;    /* packs: offset of the separator of each entry */
    uint32_t count, ends_capacity;
    struct member_item *hash_next, *newer, *older;
    size_t accounted; /* bytes, as counted by the cache */
    uint32_t pins;    /* users that hold it; kept by the caller */
};

int member_cache_create(struct member_cache **cache, size_t bytes);
void member_cache_free(struct member_cache *cache);

/* The item, now the most recent one; NULL if it is not there. */
struct member_item *member_cache_find(struct member_cache *cache, uint32_t group, uint32_t number);

/* An empty item for a key that is not there, not yet in the cache; room for data_bytes was made.
 * Its buffers may hold memory of an item that was thrown out. NULL: out of memory. */
struct member_item *member_cache_new(struct member_cache *cache, uint32_t group, uint32_t number,
                                     size_t data_bytes);

/* Puts a filled item in, or gives up one that could not be filled. */
void member_cache_add(struct member_cache *cache, struct member_item *item);
void member_cache_drop(struct member_cache *cache, struct member_item *item);

/* Finds the entries of a decoded pack by their separators; ERROR_FORMAT for more than pack of them
 * or an open end. */
int member_item_find_entries(struct member_item *item, uint32_t pack);

/* Entry `at` of a pack, borrowed with the item. */
int member_item_entry(const struct member_item *item, uint32_t at, const uint8_t **entry,
                      size_t *length);

/* What a part of `stored` bytes decodes to, by its metadata; ERROR_FORMAT if no bytes could give so
 * much, or it is above limit. */
int member_part_size(size_t stored, uint64_t metadata, size_t limit, size_t *decoded);

#endif
