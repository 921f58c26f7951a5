/*
 * Taking messages and acting on them.
 *
 * Whatever happens between two messages leaves `state` and `taken` consistent, so a frame may be
 * appended there at any time; effects of a message come into both only when all of them are done.
 * A batch that must be closed before a message is closed in the state before that message.
 */
#include "writer/create.h"

#include "common/checks.h"
#include "common/error.h"
#include "ipc/fault.h"
#include "writer/checks_out.h"
#include "writer/collection_out.h"
#include "writer/create_private.h"
#include "writer/footer.h"
#include "writer/sample_table.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

/* ---- effects */

/* All samples and contigs have a check, or none has. */
static int write_checks(struct create *c)
{
    const struct create_state *s = &c->state;

    if (!s->sample_checks && !s->contig_checks)
        return 0;
    if (s->sample_checks != s->samples || s->contig_checks != s->contigs)
        return error_set(ERROR_SHARED,
                         "%" PRIu64 " checks for %" PRIu64 " samples, %" PRIu64 " for %" PRIu64
                         " contigs",
                         s->sample_checks, s->samples, s->contig_checks, s->contigs);
    return checks_out_batch(&c->journal, s->batch_off, c->archive);
}

/* Ends the batch of samples at work, if there is one. */
static int close_batch(struct create *c)
{
    int code;

    if (c->state.batch_samples == 0)
        return 0;
    code = create_append_frame(c);
    if (!code && !c->encoder)
        code = collection_encoder_create(&c->encoder, c->config->k, c->config->segment_size,
                                         c->config->work_fd);
    FAULT("writer-batch");
    if (!code)
        code = collection_out_batch(c->encoder, &c->journal, c->state.batch_off,
                                    c->state.batch_samples, c->archive);
    if (!code)
        code = write_checks(c);
    if (!code && c->config->sample_table)
        code = sample_table_batch(&c->journal, c->state.batch_off,
                                  c->state.samples - c->state.batch_samples + 1, c->config->k,
                                  c->config->work_fd);
    collection_encoder_free(c->encoder); /* seldom needed, and large */
    c->encoder = NULL;
    if (code)
        return code;
    c->state.batches++;
    c->state.batch_samples = 0;
    return 0;
}

/* The address that the next entry's frame will have. */
static int begin_frame(struct create *c, uint64_t *off)
{
    int code = create_append_frame(c);

    *off = log_end(c->journal.log);
    return code;
}

static void tell_item(struct create *c, const void *contig, size_t length)
{
    size_t sample = c->sample.length;

    if (!c->config->item)
        return;
    if (contig && bytes_append(&c->sample, " / ", 3) == 0 &&
        bytes_append(&c->sample, contig, length < 200 ? length : 200) == 0)
        c->config->item(c->config->context, (const char *)c->sample.data, c->sample.length);
    else
        c->config->item(c->config->context, (const char *)c->sample.data, sample);
    c->sample.length = sample;
}

static int do_sample(struct create *c, const struct message *m)
{
    int code = 0;

    if (c->state.batch_samples == c->config->pack)
        code = close_batch(c);
    if (!code && c->state.batch_samples == 0)
        code = begin_frame(c, &c->state.batch_off);
    if (!code)
        code = journal_note_text(&c->journal, ENTRY_SAMPLE, m->payload, m->length);
    c->sample.length = 0;
    if (!code)
        code = bytes_append(&c->sample, m->payload, m->length);
    if (code)
        return code;
    c->state.batch_samples++;
    c->state.samples++;
    tell_item(c, NULL, 0);
    return 0;
}

static int do_part(struct create *c, const struct merge *next)
{
    int code = part_table_add_part(
        c->table, next->part.kind == PART_REFERENCE ? STREAM_REFERENCE : STREAM_PACK,
        next->part.group);

    return code ? code : archive_out_part(c->archive, next->part.metadata, &c->state.part_off);
}

static int do_data(struct create *c, const struct merge *next, const struct message *m,
                   int complete)
{
    struct entry_part part = {
        .stream = next->part.kind == PART_REFERENCE ? STREAM_REFERENCE : STREAM_PACK,
        .group = next->part.group,
        .off = c->state.part_off,
        .size = next->part.data_bytes,
    };
    int code = archive_out_write(c->archive, m->payload, m->length);

    part.check = archive_out_part_check(c->archive);
    return code || !complete ? code : journal_note_part(&c->journal, &part);
}

static int do_placement(struct create *c, const struct merge_effect *effect)
{
    struct entry_segment segment = {effect->group, effect->member, effect->length, effect->reverse};
    int code = part_table_add_member(c->table, effect->group, effect->member);

    return code ? code : journal_note_segment(&c->journal, &segment);
}

static int begin_lists(struct create *c)
{
    return c->state.lists_off == CREATE_NO_ADDRESS ? begin_frame(c, &c->state.lists_off) : 0;
}

static int do_splitters(struct create *c, const struct message *m)
{
    int code = begin_lists(c);

    return code ? code : journal_note_text(&c->journal, ENTRY_SPLITTERS, m->payload, m->length);
}

/* In the archive a pair has no filler at its end. */
static int do_pairs(struct create *c, const struct message *m)
{
    int code = begin_lists(c);

    c->rows.length = 0;
    for (uint32_t at = 0; !code && at < m->length; at += sizeof(struct message_pair))
        code = bytes_append(&c->rows, m->payload + at, offsetof(struct message_pair, reserved));
    return code ? code : journal_note_text(&c->journal, ENTRY_PAIRS, c->rows.data, c->rows.length);
}

static int do_contig(struct create *c, const struct message *m)
{
    tell_item(c, m->payload, m->length);
    c->state.contigs++;
    return journal_note_text(&c->journal, ENTRY_CONTIG, m->payload, m->length);
}

static int do_contig_check(struct create *c, const struct message *m)
{
    struct message_check check;
    uint8_t out[CONTIG_CHECK_BYTES];

    memcpy(&check, m->payload, sizeof check);
    contig_check_put(out, (uint32_t)check.low);
    c->state.contig_checks++;
    return journal_note_text(&c->journal, ENTRY_CONTIG_CHECK, out, sizeof out);
}

static int do_sample_check(struct create *c, const struct message *m)
{
    struct message_check check;
    uint8_t out[SAMPLE_CHECK_BYTES];

    memcpy(&check, m->payload, sizeof check);
    sample_check_put(out, &(struct sample_check){check.low, check.high});
    c->state.sample_checks++;
    return journal_note_text(&c->journal, ENTRY_SAMPLE_CHECK, out, sizeof out);
}

static int apply(struct create *c, const struct merge *next, const struct message *m,
                 const struct merge_effect *effect)
{
    switch (effect->kind) {
    case MERGE_TAKE_SAMPLE:
        return do_sample(c, m);
    case MERGE_TAKE_CONTIG:
        return do_contig(c, m);
    case MERGE_TAKE_CONTIG_CHECK:
        return do_contig_check(c, m);
    case MERGE_TAKE_SAMPLE_CHECK:
        return do_sample_check(c, m);
    case MERGE_TAKE_SPINE:
        if (c->config->seq)
            c->config->seq(c->config->context, m->seq);
        return 0;
    case MERGE_TAKE_PART:
        return do_part(c, next);
    case MERGE_TAKE_DATA:
        return do_data(c, next, m, effect->complete);
    case MERGE_TAKE_PLACEMENT:
        return do_placement(c, effect);
    case MERGE_TAKE_SPLITTERS:
        return do_splitters(c, m);
    case MERGE_TAKE_PAIRS:
        return do_pairs(c, m);
    case MERGE_TAKE_INPUT_END:
        return close_batch(c);
    case MERGE_TAKE_GROUP:
        return part_table_finish_group(c->table, effect->group);
    case MERGE_NOTHING:
        break;
    }
    return 0;
}

/* ---- the loop */

static int half_held(const struct create *c)
{
    for (uint32_t i = 0; i < c->ring_count; i++) {
        const struct ring_consumer *ring = &c->inboxes[i].ring;

        if ((ring->next - ring->tail) * 2 >= ring->slot_count)
            return 1;
    }
    return 0;
}

enum { NAP_NS = 50 * 1000 };

/* The writer has time: it is fed faster if it does not wait for every single record. While it naps,
 * it is not seen to wait, so a producer fills its slot instead of publishing what little is there.
 */
static void nap(void)
{
    const struct timespec pause = {0, NAP_NS};

    nanosleep(&pause, NULL);
}

static int next_message(struct create *c, uint32_t ring, struct message *m)
{
    int have;
    int code;

    if (c->has_first[ring]) {
        c->has_first[ring] = 0;
        *m = c->first[ring];
        return 0;
    }
    code = inbox_try_next(&c->inboxes[ring], m, &have);
    if (!code && !have) {
        if (half_held(c))
            code = create_settle(c);
        nap();
        if (!code)
            code = inbox_try_next(&c->inboxes[ring], m, &have);
    }
    if (code || have)
        return code;
    return inbox_next(&c->inboxes[ring], m);
}

static int take_message(struct create *c)
{
    uint32_t ring = merge_source(&c->state.merge);
    struct merge next = c->state.merge;
    struct merge_effect effect;
    struct message m;
    int code = next_message(c, ring, &m);

    if (!code)
        code = merge_take(&next, &m, &effect);
    if (!code)
        code = apply(c, &next, &m, &effect);
    if (code)
        return code;
    c->state.merge = next;
    c->taken[ring] = m.after;
    c->bytes_in += m.length;
    c->unsettled += m.length + sizeof(struct message_header);
    if (effect.kind == MERGE_TAKE_SAMPLE) {
        code = create_checkpoint(c);
        if (code)
            return code;
    }
    return c->unsettled >= CREATE_SETTLE_BYTES ? create_settle(c) : 0;
}

/* ---- the end */

static int write_end(struct create *c)
{
    struct footer_params params = {
        .k = c->config->k,
        .min_match = c->config->min_match,
        .pack = c->config->pack,
        .segment_size = c->config->segment_size,
        .samples = c->state.samples,
        .batches = c->state.batches,
        .splitters = c->state.merge.splitters,
        .pairs = c->state.merge.pairs,
        .lists_off = c->state.lists_off,
        .group_count = c->state.merge.group_count,
        .checks = c->state.sample_checks > 0,
        .made = c->config->made ? c->config->made : "",
    };
    int code;

    collection_encoder_free(c->encoder); /* its memory goes to what comes now */
    c->encoder = NULL;
    FAULT("writer-end");
    code = footer_write(&params, &c->journal, c->table, c->config->work_fd, c->archive);
    FAULT("writer-footer");
    if (!code)
        code = archive_out_sync(c->archive);
    FAULT("writer-end-synced");
    if (code)
        return code;
    c->state.finished = 1;
    code = create_append_frame(c);
    return code ? code : log_sync(c->journal.log);
}

int create_archive(const struct create_config *config, int *whole_file)
{
    struct create c;
    int code = create_open(&c, config);

    if (code)
        return code;
    c.synced_ms = create_now_ms();
    while (!code && !c.state.finished && c.state.merge.phase != MERGE_DONE)
        code = take_message(&c);
    if (!code && !c.state.finished) {
        code = create_settle(&c);
        if (!code)
            code = write_end(&c);
        if (!code)
            create_tell_progress(&c);
    }
    *whole_file = c.archive != NULL;
    create_close(&c);
    return code;
}
