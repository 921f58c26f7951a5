#include "reader/splitters.h"

#include "common/error.h"
#include "common/kmer.h"

#include <stdlib.h>
#include <string.h>

struct splitters {
    unsigned k;
    uint64_t *kmers;
    size_t kmer_count, kmer_capacity;
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
        return error_set(ERROR_MEMORY, "out of memory for %zu splitters", wanted);
    *array = grown;
    *capacity = wanted;
    return 0;
}

int splitters_create(struct splitters **out, unsigned k)
{
    struct splitters *s = calloc(1, sizeof *s);

    if (!s)
        return error_set(ERROR_MEMORY, "out of memory for the splitters");
    s->k = k;
    *out = s;
    return 0;
}

void splitters_free(struct splitters *s)
{
    if (!s)
        return;
    free(s->kmers);
    free(s->pairs);
    free(s);
}

static int add_kmer(struct splitters *s, uint64_t kmer)
{
    int code;

    if (kmer == KMER_NONE)
        return 0;
    code = grow((void **)&s->kmers, &s->kmer_capacity, s->kmer_count, sizeof *s->kmers);
    if (!code)
        s->kmers[s->kmer_count++] = kmer;
    return code;
}

static int add_pair(struct splitters *s, uint64_t first, uint64_t second, uint32_t group)
{
    int code = grow((void **)&s->pairs, &s->pair_capacity, s->pair_count, sizeof *s->pairs);

    if (!code)
        s->pairs[s->pair_count++] = (struct message_pair){first, second, group, 0};
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

/* Two k-mers: the smaller one first. One: the stored text starts (kmer, none) or ends (none, kmer)
 * with it in its canonical form. */
static int add_row(struct splitters *s, uint32_t group, uint64_t first, uint64_t last,
                   int canonical, int *reversed)
{
    if (first != KMER_NONE && last != KMER_NONE) {
        *reversed = first > last;
        return *reversed ? add_pair(s, last, first, group) : add_pair(s, first, last, group);
    }
    *reversed = !canonical;
    if (*reversed)
        return add_pair(s, last, first, group);
    return add_pair(s, first, last, group);
}

int splitters_add(struct splitters *s, uint32_t group, const uint8_t *codes, uint32_t length,
                  struct reference_ends ends, int *reversed)
{
    const uint8_t *tail;
    uint64_t first, last;
    int code;

    *reversed = 0;
    if (length < s->k)
        return 0;
    tail = codes + length - s->k;
    first = ends.has_first ? kmer_canonical(codes, s->k) : KMER_NONE;
    last = ends.has_last ? kmer_canonical(tail, s->k) : KMER_NONE;
    code = add_kmer(s, first);
    if (!code)
        code = add_kmer(s, last);
    if (code || (first == KMER_NONE && last == KMER_NONE))
        return code;
    return add_row(s, group, first, last,
                   reads_canonical(first != KMER_NONE ? codes : tail, s->k), reversed);
}

int splitters_restore(struct splitters *s, const void *kmers, size_t kmer_count,
                      const void *pairs, size_t pair_count)
{
    size_t i;
    int code = 0;

    for (i = 0; i < kmer_count && !code; i++) {
        uint64_t kmer;

        memcpy(&kmer, (const uint8_t *)kmers + i * sizeof kmer, sizeof kmer);
        code = add_kmer(s, kmer);
    }
    for (i = 0; i < pair_count && !code; i++) {
        struct message_pair pair;

        memcpy(&pair, (const uint8_t *)pairs + i * sizeof pair, sizeof pair);
        code = add_pair(s, pair.first, pair.second, pair.group);
    }
    return code;
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

int splitters_finish(struct splitters *s)
{
    size_t kept = 0, i;
    int code = add_pair(s, KMER_NONE, KMER_NONE, 0);

    if (code)
        return code;
    if (s->kmer_count)
        qsort(s->kmers, s->kmer_count, sizeof *s->kmers, compare_kmers);
    for (i = 0; i < s->kmer_count; i++)
        if (!kept || s->kmers[i] != s->kmers[kept - 1])
            s->kmers[kept++] = s->kmers[i];
    s->kmer_count = kept;

    /* Of equal pairs the one born first stays: its group is the smaller. */
    qsort(s->pairs, s->pair_count, sizeof *s->pairs, compare_pairs);
    kept = 0;
    for (i = 0; i < s->pair_count; i++)
        if (!kept || s->pairs[i].first != s->pairs[kept - 1].first ||
            s->pairs[i].second != s->pairs[kept - 1].second)
            s->pairs[kept++] = s->pairs[i];
    s->pair_count = kept;
    return 0;
}

const uint64_t *splitters_kmers(const struct splitters *s, size_t *count)
{
    *count = s->kmer_count;
    return s->kmers;
}

const struct message_pair *splitters_pairs(const struct splitters *s, size_t *count)
{
    *count = s->pair_count;
    return s->pairs;
}
