/*
 * Command lines as tables: kinds of values, ranges, order, help.
 */
#include "common/error.h"
#include "tools/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct values {
    uint64_t number, size, verbosity;
    const char *text, *choice;
    int flag;
};

static struct values v;

static const struct option_entry entries[] = {
    {.letter = 'n', .name = "number", .kind = OPTION_NUMBER, .target = &v.number, .argument = "N",
     .help = "a number", .min = 3, .max = 99},
    {.letter = 's', .name = "size", .kind = OPTION_SIZE, .target = &v.size, .argument = "SIZE",
     .help = "a size", .min = 1, .max = UINT64_MAX},
    {.letter = 'o', .name = "output", .kind = OPTION_TEXT, .target = &v.text, .argument = "FILE",
     .help = "a file"},
    {.name = "choice", .kind = OPTION_CHOICE, .target = &v.choice, .argument = "WHAT",
     .help = "one of them", .choices = "one|two|three"},
    {.name = "three", .kind = OPTION_PRESET, .target = &v.choice, .choices = "three",
     .help = "the third"},
    {.letter = 'f', .name = "flag", .kind = OPTION_FLAG, .target = &v.flag, .help = "a flag"},
    {.letter = 'd', .name = "nothing", .kind = OPTION_IGNORED, .help = "nothing"},
    {.letter = 'v', .name = "verbose", .kind = OPTION_VERBOSE, .target = &v.verbosity,
     .argument = "[N]", .help = "say more", .max = 2},
    {.name = "hidden", .kind = OPTION_FLAG, .target = &v.flag},
    {0},
};
static const struct command_line line = {
    .synopsis = "[options] FILE", .summary = "Does it.", .entries = entries};

/* Parses words split at '|'; *operands gets what is left, joined by '|'. */
static int parse(const char *words, char *operands)
{
    static char copy[256];
    char *argv[32] = {"test"};
    int argc = 1, first = 0, status, i;
    char *word;

    v = (struct values){.number = 7, .size = 1 << 20, .choice = "one"};
    snprintf(copy, sizeof copy, "%s", words);
    for (word = strtok(copy, "|"); word; word = strtok(NULL, "|"))
        argv[argc++] = word;
    status = options_parse(&line, argc, argv, &first);
    *operands = 0;
    for (i = first; status == OPTIONS_PARSED && i < argc; i++) {
        strcat(operands, argv[i]);
        strcat(operands, i + 1 < argc ? "|" : "");
    }
    return status;
}

static void test_values_are_set(void **state)
{
    char operands[256];

    (void)state;
    assert_int_equal(parse("-n|12|-s64M|in|--output=x y|-fd|out|--choice|two", operands), 0);
    assert_int_equal(v.number, 12);
    assert_int_equal(v.size, 64 << 20);
    assert_string_equal(v.text, "x y");
    assert_string_equal(v.choice, "two");
    assert_int_equal(v.flag, 1);
    assert_string_equal(operands, "in|out");
    assert_int_equal(parse("--three", operands), 0);
    assert_string_equal(v.choice, "three");
    assert_int_equal(parse("", operands), 0);
    assert_int_equal(v.number, 7);
    assert_int_equal(v.flag, 0);
}

static void test_operands_after_two_dashes_and_a_single_dash(void **state)
{
    char operands[256];

    (void)state;
    assert_int_equal(parse("-f|--|-n|x", operands), 0);
    assert_string_equal(operands, "-n|x");
    assert_int_equal(parse("-|-n|5|a", operands), 0);
    assert_string_equal(operands, "-|a");
    assert_int_equal(v.number, 5);
}

static void test_verbosity_with_and_without_a_number(void **state)
{
    char operands[256];

    (void)state;
    assert_int_equal(parse("-v|file", operands), 0);
    assert_int_equal(v.verbosity, 1);
    assert_string_equal(operands, "file");
    assert_int_equal(parse("-v|2|file", operands), 0);
    assert_int_equal(v.verbosity, 2);
    assert_string_equal(operands, "file");
    assert_int_equal(parse("-v0|file", operands), 0);
    assert_int_equal(v.verbosity, 0);
    assert_int_equal(parse("--verbose=2|12.fa", operands), 0);
    assert_int_equal(v.verbosity, 2);
    assert_int_equal(parse("-v|12.fa", operands), 0);
    assert_string_equal(operands, "12.fa");
    assert_int_equal(parse("-v3", operands), ERROR_USAGE);
}

static void test_bad_values_are_usage_errors_that_name_the_option(void **state)
{
    static const char *const cases[][2] = {
        {"-n|2", "-n (--number) takes 3 to 99, not '2'"},
        {"-n|100", "-n (--number) takes 3 to 99"},
        {"--number=-4", "-n (--number) takes"},
        {"-n|4x", "'4x'"},
        {"-n|", "option -n"},
        {"-n| 4", "' 4'"},
        {"-n|18446744073709551616", "takes 3 to 99"},
        {"-n|18446744073709551620", "takes 3 to 99"},
        {"-s|64MB", "is not a size"},
        {"-s|99999999999999999999", "is not a size"},
        {"-s|17179869184G", "is not a size"},
        {"-s|0", "-s (--size)"},
        {"--choice=thr", "one of one|two|three, not 'thr'"},
        {"--choice=one|two", ""}, /* no fault: 'two' is an operand */
        {"--nonsense", "--nonsense is not known"},
        {"-x", "-x is not known"},
        {"-fx", "-x is not known"},
        {"--flag=1", "--flag=1"},
        {"--output", "--output needs a value"},
        {"-o", "-o needs a value"},
    };
    char operands[256];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int status = parse(cases[i][0], operands);

        assert_int_equal(status, cases[i][1][0] ? ERROR_USAGE : 0);
        if (!strstr(error_text(), cases[i][1]))
            fail_msg("%s: '%s' is not in '%s'", cases[i][0], cases[i][1], error_text());
    }
}

static void test_sizes(void **state)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } good[] = {{"0", 0}, {"1000", 1000}, {"2k", 2048}, {"64M", 67108864}, {"3G", 3221225472},
                {"1T", 1099511627776}};
    uint64_t bytes;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(size_parse(good[i].text, &bytes), 0);
        assert_int_equal(bytes, good[i].bytes);
    }
    assert_int_equal(size_parse("", &bytes), ERROR_USAGE);
    assert_int_equal(size_parse("M", &bytes), ERROR_USAGE);
    assert_int_equal(size_parse("5P", &bytes), ERROR_USAGE);
    assert_int_equal(size_parse("-5", &bytes), ERROR_USAGE);
}

static void test_help_says_ranges_defaults_and_hides_what_is_for_tests(void **state)
{
    char operands[256], *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    (void)state;
    assert_int_equal(parse("-n|9|--help", operands), OPTIONS_HELP);
    assert_int_equal(parse("-h", operands), OPTIONS_HELP);
    assert_non_null(out);
    options_help(&line, "test", out);
    fclose(out);
    assert_non_null(strstr(text, "Usage: agc-pipeline test [options] FILE\n"));
    assert_non_null(strstr(text, "-n, --number N"));
    assert_non_null(strstr(text, "(3 to 99; default 7)"));
    assert_non_null(strstr(text, "(one|two|three; default one)"));
    assert_non_null(strstr(text, "(default 1M)"));
    assert_null(strstr(text, "hidden"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_are_set),
        cmocka_unit_test(test_operands_after_two_dashes_and_a_single_dash),
        cmocka_unit_test(test_verbosity_with_and_without_a_number),
        cmocka_unit_test(test_bad_values_are_usage_errors_that_name_the_option),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_help_says_ranges_defaults_and_hides_what_is_for_tests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
