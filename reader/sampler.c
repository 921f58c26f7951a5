/*
 * The scan for anchors; see sampler.h for the sampling rule.
 *
 * A tile of codes is packed to two bits a symbol twice: first symbol lowest (`low`), and first
 * symbol highest within each byte (`high`, to be read big endian). Eight neighbouring 9-mers are 16
 * symbols, 32 bits of each: one vector of eight lanes tests them. From the numbers f (first symbol
 * lowest) and g (first symbol highest) of a 9-mer, the reverse complement read like f is ~g, so
 * min(f, ~g) is the same on both strands.
 *
 * Symbols above 3 are packed as something; an anchor is made only if its 19 codes are 0..3.
 */
#include "reader/sampler.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define HAVE_AVX2 1
#endif

enum {
    MIDDLE_LENGTH = 9,
    FLANK_LENGTH = (ANCHOR_LENGTH - MIDDLE_LENGTH) / 2,
    LANES = 8,
    TILE = 4096,
    PACKED_BYTES = (TILE + ANCHOR_LENGTH) / 4 + 48,
};

#define ANCHOR_MASK ((UINT64_C(1) << ANCHOR_BITS) - 1)
#define MIDDLE_MASK ((1u << (2 * MIDDLE_LENGTH)) - 1)
#define MIDDLE_FACTOR 0x9e3779b1u
#define MIDDLE_LIMIT (1u << 28) /* hashes below it are sampled: 1 in 16 */

struct tile {
    uint8_t low[PACKED_BYTES];
    uint8_t high[PACKED_BYTES];
};

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

/* ---- portable */

static void pack_from(struct tile *tile, const uint8_t *codes, size_t from, size_t count)
{
    size_t i;

    for (i = from; i < count; i += 4) {
        unsigned low = 0, high = 0, j;

        for (j = 0; j < 4; j++) {
            unsigned code = i + j < count ? codes[i + j] & 3 : 0;

            low |= code << (2 * j);
            high |= code << (6 - 2 * j);
        }
        tile->low[i / 4] = (uint8_t)low;
        tile->high[i / 4] = (uint8_t)high;
    }
}

static void pack_portable(struct tile *tile, const uint8_t *codes, size_t count)
{
    pack_from(tile, codes, 0, count);
}

static uint32_t read_low(const struct tile *tile, size_t at)
{
    uint32_t word;

    memcpy(&word, tile->low + at / 4, sizeof word);
    return word;
}

static uint32_t read_high(const struct tile *tile, size_t at)
{
    uint32_t word;

    memcpy(&word, tile->high + at / 4, sizeof word);
    return __builtin_bswap32(word);
}

/* Bit j: the 9-mer at position at + j passes the test; at is a multiple of LANES. */
static unsigned test_portable(const struct tile *tile, size_t at)
{
    uint32_t low = read_low(tile, at), high = read_high(tile, at);
    unsigned passed = 0, j;

    for (j = 0; j < LANES; j++) {
        uint32_t f = low >> (2 * j) & MIDDLE_MASK;
        uint32_t g = ~(high >> (14 - 2 * j)) & MIDDLE_MASK;

        if ((f < g ? f : g) * MIDDLE_FACTOR < MIDDLE_LIMIT)
            passed |= 1u << j;
    }
    return passed;
}

/* ---- AVX2 */

#ifdef HAVE_AVX2
/* Bytes of four symbols each, from 32 codes: weights of a symbol within its pair and of a pair within
 * its byte. */
__attribute__((target("avx2"))) static uint64_t pack_32(__m256i codes, __m256i in_pair,
                                                        __m256i in_byte)
{
    const __m256i gather = _mm256_setr_epi8(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
                                            -1, 0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
                                            -1, -1);
    __m256i pairs = _mm256_maddubs_epi16(codes, in_pair);
    __m256i bytes = _mm256_shuffle_epi8(_mm256_madd_epi16(pairs, in_byte), gather);

    return (uint32_t)_mm256_extract_epi32(bytes, 0) |
           (uint64_t)(uint32_t)_mm256_extract_epi32(bytes, 4) << 32;
}

__attribute__((target("avx2"))) static void pack_avx2(struct tile *tile, const uint8_t *codes,
                                                      size_t count)
{
    const __m256i three = _mm256_set1_epi8(3);
    const __m256i low_pair = _mm256_set1_epi16(0x0401), low_byte = _mm256_set1_epi32(0x00100001);
    const __m256i high_pair = _mm256_set1_epi16(0x0104), high_byte = _mm256_set1_epi32(0x00010010);
    size_t i;

    for (i = 0; i + 32 <= count; i += 32) {
        __m256i some = _mm256_loadu_si256((const __m256i *)(codes + i));
        uint64_t low, high;

        some = _mm256_and_si256(some, three);
        low = pack_32(some, low_pair, low_byte);
        high = pack_32(some, high_pair, high_byte);
        memcpy(tile->low + i / 4, &low, sizeof low);
        memcpy(tile->high + i / 4, &high, sizeof high);
    }
    pack_from(tile, codes, i, count);
}

__attribute__((target("avx2"))) static unsigned test_avx2(const struct tile *tile, size_t at)
{
    const __m256i low_shift = _mm256_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14);
    const __m256i high_shift = _mm256_setr_epi32(14, 12, 10, 8, 6, 4, 2, 0);
    const __m256i mask = _mm256_set1_epi32(MIDDLE_MASK);
    __m256i f = _mm256_srlv_epi32(_mm256_set1_epi32((int)read_low(tile, at)), low_shift);
    __m256i g = _mm256_srlv_epi32(_mm256_set1_epi32((int)read_high(tile, at)), high_shift);
    __m256i hash;

    f = _mm256_and_si256(f, mask);
    g = _mm256_andnot_si256(g, mask);
    hash = _mm256_mullo_epi32(_mm256_min_epu32(f, g), _mm256_set1_epi32((int)MIDDLE_FACTOR));
    hash = _mm256_cmpeq_epi32(_mm256_srli_epi32(hash, 28), _mm256_setzero_si256());
    return (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(hash));
}
#endif

/* ---- the scan */

static int all_bases(const uint8_t *codes)
{
    uint64_t a, b;
    uint32_t c;

    memcpy(&a, codes, 8);
    memcpy(&b, codes + 8, 8);
    memcpy(&c, codes + ANCHOR_LENGTH - 4, 4);
    return ((a | b | c) & UINT64_C(0xfcfcfcfcfcfcfcfc)) == 0;
}

/* The anchor that begins at codes[start] of the tile. */
static struct anchor make_anchor(const struct tile *tile, size_t start, uint64_t position)
{
    uint64_t word, forward, reverse;

    memcpy(&word, tile->high + start / 4, sizeof word);
    word = __builtin_bswap64(word) << (2 * (start % 4));
    forward = word >> (64 - ANCHOR_BITS);
    reverse = reverse_complement(forward, ANCHOR_LENGTH);
    return (struct anchor){
        .position = position + start,
        .hash = mix(reverse < forward ? reverse : forward),
        .reverse = reverse < forward,
    };
}

/* Anchors of a tile of count codes, whose 9-mers were tested by test(). */
#define SCAN_TILE(test)                                                                            \
    do {                                                                                           \
        for (at = 0; at + MIDDLE_LENGTH <= count; at += LANES) {                                   \
            unsigned passed = test(tile, at);                                                      \
                                                                                                   \
            for (; passed; passed &= passed - 1) {                                                 \
                size_t start = at + (unsigned)__builtin_ctz(passed) - FLANK_LENGTH;                \
                                                                                                   \
                /* A start before the tile wraps round and is too large. */                        \
                if (start < count && start + ANCHOR_LENGTH <= count && all_bases(codes + start))   \
                    out[found++] = make_anchor(tile, start, position);                             \
            }                                                                                      \
        }                                                                                          \
    } while (0)

static size_t scan_portable(struct tile *tile, const uint8_t *codes, size_t count,
                            uint64_t position, struct anchor *out)
{
    size_t found = 0, at;

    pack_portable(tile, codes, count);
    SCAN_TILE(test_portable);
    return found;
}

#ifdef HAVE_AVX2
__attribute__((target("avx2"))) static size_t scan_avx2(struct tile *tile, const uint8_t *codes,
                                                        size_t count, uint64_t position,
                                                        struct anchor *out)
{
    size_t found = 0, at;

    pack_avx2(tile, codes, count);
    SCAN_TILE(test_avx2);
    return found;
}
#endif

size_t sampler_scan(const uint8_t *codes, size_t count, uint64_t position, struct anchor *out)
{
    size_t (*scan)(struct tile *, const uint8_t *, size_t, uint64_t, struct anchor *) =
        scan_portable;
    struct tile tile;
    size_t found = 0, at, some;

    memset(&tile, 0, sizeof tile);
#ifdef HAVE_AVX2
    if (__builtin_cpu_supports("avx2"))
        scan = scan_avx2;
#endif
    for (at = 0; at + ANCHOR_LENGTH <= count; at += TILE) {
        some = count - at < TILE + ANCHOR_LENGTH - 1 ? count - at : TILE + ANCHOR_LENGTH - 1;
        found += scan(&tile, codes + at, some, position + at, out + found);
    }
    return found;
}
