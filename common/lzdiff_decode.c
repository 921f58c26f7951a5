/*
 * LZ-diff, decoding: one pass over the tokens of spec section 7.
 *
 * The delta is untrusted. Every number is bounded to ten digits before it is computed with, every
 * copy is checked against the reference and against the room that is left, and nothing is read past
 * the delta's end. A fault is ERROR_FORMAT with the byte of the delta at which it was seen; what
 * stands in `out` then is meaningless. The encoder is lzdiff_encode.c.
 */
#include "common/lzdiff.h"

#include "common/error.h"

#include <string.h>

enum {
    LITERAL_FIRST = 'A',
    LITERAL_SAME = '!', /* the reference symbol at pred; not in v1 */
    RUN_BEGIN = 30,
    RUN_END = 4,
    RUN_SYMBOL = 4, /* N */
    RUN_LENGTH_MIN = 4,
    DIGITS_MAX = 10,
};

/* The state of one decoding. */
struct decoding {
    const uint8_t *reference;
    size_t reference_length;
    const uint8_t *begin, *at, *end; /* the delta */
    uint8_t *out, *limit;
    size_t left; /* symbols that the segment may still have */
    size_t skip; /* symbols of it that are not wanted, before those that are */
    size_t pred; /* may lie past the reference after literals: then only literals, runs and
                  * matches backwards are possible */
    unsigned min_match;
    unsigned kinds; /* of literals that the version has */
    enum lzdiff_version version;
};

enum { KIND_LETTER = 1, KIND_SAME = 2 };

static const uint8_t literal_kind[256] = {
    [LITERAL_SAME] = KIND_SAME, ['A'] = KIND_LETTER, ['B'] = KIND_LETTER, ['C'] = KIND_LETTER,
    ['D'] = KIND_LETTER,        ['E'] = KIND_LETTER, ['F'] = KIND_LETTER, ['G'] = KIND_LETTER,
    ['H'] = KIND_LETTER,        ['I'] = KIND_LETTER, ['J'] = KIND_LETTER, ['K'] = KIND_LETTER,
    ['L'] = KIND_LETTER,        ['M'] = KIND_LETTER, ['N'] = KIND_LETTER, ['O'] = KIND_LETTER,
    ['P'] = KIND_LETTER,        ['Q'] = KIND_LETTER, ['R'] = KIND_LETTER, ['S'] = KIND_LETTER,
    ['T'] = KIND_LETTER,        ['U'] = KIND_LETTER,
};

static int fault(const struct decoding *d, const char *what)
{
    return error_set(ERROR_FORMAT, "delta: %s at byte %zu", what, (size_t)(d->at - d->begin));
}

/* An integer without leading zeros, of at most DIGITS_MAX digits. */
static int take_integer(struct decoding *d, int64_t *value)
{
    const uint8_t *at = d->at, *digits;
    int64_t sum = 0;
    int negative = at < d->end && *at == '-';

    at += negative;
    digits = at;
    while (at < d->end && *at >= '0' && *at <= '9' && at - digits < DIGITS_MAX)
        sum = sum * 10 + (*at++ - '0');
    if (at == digits || (*digits == '0' && (at - digits > 1 || negative)))
        return fault(d, "no number");
    d->at = at;
    *value = negative ? -sum : sum;
    return 0;
}

static int take_byte(struct decoding *d, uint8_t expected)
{
    if (d->at == d->end || *d->at != expected)
        return fault(d, "a token without its end");
    d->at++;
    return 0;
}

static int take_run(struct decoding *d, size_t *length)
{
    int64_t count;
    int code;

    d->at++;
    code = take_integer(d, &count);
    if (!code)
        code = take_byte(d, RUN_END);
    if (code)
        return code;
    if (count < 0)
        return fault(d, "a run of negative length");
    count += RUN_LENGTH_MIN;
    if ((uint64_t)count > d->left)
        return fault(d, "a run longer than the segment");
    *length = (size_t)count;
    return 0;
}

static int take_match(struct decoding *d, const uint8_t **from, size_t *copied)
{
    int64_t pos, length;
    int code = take_integer(d, &pos);

    if (code)
        return code;
    pos += (int64_t)d->pred;
    if (pos < 0 || pos > (int64_t)d->reference_length)
        return fault(d, "a match outside the reference");
    length = (int64_t)d->reference_length - pos;
    if (d->version == LZDIFF_V1 || (d->at < d->end && *d->at == ',')) {
        code = take_byte(d, ',');
        if (!code)
            code = take_integer(d, &length);
        if (code)
            return code;
        if (length < 0)
            return fault(d, "a match of negative length");
        length += d->min_match;
    }
    code = take_byte(d, '.');
    if (code)
        return code;
    if (length > (int64_t)d->reference_length - pos)
        return fault(d, "a match outside the reference");
    if ((uint64_t)length > d->left)
        return fault(d, "a match longer than the segment");
    *from = d->reference + pos;
    *copied = (size_t)length;
    d->pred = (size_t)(pos + length);
    return 0;
}

/* Literals that stand together: *count of them, from d->at on. */
static int take_literals(struct decoding *d, size_t *count)
{
    size_t most = (size_t)(d->end - d->at), i, length = 0;

    if (most > d->left)
        most = d->left;
    while (length < most && (literal_kind[d->at[length]] & d->kinds))
        length++;
    if (length == 0)
        return fault(d, "more symbols than the segment has");
    /* Past the reference (seldom) only those with a symbol of their own. */
    for (i = d->pred + length > d->reference_length ? 0 : length; i < length; i++)
        if (d->at[i] == LITERAL_SAME && d->pred + i >= d->reference_length)
            return fault(d, "'!' past the reference");
    *count = length;
    return 0;
}

/* Copies of a few dozen symbols are the rule: whole blocks where both sides have the room. */
static void copy_match(struct decoding *d, const uint8_t *from, size_t length)
{
    if (length <= 32 && d->reference + d->reference_length - from >= 32 && d->limit - d->out >= 32)
        memcpy(d->out, from, 32);
    else
        memcpy(d->out, from, length);
    d->out += length;
}

/* Of *length symbols those that are wanted; *from moves to the first of them. */
static void clip(struct decoding *d, const uint8_t **from, size_t *length)
{
    size_t skipped = *length < d->skip ? *length : d->skip;
    size_t room = (size_t)(d->limit - d->out);

    d->skip -= skipped;
    *from += skipped;
    *length -= skipped;
    if (*length > room)
        *length = room;
}

/* The wanted ones of `count` literals. */
static inline __attribute__((always_inline)) void put_literals(struct decoding *d, size_t count,
                                                               int clipped)
{
    const uint8_t *from = d->at;
    size_t i, length = count, pred;

    if (clipped)
        clip(d, &from, &length);
    pred = d->pred + (size_t)(from - d->at);
    for (i = 0; i < length; i++)
        d->out[i] =
            from[i] == LITERAL_SAME ? d->reference[pred + i] : (uint8_t)(from[i] - LITERAL_FIRST);
    d->out += length;
    d->at += count;
    d->pred += count;
}

/* One token, or literals that stand together. clipped: not all symbols are wanted; inlined twice,
 * so that the usual case does not pay for the other. */
static inline __attribute__((always_inline)) int decode_token(struct decoding *d, int clipped)
{
    static const uint8_t run_symbol = RUN_SYMBOL;
    const uint8_t *from = &run_symbol;
    size_t length = 0;
    int code, is_run = *d->at == RUN_BEGIN;

    if (literal_kind[*d->at] & d->kinds) {
        code = take_literals(d, &length);
        if (!code)
            put_literals(d, length, clipped);
        d->left -= length;
        return code;
    }
    code = is_run ? take_run(d, &length) : take_match(d, &from, &length);
    if (code)
        return code;
    d->left -= length;
    if (clipped)
        clip(d, &from, &length);
    if (is_run) {
        memset(d->out, RUN_SYMBOL, length);
        d->out += length;
    } else {
        copy_match(d, from, length);
    }
    return 0;
}

int lzdiff_decode(const uint8_t *reference, size_t reference_length, const uint8_t *delta,
                  size_t delta_length, unsigned min_match, enum lzdiff_version version,
                  uint8_t *out, size_t capacity, size_t *length)
{
    struct decoding d = {
        .reference = reference,
        .reference_length = reference_length,
        .begin = delta,
        .at = delta,
        .end = delta + delta_length,
        .out = out,
        .limit = out + capacity,
        .left = capacity,
        .min_match = min_match,
        .kinds = version == LZDIFF_V1 ? KIND_LETTER : KIND_LETTER | KIND_SAME,
        .version = version,
    };
    int code = 0;

    while (!code && d.at < d.end)
        code = decode_token(&d, 0);
    if (!code)
        *length = (size_t)(d.out - out);
    return code;
}

int lzdiff_decode_range(const uint8_t *reference, size_t reference_length, const uint8_t *delta,
                        size_t delta_length, unsigned min_match, enum lzdiff_version version,
                        size_t segment_length, size_t first, size_t count, uint8_t *out)
{
    struct decoding d = {
        .reference = reference,
        .reference_length = reference_length,
        .begin = delta,
        .at = delta,
        .end = delta + delta_length,
        .out = out,
        .limit = out + count,
        .left = segment_length,
        .skip = first,
        .min_match = min_match,
        .kinds = version == LZDIFF_V1 ? KIND_LETTER : KIND_LETTER | KIND_SAME,
        .version = version,
    };
    int code = 0, to_end = first + count == segment_length;

    while (!code && d.at < d.end && (d.out < d.limit || to_end))
        code = decode_token(&d, 1);
    if (!code && (d.out < d.limit || (to_end && d.left)))
        code = error_set(ERROR_FORMAT, "delta: %zu symbols instead of %zu", segment_length - d.left,
                         segment_length);
    return code;
}
