/*
 * A worker in query mode: decodes what the reader asks for, piece by piece.
 *
 * The archive is opened by each worker for itself; decoded references and packs are kept within
 * run->cache_bytes. Nothing is logged: what was asked for can be decoded again. How far input and
 * output have come together is noted in shared memory (ipc/settled.h), so that a successor goes on
 * without a gap or a repeat.
 */
#include "worker/query.h"

#include "common/error.h"
#include "common/member_decoder.h"
#include "common/symbols.h"
#include "ipc/fault.h"
#include "ipc/settled.h"

#include <stdlib.h>
#include <string.h>

/* Requests that may gather before their output is published and their slots released. */
enum { SETTLE_REQUESTS = 64 };

struct decoding_worker {
    struct stage *stage;
    struct inbox inbox;
    struct outbox outbox;
    struct archive *archive;
    struct member_decoder *decoder;
    struct settled_note note;
    unsigned unsettled;
    int verify; /* damage is told, and gone past */
    uint64_t requests, letters;
    uint8_t chunk[MESSAGE_CHUNK_BYTES];
};

static void count(struct decoding_worker *w)
{
    struct stage_counters_shm *c = &w->stage->shm->counters;
    uint64_t hits, misses;

    member_decoder_counts(w->decoder, &hits, &misses);
    atomic_store_explicit(&c->records, w->requests, memory_order_relaxed);
    atomic_store_explicit(&c->bytes_out, w->letters, memory_order_relaxed);
    atomic_store_explicit(&c->wait_input_ns, w->inbox.ring.wait_ns, memory_order_relaxed);
    atomic_store_explicit(&c->wait_room_ns, w->outbox.ring.wait_ns, memory_order_relaxed);
    atomic_store_explicit(&c->cache_hits, hits, memory_order_relaxed);
    atomic_store_explicit(&c->cache_misses, misses, memory_order_relaxed);
}

/* Output first, then the note, then the input: the order that settled.h asks for. */
static int publish(struct decoding_worker *w)
{
    int code = outbox_publish(&w->outbox);

    FAULT("query-published");
    if (w->note.in_off != w->inbox.place.off)
        w->note.piece_length = 0;
    w->note.in_off = w->inbox.place.off;
    w->note.in_chain = w->inbox.place.chain;
    w->note.out_off = w->outbox.place.off;
    w->note.out_chain = w->outbox.place.chain;
    return code;
}

static int settle(struct decoding_worker *w)
{
    int code = publish(w);

    if (code)
        return code;
    settled_write(&w->stage->shm->settled, &w->note);
    inbox_release(&w->inbox, w->inbox.place.off);
    w->unsettled = 0;
    count(w);
    return 0;
}

/* The inbox holds the whole ring, and perhaps a piece of the message to come. */
static int stash(void *context, uint64_t off, const uint8_t *data, size_t length)
{
    struct decoding_worker *w = context;
    int code = publish(w);
    uint32_t before = w->note.piece_length;

    if (code)
        return code;
    if (off != w->note.in_off + before && length)
        return error_set(ERROR_SHARED, "a stray piece of a request");
    if (length > SETTLED_PIECE_BYTES - before)
        return error_set(ERROR_SHARED, "a request is too long");
    if (length)
        memcpy(w->note.piece + before, data, length);
    w->note.piece_length = before + (uint32_t)length;
    settled_write(&w->stage->shm->settled, &w->note);
    w->unsettled = 0;
    return 0;
}

static int put_letters(struct decoding_worker *w, uint64_t seq, const uint8_t *codes,
                       size_t length)
{
    int code = 0;

    do {
        size_t count_now = length < MESSAGE_CHUNK_BYTES ? length : MESSAGE_CHUNK_BYTES;
        struct iovec part = {.iov_base = w->chunk, .iov_len = count_now};

        if (count_now)
            symbols_to_letters(w->chunk, codes, count_now);
        code = outbox_put(&w->outbox, MESSAGE_BASES, seq, &part, 1);
        codes += count_now;
        length -= count_now;
    } while (!code && length);
    return code;
}

static int take_want(struct decoding_worker *w, const struct message *m)
{
    struct message_want want;
    struct archive_segment segment;
    const uint8_t *codes;
    int code = 0;

    if (m->length != sizeof want)
        return error_set(ERROR_SHARED, "a request of %u bytes", m->length);
    memcpy(&want, m->payload, sizeof want);
    if (want.reverse > 1 || want.skip > want.raw_length || want.take > want.raw_length - want.skip)
        return error_set(ERROR_SHARED, "a request for symbols %u and %u more of %u", want.skip,
                         want.take, want.raw_length);
    stage_set_seq(w->stage, m->seq);
    segment = (struct archive_segment){.group = want.group,
                                       .member = want.member,
                                       .reverse = want.reverse,
                                       .length = want.raw_length};
    codes = w->chunk; /* not read if nothing is taken */
    if (want.take) {
        code = member_decoder_segment(w->decoder, &segment, &codes);
        codes += code ? 0 : want.skip;
    }
    w->requests++;
    if (code == ERROR_FORMAT && w->verify) {
        struct iovec text = {(void *)(uintptr_t)error_text(), strlen(error_text())};

        return outbox_put(&w->outbox, MESSAGE_LOST, m->seq, &text, 1);
    }
    w->letters += want.take;
    return code ? code : put_letters(w, m->seq, codes, want.take);
}

static int next(struct decoding_worker *w, struct message *m)
{
    int have = 0, code = 0;

    if (w->unsettled++ < SETTLE_REQUESTS)
        code = inbox_try_next(&w->inbox, m, &have);
    if (code || have)
        return code;
    code = settle(w);
    return code ? code : inbox_next(&w->inbox, m);
}

static int serve(struct decoding_worker *w)
{
    for (;;) {
        struct message m;
        int code = next(w, &m);

        FAULT("query-request");
        if (!code && m.kind == MESSAGE_WANT)
            code = take_want(w, &m);
        else if (!code && m.kind == MESSAGE_END)
            return outbox_put(&w->outbox, MESSAGE_END, m.seq,
                              &(struct iovec){.iov_base = (void *)m.payload, .iov_len = m.length},
                              1);
        else if (!code)
            code = error_set(ERROR_SHARED, "a message of kind %u for a worker", m.kind);
        if (code)
            return code;
    }
}

static int open_worker(struct decoding_worker *w)
{
    struct stage *stage = w->stage;
    struct run_shm *run = stage->run;
    struct stream_place in, out;
    uint32_t number = stage->index - 1;
    const char *path = job_get(stage->job, "archive");
    const char *check = job_get(stage->job, "check");
    const char *command = job_get(stage->job, "command");
    int code;

    if (!path)
        return error_set(ERROR_USAGE, "the job names no archive");
    w->verify = command && strcmp(command, "verify") == 0;
    code = settled_read(&stage->shm->settled, &w->note);
    if (code)
        return code;
    in = (struct stream_place){w->note.in_off, w->note.in_chain};
    out = (struct stream_place){w->note.out_off, w->note.out_chain};
    code = check && strcmp(check, "0") == 0 ? archive_open_unchecked(&w->archive, path)
                                            : archive_open(&w->archive, path);
    if (!code)
        code = member_decoder_create(&w->decoder, w->archive, run->cache_bytes);
    if (!code)
        code = outbox_open(&w->outbox, run_ring(run, run_ring_from_worker(run, number)),
                           stage->gen, &stage->wait, out);
    if (code)
        return code;
    stage_add_outbox(stage, &w->outbox);
    code = inbox_open(&w->inbox, run_ring(run, run_ring_to_worker(number)), &stage->wait,
                      sizeof(struct message_want), in, w->note.piece, w->note.piece_length);
    w->inbox.stash = stash;
    w->inbox.stash_context = w;
    return code;
}

int worker_query(struct stage *stage)
{
    struct decoding_worker *w = calloc(1, sizeof *w);
    int code;

    if (!w)
        return error_set(ERROR_MEMORY, "out of memory for a worker");
    w->stage = stage;
    code = open_worker(w);
    if (!code)
        code = serve(w);
    if (!code)
        code = settle(w);
    member_decoder_free(w->decoder);
    archive_close(w->archive);
    inbox_close(&w->inbox);
    stage->outbox_count = 0;
    free(w);
    return code;
}
