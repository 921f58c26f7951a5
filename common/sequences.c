/*
 * Ranges of contigs: see sequences.h; how members of groups are stored: spec sections 5 to 7.
 *
 * A contig is its segments, of which all but the first give their letters after the first k. What
 * is wanted of a segment is decoded into the caller's buffer as codes: copied from a reference or
 * a raw member, or from a delta without what lies outside. Of a reversed segment the mirrored range
 * is decoded beside, then turned round into its place.
 */
#include "common/sequences.h"

#include "common/checks.h"
#include "common/error.h"
#include "common/lzdiff.h"
#include "common/part_share.h"
#include "common/symbols.h"

#include <stdlib.h>
#include <string.h>

enum { REVERSE_STACK_BYTES = 16 * 1024 };

struct sequences {
    struct catalog *catalog;
    struct part_share *parts;
    uint32_t k, pack, min_match;
    enum lzdiff_version version;
};

int sequences_open(struct sequences **sequences, const char *path, size_t cache_bytes, int checked)
{
    struct sequences *s = calloc(1, sizeof *s);
    const struct archive_params *params;
    int code;

    if (!s)
        return error_set(ERROR_MEMORY, "out of memory for an archive");
    code = catalog_open(&s->catalog, path, cache_bytes / 4, checked);
    if (!code)
        code = part_share_create(&s->parts, s->catalog, cache_bytes - cache_bytes / 4);
    if (code) {
        sequences_close(s);
        return code;
    }
    params = catalog_params(s->catalog);
    s->k = params->k;
    s->pack = params->pack;
    s->min_match = params->min_match;
    s->version = params->version_major < 2 ? LZDIFF_V1 : LZDIFF_V2;
    *sequences = s;
    return 0;
}

void sequences_close(struct sequences *sequences)
{
    if (!sequences)
        return;
    part_share_free(sequences->parts);
    catalog_close(sequences->catalog);
    free(sequences);
}

struct catalog *sequences_catalog(struct sequences *sequences)
{
    return sequences->catalog;
}

/* What one segment needs: its pack, its reference, or both. */
struct member {
    const struct archive_segment *segment;
    struct member_item *pack, *reference;
    const uint8_t *entry; /* codes of the member, or its delta */
    size_t entry_length;
    int is_delta;
};

static int hold_entry(struct sequences *s, struct member *m, uint32_t index)
{
    int code = part_share_hold(s->parts, m->segment->group, index / s->pack, &m->pack);

    return code ? code : member_item_entry(m->pack, index % s->pack, &m->entry, &m->entry_length);
}

static int hold_member(struct sequences *s, struct member *m)
{
    const struct archive_segment *segment = m->segment;
    int code = 0;

    m->is_delta = segment->group >= ARCHIVE_RAW_GROUPS && segment->member > 0;
    if (segment->group < ARCHIVE_RAW_GROUPS)
        code = hold_entry(s, m, segment->member);
    else if (segment->member)
        code = hold_entry(s, m, segment->member - 1);
    if (!code && segment->group >= ARCHIVE_RAW_GROUPS)
        code = part_share_hold(s->parts, segment->group, MEMBER_CACHE_REFERENCE, &m->reference);
    if (code)
        return code;
    if (segment->group >= ARCHIVE_RAW_GROUPS && !m->is_delta) {
        m->entry = m->reference->data.data;
        m->entry_length = m->reference->data.length;
    }
    if (!m->is_delta && m->entry_length != segment->length)
        return error_set(ERROR_FORMAT, "%zu symbols instead of %u", m->entry_length,
                         segment->length);
    return 0;
}

/* Codes first .. first + count of the member as it is stored. */
static int stored_codes(const struct sequences *s, const struct member *m, size_t first,
                        size_t count, uint8_t *out)
{
    if (!m->is_delta) {
        memcpy(out, m->entry + first, count);
        return 0;
    }
    return lzdiff_decode_range(m->reference->data.data, m->reference->data.length, m->entry,
                               m->entry_length, s->min_match, s->version, m->segment->length, first,
                               count, out);
}

/* The same of a segment that stands reversed: first counts from the stored end. */
static int reversed_codes(const struct sequences *s, const struct member *m, size_t first,
                          size_t count, uint8_t *out)
{
    uint8_t block[REVERSE_STACK_BYTES], *codes = block;
    int code;

    if (count > sizeof block)
        codes = malloc(count);
    if (!codes)
        return error_set(ERROR_MEMORY, "out of memory for %zu symbols", count);
    code = stored_codes(s, m, m->segment->length - first - count, count, codes);
    if (!code)
        symbols_reverse_complement(out, codes, count);
    if (codes != block)
        free(codes);
    return code;
}

static int read_segment(struct sequences *s, const struct archive_segment *segment, size_t first,
                        size_t count, uint8_t *letters)
{
    struct member m = {.segment = segment};
    int code = hold_member(s, &m);

    if (!code && segment->reverse)
        code = reversed_codes(s, &m, first, count, letters);
    else if (!code)
        code = stored_codes(s, &m, first, count, letters);
    part_share_release(s->parts, m.pack);
    part_share_release(s->parts, m.reference);
    if (code)
        return error_wrap(code, "group %u, member %u", segment->group, segment->member);
    symbols_to_letters(letters, letters, count);
    return 0;
}

static int compare_check(const struct contig_row *row, const uint8_t *letters)
{
    struct sequence_check *check;
    int code = sequence_check_create(&check);

    if (code)
        return code;
    sequence_check_contig(check, "", 0);
    sequence_check_letters(check, letters, (size_t)row->length);
    if (sequence_check_of_contig(check) != row->check)
        code = error_set(ERROR_FORMAT,
                         "contig %.200s: damaged: its letters are not those of its check",
                         row->header);
    sequence_check_free(check);
    return code;
}

int sequences_read(struct sequences *sequences, const struct contig_table *table,
                   const struct contig_row *row, uint64_t from, size_t count, uint8_t *letters)
{
    const struct archive_segment *segments = table->segments + row->first_segment;
    const uint64_t *ends = table->ends + row->first_segment;
    uint64_t to = from + count;
    uint8_t *at = letters;
    int whole = count == row->length;
    uint32_t i;
    int code = 0;

    if (to < from || to > row->length)
        return error_set(ERROR_NOT_FOUND, "a range that ends past the contig's %llu letters",
                         (unsigned long long)row->length);
    if (count == 0)
        return 0;
    for (i = contig_table_segment(table, row, from); !code && from < to; i++) {
        uint64_t end = ends[i] < to ? ends[i] : to;
        uint64_t begin = ends[i] - segments[i].length; /* with what the neighbour has as well */

        if (end == from) /* a segment without letters of its own */
            continue;
        code =
            read_segment(sequences, &segments[i], (size_t)(from - begin), (size_t)(end - from), at);
        at += end - from;
        from = end;
    }
    return code || !whole || !row->has_check ? code : compare_check(row, letters);
}
