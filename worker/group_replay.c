/*
 * Groups of a worker: rebuilding them from the log after a restart (group_store.h).
 *
 * Frames take effect when the FRAME_PLACES that settles them is met; until then they wait in a list
 * (the log is settled every few dozen kilobytes, so it is short). What waits at the end is cut off
 * the log: its messages are still in the ring, or will be made again, and decided again, alike.
 *
 * The output ring may know less output than the log (the machine went down) or more (only this
 * process did): the last settled place at or below what the ring knows is where output is made
 * again from; the outbox drops what is there already.
 */
#include "common/error.h"
#include "worker/group_store_private.h"

#include <stdlib.h>
#include <string.h>

/* A frame that waits to be settled. */
struct waiting_frame {
    uint32_t kind, group, number; /* number: reference length, member, or entries merged */
    uint64_t off, previous;
};

struct replay {
    struct group_store *store;
    struct group_store_resume *resume;
    struct bytes waiting; /* struct waiting_frame[] */
    uint64_t frames, segments;
    uint64_t sound_end; /* address after the last frame that stands */
    struct frame_end end;
    uint64_t end_seq;
    int ended;
};

static int broken(const struct log_frame *frame, const char *what)
{
    return error_set(ERROR_SHARED, "worker log: %s at %llu", what, (unsigned long long)frame->off);
}

static int check_worker(const struct group_store_options *o, const struct log_frame *frame)
{
    struct frame_worker head;
    int code = group_frame_take(frame, &head, sizeof head, NULL, NULL);

    if (code)
        return code;
    if (frame->kind != FRAME_WORKER)
        return broken(frame, "no opening frame");
    if (head.version != GROUP_LOG_VERSION)
        return error_set(ERROR_VERSION, "worker log of version %u, not %u", head.version,
                         GROUP_LOG_VERSION);
    if (head.worker != o->worker || head.worker_count != o->worker_count || head.pack != o->pack ||
        head.min_match != o->min_match)
        return error_set(ERROR_SHARED, "worker log of another run");
    return 0;
}

static int wait_settling(struct replay *r, const struct waiting_frame *w)
{
    return bytes_append(&r->waiting, w, sizeof *w);
}

static int take_waiting(struct replay *r, const struct log_frame *frame)
{
    struct waiting_frame w = {.kind = frame->kind, .off = frame->off};
    struct frame_entry entry; /* struct frame_merged has the same layout */
    struct frame_reference reference;
    int code = 0;

    if (frame->kind == FRAME_REFERENCE) {
        code = group_frame_take(frame, &reference, sizeof reference, NULL, NULL);
        w.group = reference.group;
        w.number = reference.length;
    } else if (frame->kind != FRAME_SAME) {
        code = group_frame_take(frame, &entry, sizeof entry, NULL, NULL);
        w.previous = entry.previous;
        w.group = entry.group;
        w.number = entry.member;
    }
    return code ? code : wait_settling(r, &w);
}

/* Lets a settled frame take effect. */
static int apply(struct replay *r, const struct waiting_frame *w)
{
    struct group_store *s = r->store;
    struct group_record *record;
    int code;

    if (w->kind != FRAME_MERGED)
        r->segments++;
    if (w->kind == FRAME_SAME)
        return 0;
    code = group_store_record(s, w->group, w->kind == FRAME_REFERENCE, &record);
    if (code)
        return code;
    if (w->kind == FRAME_REFERENCE) {
        record->reference_off = w->off;
        record->reference_length = w->number;
        return 0;
    }
    if (w->kind == FRAME_MERGED) {
        if (w->previous != record->merged_off || w->number != record->singles)
            return error_set(ERROR_SHARED, "worker log: group %u is merged wrongly", w->group);
        record->chain_off = record->merged_off = w->off;
        record->singles = 0;
        return 0;
    }
    if (w->previous != record->chain_off || w->number != record->members + 1)
        return error_set(ERROR_SHARED, "worker log: group %u misses a member", w->group);
    record->chain_off = w->off;
    group_record_count_entry(s, w->group, record);
    return 0;
}

static int take_places(struct replay *r, const struct log_frame *frame)
{
    struct group_store_resume *resume = r->resume;
    struct frame_places head;
    int code = group_frame_take(frame, &head, sizeof head, NULL, NULL);

    for (size_t at = 0; !code && at < r->waiting.length; at += sizeof(struct waiting_frame)) {
        struct waiting_frame w;

        memcpy(&w, r->waiting.data + at, sizeof w);
        code = apply(r, &w);
    }
    if (code)
        return code;
    r->waiting.length = 0;
    if (head.in.off < resume->in.off || head.out.off < resume->out.off)
        return broken(frame, "places go backwards");
    if (head.out.off <= r->store->options.published_off) {
        resume->resend_from = head.out;
        resume->resend_off = frame->end;
    }
    resume->in = head.in;
    resume->out = head.out;
    resume->stash.length = 0;
    r->sound_end = frame->end;
    if (r->ended) {
        r->store->ended = 1;
        r->store->end = r->end;
        r->store->end_seq = r->end_seq;
    }
    return 0;
}

static int take_stash(struct replay *r, const struct log_frame *frame)
{
    struct frame_stash head;
    const uint8_t *data;
    size_t length;
    int code = group_frame_take(frame, &head, sizeof head, &data, &length);

    if (!code && (r->waiting.length || head.off != r->resume->in.off + r->resume->stash.length))
        code = broken(frame, "a stray piece of a message");
    if (!code)
        code = bytes_append(&r->resume->stash, data, length);
    if (!code)
        r->sound_end = frame->end;
    return code;
}

static int take_end(struct replay *r, const struct log_frame *frame)
{
    int code = group_frame_take(frame, &r->end, sizeof r->end, NULL, NULL);

    r->ended = 1;
    r->end_seq = frame->seq;
    return code;
}

/* Behind the end nothing is decided any more; pieces of packs may have been gathered. */
static int take_after_end(struct replay *r, const struct log_frame *frame)
{
    struct group_store_resume *resume = r->resume;
    struct frame_finished head;
    int code;

    if (frame->kind == FRAME_MERGED)
        return 0;
    if (frame->kind != FRAME_FINISHED)
        return broken(frame, "something after the end");
    code = group_frame_take(frame, &head, sizeof head, NULL, NULL);
    if (code)
        return code;
    r->sound_end = frame->end;
    /* A run that knew less of the output has noted the same once more. */
    if (head.out.off < resume->out.off || head.out.off > r->store->options.published_off)
        return 0;
    resume->out = resume->resend_from = head.out;
    resume->resend_off = frame->end;
    resume->finished = head.group;
    return 0;
}

static int take_frame(void *context, const struct log_frame *frame)
{
    struct replay *r = context;

    if (r->frames++ == 0) {
        r->sound_end = r->resume->resend_off = frame->end;
        return check_worker(&r->store->options, frame);
    }
    if (r->store->ended)
        return take_after_end(r, frame);
    switch (frame->kind) {
    case FRAME_REFERENCE:
    case FRAME_ENTRY:
    case FRAME_SAME:
    case FRAME_MERGED:
        return take_waiting(r, frame);
    case FRAME_PLACES:
        return take_places(r, frame);
    case FRAME_STASH:
        return take_stash(r, frame);
    case FRAME_END:
        return take_end(r, frame);
    default:
        return broken(frame, "a frame of unknown kind");
    }
}

/* A new log begins by saying whose it is. */
static int begin_log(struct group_store *s, struct group_store_resume *resume)
{
    struct frame_worker head = {
        .version = GROUP_LOG_VERSION,
        .worker = s->options.worker,
        .worker_count = s->options.worker_count,
        .pack = s->options.pack,
        .min_match = s->options.min_match,
    };
    int code = group_frame_put(s->log, FRAME_WORKER, 0, &head, sizeof head, NULL, 0, NULL);

    resume->resend_off = code ? 0 : log_end(s->log);
    return code;
}

int group_store_replay(struct group_store *store, int work_fd, const char *name,
                       struct group_store_resume *resume)
{
    struct replay r = {.store = store, .resume = resume};
    int code;

    *resume = (struct group_store_resume){0};
    code = log_open(&store->log, work_fd, name, take_frame, &r);
    if (!code && r.frames == 0)
        code = begin_log(store, resume);
    else if (!code && r.sound_end < log_end(store->log))
        code = log_truncate(store->log, r.sound_end);
    bytes_free(&r.waiting);
    resume->segments = r.segments;
    if (code) {
        bytes_free(&resume->stash);
        return code;
    }
    store->settled_end = log_end(store->log);
    return 0;
}

/* ---- output made again */

struct walk {
    struct group_store *store;
    int (*visit)(void *context, const struct stored_decision *decision);
    void *context;
};

static int walk_reference(struct walk *w, const struct log_frame *frame,
                          struct stored_decision *decision)
{
    struct bytes *codes = &w->store->codes;
    struct frame_reference head;
    int code = group_frame_take(frame, &head, sizeof head, NULL, NULL);

    codes->length = 0;
    if (!code)
        code = bytes_reserve(codes, head.length);
    if (!code)
        code = group_store_decode_reference(frame, codes->data, head.length, &codes->length);
    decision->group = head.group;
    decision->reference = codes->data;
    decision->reference_length = codes->length;
    return code;
}

static int walk_entry(struct walk *w, const struct log_frame *frame,
                      struct stored_decision *decision)
{
    struct group_store *s = w->store;
    struct frame_entry head;
    int code = group_frame_take(frame, &head, sizeof head, NULL, NULL);

    if (code)
        return code;
    decision->group = head.group;
    decision->member = head.member;
    decision->packs = group_store_full(s, head.group, head.member);
    if (decision->packs.full) {
        uint64_t entries = (uint64_t)head.member + group_is_raw(head.group);
        uint32_t count = entries < s->options.pack ? (uint32_t)entries : s->options.pack;

        code = group_store_read_pack(s, head.group, frame->off, head.member, count, &s->scratch);
        decision->pack = &s->scratch;
    }
    return code;
}

static int walk_same(const struct log_frame *frame, struct stored_decision *decision)
{
    struct frame_same head;
    int code = group_frame_take(frame, &head, sizeof head, NULL, NULL);

    decision->group = head.group;
    decision->member = head.member;
    return code;
}

static int walk_frame(void *context, const struct log_frame *frame)
{
    struct walk *w = context;
    struct stored_decision decision = {.seq = frame->seq};
    int code;

    if (frame->kind == FRAME_REFERENCE)
        code = walk_reference(w, frame, &decision);
    else if (frame->kind == FRAME_ENTRY)
        code = walk_entry(w, frame, &decision);
    else if (frame->kind == FRAME_SAME)
        code = walk_same(frame, &decision);
    else
        return 0;
    return code ? code : w->visit(w->context, &decision);
}

int group_store_walk(struct group_store *store, uint64_t off,
                     int (*visit)(void *context, const struct stored_decision *decision),
                     void *context)
{
    struct walk w = {.store = store, .visit = visit, .context = context};

    return log_walk(store->log, off, walk_frame, &w);
}
