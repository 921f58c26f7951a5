/*
 * The job: entries in order, values with anything but NUL, files that are no job.
 */
#include "common/error.h"
#include "ipc/job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static int file_of(const char *data, size_t length)
{
    int fd = memfd_create("job", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, length), (ssize_t)length);
    return fd;
}

static void test_order_and_repeated_keys(void **state)
{
    struct job *job = job_new();
    uint64_t number = 0;

    (void)state;
    assert_int_equal(job_add(job, "mode", "create"), 0);
    assert_int_equal(job_add(job, "input", "a b\n=c"), 0);
    assert_int_equal(job_add(job, "input", ""), 0);
    assert_int_equal(job_add_number(job, "k", UINT64_MAX), 0);
    assert_int_equal(job_count(job), 4);
    assert_string_equal(job_key(job, 2), "input");
    assert_string_equal(job_value(job, 2), "");
    assert_null(job_value(job, 4));
    assert_null(job_key(job, 4));
    assert_string_equal(job_get(job, "input"), "a b\n=c");
    assert_null(job_get(job, "output"));
    assert_int_equal(job_number(job, "k", &number), 0);
    assert_int_equal(number, UINT64_MAX);
    job_free(job);
}

static void test_lent_strings_stay(void **state)
{
    struct job *job = job_new();
    const char *mode;
    int i;

    (void)state;
    assert_int_equal(job_add(job, "mode", "query"), 0);
    mode = job_get(job, "mode");
    for (i = 0; i < 1000; i++)
        assert_int_equal(job_add(job, "want", "chrI@S:0-1"), 0);
    assert_string_equal(mode, "query");
    assert_ptr_equal(mode, job_get(job, "mode"));
    job_free(job);
}

static void test_numbers_that_are_none(void **state)
{
    static const char *const bad[] = {"",   "-1", "+1", " 1",
                                      "1 ", "x",  "1x", "18446744073709551616"};
    uint64_t number = 7;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct job *job = job_new();

        assert_int_equal(job_add(job, "n", bad[i]), 0);
        assert_int_equal(job_number(job, "n", &number), ERROR_USAGE);
        assert_int_equal(job_number(job, "m", &number), ERROR_USAGE);
        assert_int_equal(number, 7);
        job_free(job);
    }
}

static void test_written_and_read_by_two(void **state)
{
    static const char bytes[] = "mode=create\0input=a=b\nc\0input=\0";
    char text[64];
    struct job *job = job_new(), *back;
    int fd = file_of("something longer that stood there before, and more of it", 56);

    (void)state;
    assert_int_equal(job_add(job, "mode", "create"), 0);
    assert_int_equal(job_add(job, "input", "a=b\nc"), 0);
    assert_int_equal(job_add(job, "input", ""), 0);
    assert_int_equal(job_write(job, fd), 0);
    assert_int_equal(lseek(fd, 0, SEEK_END), (off_t)sizeof bytes - 1);
    assert_int_equal(pread(fd, text, sizeof text, 0), (ssize_t)sizeof bytes - 1);
    assert_memory_equal(text, bytes, sizeof bytes - 1);
    job_free(job);
    lseek(fd, 3, SEEK_SET);
    assert_int_equal(job_read(fd, &job), 0);
    assert_int_equal(job_read(fd, &back), 0);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 3);
    assert_int_equal(job_count(back), 3);
    assert_string_equal(job_key(back, 1), "input");
    assert_string_equal(job_value(back, 1), "a=b\nc");
    assert_string_equal(job_value(back, 2), "");
    job_free(job);
    job_free(back);
    close(fd);
}

static void test_files_that_are_no_job(void **state)
{
    struct job *job = NULL;
    int fd;

    (void)state;
    fd = file_of("mode=create\0inp", 15);
    assert_int_equal(job_read(fd, &job), ERROR_SHARED);
    close(fd);
    fd = file_of("mode\0", 5);
    assert_int_equal(job_read(fd, &job), ERROR_SHARED);
    close(fd);
    fd = file_of("=x\0", 3);
    assert_int_equal(job_read(fd, &job), ERROR_SHARED);
    close(fd);
    assert_null(job);
    fd = file_of("", 0);
    assert_int_equal(job_read(fd, &job), 0);
    assert_int_equal(job_count(job), 0);
    job_free(job);
    close(fd);
    assert_int_equal(job_read(-1, &job), ERROR_IO);
}

static void test_options_alone(void **state)
{
    static const char data[] = "mode=create\0input=a\0sample=b\0inputs=c\0sync=none\0want=d\0k=31";
    int fd = file_of(data, sizeof data);
    struct job *job;

    (void)state;
    assert_int_equal(job_read(fd, &job), 0);
    assert_int_equal(job_count(job), 7);
    job_free(job);
    assert_int_equal(job_read_options(fd, &job), 0);
    assert_int_equal(job_count(job), 4);
    assert_string_equal(job_get(job, "inputs"), "c");
    assert_string_equal(job_get(job, "k"), "31");
    assert_null(job_get(job, "input"));
    assert_null(job_get(job, "sample"));
    assert_null(job_get(job, "want"));
    job_free(job);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_alone),
        cmocka_unit_test(test_order_and_repeated_keys),
        cmocka_unit_test(test_lent_strings_stay),
        cmocka_unit_test(test_numbers_that_are_none),
        cmocka_unit_test(test_written_and_read_by_two),
        cmocka_unit_test(test_files_that_are_no_job),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
