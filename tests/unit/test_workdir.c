/*
 * The work directory: locked against other processes, taken over after a kill, never a strange
 * folder. Children only _exit(); the parent asserts.
 */
#include "common/error.h"
#include "tools/budget.h"
#include "tools/output_path.h"
#include "tools/workdir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/test_workdir.XXXXXX";

static int set_up(void **state)
{
    (void)state;
    return !mkdtemp(folder) || chdir(folder);
}

static int tear_down(void **state)
{
    (void)state;
    return chdir("/") || rmdir(folder);
}

static int exists(const char *path)
{
    return !access(path, F_OK);
}

static void make_file(const char *path)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fclose(file);
}

/* What workdir_open() says in another process: 0, or minus its code. */
static int open_elsewhere(const char *path)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        struct workdir other;

        _exit(-workdir_open(&other, path));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return -WEXITSTATUS(status);
}

static void test_one_process_at_a_time(void **state)
{
    struct workdir w;

    (void)state;
    assert_int_equal(workdir_open(&w, "a.work"), 0);
    assert_int_equal(w.path[0], '/');
    assert_int_equal(open_elsewhere("a.work"), ERROR_INPUT);
    assert_int_equal(workdir_remove(&w), 0);
    assert_false(exists("a.work"));
    assert_int_equal(open_elsewhere("a.work"), 0); /* ends without removing it */
    assert_true(exists("a.work/lock"));
    make_file("a.work/left");
    assert_int_equal(workdir_open(&w, "a.work"), 0); /* takes it over as it is */
    assert_true(workdir_has(&w, "left"));
    assert_true(workdir_has_like(&w, "le", "ft"));
    assert_false(workdir_has_like(&w, "ef", "ft"));
    assert_int_equal(workdir_empty(&w), 0);
    assert_false(exists("a.work/left"));
    assert_int_equal(open_elsewhere("a.work"), ERROR_INPUT); /* emptied, it is still held */
    make_file("a.work/left");
    workdir_keep(&w);
    assert_true(exists("a.work/left"));
    assert_int_equal(workdir_open_existing(&w, "a.work"), 0);
    assert_int_equal(workdir_remove(&w), 0);
    assert_false(exists("a.work"));
    assert_int_equal(workdir_open_existing(&w, "a.work"), ERROR_NOT_FOUND);
}

static void test_a_strange_folder_is_not_touched(void **state)
{
    struct workdir w;

    (void)state;
    assert_int_equal(mkdir("strange", 0700), 0);
    make_file("strange/precious");
    assert_int_equal(workdir_open(&w, "strange"), ERROR_INPUT);
    assert_non_null(strstr(error_text(), "strange is not a work directory"));
    assert_true(exists("strange/precious"));
    assert_false(exists("strange/lock"));
    assert_int_equal(unlink("strange/precious"), 0);
    assert_int_equal(workdir_open(&w, "strange"), 0); /* an empty one may be used */
    assert_int_equal(workdir_remove(&w), 0);
    assert_int_equal(workdir_open(&w, "none/x"), ERROR_IO);
    make_file("file");
    assert_int_equal(workdir_open(&w, "file"), ERROR_IO);
    assert_int_equal(unlink("file"), 0);
}

static void test_temporary_ones_differ_and_go(void **state)
{
    struct workdir a, b;
    char inside[256];

    (void)state;
    setenv("TMPDIR", folder, 1);
    assert_int_equal(workdir_open_temporary(&a), 0);
    assert_int_equal(workdir_open_temporary(&b), 0);
    assert_string_not_equal(a.path, b.path);
    assert_memory_equal(a.path, folder, strlen(folder));
    snprintf(inside, sizeof inside, "%s/job", a.path);
    make_file(inside);
    assert_int_equal(workdir_remove(&a), 0);
    assert_int_equal(workdir_remove(&b), 0);
    setenv("TMPDIR", "/nowhere", 1);
    assert_int_equal(workdir_open_temporary(&a), ERROR_IO);
}

static void test_outputs_are_real_paths_of_regular_files(void **state)
{
    char *path = NULL, wanted[128];

    (void)state;
    snprintf(wanted, sizeof wanted, "%s/new.agc", folder);
    assert_int_equal(output_path_resolve("./new.agc", &path), 0);
    assert_string_equal(path, wanted);
    free(path);
    assert_int_equal(symlink("new.agc", "link.agc"), 0);
    assert_int_equal(output_path_resolve("link.agc", &path), ERROR_IO); /* leads nowhere */
    make_file("new.agc");
    assert_int_equal(output_path_resolve("link.agc", &path), 0);
    assert_string_equal(path, wanted);
    assert_true(output_path_is(path, "link.agc"));
    assert_false(output_path_is(path, "-"));
    free(path);
    assert_int_equal(output_path_resolve("/dev/null", &path), ERROR_INPUT);
    assert_int_equal(output_path_resolve(".", &path), ERROR_INPUT);
    assert_int_equal(output_path_resolve("none/x", &path), ERROR_IO);
    unlink("link.agc");
    unlink("new.agc");
}

static void test_the_budget_keeps_within_the_total(void **state)
{
    static const enum run_mode modes[] = {RUN_CREATE, RUN_QUERY};
    uint32_t workers, m, step;

    (void)state;
    for (m = 0; m < 2; m++) {
        for (workers = 1; workers <= 256; workers++) {
            uint64_t least = budget_least(modes[m], 60000, workers);
            struct budget b;

            assert_int_equal(budget_split(least - 1, modes[m], 60000, workers, &b), ERROR_USAGE);
            for (step = 0; step < 8; step++) {
                uint64_t total = least << step;

                assert_int_equal(budget_split(total, modes[m], 60000, workers, &b), 0);
                assert_true(b.rings_bytes + workers * b.worker_bytes + b.reader_bytes + b.rest_bytes
                            <= total);
                assert_true(b.cache_bytes > 0 && b.cache_bytes <= b.worker_bytes);
                assert_true(b.slot_count > 0 && (b.slot_count & (b.slot_count - 1)) == 0);
            }
            assert_true(budget_workers(least, modes[m], 60000, workers) <= workers);
        }
        assert_int_equal(budget_workers(1, modes[m], 60000, 8), 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_process_at_a_time),
        cmocka_unit_test(test_a_strange_folder_is_not_touched),
        cmocka_unit_test(test_temporary_ones_differ_and_go),
        cmocka_unit_test(test_outputs_are_real_paths_of_regular_files),
        cmocka_unit_test(test_the_budget_keeps_within_the_total),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
