#include "worker/group_cache.h"

#include "common/error.h"

#include <stdlib.h>

enum {
    SLACK_BYTES = 256 * 1024, /* a buffer taken over from another group may be so much too large */
    STAY_ONE_IN = 32,
};

static void unlink_slot(struct group_cache *cache, struct loaded_group *loaded)
{
    if (loaded->newer)
        loaded->newer->older = loaded->older;
    else
        cache->newest = loaded->older;
    if (loaded->older)
        loaded->older->newer = loaded->newer;
    else
        cache->oldest = loaded->newer;
    loaded->newer = loaded->older = NULL;
}

static void link_newest(struct group_cache *cache, struct loaded_group *loaded)
{
    loaded->newer = NULL;
    loaded->older = cache->newest;
    if (cache->newest)
        cache->newest->newer = loaded;
    else
        cache->oldest = loaded;
    cache->newest = loaded;
}

static void link_oldest(struct group_cache *cache, struct loaded_group *loaded)
{
    loaded->older = NULL;
    loaded->newer = cache->oldest;
    if (cache->oldest)
        cache->oldest->older = loaded;
    else
        cache->newest = loaded;
    cache->oldest = loaded;
}

static void make_newest(struct group_cache *cache, struct loaded_group *loaded)
{
    if (cache->newest == loaded)
        return;
    unlink_slot(cache, loaded);
    link_newest(cache, loaded);
}

void group_cache_touch(struct group_cache *cache, struct loaded_group *loaded)
{
    loaded->is_new = 0;
    make_newest(cache, loaded);
}

void group_cache_leave(struct group_cache *cache, struct loaded_group *loaded)
{
    if (!loaded->is_new || cache->arrivals++ % STAY_ONE_IN == 0)
        return;
    unlink_slot(cache, loaded);
    link_oldest(cache, loaded);
}

void group_cache_count(struct group_cache *cache, struct loaded_group *loaded)
{
    size_t bytes = sizeof *loaded + loaded->reference_capacity + pack_heap_bytes(&loaded->pack) +
                   lzdiff_index_held_bytes(loaded->index);

    cache->bytes += bytes - loaded->counted_bytes;
    loaded->counted_bytes = bytes;
}

static void free_slot(struct loaded_group *loaded)
{
    lzdiff_index_free(loaded->index);
    pack_free(&loaded->pack);
    free(loaded->reference);
    free(loaded);
}

void group_cache_drop(struct group_cache *cache, struct loaded_group *loaded)
{
    unlink_slot(cache, loaded);
    cache->bytes -= loaded->counted_bytes;
    free_slot(loaded);
}

int group_cache_trim(struct group_cache *cache, size_t extra, const struct loaded_group *keep,
                     int (*evict)(void *context, struct loaded_group *loaded), void *context)
{
    while (cache->bytes + extra > cache->limit && cache->oldest && cache->oldest != keep) {
        int code = evict(context, cache->oldest);

        if (code)
            return code;
        group_cache_drop(cache, cache->oldest);
    }
    return 0;
}

int loaded_group_reserve(struct loaded_group *loaded, size_t length)
{
    if (length <= loaded->reference_capacity && loaded->reference_capacity - length <= SLACK_BYTES)
        return 0;
    free(loaded->reference);
    loaded->reference_capacity = 0;
    loaded->reference = malloc(length ? length : 1);
    if (!loaded->reference)
        return error_set(ERROR_MEMORY, "out of memory for a reference of %zu symbols", length);
    loaded->reference_capacity = length;
    return 0;
}

int group_cache_slot(struct group_cache *cache, size_t extra,
                     int (*evict)(void *context, struct loaded_group *loaded), void *context,
                     struct loaded_group **loaded)
{
    struct loaded_group *slot = NULL;

    if (cache->bytes + extra > cache->limit && cache->oldest) {
        int code = evict(context, cache->oldest);

        if (code)
            return code;
        slot = cache->oldest;
        slot->reference_length = 0;
        pack_clear(&slot->pack);
        make_newest(cache, slot);
    } else {
        slot = calloc(1, sizeof *slot);
        if (!slot)
            return error_set(ERROR_MEMORY, "out of memory for a group");
        link_newest(cache, slot);
        group_cache_count(cache, slot);
    }
    slot->is_new = 1;
    *loaded = slot;
    return 0;
}

void group_cache_free(struct group_cache *cache)
{
    while (cache->oldest)
        group_cache_drop(cache, cache->oldest);
}
