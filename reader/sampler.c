/*
 * The scan for anchors; see sampler.h for the sampling rule.
 *
 * The set of middle 9-mers is a bitmap of 2^18 bits (32 KiB, stays in the first-level cache), made
 * at the first use from a fixed hash of the canonical 9-mer. Nothing here depends on the run.
 */
#include "reader/sampler.h"

#include <pthread.h>

enum {
    MIDDLE_LENGTH = 9,
    MIDDLE_BITS = 2 * MIDDLE_LENGTH,
    FLANK_LENGTH = (ANCHOR_LENGTH - MIDDLE_LENGTH) / 2,
};

#define ANCHOR_MASK ((UINT64_C(1) << ANCHOR_BITS) - 1)
#define MIDDLE_MASK ((UINT64_C(1) << MIDDLE_BITS) - 1)

static uint64_t middle_set[(1u << MIDDLE_BITS) / 64];
static pthread_once_t middle_set_once = PTHREAD_ONCE_INIT;

/* Reverse complement of the low 2n bits of value (n symbols, last symbol lowest). */
static uint64_t reverse_complement(uint64_t value, unsigned n)
{
    value = ~value;
    value = ((value >> 2) & UINT64_C(0x3333333333333333)) |
            ((value & UINT64_C(0x3333333333333333)) << 2);
    value = ((value >> 4) & UINT64_C(0x0f0f0f0f0f0f0f0f)) |
            ((value & UINT64_C(0x0f0f0f0f0f0f0f0f)) << 4);
    value = __builtin_bswap64(value);
    return value >> (64 - 2 * n);
}

/* Multiplicative mixing with xor-shifts; each step can be undone, so it is a bijection. */
static uint64_t mix(uint64_t value)
{
    value = (value ^ (value >> 21)) * UINT64_C(0x9e3779b97f4a7c15) & ANCHOR_MASK;
    value = (value ^ (value >> 17)) * UINT64_C(0xd6e8feb86659fd93) & ANCHOR_MASK;
    return value ^ (value >> 19);
}

static void make_middle_set(void)
{
    uint64_t middle, other;

    for (middle = 0; middle <= MIDDLE_MASK; middle++) {
        other = reverse_complement(middle, MIDDLE_LENGTH);
        if (mix(middle < other ? middle : other) % SAMPLER_DENSITY == 0)
            middle_set[middle / 64] |= UINT64_C(1) << (middle % 64);
    }
}

void sampler_start(struct sampler *sampler)
{
    pthread_once(&middle_set_once, make_middle_set);
    *sampler = (struct sampler){0};
}

static struct anchor make_anchor(uint64_t window, uint64_t end)
{
    uint64_t forward = window & ANCHOR_MASK;
    uint64_t reverse = reverse_complement(forward, ANCHOR_LENGTH);
    int flip = reverse < forward;

    return (struct anchor){
        .position = end - ANCHOR_LENGTH,
        .hash = mix(flip ? reverse : forward),
        .reverse = (uint8_t)flip,
    };
}

size_t sampler_scan(struct sampler *sampler, const uint8_t *codes, size_t count,
                    struct anchor *out)
{
    uint64_t window = sampler->window;
    uint64_t next = sampler->next;
    unsigned filled = sampler->filled;
    size_t found = 0, i;

    for (i = 0; i < count; i++) {
        uint64_t middle;

        if (__builtin_expect(codes[i] > 3, 0)) {
            filled = 0;
            continue;
        }
        window = window << 2 | codes[i];
        filled++;
        middle = window >> (2 * FLANK_LENGTH) & MIDDLE_MASK;
        if (middle_set[middle / 64] >> (middle % 64) & 1 && filled >= ANCHOR_LENGTH)
            out[found++] = make_anchor(window, next + i + 1);
    }
    sampler->window = window;
    sampler->next = next + count;
    sampler->filled = filled;
    return found;
}
