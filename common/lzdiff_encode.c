/*
 * LZ-diff, encoding: a greedy parse along the diagonal, with a hash index for the rest.
 *
 * At every place of the query, in this order:
 *   1. the diagonal: does the query go on at `pred`, where the reference was left? Most variants are
 *      substitutions, so after a literal it nearly always does. No look-up is needed.
 *   2. a run of N.
 *   3. a substitution: one literal, if the diagonal goes on well behind it.
 *   4. the index: the longest agreement with a place of the reference that shares the next key
 *      (min_match - 3 symbols, taken at every 4th place of the reference, so every agreement of
 *      min_match symbols is found), extended backwards into the literals not yet put out.
 *   5. a literal.
 * The table of the index is built at the first look-up: alike sequences never need it.
 *
 * Nothing but reference, query and min_match decides the parse; whether the table stood already
 * does not.
 */
#include "common/lzdiff.h"

#include "common/error.h"
#include "common/lzdiff_match.h"

#include <stdlib.h>
#include <string.h>

enum {
    KEY_STRIDE = 4,
    PROBES_MAX = 16,     /* places in the table that one look-up or insertion goes through */
    N_CODE = 4,
    N_RUN_MIN = 4,
    SUBSTITUTION_MIN = 24, /* symbols that agree behind a substitution */
    TO_END_MIN = 3,      /* a match to the end of the reference pays from this length on */
    INTEGER_BYTES_MAX = 12,
};

struct lzdiff_index {
    const uint8_t *reference;
    size_t length;
    unsigned min_match, key_length;
    int built;
    uint32_t *table; /* (position / KEY_STRIDE + 1) | tag << position_bits; 0 = free */
    size_t slots, capacity;
    unsigned position_bits, slot_bits;
};

static unsigned bit_width(size_t value)
{
    return value ? 64 - (unsigned)__builtin_clzll(value) : 0;
}

/* log2 of the slots for a reference: at most half of them are taken. */
static unsigned table_bits(size_t length)
{
    return bit_width(length / KEY_STRIDE + 1) + 1;
}

size_t lzdiff_index_bytes(size_t length)
{
    return sizeof(struct lzdiff_index) + (sizeof(uint32_t) << table_bits(length));
}

size_t lzdiff_index_held_bytes(const struct lzdiff_index *index)
{
    return index ? sizeof *index + index->capacity * sizeof index->table[0] : 0;
}

int lzdiff_index_set(struct lzdiff_index **index, const uint8_t *reference, size_t length,
                     unsigned min_match)
{
    struct lzdiff_index *x = *index;

    if (!x) {
        x = calloc(1, sizeof *x);
        if (!x)
            return error_set(ERROR_MEMORY, "out of memory for an index");
        *index = x;
    }
    x->reference = reference;
    x->length = length;
    x->min_match = min_match;
    x->key_length = min_match - 3;
    x->built = 0;
    return 0;
}

void lzdiff_index_free(struct lzdiff_index *index)
{
    if (!index)
        return;
    free(index->table);
    free(index);
}

/* Two bits a symbol of eight symbols; sets *invalid if one of them is not 0..3. */
static inline uint64_t squeeze8(const uint8_t *codes, uint64_t *invalid)
{
    uint64_t x = lzdiff_load64(codes);

    *invalid |= x & 0xfcfcfcfcfcfcfcfc;
    x = (x | x >> 6) & 0x000f000f000f000f;
    x = (x | x >> 12) & 0x000000ff000000ff;
    return (x | x >> 24) & 0xffff;
}

/* Hash of the key at codes; *valid = 0 if it holds a symbol that is not 0..3. Keys have 12..29
 * symbols: whole groups of eight, and a last group that may overlap the one before. */
static inline uint64_t key_hash(const uint8_t *codes, unsigned key_length, int *valid)
{
    uint64_t invalid = 0, key = squeeze8(codes + key_length - 8, &invalid);

    for (unsigned at = 0; at + 8 < key_length; at += 8)
        key = key << 16 | squeeze8(codes + at, &invalid);
    *valid = !invalid;
    key *= 0x9e3779b97f4a7c15;
    key ^= key >> 32;
    return key * 0xd6e8feb86659fd93;
}

static int table_reserve(struct lzdiff_index *x)
{
    x->slot_bits = table_bits(x->length);
    x->position_bits = bit_width(x->length / KEY_STRIDE + 1);
    x->slots = (size_t)1 << x->slot_bits;
    if (x->position_bits > 31)
        return error_set(ERROR_MEMORY, "a reference of %zu symbols is too long", x->length);
    if (x->slots > x->capacity) {
        free(x->table);
        x->capacity = 0;
        x->table = malloc(x->slots * sizeof x->table[0]);
        if (!x->table)
            return error_set(ERROR_MEMORY, "out of memory for an index of %zu slots", x->slots);
        x->capacity = x->slots;
    }
    memset(x->table, 0, x->slots * sizeof x->table[0]);
    return 0;
}

static int table_build(struct lzdiff_index *x)
{
    int code = table_reserve(x);

    if (code)
        return code;
    for (size_t pos = 0; pos + x->key_length <= x->length; pos += KEY_STRIDE) {
        int valid;
        uint64_t hash = key_hash(x->reference + pos, x->key_length, &valid);
        size_t slot = hash >> (64 - x->slot_bits), probes = 0;

        if (!valid)
            continue;
        while (x->table[slot] && ++probes < PROBES_MAX)
            slot = (slot + 1) & (x->slots - 1);
        if (!x->table[slot])
            x->table[slot] = (uint32_t)(pos / KEY_STRIDE + 1) | (uint32_t)hash << x->position_bits;
    }
    x->built = 1;
    return 0;
}

struct match {
    size_t pos, length; /* forwards */
    size_t back;        /* symbols before, that agree too */
};

/* State of one encoding: [literals, at) is not put out yet; the reference symbol beside query
 * position i in it is pred + (i - literals). */
struct encoding {
    struct lzdiff_index *index;
    const uint8_t *query;
    size_t length;
    size_t literals, at, pred;
    struct bytes *out;
};

/* The longest agreement at e->at that the index knows; ties: the place nearest to the diagonal. */
static int find_match(struct encoding *e, struct match *best)
{
    struct lzdiff_index *x = e->index;
    size_t diagonal = e->pred + (e->at - e->literals), slot;
    uint32_t position_mask, tag;
    uint64_t hash;
    int valid, code;

    *best = (struct match){0};
    if (e->length - e->at < x->key_length || x->length < x->key_length)
        return 0;
    hash = key_hash(e->query + e->at, x->key_length, &valid);
    if (!valid)
        return 0;
    if (!x->built && (code = table_build(x)))
        return code;
    position_mask = ((uint32_t)1 << x->position_bits) - 1;
    tag = (uint32_t)hash << x->position_bits;
    slot = hash >> (64 - x->slot_bits);
    for (unsigned probes = 0; probes < PROBES_MAX && x->table[slot]; probes++) {
        uint32_t entry = x->table[slot];
        struct match m = {.pos = (size_t)((entry & position_mask) - 1) * KEY_STRIDE};
        size_t back_max = e->at - e->literals;

        slot = (slot + 1) & (x->slots - 1);
        if ((entry & ~position_mask) != tag)
            continue;
        m.length = x->length - m.pos < e->length - e->at ? x->length - m.pos : e->length - e->at;
        m.length = lzdiff_prefix(e->query + e->at, x->reference + m.pos, m.length);
        if (m.length < x->key_length)
            continue;
        back_max = back_max < m.pos ? back_max : m.pos;
        m.back = lzdiff_suffix(e->query + e->at, x->reference + m.pos, back_max);
        if (m.length + m.back > best->length + best->back ||
            (m.length + m.back == best->length + best->back &&
             llabs((long long)m.pos - (long long)diagonal) <
                 llabs((long long)best->pos - (long long)diagonal)))
            *best = m;
    }
    if (best->length + best->back < x->min_match)
        best->length = 0;
    return 0;
}

static uint8_t *put_integer(uint8_t *p, int64_t value)
{
    uint8_t digits[INTEGER_BYTES_MAX];
    uint64_t rest = value < 0 ? (uint64_t)-value : (uint64_t)value;
    size_t count = 0;

    if (value < 0)
        *p++ = '-';
    do
        digits[count++] = (uint8_t)('0' + rest % 10);
    while (rest /= 10);
    while (count)
        *p++ = digits[--count];
    return p;
}

/* Puts the literals before query position end out; pred moves with them. */
static int put_literals(struct encoding *e, size_t end)
{
    const struct lzdiff_index *x = e->index;
    size_t count = end - e->literals;
    int code = bytes_reserve(e->out, count);
    uint8_t *p = e->out->data + e->out->length;

    if (code)
        return code;
    for (size_t i = 0; i < count; i++, e->pred++) {
        uint8_t symbol = e->query[e->literals + i];

        p[i] = e->pred < x->length && x->reference[e->pred] == symbol ? '!' : 'A' + symbol;
    }
    e->out->length += count;
    e->literals = end;
    return 0;
}

static int put_match(struct encoding *e, size_t pos, size_t length)
{
    uint8_t token[2 * INTEGER_BYTES_MAX + 2], *p;

    p = put_integer(token, (int64_t)pos - (int64_t)e->pred);
    if (pos + length < e->index->length) {
        *p++ = ',';
        p = put_integer(p, (int64_t)length - e->index->min_match);
    }
    *p++ = '.';
    e->pred = pos + length;
    e->literals = e->at;
    return bytes_append(e->out, token, (size_t)(p - token));
}

static int put_run(struct encoding *e, size_t count)
{
    uint8_t token[INTEGER_BYTES_MAX + 2], *p = token;

    *p++ = 30;
    p = put_integer(p, (int64_t)count - N_RUN_MIN);
    *p++ = 4;
    e->at += count;
    e->literals = e->at;
    return bytes_append(e->out, token, (size_t)(p - token));
}

static size_t run_length(const struct encoding *e)
{
    size_t at = e->at;

    while (at < e->length && e->query[at] == N_CODE)
        at++;
    return at - e->at;
}

/* Length of the agreement on the diagonal, if it is worth a match. */
static size_t diagonal_match(const struct encoding *e)
{
    const struct lzdiff_index *x = e->index;
    size_t pos = e->pred + (e->at - e->literals), max, length;

    if (pos >= x->length)
        return 0;
    max = x->length - pos < e->length - e->at ? x->length - pos : e->length - e->at;
    length = lzdiff_prefix(e->query + e->at, x->reference + pos, max);
    if (length >= x->min_match || (pos + length == x->length && length >= TO_END_MIN))
        return length;
    return 0;
}

/* 1 if the diagonal goes on well behind one symbol that differs: most differences are such, and need
 * no look-up. */
static int is_substitution(const struct encoding *e)
{
    const struct lzdiff_index *x = e->index;
    size_t pos = e->pred + (e->at - e->literals) + 1, at = e->at + 1;

    return pos + SUBSTITUTION_MIN <= x->length && at + SUBSTITUTION_MIN <= e->length &&
           lzdiff_prefix(e->query + at, x->reference + pos, SUBSTITUTION_MIN) == SUBSTITUTION_MIN;
}

static int encode_step(struct encoding *e)
{
    size_t length = diagonal_match(e);
    struct match m;
    int code;

    if (length) {
        code = put_literals(e, e->at);
        e->at += length;
        return code ? code : put_match(e, e->pred, length);
    }
    length = e->query[e->at] == N_CODE ? run_length(e) : 0;
    if (length >= N_RUN_MIN) {
        code = put_literals(e, e->at);
        return code ? code : put_run(e, length);
    }
    if (is_substitution(e)) {
        e->at++;
        return 0;
    }
    code = find_match(e, &m);
    if (code)
        return code;
    if (!m.length) {
        e->at++;
        return 0;
    }
    code = put_literals(e, e->at - m.back);
    e->at += m.length;
    return code ? code : put_match(e, m.pos - m.back, m.length + m.back);
}

int lzdiff_encode(struct lzdiff_index *index, const uint8_t *query, size_t length,
                  struct bytes *out)
{
    struct encoding e = {.index = index, .query = query, .length = length, .out = out};
    int code = 0;

    if (length == index->length && !memcmp(query, index->reference, length))
        return 0;
    while (!code && e.at < length)
        code = encode_step(&e);
    return code ? code : put_literals(&e, length);
}
