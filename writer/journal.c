/*
 * Frames of the writer's log.
 *
 * A frame's payload: struct frame_head, the state, the places, the entries. Numbers of entries are
 * little-endian base 128 (7 bits a byte, low ones first): a segment is some eight bytes. Head,
 * state and places are structs as they stand in memory: a log is read by the program that wrote it,
 * on the machine that wrote it (the work directory's version sees to that).
 */
#include "writer/journal.h"

#include "common/checks.h"
#include "common/error.h"

#include <inttypes.h>
#include <string.h>

enum frame_kind { FRAME_SETTLED = 1, FRAME_FRAGMENT = 2 };

enum { FLAG_REVERSE = 0x80, KIND_MASK = 0x7f, NUMBER_MAX = 10 };

struct frame_head {
    uint32_t state_bytes;
    uint32_t place_count;
};

struct fragment_head {
    uint32_t ring;
    uint32_t reserved;
    uint64_t off;
};

struct replay_context {
    struct journal *journal;
    const struct journal_replay *replay;
    uint64_t cut; /* address to cut the log back to, or UINT64_MAX */
};

static int broken(uint64_t off, const char *what)
{
    return error_set(ERROR_SHARED, "writer.log: the frame at %" PRIu64 " has %s", off, what);
}

/* Splits a settled frame; *entries and *entries_length are what follows head, state and places. */
static int split_frame(const struct journal *journal, const struct log_frame *frame,
                       struct frame_head *head, const uint8_t **entries, size_t *entries_length)
{
    size_t fixed;

    if (frame->length < sizeof *head)
        return broken(frame->off, "no head");
    memcpy(head, frame->payload, sizeof *head);
    if (head->state_bytes != journal->state_bytes ||
        head->place_count > frame->length / sizeof(struct journal_place))
        return broken(frame->off, "a state of another size");
    fixed = sizeof *head + head->state_bytes + head->place_count * sizeof(struct journal_place);
    if (fixed > frame->length)
        return broken(frame->off, "more places than bytes");
    *entries = frame->payload + fixed;
    *entries_length = frame->length - fixed;
    return 0;
}

static int replay_settled(struct replay_context *c, const struct log_frame *frame)
{
    struct frame_head head;
    const uint8_t *entries;
    size_t entries_length;
    const uint8_t *state = frame->payload + sizeof head;
    int code = split_frame(c->journal, frame, &head, &entries, &entries_length);

    if (code)
        return code;
    /* Payload, head and state are multiples of 8 from an aligned address: so are the places. */
    return c->replay->settled(c->replay->context, frame->seq, state,
                              (const void *)(state + head.state_bytes), head.place_count, entries,
                              entries_length);
}

static int replay_fragment(struct replay_context *c, const struct log_frame *frame)
{
    struct fragment_head head;

    if (frame->length < sizeof head)
        return broken(frame->off, "no head");
    memcpy(&head, frame->payload, sizeof head);
    return c->replay->fragment(c->replay->context, head.ring, head.off,
                               frame->payload + sizeof head, frame->length - sizeof head);
}

static int replay_frame(void *context, const struct log_frame *frame)
{
    struct replay_context *c = context;
    int code;

    if (c->cut != UINT64_MAX)
        return 0;
    if (!c->journal->first)
        c->journal->first = frame->off;
    if (frame->kind == FRAME_SETTLED)
        code = replay_settled(c, frame);
    else if (frame->kind == FRAME_FRAGMENT)
        code = replay_fragment(c, frame);
    else
        code = broken(frame->off, "an unknown kind");
    if (code == JOURNAL_CUT) {
        c->cut = frame->off;
        code = 0;
    }
    return code;
}

int journal_open(struct journal *journal, int work_fd, uint32_t state_bytes,
                 const struct journal_replay *replay)
{
    struct replay_context context = {journal, replay, UINT64_MAX};
    int code;

    memset(journal, 0, sizeof *journal);
    journal->state_bytes = state_bytes;
    code = log_open(&journal->log, work_fd, "writer.log", replay_frame, &context);
    if (!code && context.cut != UINT64_MAX)
        code = log_truncate(journal->log, context.cut);
    if (!code && !journal->first)
        journal->first = log_end(journal->log);
    if (code)
        journal_close(journal);
    return code;
}

void journal_close(struct journal *journal)
{
    if (journal->log)
        log_close(journal->log);
    bytes_free(&journal->entries);
    memset(journal, 0, sizeof *journal);
}

static size_t put_number(uint8_t *out, uint64_t value)
{
    size_t n = 0;

    for (; value >= 0x80; value >>= 7)
        out[n++] = (uint8_t)(value | 0x80);
    out[n++] = (uint8_t)value;
    return n;
}

static int get_number(const uint8_t **at, size_t *length, uint64_t *value)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 64 && *length; shift += 7) {
        uint8_t byte = *(*at)++;

        (*length)--;
        v |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) {
            *value = v;
            return 0;
        }
    }
    return error_set(ERROR_SHARED, "writer.log: an entry is cut off");
}

int journal_note_text(struct journal *journal, enum entry_kind kind, const void *text,
                      size_t length)
{
    uint8_t head[1 + NUMBER_MAX];
    size_t n = 1;
    int code;

    head[0] = (uint8_t)kind;
    n += put_number(head + n, length);
    code = bytes_append(&journal->entries, head, n);
    return code ? code : bytes_append(&journal->entries, text, length);
}

int journal_note_segment(struct journal *journal, const struct entry_segment *segment)
{
    uint8_t out[1 + 3 * NUMBER_MAX];
    size_t n = 1;

    out[0] = (uint8_t)(ENTRY_SEGMENT | (segment->reverse ? FLAG_REVERSE : 0));
    n += put_number(out + n, segment->group);
    n += put_number(out + n, segment->member);
    n += put_number(out + n, segment->length);
    return bytes_append(&journal->entries, out, n);
}

int journal_note_part(struct journal *journal, const struct entry_part *part)
{
    uint8_t out[1 + 4 * NUMBER_MAX + PART_CHECK_BYTES];
    size_t n = 1;

    out[0] = ENTRY_PART;
    n += put_number(out + n, part->stream);
    n += put_number(out + n, part->group);
    n += put_number(out + n, part->off);
    n += put_number(out + n, part->size);
    contig_check_put(out + n, part->check);
    n += PART_CHECK_BYTES;
    return bytes_append(&journal->entries, out, n);
}

int journal_append(struct journal *journal, uint64_t seq, const void *state,
                   const struct journal_place *places, uint32_t place_count)
{
    struct frame_head head = {journal->state_bytes, place_count};
    struct iovec parts[4];
    int code;

    parts[0] = (struct iovec){&head, sizeof head};
    parts[1] = (struct iovec){(void *)(uintptr_t)state, journal->state_bytes};
    parts[2] = (struct iovec){(void *)(uintptr_t)places, place_count * sizeof *places};
    parts[3] = (struct iovec){journal->entries.data, journal->entries.length};
    code = log_append(journal->log, FRAME_SETTLED, seq, parts, 4, NULL);
    if (!code)
        journal->entries.length = 0;
    return code;
}

int journal_append_fragment(struct journal *journal, uint32_t ring, uint64_t off,
                            const uint8_t *data, size_t length)
{
    struct fragment_head head = {ring, 0, off};
    struct iovec parts[2] = {{&head, sizeof head}, {(void *)(uintptr_t)data, length}};
    int code = log_append(journal->log, FRAME_FRAGMENT, 0, parts, 2, NULL);

    return code ? code : log_flush(journal->log);
}

static int get_u32(const uint8_t **at, size_t *length, uint32_t *value)
{
    uint64_t wide;
    int code = get_number(at, length, &wide);

    if (code)
        return code;
    if (wide > UINT32_MAX)
        return error_set(ERROR_SHARED, "writer.log: a number above 2^32");
    *value = (uint32_t)wide;
    return 0;
}

static int get_segment(const uint8_t **at, size_t *length, struct entry_segment *segment)
{
    int code = get_u32(at, length, &segment->group);

    if (!code)
        code = get_u32(at, length, &segment->member);
    if (!code)
        code = get_u32(at, length, &segment->length);
    return code;
}

static int get_part(const uint8_t **at, size_t *length, struct entry_part *part)
{
    int code = get_u32(at, length, &part->stream);

    if (!code)
        code = get_u32(at, length, &part->group);
    if (!code)
        code = get_number(at, length, &part->off);
    if (!code)
        code = get_number(at, length, &part->size);
    if (code)
        return code;
    if (*length < PART_CHECK_BYTES)
        return error_set(ERROR_SHARED, "writer.log: an entry is cut off");
    part->check = contig_check_get(*at);
    *at += PART_CHECK_BYTES;
    *length -= PART_CHECK_BYTES;
    return 0;
}

static int get_text(const uint8_t **at, size_t *length, struct entry *entry)
{
    uint64_t text_length;
    int code = get_number(at, length, &text_length);

    if (code)
        return code;
    if (text_length > *length)
        return error_set(ERROR_SHARED, "writer.log: a text is cut off");
    entry->text = *at;
    entry->length = (size_t)text_length;
    *at += text_length;
    *length -= (size_t)text_length;
    return 0;
}

int journal_entry(const uint8_t **entries, size_t *length, struct entry *entry, int *have)
{
    uint8_t first;

    *have = *length > 0;
    if (!*have)
        return 0;
    first = *(*entries)++;
    (*length)--;
    entry->kind = (enum entry_kind)(first & KIND_MASK);
    switch (entry->kind) {
    case ENTRY_SAMPLE:
    case ENTRY_CONTIG:
    case ENTRY_SPLITTERS:
    case ENTRY_PAIRS:
    case ENTRY_CONTIG_CHECK:
    case ENTRY_SAMPLE_CHECK:
        return get_text(entries, length, entry);
    case ENTRY_SEGMENT:
        entry->segment.reverse = (first & FLAG_REVERSE) != 0;
        return get_segment(entries, length, &entry->segment);
    case ENTRY_PART:
        return get_part(entries, length, &entry->part);
    }
    return error_set(ERROR_SHARED, "writer.log: an entry of unknown kind %u", first);
}

void journal_cursor_open(struct journal_cursor *cursor, struct journal *journal, uint64_t off)
{
    memset(cursor, 0, sizeof *cursor);
    cursor->journal = journal;
    cursor->next = off ? off : journal->first;
}

void journal_cursor_close(struct journal_cursor *cursor)
{
    bytes_free(&cursor->payload);
}

static int cursor_next_frame(struct journal_cursor *cursor)
{
    struct log_frame frame;
    struct frame_head head;
    int code = log_read(cursor->journal->log, cursor->next, &frame, &cursor->payload);

    if (code)
        return code;
    if (frame.end <= cursor->next)
        return broken(cursor->next, "no length");
    cursor->next = frame.end;
    if (frame.kind != FRAME_SETTLED)
        return 0;
    return split_frame(cursor->journal, &frame, &head, &cursor->entries, &cursor->length);
}

int journal_cursor_next(struct journal_cursor *cursor, struct entry *entry, int *have)
{
    for (;;) {
        int code;

        if (cursor->length)
            return journal_entry(&cursor->entries, &cursor->length, entry, have);
        if (cursor->next >= log_end(cursor->journal->log)) {
            *have = 0;
            return 0;
        }
        code = cursor_next_frame(cursor);
        if (code)
            return code;
    }
}
