#include "reader/groups.h"

#include "common/error.h"
#include "common/kmer.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_LZ_GROUP = 16 };

struct groups {
    unsigned k;
    struct group *table; /* table[i] is group FIRST_LZ_GROUP + i; starts ascend */
    size_t count, capacity;
    uint64_t *splitters;
    size_t splitter_count, splitter_capacity;
    struct message_pair *pairs;
    size_t pair_count, pair_capacity;
};

static int grow(void **array, size_t *capacity, size_t count, size_t size)
{
    size_t wanted = *capacity + *capacity / 2 + 64;
    void *grown;

    if (count < *capacity)
        return 0;
    grown = realloc(*array, wanted * size);
    if (!grown)
        return error_set(ERROR_MEMORY, "out of memory for a table of %zu groups", wanted);
    *array = grown;
    *capacity = wanted;
    return 0;
}

int groups_create(struct groups **out, unsigned k)
{
    struct groups *groups = calloc(1, sizeof *groups);

    if (!groups)
        return error_set(ERROR_MEMORY, "out of memory for the table of groups");
    groups->k = k;
    *out = groups;
    return 0;
}

void groups_free(struct groups *groups)
{
    if (!groups)
        return;
    free(groups->table);
    free(groups->splitters);
    free(groups->pairs);
    free(groups);
}

uint32_t groups_count(const struct groups *groups)
{
    return (uint32_t)(FIRST_LZ_GROUP + groups->count);
}

const struct group *groups_get(const struct groups *groups, uint32_t number)
{
    return &groups->table[number - FIRST_LZ_GROUP];
}

static int holds(const struct groups *groups, size_t i, uint64_t coordinate)
{
    const struct group *g = &groups->table[i];

    return coordinate >= g->start && coordinate - g->start < g->length &&
           (i + 1 == groups->count || coordinate < g[1].start);
}

uint32_t groups_find(const struct groups *groups, uint64_t coordinate, uint32_t hint)
{
    size_t low = 0, high = groups->count;

    if (hint >= FIRST_LZ_GROUP && hint - FIRST_LZ_GROUP < groups->count &&
        holds(groups, hint - FIRST_LZ_GROUP, coordinate))
        return hint;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (groups->table[middle].start <= coordinate)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || !holds(groups, low - 1, coordinate))
        return 0;
    return (uint32_t)(FIRST_LZ_GROUP + low - 1);
}

uint64_t groups_next_start(const struct groups *groups, int contiguous)
{
    const struct group *last;

    if (groups->count == 0)
        return 0;
    last = &groups->table[groups->count - 1];
    return last->start + last->length + (contiguous ? -(uint64_t)groups->k : PATH_GAP);
}

static int add_splitter(struct groups *groups, uint64_t kmer)
{
    int code = grow((void **)&groups->splitters, &groups->splitter_capacity,
                    groups->splitter_count, sizeof *groups->splitters);

    if (!code)
        groups->splitters[groups->splitter_count++] = kmer;
    return code;
}

static int add_pair(struct groups *groups, uint64_t first, uint64_t second, uint32_t group)
{
    int code = grow((void **)&groups->pairs, &groups->pair_capacity, groups->pair_count,
                    sizeof *groups->pairs);

    if (!code)
        groups->pairs[groups->pair_count++] = (struct message_pair){first, second, group, 0};
    return code;
}

/* 1 if the k-mer reads in its canonical form here. */
static int reads_canonical(const uint8_t *codes, unsigned k)
{
    struct kmer_roll roll;
    unsigned i;

    kmer_roll_init(&roll, k);
    for (i = 0; i < k; i++)
        kmer_roll_push(&roll, codes[i]);
    return roll.forward <= roll.reverse;
}

/* Orientation and row of spec section 5: two k-mers: the smaller one first; one k-mer: the stored
 * text starts (k, none) or ends (none, k) with it in canonical form. */
static int register_ends(struct groups *groups, struct group *g, uint32_t number,
                         const uint8_t *codes, struct reference_ends ends)
{
    const uint8_t *tail = codes + g->length - groups->k;
    uint64_t first = ends.has_first ? kmer_canonical(codes, groups->k) : KMER_NONE;
    uint64_t last = ends.has_last ? kmer_canonical(tail, groups->k) : KMER_NONE;
    int code = 0;

    if (first != KMER_NONE)
        code = add_splitter(groups, first);
    if (!code && last != KMER_NONE)
        code = add_splitter(groups, last);
    if (code || (first == KMER_NONE && last == KMER_NONE))
        return code;
    if (first != KMER_NONE && last != KMER_NONE) {
        g->stored_reversed = first > last;
        return first < last ? add_pair(groups, first, last, number)
                            : add_pair(groups, last, first, number);
    }
    if (first != KMER_NONE) {
        g->stored_reversed = !reads_canonical(codes, groups->k);
        return g->stored_reversed ? add_pair(groups, KMER_NONE, first, number)
                                  : add_pair(groups, first, KMER_NONE, number);
    }
    g->stored_reversed = !reads_canonical(tail, groups->k);
    return g->stored_reversed ? add_pair(groups, last, KMER_NONE, number)
                              : add_pair(groups, KMER_NONE, last, number);
}

int groups_add(struct groups *groups, uint64_t start, const uint8_t *codes, uint32_t length,
               struct reference_ends ends, uint32_t *number)
{
    struct group g = {.start = start, .length = length};
    int code = grow((void **)&groups->table, &groups->capacity, groups->count,
                    sizeof *groups->table);

    if (code)
        return code;
    if (groups->count >= UINT32_MAX - FIRST_LZ_GROUP - 1)
        return error_set(ERROR_INPUT, "more groups than the format can number");
    if (length >= groups->k) {
        code = register_ends(groups, &g, groups_count(groups), codes, ends);
        if (code)
            return code;
    }
    *number = groups_count(groups);
    groups->table[groups->count++] = g;
    return 0;
}

static int compare_kmers(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static int compare_pairs(const void *a, const void *b)
{
    const struct message_pair *x = a, *y = b;

    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    if (x->second != y->second)
        return x->second < y->second ? -1 : 1;
    return x->group < y->group ? -1 : x->group > y->group;
}

int groups_finish(struct groups *groups, const uint64_t **splitters, size_t *splitter_count,
                  const struct message_pair **pairs, size_t *pair_count)
{
    size_t kept = 0, i;
    int code = add_pair(groups, KMER_NONE, KMER_NONE, 0);

    if (code)
        return code;
    if (groups->splitter_count)
        qsort(groups->splitters, groups->splitter_count, sizeof(uint64_t), compare_kmers);
    for (i = 0; i < groups->splitter_count; i++)
        if (!kept || groups->splitters[i] != groups->splitters[kept - 1])
            groups->splitters[kept++] = groups->splitters[i];
    groups->splitter_count = kept;

    /* Of equal pairs the one born first stays: its group is the smaller. */
    qsort(groups->pairs, groups->pair_count, sizeof *groups->pairs, compare_pairs);
    kept = 0;
    for (i = 0; i < groups->pair_count; i++)
        if (!kept || groups->pairs[i].first != groups->pairs[kept - 1].first ||
            groups->pairs[i].second != groups->pairs[kept - 1].second)
            groups->pairs[kept++] = groups->pairs[i];
    groups->pair_count = kept;
    *splitters = groups->splitters;
    *splitter_count = groups->splitter_count;
    *pairs = groups->pairs;
    *pair_count = groups->pair_count;
    return 0;
}
