/*
 * JSON: commas, escapes, bytes that are no UTF-8.
 */
#include "tools/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check(void (*write_it)(struct json *json), const char *wanted)
{
    struct json json = {0};
    char *text = NULL;
    size_t size;

    json.out = open_memstream(&text, &size);
    write_it(&json);
    fclose(json.out);
    assert_string_equal(text, wanted);
    free(text);
}

static void write_nested(struct json *json)
{
    json_open(json, NULL, '{');
    json_number(json, "a", UINT64_MAX);
    json_open(json, "b", '[');
    json_number(json, NULL, 1);
    json_open(json, NULL, '{');
    json_close(json, '}');
    json_number(json, NULL, 2);
    json_close(json, ']');
    json_open(json, "c", '[');
    json_close(json, ']');
    json_seconds(json, "d", 1.23456);
    json_seconds(json, "e", -0.1);
    json_close(json, '}');
}

static void test_nested(void **state)
{
    (void)state;
    check(write_nested,
          "{\n\"a\": 18446744073709551615,\n\"b\": [1,{},2],\n\"c\": [],\n\"d\": 1.235,\n"
          "\"e\": 0.000}");
}

static void write_letters(struct json *json)
{
    json_text(json, NULL, "a\"b\\c\n\x01</script>&\x7f");
}

static void test_letters_are_escaped(void **state)
{
    (void)state;
    check(write_letters, "\"a\\\"b\\\\c\\u000a\\u0001\\u003c/script\\u003e\\u0026\\u007f\"");
}

static void write_bytes(struct json *json)
{
    /* two, three and four bytes; then a tail alone, a character cut short, a byte that is never
     * there */
    json_text(json, NULL, "\xc3\xa9\xe2\x86\x92\xf0\x9f\xa7\xac");
    json_text(json, NULL, "\x80x\xe2\x86x\xff\xc3");
    json_text_part(json, NULL, "\xc3\xa9\xc3\xa9", 3);
}

static void test_what_is_no_utf8(void **state)
{
    (void)state;
    check(write_bytes, "\"\xc3\xa9\xe2\x86\x92\xf0\x9f\xa7\xac\","
                       "\"\\ufffdx\\ufffd\\ufffdx\\ufffd\\ufffd\","
                       "\"\xc3\xa9\\ufffd\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nested),
        cmocka_unit_test(test_letters_are_escaped),
        cmocka_unit_test(test_what_is_no_utf8),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
