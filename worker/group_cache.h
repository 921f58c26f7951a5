/*
 * Loaded groups: decoded reference, LZ-diff index, pending pack.
 *
 * The cache counts bytes and keeps the order; the group store loads and evicts. A group that makes
 * room hands its buffers to the one that comes. Slots have fixed addresses.
 *
 * Which one goes: samples visit the groups in much the same order, again and again, and the least
 * recently used is then the very one that comes next. So one that was loaded and not visited again
 * goes first, all but one in 32 of them: a part of the groups stays, the others come and go. Groups
 * that were visited again go in order of their last visit.
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
    int is_new; /* not visited since it was loaded */
};

struct group_cache {
    struct loaded_group *newest, *oldest;
    size_t bytes, limit;
    uint64_t hits, misses;
    uint32_t arrivals;
};

/* Makes the reference's buffer hold length symbols. */
int loaded_group_reserve(struct loaded_group *loaded, size_t length);

/* Makes room for extra bytes: evicts through `evict` while the cache is above its limit and holds a
 * group other than keep (may be NULL). */
int group_cache_trim(struct group_cache *cache, size_t extra, const struct loaded_group *keep,
                     int (*evict)(void *context, struct loaded_group *loaded), void *context);

/* A slot for a group that comes, not evicted before group_cache_leave(). If that group, of about extra bytes, does not fit,
 * the oldest is evicted and its slot returned with its buffers (emptied). */
int group_cache_slot(struct group_cache *cache, size_t extra,
                     int (*evict)(void *context, struct loaded_group *loaded), void *context,
                     struct loaded_group **loaded);

/* It is visited again. */
void group_cache_touch(struct group_cache *cache, struct loaded_group *loaded);

/* Another group is visited next. */
void group_cache_leave(struct group_cache *cache, struct loaded_group *loaded);

/* Counts the slot's bytes anew. */
void group_cache_count(struct group_cache *cache, struct loaded_group *loaded);

/* Takes the slot out and frees it. */
void group_cache_drop(struct group_cache *cache, struct loaded_group *loaded);

void group_cache_free(struct group_cache *cache);

#endif
