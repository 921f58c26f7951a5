/*
 * Sampled anchors: which 19-mers of a sequence are looked at.
 *
 * A 19-mer is an anchor if a hash of its middle 9-mer (of the smaller of the two strands) begins
 * with four zero bits: one in 16. So all occurrences of a 19-mer, on either strand, are anchors or
 * none is; and the test needs so few bits that it is made for many positions at a time, and the
 * 19-mer itself is put together only where the test succeeds. (Sampling by content as in:
 * Schleimer, Wilkerson, Aiken, "Winnowing", 2003; open syncmers: Edgar, 2021.)
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
};

struct anchor {
    uint64_t position; /* of its first symbol, in the coordinates of the caller */
    uint64_t hash;     /* ANCHOR_BITS bits; a bijection of the canonical 19-mer */
    uint8_t reverse;   /* 1: the canonical form is the reverse complement */
    uint8_t note;      /* the caller's; 0 at first */
};

/* Puts the anchors that lie wholly within codes[0..count) into out, in order; position is that of
 * codes[0]. out must have room for count. Returns how many. Pure; the same on every machine. */
size_t sampler_scan(const uint8_t *codes, size_t count, uint64_t position, struct anchor *out);

/* Zero bits at the low end of the hash. */
static inline unsigned anchor_level(uint64_t hash)
{
    return hash ? (unsigned)__builtin_ctzll(hash) : ANCHOR_BITS;
}

#endif
