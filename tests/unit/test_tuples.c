/*
 * Tuples: bytes worked out by hand from spec section 6, round trips of all widths and lengths, and
 * what is no tuples refused. Buffers have their exact size for AddressSanitizer.
 */
#include "common/error.h"
#include "common/tuples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint8_t *exact_copy(const uint8_t *data, size_t length)
{
    uint8_t *copy = malloc(length ? length : 1);

    assert_non_null(copy);
    if (length)
        memcpy(copy, data, length);
    return copy;
}

static int decode(const uint8_t *data, size_t length, size_t capacity, uint8_t *out, size_t *count)
{
    uint8_t *in = exact_copy(data, length), *room = malloc(capacity ? capacity : 1);
    int code;

    assert_non_null(room);
    code = tuples_decode(in, length, room, capacity, count);
    if (!code && *count)
        memcpy(out, room, *count);
    free(room);
    free(in);
    return code;
}

static void assert_both_ways(const uint8_t *codes, size_t length, const uint8_t *tuples,
                             size_t tuples_length)
{
    struct bytes out = {0};
    uint8_t *in = exact_copy(codes, length), back[64];
    size_t count;

    assert_int_equal(tuples_encode(in, length, &out), 0);
    assert_int_equal(out.length, tuples_length);
    assert_memory_equal(out.data, tuples, tuples_length);
    assert_int_equal(decode(tuples, tuples_length, length, back, &count), 0);
    assert_int_equal(count, length);
    if (length)
        assert_memory_equal(back, codes, length);
    free(in);
    bytes_free(&out);
}

static void test_tuples_by_hand(void **state)
{
    (void)state;
    /* base 4: 0123 -> 0*64+1*16+2*4+3 = 27; the rest 3,1 -> 3*4+1 = 13, two symbols in it */
    assert_both_ways((const uint8_t[]){0, 1, 2, 3, 3, 1}, 6, (const uint8_t[]){27, 13, 0x42}, 3);
    /* no rest: the byte is there all the same */
    assert_both_ways((const uint8_t[]){3, 3, 3, 3}, 4, (const uint8_t[]){255, 0, 0x40}, 3);
    /* base 6: 5,4,3 -> 5*36+4*6+3 = 207; rest 4 */
    assert_both_ways((const uint8_t[]){5, 4, 3, 4}, 4, (const uint8_t[]){207, 4, 0x31}, 3);
    /* base 16: 15,1 -> 0xf1; rest 6 */
    assert_both_ways((const uint8_t[]){15, 1, 6}, 3, (const uint8_t[]){0xf1, 6, 0x21}, 3);
    /* one a byte: mark 10, no partial byte */
    assert_both_ways((const uint8_t[]){16, 1}, 2, (const uint8_t[]){16, 1, 0x10}, 3);
    assert_both_ways((const uint8_t[]){30}, 1, (const uint8_t[]){30, 0x10}, 2);
    assert_both_ways((const uint8_t[]){2}, 1, (const uint8_t[]){2, 0x41}, 2);
}

static void test_tuples_round_trip(void **state)
{
    static const uint8_t bases[] = {4, 6, 16, 31};
    uint8_t codes[260], back[260];

    (void)state;
    for (size_t b = 0; b < sizeof bases; b++) {
        for (size_t i = 0; i < sizeof codes; i++)
            codes[i] = (uint8_t)((i * i * 7 + i / 3) % bases[b]);
        for (size_t length = 1; length <= sizeof codes; length++) {
            struct bytes out = {0};
            uint8_t *in = exact_copy(codes, length);
            size_t count;

            assert_int_equal(tuples_encode(in, length, &out), 0);
            assert_int_equal(decode(out.data, out.length, length, back, &count), 0);
            assert_int_equal(count, length);
            assert_memory_equal(back, codes, length);
            assert_int_equal(decode(out.data, out.length, length - 1, back, &count), ERROR_FORMAT);
            free(in);
            bytes_free(&out);
        }
    }
}

static void test_tuples_refused(void **state)
{
    uint8_t back[64];
    size_t count;

    (void)state;
    assert_int_equal(decode((const uint8_t[]){0}, 0, 64, back, &count), ERROR_FORMAT);
    assert_int_equal(decode((const uint8_t[]){0x40}, 1, 64, back, &count), ERROR_FORMAT);
    assert_int_equal(decode((const uint8_t[]){9, 0x44}, 2, 64, back, &count), ERROR_FORMAT);
    assert_int_equal(decode((const uint8_t[]){9, 0x33}, 2, 64, back, &count), ERROR_FORMAT);
    assert_int_equal(decode((const uint8_t[]){9, 0x22}, 2, 64, back, &count), ERROR_FORMAT);
    assert_int_equal(decode((const uint8_t[]){9, 0x51}, 2, 64, back, &count), ERROR_FORMAT);
    assert_int_equal(decode((const uint8_t[]){9, 0x00}, 2, 64, back, &count), ERROR_FORMAT);
    assert_int_equal(decode((const uint8_t[]){9, 9, 9, 0x41}, 4, 8, back, &count), ERROR_FORMAT);
    assert_int_equal(decode((const uint8_t[]){9, 9, 9, 0x41}, 4, 9, back, &count), 0);
    /* bytes above 6^3-1 are no triple; they give symbols in range all the same */
    assert_int_equal(decode((const uint8_t[]){255, 0, 0x30}, 3, 3, back, &count), 0);
    assert_true(back[0] < 6 && back[1] < 6 && back[2] < 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tuples_by_hand),
        cmocka_unit_test(test_tuples_round_trip),
        cmocka_unit_test(test_tuples_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
