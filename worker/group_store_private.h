/*
 * What group_store.c (decisions) and group_replay.c (restart) share.
 */
#ifndef WORKER_GROUP_STORE_PRIVATE_H
#define WORKER_GROUP_STORE_PRIVATE_H

#include "worker/group_frames.h"
#include "worker/group_store.h"

enum { RAW_GROUPS = 16 };

/* All that stays in memory of a group. */
struct group_record {
    uint64_t reference_off; /* address of the FRAME_REFERENCE; 0: none */
    uint64_t chain_off;     /* newest frame of the pending pack; 0: no entry pending */
    uint64_t merged_off;    /* newest FRAME_MERGED of it; 0: none */
    struct loaded_group *loaded;
    uint32_t reference_length;
    uint32_t members; /* entries so far, without reference and placeholder */
    uint32_t singles; /* FRAME_ENTRYs of the chain since the last FRAME_MERGED */
};

struct group_store {
    struct group_store_options options;
    struct log *log;
    struct group_record *records; /* by group / worker_count */
    uint32_t record_count, record_capacity;
    struct group_cache cache;
    size_t cache_bytes; /* of which cache.limit is what compression leaves */
    struct loaded_group *current; /* what the caller may be changing */
    uint64_t settled_end;         /* log address after the last FRAME_PLACES or FRAME_STASH */
    int ended;
    struct frame_end end;
    uint64_t end_seq;

    struct bytes frame;    /* payload of the frame being read */
    struct bytes gathered; /* texts of a chain, newest first */
    struct bytes pieces;   /* size_t[]: where each of them ends */
    struct pack scratch;   /* a pack that is not in the cache */
    struct bytes tuples;
    struct bytes codes;    /* a reference on its way out again */
};

/* The record of an own group; grows the table if grow. ERROR_SHARED for a group that is not ours or
 * not there. */
int group_store_record(struct group_store *store, uint32_t group, int grow,
                       struct group_record **record);

/* Members in the pending pack when `members` are stored; placeholder included. */
uint32_t group_store_pending_count(const struct group_store *store, uint32_t group,
                                   uint32_t members);

/* Replaces pack by the entries of the chain that ends at chain_off (0: none), with the placeholder
 * where the pack of a raw group begins with it; checks that it holds count entries. */
int group_store_read_pack(struct group_store *store, uint32_t group, uint64_t chain_off,
                          uint32_t members, uint32_t count, struct pack *pack);

/* Decodes a FRAME_REFERENCE into codes, which has room for its length. */
int group_store_decode_reference(const struct log_frame *frame, uint8_t *codes, size_t capacity,
                                 size_t *length);

/* A slot of the cache for a group, made the current one; its pack is empty. */
int group_store_slot(struct group_store *store, uint32_t group, size_t reference_length,
                     struct loaded_group **loaded);

int group_store_index(struct group_store *store, struct loaded_group *loaded);

/* One entry more, whose frame is record->chain_off already. */
void group_record_count_entry(const struct group_store *store, uint32_t group,
                              struct group_record *record);

/* Opens the log and rebuilds the records from it (group_replay.c). */
int group_store_replay(struct group_store *store, int work_fd, const char *name,
                       struct group_store_resume *resume);

static inline uint32_t group_store_local(const struct group_store *store, uint32_t group)
{
    return group / store->options.worker_count;
}

static inline int group_is_raw(uint32_t group)
{
    return group < RAW_GROUPS;
}

#endif
