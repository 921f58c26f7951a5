/*
 * The log's owner is killed at every fault point of the log, again and again: each successor finds
 * every frame of which a flush had returned, in order and nothing else, and goes on; the file ends
 * up with the same bytes as without deaths.
 *
 * This test links a copy of ipc/ in which the fault points are compiled in. Children only _exit().
 */
#include "common/error.h"
#include "ipc/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { FRAMES = 40, CUT_AT = 30, GENERATIONS_MAX = 200 };

static char folder[128];
static int folder_fd;
static _Atomic uint64_t *flushed; /* frames of which the child knows that they were flushed */

static int begin(void **state)
{
    const char *tmp = getenv("TMPDIR");

    (void)state;
    snprintf(folder, sizeof folder, "%s/agc-log-fault-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(folder))
        return -1;
    folder_fd = open(folder, O_RDONLY | O_DIRECTORY);
    flushed = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return folder_fd < 0 || (void *)flushed == MAP_FAILED ? -1 : 0;
}

static int end(void **state)
{
    (void)state;
    unlinkat(folder_fd, "log", 0);
    unlinkat(folder_fd, "plain", 0);
    close(folder_fd);
    return rmdir(folder);
}

static size_t fill(uint64_t n, uint8_t *data)
{
    size_t length = n % 7 == 3 ? 40000 : (size_t)(n * 13 % 300), i;

    for (i = 0; i < length; i++)
        data[i] = (uint8_t)(n % 2 ? (n * 31 + i * i * 7) >> 3 : n);
    return length;
}

struct seen {
    uint64_t frames, last_end;
    int wrong;
};

static int see(void *context, const struct log_frame *frame)
{
    static uint8_t data[40000];
    struct seen *s = context;
    size_t length = fill(s->frames, data);

    s->wrong |= frame->seq != s->frames || frame->kind != 1 || frame->length != length ||
                (length && memcmp(frame->payload, data, length) != 0);
    s->frames++;
    if (s->frames == CUT_AT)
        s->last_end = frame->end;
    return 0;
}

/* Appends up to FRAMES. Every incarnation that finds more than CUT_AT first cuts back to that, as
 * the reader does: decisions beyond it are made again. */
static int own_the_log(const char *name)
{
    static uint8_t data[40000];
    struct seen s = {0};
    struct log *log;

    if (log_open(&log, folder_fd, name, see, &s) || s.wrong)
        return 1;
    if (s.frames < *flushed)
        return 2;
    if (s.frames > CUT_AT) {
        *flushed = CUT_AT;
        if (log_truncate(log, s.last_end))
            return 3;
        s.frames = CUT_AT;
    }
    for (; s.frames < FRAMES; s.frames++) {
        struct iovec part = {data, fill(s.frames, data)};

        if (log_append(log, 1, s.frames, &part, 1, NULL))
            return 4;
        if (s.frames % 5 == 4) {
            if (s.frames % 2 ? log_flush(log) : log_sync(log))
                return 5;
            *flushed = s.frames + 1;
        }
    }
    if (log_sync(log))
        return 6;
    log_close(log);
    return 0;
}

/* Runs one incarnation after another until one comes to its end; returns how many died. */
static int run_to_the_end(const char *name, const char *fault, const char *then)
{
    int deaths;

    for (deaths = 0; deaths < GENERATIONS_MAX; deaths++) {
        int status;
        pid_t pid = fork();

        if (pid == 0) {
            setenv("AGC_FAULT", deaths ? then : fault, 1);
            alarm(60);
            _exit(own_the_log(name));
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (WIFSIGNALED(status)) {
            assert_int_equal(WTERMSIG(status), SIGKILL);
            continue;
        }
        assert_int_equal(WEXITSTATUS(status), 0);
        return deaths;
    }
    fail_msg("no incarnation came to its end after %s", fault);
    return -1;
}

static void assert_same_files(void)
{
    int a = openat(folder_fd, "log", O_RDONLY), b = openat(folder_fd, "plain", O_RDONLY);
    struct stat sa, sb;
    uint8_t *pa, *pb;

    assert_int_equal(fstat(a, &sa), 0);
    assert_int_equal(fstat(b, &sb), 0);
    assert_int_equal(sa.st_size, sb.st_size);
    pa = mmap(NULL, (size_t)sa.st_size, PROT_READ, MAP_PRIVATE, a, 0);
    pb = mmap(NULL, (size_t)sb.st_size, PROT_READ, MAP_PRIVATE, b, 0);
    assert_memory_equal(pa, pb, (size_t)sa.st_size);
    munmap(pa, (size_t)sa.st_size);
    munmap(pb, (size_t)sb.st_size);
    close(a);
    close(b);
}

static void test_die_at_every_step(void **state)
{
    static const char *const points[] = {"log-appended", "log-flush", "log-torn", "log-flushed",
                                         "log-synced"};
    static const int counts[] = {1, 2, 3, 8};
    size_t i, k;

    (void)state;
    *flushed = 0;
    assert_int_equal(run_to_the_end("plain", "", ""), 0);
    for (i = 0; i < sizeof points / sizeof points[0]; i++)
        for (k = 0; k < sizeof counts / sizeof counts[0]; k++) {
            char fault[64];
            int deaths;

            *flushed = 0;
            unlinkat(folder_fd, "log", 0);
            snprintf(fault, sizeof fault, "%s:%d", points[i], counts[k]);
            deaths = run_to_the_end("log", fault, "");
            assert_int_equal(deaths, strcmp(points[i], "log-synced") != 0 || counts[k] < 8);
            assert_same_files();
        }
}

static void test_die_in_recovery_too(void **state)
{
    /* dies at the end, then in opening, then in cutting back, as long as it comes there */
    static const char *const then[] = {"log-cut:1,log-flushed:2", "log-truncate:1,log-flushed:2"};
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        int status;
        pid_t pid;

        *flushed = 0;
        unlinkat(folder_fd, "log", 0);
        assert_int_equal(run_to_the_end("log", "log-torn:4", ""), 1);
        pid = fork();
        if (pid == 0) { /* finds FRAMES and cuts */
            setenv("AGC_FAULT", then[i], 1);
            _exit(own_the_log("log"));
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        run_to_the_end("log", "", "");
        assert_same_files();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_die_at_every_step),
        cmocka_unit_test(test_die_in_recovery_too),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
