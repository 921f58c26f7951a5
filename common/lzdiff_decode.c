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
    LITERAL_LAST = 'U',
    LITERAL_SAME = '!',  /* the reference symbol at pred; not in v1 */
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
    size_t pred;        /* may lie past the reference after literals: then only literals, runs and
                         * matches backwards are possible */
    unsigned min_match;
    enum lzdiff_version version;
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

static int decode_run(struct decoding *d)
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
    if (count > d->limit - d->out)
        return fault(d, "a run longer than the segment");
    memset(d->out, RUN_SYMBOL, (size_t)count);
    d->out += count;
    return 0;
}

/* Copies of a few dozen symbols are the rule: whole blocks where both sides have the room. */
static void copy_match(struct decoding *d, size_t pos, size_t length)
{
    const uint8_t *from = d->reference + pos;

    if (length <= 32 && d->reference_length - pos >= 32 && d->limit - d->out >= 32)
        memcpy(d->out, from, 32);
    else
        memcpy(d->out, from, length);
    d->out += length;
}

static int decode_match(struct decoding *d)
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
    if (length > d->limit - d->out)
        return fault(d, "a match longer than the segment");
    copy_match(d, (size_t)pos, (size_t)length);
    d->pred = (size_t)(pos + length);
    return 0;
}

static int decode_literal(struct decoding *d, uint8_t token)
{
    uint8_t symbol;

    if (d->out == d->limit)
        return fault(d, "more symbols than the segment has");
    if (token != LITERAL_SAME)
        symbol = token - LITERAL_FIRST;
    else if (d->pred < d->reference_length)
        symbol = d->reference[d->pred];
    else
        return fault(d, "'!' past the reference");
    *d->out++ = symbol;
    d->pred++;
    d->at++;
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
        .min_match = min_match,
        .version = version,
    };
    int code = 0;

    while (!code && d.at < d.end) {
        uint8_t token = *d.at;

        if ((token >= LITERAL_FIRST && token <= LITERAL_LAST) ||
            (token == LITERAL_SAME && version != LZDIFF_V1))
            code = decode_literal(&d, token);
        else if (token == RUN_BEGIN)
            code = decode_run(&d);
        else
            code = decode_match(&d);
    }
    if (!code)
        *length = (size_t)(d.out - out);
    return code;
}
