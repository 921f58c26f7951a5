/*
 * Tuples: see tuples.h and spec section 6.
 *
 * First symbol most significant. The encoder always writes the last, partial byte, even where it
 * holds no symbol, because decoders count on it: n data bytes hold (n-1)*b + t symbols. A partial
 * byte has its t symbols at the low end. One symbol a byte is the exception: mark 10 (hex), and all
 * data bytes are symbols.
 */
#include "common/tuples.h"

#include "common/error.h"

#include <string.h>

/* Symbols per byte -> base of the digits in that byte. */
static const unsigned tuple_base[5] = {0, 256, 16, 6, 4};

static unsigned symbols_per_byte(const uint8_t *codes, size_t length)
{
    uint8_t most = 0;

    for (size_t i = 0; i < length; i++)
        most = codes[i] > most ? codes[i] : most;
    return most < 4 ? 4 : most < 6 ? 3 : most < 16 ? 2 : 1;
}

static void pack_by_4(const uint8_t *codes, size_t tuples, uint8_t *out)
{
    for (size_t i = 0; i < tuples; i++, codes += 4)
        out[i] = (uint8_t)(codes[0] << 6 | codes[1] << 4 | codes[2] << 2 | codes[3]);
}

static void pack_by_3(const uint8_t *codes, size_t tuples, uint8_t *out)
{
    for (size_t i = 0; i < tuples; i++, codes += 3)
        out[i] = (uint8_t)(codes[0] * 36 + codes[1] * 6 + codes[2]);
}

static void pack_by_2(const uint8_t *codes, size_t tuples, uint8_t *out)
{
    for (size_t i = 0; i < tuples; i++, codes += 2)
        out[i] = (uint8_t)(codes[0] << 4 | codes[1]);
}

int tuples_encode(const uint8_t *codes, size_t length, struct bytes *out)
{
    unsigned per = symbols_per_byte(codes, length), rest, last = 0;
    size_t tuples = length / per, wanted;
    uint8_t *at;
    int code;

    if (__builtin_add_overflow(tuples, 2, &wanted))
        return error_set(ERROR_MEMORY, "tuples of %zu symbols", length);
    code = bytes_reserve(out, wanted);
    if (code)
        return code;
    at = out->data + out->length;
    if (per == 1) {
        memcpy(at, codes, length);
        at[length] = 0x10;
        out->length += length + 1;
        return 0;
    }
    if (per == 4)
        pack_by_4(codes, tuples, at);
    else if (per == 3)
        pack_by_3(codes, tuples, at);
    else
        pack_by_2(codes, tuples, at);
    rest = (unsigned)(length - tuples * per);
    for (unsigned i = 0; i < rest; i++)
        last = last * tuple_base[per] + codes[tuples * per + i];
    at[tuples] = (uint8_t)last;
    at[tuples + 1] = (uint8_t)(per << 4 | rest);
    out->length += tuples + 2;
    return 0;
}

/* By a table of what a byte holds: that is made faster than a few hundred bytes are taken apart. */
static void unpack_by_4(const uint8_t *data, size_t tuples, uint8_t *out)
{
    uint8_t symbols[256][4];

    for (unsigned byte = 0; byte < 256; byte++) {
        symbols[byte][0] = (uint8_t)(byte >> 6);
        symbols[byte][1] = byte >> 4 & 3;
        symbols[byte][2] = byte >> 2 & 3;
        symbols[byte][3] = byte & 3;
    }
    for (size_t i = 0; i < tuples; i++)
        memcpy(out + 4 * i, symbols[data[i]], 4);
}

static void unpack_by_3(const uint8_t *data, size_t tuples, uint8_t *out)
{
    for (size_t i = 0; i < tuples; i++, out += 3) {
        unsigned byte = data[i];

        out[0] = (uint8_t)(byte / 36 % 6);
        out[1] = (uint8_t)(byte / 6 % 6);
        out[2] = (uint8_t)(byte % 6);
    }
}

static void unpack_by_2(const uint8_t *data, size_t tuples, uint8_t *out)
{
    for (size_t i = 0; i < tuples; i++, out += 2) {
        out[0] = data[i] >> 4;
        out[1] = data[i] & 15;
    }
}

int tuples_decode(const uint8_t *data, size_t data_length, uint8_t *out, size_t capacity,
                  size_t *length)
{
    unsigned per, rest, last;
    size_t tuples, total;

    if (data_length == 0)
        return error_set(ERROR_FORMAT, "tuples: no mark");
    per = data[data_length - 1] >> 4;
    rest = data[data_length - 1] & 15;
    data_length--;
    if (per < 1 || per > 4)
        return error_set(ERROR_FORMAT, "tuples: %u symbols a byte", per);
    if (per == 1) {
        if (data_length > capacity)
            return error_set(ERROR_FORMAT, "tuples: more symbols than the part says");
        memcpy(out, data, data_length);
        *length = data_length;
        return 0;
    }
    if (data_length == 0 || rest >= per)
        return error_set(ERROR_FORMAT, "tuples: %zu bytes with a tail of %u", data_length, rest);
    tuples = data_length - 1;
    if (__builtin_mul_overflow(tuples, per, &total) ||
        __builtin_add_overflow(total, rest, &total) || total > capacity)
        return error_set(ERROR_FORMAT, "tuples: more symbols than the part says");
    if (per == 4)
        unpack_by_4(data, tuples, out);
    else if (per == 3)
        unpack_by_3(data, tuples, out);
    else
        unpack_by_2(data, tuples, out);
    last = data[tuples];
    for (unsigned i = rest; i > 0; i--) {
        out[tuples * per + i - 1] = (uint8_t)(last % tuple_base[per]);
        last /= tuple_base[per];
    }
    *length = total;
    return 0;
}
