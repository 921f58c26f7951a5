/*
 * Opening: from nothing, or from what a predecessor left.
 *
 * The journal's sound frames are replayed in order: state and places are taken over, the entries
 * counted into the table of groups. What a frame says about the archive file is compared with the
 * file if it might have been lost with the machine; from the first frame that does not hold the
 * journal is cut back, which only means more work. What the file has beyond the last frame is cut
 * off.
 */
#include "writer/create_private.h"

#include "common/error.h"
#include "ipc/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct replay {
    struct create *create;
    int file_there;
};

static int replay_entries(struct create *c, const uint8_t *entries, size_t length)
{
    struct entry entry;
    int have, code;

    while ((code = journal_entry(&entries, &length, &entry, &have)) == 0 && have) {
        if (entry.kind == ENTRY_SEGMENT)
            code = part_table_add_member(c->table, entry.segment.group, entry.segment.member);
        else if (entry.kind == ENTRY_PART && entry.part.stream <= STREAM_PACK)
            code = part_table_add_part(c->table, (enum entry_stream)entry.part.stream,
                                       entry.part.group);
        else if (entry.kind == ENTRY_SAMPLE) {
            c->sample.length = 0;
            code = bytes_append(&c->sample, entry.text, entry.length);
        }
        if (code)
            break;
    }
    return code;
}

static int check_file(struct create *c, const struct create_state *state, uint64_t seq,
                      int file_there, int *holds)
{
    *holds = 1;
    /* A finished archive that is gone was published. */
    if (!file_there)
        return 0;
    /* A frame of just that seq may be younger than the wait for the disk. */
    if (seq < c->config->durable_seq && !state->finished)
        return 0;
    return archive_out_check(c->archive, state->archive_from, state->archive_end,
                             state->archive_hash, holds);
}

static int replay_settled(void *context, uint64_t seq, const void *bytes,
                          const struct journal_place *places, uint32_t place_count,
                          const uint8_t *entries, size_t entries_length)
{
    struct replay *r = context;
    struct create *c = r->create;
    struct create_state state;
    int holds;
    int code;

    memcpy(&state, bytes, sizeof state);
    if (state.merge.worker_count != c->config->worker_count)
        return error_set(ERROR_VERSION, "writer.log was made with %u workers, not %u",
                         state.merge.worker_count, c->config->worker_count);
    code = check_file(c, &state, seq, r->file_there, &holds);
    if (code)
        return code;
    if (!holds)
        return JOURNAL_CUT;
    for (uint32_t i = 0; i < place_count; i++) {
        if (places[i].ring >= c->ring_count)
            return error_set(ERROR_SHARED, "writer.log names ring %u", places[i].ring);
        c->settled[places[i].ring] = places[i].place;
        c->fragments[places[i].ring].length = 0;
    }
    c->state = state;
    return replay_entries(c, entries, entries_length);
}

static int replay_fragment(void *context, uint32_t ring, uint64_t off, const uint8_t *data,
                           size_t length)
{
    struct create *c = ((struct replay *)context)->create;

    if (ring >= c->ring_count || off != c->settled[ring].off + c->fragments[ring].length)
        return error_set(ERROR_SHARED, "writer.log has a fragment of ring %u out of place", ring);
    return bytes_append(&c->fragments[ring], data, length);
}

/* A state that nothing was taken in. */
static void begin_state(struct create *c)
{
    memset(&c->state, 0, sizeof c->state);
    merge_begin(&c->state.merge, c->config->worker_count);
    c->state.batch_off = c->state.lists_off = CREATE_NO_ADDRESS;
}

static int open_files(struct create *c)
{
    struct replay replay = {c, 0};
    const struct journal_replay how = {&replay, replay_settled, replay_fragment};
    int code;

    replay.file_there = faccessat(c->config->work_fd, ARCHIVE_OUT_NAME, F_OK, 0) == 0;
    if (replay.file_there) {
        code = archive_out_open(&c->archive, c->config->work_fd);
        if (code)
            return code;
    }
    begin_state(c);
    code = journal_open(&c->journal, c->config->work_fd, sizeof c->state, &how);
    if (code || c->state.finished)
        return code;
    if (!replay.file_there) {
        if (c->state.archive_end > 0)
            return error_set(ERROR_IO, "the work directory has writer.log, but no file %s: was the archive "
                             "given its name already? --restart starts over",
                             ARCHIVE_OUT_NAME);
        code = archive_out_open(&c->archive, c->config->work_fd);
    }
    if (!code)
        code = archive_out_resume(c->archive, c->state.archive_end);
    if (!code && c->state.merge.part_open)
        code = part_table_add_part(
            c->table, c->state.merge.part.kind == PART_REFERENCE ? STREAM_REFERENCE : STREAM_PACK,
            c->state.merge.part.group);
    if (!code && c->state.merge.part_open)
        code = archive_out_resume_part(c->archive, c->state.part_off);
    return code;
}

static int agree_on_rings(struct create *c)
{
    uint64_t known_off[1 + RUN_WORKERS_MAX];

    if (!c->config->agree)
        return 0;
    for (uint32_t i = 0; i < c->ring_count; i++)
        known_off[i] = c->settled[i].off;
    return c->config->agree(c->config->context, known_off, c->ring_count);
}

static int open_inboxes(struct create *c)
{
    for (uint32_t i = 0; i < c->ring_count; i++) {
        struct inbox *in = &c->inboxes[i];
        int code = inbox_open(in, c->config->rings[i], c->config->wait, CREATE_MESSAGE_MAX,
                              c->settled[i], c->fragments[i].data, c->fragments[i].length);

        if (code)
            return code;
        c->inboxes_open = i + 1;
        c->stashes[i] = (struct create_stash){c, i};
        in->stash = create_stash_fragment;
        in->stash_context = &c->stashes[i];
        c->taken[i] = c->settled[i];
        bytes_free(&c->fragments[i]);
    }
    return 0;
}

/* Skips what is known on one ring, as far as it is there. */
static int skip_known(struct create *c, uint32_t ring, int *left, int *moved)
{
    struct inbox *in = &c->inboxes[ring];
    uint64_t before = in->ring.read_off;
    int have, code;

    if (before >= c->settled[ring].off || c->has_first[ring])
        return 0;
    *left = 1;
    code = inbox_try_next(in, &c->first[ring], &have);
    if (code)
        return code;
    c->has_first[ring] = have != 0;
    *moved |= in->ring.read_off != before;
    inbox_release(in, c->settled[ring].off);
    return 0;
}

/* Skips what is known on all rings at once. In a run that goes on after all stages had ended, their
 * producers make streams again that we took long ago: as long as one of them finds no room, others
 * may not come to what we wait for. */
static int skip_all_known(struct create *c)
{
    const struct timespec pause = {0, 1000000};

    for (;;) {
        int left = 0, moved = 0, code = 0;

        for (uint32_t i = 0; !code && i < c->ring_count; i++)
            code = skip_known(c, i, &left, &moved);
        if (code || !left)
            return code;
        if (!moved) {
            nanosleep(&pause, NULL);
            code = c->config->wait->check ? c->config->wait->check(c->config->wait->context) : 0;
            if (code)
                return code;
        }
    }
}

static int allocate(struct create *c)
{
    size_t n = c->ring_count;

    c->inboxes = calloc(n, sizeof *c->inboxes);
    c->stashes = calloc(n, sizeof *c->stashes);
    c->taken = calloc(n, sizeof *c->taken);
    c->settled = calloc(n, sizeof *c->settled);
    c->places = calloc(n, sizeof *c->places);
    c->fragments = calloc(n, sizeof *c->fragments);
    c->first = calloc(n, sizeof *c->first);
    c->has_first = calloc(n, sizeof *c->has_first);
    if (!c->inboxes || !c->stashes || !c->taken || !c->settled || !c->places || !c->fragments ||
        !c->first || !c->has_first)
        return error_set(ERROR_MEMORY, "out of memory for %zu rings", n);
    return part_table_create(&c->table, c->config->pack);
}

int create_open(struct create *c, const struct create_config *config)
{
    int code;

    memset(c, 0, sizeof *c);
    c->config = config;
    c->ring_count = 1 + config->worker_count;
    c->durable_seq = config->durable_seq;
    code = allocate(c);
    if (!code)
        code = open_files(c);
    if (!code)
        code = agree_on_rings(c);
    if (!code)
        code = open_inboxes(c);
    if (!code)
        code = skip_all_known(c);
    if (code)
        create_close(c);
    return code;
}

void create_close(struct create *c)
{
    for (uint32_t i = 0; i < c->inboxes_open; i++)
        inbox_close(&c->inboxes[i]);
    for (uint32_t i = 0; c->fragments && i < c->ring_count; i++)
        bytes_free(&c->fragments[i]);
    free(c->inboxes);
    free(c->stashes);
    free(c->taken);
    free(c->settled);
    free(c->places);
    free(c->fragments);
    free(c->first);
    free(c->has_first);
    bytes_free(&c->rows);
    bytes_free(&c->sample);
    collection_encoder_free(c->encoder);
    part_table_free(c->table);
    archive_out_close(c->archive);
    if (c->journal.log)
        journal_close(&c->journal);
    memset(c, 0, sizeof *c);
}
