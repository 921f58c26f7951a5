/*
 * Words that name contigs: the region at their end. What they lead to is tested on archives
 * (tests/e2e/cli.sh).
 */
#include "tools/contig_query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_region_suffix_is_found(void **state)
{
    static const struct {
        const char *word;
        size_t name_length;
        uint64_t from, to;
    } cases[] = {
        {"chr1:0-9", 4, 0, 9},
        {"chr1@s:10-5", 6, 10, 5},
        {"HLA:01-02:3-4", 9, 3, 4},
        {"a:18446744073709551615-18446744073709551616", 1, UINT64_MAX, UINT64_MAX},
        {"::1-2", 1, 1, 2},
        {"x:007-08", 1, 7, 8},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t from, to;
        size_t length;

        assert_int_equal(region_suffix(cases[i].word, &length, &from, &to), 1);
        assert_int_equal(length, cases[i].name_length);
        assert_int_equal(from, cases[i].from);
        assert_int_equal(to, cases[i].to);
    }
}

static void test_what_is_no_region_suffix(void **state)
{
    static const char *const words[] = {"chr1", "chr1:5", "chr1:5-", "chr1:-5", ":1-2", "chr1:1-2x",
                                        "chr1:1--2", "chr1:a-b", "chr1:1-2-3", "", ":", "chr1:",
                                        "chr1:+1-2", "chr1: 1-2"};

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        uint64_t from = 77, to = 77;
        size_t length = 77;

        assert_int_equal(region_suffix(words[i], &length, &from, &to), 0);
        assert_int_equal(length, 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_region_suffix_is_found),
        cmocka_unit_test(test_what_is_no_region_suffix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
