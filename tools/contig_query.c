/*
 * Which contig is meant: see contig_query.h.
 *
 * Words with a sample cost the names of that sample; all others share one walk over the names of
 * the archive.
 */
#include "tools/contig_query.h"

#include "common/error.h"
#include "tools/contig_search.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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
            if (__builtin_mul_overflow(numbers[which], 10, &numbers[which]) ||
                __builtin_add_overflow(numbers[which], (uint64_t)(*at - '0'), &numbers[which]))
                numbers[which] = UINT64_MAX;
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

/* Takes over what the search found. ERROR_NOT_FOUND if that is more than one contig. */
static int accept(struct contig_query *q, struct contig_search *s)
{
    if (s->hits > 1)
        return error_set(ERROR_NOT_FOUND, "%s: %" PRIu64 " contigs have the name '%.*s': %s",
                         q->word, s->hits, (int)s->length, s->name, s->listing);
    q->contig = s->found;
    s->found = (struct contig_found){0};
    return 0;
}

/* A region as the word's suffix says, checked against the contig. */
static int accept_region(struct contig_query *q, uint64_t from, uint64_t to)
{
    if (from > to)
        return error_set(ERROR_NOT_FOUND, "%s: the region ends before it starts", q->word);
    if (from >= q->contig.length)
        return error_set(ERROR_NOT_FOUND,
                         "%s: the region starts past the end of '%s', which has %" PRIu64 " letters",
                         q->word, q->contig.header, q->contig.length);
    q->has_region = 1;
    q->from = from;
    q->to = to;
    return 0;
}

/* Readings 1 and 2: *found = 1 if a split at some '@' leads to a contig. *sample_seen is set if at
 * least the sample was there. */
static int resolve_with_sample(struct archive *archive, struct contig_query *q, size_t length,
                               int *found, int *sample_seen)
{
    size_t at = length;
    int status = 0;

    while (!status && !*found && at-- > 1) {
        struct contig_search search = {.name = q->word, .length = at};
        uint32_t sample;
        char *name;

        if (q->word[at] != '@')
            continue;
        name = strndup(q->word + at + 1, length - at - 1);
        if (!name)
            return error_set(ERROR_MEMORY, "no memory for a sample's name");
        status = archive_find_sample(archive, name, &sample);
        free(name);
        if (status == ERROR_NOT_FOUND) {
            status = 0;
            continue;
        }
        *sample_seen = 1;
        status = status ? status : contig_search_sample(archive, sample, &search, 1);
        *found = search.hits > 0;
        if (!status && *found)
            status = accept(q, &search);
        contig_found_free(&search.found);
    }
    return status;
}

struct reading {
    struct contig_query *query;
    int region;         /* the word ends like a region */
    size_t name_length; /* without it */
    uint64_t from, to;
    int settled;
    int sample_seen;
};

static int settle_with_sample(struct archive *archive, struct reading *r)
{
    struct contig_query *q = r->query;
    int status = resolve_with_sample(archive, q, strlen(q->word), &r->settled, &r->sample_seen);

    if (status || r->settled || !r->region)
        return status;
    status = resolve_with_sample(archive, q, r->name_length, &r->settled, &r->sample_seen);
    return status || !r->settled ? status : accept_region(q, r->from, r->to);
}

static int settle_anywhere(struct reading *r, struct contig_search whole[2])
{
    struct contig_query *q = r->query;
    int status;

    r->settled = 1;
    if (whole[0].hits)
        return accept(q, &whole[0]);
    if (r->region && whole[1].hits) {
        status = accept(q, &whole[1]);
        return status ? status : accept_region(q, r->from, r->to);
    }
    if (r->sample_seen)
        return error_set(ERROR_NOT_FOUND, "%s: the sample has no such contig", q->word);
    return error_set(ERROR_NOT_FOUND, strchr(q->word, '@') ? "%s: there is no such sample or contig"
                                                           : "%s: there is no such contig",
                     q->word);
}

/* Tells of a fault that concerns one word; any other kind ends the work. */
static int tell_fault(int status, int *failed, void (*tell)(const char *text))
{
    if (status != ERROR_NOT_FOUND)
        return status;
    tell(error_text());
    *failed = 1;
    return 0;
}

/* Readings 3 and 4 of the words not settled yet: two searches each. */
static int search_anywhere(struct archive *archive, struct reading *readings, size_t count,
                           int *failed, void (*tell)(const char *text))
{
    struct contig_search *searches = calloc(2 * count, sizeof *searches);
    size_t i, used = 0;
    int status = 0;

    if (!searches)
        return error_set(ERROR_MEMORY, "no memory for %zu searches", 2 * count);
    for (i = 0; i < count; i++) {
        struct reading *r = &readings[i];
        const char *word = r->query->word;

        if (r->settled)
            continue;
        searches[used++] = (struct contig_search){.name = word, .length = strlen(word)};
        searches[used++] = (struct contig_search){
            .name = word, .length = r->region ? r->name_length : strlen(word)};
    }
    if (used)
        status = contig_search_all(archive, searches, used);
    used = 0;
    for (i = 0; !status && i < count; i++) {
        if (readings[i].settled)
            continue;
        status = tell_fault(settle_anywhere(&readings[i], &searches[used]), failed, tell);
        used += 2;
    }
    for (i = 0; i < 2 * count; i++)
        contig_found_free(&searches[i].found);
    free(searches);
    return status;
}

int contig_queries_resolve(struct archive *archive, struct contig_query *queries, size_t count,
                           void (*tell)(const char *text))
{
    struct reading *readings = calloc(count ? count : 1, sizeof *readings);
    int status = 0, failed = 0;
    size_t i;

    if (!readings)
        return error_set(ERROR_MEMORY, "no memory for %zu words", count);
    for (i = 0; !status && i < count; i++) {
        struct reading *r = &readings[i];

        r->query = &queries[i];
        r->region = region_suffix(queries[i].word, &r->name_length, &r->from, &r->to);
        status = tell_fault(settle_with_sample(archive, r), &failed, tell);
    }
    if (!status && count)
        status = search_anywhere(archive, readings, count, &failed, tell);
    free(readings);
    if (!status && failed)
        status = error_set(ERROR_NOT_FOUND, "not all of the contigs are there");
    return status;
}

void contig_query_free(struct contig_query *query)
{
    contig_found_free(&query->contig);
}
