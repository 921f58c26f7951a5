#include "worker/encode.h"

#include "common/error.h"
#include "common/symbols.h"
#include "ipc/fault.h"

#include <string.h>

enum { RAW_GROUPS = 16 };

void encoder_free(struct encoder *encoder)
{
    bytes_free(&encoder->oriented);
    bytes_free(&encoder->delta);
}

/* Contexts of compression grow with what they were given so far: at the cost of the cache. */
static int leave_room(struct encoder *e)
{
    return group_store_leave_room(e->store, part_sender_held_bytes(e->sender) +
                                                e->oriented.capacity + e->delta.capacity);
}

/* Codes of the format are 0..15. */
static int codes_ok(const uint8_t *codes, size_t length)
{
    uint64_t seen = 0;
    size_t i = 0;

    for (; i + 8 <= length; i += 8) {
        uint64_t word;

        memcpy(&word, codes + i, sizeof word);
        seen |= word;
    }
    for (; i < length; i++)
        seen |= codes[i];
    return (seen & 0xf0f0f0f0f0f0f0f0) == 0;
}

static int check_segment(const struct message_segment *segment, const uint8_t *codes)
{
    int raw = segment->group < RAW_GROUPS;

    if (segment->role > SEGMENT_RAW || segment->reverse > 1 ||
        raw != (segment->role == SEGMENT_RAW))
        return error_set(ERROR_SHARED, "a segment of group %u in role %u", segment->group,
                         segment->role);
    if (segment->length == 0 || !codes_ok(codes, segment->length))
        return error_set(ERROR_SHARED, "a segment of group %u holds what is no symbol",
                         segment->group);
    return 0;
}

/* Sends the packs that are full by now; text is the last of them. */
static int send_full(struct encoder *e, uint64_t seq, uint32_t group,
                     const struct full_packs *full, const struct pack *pack)
{
    static const uint8_t placeholder[] = {PACK_PLACEHOLDER, PACK_SEPARATOR};
    int code = 0;

    if (full->placeholder)
        code = part_sender_pack(e->sender, seq, group, placeholder, sizeof placeholder);
    if (!code && full->full)
        code = part_sender_pack(e->sender, seq, group, pack->text.data, pack->text.length);
    return code;
}

static int add_reference(struct encoder *e, uint64_t seq, uint32_t group, const uint8_t *codes,
                         size_t length)
{
    int code = group_store_add_reference(e->store, seq, group, codes, length);

    if (!code)
        code = part_sender_reference(e->sender, seq, group, codes, length);
    return code ? code : part_sender_placement(e->sender, seq, group, 0);
}

static int add_same(struct encoder *e, uint64_t seq, uint32_t group, uint32_t member)
{
    int code = group_store_add_same(e->store, seq, group, member);

    return code ? code : part_sender_placement(e->sender, seq, group, member);
}

/* An entry of a loaded group: found among those pending, or added. */
static int add_entry(struct encoder *e, uint64_t seq, uint32_t group, struct loaded_group *loaded,
                     const uint8_t *entry, size_t length)
{
    struct full_packs full;
    uint32_t member;
    int code;

    if (group_store_find(e->store, group, entry, length, &member))
        return add_same(e, seq, group, member);
    code = group_store_add_entry(e->store, seq, group, entry, length, &member);
    if (code)
        return code;
    full = group_store_full(e->store, group, member);
    code = send_full(e, seq, group, &full, &loaded->pack);
    if (full.full)
        group_store_pack_sent(e->store, group);
    return code ? code : part_sender_placement(e->sender, seq, group, member);
}

static int orient(struct encoder *e, const struct message_segment *segment, const uint8_t **codes)
{
    int code;

    if (!segment->reverse)
        return 0;
    e->oriented.length = 0;
    code = bytes_reserve(&e->oriented, segment->length);
    if (code)
        return code;
    symbols_reverse_complement(e->oriented.data, *codes, segment->length);
    *codes = e->oriented.data;
    return 0;
}

int encoder_segment(struct encoder *encoder, uint64_t seq, const struct message_segment *segment,
                    const uint8_t *codes)
{
    struct loaded_group *loaded;
    uint32_t group = segment->group;
    int code = check_segment(segment, codes);

    if (!code)
        code = leave_room(encoder);
    if (!code)
        code = orient(encoder, segment, &codes);
    if (code)
        return code;
    if (segment->role == SEGMENT_NEW_REFERENCE)
        return add_reference(encoder, seq, group, codes, segment->length);
    code = group_store_load(encoder->store, group, &loaded);
    if (code)
        return code;
    if (segment->role == SEGMENT_RAW)
        return add_entry(encoder, seq, group, loaded, codes, segment->length);
    encoder->delta.length = 0;
    code = lzdiff_encode(loaded->index, codes, segment->length, &encoder->delta);
    if (code)
        return code;
    if (encoder->delta.length == 0)
        return add_same(encoder, seq, group, 0);
    return add_entry(encoder, seq, group, loaded, encoder->delta.data, encoder->delta.length);
}

int encoder_repeat(struct encoder *encoder, const struct stored_decision *decision)
{
    uint64_t seq = decision->seq;
    int code;

    if (decision->reference)
        code = part_sender_reference(encoder->sender, seq, decision->group, decision->reference,
                                     decision->reference_length);
    else
        code = send_full(encoder, seq, decision->group, &decision->packs, decision->pack);
    return code ? code
                : part_sender_placement(encoder->sender, seq, decision->group, decision->member);
}

enum { FINISH_NOTE_GROUPS = 32 };

/* Published first, so that a successor finds the ring there. */
static int note_finished(struct encoder *e, uint64_t next_group)
{
    int code = outbox_publish(e->sender->outbox);

    FAULT("worker-group");
    if (!code && next_group <= UINT32_MAX)
        code = group_store_finished(e->store, (uint32_t)next_group, e->sender->outbox->place);
    return code;
}

int encoder_finish(struct encoder *encoder, uint32_t first, uint32_t worker_count,
                   uint32_t group_count, uint64_t seq)
{
    uint32_t unnoted = 0;
    int code = 0;

    for (uint64_t group = first; !code && group < group_count; group += worker_count) {
        const struct pack *pack;

        code = leave_room(encoder);
        if (!code)
            code = group_store_pending(encoder->store, (uint32_t)group, &pack);
        if (!code && pack)
            code = part_sender_pack(encoder->sender, seq, (uint32_t)group, pack->text.data,
                                    pack->text.length);
        if (!code)
            code = part_sender_group_done(encoder->sender, seq, (uint32_t)group);
        if (!code && ++unnoted == FINISH_NOTE_GROUPS) {
            unnoted = 0;
            code = note_finished(encoder, group + worker_count);
        }
    }
    return code;
}
