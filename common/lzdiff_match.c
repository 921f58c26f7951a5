#include "common/lzdiff_match.h"

static size_t prefix_portable(const uint8_t *a, const uint8_t *b, size_t at, size_t max)
{
    for (; at + 8 <= max; at += 8) {
        uint64_t difference = lzdiff_load64(a + at) ^ lzdiff_load64(b + at);

        if (difference)
            return at + lzdiff_low_byte(difference);
    }
    while (at < max && a[at] == b[at])
        at++;
    return at;
}

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))

#include <immintrin.h>

/* Compares four vectors at once and looks for the place of a difference only when there is one. */
__attribute__((target("avx2"))) static size_t prefix_avx2(const uint8_t *a, const uint8_t *b,
                                                          size_t at, size_t max)
{
    for (; at + 128 <= max; at += 128) {
        __m256i equal[4];

        for (int i = 0; i < 4; i++)
            equal[i] = _mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)(a + at + 32 * i)),
                                         _mm256_loadu_si256((const __m256i *)(b + at + 32 * i)));
        if (_mm256_movemask_epi8(_mm256_and_si256(_mm256_and_si256(equal[0], equal[1]),
                                                  _mm256_and_si256(equal[2], equal[3]))) != -1) {
            for (int i = 0; i < 4; i++) {
                unsigned mask = ~(unsigned)_mm256_movemask_epi8(equal[i]);

                if (mask)
                    return at + 32 * (size_t)i + (unsigned)__builtin_ctz(mask);
            }
        }
    }
    return prefix_portable(a, b, at, max);
}

size_t lzdiff_prefix_long(const uint8_t *a, const uint8_t *b, size_t at, size_t max)
{
    if (max - at >= 128 && __builtin_cpu_supports("avx2"))
        return prefix_avx2(a, b, at, max);
    return prefix_portable(a, b, at, max);
}

#else

size_t lzdiff_prefix_long(const uint8_t *a, const uint8_t *b, size_t at, size_t max)
{
    return prefix_portable(a, b, at, max);
}

#endif
