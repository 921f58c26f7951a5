/*
 * Which contig is meant: see contig_query.h. Names are looked up in the catalog's tables, so that
 * ten thousand words cost little more than one.
 */
#include "tools/contig_query.h"

#include "common/error.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HITS_LISTED = 8, LISTING_BYTES = 1024, HEADER_LISTED_BYTES = 60 };

static void add_digit(uint64_t *number, char digit)
{
    if (__builtin_mul_overflow(*number, 10, number) ||
        __builtin_add_overflow(*number, (uint64_t)(digit - '0'), number))
        *number = UINT64_MAX;
}

int region_suffix(const char *word, size_t *name_length, uint64_t *from, uint64_t *to)
{
    const char *colon = strrchr(word, ':'), *at;
    uint64_t numbers[2] = {0, 0};
    int which = 0, digits = 0;

    if (!colon || colon == word)
        return 0;
    for (at = colon + 1; *at; at++) {
        if (*at == '-' && digits && which == 0) {
            which = 1;
            digits = 0;
        } else if (*at >= '0' && *at <= '9') {
            if (numbers[which] != UINT64_MAX)
                add_digit(&numbers[which], *at);
            digits = 1;
        } else {
            return 0;
        }
    }
    if (which != 1 || !digits)
        return 0;
    *name_length = (size_t)(colon - word);
    *from = numbers[0];
    *to = numbers[1];
    return 1;
}

/* Digits with commas between them; NULL if there are none. */
static const char *read_digits(const char *at, uint64_t *number)
{
    if (*at < '0' || *at > '9')
        return NULL;
    for (*number = 0; (*at >= '0' && *at <= '9') || (*at == ',' && at[1] >= '0' && at[1] <= '9');
         at++)
        if (*at != ',' && *number != UINT64_MAX)
            add_digit(number, *at);
    return at;
}

int region_suffix_samtools(const char *word, size_t *name_length, uint64_t *from, uint64_t *to)
{
    const char *colon = strrchr(word, ':'), *at;
    uint64_t first, last = UINT64_MAX;

    if (!colon || colon == word)
        return 0;
    at = read_digits(colon + 1, &first);
    if (at && *at == '-' && at[1])
        at = read_digits(at + 1, &last);
    else if (at && *at == '-')
        at++;
    if (!at || *at)
        return 0;
    *name_length = (size_t)(colon - word);
    *from = first ? first - 1 : 0;
    *to = last == UINT64_MAX ? last : last ? last - 1 : 0;
    return 1;
}

/* ---- a word and its readings */

struct reading {
    struct catalog *catalog;
    struct contig_query *query;
    char separator;     /* between contig and sample */
    int region;         /* the word ends like a region */
    size_t name_length; /* without it */
    uint64_t from, to;
    int settled;
    int sample_seen;
};

static void list_hit(char listing[LISTING_BYTES], const struct contig_row *row, const char *sample)
{
    size_t used = strlen(listing);

    snprintf(listing + used, LISTING_BYTES - used, "%s'%.*s' in %.60s", used ? ", " : "",
             HEADER_LISTED_BYTES, row->header, sample);
}

static int several(const struct reading *r, uint64_t hits, const char *name, size_t length,
                   const char *listing)
{
    return error_set(ERROR_NOT_FOUND, "%s: %" PRIu64 " contigs have the name '%.*s': %s%s",
                     r->query->word, hits, (int)length, name, listing,
                     hits > HITS_LISTED ? ", ..." : "");
}

static int several_in_sample(const struct reading *r, const struct contig_table *table,
                             const char *name, size_t length)
{
    char listing[LISTING_BYTES] = "";
    uint32_t i, hits = 0;

    for (i = 0; i < table->count; i++) {
        const struct contig_row *row = &table->rows[i];

        if (contig_name_matches(row->header, row->header_length, name, length) &&
            hits++ < HITS_LISTED)
            list_hit(listing, row, catalog_sample_name(r->catalog, table->sample));
    }
    return several(r, hits, name, length, listing);
}

/* The contig of that name in one sample, if there is one. */
static int look_in_sample(struct reading *r, uint32_t sample, const char *name, size_t length)
{
    const struct contig_table *table;
    uint32_t row = 0, hits;
    int status = catalog_hold(r->catalog, sample, &table);

    if (status)
        return status;
    hits = contig_table_find(table, name, length, &row);
    if (hits > 1)
        status = several_in_sample(r, table, name, length);
    r->query->place = (struct catalog_place){sample, row};
    r->settled = hits == 1;
    catalog_release(r->catalog, table);
    return status;
}

/* Readings 1 and 2: a split at some separator that leads to a contig. */
static int settle_with_sample(struct reading *r, size_t length)
{
    const char *word = r->query->word;
    int samtools = r->separator == ':', status = 0;
    size_t at;

    for (at = length; !status && !r->settled && at-- > 1;) {
        uint32_t sample;
        char *name;

        if (word[at] != r->separator || at + 1 >= length)
            continue;
        name = samtools ? strndup(word, at) : strndup(word + at + 1, length - at - 1);
        if (!name)
            return error_set(ERROR_MEMORY, "no memory for a sample's name");
        status = catalog_find_sample(r->catalog, name, &sample);
        free(name);
        if (status == ERROR_NOT_FOUND) {
            status = 0;
            continue;
        }
        r->sample_seen = 1;
        if (!status)
            status = look_in_sample(r, sample, samtools ? word + at + 1 : word,
                                    samtools ? length - at - 1 : at);
    }
    return status;
}

static int several_anywhere(const struct reading *r, uint64_t hits, size_t length,
                            const struct catalog_place *places)
{
    char listing[LISTING_BYTES] = "";
    uint64_t i;

    for (i = 0; i < hits && i < HITS_LISTED; i++) {
        const struct contig_table *table;
        int status = catalog_hold(r->catalog, places[i].sample, &table);

        if (status)
            return status;
        list_hit(listing, &table->rows[places[i].row],
                 catalog_sample_name(r->catalog, places[i].sample));
        catalog_release(r->catalog, table);
    }
    return several(r, hits, r->query->word, length, listing);
}

/* Readings 3 and 4. */
static int settle_anywhere(struct reading *r, size_t length)
{
    struct catalog_place places[HITS_LISTED] = {{0, 0}};
    uint64_t hits;
    int status =
        catalog_find_contig(r->catalog, r->query->word, length, places, HITS_LISTED, &hits);

    if (status)
        return status;
    if (hits > 1)
        return several_anywhere(r, hits, length, places);
    r->settled = hits == 1;
    r->query->place = places[0];
    return 0;
}

static int is_missing(const struct reading *r)
{
    const char *word = r->query->word;

    if (r->sample_seen)
        return error_set(ERROR_NOT_FOUND, "%s: the sample has no such contig", word);
    return error_set(ERROR_NOT_FOUND,
                     strchr(word, r->separator) ? "%s: there is no such sample or contig"
                                                : "%s: there is no such contig",
                     word);
}

/* The region must begin in the contig. */
static int check_region(struct reading *r)
{
    struct contig_query *q = r->query;
    const struct contig_table *table;
    const struct contig_row *row;
    int status;

    if (q->from > q->to)
        return error_set(ERROR_NOT_FOUND, "%s: the region ends before it starts", q->word);
    status = catalog_hold(r->catalog, q->place.sample, &table);
    if (status)
        return status;
    row = &table->rows[q->place.row];
    if (q->from >= row->length)
        status =
            error_set(ERROR_NOT_FOUND,
                      "%s: the region starts past the end of '%s', which has %" PRIu64 " letters",
                      q->word, row->header, row->length);
    catalog_release(r->catalog, table);
    return status;
}

static int settle(struct reading *r)
{
    struct contig_query *q = r->query;
    size_t length = strlen(q->word);
    int status = settle_with_sample(r, length);

    if (!status && !r->settled && r->region) {
        status = settle_with_sample(r, r->name_length);
        q->has_region |= r->settled;
    }
    if (!status && !r->settled)
        status = settle_anywhere(r, length);
    if (!status && !r->settled && r->region) {
        status = settle_anywhere(r, r->name_length);
        q->has_region |= r->settled;
    }
    if (status || !r->settled)
        return status ? status : is_missing(r);
    if (q->has_region && q->style != QUERY_STYLE_NAME) {
        q->from = r->from;
        q->to = r->to;
    }
    return q->has_region ? check_region(r) : 0;
}

static int resolve(struct catalog *catalog, struct contig_query *q)
{
    struct reading r = {.catalog = catalog, .query = q, .separator = '@'};

    if (q->style == QUERY_STYLE_AGC)
        r.region = region_suffix(q->word, &r.name_length, &r.from, &r.to);
    if (q->style == QUERY_STYLE_SAMTOOLS) {
        r.separator = ':';
        r.region = region_suffix_samtools(q->word, &r.name_length, &r.from, &r.to);
    }
    return settle(&r);
}

int contig_queries_resolve(struct catalog *catalog, struct contig_query *queries, size_t count,
                           void (*tell)(const char *text))
{
    int failed = 0;
    size_t i;

    for (i = 0; i < count; i++) {
        int status = resolve(catalog, &queries[i]);

        if (status && status != ERROR_NOT_FOUND)
            return status;
        if (status) {
            tell(error_text());
            failed = 1;
        }
    }
    return failed ? error_set(ERROR_NOT_FOUND, "not all of the contigs are there") : 0;
}
