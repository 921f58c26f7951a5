/*
 * Groups of a worker: loading from the log into the cache, and leaving it (group_store.h).
 *
 * The chain of a pending pack is walked from its newest frame backwards; every step goes to a lower
 * address, so a damaged log cannot make it endless.
 */
#include "common/error.h"
#include "common/tuples.h"
#include "worker/group_store_private.h"

#include <string.h>

enum {
    MERGE_SINGLES_MIN = 16,    /* entries to gather when a group leaves the cache */
    MERGE_TEXT_MAX = 32 << 20, /* below LOG_PAYLOAD_MAX */
};

int group_store_decode_reference(const struct log_frame *frame, uint8_t *codes, size_t capacity,
                                 size_t *length)
{
    struct frame_reference head;
    const uint8_t *tuples;
    size_t tuples_length;
    int code = group_frame_take(frame, &head, sizeof head, &tuples, &tuples_length);

    if (!code)
        code = tuples_decode(tuples, tuples_length, codes, capacity, length);
    if (!code && *length != head.length)
        code = error_set(ERROR_SHARED, "worker log: reference of group %u has %zu symbols, not %u",
                         head.group, *length, head.length);
    return code;
}

static int load_reference(struct group_store *s, const struct group_record *record,
                          struct loaded_group *loaded)
{
    struct log_frame frame;
    int code = log_read(s->log, record->reference_off, &frame, &s->frame);

    if (!code && frame.kind != FRAME_REFERENCE)
        code = error_set(ERROR_SHARED, "worker log: no reference at its address");
    if (!code)
        code = loaded_group_reserve(loaded, record->reference_length);
    if (!code)
        code = group_store_decode_reference(&frame, loaded->reference, record->reference_length,
                                            &loaded->reference_length);
    return code;
}

/* Gathers the texts of a chain, newest first. */
static int gather_chain(struct group_store *s, uint32_t group, uint64_t off)
{
    s->gathered.length = s->pieces.length = 0;
    while (off) {
        struct log_frame frame;
        struct frame_entry head; /* FRAME_MERGED has the same layout up to group */
        const uint8_t *text;
        size_t length;
        int code = log_read(s->log, off, &frame, &s->frame);

        if (!code)
            code = group_frame_take(&frame, &head, sizeof head, &text, &length);
        if (!code && ((frame.kind != FRAME_ENTRY && frame.kind != FRAME_MERGED) ||
                      head.group != group || head.previous >= off))
            code = error_set(ERROR_SHARED, "worker log: the chain of group %u is broken", group);
        if (!code)
            code = bytes_append(&s->gathered, text, length);
        if (!code)
            code = bytes_append(&s->pieces, &s->gathered.length, sizeof s->gathered.length);
        if (code)
            return code;
        off = head.previous;
    }
    return 0;
}

int group_store_read_pack(struct group_store *store, uint32_t group, uint64_t chain_off,
                          uint32_t members, uint32_t count, struct pack *pack)
{
    static const uint8_t placeholder = PACK_PLACEHOLDER;
    int code = gather_chain(store, group, chain_off);
    size_t pieces = store->pieces.length / sizeof(size_t);

    pack_clear(pack);
    if (!code && group_is_raw(group) && count == (uint64_t)members + 1)
        code = pack_append(pack, &placeholder, 1);
    while (!code && pieces--) {
        size_t ends[2] = {0, 0};

        memcpy(&ends[1], store->pieces.data + pieces * sizeof(size_t), sizeof(size_t));
        if (pieces)
            memcpy(&ends[0], store->pieces.data + (pieces - 1) * sizeof(size_t), sizeof(size_t));
        code = pack_append_text(pack, store->gathered.data + ends[0], ends[1] - ends[0]);
    }
    if (!code && pack->count != count)
        code = error_set(ERROR_SHARED, "worker log: group %u has %u pending entries, not %u", group,
                         pack->count, count);
    return code;
}

/* Gathers the newest entries of the chain, those with a frame each, into one frame. */
static int merge_chain(struct group_store *s, struct group_record *record,
                       const struct loaded_group *loaded)
{
    const struct pack *pack = &loaded->pack;
    size_t begin = pack_entry_begin(pack, pack->count - record->singles);
    struct frame_merged head = {
        .previous = record->merged_off,
        .group = loaded->local * s->options.worker_count + s->options.worker,
        .count = record->singles,
    };
    uint64_t off;
    int code;

    if (pack->text.length - begin > MERGE_TEXT_MAX)
        return 0;
    code = group_frame_put(s->log, FRAME_MERGED, 0, &head, sizeof head, pack->text.data + begin,
                           pack->text.length - begin, &off);
    if (code)
        return code;
    record->chain_off = record->merged_off = off;
    record->singles = 0;
    return 0;
}

/* A group leaves the cache. Merging keeps the reads few that load it again, however often it comes
 * and goes; after the end of input it is not worth it, and nothing may follow the log's end. */
static int evict(void *context, struct loaded_group *loaded)
{
    struct group_store *s = context;
    struct group_record *record = &s->records[loaded->local];
    int code = 0;

    if (record->singles >= MERGE_SINGLES_MIN && !s->ended)
        code = merge_chain(s, record, loaded);
    record->loaded = NULL;
    return code;
}

/* Counts what the caller may have let grow, and makes room again. */
static int trim(struct group_store *s, size_t extra)
{
    if (s->current)
        group_cache_count(&s->cache, s->current);
    return group_cache_trim(&s->cache, extra, s->current, evict, s);
}

/* Heap of the store outside of the cache. */
static size_t own_bytes(const struct group_store *s)
{
    return s->record_capacity * sizeof *s->records + s->frame.capacity + s->gathered.capacity +
           s->pieces.capacity + pack_heap_bytes(&s->scratch) + s->tuples.capacity +
           s->codes.capacity;
}

int group_store_leave_room(struct group_store *store, size_t bytes)
{
    bytes += own_bytes(store);
    store->cache.limit = bytes < store->cache_bytes ? store->cache_bytes - bytes : 0;
    return store->cache.bytes > store->cache.limit ? trim(store, 0) : 0;
}

/* The group that the caller was at is left for another. */
static int leave_current(struct group_store *s)
{
    int code = trim(s, 0);

    if (s->current)
        group_cache_leave(&s->cache, s->current);
    s->current = NULL;
    return code;
}

static void forget(struct group_store *s, struct loaded_group *loaded)
{
    s->records[loaded->local].loaded = NULL;
    s->current = NULL;
    group_cache_drop(&s->cache, loaded);
}

int group_store_slot(struct group_store *store, uint32_t group, size_t reference_length,
                     struct loaded_group **loaded)
{
    size_t extra = sizeof **loaded + reference_length;
    int code = leave_current(store);

    if (!code)
        code = group_cache_slot(&store->cache, extra, evict, store, loaded);
    if (code)
        return code;
    (*loaded)->local = group_store_local(store, group);
    store->records[(*loaded)->local].loaded = *loaded;
    store->current = *loaded;
    return 0;
}

int group_store_index(struct group_store *store, struct loaded_group *loaded)
{
    return lzdiff_index_set(&loaded->index, loaded->reference, loaded->reference_length,
                            store->options.min_match);
}

static int fill_slot(struct group_store *s, uint32_t group, const struct group_record *record,
                     struct loaded_group *loaded)
{
    uint32_t pending = group_store_pending_count(s, group, record->members);
    int code = 0;

    if (record->reference_off)
        code = load_reference(s, record, loaded);
    if (!code && record->reference_off)
        code = group_store_index(s, loaded);
    if (!code)
        code = group_store_read_pack(s, group, record->chain_off, record->members, pending,
                                     &loaded->pack);
    return code;
}

int group_store_load(struct group_store *store, uint32_t group, struct loaded_group **loaded)
{
    struct group_record *record;
    int code = group_store_record(store, group, 0, &record);

    if (!code && !group_is_raw(group) && !record->reference_off)
        code = error_set(ERROR_SHARED, "group %u has no reference", group);
    if (code)
        return code;
    if (record->loaded) {
        store->cache.hits++;
        code = store->current == record->loaded ? 0 : leave_current(store);
        if (code)
            return code;
        if (record->loaded) { /* not itself evicted */
            store->current = *loaded = record->loaded;
            group_cache_touch(&store->cache, *loaded);
            return 0;
        }
    }
    store->cache.misses++;
    code = group_store_slot(store, group, record->reference_length, loaded);
    if (!code) {
        code = fill_slot(store, group, record, *loaded);
        if (code)
            forget(store, *loaded);
    }
    return code ? code : trim(store, 0);
}
