/*
 * The functions of agc-api.h: see there for what they mean, agc.c for how names are resolved.
 */
#include "common/libagc/agc-api.h"

#include "common/libagc/agc.h"
#include "common/libagc/libagc.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { NONE = -1, SEVERAL = -2 };

AGC_EXPORT agc_t *agc_open(char *fn, int prefetching)
{
    agc_t *agc = NULL;

    (void)prefetching;
    return agc_open_file(&agc, fn, NULL, NULL) ? NULL : agc;
}

AGC_EXPORT int agc_get_ctg_len(const agc_t *agc, const char *sample, const char *name)
{
    struct held_contig held;
    uint64_t length;
    int code = libagc_hold(agc, sample, name, 1, &held);

    if (code)
        return code == AGC_AMBIGUOUS ? SEVERAL : NONE;
    length = held.row->length;
    catalog_release(agc->catalog, held.table);
    return length > INT_MAX ? NONE : (int)length;
}

/* The range that start and end mean, as positions from .. to of a contig. */
static void read_range(int start, int end, uint64_t length, uint64_t *from, uint64_t *to)
{
    uint64_t last = end < 0 ? UINT64_MAX : (uint64_t)end;

    *from = start < 0 ? 0 : (uint64_t)start;
    if (*from > last) {
        *from = 0;
        last = UINT64_MAX;
    }
    *to = last < length ? last + 1 : length;
    if (*from > *to)
        *from = *to;
}

AGC_EXPORT int agc_get_ctg_seq(const agc_t *agc, const char *sample, const char *name, int start,
                               int end, char *buf)
{
    struct held_contig held;
    uint64_t from, to;
    int code;

    if (!buf || libagc_hold(agc, sample, name, 1, &held))
        return NONE;
    read_range(start, end, held.row->length, &from, &to);
    code = to - from > INT_MAX ? NONE
                               : sequences_read(agc->sequences, held.table, held.row, from,
                                                (size_t)(to - from), (uint8_t *)buf);
    catalog_release(agc->catalog, held.table);
    if (code)
        return NONE;
    buf[to - from] = '\0';
    return (int)(to - from);
}

AGC_EXPORT int agc_n_sample(const agc_t *agc)
{
    uint64_t count = agc_sample_count(agc);

    return agc && count <= INT_MAX ? (int)count : NONE;
}

/* ---- lists */

/* A list that grows, always ended by NULL once something was added. */
struct list {
    char **words;
    size_t count, capacity;
};

static void list_free(char **words)
{
    size_t i;

    for (i = 0; words && words[i]; i++)
        free(words[i]);
    free(words);
}

static int list_room(struct list *list, size_t extra)
{
    size_t wanted = list->count + extra + 1;
    char **words;

    if (list->words && wanted <= list->capacity)
        return 0;
    wanted += list->capacity / 2;
    words = realloc(list->words, wanted * sizeof *words);
    if (!words)
        return -1;
    words[list->count] = NULL;
    list->words = words;
    list->capacity = wanted;
    return 0;
}

static int list_add(struct list *list, const char *word)
{
    char *copy = strdup(word);

    if (!copy || list_room(list, 1)) {
        free(copy);
        return -1;
    }
    list->words[list->count++] = copy;
    list->words[list->count] = NULL;
    return 0;
}

/* Hands the list over, or frees it where a step before failed. */
static char **list_end(struct list *list, int failed, int *count)
{
    if (failed || list_room(list, 0) || list->count > INT_MAX) {
        list_free(list->words);
        return NULL;
    }
    if (count)
        *count = (int)list->count;
    return list->words;
}

static int compare_words(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

AGC_EXPORT char **agc_list_sample(const agc_t *agc, int *n_sample)
{
    struct list list = {0};
    uint64_t i, count = agc_sample_count(agc);
    int failed = !agc;

    for (i = 0; !failed && i < count; i++)
        failed = list_add(&list, agc_sample_name(agc, i));
    if (!failed && list.count)
        qsort(list.words, list.count, sizeof *list.words, compare_words);
    return list_end(&list, failed, n_sample);
}

static int list_contigs(const agc_t *agc, uint32_t sample, struct list *list)
{
    const struct contig_table *table;
    uint32_t i;
    int failed = catalog_hold(agc->catalog, sample, &table);

    if (failed)
        return failed;
    failed = list_room(list, table->count);
    for (i = 0; !failed && i < table->count; i++)
        failed = list_add(list, table->rows[i].header);
    catalog_release(agc->catalog, table);
    return failed;
}

/* The samples that a name means: one, or all of them. */
static int sample_range(const agc_t *agc, const char *sample, uint32_t *from, uint32_t *to)
{
    if (!agc)
        return -1;
    *from = 0;
    *to = catalog_sample_count(agc->catalog);
    if (!sample)
        return 0;
    if (catalog_find_sample(agc->catalog, sample, from))
        return -1;
    *to = *from + 1;
    return 0;
}

AGC_EXPORT char **agc_list_ctg(const agc_t *agc, const char *sample, int *n_ctg)
{
    struct list list = {0};
    uint32_t at, to;
    int failed = sample_range(agc, sample, &at, &to);

    for (; !failed && at < to; at++)
        failed = list_contigs(agc, at, &list);
    return list_end(&list, failed, n_ctg);
}

AGC_EXPORT int agc_n_ctg(const agc_t *agc, const char *sample)
{
    const struct contig_table *table;
    uint64_t sum = 0;
    uint32_t at, to;
    int failed = sample_range(agc, sample, &at, &to);

    for (; !failed && at < to; at++) {
        failed = catalog_hold(agc->catalog, at, &table);
        if (failed)
            break;
        sum += table->count;
        catalog_release(agc->catalog, table);
    }
    return failed || sum > INT_MAX ? NONE : (int)sum;
}

AGC_EXPORT char *agc_reference_sample(const agc_t *agc)
{
    const char *name = agc_sample_name(agc, 0);

    return name ? strdup(name) : NULL;
}

AGC_EXPORT int agc_list_destroy(char **list)
{
    list_free(list);
    return 0;
}

AGC_EXPORT int agc_string_destroy(char *sample)
{
    free(sample);
    return 0;
}
