/*
 * Groups of a worker: records and decisions (group_store.h).
 *
 * Invariants:
 *   - record.members counts the entries logged; the pending pack holds those since the last full
 *     one, and the chain from record.chain_off gives exactly these.
 *   - a loaded group's pack equals what its chain would give, so that evicting loses nothing.
 *   - frames only ever refer to earlier addresses.
 * Loading and evicting is in group_load.c, restart in group_replay.c.
 */
#include "worker/group_store.h"

#include "common/error.h"
#include "common/tuples.h"
#include "worker/group_store_private.h"

#include <stdlib.h>
#include <string.h>

enum { TABLE_GAP_MAX = 1 << 20 /* groups that may be missing before the next one */ };

/* ---- records */

static int grow_table(struct group_store *s, uint32_t local)
{
    uint32_t capacity = s->record_capacity + s->record_capacity / 2;
    struct group_record *records;

    if (local < s->record_count)
        return 0;
    if (local - s->record_count > TABLE_GAP_MAX)
        return error_set(ERROR_SHARED, "group numbers jump to %u of this worker", local);
    if (local >= s->record_capacity) {
        if (capacity < local + 64)
            capacity = local + 64;
        records = realloc(s->records, capacity * sizeof *records);
        if (!records)
            return error_set(ERROR_MEMORY, "out of memory for %u groups", capacity);
        s->records = records;
        s->record_capacity = capacity;
    }
    memset(s->records + s->record_count, 0,
           (local + 1 - s->record_count) * sizeof s->records[0]);
    s->record_count = local + 1;
    return 0;
}

int group_store_record(struct group_store *store, uint32_t group, int grow,
                       struct group_record **record)
{
    uint32_t local = group_store_local(store, group);

    if (group % store->options.worker_count != store->options.worker)
        return error_set(ERROR_SHARED, "group %u belongs to another worker", group);
    if (grow) {
        int code = grow_table(store, local);

        if (code)
            return code;
    }
    if (local >= store->record_count)
        return error_set(ERROR_SHARED, "group %u does not exist", group);
    *record = &store->records[local];
    return 0;
}

uint32_t group_store_pending_count(const struct group_store *store, uint32_t group,
                                   uint32_t members)
{
    uint64_t entries = (uint64_t)members + group_is_raw(group);

    return (uint32_t)(entries % store->options.pack);
}

struct full_packs group_store_full(const struct group_store *store, uint32_t group,
                                   uint32_t member)
{
    return (struct full_packs){
        .placeholder = group_is_raw(group) && store->options.pack == 1 && member == 1,
        .full = group_store_pending_count(store, group, member) == 0,
    };
}

/* ---- opening, closing */

int group_store_open(struct group_store **store, const struct group_store_options *options,
                     int work_fd, const char *name, struct group_store_resume *resume)
{
    struct group_store *s;
    int code = 0;

    if (options->worker >= options->worker_count || options->pack == 0)
        return error_set(ERROR_USAGE, "worker %u of %u, packs of %u", options->worker,
                         options->worker_count, options->pack);
    s = calloc(1, sizeof *s);
    if (!s)
        return error_set(ERROR_MEMORY, "out of memory for the group store");
    s->options = *options;
    s->cache.limit = s->cache_bytes = options->cache_bytes;
    for (uint32_t g = options->worker; !code && g < RAW_GROUPS; g += options->worker_count)
        code = grow_table(s, group_store_local(s, g));
    if (!code)
        code = group_store_replay(s, work_fd, name, resume);
    if (code)
        group_store_close(s);
    else
        *store = s;
    return code;
}

void group_store_close(struct group_store *store)
{
    if (!store)
        return;
    group_cache_free(&store->cache);
    log_close(store->log);
    free(store->records);
    bytes_free(&store->frame);
    bytes_free(&store->gathered);
    bytes_free(&store->pieces);
    pack_free(&store->scratch);
    bytes_free(&store->tuples);
    bytes_free(&store->codes);
    free(store);
}

/* ---- decisions */

int group_store_add_reference(struct group_store *store, uint64_t seq, uint32_t group,
                              const uint8_t *codes, size_t length)
{
    struct frame_reference head = {.group = group, .length = (uint32_t)length};
    struct group_record *record;
    struct loaded_group *loaded;
    int code = group_store_record(store, group, 1, &record);

    if (!code && (group_is_raw(group) || record->reference_off || length > UINT32_MAX))
        code = error_set(ERROR_SHARED, "group %u cannot take a reference", group);
    store->tuples.length = 0;
    if (!code)
        code = tuples_encode(codes, length, &store->tuples);
    if (!code)
        code = group_store_slot(store, group, length, &loaded);
    if (!code)
        code = loaded_group_reserve(loaded, length);
    if (!code)
        code = group_frame_put(store->log, FRAME_REFERENCE, seq, &head, sizeof head,
                               store->tuples.data, store->tuples.length, &record->reference_off);
    if (code)
        return code;
    memcpy(loaded->reference, codes, length);
    loaded->reference_length = length;
    record->reference_length = (uint32_t)length;
    return group_store_index(store, loaded);
}

int group_store_add_same(struct group_store *store, uint64_t seq, uint32_t group, uint32_t member)
{
    struct frame_same head = {.group = group, .member = member};

    return group_frame_put(store->log, FRAME_SAME, seq, &head, sizeof head, NULL, 0, NULL);
}

int group_store_find(struct group_store *store, uint32_t group, const uint8_t *entry,
                     size_t length, uint32_t *member)
{
    const struct group_record *record = &store->records[group_store_local(store, group)];
    uint32_t pending = group_store_pending_count(store, group, record->members), index;

    if (!pack_find(&record->loaded->pack, entry, length, &index))
        return 0;
    *member = record->members - pending + index + 1;
    return 1;
}

int group_store_add_entry(struct group_store *store, uint64_t seq, uint32_t group,
                          const uint8_t *entry, size_t length, uint32_t *member)
{
    struct group_record *record = &store->records[group_store_local(store, group)];
    struct pack *pack = &record->loaded->pack;
    struct frame_entry head = {.previous = record->chain_off, .group = group};
    size_t begin = pack->text.length;
    int code;

    if (record->members == UINT32_MAX - 1)
        return error_set(ERROR_SHARED, "group %u is full", group);
    head.member = record->members + 1;
    code = pack_append(pack, entry, length);
    if (!code)
        code = group_frame_put(store->log, FRAME_ENTRY, seq, &head, sizeof head,
                               pack->text.data + begin, length + 1, &record->chain_off);
    if (code)
        return code;
    group_record_count_entry(store, group, record);
    *member = head.member;
    return 0;
}

void group_record_count_entry(const struct group_store *store, uint32_t group,
                              struct group_record *record)
{
    record->members++;
    record->singles++;
    if (group_store_full(store, group, record->members).full) {
        record->chain_off = record->merged_off = 0;
        record->singles = 0;
    }
}

void group_store_pack_sent(struct group_store *store, uint32_t group)
{
    pack_clear(&store->records[group_store_local(store, group)].loaded->pack);
}

/* ---- the end of input */

int group_store_pending(struct group_store *store, uint32_t group, const struct pack **pack)
{
    struct group_record *record;
    uint32_t pending;
    int code = group_store_record(store, group, 0, &record);

    if (!code && !group_is_raw(group) && !record->reference_off)
        code = error_set(ERROR_SHARED, "group %u never had a segment", group);
    if (code)
        return code;
    pending = group_store_pending_count(store, group, record->members);
    if (group_is_raw(group) && record->members == 0)
        pending = 1; /* the placeholder, even in packs of one */
    *pack = NULL;
    if (pending && record->loaded) {
        *pack = &record->loaded->pack;
    } else if (pending) {
        code = group_store_read_pack(store, group, record->chain_off, record->members, pending,
                                     &store->scratch);
        *pack = &store->scratch;
    }
    return code;
}

int group_store_end(struct group_store *store, uint64_t seq, uint32_t group_count,
                    uint64_t segment_count)
{
    store->end = (struct frame_end){.group_count = group_count, .segment_count = segment_count};
    store->end_seq = seq;
    store->ended = 1;
    return group_frame_put(store->log, FRAME_END, seq, &store->end, sizeof store->end, NULL, 0,
                           NULL);
}

int group_store_ended(const struct group_store *store, uint32_t *group_count, uint64_t *seq)
{
    *group_count = store->end.group_count;
    *seq = store->end_seq;
    return store->ended;
}

/* ---- settling */

size_t group_store_unsettled_bytes(const struct group_store *store)
{
    return (size_t)(log_end(store->log) - store->settled_end);
}

int group_store_settle(struct group_store *store, struct stream_place in, struct stream_place out)
{
    struct frame_places head = {.in = in, .out = out};
    int code;

    if (!group_store_unsettled_bytes(store))
        return 0;
    code = group_frame_put(store->log, FRAME_PLACES, 0, &head, sizeof head, NULL, 0, NULL);
    if (!code)
        code = log_flush(store->log);
    if (!code)
        store->settled_end = log_end(store->log);
    return code;
}

int group_store_finished(struct group_store *store, uint32_t group, struct stream_place out)
{
    struct frame_finished head = {.out = out, .group = group};
    int code = group_frame_put(store->log, FRAME_FINISHED, store->end_seq, &head, sizeof head, NULL,
                               0, NULL);

    if (!code)
        code = log_flush(store->log);
    if (!code)
        store->settled_end = log_end(store->log);
    return code;
}

int group_store_sync(struct group_store *store)
{
    return log_sync(store->log);
}

int group_store_stash(struct group_store *store, uint64_t off, const uint8_t *data, size_t length)
{
    struct frame_stash head = {.off = off};
    int code = group_frame_put(store->log, FRAME_STASH, 0, &head, sizeof head, data, length, NULL);

    if (!code)
        code = log_flush(store->log);
    if (!code)
        store->settled_end = log_end(store->log);
    return code;
}

void group_store_counts(const struct group_store *store, uint64_t *hits, uint64_t *misses)
{
    *hits = store->cache.hits;
    *misses = store->cache.misses;
}
