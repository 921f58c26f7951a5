/*
 * Symbol tables against the alphabet as the spec writes it, and the loops over all lengths and
 * bytes against one-line definitions. The source is included under other names, so that the forms
 * that this processor would not choose are tested too.
 */
#define symbol_code tested_code
#define symbol_letter tested_letter
#define symbols_to_letters tested_to_letters
#define symbols_reverse_complement tested_reverse_complement
#include "common/symbols.c"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char alphabet[] = "ACGTNRYSWKMBDHVU";

enum { LENGTH_MAX = 200 };

static uint8_t expected_letter(uint8_t code)
{
    return code < 16 ? (uint8_t)alphabet[code] : ' ';
}

static uint8_t expected_complement(uint8_t code)
{
    static const uint8_t pairs[4] = {3, 2, 1, 0};

    return code < 4 ? pairs[code] : code;
}

static void test_tables_hold_the_alphabet(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        const char *at = c ? strchr(alphabet, toupper(c)) : NULL;
        int letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

        assert_int_equal(symbol_code[c], letter && at ? at - alphabet : SYMBOL_INVALID);
        assert_int_equal(symbol_letter[c], expected_letter((uint8_t)c));
    }
}

/* Every byte value at every place of a block comes by. */
static void fill(uint8_t *codes, size_t count, unsigned turn)
{
    for (size_t i = 0; i < count; i++)
        codes[i] = (uint8_t)(i * 7 + turn);
}

static void test_letters_of_every_length(void **state)
{
    (void)state;
    for (size_t count = 0; count <= LENGTH_MAX; count++) {
        uint8_t *codes = malloc(count + 1), *letters = malloc(count + 1);

        fill(codes, count, (unsigned)count);
        letters[count] = 0xaa;
        symbols_to_letters(letters, codes, count);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(letters[i], expected_letter(codes[i]));
        assert_int_equal(letters[count], 0xaa);
        free(codes);
        free(letters);
    }
}

static void test_letters_in_place(void **state)
{
    uint8_t codes[LENGTH_MAX], letters[LENGTH_MAX];

    (void)state;
    fill(codes, LENGTH_MAX, 3);
    memcpy(letters, codes, LENGTH_MAX);
    symbols_to_letters(letters, letters, LENGTH_MAX);
    for (size_t i = 0; i < LENGTH_MAX; i++)
        assert_int_equal(letters[i], expected_letter(codes[i]));
}

static void test_reverse_complement_of_every_length(void **state)
{
    (void)state;
    for (size_t count = 0; count <= LENGTH_MAX; count++) {
        uint8_t *in = malloc(count + 1), *out = malloc(count + 1);

        fill(in, count, (unsigned)count);
        out[count] = 0xaa;
        symbols_reverse_complement(out, in, count);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(out[i], expected_complement(in[count - 1 - i]));
        assert_int_equal(out[count], 0xaa);
        free(in);
        free(out);
    }
}

static void check_letters(size_t (*form)(uint8_t *, const uint8_t *, size_t))
{
    uint8_t in[256 + 5], out[256 + 5];
    size_t done;

    fill(in, sizeof in, 0);
    done = form(out, in, sizeof in);
    assert_true(done <= sizeof in && done >= sizeof in - 31);
    for (size_t i = 0; i < done; i++)
        assert_int_equal(out[i], expected_letter(in[i]));
}

static void check_reverse(size_t (*form)(uint8_t *, const uint8_t *, size_t))
{
    uint8_t in[256 + 5], out[256 + 5];
    size_t done;

    fill(in, sizeof in, 0);
    done = form(out, in, sizeof in);
    assert_true(done <= sizeof in && done >= sizeof in - 31);
    for (size_t i = 0; i < done; i++)
        assert_int_equal(out[i], expected_complement(in[sizeof in - 1 - i]));
}

static size_t plain_letters(uint8_t *out, const uint8_t *in, size_t count)
{
    letters_plain(out, in, count);
    return count;
}

static size_t plain_reverse(uint8_t *out, const uint8_t *in, size_t count)
{
    reverse_plain(out, in, count);
    return count;
}

static void test_every_form_that_can_run_here(void **state)
{
    (void)state;
    check_letters(plain_letters);
    check_reverse(plain_reverse);
#ifdef SYMBOLS_X86
    if (__builtin_cpu_supports("ssse3")) {
        check_letters(letters_ssse3);
        check_reverse(reverse_ssse3);
    }
    if (__builtin_cpu_supports("avx2")) {
        check_letters(letters_avx2);
        check_reverse(reverse_avx2);
    }
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables_hold_the_alphabet),
        cmocka_unit_test(test_letters_of_every_length),
        cmocka_unit_test(test_letters_in_place),
        cmocka_unit_test(test_reverse_complement_of_every_length),
        cmocka_unit_test(test_every_form_that_can_run_here),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
