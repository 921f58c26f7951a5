/*
 * Commands for stages: words, quotes, the number set in.
 */
#include "tools/wrap.h"

#include "common/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static char *const none[] = {NULL};
static char *const stage[] = {(char *)"/x/agc-worker", (char *)"--stage", (char *)"3", NULL};

/* wanted: words joined by '|' */
static void check_words(const char *command, uint32_t index, char *const *arguments,
                        const char *wanted)
{
    char joined[512] = "", **words = NULL;
    size_t i;

    assert_int_equal(wrap_words(command, index, arguments, &words), 0);
    for (i = 0; words[i]; i++) {
        if (i)
            strcat(joined, "|");
        strcat(joined, words[i]);
    }
    assert_string_equal(joined, wanted);
    wrap_words_free(words, arguments);
}

static void test_words_plain(void **state)
{
    (void)state;
    check_words("strace", 0, none, "strace");
    check_words("  perf  record\t-g -- ", 0, none, "perf|record|-g|--");
    check_words("perf record --", 3, stage, "perf|record|--|/x/agc-worker|--stage|3");
}

static void test_words_numbered(void **state)
{
    (void)state;
    check_words("perf -o w.%i.perf", 7, none, "perf|-o|w.7.perf");
    check_words("'%i' \"%i%i\" 100%%", 12, none, "12|1212|100%");
}

static void test_words_quoted(void **state)
{
    (void)state;
    check_words("a 'b c' d", 0, none, "a|b c|d");
    check_words("a \"b 'c\" d", 0, none, "a|b 'c|d");
    check_words("a'b'\"c\"d", 0, none, "abcd");
    check_words("'' x", 0, none, "|x");
    check_words("a\\ b \\' \\\\", 0, none, "a b|'|\\");
    check_words("'a\\b' \"a\\b\" \"a\\\"b\"", 0, none, "a\\b|a\\b|a\"b");
}

static void refuse(const char *command)
{
    char **words = NULL;

    assert_int_equal(wrap_words(command, 0, stage, &words), ERROR_USAGE);
    assert_null(words);
}

static void test_words_refused(void **state)
{
    (void)state;
    refuse("");
    refuse("   ");
    refuse("a 'b");
    refuse("a \"b");
    refuse("a %d");
    refuse("a %");
}

static void test_command_chosen(void **state)
{
    struct wrap wrap = {.reader = "r", .writer = "w"};

    (void)state;
    assert_null(wrap_command(NULL, 0, 2));
    assert_string_equal(wrap_command(&wrap, 0, 2), "r");
    assert_null(wrap_command(&wrap, 1, 2));
    assert_null(wrap_command(&wrap, 2, 2));
    assert_string_equal(wrap_command(&wrap, 3, 2), "w");
    wrap.worker = "k";
    assert_string_equal(wrap_command(&wrap, 2, 2), "k");
}

static void test_check_names_option(void **state)
{
    struct wrap wrap = {.reader = "fine", .worker = "bad '"};

    (void)state;
    assert_int_equal(wrap_check(&wrap), ERROR_USAGE);
    assert_non_null(strstr(error_text(), "--wrap-worker"));
    wrap.worker = NULL;
    assert_int_equal(wrap_check(&wrap), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_plain),    cmocka_unit_test(test_words_numbered),
        cmocka_unit_test(test_words_quoted),   cmocka_unit_test(test_words_refused),
        cmocka_unit_test(test_command_chosen), cmocka_unit_test(test_check_names_option),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
