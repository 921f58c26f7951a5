/*
 * The parts of LZ-diff: how far sequences agree, against a loop over single bytes in buffers of their
 * exact size; and when a literal is written as '!'.
 */
#include "common/lzdiff_match.h"
#include "common/lzdiff_tokens.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LENGTH_MAX = 700 };

static uint64_t random_state = 1;

static uint32_t random_below(uint32_t bound)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (uint32_t)((random_state * 0x2545f4914f6cdd1d >> 32) % bound);
}

/* Two buffers of length bytes that differ at `at` (or nowhere, if that is outside) and behind it. */
static void make_pair(size_t length, size_t at, uint8_t **a, uint8_t **b)
{
    *a = malloc(length ? length : 1);
    *b = malloc(length ? length : 1);
    assert_non_null(*a);
    assert_non_null(*b);
    for (size_t i = 0; i < length; i++)
        (*a)[i] = (*b)[i] = (uint8_t)random_below(4);
    for (size_t i = at; i < length; i++)
        if (i == at || random_below(3) == 0)
            (*b)[i] ^= (uint8_t)(1 + random_below(255));
}

static void test_prefix_and_suffix(void **state)
{
    (void)state;
    for (size_t length = 0; length < LENGTH_MAX; length += 1 + length / 20) {
        for (size_t at = 0; at <= length; at++) {
            uint8_t *a, *b, *turned_a, *turned_b;

            make_pair(length, at, &a, &b);
            assert_int_equal(lzdiff_prefix(a, b, length), at);
            turned_a = malloc(length ? length : 1);
            turned_b = malloc(length ? length : 1);
            for (size_t i = 0; i < length; i++) {
                turned_a[i] = a[length - 1 - i];
                turned_b[i] = b[length - 1 - i];
            }
            assert_int_equal(lzdiff_suffix(turned_a + length, turned_b + length, length), at);
            free(turned_a);
            free(turned_b);
            free(a);
            free(b);
        }
    }
}

static void test_agreement(void **state)
{
    (void)state;
    for (int round = 0; round < 1000; round++) {
        uint8_t *a, *b;
        uint32_t mask;

        make_pair(32, random_below(33), &a, &b);
        mask = lzdiff_agreement32(a, b);
        for (unsigned i = 0; i < 32; i++)
            assert_int_equal(mask >> i & 1, a[i] == b[i]);
        free(a);
        free(b);
    }
}

static void put(const char *query, const char *reference, char *text)
{
    struct bytes out = {0};
    uint8_t q[256], r[256];

    for (size_t i = 0; query[i]; i++)
        q[i] = (uint8_t)(query[i] - 'A');
    for (size_t i = 0; reference[i]; i++)
        r[i] = (uint8_t)(reference[i] - 'A');
    assert_int_equal(lzdiff_put_literals(&out, q, strlen(query), r, strlen(reference)), 0);
    assert_int_equal(out.length, strlen(query));
    if (out.length)
        memcpy(text, out.data, out.length);
    text[out.length] = 0;
    bytes_free(&out);
}

static void test_literals(void **state)
{
    char text[256];

    (void)state;
    put("", "ABC", text);
    assert_string_equal(text, "");
    put("AB", "AC", text);
    assert_string_equal(text, "!B");
    put("ABC", "", text);
    assert_string_equal(text, "ABC");
    /* follows the reference, but for two substitutions */
    put("ABCDABCDABCDABCDABCD", "ABCDBBCDABCDACCDABCD", text);
    assert_string_equal(text, "!!!!A!!!!!!!!B!!!!!!");
    /* agrees by chance only, a quarter */
    put("AAAABBBBCCCCDDDDAAAABBBB", "ABCDABCDABCDABCDABCDABCD", text);
    assert_string_equal(text, "AAAABBBBCCCCDDDDAAAABBBB");
    /* first the one, then the other */
    put("DCDCDCDCDCDCDDCDCDCDCDCDAAAABBBBCCCCDDDDAAAABBBB",
        "DCDCDCDCDCDCADCDCDCDCDCDBCDABCDABCDABCDABCDABCDA", text);
    assert_string_equal(text, "!!!!!!!!!!!!D!!!!!!!!!!!AAAABBBBCCCCDDDDAAAABBBB");
    /* and the other way round; beyond the reference's end nothing agrees */
    put("AAAABBBBCCCCDDDDAAAABBBBDCDCDCDCDCDCDDCDCDCDCDCDAA",
        "BCDABCDABCDABCDABCDABCDADCDCDCDCDCDCADCDCDCDCDCD", text);
    assert_string_equal(text, "AAAABBBBCCCCDDDDAAAABBBB!!!!!!!!!!!!D!!!!!!!!!!!AA");
}

static void test_matches_and_runs(void **state)
{
    static const char expected[] = "0,0.-123,4294967295.7.\0360\004\036123456\004";
    struct bytes out = {0};

    (void)state;
    assert_int_equal(lzdiff_put_match(&out, 0, 0, 0), 0);
    assert_int_equal(lzdiff_put_match(&out, -123, 4294967295u, 0), 0);
    assert_int_equal(lzdiff_put_match(&out, 7, 99, 1), 0);
    assert_int_equal(lzdiff_put_run(&out, 4), 0);
    assert_int_equal(lzdiff_put_run(&out, 123460), 0);
    assert_int_equal(out.length, strlen(expected));
    assert_memory_equal(out.data, expected, out.length);
    bytes_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prefix_and_suffix),
        cmocka_unit_test(test_agreement),
        cmocka_unit_test(test_literals),
        cmocka_unit_test(test_matches_and_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
