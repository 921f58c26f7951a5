/*
 * The anchor index; see anchor_index.h for what it promises.
 *
 * Buckets of one cache line hold BUCKET_SLOTS entries each, filled from the left; an entry that finds
 * its home bucket full goes to the next one (there are SPARE_BUCKETS behind the last, so nothing
 * wraps round). A look-up ends at the first bucket that is not full: nearly always the home bucket,
 * one line of memory.
 *
 * An entry is the low 32 bits of the 38-bit hash as `key`; in `value` the upper 6 bits of the hash,
 * the strand, and the coordinate plus one. The home comes from the hash's upper bits; the level from
 * its lower ones, so thinning does not cluster.
 */
#include "reader/anchor_index.h"

#include "common/error.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    BUCKET_SLOTS = 5,
    SPARE_BUCKETS = 256,
    BUCKETS_FIRST = 512,
    GROWTH = 8,
    BUCKETS_HUGE = 1 << 15, /* a larger table is worth huge pages */
    HUGE_PAGE = 2 << 20,
    COORDINATE_BITS = 41,
};

struct bucket {
    _Alignas(64) uint32_t keys[BUCKET_SLOTS];
    uint32_t used;
    uint64_t values[BUCKET_SLOTS];
};

struct anchor_index {
    struct bucket *buckets; /* bucket_count + SPARE_BUCKETS */
    size_t bucket_count, buckets_max;
    size_t count;
    unsigned level;
    uint64_t end;         /* above all coordinates that entered */
    uint64_t hidden_from; /* coordinates from here on are not found */
};

_Static_assert(sizeof(struct bucket) == 64, "a bucket is a cache line");

static size_t buckets_for(size_t slots)
{
    size_t buckets = (slots + BUCKET_SLOTS - 1) / BUCKET_SLOTS;

    return buckets < BUCKETS_FIRST ? BUCKETS_FIRST : buckets;
}

/* Entries that a table of so many buckets may hold: nine tenths of its slots. */
static size_t limit_of(size_t buckets)
{
    return buckets * BUCKET_SLOTS / 10 * 9;
}

static size_t home(const struct anchor_index *index, uint64_t hash)
{
    return (size_t)((__uint128_t)hash * index->bucket_count >> ANCHOR_BITS);
}

static uint64_t entry_hash(uint32_t key, uint64_t value)
{
    return key | (value >> (COORDINATE_BITS + 1)) << 32;
}

static int allocate(size_t bucket_count, struct bucket **out)
{
    size_t bytes = (bucket_count + SPARE_BUCKETS) * sizeof(struct bucket);
    size_t align = bucket_count < BUCKETS_HUGE ? sizeof(struct bucket) : HUGE_PAGE;
    struct bucket *buckets;

    bytes = (bytes + align - 1) / align * align;
    buckets = aligned_alloc(align, bytes);
    if (!buckets)
        return error_set(ERROR_MEMORY, "out of memory for an index of %zu bytes", bytes);
    /* Look-ups go anywhere: with pages of 4 KiB most of them would miss the TLB, too. */
    if (align == HUGE_PAGE)
        madvise(buckets, bytes, MADV_HUGEPAGE);
    memset(buckets, 0, bytes);
    *out = buckets;
    return 0;
}

int anchor_index_create(struct anchor_index **out, size_t slots_max)
{
    struct anchor_index *index = calloc(1, sizeof *index);
    int code;

    if (!index)
        return error_set(ERROR_MEMORY, "out of memory for the index of anchors");
    index->buckets_max = buckets_for(slots_max);
    index->bucket_count = BUCKETS_FIRST;
    index->hidden_from = UINT64_MAX;
    code = allocate(index->bucket_count, &index->buckets);
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
    free(index->buckets);
    free(index);
}

void anchor_index_allow(struct anchor_index *index, size_t slots_max)
{
    if (buckets_for(slots_max) > index->buckets_max)
        index->buckets_max = buckets_for(slots_max);
}

unsigned anchor_index_level(const struct anchor_index *index)
{
    return index->level;
}

size_t anchor_index_limit(const struct anchor_index *index)
{
    return limit_of(index->buckets_max);
}

size_t anchor_index_count(const struct anchor_index *index)
{
    return index->count;
}

/* The value stored for hash, or 0; *end is the bucket that the search ended in (it has room if
 * nothing was found, unless it is behind the last). */
static uint64_t search(const struct anchor_index *index, uint64_t hash, size_t *end)
{
    size_t at = home(index, hash), last = index->bucket_count + SPARE_BUCKETS - 1;
    uint32_t i;

    for (;; at++) {
        const struct bucket *b = &index->buckets[at];

        for (i = 0; i < b->used; i++)
            if (b->keys[i] == (uint32_t)hash && entry_hash(b->keys[i], b->values[i]) == hash)
                return b->values[i];
        if (b->used < BUCKET_SLOTS || at == last)
            break;
    }
    *end = at;
    return 0;
}

/* Puts an entry that is not there; 0 if there was no room for it. */
static int put(struct anchor_index *index, uint32_t key, uint64_t value)
{
    struct bucket *b;
    size_t end;

    search(index, entry_hash(key, value), &end);
    b = &index->buckets[end];
    if (b->used == BUCKET_SLOTS)
        return 0;
    b->keys[b->used] = key;
    b->values[b->used++] = value;
    index->count++;
    return 1;
}

/* Takes bucket b's entries out and puts those of the present level back, where they belong now. */
static void put_back(struct anchor_index *index, const struct bucket *b)
{
    uint32_t i;

    for (i = 0; i < b->used; i++)
        if (anchor_level(entry_hash(b->keys[i], b->values[i])) >= index->level)
            put(index, b->keys[i], b->values[i]);
}

/* Drops the entries below the level, in place. Buckets are gone through from the left: an entry never
 * lies left of its home, so it finds its home thinned out already. */
static void thin(struct anchor_index *index)
{
    size_t i;

    index->level++;
    index->count = 0;
    for (i = 0; i < index->bucket_count + SPARE_BUCKETS; i++) {
        struct bucket old = index->buckets[i];

        index->buckets[i].used = 0;
        put_back(index, &old);
    }
}

static int grow(struct anchor_index *index)
{
    struct bucket *old = index->buckets;
    size_t old_count = index->bucket_count, wanted = index->buckets_max, i;
    int code;

    /* Old and new are there at once: the last step must be a large one. */
    while (wanted / GROWTH > old_count)
        wanted /= GROWTH;
    code = allocate(wanted, &index->buckets);
    if (code) {
        index->buckets = old;
        return code;
    }
    index->bucket_count = wanted;
    index->count = 0;
    for (i = 0; i < old_count + SPARE_BUCKETS; i++)
        put_back(index, &old[i]);
    free(old);
    return 0;
}

static int make_room(struct anchor_index *index)
{
    if (index->bucket_count < index->buckets_max)
        return grow(index);
    thin(index);
    return 0;
}

int anchor_index_insert(struct anchor_index *index, const struct anchor_entry *entry)
{
    uint64_t value;
    size_t end;
    int code;

    if (anchor_level(entry->hash) < index->level || entry->coordinate > ANCHOR_COORDINATE_MAX ||
        search(index, entry->hash, &end))
        return 0;
    while (index->count >= limit_of(index->bucket_count)) {
        code = make_room(index);
        if (code)
            return code;
    }
    if (entry->coordinate >= index->end)
        index->end = entry->coordinate + 1;
    value = (entry->hash >> 32) << (COORDINATE_BITS + 1) |
            (uint64_t)entry->reverse << COORDINATE_BITS | (entry->coordinate + 1);
    while (anchor_level(entry->hash) >= index->level &&
           !put(index, (uint32_t)entry->hash, value)) {
        code = make_room(index);
        if (code)
            return code;
    }
    return 0;
}

void anchor_index_hide(struct anchor_index *index)
{
    if (index->hidden_from == UINT64_MAX)
        index->hidden_from = index->end;
}

void anchor_index_show(struct anchor_index *index)
{
    index->hidden_from = UINT64_MAX;
}

void anchor_index_prefetch(const struct anchor_index *index, uint64_t hash)
{
    __builtin_prefetch(&index->buckets[home(index, hash)]);
}

int anchor_index_find(const struct anchor_index *index, uint64_t hash, struct anchor_place *place)
{
    size_t end;
    uint64_t value = search(index, hash, &end);
    uint64_t coordinate = (value & ((UINT64_C(1) << COORDINATE_BITS) - 1)) - 1;

    if (!value || coordinate >= index->hidden_from)
        return 0;
    place->coordinate = coordinate;
    place->reverse = value >> COORDINATE_BITS & 1;
    return 1;
}
