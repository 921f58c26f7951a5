/*
 * The line of progress: what stands in it, and the guess at what is left.
 */
#include "tools/progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_line(void **state)
{
    struct progress_state s = {.elapsed_ms = 2000,
                               .sample = 2,
                               .samples = 3,
                               .bases = 30000000,
                               .input_bytes = 30500000,
                               .written_bytes = 1500000,
                               .memory_kib = 44900};
    struct progress p;
    char line[256];

    (void)state;
    progress_init(&p, NULL, 0);
    progress_line(&p, &s, line, sizeof line);
    assert_string_equal(line, "sample 2 of 3 | 30.0 Mb | 15.0 Mb/s | ratio 20.0 | 44 MiB");
    s.elapsed_ms = 4000; /* the speed is that of the last two seconds */
    s.bases = 34000000;
    s.samples = 0;
    s.written_bytes = 0;
    s.memory_kib = 0;
    progress_line(&p, &s, line, sizeof line);
    assert_string_equal(line, "sample 2 | 34.0 Mb | 2.0 Mb/s");
}

static void test_line_is_cut_where_there_is_no_room(void **state)
{
    struct progress_state s = {.elapsed_ms = 1000, .sample = 1, .samples = 3};
    struct progress p;
    char line[16];

    (void)state;
    progress_init(&p, NULL, 0);
    progress_line(&p, &s, line, sizeof line);
    assert_string_equal(line, "sample 1 of 3 |");
}

/* Four files of 100 bytes, plain. */
static void test_left_of_plain_files(void **state)
{
    const uint64_t sizes[] = {100, 100, 100, 100};
    struct progress_state s = {.elapsed_ms = 10000, .sample = 1, .samples = 4, .input_bytes = 50};
    struct progress p;
    char line[256];

    (void)state;
    progress_init(&p, sizes, 4);
    progress_line(&p, &s, line, sizeof line); /* an eighth took 10 s */
    assert_int_equal(progress_seconds_left(&p, &s), 70);
    assert_non_null(strstr(line, "1:10 left"));
    s = (struct progress_state){.elapsed_ms = 20000, .sample = 3, .samples = 4, .input_bytes = 200};
    progress_line(&p, &s, line, sizeof line);
    assert_int_equal(progress_seconds_left(&p, &s), 20);
    s.input_bytes = 300;
    s.sample = 4;
    s.elapsed_ms = 8000000;
    progress_line(&p, &s, line, sizeof line);
    assert_non_null(strstr(line, "44:27 left")); /* the third part of 8000 s, rounded */
}

/* Files of 100 bytes that hold 400 each. */
static void test_left_of_packed_files(void **state)
{
    const uint64_t sizes[] = {100, 100};
    struct progress_state s = {.elapsed_ms = 10000, .sample = 1, .samples = 2, .input_bytes = 390};
    struct progress p;
    char line[256];

    (void)state;
    progress_init(&p, sizes, 2);
    progress_line(&p, &s, line, sizeof line); /* never more than the file */
    assert_int_equal(progress_seconds_left(&p, &s), 10);
    s.sample = 2;
    s.input_bytes = 400;
    progress_line(&p, &s, line, sizeof line);
    s.input_bytes = 600; /* half of the second, going by the first */
    s.elapsed_ms = 15000;
    assert_int_equal(progress_seconds_left(&p, &s), 5);
}

static void test_nothing_is_guessed_from_nothing(void **state)
{
    const uint64_t sizes[] = {0, 0};
    struct progress_state s = {.elapsed_ms = 10000, .sample = 1, .samples = 2, .input_bytes = 50};
    struct progress p;

    (void)state;
    progress_init(&p, sizes, 2);
    assert_int_equal(progress_seconds_left(&p, &s), -1);
    progress_init(&p, NULL, 0);
    assert_int_equal(progress_seconds_left(&p, &s), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line),
        cmocka_unit_test(test_line_is_cut_where_there_is_no_room),
        cmocka_unit_test(test_left_of_plain_files),
        cmocka_unit_test(test_left_of_packed_files),
        cmocka_unit_test(test_nothing_is_guessed_from_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
