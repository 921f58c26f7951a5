/*
 * Integer codes: byte strings written by hand from the tables of spec sections 1 and 3, every
 * length cut short, and the zigzag against a list worked out on paper.
 */
#include "common/vint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct sample {
    uint64_t value;
    size_t length;
    uint8_t bytes[9];
};

static const struct sample vints[] = {
    {0, 1, {0}},
    {1, 2, {1, 1}},
    {255, 2, {1, 255}},
    {256, 3, {2, 1, 0}},
    {65535, 3, {2, 255, 255}},
    {65536, 4, {3, 1, 0, 0}},
    {0x0102030405060708, 9, {8, 1, 2, 3, 4, 5, 6, 7, 8}},
    {UINT64_MAX, 9, {8, 255, 255, 255, 255, 255, 255, 255, 255}},
};

static const struct sample numbers[] = {
    {0, 1, {0}},
    {127, 1, {0x7f}},
    {128, 2, {0x80, 0}},
    {129, 2, {0x80, 1}},
    {16511, 2, {0xbf, 0xff}},
    {16512, 3, {0xc0, 0, 0}},
    {2113663, 3, {0xdf, 0xff, 0xff}},
    {2113664, 4, {0xe0, 0, 0, 0}},
    {270549119, 4, {0xef, 0xff, 0xff, 0xff}},
    {270549120, 5, {0xf0, 0, 0, 0, 0}},
    {4294967295, 5, {0xf0, 0xef, 0xdf, 0xbf, 0x7f}},
};

enum {
    VINT_SAMPLES = sizeof vints / sizeof vints[0],
    NUMBER_SAMPLES = sizeof numbers / sizeof numbers[0],
};

/* A copy of exactly length bytes, so that a read past them is seen. */
static uint8_t *exactly(const uint8_t *bytes, size_t length)
{
    uint8_t *copy = malloc(length ? length : 1);

    assert_non_null(copy);
    memcpy(copy, bytes, length);
    return copy;
}

static void test_vint_bytes(void **state)
{
    (void)state;
    for (int i = 0; i < VINT_SAMPLES; i++) {
        const struct sample *s = &vints[i];
        uint8_t out[VINT_BYTES_MAX];
        uint8_t *in = exactly(s->bytes, s->length);
        uint64_t value = 1234;

        assert_int_equal(vint_put(out, s->value), s->length);
        assert_memory_equal(out, s->bytes, s->length);
        assert_int_equal(vint_get(in, s->length, &value), s->length);
        assert_true(value == s->value);
        free(in);
    }
}

static void test_vint_cut_short(void **state)
{
    (void)state;
    for (int i = 0; i < VINT_SAMPLES; i++)
        for (size_t length = 0; length < vints[i].length; length++) {
            uint8_t *in = exactly(vints[i].bytes, length);
            uint64_t value;

            assert_int_equal(vint_get(in, length, &value), 0);
            free(in);
        }
}

static void test_vint_of_nine_bytes_is_refused(void **state)
{
    const uint8_t nine[10] = {9, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    uint64_t value;

    (void)state;
    assert_int_equal(vint_get(nine, sizeof nine, &value), 0);
}

static void test_number_bytes(void **state)
{
    (void)state;
    for (int i = 0; i < NUMBER_SAMPLES; i++) {
        const struct sample *s = &numbers[i];
        uint8_t out[NUMBER_BYTES_MAX];
        uint8_t *in = exactly(s->bytes, s->length);
        uint32_t value = 1234;

        assert_int_equal(number_put(out, (uint32_t)s->value), s->length);
        assert_memory_equal(out, s->bytes, s->length);
        assert_int_equal(number_get(in, s->length, &value), s->length);
        assert_int_equal(value, s->value);
        free(in);
    }
}

static void test_number_cut_short(void **state)
{
    (void)state;
    for (int i = 0; i < NUMBER_SAMPLES; i++)
        for (size_t length = 0; length < numbers[i].length; length++) {
            uint8_t *in = exactly(numbers[i].bytes, length);
            uint32_t value;

            assert_int_equal(number_get(in, length, &value), 0);
            free(in);
        }
}

static void test_number_wraps_modulo_2_32(void **state)
{
    const uint8_t all_ones[5] = {0xf0, 255, 255, 255, 255};
    uint32_t value;

    (void)state;
    assert_int_equal(number_get(all_ones, 5, &value), 5);
    assert_int_equal(value, 270549119); /* 2^32 - 1 + 270549120 - 2^32 */
}

static void test_number_first_byte_above_f0_is_refused(void **state)
{
    const uint8_t bad[5] = {0xf1, 0, 0, 0, 0};
    uint32_t value;

    (void)state;
    assert_int_equal(number_get(bad, 5, &value), 0);
}

static void test_zigzag_around_a_prediction(void **state)
{
    /* p = 3: below it 2(p-v)-1, up to 2p 2(v-p), from there v itself. */
    static const uint32_t coded[9] = {5, 3, 1, 0, 2, 4, 6, 7, 8};

    (void)state;
    for (uint32_t v = 0; v < 9; v++) {
        assert_int_equal(zigzag_put(v, 3), coded[v]);
        assert_int_equal(zigzag_get(coded[v], 3), v);
    }
    assert_int_equal(zigzag_put(7, 0), 7);
    assert_int_equal(zigzag_get(7, 0), 7);
}

static void test_zigzag_round_trip_of_large_values(void **state)
{
    static const uint32_t edge[] = {0, 1, 60030, 60031, 60032, 1u << 30, (1u << 31) - 1};
    enum { EDGES = sizeof edge / sizeof edge[0] };

    (void)state;
    for (int i = 0; i < EDGES; i++)
        for (int j = 0; j < EDGES; j++)
            assert_int_equal(zigzag_get(zigzag_put(edge[i], edge[j]), edge[j]), edge[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vint_bytes),
        cmocka_unit_test(test_vint_cut_short),
        cmocka_unit_test(test_vint_of_nine_bytes_is_refused),
        cmocka_unit_test(test_number_bytes),
        cmocka_unit_test(test_number_cut_short),
        cmocka_unit_test(test_number_wraps_modulo_2_32),
        cmocka_unit_test(test_number_first_byte_above_f0_is_refused),
        cmocka_unit_test(test_zigzag_around_a_prediction),
        cmocka_unit_test(test_zigzag_round_trip_of_large_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
