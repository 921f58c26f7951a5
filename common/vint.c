/*
 * Integer codes of the format (spec sections 1 and 3). Getters never read past `length` and return
 * 0 when the data are not a number; putters need room for VINT_BYTES_MAX or NUMBER_BYTES_MAX bytes.
 *
 * The collection number's prefixes are laid out so that ranges do not overlap: each longer form
 * starts where the shorter one ends. The five-byte form adds modulo 2^32, as its writer does.
 */
#include "common/vint.h"

enum {
    NUMBER_BASE_2 = 1 << 7,
    NUMBER_BASE_3 = NUMBER_BASE_2 + (1 << 14),
    NUMBER_BASE_4 = NUMBER_BASE_3 + (1 << 21),
    NUMBER_BASE_5 = NUMBER_BASE_4 + (1 << 28),
};

size_t vint_put(uint8_t *out, uint64_t value)
{
    unsigned count = value ? (64 - (unsigned)__builtin_clzll(value) + 7) / 8 : 0;
    unsigned i;

    out[0] = (uint8_t)count;
    for (i = 0; i < count; i++)
        out[1 + i] = (uint8_t)(value >> (8 * (count - 1 - i)));
    return 1 + count;
}

size_t vint_get(const uint8_t *data, size_t length, uint64_t *value)
{
    uint64_t sum = 0;
    size_t count, i;

    if (length == 0 || data[0] > 8 || (size_t)data[0] + 1 > length)
        return 0;
    count = data[0];
    for (i = 1; i <= count; i++)
        sum = sum << 8 | data[i];
    *value = sum;
    return 1 + count;
}

/* Writes the low 8*(count-1) bits of value after a first byte of prefix | the bits above them. */
static size_t put_big_endian(uint8_t *out, uint8_t prefix, uint32_t value, unsigned count)
{
    unsigned i;

    for (i = count; i-- > 1; value >>= 8)
        out[i] = (uint8_t)value;
    out[0] = count < NUMBER_BYTES_MAX ? (uint8_t)(prefix | value) : prefix;
    return count;
}

size_t number_put(uint8_t *out, uint32_t value)
{
    if (value < NUMBER_BASE_2) {
        out[0] = (uint8_t)value;
        return 1;
    }
    if (value < NUMBER_BASE_3)
        return put_big_endian(out, 0x80, value - NUMBER_BASE_2, 2);
    if (value < NUMBER_BASE_4)
        return put_big_endian(out, 0xc0, value - NUMBER_BASE_3, 3);
    if (value < NUMBER_BASE_5)
        return put_big_endian(out, 0xe0, value - NUMBER_BASE_4, 4);
    return put_big_endian(out, 0xf0, value - NUMBER_BASE_5, 5);
}

size_t number_get(const uint8_t *data, size_t length, uint32_t *value)
{
    if (length == 0)
        return 0;
    if (data[0] < 0x80) {
        *value = data[0];
        return 1;
    }
    if (data[0] < 0xc0) {
        if (length < 2)
            return 0;
        *value = ((data[0] & 0x3fu) << 8 | data[1]) + NUMBER_BASE_2;
        return 2;
    }
    if (data[0] < 0xe0) {
        if (length < 3)
            return 0;
        *value = ((data[0] & 0x1fu) << 16 | (uint32_t)data[1] << 8 | data[2]) + NUMBER_BASE_3;
        return 3;
    }
    if (data[0] < 0xf0) {
        if (length < 4)
            return 0;
        *value =
            ((data[0] & 0x0fu) << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3]) +
            NUMBER_BASE_4;
        return 4;
    }
    if (data[0] > 0xf0 || length < 5)
        return 0;
    *value =
        ((uint32_t)data[1] << 24 | (uint32_t)data[2] << 16 | (uint32_t)data[3] << 8 | data[4]) +
        NUMBER_BASE_5;
    return 5;
}

uint32_t zigzag_put(uint32_t value, uint32_t prediction)
{
    uint64_t v = value, p = prediction;

    if (v < p)
        return (uint32_t)(2 * (p - v) - 1);
    return v < 2 * p ? (uint32_t)(2 * (v - p)) : value;
}

uint32_t zigzag_get(uint32_t coded, uint32_t prediction)
{
    uint64_t e = coded, p = prediction;

    if (e >= 2 * p)
        return coded;
    return e & 1 ? (uint32_t)(p - (e + 1) / 2) : (uint32_t)(p + e / 2);
}
