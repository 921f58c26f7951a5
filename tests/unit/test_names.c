/*
 * Names: sample names of paths, short names, and the contig name code with coded forms written by
 * hand from spec section 8.1.
 */
#include "common/error.h"
#include "common/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_sample_name_from_path(void **state)
{
    static const char *const pairs[][2] = {
        {"S288C.fa", "S288C"},
        {"dir/sub.dir/SK1.fa.gz", "SK1"},
        {"/a/GCF_000590575.1_ASM59057v1.fna.xz", "GCF_000590575.1_ASM59057v1"},
        {"x.fasta.bgz", "x"},
        {"x.fas.zst", "x"},
        {"x.ffn", "x"},
        {"x.txt", "x.txt"},
        {"x.fa.fa", "x.fa"},
        {"x.gz", "x"},
        {"x.fa.gz.gz", "x.fa.gz"},
        {"two words.fa", "two words"},
        {"noend", "noend"},
        {"-", "-"},
        {".fa", ".fa"},
        {"dir/.gz", ".gz"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char *name = sample_name_from_path(pairs[i][0]);

        assert_string_equal(name, pairs[i][1]);
        free(name);
    }
}

static void test_short_name_ends_at_white_space(void **state)
{
    (void)state;
    assert_int_equal(contig_short_length("chrI desc", 9), 4);
    assert_int_equal(contig_short_length("chrI\tdesc", 9), 4);
    assert_int_equal(contig_short_length("chrI\r", 5), 4);
    assert_int_equal(contig_short_length("chrI", 4), 4);
    assert_int_equal(contig_short_length("chrI", 2), 2);
    assert_int_equal(contig_short_length(" x", 2), 0);
    assert_int_equal(contig_short_length("", 0), 0);
}

static void test_name_check_finds_the_bad_byte(void **state)
{
    size_t bad = 99;

    (void)state;
    assert_int_equal(contig_name_check("plain ~\x7f", 8, &bad), 0);
    assert_int_equal(bad, 99);
    assert_int_equal(contig_name_check("caf\xc3\xa9", 5, &bad), ERROR_INPUT);
    assert_int_equal(bad, 3);
    assert_int_equal(contig_name_check("a\0b", 3, &bad), ERROR_INPUT);
    assert_int_equal(bad, 1);
}

/* coded is given with its closing NUL left out. */
static void check(const char *previous, const char *name, const char *coded)
{
    struct bytes out = {0}, back = {0};

    assert_int_equal(
        contig_name_encode(previous, previous ? strlen(previous) : 0, name, strlen(name), &out), 0);
    assert_int_equal(out.length, strlen(coded) + 1);
    assert_memory_equal(out.data, coded, strlen(coded) + 1);
    if (previous)
        assert_int_equal(bytes_append(&back, previous, strlen(previous)), 0);
    assert_int_equal(contig_name_decode(&back, out.data, out.length - 1), 0);
    assert_int_equal(back.length, strlen(name));
    assert_memory_equal(back.data, name, strlen(name));
    bytes_free(&out);
    bytes_free(&back);
}

static void test_first_name_stands_as_it_is(void **state)
{
    (void)state;
    check(NULL, "chr1 yeast", "chr1 yeast");
    check(NULL, "", "");
}

static void test_other_number_of_fields_stands_as_it_is(void **state)
{
    (void)state;
    check("chr1 yeast", "chr1", "chr1");
    check("chr1", "chr1 yeast", "chr1 yeast");
    check("a b", "a  b", "a  b");
}

static void test_fields_against_the_name_before(void **state)
{
    (void)state;
    check("chr1 yeast A", "chr2 yeast B",
          "\xfd"
          "2 \x81 B");
    check("chr9", "chr10", "chr10"); /* another length */
    check("abcdef", "abXdeY",
          "\xfe"
          "X\xfe"
          "Y");
    check("same", "same", "\x81");
    check("a b", "a b", "\x81 \x81");
    check("x", "y", "y");
}

static void test_empty_names_and_fields(void **state)
{
    (void)state;
    check("", "", "");
    check("", "x", "x");
    check("x", "", "");
    check("a  b", "a  c", "\x81  c"); /* an empty field stays empty */
    check(" ", " ", " ");
}

static void test_runs_are_at_most_100(void **state)
{
    char before[252], name[252], coded[8];

    (void)state;
    memset(before, 'a', 251);
    before[251] = '\0';
    memcpy(name, before, 252);
    name[250] = 'b';
    memcpy(coded,
           "\x9c\x9c\xce"
           "b",
           5); /* -100, -100, -50, b */
    check(before, name, coded);
}

static int decode(const char *previous, const char *coded, struct bytes *name)
{
    name->length = 0;
    assert_int_equal(bytes_append(name, previous, strlen(previous)), 0);
    return contig_name_decode(name, (const uint8_t *)coded, strlen(coded));
}

static void test_decoder_takes_runs_above_100(void **state)
{
    struct bytes name = {0};
    char before[140];

    (void)state;
    memset(before, 'c', 139);
    before[139] = '\0';
    assert_int_equal(decode(before, "\x81x\x80", &name), ERROR_FORMAT); /* 127 + 1 + 128 */
    assert_int_equal(decode(before, "\x81x", &name), 0);
    assert_int_equal(name.length, 128);
    assert_int_equal(name.data[126], 'c');
    assert_int_equal(name.data[127], 'x');
    bytes_free(&name);
}

static void test_runs_past_the_name_before_are_refused(void **state)
{
    struct bytes name = {0};

    (void)state;
    assert_int_equal(decode("abc", "\xfc", &name), ERROR_FORMAT);
    assert_int_equal(decode("abc", "xy\xfe", &name), ERROR_FORMAT);
    assert_int_equal(decode("abc", "wxyz\xff", &name), ERROR_FORMAT);
    assert_int_equal(decode("ab cd", "\x81 \xfd", &name), ERROR_FORMAT);
    bytes_free(&name);
}

static void test_first_name_may_hold_any_byte(void **state)
{
    struct bytes name = {0};

    (void)state;
    assert_int_equal(decode("", "caf\xc3\xa9", &name), 0);
    assert_int_equal(name.length, 5);
    assert_memory_equal(name.data, "caf\xc3\xa9", 5);
    assert_int_equal(decode("", "\x81", &name), 0); /* an empty name, twice */
    assert_int_equal(name.length, 0);
    bytes_free(&name);
}

static void test_random_names_come_back(void **state)
{
    struct bytes previous = {0}, coded = {0}, decoded = {0};
    uint32_t x = 1;

    (void)state;
    for (int round = 0; round < 3000; round++) {
        char name[64];
        size_t length;

        x = x * 1664525 + 1013904223;
        length = (x >> 8) % 20;
        for (size_t i = 0; i < length; i++) {
            x = x * 1664525 + 1013904223;
            name[i] = " ab1"[x >> 30];
        }
        coded.length = 0;
        assert_int_equal(contig_name_encode(round ? (const char *)previous.data : NULL,
                                            previous.length, name, length, &coded),
                         0);
        assert_int_equal(strlen((const char *)coded.data) + 1, coded.length);
        assert_int_equal(contig_name_decode(&decoded, coded.data, coded.length - 1), 0);
        assert_int_equal(decoded.length, length);
        assert_memory_equal(decoded.data, name, length);
        previous.length = 0;
        assert_int_equal(bytes_reserve(&previous, 1), 0);
        assert_int_equal(bytes_append(&previous, name, length), 0);
    }
    bytes_free(&previous);
    bytes_free(&coded);
    bytes_free(&decoded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample_name_from_path),
        cmocka_unit_test(test_short_name_ends_at_white_space),
        cmocka_unit_test(test_name_check_finds_the_bad_byte),
        cmocka_unit_test(test_first_name_stands_as_it_is),
        cmocka_unit_test(test_other_number_of_fields_stands_as_it_is),
        cmocka_unit_test(test_fields_against_the_name_before),
        cmocka_unit_test(test_empty_names_and_fields),
        cmocka_unit_test(test_runs_are_at_most_100),
        cmocka_unit_test(test_decoder_takes_runs_above_100),
        cmocka_unit_test(test_runs_past_the_name_before_are_refused),
        cmocka_unit_test(test_first_name_may_hold_any_byte),
        cmocka_unit_test(test_random_names_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
