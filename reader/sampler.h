/*
 * Sampled anchors: which 19-mers of a sequence are looked at.
 *
 * A 19-mer is an anchor if its middle 9-mer belongs to a fixed set of one in SAMPLER_DENSITY
 * 9-mers that is closed under reverse complement. So all occurrences of a 19-mer, on either strand,
 * are anchors or none is, and the scan costs one bit test a base: the 19-mer itself is put together
 * only where the test succeeds. (Sampling by content as in: Schleimer, Wilkerson, Aiken,
 * "Winnowing", 2003; open syncmers: Edgar, 2021.)
 *
 * Denser sets contain sparser ones: an anchor has a level (zero bits at the low end of its hash),
 * and an index may keep only anchors of a level or more; each level halves their number.
 */
#ifndef READER_SAMPLER_H
#define READER_SAMPLER_H

#include <stddef.h>
#include <stdint.h>

enum {
    ANCHOR_LENGTH = 19,
    ANCHOR_BITS = 2 * ANCHOR_LENGTH,
    SAMPLER_DENSITY = 16,
};

struct anchor {
    uint64_t position; /* of its first symbol, in the coordinates of the caller */
    uint64_t hash;     /* ANCHOR_BITS bits; a bijection of the canonical 19-mer */
    uint8_t reverse;   /* 1: the canonical form is the reverse complement */
};

struct sampler {
    uint64_t window; /* the last 32 symbols, two bits each */
    uint64_t next;   /* position of the next symbol to be pushed */
    unsigned filled; /* symbols 0..3 since the last other one */
};

/* Begins a sequence at position 0. */
void sampler_start(struct sampler *sampler);

/* Scans count codes; appends the anchors that end in them to out, which must have room for count.
 * Returns how many. */
size_t sampler_scan(struct sampler *sampler, const uint8_t *codes, size_t count,
                    struct anchor *out);

/* Zero bits at the low end of the hash. */
static inline unsigned anchor_level(uint64_t hash)
{
    return hash ? (unsigned)__builtin_ctzll(hash) : ANCHOR_BITS;
}

#endif
