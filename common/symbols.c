/*
 * Symbol tables and the two loops that every extracted base goes through.
 *
 * Both loops exist as AVX2, SSSE3 and plain C; the processor is asked at run time, so one binary
 * serves all. All forms give the same bytes for every input byte, valid code or not: codes above 15
 * become blanks as letters and stay as they are under reverse complement. The vector forms handle
 * whole blocks and leave the rest to the plain one, so nothing is read or written outside the
 * caller's range and letters may be made in place.
 */
#include "common/symbols.h"

#if defined(__x86_64__) || defined(__i386__)
#define SYMBOLS_X86 1
#include <immintrin.h>
#endif

#define INVALID_16                                                                                 \
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
/* '@', then A..O; then P..Z and five more. */
#define CODES_A_TO_O 0xff, 0, 11, 1, 12, 0xff, 0xff, 2, 13, 0xff, 0xff, 9, 0xff, 10, 4, 0xff
#define CODES_P_TO_Z 0xff, 0xff, 5, 7, 3, 15, 14, 8, 0xff, 6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff

const uint8_t symbol_code[256] = {
    INVALID_16,   INVALID_16,   INVALID_16, INVALID_16, CODES_A_TO_O, CODES_P_TO_Z,
    CODES_A_TO_O, CODES_P_TO_Z, INVALID_16, INVALID_16, INVALID_16,   INVALID_16,
    INVALID_16,   INVALID_16,   INVALID_16, INVALID_16,
};

#define LETTERS 'A', 'C', 'G', 'T', 'N', 'R', 'Y', 'S', 'W', 'K', 'M', 'B', 'D', 'H', 'V', 'U'
#define BLANK_16 ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' '
#define BLANK_48 BLANK_16, BLANK_16, BLANK_16

const uint8_t symbol_letter[256] = {
    LETTERS, BLANK_48, BLANK_48, BLANK_48, BLANK_48, BLANK_48,
};

static void letters_plain(uint8_t *letters, const uint8_t *codes, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        letters[i] = symbol_letter[codes[i]];
}

static void reverse_plain(uint8_t *out, const uint8_t *in, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        uint8_t code = in[count - 1 - i];

        out[i] = code < 4 ? code ^ 3 : code;
    }
}

#ifdef SYMBOLS_X86

/* Adding 0x70 with saturation keeps the low nibble of codes 0..15 and sets bit 7 of all others, for
 * which the shuffle gives 0; the maximum with ' ' turns that into a blank. */
__attribute__((target("avx2"))) static size_t letters_avx2(uint8_t *letters, const uint8_t *codes,
                                                           size_t count)
{
    const __m256i table =
        _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)symbol_letter));
    const __m256i spread = _mm256_set1_epi8(0x70), blank = _mm256_set1_epi8(' ');
    size_t i;

    for (i = 0; i + 32 <= count; i += 32) {
        __m256i x = _mm256_loadu_si256((const __m256i *)(codes + i));

        x = _mm256_shuffle_epi8(table, _mm256_adds_epu8(x, spread));
        _mm256_storeu_si256((__m256i *)(letters + i), _mm256_max_epu8(x, blank));
    }
    return i;
}

__attribute__((target("ssse3"))) static size_t letters_ssse3(uint8_t *letters, const uint8_t *codes,
                                                             size_t count)
{
    const __m128i table = _mm_loadu_si128((const __m128i *)symbol_letter);
    const __m128i spread = _mm_set1_epi8(0x70), blank = _mm_set1_epi8(' ');
    size_t i;

    for (i = 0; i + 16 <= count; i += 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(codes + i));

        x = _mm_shuffle_epi8(table, _mm_adds_epu8(x, spread));
        _mm_storeu_si128((__m128i *)(letters + i), _mm_max_epu8(x, blank));
    }
    return i;
}

/* A code c < 4 (where min(c, 3) == c) is complemented by c ^ 3. */
__attribute__((target("avx2"))) static size_t reverse_avx2(uint8_t *out, const uint8_t *in,
                                                           size_t count)
{
    const __m256i three = _mm256_set1_epi8(3);
    const __m256i turn = _mm256_setr_epi8(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 15,
                                          14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    size_t i;

    for (i = 0; i + 32 <= count; i += 32) {
        __m256i x = _mm256_loadu_si256((const __m256i *)(in + count - i - 32));
        __m256i small = _mm256_cmpeq_epi8(_mm256_min_epu8(x, three), x);

        x = _mm256_xor_si256(x, _mm256_and_si256(small, three));
        x = _mm256_permute4x64_epi64(_mm256_shuffle_epi8(x, turn), 0x4e);
        _mm256_storeu_si256((__m256i *)(out + i), x);
    }
    return i;
}

__attribute__((target("ssse3"))) static size_t reverse_ssse3(uint8_t *out, const uint8_t *in,
                                                             size_t count)
{
    const __m128i three = _mm_set1_epi8(3);
    const __m128i turn = _mm_setr_epi8(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    size_t i;

    for (i = 0; i + 16 <= count; i += 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(in + count - i - 16));
        __m128i small = _mm_cmpeq_epi8(_mm_min_epu8(x, three), x);

        x = _mm_xor_si128(x, _mm_and_si128(small, three));
        _mm_storeu_si128((__m128i *)(out + i), _mm_shuffle_epi8(x, turn));
    }
    return i;
}

#endif

void symbols_to_letters(uint8_t *letters, const uint8_t *codes, size_t count)
{
    size_t done = 0;

#ifdef SYMBOLS_X86
    if (__builtin_cpu_supports("avx2"))
        done = letters_avx2(letters, codes, count);
    else if (__builtin_cpu_supports("ssse3"))
        done = letters_ssse3(letters, codes, count);
#endif
    letters_plain(letters + done, codes + done, count - done);
}

void symbols_reverse_complement(uint8_t *out, const uint8_t *in, size_t count)
{
    size_t done = 0;

#ifdef SYMBOLS_X86
    if (__builtin_cpu_supports("avx2"))
        done = reverse_avx2(out, in, count);
    else if (__builtin_cpu_supports("ssse3"))
        done = reverse_ssse3(out, in, count);
#endif
    reverse_plain(out + done, in, count - done);
}
