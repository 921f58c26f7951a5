/*
 * Members and parts of each group, counted.
 *
 * A group's row is made when it is first named. Numbers are given in the order of the segments, so
 * a row far beyond the last is no group but a damaged number: it is refused before memory is taken.
 */
#include "writer/part_table.h"

#include "common/archive.h"
#include "common/error.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { GAP_MAX = 1 << 16 };

/* members: in use, member 0 of an LZ group included; a raw group's placeholder too. */
struct group_row {
    uint32_t members;
    uint32_t packs : 31;
    uint32_t has_reference : 1;
};

struct part_table {
    uint32_t pack;
    uint32_t count;
    uint32_t capacity;
    struct group_row *rows;
};

int part_table_create(struct part_table **table, uint32_t pack)
{
    struct part_table *t;

    if (pack == 0)
        return error_set(ERROR_USAGE, "a pack of no members");
    t = calloc(1, sizeof *t);
    if (!t)
        return error_set(ERROR_MEMORY, "out of memory for the table of groups");
    t->pack = pack;
    *table = t;
    return 0;
}

void part_table_free(struct part_table *table)
{
    if (!table)
        return;
    free(table->rows);
    free(table);
}

static int is_raw(uint32_t group)
{
    return group < ARCHIVE_RAW_GROUPS;
}

static int grow(struct part_table *table, uint32_t count)
{
    uint64_t capacity = table->capacity + (uint64_t)table->capacity / 2 + 256;
    struct group_row *rows;

    if (capacity < count)
        capacity = count;
    if (capacity > UINT32_MAX)
        capacity = UINT32_MAX;
    rows = realloc(table->rows, capacity * sizeof *rows);
    if (!rows)
        return error_set(ERROR_MEMORY, "out of memory for %" PRIu64 " groups", capacity);
    table->rows = rows;
    table->capacity = (uint32_t)capacity;
    return 0;
}

/* The row of a group, made if need be. */
static int find_row(struct part_table *table, uint32_t group, struct group_row **row)
{
    if (group >= table->count) {
        if (group - table->count >= GAP_MAX)
            return error_set(ERROR_SHARED, "group %" PRIu32 " where only %" PRIu32 " are known",
                             group, table->count);
        if (group >= table->capacity) {
            int code = grow(table, group + 1);

            if (code)
                return code;
        }
        memset(table->rows + table->count, 0, (group + 1 - table->count) * sizeof *table->rows);
        for (uint32_t g = table->count; g <= group && is_raw(g); g++)
            table->rows[g].members = 1; /* the placeholder is there from the beginning */
        table->count = group + 1;
    }
    *row = &table->rows[group];
    return 0;
}

int part_table_add_member(struct part_table *table, uint32_t group, uint32_t member)
{
    struct group_row *row;
    int code = find_row(table, group, &row);

    if (code)
        return code;
    if (member > row->members || member > INT32_MAX || (is_raw(group) && member == 0))
        return error_set(ERROR_SHARED, "member %" PRIu32 " of group %" PRIu32 " which has %" PRIu32,
                         member, group, row->members);
    if (member == row->members)
        row->members++;
    return 0;
}

int part_table_add_part(struct part_table *table, enum entry_stream stream, uint32_t group)
{
    struct group_row *row;
    int code = find_row(table, group, &row);

    if (code)
        return code;
    if (stream == STREAM_REFERENCE) {
        if (is_raw(group) || row->has_reference || row->packs)
            return error_set(ERROR_SHARED, "a reference of group %" PRIu32 " out of place", group);
        row->has_reference = 1;
        return 0;
    }
    if (!is_raw(group) && !row->has_reference)
        return error_set(ERROR_SHARED, "a pack of group %" PRIu32 " before its reference", group);
    if (row->packs == INT32_MAX)
        return error_set(ERROR_SHARED, "more than 2^31 packs of group %" PRIu32, group);
    row->packs++;
    return 0;
}

int part_table_finish_group(const struct part_table *table, uint32_t group)
{
    const struct group_row *row;
    uint32_t stored, need;

    if (group >= table->count)
        return error_set(ERROR_SHARED, "group %" PRIu32 " has no part", group);
    row = &table->rows[group];
    if (!is_raw(group) && (!row->has_reference || row->members == 0))
        return error_set(ERROR_SHARED, "group %" PRIu32 " has no reference", group);
    /* Spec section 5: the reference is in no pack, the placeholder is in the first. */
    stored = is_raw(group) ? row->members : row->members - 1;
    need = stored / table->pack + (stored % table->pack != 0);
    if (row->packs != need)
        return error_set(ERROR_SHARED, "group %" PRIu32 " has %u packs for %" PRIu32 " members",
                         group, (unsigned)row->packs, stored);
    return 0;
}

uint32_t part_table_groups(const struct part_table *table)
{
    return table->count;
}

uint64_t part_table_parts(const struct part_table *table, enum entry_stream stream, uint32_t group)
{
    if (group >= table->count)
        return 0;
    return stream == STREAM_REFERENCE ? table->rows[group].has_reference : table->rows[group].packs;
}
