/*
 * Tokens of a delta.
 *
 * '!' instead of a letter is free to choose. Where the query follows the reference at pred, most
 * symbols agree, and '!' makes the text regular. Where it does not (behind an insertion, in new
 * sequence), a quarter agrees by chance: there a '!' only adds a fifth letter to four, and makes
 * texts of alike members differ. Which of the two a stretch is, is decided by the cheapest path
 * through both states: an agreement earns in the first, a difference costs there, and changing sides
 * has a price.
 */
#include "common/lzdiff_tokens.h"

#include <stdlib.h>

enum {
    INTEGER_BYTES_MAX = 20,
    EARN = 2,       /* an agreement where the query follows the reference */
    COST = -2,      /* a difference there; nothing is won or lost in the other state */
    CHANGE = 8,     /* the price of changing sides */
    LONG = 4,       /* fewer literals are taken to follow the reference */
};

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

/* Forwards: per literal, in its place of the text, whether it agrees (4) and from which side one
 * comes to each state at best (1: to "follows" from "is new", 2: the other way). Returns 1 if the
 * path ends in "is new". */
static int weigh(uint8_t *text, const uint8_t *query, size_t count, const uint8_t *reference,
                 size_t reference_count)
{
    int follows = 0, is_new = 0;

    for (size_t i = 0; i < count; i++) {
        int agrees = i < reference_count && query[i] == reference[i];
        int turn_back = is_new - CHANGE > follows, turn_new = follows - CHANGE > is_new;
        int next = (turn_back ? is_new - CHANGE : follows) + (agrees ? EARN : COST);

        is_new = turn_new ? follows - CHANGE : is_new;
        follows = next;
        text[i] = (uint8_t)(turn_back | turn_new << 1 | agrees << 2);
    }
    return is_new > follows;
}

static void put_weighed(uint8_t *text, const uint8_t *query, size_t count, int is_new)
{
    for (size_t i = count; i-- > 0;) {
        uint8_t seen = text[i];

        text[i] = (seen & 4) && !is_new ? '!' : (uint8_t)('A' + query[i]);
        if (seen & (is_new ? 2 : 1))
            is_new = !is_new;
    }
}

int lzdiff_put_literals(struct bytes *out, const uint8_t *query, size_t count,
                        const uint8_t *reference, size_t reference_count)
{
    int code = bytes_reserve(out, count);
    uint8_t *text;

    if (code || count == 0)
        return code;
    text = out->data + out->length;
    out->length += count;
    if (count >= LONG) {
        put_weighed(text, query, count, weigh(text, query, count, reference, reference_count));
        return 0;
    }
    for (size_t i = 0; i < count; i++)
        text[i] = i < reference_count && query[i] == reference[i] ? '!' : (uint8_t)('A' + query[i]);
    return 0;
}

int lzdiff_put_match(struct bytes *out, int64_t distance, size_t length_coded, int to_end)
{
    uint8_t token[2 * INTEGER_BYTES_MAX + 4], *p = put_integer(token, distance);

    if (!to_end) {
        *p++ = ',';
        p = put_integer(p, (int64_t)length_coded);
    }
    *p++ = '.';
    return bytes_append(out, token, (size_t)(p - token));
}

int lzdiff_put_run(struct bytes *out, size_t count)
{
    uint8_t token[INTEGER_BYTES_MAX + 3], *p = token;

    *p++ = 30;
    p = put_integer(p, (int64_t)count - LZDIFF_N_RUN_MIN);
    *p++ = 4;
    return bytes_append(out, token, (size_t)(p - token));
}
