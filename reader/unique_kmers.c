#include "reader/unique_kmers.h"

#include "common/error.h"

#include <stdlib.h>

struct unique_kmers {
    uint64_t *slots;  /* KMER_NONE: empty */
    uint64_t *repeat; /* bit a slot: seen more than once */
    size_t slot_count, slots_max, count;
    uint64_t symbols;
    unsigned level; /* zero bits that a sampled hash ends with */
    struct kmer_roll roll;
};

enum { SLOTS_MIN = 1 << 12 };

static uint64_t hash_kmer(uint64_t kmer)
{
    kmer = (kmer ^ (kmer >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    kmer = (kmer ^ (kmer >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    return kmer ^ (kmer >> 32);
}

static int sampled(const struct unique_kmers *set, uint64_t hash)
{
    return (hash & ((UINT64_C(1) << set->level) - 1)) == 0;
}

static int allocate(struct unique_kmers *set, size_t slot_count)
{
    uint64_t *slots = malloc(slot_count * sizeof *slots);
    uint64_t *repeat = calloc(slot_count / 64, sizeof *repeat);
    size_t i;

    if (!slots || !repeat) {
        free(slots);
        free(repeat);
        return error_set(ERROR_MEMORY, "out of memory for %zu k-mers of the reference", slot_count);
    }
    for (i = 0; i < slot_count; i++)
        slots[i] = KMER_NONE;
    set->slots = slots;
    set->repeat = repeat;
    set->slot_count = slot_count;
    set->count = 0;
    return 0;
}

int unique_kmers_create(struct unique_kmers **out, unsigned k, uint32_t segment_size,
                        size_t slots_max)
{
    struct unique_kmers *set = calloc(1, sizeof *set);
    int code;

    if (!set)
        return error_set(ERROR_MEMORY, "out of memory for the k-mers of the reference");
    /* Some 128 candidates a segment; never sparser than 1 in 256 to begin with. */
    while (set->level < 8 && (segment_size >> (set->level + 1)) >= 128)
        set->level++;
    kmer_roll_init(&set->roll, k);
    set->slots_max = slots_max;
    code = allocate(set, SLOTS_MIN);
    if (code) {
        free(set);
        return code;
    }
    *out = set;
    return 0;
}

void unique_kmers_free(struct unique_kmers *set)
{
    if (!set)
        return;
    free(set->slots);
    free(set->repeat);
    free(set);
}

static size_t probe(const struct unique_kmers *set, uint64_t kmer, uint64_t hash)
{
    size_t mask = set->slot_count - 1, at = (size_t)(hash >> 20) & mask;

    while (set->slots[at] != KMER_NONE && set->slots[at] != kmer)
        at = (at + 1) & mask;
    return at;
}

static int rebuild(struct unique_kmers *set, size_t slot_count)
{
    uint64_t *slots = set->slots, *repeat = set->repeat;
    size_t old_count = set->slot_count, i, at;
    int code = allocate(set, slot_count);

    if (code)
        return code;
    for (i = 0; i < old_count; i++) {
        if (slots[i] == KMER_NONE || !sampled(set, hash_kmer(slots[i])))
            continue;
        at = probe(set, slots[i], hash_kmer(slots[i]));
        set->slots[at] = slots[i];
        set->repeat[at / 64] |= (repeat[i / 64] >> (i % 64) & 1) << (at % 64);
        set->count++;
    }
    free(slots);
    free(repeat);
    return 0;
}

static int add(struct unique_kmers *set, uint64_t kmer, uint64_t hash)
{
    size_t at = probe(set, kmer, hash);

    if (set->slots[at] == kmer) {
        set->repeat[at / 64] |= UINT64_C(1) << (at % 64);
        return 0;
    }
    set->slots[at] = kmer;
    if (++set->count < set->slot_count / 4 * 3)
        return 0;
    if (set->slot_count * 2 <= set->slots_max)
        return rebuild(set, set->slot_count * 2);
    set->level++;
    return rebuild(set, set->slot_count);
}

void unique_kmers_start_contig(struct unique_kmers *set)
{
    kmer_roll_init(&set->roll, set->roll.k);
}

int unique_kmers_push(struct unique_kmers *set, const uint8_t *codes, size_t count)
{
    struct kmer_roll roll = set->roll;
    size_t i;

    for (i = 0; i < count; i++) {
        uint64_t kmer, hash;
        int code;

        kmer_roll_push(&roll, codes[i]);
        if (!kmer_roll_full(&roll))
            continue;
        kmer = kmer_roll_canonical(&roll);
        hash = hash_kmer(kmer);
        if (!sampled(set, hash))
            continue;
        code = add(set, kmer, hash);
        if (code)
            return code;
    }
    set->roll = roll;
    set->symbols += count;
    return 0;
}

int unique_kmers_has(const struct unique_kmers *set, uint64_t canonical)
{
    uint64_t hash = hash_kmer(canonical);
    size_t at;

    if (canonical == KMER_NONE || !sampled(set, hash))
        return 0;
    at = probe(set, canonical, hash);
    return set->slots[at] == canonical && !(set->repeat[at / 64] >> (at % 64) & 1);
}

uint64_t unique_kmers_symbols(const struct unique_kmers *set)
{
    return set->symbols;
}
