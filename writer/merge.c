/*
 * Merging along the spine: one step a message.
 *
 * Ring 0 has an order of its own, kept in `stage`: samples, then splitters, then pairs, then END; a
 * contig needs a sample before it, a segment a contig. Sorted lists are checked as they come, since
 * an archive with unsorted ones would be misread by others and nobody would notice here.
 */
#include "writer/merge.h"

#include "common/archive.h"
#include "common/error.h"
#include "common/kmer.h"

#include <inttypes.h>
#include <string.h>

/* What ring 0 brought last. Samples and contigs may come without checks (tests of the rest of the
 * stream do without); whoever writes the archive counts them. */
enum {
    STAGE_START,
    STAGE_SAMPLE,
    STAGE_CONTIG,
    STAGE_CONTIG_CHECKED,
    STAGE_SAMPLE_CHECKED,
    STAGE_SPLITTERS,
    STAGE_PAIRS
};

void merge_begin(struct merge *merge, uint32_t worker_count)
{
    memset(merge, 0, sizeof *merge);
    merge->worker_count = worker_count;
    merge->next_seq = 1;
}

uint32_t merge_source(const struct merge *merge)
{
    switch (merge->phase) {
    case MERGE_SEGMENT:
        return 1 + merge->spine.group % merge->worker_count;
    case MERGE_TAIL:
        return 1 + merge->tail_group % merge->worker_count;
    case MERGE_ENDS:
        return 1 + merge->ends;
    default:
        return 0;
    }
}

static int wrong_length(const struct message *message, const char *what)
{
    return error_set(ERROR_SHARED, "%s of seq %" PRIu64 " has %" PRIu32 " bytes", what,
                     message->seq, message->length);
}

/* Copies a payload of fixed size out of shared memory, where it might change under a check. */
static int take_struct(const struct message *message, void *out, size_t size, const char *what)
{
    if (message->length != size)
        return wrong_length(message, what);
    memcpy(out, message->payload, size);
    return 0;
}

static int unexpected(const struct merge *merge, const struct message *message)
{
    return error_set(ERROR_SHARED,
                     "message of kind %" PRIu32 " (seq %" PRIu64 ") out of order: phase %" PRIu32
                     ", stage %" PRIu32 ", next segment %" PRIu64,
                     message->kind, message->seq, merge->phase, merge->stage, merge->next_seq);
}

static int take_sample(struct merge *merge, const struct message *message,
                       struct merge_effect *effect)
{
    if (merge->stage > STAGE_SAMPLE_CHECKED || message->seq != merge->next_seq)
        return unexpected(merge, message);
    if (message->length == 0 || memchr(message->payload, 0, message->length))
        return error_set(ERROR_SHARED,
                         "a sample name before segment %" PRIu64 " is empty or holds NUL",
                         merge->next_seq);
    merge->stage = STAGE_SAMPLE;
    merge->contigs = merge->segments = 0;
    effect->kind = MERGE_TAKE_SAMPLE;
    return 0;
}

static int take_contig(struct merge *merge, const struct message *message,
                       struct merge_effect *effect)
{
    if (merge->stage < STAGE_SAMPLE || merge->stage > STAGE_CONTIG_CHECKED ||
        message->seq != merge->next_seq)
        return unexpected(merge, message);
    if (memchr(message->payload, 0, message->length))
        return error_set(ERROR_SHARED, "a contig name before segment %" PRIu64 " holds NUL",
                         merge->next_seq);
    if (merge->contigs == UINT32_MAX)
        return error_set(ERROR_SHARED, "a sample has more than 2^32 - 1 contigs");
    merge->stage = STAGE_CONTIG;
    merge->contigs++;
    merge->segments = 0;
    effect->kind = MERGE_TAKE_CONTIG;
    return 0;
}

/* Of the contig (stage STAGE_CONTIG) or of the sample. */
static int take_check(struct merge *merge, const struct message *message,
                      struct merge_effect *effect)
{
    struct message_check check;
    int contig = message->kind == MESSAGE_CONTIG_CHECK;
    int code = take_struct(message, &check, sizeof check, "check");

    if (code)
        return code;
    if (message->seq != merge->next_seq ||
        (contig ? merge->stage != STAGE_CONTIG
                : merge->stage != STAGE_SAMPLE && merge->stage != STAGE_CONTIG_CHECKED))
        return unexpected(merge, message);
    if (contig && (check.high || check.low > UINT32_MAX))
        return error_set(ERROR_SHARED, "a contig's check before segment %" PRIu64 " is too large",
                         merge->next_seq);
    merge->stage = contig ? STAGE_CONTIG_CHECKED : STAGE_SAMPLE_CHECKED;
    effect->kind = contig ? MERGE_TAKE_CONTIG_CHECK : MERGE_TAKE_SAMPLE_CHECK;
    return 0;
}

static int take_spine(struct merge *merge, const struct message *message,
                      struct merge_effect *effect)
{
    struct message_spine spine;
    int code = take_struct(message, &spine, sizeof spine, "spine record");

    if (code)
        return code;
    if (merge->stage != STAGE_CONTIG || message->seq != merge->next_seq)
        return unexpected(merge, message);
    if (spine.length == 0 || spine.length > INT32_MAX || spine.reverse > 1 ||
        merge->segments == UINT32_MAX)
        return error_set(ERROR_SHARED,
                         "segment %" PRIu64 ": impossible spine record (length %" PRIu32
                         ", reverse %" PRIu32 ")",
                         message->seq, spine.length, spine.reverse);
    merge->segments++;
    merge->spine = spine;
    merge->phase = MERGE_SEGMENT;
    effect->kind = MERGE_TAKE_SPINE;
    return 0;
}

static int take_splitters(struct merge *merge, const struct message *message,
                          struct merge_effect *effect)
{
    if (merge->stage == STAGE_START || merge->stage > STAGE_SPLITTERS)
        return unexpected(merge, message);
    if (message->length % sizeof(uint64_t))
        return wrong_length(message, "list of splitters");
    for (uint32_t at = 0; at < message->length; at += sizeof(uint64_t)) {
        uint64_t kmer;

        memcpy(&kmer, message->payload + at, sizeof kmer);
        if (merge->splitters && kmer <= merge->last_splitter)
            return error_set(ERROR_SHARED,
                             "splitter %016" PRIx64 " after %016" PRIx64 ": not sorted", kmer,
                             merge->last_splitter);
        merge->last_splitter = kmer;
        merge->splitters++;
    }
    merge->stage = STAGE_SPLITTERS;
    effect->kind = MERGE_TAKE_SPLITTERS;
    return 0;
}

static int check_pair(const struct merge *merge, const struct message_pair *pair)
{
    const struct message_pair *last = &merge->last_pair;
    int none = pair->first == KMER_NONE && pair->second == KMER_NONE;

    if (merge->pairs &&
        (pair->first < last->first || (pair->first == last->first && pair->second <= last->second)))
        return error_set(ERROR_SHARED,
                         "splitter pair (%016" PRIx64 ", %016" PRIx64
                         "): not sorted, or there twice",
                         pair->first, pair->second);
    if (none ? pair->group != 0 : pair->group < ARCHIVE_RAW_GROUPS)
        return error_set(ERROR_SHARED,
                         "splitter pair (%016" PRIx64 ", %016" PRIx64 ") names group %" PRIu32,
                         pair->first, pair->second, pair->group);
    if (!none && pair->second != KMER_NONE && pair->first != KMER_NONE &&
        pair->first > pair->second)
        return error_set(ERROR_SHARED,
                         "splitter pair (%016" PRIx64 ", %016" PRIx64
                         ") has the larger k-mer first",
                         pair->first, pair->second);
    return 0;
}

static int take_pairs(struct merge *merge, const struct message *message,
                      struct merge_effect *effect)
{
    if (merge->stage == STAGE_START)
        return unexpected(merge, message);
    if (message->length % sizeof(struct message_pair))
        return wrong_length(message, "list of splitter pairs");
    for (uint32_t at = 0; at < message->length; at += sizeof(struct message_pair)) {
        struct message_pair pair;
        int code;

        memcpy(&pair, message->payload + at, sizeof pair);
        code = check_pair(merge, &pair);
        if (code)
            return code;
        if (pair.group > merge->group_max)
            merge->group_max = pair.group;
        merge->last_pair = pair;
        merge->pairs++;
    }
    merge->stage = STAGE_PAIRS;
    effect->kind = MERGE_TAKE_PAIRS;
    return 0;
}

static int take_input_end(struct merge *merge, const struct message *message,
                          struct merge_effect *effect)
{
    struct message_end end;
    int code = take_struct(message, &end, sizeof end, "end record of the reader");

    if (code)
        return code;
    if (merge->stage == STAGE_START)
        return unexpected(merge, message);
    if (end.segment_count != merge->next_seq - 1 || end.group_count < ARCHIVE_RAW_GROUPS ||
        merge->group_max >= end.group_count)
        return error_set(ERROR_SHARED,
                         "the reader ends with %" PRIu64 " segments and %" PRIu32
                         " groups, after %" PRIu64 " segments and a pair of group %" PRIu32,
                         end.segment_count, end.group_count, merge->next_seq - 1, merge->group_max);
    /* Sorted, so the row that must always be there can only be the last. */
    if (merge->pairs == 0 || merge->last_pair.first != KMER_NONE ||
        merge->last_pair.second != KMER_NONE)
        return error_set(ERROR_SHARED, "the reader sent no splitter pair (none, none)");
    merge->group_count = end.group_count;
    merge->phase = MERGE_TAIL;
    effect->kind = MERGE_TAKE_INPUT_END;
    return 0;
}

static int take_from_reader(struct merge *merge, const struct message *message,
                            struct merge_effect *effect)
{
    switch (message->kind) {
    case MESSAGE_SAMPLE:
        return take_sample(merge, message, effect);
    case MESSAGE_CONTIG:
        return take_contig(merge, message, effect);
    case MESSAGE_CONTIG_CHECK:
    case MESSAGE_SAMPLE_CHECK:
        return take_check(merge, message, effect);
    case MESSAGE_SPINE:
        return take_spine(merge, message, effect);
    case MESSAGE_SPLITTERS:
        return take_splitters(merge, message, effect);
    case MESSAGE_PAIRS:
        return take_pairs(merge, message, effect);
    case MESSAGE_END:
        return take_input_end(merge, message, effect);
    default:
        return unexpected(merge, message);
    }
}

static int take_part_begin(struct merge *merge, const struct message *message, uint32_t group,
                           struct merge_effect *effect)
{
    struct message_part_begin part;
    int code = take_struct(message, &part, sizeof part, "part");

    if (code)
        return code;
    if (merge->part_open)
        return unexpected(merge, message);
    if (part.group != group || part.kind > PART_PACK || part.data_bytes == 0)
        return error_set(ERROR_SHARED,
                         "a part of group %" PRIu32 ", kind %" PRIu32 ", %" PRIu64
                         " bytes came for group %" PRIu32,
                         part.group, part.kind, part.data_bytes, group);
    merge->part = part;
    merge->part_left = part.data_bytes;
    merge->part_open = 1;
    effect->kind = MERGE_TAKE_PART;
    return 0;
}

static int take_part_data(struct merge *merge, const struct message *message,
                          struct merge_effect *effect)
{
    if (!merge->part_open || message->length == 0 || message->length > merge->part_left)
        return error_set(
            ERROR_SHARED,
            "%" PRIu32 " bytes of a part came where %" PRIu64 " are missing (group %" PRIu32 ")",
            message->length, merge->part_open ? merge->part_left : 0, merge->part.group);
    merge->part_left -= message->length;
    merge->part_open = merge->part_left > 0;
    effect->kind = MERGE_TAKE_DATA;
    effect->complete = !merge->part_open;
    return 0;
}

static int take_placement(struct merge *merge, const struct message *message,
                          struct merge_effect *effect)
{
    struct message_placement placement;
    int code = take_struct(message, &placement, sizeof placement, "placement");

    if (code)
        return code;
    if (merge->part_open)
        return unexpected(merge, message);
    if (message->seq != merge->next_seq || placement.group != merge->spine.group)
        return error_set(ERROR_SHARED,
                         "placement of segment %" PRIu64 " in group %" PRIu32
                         " came where segment %" PRIu64 " in group %" PRIu32 " was due",
                         message->seq, placement.group, merge->next_seq, merge->spine.group);
    effect->kind = MERGE_TAKE_PLACEMENT;
    effect->group = placement.group;
    effect->member = placement.member;
    effect->length = merge->spine.length;
    effect->reverse = merge->spine.reverse;
    merge->next_seq++;
    merge->phase = MERGE_SPINE;
    return 0;
}

static int take_for_segment(struct merge *merge, const struct message *message,
                            struct merge_effect *effect)
{
    switch (message->kind) {
    case MESSAGE_PART_BEGIN:
        return take_part_begin(merge, message, merge->spine.group, effect);
    case MESSAGE_PART_DATA:
        return take_part_data(merge, message, effect);
    case MESSAGE_PLACEMENT:
        return take_placement(merge, message, effect);
    default:
        return unexpected(merge, message);
    }
}

static int take_group_done(struct merge *merge, const struct message *message,
                           struct merge_effect *effect)
{
    struct message_group group;
    int code = take_struct(message, &group, sizeof group, "end of a group");

    if (code)
        return code;
    if (merge->part_open || group.group != merge->tail_group)
        return error_set(ERROR_SHARED, "group %" PRIu32 " ended where group %" PRIu32 " was due",
                         group.group, merge->tail_group);
    effect->kind = MERGE_TAKE_GROUP;
    effect->group = group.group;
    merge->tail_part = 0;
    if (++merge->tail_group == merge->group_count)
        merge->phase = MERGE_ENDS;
    return 0;
}

static int take_for_tail(struct merge *merge, const struct message *message,
                         struct merge_effect *effect)
{
    switch (message->kind) {
    case MESSAGE_PART_BEGIN:
        if (merge->tail_part)
            return error_set(ERROR_SHARED, "group %" PRIu32 " has two last parts",
                             merge->tail_group);
        merge->tail_part = 1;
        return take_part_begin(merge, message, merge->tail_group, effect);
    case MESSAGE_PART_DATA:
        return take_part_data(merge, message, effect);
    case MESSAGE_GROUP_DONE:
        return take_group_done(merge, message, effect);
    default:
        return unexpected(merge, message);
    }
}

int merge_take(struct merge *merge, const struct message *message, struct merge_effect *effect)
{
    memset(effect, 0, sizeof *effect);
    switch (merge->phase) {
    case MERGE_SPINE:
        return take_from_reader(merge, message, effect);
    case MERGE_SEGMENT:
        return take_for_segment(merge, message, effect);
    case MERGE_TAIL:
        return take_for_tail(merge, message, effect);
    case MERGE_ENDS:
        if (message->kind != MESSAGE_END)
            return unexpected(merge, message);
        if (++merge->ends == merge->worker_count)
            merge->phase = MERGE_DONE;
        return 0;
    default:
        return unexpected(merge, message);
    }
}
