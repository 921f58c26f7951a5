/*
 * The writer's loop of a query.
 */
#include "writer/query.h"

#include "common/bytes.h"
#include "common/checks.h"
#include "common/error.h"
#include "ipc/stream.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_MAX = 8 << 20, PROGRESS_MESSAGES = 256 };

struct query {
    const struct query_config *config;
    struct destination *out;
    struct inbox *inboxes;
    uint32_t inboxes_open;
    uint64_t next_seq;
    int in_sample, in_record;
    struct sequence_check *check;
    struct bytes sample, contig; /* names, for messages */
    struct query_progress progress;
    uint64_t messages;
};

static void tell_progress(struct query *q)
{
    if (!q->config->progress)
        return;
    q->progress.bytes_out = destination_bytes(q->out);
    q->progress.wait_input_ns = 0;
    for (uint32_t i = 0; i < q->inboxes_open; i++)
        q->progress.wait_input_ns += q->inboxes[i].ring.wait_ns;
    q->config->progress(q->config->context, &q->progress);
}

static int next_message(struct query *q, uint32_t ring, struct message *m)
{
    struct inbox *in = &q->inboxes[ring];
    int have;
    int code;

    /* The message taken before is done with. */
    inbox_release(in, in->place.off);
    if (++q->messages % PROGRESS_MESSAGES == 0)
        tell_progress(q);
    code = inbox_try_next(in, m, &have);
    if (!code && !have) {
        code = destination_idle(q->out);
        if (!code)
            code = inbox_next(in, m);
    }
    if (!code)
        q->progress.bytes_in += m->length;
    return code;
}

static int unexpected(const struct query *q, const struct message *m)
{
    return error_set(ERROR_SHARED,
                     "message of kind %" PRIu32 ", %" PRIu32 " bytes (seq %" PRIu64
                     ") out of order, next segment is %" PRIu64,
                     m->kind, m->length, m->seq, q->next_seq);
}

/* The letters of one spine record. */
static int take_letters(struct query *q, uint32_t worker, uint32_t left)
{
    struct message m;

    do {
        int code = next_message(q, 1 + worker, &m);

        if (code)
            return code;
        if (m.kind != MESSAGE_BASES || m.seq != q->next_seq || m.length > left ||
            (m.length == 0 && left > 0))
            return unexpected(q, &m);
        sequence_check_letters(q->check, m.payload, m.length);
        code = destination_letters(q->out, m.payload, m.length);
        if (code)
            return code;
        left -= m.length;
    } while (left);
    return 0;
}

static int take_spine(struct query *q, const struct message *m)
{
    struct message_spine spine;
    int code;

    if (!q->in_record || m->length != sizeof spine || m->seq != q->next_seq)
        return unexpected(q, m);
    memcpy(&spine, m->payload, sizeof spine);
    code = take_letters(q, spine.group % q->config->worker_count, spine.length);
    if (code)
        return code;
    q->progress.seq = q->next_seq++;
    return 0;
}

static int keep_name(struct bytes *name, const struct message *m)
{
    name->length = 0;
    return bytes_append(name, m->payload, m->length);
}

static int take_sample(struct query *q, const struct message *m)
{
    int code;

    if (q->in_sample)
        q->progress.samples++;
    q->in_sample = 1;
    q->in_record = 0;
    sequence_check_sample(q->check);
    code = keep_name(&q->sample, m);
    if (code)
        return code;
    if (q->config->item)
        q->config->item(q->config->context, (const char *)m->payload, m->length);
    return destination_sample(q->out, (const char *)m->payload, m->length);
}

static int take_contig(struct query *q, const struct message *m)
{
    int code;

    if (!q->in_sample)
        return unexpected(q, m);
    q->in_record = 1;
    sequence_check_contig(q->check, m->payload, m->length);
    code = keep_name(&q->contig, m);
    return code ? code : destination_contig(q->out, (const char *)m->payload, m->length);
}

static int damaged(const struct query *q, const struct bytes *contig)
{
    if (contig)
        return error_set(ERROR_FORMAT,
                         "sample %.*s, contig %.*s: damaged: its letters are not those of its check",
                         (int)q->sample.length, (const char *)q->sample.data,
                         contig->length > 200 ? 200 : (int)contig->length,
                         (const char *)contig->data);
    return error_set(ERROR_FORMAT, "sample %.*s: damaged: it is not that of its check",
                     (int)q->sample.length, (const char *)q->sample.data);
}

static int take_check(struct query *q, const struct message *m)
{
    struct message_check wanted;
    struct sample_check sample;

    if (m->length != sizeof wanted || !q->in_sample)
        return unexpected(q, m);
    memcpy(&wanted, m->payload, sizeof wanted);
    if (m->kind == MESSAGE_CONTIG_CHECK) {
        if (!q->in_record)
            return unexpected(q, m);
        return sequence_check_of_contig(q->check) == wanted.low ? 0 : damaged(q, &q->contig);
    }
    sample = sequence_check_of_sample(q->check);
    return sample.low == wanted.low && sample.high == wanted.high ? 0 : damaged(q, NULL);
}

static int take_ends(struct query *q)
{
    for (uint32_t w = 0; w < q->config->worker_count; w++) {
        struct message m;
        int code = next_message(q, 1 + w, &m);

        if (code)
            return code;
        if (m.kind != MESSAGE_END)
            return unexpected(q, &m);
    }
    return 0;
}

static int take_all(struct query *q)
{
    for (;;) {
        struct message m;
        int code = next_message(q, 0, &m);

        if (code)
            return code;
        if (m.kind == MESSAGE_SAMPLE)
            code = take_sample(q, &m);
        else if (m.kind == MESSAGE_CONTIG)
            code = take_contig(q, &m);
        else if (m.kind == MESSAGE_SPINE)
            code = take_spine(q, &m);
        else if (m.kind == MESSAGE_CONTIG_CHECK || m.kind == MESSAGE_SAMPLE_CHECK)
            code = take_check(q, &m);
        else if (m.kind == MESSAGE_END)
            return take_ends(q);
        else
            code = unexpected(q, &m);
        if (code)
            return code;
    }
}

static int open_inboxes(struct query *q)
{
    uint32_t count = 1 + q->config->worker_count;

    q->inboxes = calloc(count, sizeof *q->inboxes);
    if (!q->inboxes)
        return error_set(ERROR_MEMORY, "out of memory for %" PRIu32 " rings", count);
    for (uint32_t i = 0; i < count; i++) {
        int code = inbox_open(&q->inboxes[i], q->config->rings[i], q->config->wait, MESSAGE_MAX,
                              (struct stream_place){0, 0}, NULL, 0);

        if (code)
            return code;
        q->inboxes_open = i + 1;
    }
    return 0;
}

int query_answer(const struct query_config *config, struct destination *destination)
{
    struct query q = {.config = config, .out = destination, .next_seq = 1};
    int code = open_inboxes(&q);

    if (!code)
        code = sequence_check_create(&q.check);
    if (!code)
        code = take_all(&q);
    if (!code)
        code = destination_finish(destination);
    if (!code) {
        q.progress.samples += q.in_sample != 0;
        tell_progress(&q);
    }
    for (uint32_t i = 0; i < q.inboxes_open; i++)
        inbox_close(&q.inboxes[i]);
    free(q.inboxes);
    sequence_check_free(q.check);
    bytes_free(&q.sample);
    bytes_free(&q.contig);
    return code;
}
