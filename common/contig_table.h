/*
 * The contigs of one sample, decoded: names, lengths, segments, and a look-up by name.
 *
 * Built once by a walk over the collection and never changed after, so threads may share it. It
 * answers what a range costs to find: the contig by its name in constant time, the first segment
 * that a position touches by binary search.
 */
#ifndef COMMON_CONTIG_TABLE_H
#define COMMON_CONTIG_TABLE_H

#include "common/archive.h"

struct contig_row {
    const char *header; /* whole, ended by NUL; in the table */
    size_t header_length;
    uint32_t segment_count;
    int has_check;
    uint32_t check;       /* common/checks.h */
    size_t first_segment; /* in the table's segments */
    uint64_t length;      /* letters */
};

struct contig_table {
    uint32_t sample, count;
    struct contig_row *rows;
    struct archive_segment *segments;
    uint64_t *ends;    /* per segment: where it ends in its contig */
    size_t bytes;      /* heap that the table takes */
    void *keeper;      /* for the catalog that keeps it */
    struct bytes text; /* the headers */
    uint32_t *slots;   /* open addressing by short name: row + 1, 0 = free */
    uint32_t slot_mask;
};

/* Decodes the sample that cursor stands at the beginning of. k: of the archive. */
int contig_table_build(struct contig_table **table, struct contig_cursor *cursor, uint32_t k);
void contig_table_free(struct contig_table *table);

/* Counts the contigs whose short name, or whole header, is name; *row is the first of them. */
uint32_t contig_table_find(const struct contig_table *table, const char *name, size_t length,
                           uint32_t *row);

/* True if header, or its short form, is name. */
int contig_name_matches(const char *header, size_t header_length, const char *name, size_t length);

/* Hash by which contigs are looked up: of the short form of name, so that a header and its short
 * name have the same. */
uint64_t contig_name_hash(const char *name, size_t length);

/* The first segment of a contig (0 .. segment_count) that holds letters after position from. */
uint32_t contig_table_segment(const struct contig_table *table, const struct contig_row *row,
                              uint64_t from);

#endif
