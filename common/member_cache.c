/*
 * A hash table with a list by recency; see the header.
 *
 * Buffers of items that leave are handed to the next new item when they fit (large enough, and not
 * more than twice what is wanted), so a cache at its limit does not go to the system for pages at
 * every miss. An item's bytes are counted by capacity, its own struct included: what the cache says
 * it keeps is what it takes.
 */
#include "common/member_cache.h"

#include "common/error.h"

#include <stdlib.h>
#include <string.h>

enum {
    BUCKETS_MIN = 1024,
    BUCKETS_MAX = 1 << 20,
    BUCKET_BYTES = 8 * 1024,
    SPARE_SLACK_BYTES = 4096,
    SEPARATOR = 0xff,
    EXPANSION_MAX = 4 * 32768, /* zstd: 128 KiB from 4 bytes at most; tuples: 4 symbols a byte */
};

struct member_cache {
    size_t limit, used;
    struct member_item *newest, *oldest;
    struct member_item **buckets;
    size_t bucket_mask;
};

int member_cache_create(struct member_cache **cache, size_t bytes)
{
    struct member_cache *c = calloc(1, sizeof *c);
    size_t buckets = BUCKETS_MIN;

    if (!c)
        return error_set(ERROR_MEMORY, "out of memory for a cache");
    while (buckets < bytes / BUCKET_BYTES && buckets < BUCKETS_MAX)
        buckets *= 2;
    c->limit = bytes;
    c->bucket_mask = buckets - 1;
    c->buckets = calloc(buckets, sizeof(struct member_item *));
    if (!c->buckets) {
        free(c);
        return error_set(ERROR_MEMORY, "out of memory for a cache");
    }
    *cache = c;
    return 0;
}

static void free_item(struct member_item *item)
{
    bytes_free(&item->data);
    free(item->ends);
    free(item);
}

void member_cache_free(struct member_cache *cache)
{
    struct member_item *item, *older;

    if (!cache)
        return;
    for (item = cache->newest; item; item = older) {
        older = item->older;
        free_item(item);
    }
    free(cache->buckets);
    free(cache);
}

static struct member_item **bucket_of(struct member_cache *c, uint32_t group, uint32_t number)
{
    uint64_t key = ((uint64_t)group << 32 | number) * 0x9e3779b97f4a7c15u;

    return &c->buckets[(key >> 32) & c->bucket_mask];
}

static void list_remove(struct member_cache *c, struct member_item *item)
{
    *(item->newer ? &item->newer->older : &c->newest) = item->older;
    *(item->older ? &item->older->newer : &c->oldest) = item->newer;
}

static void list_add_newest(struct member_cache *c, struct member_item *item)
{
    item->newer = NULL;
    item->older = c->newest;
    *(c->newest ? &c->newest->newer : &c->oldest) = item;
    c->newest = item;
}

struct member_item *member_cache_find(struct member_cache *cache, uint32_t group, uint32_t number)
{
    struct member_item *item = *bucket_of(cache, group, number);

    while (item && (item->group != group || item->number != number))
        item = item->hash_next;
    if (item && item != cache->newest) {
        list_remove(cache, item);
        list_add_newest(cache, item);
    }
    return item;
}

static struct member_item *oldest_unpinned(const struct member_cache *c)
{
    struct member_item *item = c->oldest;

    while (item && item->pins)
        item = item->newer;
    return item == c->newest ? NULL : item;
}

/* Takes the oldest item that nobody holds out of the cache; NULL if there is none. */
static struct member_item *take_oldest(struct member_cache *c)
{
    struct member_item *item = oldest_unpinned(c), **link;

    if (!item)
        return NULL;
    link = bucket_of(c, item->group, item->number);
    while (*link != item)
        link = &(*link)->hash_next;
    *link = item->hash_next;
    list_remove(c, item);
    c->used -= item->accounted;
    return item;
}

static int fits(const struct member_item *item, size_t data_bytes)
{
    return item->data.capacity >= data_bytes &&
           item->data.capacity / 2 <= data_bytes + SPARE_SLACK_BYTES;
}

struct member_item *member_cache_new(struct member_cache *cache, uint32_t group, uint32_t number,
                                     size_t data_bytes)
{
    struct member_item *item = NULL;
    size_t wanted = data_bytes + sizeof *item;

    while (wanted > cache->limit || cache->used > cache->limit - wanted) {
        struct member_item *old = take_oldest(cache);

        if (!old)
            break;
        if (!item && fits(old, data_bytes))
            item = old;
        else
            free_item(old);
    }
    if (!item)
        item = calloc(1, sizeof *item);
    if (!item)
        return NULL;
    item->group = group;
    item->number = number;
    item->data.length = 0;
    item->count = 0;
    item->pins = 0;
    return item;
}

void member_cache_add(struct member_cache *cache, struct member_item *item)
{
    struct member_item **bucket = bucket_of(cache, item->group, item->number);

    item->accounted = sizeof *item + item->data.capacity + item->ends_capacity * sizeof *item->ends;
    item->hash_next = *bucket;
    *bucket = item;
    list_add_newest(cache, item);
    cache->used += item->accounted;
}

void member_cache_drop(struct member_cache *cache, struct member_item *item)
{
    (void)cache;
    free_item(item);
}

/* ---- decoded parts */

static int add_end(struct member_item *item, size_t end)
{
    if (item->count == item->ends_capacity) {
        uint32_t capacity = item->ends_capacity ? item->ends_capacity * 2 : 64;
        uint32_t *ends = realloc(item->ends, (size_t)capacity * sizeof *ends);

        if (!ends)
            return error_set(ERROR_MEMORY, "out of memory for the entries of a pack");
        item->ends = ends;
        item->ends_capacity = capacity;
    }
    item->ends[item->count++] = (uint32_t)end;
    return 0;
}

int member_item_find_entries(struct member_item *item, uint32_t pack)
{
    const uint8_t *data = item->data.data, *at = data, *end = data + item->data.length;

    while (at < end) {
        const uint8_t *separator = memchr(at, SEPARATOR, (size_t)(end - at));
        int code;

        if (!separator)
            return error_set(ERROR_FORMAT, "no separator at the end of the pack");
        if (item->count == pack)
            return error_set(ERROR_FORMAT, "more than %u entries in a pack", pack);
        code = add_end(item, (size_t)(separator - data));
        if (code)
            return code;
        at = separator + 1;
    }
    return 0;
}

int member_item_entry(const struct member_item *item, uint32_t at, const uint8_t **entry,
                      size_t *length)
{
    uint32_t begin;

    if (at >= item->count)
        return error_set(ERROR_FORMAT, "no such entry: its pack has %u", item->count);
    begin = at ? item->ends[at - 1] + 1 : 0;
    *entry = item->data.data + begin;
    *length = item->ends[at] - begin;
    return 0;
}

int member_part_size(size_t stored, uint64_t metadata, size_t limit, size_t *decoded)
{
    uint64_t wanted = metadata ? metadata : stored;

    if (metadata > (uint64_t)stored * EXPANSION_MAX)
        return error_set(ERROR_FORMAT, "%zu bytes cannot decode to %llu", stored,
                         (unsigned long long)metadata);
    if (wanted > limit)
        return error_set(ERROR_FORMAT, "a part that decodes to %llu bytes",
                         (unsigned long long)wanted);
    *decoded = (size_t)wanted;
    return 0;
}
