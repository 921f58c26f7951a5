/*
 * Settling accounts: what was decided goes into the log, then what was taken is released.
 *
 * The order is what a successor relies on: parts reach the file before the frame that names them,
 * the frame reaches the log's file before input is released, and durable_seq is told only after
 * both files were waited for.
 */
#include "common/error.h"
#include "ipc/fault.h"
#include "writer/create_private.h"

#include <time.h>

int64_t create_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int create_append_frame(struct create *c)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < c->ring_count; i++)
        if (c->taken[i].off > c->settled[i].off)
            c->places[count++] = (struct journal_place){i, 0, c->taken[i]};
    c->state.archive_from = c->state.archive_end;
    c->state.archive_end = archive_out_end(c->archive);
    c->state.archive_hash = archive_out_hash(c->archive);
    for (uint32_t i = 0; i < count; i++)
        c->settled[c->places[i].ring] = c->places[i].place;
    return journal_append(&c->journal, c->state.merge.next_seq - 1, &c->state, c->places, count);
}

void create_tell_progress(struct create *c)
{
    struct create_progress progress = {
        .seq = c->state.merge.next_seq - 1,
        .samples = c->state.merge.phase <= MERGE_SEGMENT && c->state.samples ? c->state.samples - 1
                                                                             : c->state.samples,
        .bytes_in = c->bytes_in,
        .bytes_out = archive_out_end(c->archive),
        .durable_seq = c->durable_seq,
    };

    if (!c->config->progress)
        return;
    for (uint32_t i = 0; i < c->ring_count; i++)
        progress.wait_input_ns += c->inboxes[i].ring.wait_ns;
    c->config->progress(c->config->context, &progress);
}

/* Brings everything into the log, so that what was taken may be released. */
static int settle_log(struct create *c)
{
    int code;

    if (!c->unsettled)
        return 0;
    FAULT("writer-settle");
    code = archive_out_flush(c->archive);
    FAULT("writer-parts-written");
    if (!code)
        code = create_append_frame(c);
    FAULT("writer-logged");
    if (!code)
        code = log_flush(c->journal.log);
    FAULT("writer-log-flushed");
    c->unsettled = 0;
    return code;
}

/* Releases what the log knows; not on the ring `except`, whose inbox is at work. */
static void release(struct create *c, uint32_t except)
{
    for (uint32_t i = 0; i < c->ring_count; i++)
        if (i != except)
            inbox_release(&c->inboxes[i], c->settled[i].off);
}

int create_settle(struct create *c)
{
    int code = settle_log(c);

    if (code)
        return code;
    release(c, UINT32_MAX);
    create_tell_progress(c);
    return 0;
}

int create_stash_fragment(void *context, uint64_t off, const uint8_t *data, size_t length)
{
    struct create_stash *stash = context;
    int code = settle_log(stash->create);

    if (code)
        return code;
    release(stash->create, stash->ring);
    if (length == 0)
        return 0;
    return journal_append_fragment(&stash->create->journal, stash->ring, off, data, length);
}

int create_checkpoint(struct create *c)
{
    int64_t now = create_now_ms();
    int code;

    if (c->config->sync_ms < 0 || now - c->synced_ms < c->config->sync_ms)
        return 0;
    code = archive_out_sync(c->archive);
    FAULT("writer-archive-synced");
    if (!code)
        code = create_append_frame(c);
    if (!code)
        code = log_sync(c->journal.log);
    FAULT("writer-log-synced");
    if (code)
        return code;
    c->unsettled = 0;
    c->durable_seq = c->state.merge.next_seq - 1;
    c->synced_ms = create_now_ms();
    release(c, UINT32_MAX);
    create_tell_progress(c);
    return 0;
}
