/*
 * Letters to codes, 32 at a time where the processor has AVX2, one at a time elsewhere.
 *
 * The vector form looks the code up by the low four bits of the byte in two tables, one for bytes
 * x0..xF of 4x and 6x, one for 5x and 7x; bit 4 chooses between them. Case is bit 5 and plays no
 * part. A byte is a letter of the format when its table entry is a code (others have the top bit
 * set) and bits 7, 6 of the byte are 0, 1. The three conditions meet in the top bit of one vector,
 * so that one movemask finds the first byte that is none.
 *
 * The tables are made of symbol_code[], so the alphabet is stated once.
 */
#include "reader/fasta_scan.h"

#include "common/symbols.h"

size_t fasta_scan_portable(const uint8_t *in, size_t length, uint8_t *codes, uint64_t *lower)
{
    uint64_t lower_case = 0;
    size_t i;

    for (i = 0; i < length; i++) {
        uint8_t code = symbol_code[in[i]];

        if (code == SYMBOL_INVALID)
            break;
        codes[i] = code;
        lower_case += in[i] >> 5 & 1;
    }
    *lower += lower_case;
    return i;
}

#if defined(__x86_64__)

#include <immintrin.h>

__attribute__((target("avx2"))) static inline __m256i table_of(uint8_t row)
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)&symbol_code[row]));
}

__attribute__((target("avx2,popcnt"))) static size_t
fasta_scan_avx2(const uint8_t *in, size_t length, uint8_t *codes, uint64_t *lower)
{
    const __m256i low_row = table_of(0x40), high_row = table_of(0x50);
    const __m256i ones = _mm256_set1_epi8(-1);
    uint64_t lower_case = 0;
    size_t i;

    for (i = 0; i + 32 <= length; i += 32) {
        __m256i bytes = _mm256_loadu_si256((const __m256i *)(in + i));
        __m256i code =
            _mm256_blendv_epi8(_mm256_shuffle_epi8(low_row, bytes),
                               _mm256_shuffle_epi8(high_row, bytes), _mm256_slli_epi16(bytes, 3));
        __m256i no_bit6 = _mm256_xor_si256(_mm256_slli_epi16(bytes, 1), ones);
        uint32_t bad =
            (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(_mm256_or_si256(code, bytes), no_bit6));
        uint32_t small = (uint32_t)_mm256_movemask_epi8(_mm256_slli_epi16(bytes, 2));

        _mm256_storeu_si256((__m256i *)(codes + i), code);
        if (bad) {
            unsigned good = (unsigned)__builtin_ctz(bad);

            *lower += lower_case + (uint64_t)__builtin_popcount(small & ((1u << good) - 1));
            return i + good;
        }
        lower_case += (uint64_t)__builtin_popcount(small);
    }
    *lower += lower_case;
    return i + fasta_scan_portable(in + i, length - i, codes + i, lower);
}

fasta_scan_fn *fasta_scan_best(void)
{
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt"))
        return fasta_scan_avx2;
    return fasta_scan_portable;
}

#else

fasta_scan_fn *fasta_scan_best(void)
{
    return fasta_scan_portable;
}

#endif
