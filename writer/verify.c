/*
 * The writer's loop of a verify. The order of messages is that of query.c.
 */
#include "writer/verify.h"

#include "common/bytes.h"
#include "common/checks.h"
#include "common/error.h"
#include "ipc/stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_MAX = 8 << 20, PROGRESS_MESSAGES = 256, OVERLAP_MAX = 32, NAME_TOLD_BYTES = 200 };

struct verify {
    const struct query_config *config;
    const struct verify_listener *listener;
    struct verify_result *result;
    struct inbox *inboxes;
    uint32_t inboxes_open;
    uint64_t next_seq, messages;
    struct query_progress progress;
    struct sequence_check *check;
    struct bytes sample, contig; /* names */
    int in_sample, in_contig, sample_damaged, contig_damaged;
    uint8_t tail[OVERLAP_MAX]; /* the last letters of the contig so far */
    size_t tail_length;
};

static void tell_progress(struct verify *v)
{
    if (!v->config->progress)
        return;
    v->progress.bytes_out = v->result->letters;
    v->progress.samples = v->result->samples - (v->in_sample != 0);
    v->progress.wait_input_ns = 0;
    for (uint32_t i = 0; i < v->inboxes_open; i++)
        v->progress.wait_input_ns += v->inboxes[i].ring.wait_ns;
    v->config->progress(v->config->context, &v->progress);
}

static int next_message(struct verify *v, uint32_t ring, struct message *m)
{
    struct inbox *in = &v->inboxes[ring];
    int code;

    inbox_release(in, in->place.off);
    if (++v->messages % PROGRESS_MESSAGES == 0)
        tell_progress(v);
    code = inbox_next(in, m);
    if (!code)
        v->progress.bytes_in += m->length;
    return code;
}

static int unexpected(const struct verify *v, const struct message *m)
{
    return error_set(ERROR_SHARED,
                     "message of kind %" PRIu32 ", %" PRIu32 " bytes (seq %" PRIu64
                     ") out of order, next segment is %" PRIu64,
                     m->kind, m->length, m->seq, v->next_seq);
}

static int told_length(const struct bytes *name)
{
    return name->length > NAME_TOLD_BYTES ? NAME_TOLD_BYTES : (int)name->length;
}

/* Of the contig at work, the sample, or the archive; a contig is told once. */
static void damage(struct verify *v, const char *text, size_t length)
{
    char line[2048];
    int n = length > 1200 ? 1200 : (int)length;

    if (v->in_contig && v->contig_damaged)
        return;
    if (v->in_contig)
        snprintf(line, sizeof line, "sample %.*s, contig %.*s: damaged: %.*s",
                 told_length(&v->sample), (const char *)v->sample.data, told_length(&v->contig),
                 (const char *)v->contig.data, n, text);
    else if (v->in_sample)
        snprintf(line, sizeof line, "sample %.*s: damaged: %.*s", told_length(&v->sample),
                 (const char *)v->sample.data, n, text);
    else
        snprintf(line, sizeof line, "damaged: %.*s", n, text);
    v->listener->damage(v->listener->context, line);
    if (v->in_sample && !v->sample_damaged && v->listener->lost)
        v->listener->lost(v->listener->context, (const char *)v->sample.data, v->sample.length);
    v->result->damaged_contigs += v->in_contig != 0;
    v->result->damaged_parts += !v->in_sample;
    v->result->damaged_samples += v->in_sample && !v->sample_damaged;
    v->contig_damaged = v->in_contig;
    v->sample_damaged = v->in_sample;
}

static void damage_text(struct verify *v, const char *text)
{
    damage(v, text, strlen(text));
}

static void keep_tail(struct verify *v, const uint8_t *letters, size_t count)
{
    if (count >= OVERLAP_MAX) {
        memcpy(v->tail, letters + count - OVERLAP_MAX, OVERLAP_MAX);
        v->tail_length = OVERLAP_MAX;
        return;
    }
    if (v->tail_length + count > OVERLAP_MAX) {
        size_t drop = v->tail_length + count - OVERLAP_MAX;

        memmove(v->tail, v->tail + drop, v->tail_length - drop);
        v->tail_length -= drop;
    }
    memcpy(v->tail + v->tail_length, letters, count);
    v->tail_length += count;
}

/* Letters of the segment that begins with an overlap of which `left` letters are still to come;
 * the last of them are the last of the tail. */
static size_t take_overlap(struct verify *v, const struct message *m, uint32_t left)
{
    size_t count = m->length < left ? m->length : left;

    if (!v->contig_damaged &&
        (v->tail_length < left ||
         memcmp(v->tail + v->tail_length - left, m->payload, count) != 0))
        damage_text(v, "two segments do not agree where they overlap");
    return count;
}

static int take_letters(struct verify *v, uint32_t worker, const struct message_spine *spine)
{
    uint32_t left = spine->length, overlap = spine->overlap;
    struct message m;

    do {
        size_t skip;
        int code = next_message(v, 1 + worker, &m);

        if (code)
            return code;
        if (m.kind == MESSAGE_LOST && left == spine->length && m.seq == v->next_seq) {
            damage(v, (const char *)m.payload, m.length);
            return 0;
        }
        if (m.kind != MESSAGE_BASES || m.seq != v->next_seq || m.length > left ||
            (m.length == 0 && left > 0))
            return unexpected(v, &m);
        skip = take_overlap(v, &m, overlap);
        overlap -= (uint32_t)skip;
        sequence_check_letters(v->check, m.payload + skip, m.length - skip);
        keep_tail(v, m.payload + skip, m.length - skip);
        v->result->letters += m.length - skip;
        left -= m.length;
    } while (left);
    return 0;
}

static int take_spine(struct verify *v, const struct message *m)
{
    struct message_spine spine;
    int code;

    if (!v->in_contig || m->length != sizeof spine || m->seq != v->next_seq)
        return unexpected(v, m);
    memcpy(&spine, m->payload, sizeof spine);
    if (spine.overlap > OVERLAP_MAX || spine.overlap > spine.length)
        return unexpected(v, m);
    code = take_letters(v, spine.group % v->config->worker_count, &spine);
    v->progress.seq = v->next_seq++;
    return code;
}

static int keep_name(struct bytes *name, const struct message *m)
{
    name->length = 0;
    return bytes_append(name, m->payload, m->length);
}

static int take_sample(struct verify *v, const struct message *m)
{
    v->in_sample = 1;
    v->in_contig = v->sample_damaged = v->contig_damaged = 0;
    v->result->samples++;
    sequence_check_sample(v->check);
    if (v->config->item)
        v->config->item(v->config->context, (const char *)m->payload, m->length);
    return keep_name(&v->sample, m);
}

static int take_contig(struct verify *v, const struct message *m)
{
    if (!v->in_sample)
        return unexpected(v, m);
    v->in_contig = 1;
    v->contig_damaged = 0;
    v->tail_length = 0;
    v->result->contigs++;
    sequence_check_contig(v->check, m->payload, m->length);
    return keep_name(&v->contig, m);
}

static int take_check(struct verify *v, const struct message *m)
{
    struct message_check wanted;
    struct sample_check sample;

    if (m->length != sizeof wanted || !v->in_sample)
        return unexpected(v, m);
    memcpy(&wanted, m->payload, sizeof wanted);
    if (m->kind == MESSAGE_CONTIG_CHECK) {
        v->result->checked_contigs++;
        if (!v->contig_damaged && sequence_check_of_contig(v->check) != wanted.low)
            damage_text(v, "its letters are not those of its check");
        return 0;
    }
    v->in_contig = v->contig_damaged = 0;
    v->result->checked_samples++;
    sample = sequence_check_of_sample(v->check);
    if (!v->sample_damaged && (sample.low != wanted.low || sample.high != wanted.high))
        damage_text(v, "it is not that of its check");
    return 0;
}

static int take_ends(struct verify *v)
{
    for (uint32_t w = 0; w < v->config->worker_count; w++) {
        struct message m;
        int code = next_message(v, 1 + w, &m);

        if (code)
            return code;
        if (m.kind != MESSAGE_END)
            return unexpected(v, &m);
    }
    return 0;
}

static int take_message(struct verify *v, const struct message *m)
{
    switch (m->kind) {
    case MESSAGE_SAMPLE:
        return take_sample(v, m);
    case MESSAGE_CONTIG:
        return take_contig(v, m);
    case MESSAGE_SPINE:
        return take_spine(v, m);
    case MESSAGE_CONTIG_CHECK:
    case MESSAGE_SAMPLE_CHECK:
        return take_check(v, m);
    case MESSAGE_LOST:
        damage(v, (const char *)m->payload, m->length);
        return 0;
    default:
        return unexpected(v, m);
    }
}

static int take_all(struct verify *v)
{
    for (;;) {
        struct message m;
        int code = next_message(v, 0, &m);

        if (code)
            return code;
        if (m.kind == MESSAGE_END)
            return take_ends(v);
        code = take_message(v, &m);
        if (code)
            return code;
    }
}

static int open_inboxes(struct verify *v)
{
    uint32_t count = 1 + v->config->worker_count;

    v->inboxes = calloc(count, sizeof *v->inboxes);
    if (!v->inboxes)
        return error_set(ERROR_MEMORY, "out of memory for %" PRIu32 " rings", count);
    for (uint32_t i = 0; i < count; i++) {
        int code = inbox_open(&v->inboxes[i], v->config->rings[i], v->config->wait, MESSAGE_MAX,
                              (struct stream_place){0, 0}, NULL, 0);

        if (code)
            return code;
        v->inboxes_open = i + 1;
    }
    return 0;
}

int verify_archive(const struct query_config *config, const struct verify_listener *listener,
                   struct verify_result *result)
{
    struct verify v = {.config = config, .listener = listener, .result = result, .next_seq = 1};
    int code = open_inboxes(&v);

    *result = (struct verify_result){0};
    if (!code)
        code = sequence_check_create(&v.check);
    if (!code)
        code = take_all(&v);
    v.in_sample = 0;
    if (!code)
        tell_progress(&v);
    for (uint32_t i = 0; i < v.inboxes_open; i++)
        inbox_close(&v.inboxes[i]);
    free(v.inboxes);
    sequence_check_free(v.check);
    bytes_free(&v.sample);
    bytes_free(&v.contig);
    return code;
}
