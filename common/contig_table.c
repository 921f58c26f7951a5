/*
 * Contigs of a sample: see contig_table.h.
 *
 * Headers are gathered in one text whose address changes while it grows, so rows hold their offset
 * (as a pointer from NULL would be none) until all are there; then pointers are set. Sizes grow
 * with what the cursor really decodes, never with what it announces.
 */
#include "common/contig_table.h"

#include "common/error.h"
#include "common/names.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct building {
    struct contig_table *table;
    struct bytes rows, offsets, segments, ends;
    uint32_t k;
};

uint64_t contig_name_hash(const char *name, size_t length)
{
    return XXH3_64bits(name, contig_short_length(name, length));
}

int contig_name_matches(const char *header, size_t header_length, const char *name, size_t length)
{
    if (header_length < length || memcmp(header, name, length) != 0)
        return 0;
    return header_length == length || contig_short_length(header, header_length) == length;
}

static int add_segments(struct building *b, struct contig_cursor *cursor, struct contig_row *row)
{
    uint32_t i;
    int code = contig_cursor_contig_check(cursor, &row->has_check, &row->check);

    row->first_segment = b->segments.length / sizeof(struct archive_segment);
    for (i = 0; !code && i < row->segment_count; i++) {
        struct archive_segment s;

        code = contig_cursor_segment(cursor, &s);
        if (code)
            break;
        row->length += s.length - (i > 0 ? b->k : 0); /* the cursor saw to s.length >= k */
        code = bytes_append(&b->segments, &s, sizeof s);
        if (!code)
            code = bytes_append(&b->ends, &row->length, sizeof row->length);
    }
    return code;
}

static int add_contig(struct building *b, struct contig_cursor *cursor, const char *name,
                      size_t length, uint32_t segments)
{
    struct contig_row row = {.header_length = length, .segment_count = segments};
    size_t offset = b->table->text.length;
    int code = bytes_append(&b->table->text, name, length + 1);

    if (!code)
        code = bytes_append(&b->offsets, &offset, sizeof offset);
    if (!code)
        code = add_segments(b, cursor, &row);
    if (!code)
        code = bytes_append(&b->rows, &row, sizeof row);
    if (!code && ++b->table->count == UINT32_MAX)
        code = error_set(ERROR_FORMAT, "more than 2^32 contigs in a sample");
    return code;
}

static int add_contigs(struct building *b, struct contig_cursor *cursor)
{
    const char *name;
    size_t length;
    uint32_t segments;
    int have, code;

    for (;;) {
        code = contig_cursor_next(cursor, &have, &name, &length, &segments);
        if (code || !have)
            return code;
        code = add_contig(b, cursor, name, length, segments);
        if (code)
            return code;
    }
}

static int make_slots(struct contig_table *t)
{
    uint64_t slots = 4;
    uint32_t i;

    while (slots < (uint64_t)t->count * 3 / 2 + 1)
        slots *= 2;
    t->slots = calloc(slots, sizeof *t->slots);
    if (!t->slots)
        return error_set(ERROR_MEMORY, "out of memory for %u contigs", t->count);
    t->slot_mask = (uint32_t)(slots - 1);
    for (i = 0; i < t->count; i++) {
        uint64_t at = contig_name_hash(t->rows[i].header, t->rows[i].header_length);

        while (t->slots[at & t->slot_mask])
            at++;
        t->slots[at & t->slot_mask] = i + 1;
    }
    t->bytes += slots * sizeof *t->slots;
    return 0;
}

/* Hands a buffer over to the table, without the room that is left in it. */
static void *take(struct contig_table *t, struct bytes *b)
{
    void *kept = b->length ? realloc(b->data, b->length) : NULL;

    if (!kept)
        kept = b->data;
    t->bytes += b->length;
    b->data = NULL;
    b->capacity = b->length = 0;
    return kept;
}

static int finish(struct building *b)
{
    struct contig_table *t = b->table;
    const size_t *offsets = (const size_t *)(const void *)b->offsets.data;
    uint32_t i;

    t->rows = take(t, &b->rows);
    t->segments = take(t, &b->segments);
    t->ends = take(t, &b->ends);
    t->bytes += sizeof *t + t->text.capacity;
    for (i = 0; i < t->count; i++)
        t->rows[i].header = (const char *)t->text.data + offsets[i];
    return make_slots(t);
}

int contig_table_build(struct contig_table **table, struct contig_cursor *cursor, uint32_t k)
{
    struct building b = {.k = k};
    int code;

    b.table = calloc(1, sizeof *b.table);
    if (!b.table)
        return error_set(ERROR_MEMORY, "out of memory for a table of contigs");
    b.table->sample = contig_cursor_sample(cursor);
    code = add_contigs(&b, cursor);
    if (!code)
        code = finish(&b);
    bytes_free(&b.rows);
    bytes_free(&b.offsets);
    bytes_free(&b.segments);
    bytes_free(&b.ends);
    if (code)
        contig_table_free(b.table);
    else
        *table = b.table;
    return code;
}

void contig_table_free(struct contig_table *table)
{
    if (!table)
        return;
    bytes_free(&table->text);
    free(table->rows);
    free(table->segments);
    free(table->ends);
    free(table->slots);
    free(table);
}

uint32_t contig_table_find(const struct contig_table *table, const char *name, size_t length,
                           uint32_t *row)
{
    uint64_t at = contig_name_hash(name, length);
    uint32_t hits = 0, slot;

    for (; (slot = table->slots[at & table->slot_mask]); at++) {
        const struct contig_row *r = &table->rows[slot - 1];

        if (!contig_name_matches(r->header, r->header_length, name, length))
            continue;
        if (hits == 0 || slot - 1 < *row)
            *row = slot - 1;
        hits++;
    }
    return hits;
}

uint32_t contig_table_segment(const struct contig_table *table, const struct contig_row *row,
                              uint64_t from)
{
    const uint64_t *ends = row->segment_count ? table->ends + row->first_segment : NULL;
    uint32_t low = 0, high = row->segment_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (ends[middle] <= from)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
