/*
 * Files that appear when they are whole, and the archive's last step.
 */
#include "common/new_file.h"
#include "writer/publish.h"

#include "common/error.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[200];

static int begin(void **state)
{
    const char *tmp = getenv("TMPDIR");

    (void)state;
    snprintf(folder, sizeof folder, "%s/agc-files-XXXXXX", tmp ? tmp : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

static int end(void **state)
{
    char command[300];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static const char *path_of(const char *name)
{
    static char paths[4][500];
    static unsigned turn;
    char *path = paths[turn++ % 4];

    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void assert_text(const char *path, const char *wanted)
{
    char got[100] = "";
    FILE *f = fopen(path, "r");

    assert_non_null(f);
    got[fread(got, 1, sizeof got - 1, f)] = '\0';
    fclose(f);
    assert_string_equal(got, wanted);
}

static int entries(const char *path)
{
    char command[500];
    FILE *f;
    int count = -1;

    snprintf(command, sizeof command, "ls -A '%s' | wc -l", path);
    f = popen(command, "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%d", &count), 1);
    pclose(f);
    return count;
}

static struct new_file *open_and_write(const char *path, const char *text)
{
    struct new_file *file;

    assert_int_equal(new_file_open(&file, path), 0);
    assert_int_equal(write_fully(new_file_fd(file), text, strlen(text), path), 0);
    return file;
}

static void appears_when_committed(void **state)
{
    struct new_file *file;
    struct stat info;
    mode_t mask = umask(027);

    (void)state;
    assert_int_equal(mkdir(path_of("a"), 0777), 0);
    file = open_and_write(path_of("a/x"), "new");
    assert_int_equal(access(path_of("a/x"), F_OK), -1);
    assert_int_equal(new_file_commit(file, 1), 0);
    assert_text(path_of("a/x"), "new");
    assert_int_equal(entries(path_of("a")), 1);
    assert_int_equal(stat(path_of("a/x"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
    umask(mask);
}

static void old_file_stays_until_then(void **state)
{
    struct new_file *file;

    (void)state;
    assert_int_equal(mkdir(path_of("b"), 0777), 0);
    put(path_of("b/x"), "old");
    file = open_and_write(path_of("b/x"), "new");
    assert_text(path_of("b/x"), "old");
    new_file_abandon(file);
    assert_text(path_of("b/x"), "old");
    assert_int_equal(entries(path_of("b")), 1);
    put(path_of("b/x.partial"), "left by one that was killed");
    assert_int_equal(new_file_commit(open_and_write(path_of("b/x"), "new"), 0), 0);
    assert_text(path_of("b/x"), "new");
    assert_int_equal(entries(path_of("b")), 1);
}

/* A FIFO, open at both ends: it must never be replaced, no more than a device. */
static int fifo_make(const char *path)
{
    int fd;

    assert_int_equal(mkfifo(path, 0666), 0);
    fd = open(path, O_RDWR | O_NONBLOCK);
    assert_true(fd >= 0);
    return fd;
}

static void assert_fifo(int fd, const char *path, const char *wanted)
{
    char got[100] = "";
    struct stat info;

    assert_true(read(fd, got, sizeof got - 1) > 0);
    assert_string_equal(got, wanted);
    assert_int_equal(stat(path, &info), 0);
    assert_true(S_ISFIFO(info.st_mode));
    close(fd);
}

static void links_are_followed_and_fifos_kept(void **state)
{
    struct new_file *file;
    int fifo;
    struct stat info;

    (void)state;
    assert_int_equal(mkdir(path_of("c"), 0777), 0);
    put(path_of("c/x"), "old");
    assert_int_equal(symlink("x", path_of("c/link")), 0);
    assert_int_equal(new_file_commit(open_and_write(path_of("c/link"), "new"), 0), 0);
    assert_text(path_of("c/x"), "new");
    assert_int_equal(lstat(path_of("c/link"), &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    fifo = fifo_make(path_of("c/fifo"));
    assert_int_equal(new_file_commit(open_and_write(path_of("c/fifo"), "gone"), 1), 0);
    assert_fifo(fifo, path_of("c/fifo"), "gone");
    assert_int_equal(new_file_open(&file, path_of("c")), ERROR_USAGE);
    assert_int_equal(new_file_open(&file, path_of("nowhere/x")), ERROR_IO);
}

static void long_names_fit(void **state)
{
    char name[256];

    (void)state;
    memset(name, 'n', 255);
    name[255] = '\0';
    assert_int_equal(new_file_commit(open_and_write(path_of(name), "long"), 0), 0);
    assert_text(path_of(name), "long");
}

static int work_with_archive(const char *name)
{
    char path[500];
    int fd;

    assert_int_equal(mkdir(path_of(name), 0777), 0);
    fd = open(path_of(name), O_RDONLY | O_DIRECTORY);
    assert_true(fd >= 0);
    snprintf(path, sizeof path, "%s/%s/archive", folder, name);
    put(path, "the archive");
    return fd;
}

static void archive_takes_the_place_of_the_old(void **state)
{
    int fd = work_with_archive("work");

    (void)state;
    put(path_of("out.agc"), "old");
    assert_int_equal(publish_archive(fd, path_of("out.agc")), 0);
    assert_text(path_of("out.agc"), "the archive");
    assert_int_equal(entries(path_of("work")), 0);
    close(fd);
}

static void archive_may_go_into_a_fifo(void **state)
{
    int fd = work_with_archive("work2");
    int fifo = fifo_make(path_of("out.fifo"));

    (void)state;
    assert_int_equal(publish_archive(fd, path_of("out.fifo")), 0);
    assert_fifo(fifo, path_of("out.fifo"), "the archive");
    close(fd);
}

/* /dev/shm is another file system nearly everywhere. */
static void archive_crosses_file_systems(void **state)
{
    char far[] = "/dev/shm/agc-files-XXXXXX", path[100];
    struct stat here, there;
    int fd;

    (void)state;
    if (!mkdtemp(far))
        skip();
    if (stat(folder, &here) || stat(far, &there) || here.st_dev == there.st_dev) {
        rmdir(far);
        skip();
    }
    fd = work_with_archive("work3");
    snprintf(path, sizeof path, "%s/out.agc", far);
    assert_int_equal(publish_archive(fd, path), 0);
    assert_text(path, "the archive");
    assert_int_equal(entries(far), 1);
    assert_int_equal(entries(path_of("work3")), 0);
    unlink(path);
    rmdir(far);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appears_when_committed),
        cmocka_unit_test(old_file_stays_until_then),
        cmocka_unit_test(links_are_followed_and_fifos_kept),
        cmocka_unit_test(long_names_fit),
        cmocka_unit_test(archive_takes_the_place_of_the_old),
        cmocka_unit_test(archive_may_go_into_a_fifo),
        cmocka_unit_test(archive_crosses_file_systems),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
