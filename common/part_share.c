/*
 * Shared parts: see part_share.h. The lock guards the cache, the pins and the list of decoders.
 */
#include "common/part_share.h"

#include "common/container.h"
#include "common/error.h"
#include "common/part_codec.h"

#include <pthread.h>
#include <stdlib.h>

enum { DECODERS_IDLE_MAX = 16, DECODE_SLACK = 64, STORED_KEEP_BYTES = 1 << 20 };

struct decoder {
    struct part_codec *codec;
    struct bytes stored; /* a part as it stands in the archive */
    struct decoder *next;
};

struct part_share {
    struct catalog *catalog;
    struct member_cache *cache;
    uint32_t pack;
    pthread_mutex_t lock;
    struct decoder *idle;
    unsigned idle_count;
};

int part_share_create(struct part_share **share, struct catalog *catalog, size_t cache_bytes)
{
    struct part_share *s = calloc(1, sizeof *s);
    int code;

    if (!s)
        return error_set(ERROR_MEMORY, "out of memory for a cache");
    s->catalog = catalog;
    s->pack = catalog_params(catalog)->pack;
    pthread_mutex_init(&s->lock, NULL);
    code = member_cache_create(&s->cache, cache_bytes);
    if (code)
        part_share_free(s);
    else
        *share = s;
    return code;
}

static void free_decoder(struct decoder *d)
{
    part_codec_free(d->codec);
    bytes_free(&d->stored);
    free(d);
}

void part_share_free(struct part_share *share)
{
    struct decoder *d, *next;

    if (!share)
        return;
    for (d = share->idle; d; d = next) {
        next = d->next;
        free_decoder(d);
    }
    member_cache_free(share->cache);
    pthread_mutex_destroy(&share->lock);
    free(share);
}

static int take_decoder(struct part_share *s, struct decoder **decoder)
{
    struct decoder *d;
    int code;

    pthread_mutex_lock(&s->lock);
    d = s->idle;
    if (d) {
        s->idle = d->next;
        s->idle_count--;
    }
    pthread_mutex_unlock(&s->lock);
    *decoder = d;
    if (d)
        return 0;
    d = calloc(1, sizeof *d);
    if (!d)
        return error_set(ERROR_MEMORY, "out of memory for a decoder");
    code = part_codec_create(&d->codec, PART_EFFORT_DEFAULT);
    if (code)
        free_decoder(d);
    *decoder = d;
    return code;
}

static void give_decoder(struct part_share *s, struct decoder *d)
{
    if (d->stored.capacity > STORED_KEEP_BYTES)
        bytes_free(&d->stored);
    pthread_mutex_lock(&s->lock);
    if (s->idle_count < DECODERS_IDLE_MAX) {
        d->next = s->idle;
        s->idle = d;
        s->idle_count++;
        d = NULL;
    }
    pthread_mutex_unlock(&s->lock);
    if (d)
        free_decoder(d);
}

/* An item of its own, not in the cache yet. */
static int decode_item(struct part_share *s, struct decoder *d, uint32_t group, uint32_t number,
                       struct member_item **decoded)
{
    int reference = number == MEMBER_CACHE_REFERENCE;
    size_t limit = reference ? INT32_MAX : UINT32_MAX, wanted;
    struct container_part place;
    struct member_item *item;
    uint64_t metadata;
    int code = catalog_part_find(s->catalog, group, reference, reference ? 0 : number, &place);

    if (!code)
        code = archive_group_part_read(catalog_archive(s->catalog), &place, limit, &d->stored,
                                       &metadata);
    if (!code)
        code = member_part_size(d->stored.length, metadata, limit, &wanted);
    if (code)
        return code;
    pthread_mutex_lock(&s->lock);
    item = member_cache_new(s->cache, group, number, wanted + DECODE_SLACK);
    pthread_mutex_unlock(&s->lock);
    if (!item)
        return error_set(ERROR_MEMORY, "out of memory for a part of %zu bytes", wanted);
    code = part_decode(d->codec, d->stored.data, d->stored.length, metadata, limit, &item->data);
    if (!code && !reference)
        code = member_item_find_entries(item, s->pack);
    if (code)
        member_cache_drop(s->cache, item);
    else
        *decoded = item;
    return code;
}

/* Puts a decoded item in, or takes the one that another thread has put in meanwhile. */
static struct member_item *add_item(struct part_share *s, struct member_item *item)
{
    struct member_item *there;

    pthread_mutex_lock(&s->lock);
    there = member_cache_find(s->cache, item->group, item->number);
    if (there) {
        member_cache_drop(s->cache, item);
        item = there;
    } else {
        member_cache_add(s->cache, item);
    }
    item->pins++;
    pthread_mutex_unlock(&s->lock);
    return item;
}

int part_share_hold(struct part_share *share, uint32_t group, uint32_t number,
                    struct member_item **item)
{
    struct decoder *d;
    int code;

    pthread_mutex_lock(&share->lock);
    *item = member_cache_find(share->cache, group, number);
    if (*item)
        (*item)->pins++;
    pthread_mutex_unlock(&share->lock);
    if (*item)
        return 0;
    code = take_decoder(share, &d);
    if (code)
        return code;
    code = decode_item(share, d, group, number, item);
    give_decoder(share, d);
    if (code) {
        *item = NULL;
        return code;
    }
    *item = add_item(share, *item);
    return 0;
}

void part_share_release(struct part_share *share, struct member_item *item)
{
    if (!item)
        return;
    pthread_mutex_lock(&share->lock);
    item->pins--;
    pthread_mutex_unlock(&share->lock);
}
