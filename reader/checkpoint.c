/*
 * The reader's log; see checkpoint.h.
 *
 * Opening takes two passes: the first finds the start to go back to (log_open's replay), the second
 * (checkpoint_restore) fills the tables with the frames before it. Anchors are entered in the order
 * in which they were entered first, so the index thins out alike.
 */
#include "reader/checkpoint.h"

#include "common/error.h"
#include "ipc/log.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum frame_kind {
    FRAME_ANCHORS = 1, /* ANCHOR_BYTES each */
    FRAME_INTERVALS,   /* struct stored_interval[] */
    FRAME_KMERS,       /* u64[]: splitters, in order of birth */
    FRAME_PAIRS,       /* struct message_pair[], in order of birth */
    FRAME_START,       /* struct checkpoint_start, without the places that are not there */
    FRAME_MATES,       /* u32: of the sample that the START before began */
};

enum {
    ANCHOR_BYTES = 10,           /* hash and strand in 5 bytes, coordinate in 5 */
    FRAME_BYTES_MAX = 96 * 1024, /* of payload; a multiple of 8, 10, 16 and 24 within */
};

struct stored_interval {
    uint64_t start;
    uint32_t length;
    uint32_t group_and_strand; /* group << 1 | reversed */
};

struct checkpoint {
    struct log *log;
    uint64_t seq;                   /* of the last start: frames carry it */
    size_t intervals, kmers, pairs; /* so many stand in the log */
    uint64_t name_hash;             /* of the sample chosen */
    uint32_t mates;                 /* of the sample chosen, if has_mates */
    int has_mates;
    uint8_t buffer[FRAME_BYTES_MAX];
};

/* ---- writing */

static int append(struct checkpoint *c, enum frame_kind kind, const void *data, size_t length)
{
    struct iovec part = {(void *)(uintptr_t)data, length};

    return log_append(c->log, kind, c->seq, &part, 1, NULL);
}

static void put_number(uint8_t *out, uint64_t value)
{
    unsigned i;

    for (i = 0; i < 5; i++)
        out[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get_number(const uint8_t *in)
{
    uint64_t value = 0;
    unsigned i;

    for (i = 0; i < 5; i++)
        value |= (uint64_t)in[i] << (8 * i);
    return value;
}

int checkpoint_anchors(struct checkpoint *c, const struct anchor_entry *entries, size_t count)
{
    while (count) {
        size_t some = FRAME_BYTES_MAX / ANCHOR_BYTES, i;
        int code;

        if (some > count)
            some = count;
        for (i = 0; i < some; i++) {
            put_number(c->buffer + i * ANCHOR_BYTES, entries[i].hash << 1 | entries[i].reverse);
            put_number(c->buffer + i * ANCHOR_BYTES + 5, entries[i].coordinate);
        }
        code = append(c, FRAME_ANCHORS, c->buffer, some * ANCHOR_BYTES);
        if (code)
            return code;
        entries += some;
        count -= some;
    }
    return 0;
}

static int append_array(struct checkpoint *c, enum frame_kind kind, const void *data, size_t count,
                        size_t size)
{
    const uint8_t *at = data;

    while (count) {
        size_t some = FRAME_BYTES_MAX / size < count ? FRAME_BYTES_MAX / size : count;
        int code = append(c, kind, at, some * size);

        if (code)
            return code;
        at += some * size;
        count -= some;
    }
    return 0;
}

static int append_intervals(struct checkpoint *c, const struct path *path)
{
    struct stored_interval *stored = (struct stored_interval *)(void *)c->buffer;
    size_t most = sizeof c->buffer / sizeof *stored;

    while (c->intervals < path_count(path)) {
        size_t some = 0;
        int code;

        for (; some < most && c->intervals < path_count(path); some++) {
            const struct interval *v = path_interval(path, c->intervals++);

            stored[some] =
                (struct stored_interval){v->start, v->length, v->group << 1 | v->reversed};
        }
        code = append(c, FRAME_INTERVALS, stored, some * sizeof *stored);
        if (code)
            return code;
    }
    return 0;
}

static size_t start_bytes(uint32_t place_count)
{
    return offsetof(struct checkpoint_start, places) + place_count * sizeof(struct stream_place);
}

int checkpoint_start(struct checkpoint *c, const struct segmenter_tables *tables,
                     const struct checkpoint_start *start)
{
    const struct message_pair *pairs;
    const uint64_t *kmers;
    size_t count;
    int code = append_intervals(c, tables->path);

    if (code)
        return code;
    kmers = splitters_kmers(tables->splitters, &count);
    code = append_array(c, FRAME_KMERS, kmers + c->kmers, count - c->kmers, sizeof *kmers);
    if (code)
        return code;
    c->kmers = count;
    pairs = splitters_pairs(tables->splitters, &count);
    code = append_array(c, FRAME_PAIRS, pairs + c->pairs, count - c->pairs, sizeof *pairs);
    if (code)
        return code;
    c->pairs = count;
    c->seq = start->seq;
    code = append(c, FRAME_START, start, start_bytes(start->place_count));
    return code ? code : log_flush(c->log);
}

int checkpoint_mates(struct checkpoint *c, unsigned mates)
{
    uint32_t value = mates;
    int code = append(c, FRAME_MATES, &value, sizeof value);

    return code ? code : log_flush(c->log);
}

int checkpoint_known_mates(const struct checkpoint *c, unsigned *mates)
{
    if (c->has_mates)
        *mates = c->mates;
    return c->has_mates;
}

int checkpoint_sync(struct checkpoint *c)
{
    return log_sync(c->log);
}

/* ---- opening */

struct choice {
    uint32_t place_count;
    const uint64_t *known;
    struct checkpoint_start start;
    uint64_t end; /* of its frame in the log, or where the log's first frame begins */
    int any, have;
    uint32_t mates; /* noted behind that start, if has_mates */
    int has_mates, passed_over;
};

static int read_start(const struct log_frame *frame, uint32_t place_count,
                      struct checkpoint_start *start)
{
    if (frame->length != start_bytes(place_count))
        return error_set(ERROR_SHARED, "reader.log was made with another number of workers");
    memcpy(start, frame->payload, frame->length);
    if (start->place_count != place_count)
        return error_set(ERROR_SHARED, "reader.log was made with %u workers, not %u",
                         start->place_count - 1, place_count - 1);
    return 0;
}

/* Keeps the last start that no receiver is behind of. */
static int choose_start(void *context, const struct log_frame *frame)
{
    struct choice *choice = context;
    struct checkpoint_start start;
    uint32_t i;
    int code;

    if (!choice->any)
        choice->end = frame->off;
    choice->any = 1;
    if (frame->kind == FRAME_MATES && choice->have && !choice->passed_over) {
        if (frame->length != sizeof choice->mates)
            return error_set(ERROR_SHARED, "reader.log has a damaged count of mates");
        memcpy(&choice->mates, frame->payload, sizeof choice->mates);
        choice->has_mates = 1;
    }
    if (frame->kind != FRAME_START)
        return 0;
    code = read_start(frame, choice->place_count, &start);
    if (code)
        return code;
    for (i = 0; i < start.place_count; i++)
        if (start.places[i].off > choice->known[i])
            choice->passed_over = 1;
    if (choice->passed_over)
        return 0;
    choice->has_mates = 0;
    choice->start = start;
    choice->end = frame->end;
    choice->have = 1;
    return 0;
}

int checkpoint_open(struct checkpoint **out, int work_fd, uint32_t place_count,
                    const uint64_t *known, struct checkpoint_start *start, int *have)
{
    struct choice choice = {.place_count = place_count, .known = known};
    struct checkpoint *c = calloc(1, sizeof *c);
    int code;

    if (!c)
        return error_set(ERROR_MEMORY, "out of memory for the reader's log");
    code = log_open(&c->log, work_fd, "reader.log", choose_start, &choice);
    if (code) {
        free(c);
        return code;
    }
    code = choice.any ? log_truncate(c->log, choice.end) : 0;
    if (code) {
        checkpoint_close(c);
        return code;
    }
    c->has_mates = choice.has_mates;
    c->name_hash = choice.start.name_hash;
    c->mates = choice.mates;
    if (c->has_mates) {
        c->seq = choice.start.seq;
        code = checkpoint_mates(c, c->mates); /* it was cut off */
    }
    if (code) {
        checkpoint_close(c);
        return code;
    }
    *start = choice.start;
    *have = choice.have;
    *out = c;
    return 0;
}

void checkpoint_close(struct checkpoint *c)
{
    if (!c)
        return;
    log_close(c->log);
    free(c);
}

/* ---- restoring */

struct restore {
    struct checkpoint *checkpoint;
    struct segmenter_tables *tables;
    struct name_set *samples;
};

static int restore_anchors(struct segmenter_tables *tables, const struct log_frame *frame)
{
    uint32_t i;
    int code = 0;

    for (i = 0; !code && i + ANCHOR_BYTES <= frame->length; i += ANCHOR_BYTES) {
        uint64_t hash = get_number(frame->payload + i);
        struct anchor_entry entry = {hash >> 1, get_number(frame->payload + i + 5), hash & 1};

        code = anchor_index_insert(tables->index, &entry);
    }
    return code;
}

static int restore_intervals(struct segmenter_tables *tables, const struct log_frame *frame)
{
    size_t i;
    int code = 0;

    for (i = 0; !code && i + sizeof(struct stored_interval) <= frame->length;
         i += sizeof(struct stored_interval)) {
        struct stored_interval stored;
        struct interval interval;

        memcpy(&stored, frame->payload + i, sizeof stored);
        interval = (struct interval){.start = stored.start,
                                     .length = stored.length,
                                     .group = stored.group_and_strand >> 1,
                                     .reversed = stored.group_and_strand & 1};
        code = path_add(tables->path, &interval);
    }
    return code;
}

/* The sample that is begun again has its name in the log already: it is no double of itself. */
static int restore_name(struct restore *r, uint64_t hash)
{
    int known;

    if (hash == 0 || hash == r->checkpoint->name_hash)
        return 0;
    return name_set_add_hash(r->samples, hash, &known);
}

static int restore_frame(void *context, const struct log_frame *frame)
{
    struct restore *r = context;
    struct segmenter_tables *tables = r->tables;
    struct checkpoint_start start;

    switch (frame->kind) {
    case FRAME_ANCHORS:
        return restore_anchors(tables, frame);
    case FRAME_INTERVALS:
        return restore_intervals(tables, frame);
    case FRAME_KMERS:
        return splitters_restore(tables->splitters, frame->payload,
                                 frame->length / sizeof(uint64_t), NULL, 0);
    case FRAME_PAIRS:
        return splitters_restore(tables->splitters, NULL, 0, frame->payload,
                                 frame->length / sizeof(struct message_pair));
    case FRAME_START:
        memcpy(&start, frame->payload, offsetof(struct checkpoint_start, places));
        tables->group_count = start.group_count;
        r->checkpoint->seq = start.seq;
        return restore_name(r, start.name_hash);
    case FRAME_MATES:
        return 0;
    default:
        return error_set(ERROR_SHARED, "reader.log has a frame of kind %u", frame->kind);
    }
}

int checkpoint_restore(struct checkpoint *c, struct segmenter_tables *tables,
                       struct name_set *samples)
{
    struct restore restore = {c, tables, samples};
    int code = log_walk(c->log, 0, restore_frame, &restore);

    c->intervals = path_count(tables->path);
    splitters_kmers(tables->splitters, &c->kmers);
    splitters_pairs(tables->splitters, &c->pairs);
    return code;
}
