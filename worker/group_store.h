/*
 * The groups of one worker: references, pending packs, counts. The worker's log is the store.
 *
 * Of each group only a small record stays in memory (struct group_record); the rest is loaded when
 * needed, through a cache bounded by cache_bytes, from the frames of the log (group_frames.h).
 *
 * Member numbers are decided here: they follow from the order of calls alone. Whatever the cache
 * held makes no difference to any number or byte.
 *
 * group numbers are those of the archive; the store owns those with group mod worker_count ==
 * worker. Functions return 0 or a code from common/error.h; what contradicts the stream (a member of
 * a group without reference, say) is ERROR_SHARED. Not thread-safe.
 */
#ifndef WORKER_GROUP_STORE_H
#define WORKER_GROUP_STORE_H

#include "ipc/stream.h"
#include "worker/group_cache.h"

struct group_store;

struct group_store_options {
    uint32_t worker, worker_count;
    uint32_t pack, min_match;
    size_t cache_bytes;
    uint64_t published_off; /* how far the output ring knows the output */
};

/* What a log of an earlier incarnation says; all zero for a new one. */
struct group_store_resume {
    struct stream_place in;          /* messages up to here are decided */
    struct stream_place resend_from; /* output from here on must be made again ... */
    uint64_t resend_off;             /* ... from the frames from this address on */
    struct stream_place out;         /* place of the output after the last frame */
    struct bytes stash;              /* bytes of the message after `in` */
    uint64_t segments;               /* decisions in the log */
    uint32_t finished;               /* last output of groups below this one need not be made */
};

int group_store_open(struct group_store **store, const struct group_store_options *options,
                     int work_fd, const char *name, struct group_store_resume *resume);
void group_store_close(struct group_store *store);

/* Says how much of cache_bytes is used elsewhere (compression): the cache makes do with the rest. Only
 * the group loaded last stays loaded for certain. */
int group_store_leave_room(struct group_store *store, size_t bytes);

/* Loads a group, to find or add members: it is then "the loaded group". Its reference and index are
 * set for LZ groups alone. Borrowed until the next load or new reference. */
int group_store_load(struct group_store *store, uint32_t group, struct loaded_group **loaded);

/* Member 0 of a new LZ group. codes is copied. */
int group_store_add_reference(struct group_store *store, uint64_t seq, uint32_t group,
                              const uint8_t *codes, size_t length);

/* A segment that is stored already, as member. */
int group_store_add_same(struct group_store *store, uint64_t seq, uint32_t group, uint32_t member);

/* 1 and the number of the pending member equal to entry; 0 if there is none. The group is loaded. */
int group_store_find(struct group_store *store, uint32_t group, const uint8_t *entry,
                     size_t length, uint32_t *member);

/* A new member of the loaded group, at the end of its pending pack. */
int group_store_add_entry(struct group_store *store, uint64_t seq, uint32_t group,
                          const uint8_t *entry, size_t length, uint32_t *member);

/* The packs that became full by member (which was just added, or is so in the log). */
struct full_packs {
    int placeholder; /* before the pack, one that holds the placeholder alone */
    int full;
};
struct full_packs group_store_full(const struct group_store *store, uint32_t group,
                                   uint32_t member);

/* After a full pack of the loaded group was sent: begins an empty one. */
void group_store_pack_sent(struct group_store *store, uint32_t group);

/* The pending pack of a group at the end of input; *pack is borrowed, NULL if there is none. */
int group_store_pending(struct group_store *store, uint32_t group, const struct pack **pack);

/* Says what the places of input and output are after the last decision, and writes the log out:
 * then the input up to `in` may be released once its output is published. */
int group_store_settle(struct group_store *store, struct stream_place in,
                       struct stream_place out);

/* Bytes of log since the last settling. */
size_t group_store_unsettled_bytes(const struct group_store *store);

/* Notes, after the end, that the last output of all the worker's groups below `group` ends at out. */
int group_store_finished(struct group_store *store, uint32_t group, struct stream_place out);

/* Waits until what is settled survives the machine. */
int group_store_sync(struct group_store *store);

/* Keeps a piece of a message that is longer than the ring. */
int group_store_stash(struct group_store *store, uint64_t off, const uint8_t *data, size_t length);

/* The input's end. Settle it like a segment. */
int group_store_end(struct group_store *store, uint64_t seq, uint32_t group_count,
                    uint64_t segment_count);

/* True after group_store_end(), in this incarnation or an earlier one. */
int group_store_ended(const struct group_store *store, uint32_t *group_count, uint64_t *seq);

/* A decision as the log has it, for making output again. */
struct stored_decision {
    uint64_t seq;
    uint32_t group, member;
    const uint8_t *reference; /* member 0 of a new group, or NULL */
    size_t reference_length;
    struct full_packs packs;  /* packs that became full */
    const struct pack *pack;  /* the full pack */
};

/* Calls visit for every decision from the frame at off on. */
int group_store_walk(struct group_store *store, uint64_t off,
                     int (*visit)(void *context, const struct stored_decision *decision),
                     void *context);

void group_store_counts(const struct group_store *store, uint64_t *hits, uint64_t *misses);

#endif
