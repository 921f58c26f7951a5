/*
 * The functions of agc.h: a thin layer over sequences.h that resolves names and passes on errors.
 */
#include "common/libagc/agc.h"

#include "common/error.h"
#include "common/libagc/libagc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_CACHE_MIB = 256 };

int libagc_code(int code)
{
    switch (code) {
    case 0:
        return AGC_OK;
    case ERROR_MEMORY:
        return AGC_MEMORY;
    case ERROR_FORMAT:
        return AGC_FORMAT;
    case ERROR_VERSION:
        return AGC_VERSION;
    case ERROR_NOT_FOUND:
        return AGC_NOT_FOUND;
    case ERROR_USAGE:
        return AGC_ARGUMENT;
    default:
        return AGC_IO;
    }
}

/* Passes an AGC_... code on, and the thread's message with it. */
static int tell(int code, struct agc_error *error)
{
    if (error) {
        error->code = code;
        snprintf(error->text, sizeof error->text, "%s", code ? error_text() : "");
    }
    return code;
}

static int missing(const char *what, struct agc_error *error)
{
    error_set(ERROR_USAGE, "%s is NULL", what);
    return tell(AGC_ARGUMENT, error);
}

AGC_EXPORT int agc_open_file(agc_t **archive, const char *path, const struct agc_settings *settings,
                             struct agc_error *error)
{
    uint64_t bytes = settings && settings->cache_bytes ? settings->cache_bytes
                                                       : (uint64_t)DEFAULT_CACHE_MIB << 20;
    agc_t *a;
    int code;

    if (!archive || !path)
        return missing(archive ? "path" : "archive", error);
    a = calloc(1, sizeof *a);
    code = a ? 0 : error_set(ERROR_MEMORY, "out of memory for an archive");
    if (!code)
        code = sequences_open(&a->sequences, path, bytes < SIZE_MAX ? (size_t)bytes : SIZE_MAX, 1);
    if (code) {
        free(a);
        return tell(libagc_code(code), error);
    }
    a->catalog = sequences_catalog(a->sequences);
    *archive = a;
    return tell(AGC_OK, error);
}

AGC_EXPORT int agc_close(agc_t *archive)
{
    if (!archive)
        return -1;
    sequences_close(archive->sequences);
    free(archive);
    return 0;
}

AGC_EXPORT uint64_t agc_sample_count(const agc_t *archive)
{
    return archive ? catalog_sample_count(archive->catalog) : 0;
}

AGC_EXPORT const char *agc_sample_name(const agc_t *archive, uint64_t number)
{
    if (!archive || number >= catalog_sample_count(archive->catalog))
        return NULL;
    return catalog_sample_name(archive->catalog, (uint32_t)number);
}

/* ---- contigs by name */

static int ambiguous(const char *contig, uint64_t count, const char *where)
{
    error_set(ERROR_NOT_FOUND, "%llu contigs of %s have the name '%s'", (unsigned long long)count,
              where, contig);
    return AGC_AMBIGUOUS;
}

static int hold_in_sample(const struct agc_t *archive, const char *sample, const char *contig,
                          int first, struct held_contig *held)
{
    uint32_t number, row = 0, hits;
    int code = catalog_find_sample(archive->catalog, sample, &number);

    if (!code)
        code = catalog_hold(archive->catalog, number, &held->table);
    if (code)
        return libagc_code(code);
    hits = contig_table_find(held->table, contig, strlen(contig), &row);
    held->row = &held->table->rows[row];
    if (hits == 1 || (hits && first))
        return AGC_OK;
    catalog_release(archive->catalog, held->table);
    if (hits)
        return ambiguous(contig, hits, sample);
    error_set(ERROR_NOT_FOUND, "sample %s has no contig '%s'", sample, contig);
    return AGC_NOT_FOUND;
}

static int hold_anywhere(const struct agc_t *archive, const char *contig, struct held_contig *held)
{
    struct catalog_place place;
    uint64_t count;
    int code = catalog_find_contig(archive->catalog, contig, strlen(contig), &place, 1, &count);

    if (!code && count == 0)
        code = error_set(ERROR_NOT_FOUND, "no sample has a contig '%s'", contig);
    if (code)
        return libagc_code(code);
    if (count > 1)
        return ambiguous(contig, count, "the archive");
    code = catalog_hold(archive->catalog, place.sample, &held->table);
    if (!code)
        held->row = &held->table->rows[place.row];
    return libagc_code(code);
}

int libagc_hold(const struct agc_t *archive, const char *sample, const char *contig, int first,
                struct held_contig *held)
{
    if (!archive || !contig) {
        error_set(ERROR_USAGE, "%s is NULL", archive ? "the contig's name" : "archive");
        return AGC_ARGUMENT;
    }
    if (sample && *sample)
        return hold_in_sample(archive, sample, contig, first, held);
    return hold_anywhere(archive, contig, held);
}

AGC_EXPORT int agc_contig_length(const agc_t *archive, const char *sample, const char *contig,
                                 uint64_t *length, struct agc_error *error)
{
    struct held_contig held;
    int code;

    if (!length)
        return missing("length", error);
    code = libagc_hold(archive, sample, contig, 0, &held);
    if (code)
        return tell(code, error);
    *length = held.row->length;
    catalog_release(archive->catalog, held.table);
    return tell(AGC_OK, error);
}

AGC_EXPORT int agc_range(const agc_t *archive, const char *sample, const char *contig,
                         uint64_t from, uint64_t count, char *buffer, uint64_t *got,
                         struct agc_error *error)
{
    struct held_contig held;
    uint64_t left;
    int code;

    if ((!buffer && count) || !got)
        return missing(got ? "buffer" : "got", error);
    code = libagc_hold(archive, sample, contig, 0, &held);
    if (code)
        return tell(code, error);
    left = from <= held.row->length ? held.row->length - from : 0;
    count = count < left ? count : left;
    if (from > held.row->length)
        code = error_set(ERROR_NOT_FOUND, "contig '%s' has %llu letters: none from %llu on", contig,
                         (unsigned long long)held.row->length, (unsigned long long)from);
    else if (count)
        code = sequences_read(archive->sequences, held.table, held.row, from, (size_t)count,
                              (uint8_t *)buffer);
    catalog_release(archive->catalog, held.table);
    if (!code)
        *got = count;
    return tell(libagc_code(code), error);
}

/* ---- lists */

static int hold_sample(const agc_t *archive, const char *sample, const struct contig_table **table)
{
    uint32_t number;
    int code;

    if (!archive || !sample)
        return error_set(ERROR_USAGE, "%s is NULL", archive ? "sample" : "archive");
    code = catalog_find_sample(archive->catalog, sample, &number);
    return code ? code : catalog_hold(archive->catalog, number, table);
}

AGC_EXPORT int agc_contig_count(const agc_t *archive, const char *sample, uint64_t *count,
                                struct agc_error *error)
{
    const struct contig_table *table;
    int code;

    if (!count)
        return missing("count", error);
    code = hold_sample(archive, sample, &table);
    if (code)
        return tell(libagc_code(code), error);
    *count = table->count;
    catalog_release(archive->catalog, table);
    return tell(AGC_OK, error);
}

/* Rows and, behind them, the text of their headers. */
static struct agc_contig *copy_rows(const struct contig_table *table)
{
    size_t rows = (size_t)table->count * sizeof(struct agc_contig);
    struct agc_contig *list = malloc(rows + table->text.length + 1);
    char *text = (char *)list + rows;
    uint32_t i;

    for (i = 0; list && i < table->count; i++) {
        const struct contig_row *row = &table->rows[i];

        memcpy(text, row->header, row->header_length + 1);
        list[i] = (struct agc_contig){text, row->length};
        text += row->header_length + 1;
    }
    return list;
}

AGC_EXPORT int agc_contigs(const agc_t *archive, const char *sample, struct agc_contig **contigs,
                           uint64_t *count, struct agc_error *error)
{
    const struct contig_table *table;
    struct agc_contig *list;
    int code;

    if (!contigs || !count)
        return missing(contigs ? "count" : "contigs", error);
    code = hold_sample(archive, sample, &table);
    if (code)
        return tell(libagc_code(code), error);
    list = copy_rows(table);
    if (list) {
        *contigs = list;
        *count = table->count;
    } else {
        code = error_set(ERROR_MEMORY, "out of memory for %u contigs", table->count);
    }
    catalog_release(archive->catalog, table);
    return tell(libagc_code(code), error);
}

AGC_EXPORT void agc_contigs_free(struct agc_contig *contigs)
{
    free(contigs);
}
