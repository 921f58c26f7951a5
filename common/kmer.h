/*
 * k-mers as the archive stores them (spec section 4): a u64, left-aligned; symbol i from the left
 * sits at bits 63-2i..62-2i, the low 64-2k bits are 0. Canonical = min(forward, reverse complement).
 * k is 17..32. KMER_NONE (all ones) means "no k-mer".
 */
#ifndef COMMON_KMER_H
#define COMMON_KMER_H

#include <stddef.h>
#include <stdint.h>

#define KMER_NONE UINT64_MAX

/* Rolling pair of a k-mer and its reverse complement. filled counts valid symbols since the last
 * symbol >= 4; the pair is a k-mer when filled >= k. */
struct kmer_roll {
    uint64_t forward;
    uint64_t reverse;
    unsigned filled;
    unsigned k;
};

static inline void kmer_roll_init(struct kmer_roll *r, unsigned k)
{
    *r = (struct kmer_roll){.k = k};
}

static inline void kmer_roll_push(struct kmer_roll *r, uint8_t code)
{
    unsigned shift = 64 - 2 * r->k;

    if (code > 3) {
        r->filled = 0;
        r->forward = r->reverse = 0;
        return;
    }
    r->forward = (r->forward << 2) | ((uint64_t)code << shift);
    r->reverse = ((r->reverse >> 2) | ((uint64_t)(3 - code) << 62)) >> shift << shift;
    if (r->filled < r->k)
        r->filled++;
}

static inline int kmer_roll_full(const struct kmer_roll *r)
{
    return r->filled >= r->k;
}

static inline uint64_t kmer_roll_canonical(const struct kmer_roll *r)
{
    return r->forward < r->reverse ? r->forward : r->reverse;
}

/* Canonical k-mer of codes[0..k), or KMER_NONE if one of them is not 0..3. */
uint64_t kmer_canonical(const uint8_t *codes, unsigned k);

#endif
