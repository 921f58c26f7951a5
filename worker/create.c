/*
 * A worker in create mode.
 *
 * A segment is decided and logged, its output is put into the ring, and only now and then is
 * everything settled: when there is no input to go on with, when SETTLE_BYTES of log have gathered,
 * or when the inbox holds the whole ring. Settling is, in this order,
 *   1. the log is written out with the places of both streams,
 *   2. the output is published,
 *   3. the input is released.
 * So whatever is released stands in the log, and what follows from it is in the ring. A worker that
 * dies in between leaves input that its successor takes again and decides alike.
 *
 * A successor rebuilds its groups from the log, makes again the output that the ring does not know,
 * and goes on with the first message that is not in the log. In a resumed run the reader sends again
 * what the log knows already. It must find room for that even while output is made again: else it
 * could not send to another worker what the writer waits for, and the writer could not take ours. So
 * as long as there is known input to come, a wait for room of the output skips it.
 */
#include "worker/create.h"

#include "common/error.h"
#include "ipc/fault.h"
#include "ipc/rendezvous.h"
#include "worker/encode.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SETTLE_BYTES = 64 * 1024, SYNC_MS = 3000 };

struct worker {
    struct stage *stage;
    uint32_t number; /* 0..N-1 */
    struct inbox inbox;
    struct outbox outbox;
    struct group_store *store;
    struct part_sender sender;
    struct encoder encoder;
    struct ring_wait_ops making_again; /* the stage's, and skips known input */
    int sync;          /* wait for the disk now and then */
    int64_t synced_ms; /* when that was last */
    int skipped; /* no known input is to come */
    int ended;
    uint32_t finished; /* an earlier incarnation came to this group */
    uint64_t segments, symbols;
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void count(struct worker *w)
{
    struct stage_counters_shm *c = &w->stage->shm->counters;
    uint64_t hits, misses;

    group_store_counts(w->store, &hits, &misses);
    atomic_store_explicit(&c->records, w->segments, memory_order_relaxed);
    atomic_store_explicit(&c->bytes_in, w->symbols, memory_order_relaxed);
    atomic_store_explicit(&c->bytes_out, w->sender.part_bytes, memory_order_relaxed);
    atomic_store_explicit(&c->wait_input_ns, w->inbox.ring.wait_ns, memory_order_relaxed);
    atomic_store_explicit(&c->wait_room_ns, w->outbox.ring.wait_ns, memory_order_relaxed);
    atomic_store_explicit(&c->cache_hits, hits, memory_order_relaxed);
    atomic_store_explicit(&c->cache_misses, misses, memory_order_relaxed);
}

static int settle_at(struct worker *w, struct stream_place in)
{
    int code = group_store_settle(w->store, in, w->outbox.place);

    FAULT("worker-settle");
    if (!code)
        code = outbox_publish(&w->outbox);
    FAULT("worker-published");
    if (code)
        return code;
    inbox_release(&w->inbox, in.off);
    count(w);
    if (!w->sync || now_ms() - w->synced_ms < SYNC_MS)
        return 0;
    w->synced_ms = now_ms();
    return group_store_sync(w->store);
}

/* While known input is being skipped, the log's place is ahead of the inbox's. */
static int settle(struct worker *w)
{
    const struct inbox *in = &w->inbox;

    return settle_at(w, in->place.off < in->known.off ? in->known : in->place);
}

/* The inbox holds the whole ring; what it gathered of a long message goes into the log. */
static int stash(void *context, uint64_t off, const uint8_t *data, size_t length)
{
    struct worker *w = context;
    int code;

    if (!w->skipped)
        return 0; /* output is being made again, and all this is known */
    code = settle(w);
    if (!code && length)
        code = group_store_stash(w->store, off, data, length);
    return code;
}

static int take_segment(struct worker *w, const struct message *m)
{
    struct message_segment segment;

    if (m->length < sizeof segment)
        return error_set(ERROR_SHARED, "segment %llu is cut short", (unsigned long long)m->seq);
    memcpy(&segment, m->payload, sizeof segment);
    if (m->length - sizeof segment != segment.length)
        return error_set(ERROR_SHARED, "segment %llu has %zu symbols, not %u",
                         (unsigned long long)m->seq, m->length - sizeof segment, segment.length);
    stage_set_seq(w->stage, m->seq);
    w->segments++;
    w->symbols += segment.length;
    return encoder_segment(&w->encoder, m->seq, &segment, m->payload + sizeof segment);
}

static int take_end(struct worker *w, const struct message *m)
{
    struct message_end end;

    if (m->length != sizeof end)
        return error_set(ERROR_SHARED, "the end of input has %u bytes", m->length);
    memcpy(&end, m->payload, sizeof end);
    w->ended = 1;
    return group_store_end(w->store, m->seq, end.group_count, end.segment_count);
}

static int next(struct worker *w, struct message *m)
{
    int have = 0, code = 0;

    if (group_store_unsettled_bytes(w->store) < SETTLE_BYTES)
        code = inbox_try_next(&w->inbox, m, &have);
    if (code || have)
        return code;
    code = settle(w);
    return code ? code : inbox_next(&w->inbox, m);
}

static int take_input(struct worker *w)
{
    int code = 0;

    while (!code && !w->ended) {
        struct message m;

        code = next(w, &m);
        if (code)
            return code;
        if (m.kind == MESSAGE_SEGMENT)
            code = take_segment(w, &m);
        else if (m.kind == MESSAGE_END)
            code = take_end(w, &m);
        else
            code = error_set(ERROR_SHARED, "a message of kind %u for a worker", m.kind);
        FAULT("worker-segment");
    }
    return code ? code : settle(w);
}

static int repeat(void *context, const struct stored_decision *decision)
{
    struct worker *w = context;

    return encoder_repeat(&w->encoder, decision);
}

/* ---- going on */

enum { SKIP_PAUSE_MS = 1 };

static int skip_known(struct worker *w)
{
    int code;

    if (w->skipped)
        return 0;
    code = inbox_skip_known(&w->inbox, &w->skipped);
    if (!code)
        inbox_release(&w->inbox, w->inbox.known.off);
    return code;
}

static void sleep_making_again(void *context, uint32_t *word, uint32_t expected, int timeout_ms)
{
    struct worker *w = context;

    if (!w->skipped && timeout_ms > SKIP_PAUSE_MS)
        timeout_ms = SKIP_PAUSE_MS;
    w->stage->wait.sleep(w->stage->wait.context, word, expected, timeout_ms);
}

static void wake_making_again(void *context, uint32_t *word)
{
    struct worker *w = context;

    w->stage->wait.wake(w->stage->wait.context, word);
}

static int before_sleep_making_again(void *context)
{
    struct worker *w = context;
    int code = skip_known(w);

    return code ? code : w->stage->wait.before_sleep(w->stage->wait.context);
}

static int check_making_again(void *context)
{
    struct worker *w = context;
    int code = skip_known(w);

    return code ? code : w->stage->wait.check(w->stage->wait.context);
}

/* A worker whose log has the end takes nothing, but others wait until the reader has sent it all. */
static int skip_rest(struct worker *w)
{
    uint32_t never = 0;
    int code = skip_known(w);

    while (!code && !w->skipped) {
        sleep_making_again(w, &never, 0, SKIP_PAUSE_MS);
        code = check_making_again(w);
    }
    return code;
}

static int finish(struct worker *w)
{
    struct message_end end = {0};
    struct iovec part = {.iov_base = &end, .iov_len = sizeof end};
    uint32_t first = w->finished > w->number ? w->finished : w->number;
    uint64_t seq;
    int code;

    if (!group_store_ended(w->store, &end.group_count, &seq))
        return error_set(ERROR_SHARED, "the input has no end");
    code = encoder_finish(&w->encoder, first, w->stage->run->worker_count, end.group_count, seq);
    FAULT("worker-finish");
    end.segment_count = w->segments;
    if (!code)
        code = outbox_put(&w->outbox, MESSAGE_END, seq, &part, 1);
    if (!code)
        code = outbox_publish(&w->outbox);
    count(w);
    return code ? code : skip_rest(w);
}

/* Goes on where an earlier incarnation, if there was one, came to. */
static int take_over(struct worker *w, const struct group_store_resume *resume)
{
    struct stage *stage = w->stage;
    struct run_shm *run = stage->run;
    uint32_t out_ring = run_ring_from_worker(run, w->number), group_count;
    uint64_t seq;
    int code;

    w->making_again = (struct ring_wait_ops){.context = w,
                                             .sleep = sleep_making_again,
                                             .wake = wake_making_again,
                                             .before_sleep = before_sleep_making_again,
                                             .check = check_making_again};
    w->skipped = 1; /* as long as there is no inbox */
    rendezvous_tell(stage, run_ring_to_worker(w->number), resume->in.off);
    code = rendezvous_begin(stage, out_ring, resume->resend_from.off);
    if (!code)
        code = outbox_open(&w->outbox, run_ring(run, out_ring), stage->gen, &w->making_again,
                           resume->resend_from);
    if (code)
        return code;
    stage_add_outbox(stage, &w->outbox);
    code = rendezvous_wait(stage, run_ring_to_worker(w->number));
    if (code)
        return code;
    code = inbox_open(&w->inbox, run_ring(run, run_ring_to_worker(w->number)), &stage->wait,
                      sizeof(struct message_segment) + MESSAGE_SEGMENT_MAX, resume->in,
                      resume->stash.data, resume->stash.length);
    if (code)
        return code;
    w->inbox.stash = stash;
    w->inbox.stash_context = w;
    w->skipped = 0;
    if (resume->resend_from.off < resume->out.off)
        code = group_store_walk(w->store, resume->resend_off, repeat, w);
    if (!code && (w->outbox.place.off != resume->out.off ||
                  w->outbox.place.chain != resume->out.chain))
        code = error_set(ERROR_SHARED, "what the log tells does not give the output that was sent");
    w->segments = resume->segments;
    w->finished = resume->finished;
    w->ended = group_store_ended(w->store, &group_count, &seq);
    if (!w->ended)
        w->skipped = 1; /* taking input skips what is left */
    return code;
}

static int read_options(struct stage *stage, struct group_store_options *options,
                        enum part_effort *effort)
{
    const char *word = job_get(stage->job, "effort");
    uint64_t pack, min_match;
    int code = job_number(stage->job, "pack", &pack);

    if (!code)
        code = job_number(stage->job, "min_match", &min_match);
    if (code)
        return code;
    if (pack < 1 || pack > 1000000000 || min_match < 15 || min_match > 32)
        return error_set(ERROR_USAGE, "packs of %llu, matches of %llu symbols",
                         (unsigned long long)pack, (unsigned long long)min_match);
    options->pack = (uint32_t)pack;
    options->min_match = (uint32_t)min_match;
    *effort = PART_EFFORT_DEFAULT;
    if (word && !strcmp(word, "fast"))
        *effort = PART_EFFORT_FAST;
    else if (word && !strcmp(word, "best"))
        *effort = PART_EFFORT_BEST;
    else if (word && *word && strcmp(word, "default"))
        return error_set(ERROR_USAGE, "effort '%s' is not known", word);
    return 0;
}

static int open_worker(struct worker *w, struct group_store_resume *resume)
{
    struct stage *stage = w->stage;
    struct run_shm *run = stage->run;
    struct group_store_options options = {
        .worker = w->number,
        .worker_count = run->worker_count,
        .cache_bytes = run->cache_bytes,
    };
    enum part_effort effort;
    char name[32];
    int code = read_options(stage, &options, &effort);

    if (!code)
        code = rendezvous_known(stage, run_ring_from_worker(run, w->number),
                                &options.published_off);
    if (code)
        return code;
    snprintf(name, sizeof name, "worker.%u.log", w->number);
    code = group_store_open(&w->store, &options, stage->work_fd, name, resume);
    if (!code)
        code = part_sender_open(&w->sender, &w->outbox, effort);
    w->encoder = (struct encoder){.store = w->store, .sender = &w->sender};
    return code;
}

int worker_create(struct stage *stage)
{
    const char *sync = job_get(stage->job, "sync");
    struct worker w = {
        .stage = stage,
        .number = stage->index - 1,
        .sync = !sync || strcmp(sync, "none") != 0,
        .synced_ms = now_ms(),
    };
    struct group_store_resume resume = {0};
    int code = open_worker(&w, &resume);

    if (!code)
        code = take_over(&w, &resume);
    bytes_free(&resume.stash);
    if (!code && !w.ended)
        code = take_input(&w);
    if (!code)
        code = finish(&w);
    encoder_free(&w.encoder);
    part_sender_close(&w.sender);
    group_store_close(w.store);
    inbox_close(&w.inbox);
    stage->outbox_count = 0;
    return code;
}
