/*
 * How far two sequences agree: the inner loop of LZ-diff.
 *
 * Nothing is read outside [a, a+max) and [b, b+max) (or the max bytes before a and b).
 * The first 32 bytes are compared inline, the rest in blocks of 128 bytes with AVX2 where the
 * processor has it (told at run time).
 */
#ifndef COMMON_LZDIFF_MATCH_H
#define COMMON_LZDIFF_MATCH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Goes on where at >= 0 bytes are known to agree. */
size_t lzdiff_prefix_long(const uint8_t *a, const uint8_t *b, size_t at, size_t max);

static inline uint64_t lzdiff_load64(const uint8_t *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof word);
    return word;
}

static inline unsigned lzdiff_low_byte(uint64_t difference)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return (unsigned)__builtin_ctzll(difference) / 8;
#else
    return (unsigned)__builtin_clzll(difference) / 8;
#endif
}

static inline unsigned lzdiff_high_byte(uint64_t difference)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return (unsigned)__builtin_clzll(difference) / 8;
#else
    return (unsigned)__builtin_ctzll(difference) / 8;
#endif
}

/* Number of equal bytes at the start of a and b, at most max. */
static inline size_t lzdiff_prefix(const uint8_t *a, const uint8_t *b, size_t max)
{
    size_t at = 0;

    for (; at + 8 <= max && at < 32; at += 8) {
        uint64_t difference = lzdiff_load64(a + at) ^ lzdiff_load64(b + at);

        if (difference)
            return at + lzdiff_low_byte(difference);
    }
    return lzdiff_prefix_long(a, b, at, max);
}

/* Number of equal bytes right before a and b, at most max. */
static inline size_t lzdiff_suffix(const uint8_t *a, const uint8_t *b, size_t max)
{
    size_t at = 0;

    for (; at + 8 <= max; at += 8) {
        uint64_t difference = lzdiff_load64(a - at - 8) ^ lzdiff_load64(b - at - 8);

        if (difference)
            return at + lzdiff_high_byte(difference);
    }
    while (at < max && a[-1 - (ptrdiff_t)at] == b[-1 - (ptrdiff_t)at])
        at++;
    return at;
}

/* Bit i is set where a[i] and b[i] agree, of 32. */
static inline uint32_t lzdiff_agreement32(const uint8_t *a, const uint8_t *b)
{
#ifdef __SSE2__
    __m128i low = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)a),
                                 _mm_loadu_si128((const __m128i *)b));
    __m128i high = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(a + 16)),
                                  _mm_loadu_si128((const __m128i *)(b + 16)));

    return (uint32_t)_mm_movemask_epi8(low) | (uint32_t)_mm_movemask_epi8(high) << 16;
#else
    uint32_t mask = 0;

    for (unsigned i = 0; i < 32; i++)
        mask |= (uint32_t)(a[i] == b[i]) << i;
    return mask;
#endif
}

#endif
