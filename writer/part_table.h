/*
 * What the writer knows of the groups: how many members and parts each has.
 *
 * Eight bytes a group, whatever the number of segments and parts. It checks what the workers say:
 * a member number is a new one (one above the highest) or one given before; an LZ group has one
 * reference, first of its parts; at the end the packs are as many as the members need. The places
 * of the parts are not kept: they stand in the journal, and part_order.h brings them into the
 * footer's order.
 *
 * Every violation is ERROR_SHARED with a text that names the group.
 */
#ifndef WRITER_PART_TABLE_H
#define WRITER_PART_TABLE_H

#include "writer/journal.h"

struct part_table;

/* pack: members a pack. */
int part_table_create(struct part_table **table, uint32_t pack);
void part_table_free(struct part_table *table);

/* A segment was placed. */
int part_table_add_member(struct part_table *table, uint32_t group, uint32_t member);

/* A part of stream STREAM_REFERENCE or STREAM_PACK came. */
int part_table_add_part(struct part_table *table, enum entry_stream stream, uint32_t group);

/* The group will get no more: are its parts what its members need? */
int part_table_finish_group(const struct part_table *table, uint32_t group);

/* Groups known so far; all below it exist or are gaps. */
uint32_t part_table_groups(const struct part_table *table);

/* Parts of one stream of a group: 0 or 1 for STREAM_REFERENCE. */
uint64_t part_table_parts(const struct part_table *table, enum entry_stream stream, uint32_t group);

#endif
