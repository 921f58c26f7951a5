/*
 * Loaded groups: decoded reference, LZ-diff index, pending pack; least recently used go first.
 *
 * The cache counts bytes and keeps the order; the group store loads and evicts. A group that makes
 * room hands its buffers to the one that comes. Slots have fixed addresses.
 */
#ifndef WORKER_GROUP_CACHE_H
#define WORKER_GROUP_CACHE_H

#include "common/lzdiff.h"
#include "worker/pack.h"

struct loaded_group {
    uint32_t local; /* which of the worker's groups */
    struct loaded_group *newer, *older;
    uint8_t *reference; /* symbol codes; raw groups have none */
    size_t reference_length, reference_capacity;
    struct lzdiff_index *index; /* of reference */
    struct pack pack;
    size_t counted_bytes;
};

struct group_cache {
    struct loaded_group *newest, *oldest;
    size_t bytes, limit;
    uint64_t hits, misses;
};

/* Makes the reference's buffer hold length symbols. */
int loaded_group_reserve(struct loaded_group *loaded, size_t length);

/* Makes room for extra bytes: evicts through `evict` while the cache is above its limit and holds a
 * group other than keep (may be NULL). */
int group_cache_trim(struct group_cache *cache, size_t extra, const struct loaded_group *keep,
                     int (*evict)(void *context, struct loaded_group *loaded), void *context);

/* A slot for a group that comes, as the newest. If that group, of about extra bytes, does not fit,
 * the oldest is evicted and its slot returned with its buffers (emptied). */
int group_cache_slot(struct group_cache *cache, size_t extra,
                     int (*evict)(void *context, struct loaded_group *loaded), void *context,
                     struct loaded_group **loaded);

void group_cache_touch(struct group_cache *cache, struct loaded_group *loaded);

/* Counts the slot's bytes anew. */
void group_cache_count(struct group_cache *cache, struct loaded_group *loaded);

/* Takes the slot out and frees it. */
void group_cache_drop(struct group_cache *cache, struct loaded_group *loaded);

void group_cache_free(struct group_cache *cache);

#endif
