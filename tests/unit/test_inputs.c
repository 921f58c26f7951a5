/*
 * The inputs of create: lists, names, doubles.
 */
#include "common/error.h"
#include "tools/inputs.h"
#include "tools/say.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/test_inputs.XXXXXX";

static void write_file(const char *path, const char *text, size_t length)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    fclose(file);
}

static int set_up(void **state)
{
    (void)state;
    say_quiet(1);
    if (!mkdtemp(folder) || chdir(folder))
        return -1;
    write_file("a.fa", ">a\n", 3);
    write_file("b.fa", ">b\n", 3);
    mkdir("other", 0700);
    write_file("other/a.fa", ">c\n", 3);
    return symlink("a.fa", "link.fa");
}

static int tear_down(void **state)
{
    (void)state;
    unlink("a.fa");
    unlink("b.fa");
    unlink("other/a.fa");
    unlink("link.fa");
    unlink("list");
    rmdir("other");
    return chdir("/") || rmdir(folder);
}

static void add_all(struct inputs *inputs, const char *const *paths)
{
    for (; *paths; paths++)
        assert_int_equal(inputs_add(inputs, *paths), 0);
}

static void assert_inputs(const struct inputs *inputs, const char *const *wanted)
{
    size_t i;

    for (i = 0; wanted[2 * i]; i++) {
        assert_true(i < inputs->count);
        assert_string_equal(inputs->files[i].path, wanted[2 * i]);
        assert_string_equal(inputs->files[i].sample, wanted[2 * i + 1]);
    }
    assert_int_equal(inputs->count, i);
}

static void test_order_is_kept_and_doubles_go(void **state)
{
    struct inputs inputs = {0};

    (void)state;
    add_all(&inputs, (const char *const[]){"b.fa", "a.fa", "b.fa", "-", "./a.fa", "b.fa", "-", NULL});
    assert_int_equal(inputs_resolve(&inputs, "mine"), 0);
    assert_inputs(&inputs, (const char *const[]){"b.fa", "b", "a.fa", "a", "-", "mine", NULL});
    inputs_free(&inputs);
}

static void test_one_file_under_two_names_is_two_samples(void **state)
{
    struct inputs inputs = {0};

    (void)state;
    add_all(&inputs, (const char *const[]){"a.fa", "link.fa", NULL});
    assert_int_equal(inputs_resolve(&inputs, NULL), 0);
    assert_inputs(&inputs, (const char *const[]){"a.fa", "a", "link.fa", "link", NULL});
    inputs_free(&inputs);
}

static void test_two_files_of_one_name_are_refused(void **state)
{
    struct inputs inputs = {0};

    (void)state;
    add_all(&inputs, (const char *const[]){"a.fa", "b.fa", "other/a.fa", NULL});
    assert_int_equal(inputs_resolve(&inputs, NULL), ERROR_INPUT);
    assert_non_null(strstr(error_text(), "a.fa and other/a.fa"));
    inputs_free(&inputs);
}

static void test_standard_input_needs_a_name_and_may_clash(void **state)
{
    struct inputs inputs = {0};

    (void)state;
    add_all(&inputs, (const char *const[]){"a.fa", "-", NULL});
    assert_int_equal(inputs_resolve(&inputs, NULL), ERROR_USAGE);
    inputs_free(&inputs);
    add_all(&inputs, (const char *const[]){"a.fa", "-", NULL});
    assert_int_equal(inputs_resolve(&inputs, "a"), ERROR_INPUT);
    inputs_free(&inputs);
}

static void test_lists_hold_a_path_a_line(void **state)
{
    static const char text[] = "a.fa\r\n\nwith blank .fa\n b\nlast";
    struct inputs inputs = {0};

    (void)state;
    write_file("list", text, sizeof text - 1);
    assert_int_equal(inputs_add_list(&inputs, "list"), 0);
    assert_int_equal(inputs.count, 4);
    assert_string_equal(inputs.files[0].path, "a.fa");
    assert_string_equal(inputs.files[1].path, "with blank .fa");
    assert_string_equal(inputs.files[2].path, " b");
    assert_string_equal(inputs.files[3].path, "last");
    inputs_free(&inputs);
    write_file("list", "a\nb\0c\n", 6);
    assert_int_equal(inputs_add_list(&inputs, "list"), ERROR_INPUT);
    assert_non_null(strstr(error_text(), "list: line 2"));
    inputs_free(&inputs);
    assert_int_equal(inputs_add_list(&inputs, "nowhere"), ERROR_INPUT);
    assert_non_null(strstr(error_text(), "nowhere"));
    inputs_free(&inputs);
}

static void test_thousands_of_inputs(void **state)
{
    struct inputs inputs = {0};
    char path[32];
    int i;

    (void)state;
    for (i = 0; i < 5000; i++) {
        snprintf(path, sizeof path, "%d.fa", i * 7919 % 5000);
        assert_int_equal(inputs_add(&inputs, path), 0);
        assert_int_equal(inputs_add(&inputs, path), 0);
    }
    assert_int_equal(inputs_resolve(&inputs, NULL), 0);
    assert_int_equal(inputs.count, 5000);
    for (i = 0; i < 5000; i++)
        assert_int_equal(atoi(inputs.files[i].sample), i * 7919 % 5000);
    inputs_free(&inputs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_is_kept_and_doubles_go),
        cmocka_unit_test(test_one_file_under_two_names_is_two_samples),
        cmocka_unit_test(test_two_files_of_one_name_are_refused),
        cmocka_unit_test(test_standard_input_needs_a_name_and_may_clash),
        cmocka_unit_test(test_lists_hold_a_path_a_line),
        cmocka_unit_test(test_thousands_of_inputs),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
