/*
 * The log: what was appended comes back, any prefix and any damage leaves the sound frames before
 * it, locks, cuts, layout versions, want of space, deaths in the middle of a flush.
 *
 * Every test has a directory of its own, removed at the end.
 */
#include "common/error.h"
#include "ipc/log.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PAYLOAD_MAX = 300000 };

struct place {
    char path[128];
    int fd;
};

static int place_begin(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    const char *tmp = getenv("TMPDIR");

    snprintf(p->path, sizeof p->path, "%s/agc-log-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(p->path))
        return -1;
    p->fd = open(p->path, O_RDONLY | O_DIRECTORY);
    *state = p;
    return p->fd < 0 ? -1 : 0;
}

static int place_end(void **state)
{
    struct place *p = *state;
    DIR *dir = fdopendir(p->fd);
    struct dirent *entry;

    rewinddir(dir);
    while ((entry = readdir(dir)) != NULL)
        unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
    rmdir(p->path);
    free(p);
    return 0;
}

/* Payload of frame n: sizes around the borders, every other one compressible. */
static size_t payload_make(uint32_t n, uint8_t *data)
{
    static const size_t lengths[] = {0,    1, 7,    8,    63,     64, 100,
                                     5000, 3, 4056, 4057, 200000, 0,  70000};
    size_t length = lengths[n % 14], i;
    uint64_t x = n + 1;

    for (i = 0; i < length; i++) {
        x = x * UINT64_C(6364136223846793005) + 1442695040888963407u;
        data[i] = n % 2 ? (uint8_t)(i / 50) : (uint8_t)(x >> 56);
    }
    return length;
}

static int append(struct log *log, uint32_t n, uint64_t *off)
{
    static uint8_t data[PAYLOAD_MAX];
    size_t length = payload_make(n, data), first = length / 3;
    struct iovec parts[2] = {{data, first}, {data + first, length - first}};

    return log_append(log, n % 5, (uint64_t)n * 1000, parts, 2, off);
}

static int frame_is(const struct log_frame *frame, uint32_t n)
{
    static uint8_t data[PAYLOAD_MAX];
    size_t length = payload_make(n, data);

    return frame->kind == n % 5 && frame->seq == (uint64_t)n * 1000 && frame->length == length &&
           (length == 0 || memcmp(frame->payload, data, length) == 0) &&
           (uintptr_t)frame->payload % 8 == 0;
}

struct counted {
    uint32_t next;
    uint64_t ends[64];
    int wrong, stop_at, code;
};

static int count_frame(void *context, const struct log_frame *frame)
{
    struct counted *c = context;

    if (c->code && (int)c->next == c->stop_at)
        return c->code;
    c->wrong |= !frame_is(frame, c->next);
    c->ends[c->next++] = frame->end;
    return 0;
}

static struct log *reopen(struct place *p, struct counted *c)
{
    struct log *log = NULL;

    *c = (struct counted){0};
    assert_int_equal(log_open(&log, p->fd, "log", count_frame, c), 0);
    assert_false(c->wrong);
    return log;
}

static void write_frames(struct place *p, uint32_t count)
{
    struct counted c;
    struct log *log = reopen(p, &c);

    for (; c.next < count; c.next++)
        assert_int_equal(append(log, c.next, NULL), 0);
    assert_int_equal(log_sync(log), 0);
    log_close(log);
}

static off_t file_bytes(struct place *p)
{
    struct stat st;

    assert_int_equal(fstatat(p->fd, "log", &st, 0), 0);
    return st.st_size;
}

/* ---- reading back */

static void test_frames_come_back(void **state)
{
    struct place *p = *state;
    struct counted c;
    struct log *log;

    write_frames(p, 20);
    write_frames(p, 42);
    log = reopen(p, &c);
    assert_int_equal(c.next, 42);
    assert_int_equal(log_end(log), c.ends[41]);
    assert_int_equal(file_bytes(p), c.ends[41]);
    log_close(log);
}

static void test_any_frame_is_read_flushed_or_not(void **state)
{
    struct place *p = *state;
    struct bytes payload = {0};
    struct log_frame frame;
    struct counted c;
    struct log *log = reopen(p, &c);
    uint64_t offs[42];
    uint32_t i, n;

    for (n = 0; n < 42; n++) {
        assert_int_equal(append(log, n, &offs[n]), 0);
        if (n % 9 == 0)
            assert_int_equal(log_flush(log), 0);
        for (i = 0; i <= n; i++) {
            assert_int_equal(log_read(log, offs[n - i], &frame, &payload), 0);
            assert_true(frame_is(&frame, n - i));
            assert_int_equal(frame.off, offs[n - i]);
            assert_int_equal(frame.end, i ? offs[n - i + 1] : log_end(log));
        }
    }
    assert_int_equal(log_read(log, log_end(log), &frame, &payload), ERROR_SHARED);
    assert_int_equal(log_read(log, 0, &frame, &payload), ERROR_SHARED);
    assert_int_equal(log_read(log, offs[5] + 8, &frame, &payload), ERROR_SHARED);
    assert_int_equal(log_read(log, offs[5] + 1, &frame, &payload), ERROR_SHARED);
    assert_int_equal(log_read(log, UINT64_MAX - 7, &frame, &payload), ERROR_SHARED);
    bytes_free(&payload);
    log_close(log);
}

static void test_compressible_payloads_are_compressed(void **state)
{
    static uint8_t same[100000], noise[1000];
    struct iovec part = {same, sizeof same};
    struct place *p = *state;
    struct counted c;
    struct log *log = reopen(p, &c);
    uint64_t before = log_end(log), after;

    assert_int_equal(log_append(log, 1, 1, &part, 1, NULL), 0);
    after = log_end(log);
    assert_in_range(after - before, 40, 2000);
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)((i * 2654435761u) >> 11);
    part = (struct iovec){noise, sizeof noise};
    assert_int_equal(log_append(log, 1, 1, &part, 1, NULL), 0);
    assert_true(log_end(log) - after <= 40 + 1000);
    log_close(log);
}

static void test_walk_from_any_frame(void **state)
{
    struct place *p = *state;
    struct counted c, walked;
    struct log *log;
    uint32_t i;

    write_frames(p, 30);
    log = reopen(p, &c);
    assert_int_equal(append(log, 30, NULL), 0); /* not flushed by us */
    for (i = 0; i < 30; i++) {
        walked = (struct counted){.next = i + 1};
        assert_int_equal(log_walk(log, c.ends[i], count_frame, &walked), 0);
        assert_false(walked.wrong);
        assert_int_equal(walked.next, 31);
    }
    walked = (struct counted){0};
    assert_int_equal(log_walk(log, 0, count_frame, &walked), 0);
    assert_int_equal(walked.next, 31);
    walked = (struct counted){.stop_at = 7, .code = ERROR_NOT_FOUND};
    assert_int_equal(log_walk(log, 0, count_frame, &walked), ERROR_NOT_FOUND);
    assert_int_equal(log_walk(log, c.ends[3] + 8, count_frame, &walked), ERROR_SHARED);
    log_close(log);
}

static void test_replay_may_refuse(void **state)
{
    struct place *p = *state;
    struct counted c = {.stop_at = 3, .code = ERROR_INPUT};
    struct log *log = NULL;
    off_t bytes;

    write_frames(p, 10);
    bytes = file_bytes(p);
    assert_int_equal(log_open(&log, p->fd, "log", count_frame, &c), ERROR_INPUT);
    assert_null(log);
    assert_int_equal(file_bytes(p), bytes);
}

/* ---- torn, scribbled, stale */

static void test_every_length_leaves_the_whole_frames(void **state)
{
    struct place *p = *state;
    struct counted c;
    struct log *log;
    off_t bytes;

    write_frames(p, 10);
    log = reopen(p, &c);
    log_close(log);
    for (bytes = file_bytes(p) - 1; bytes >= 0; bytes -= bytes % 7 + 1) {
        char path[160];
        uint32_t whole = 0;
        struct counted now;

        snprintf(path, sizeof path, "%s/log", p->path);
        assert_int_equal(truncate(path, bytes), 0);
        while (whole < 10 && c.ends[whole] <= (uint64_t)bytes)
            whole++;
        log = reopen(p, &now);
        assert_int_equal(now.next, whole);
        assert_int_equal(log_end(log), whole ? c.ends[whole - 1] : 32);
        assert_int_equal(file_bytes(p), log_end(log));
        log_close(log);
        assert_int_equal(truncate(path, bytes), 0); /* as it was: shorter, zeros at the end */
    }
}

static void flip(struct place *p, off_t at, uint8_t with)
{
    int fd = openat(p->fd, "log", O_RDWR);
    uint8_t byte;

    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= with;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

/* A copy of the log, so that each damage begins with the whole. */
static void restore(struct place *p, const uint8_t *data, size_t length)
{
    int fd = openat(p->fd, "log", O_RDWR | O_TRUNC);

    assert_int_equal(write(fd, data, length), (ssize_t)length);
    close(fd);
}

static void test_every_flipped_byte_is_noticed(void **state)
{
    struct place *p = *state;
    struct counted c, now;
    struct log *log;
    uint8_t *copy;
    off_t bytes, at;
    int fd;

    write_frames(p, 7);
    log = reopen(p, &c);
    log_close(log);
    bytes = file_bytes(p);
    copy = malloc((size_t)bytes);
    fd = openat(p->fd, "log", O_RDONLY);
    assert_int_equal(read(fd, copy, (size_t)bytes), bytes);
    close(fd);
    for (at = 32; at < bytes; at++) {
        uint32_t whole = 0;

        while (whole < 7 && c.ends[whole] <= (uint64_t)at)
            whole++;
        flip(p, at, (uint8_t)(1 << at % 8));
        log = reopen(p, &now);
        assert_int_equal(now.next, whole);
        log_close(log);
        restore(p, copy, (size_t)bytes);
    }
    for (at = 0; at < 32; at++) { /* the head: refused, and left as it is */
        log = NULL;
        flip(p, at, 0x20);
        assert_int_equal(log_open(&log, p->fd, "log", NULL, NULL),
                         at >= 8 && at < 12 ? ERROR_VERSION : ERROR_SHARED);
        assert_int_equal(file_bytes(p), bytes);
        flip(p, at, 0x20);
    }
    free(copy);
}

static void test_frames_of_a_longer_past_are_not_taken(void **state)
{
    struct place *p = *state;
    struct counted c;
    uint8_t tail[64];
    struct log *log;
    uint32_t n;
    int fd;

    /* frames 0, 1, 2 and then others in place of 1, so long that the old 2 stands right behind */
    log = reopen(p, &c);
    for (n = 0; n < 3; n++)
        assert_int_equal(append(log, n, &c.ends[n]), 0);
    assert_int_equal(log_flush(log), 0);
    fd = openat(p->fd, "log", O_RDWR);
    assert_int_equal(pread(fd, tail, 48, (off_t)c.ends[2]), 48);
    assert_int_equal(log_truncate(log, c.ends[1]), 0);
    assert_int_equal(log_append(log, 9, 9, &(struct iovec){tail, 1}, 1, NULL), 0);
    assert_int_equal(log_flush(log), 0);
    assert_int_equal(log_end(log), c.ends[2]);
    assert_int_equal(pwrite(fd, tail, 48, (off_t)c.ends[2]), 48);
    log_close(log);
    close(fd);
    c = (struct counted){0};
    assert_int_equal(log_open(&log, p->fd, "log", count_frame, &c), 0);
    assert_int_equal(c.next, 2); /* 0 and the new one; the stale one is cut off */
    assert_int_equal(file_bytes(p), c.ends[1]);
    log_close(log);
}

static void test_a_frame_within_a_payload_is_no_frame(void **state)
{
    struct place *p = *state;
    struct bytes payload = {0};
    struct log_frame frame;
    struct counted c;
    struct log *log = reopen(p, &c), *other;
    uint8_t whole[48];
    uint64_t off;
    int fd = openat(p->fd, "log", O_RDONLY);

    assert_int_equal(append(log, 2, &off), 0); /* 7 bytes: 48 in the file */
    assert_int_equal(log_flush(log), 0);
    assert_int_equal(pread(fd, whole, sizeof whole, (off_t)off), sizeof whole);
    close(fd);
    assert_int_equal(log_open(&other, p->fd, "copy", NULL, NULL), 0);
    assert_int_equal(log_append(other, 1, 1, &(struct iovec){whole, sizeof whole}, 1, &off), 0);
    assert_int_equal(log_read(other, off, &frame, &payload), 0);
    assert_int_equal(frame.length, sizeof whole);
    assert_int_equal(log_read(other, off + 40, &frame, &payload), ERROR_SHARED);
    bytes_free(&payload);
    log_close(other);
    log_close(log);
}

static void test_zeros_are_an_empty_log(void **state)
{
    struct place *p = *state;
    struct counted c;
    struct log *log;
    int fd = openat(p->fd, "log", O_RDWR | O_CREAT, 0600);

    assert_int_equal(ftruncate(fd, 5000), 0);
    close(fd);
    log = reopen(p, &c);
    assert_int_equal(c.next, 0);
    assert_int_equal(append(log, 0, NULL), 0);
    assert_int_equal(append(log, 1, NULL), 0);
    assert_int_equal(log_flush(log), 0);
    log_close(log);
    log = reopen(p, &c);
    assert_int_equal(c.next, 2);
    log_close(log);
}

static void test_another_file_is_refused_and_kept(void **state)
{
    static const char text[] = ">chr1\nACGT\n";
    struct place *p = *state;
    struct log *log = NULL;
    int fd = openat(p->fd, "log", O_RDWR | O_CREAT, 0600);

    assert_int_equal(write(fd, text, sizeof text - 1), (ssize_t)sizeof text - 1);
    close(fd);
    assert_int_equal(log_open(&log, p->fd, "log", NULL, NULL), ERROR_SHARED);
    assert_int_equal(file_bytes(p), sizeof text - 1);
}

/* ---- cutting back */

static void test_truncate_and_go_on(void **state)
{
    struct place *p = *state;
    struct counted c, now;
    struct log *log;
    uint32_t keep, n;

    for (keep = 0; keep <= 20; keep += 4) {
        write_frames(p, 20);
        log = reopen(p, &c);
        assert_int_equal(log_truncate(log, keep ? c.ends[keep - 1] : 32), 0);
        assert_int_equal(log_end(log), keep ? c.ends[keep - 1] : 32);
        for (n = keep; n < 30; n++)
            assert_int_equal(append(log, n, NULL), 0);
        assert_int_equal(log_flush(log), 0);
        log_close(log);
        log = reopen(p, &now);
        assert_int_equal(now.next, 30);
        assert_int_equal(log_truncate(log, 32), 0);
        log_close(log);
    }
}

static void test_truncate_within_what_is_gathered(void **state)
{
    struct place *p = *state;
    struct counted c;
    struct log *log = reopen(p, &c);
    uint64_t offs[6];
    uint32_t n;

    for (n = 0; n < 6; n++)
        assert_int_equal(append(log, n, &offs[n]), 0);
    assert_int_equal(log_truncate(log, offs[4] + 8), ERROR_SHARED);
    assert_int_equal(log_truncate(log, offs[4]), 0);
    assert_int_equal(log_end(log), offs[4]);
    for (n = 4; n < 9; n++)
        assert_int_equal(append(log, n, NULL), 0);
    assert_int_equal(log_flush(log), 0);
    log_close(log);
    log = reopen(p, &c);
    assert_int_equal(c.next, 9);
    log_close(log);
}

/* ---- processes */

static void test_only_flushed_frames_survive(void **state)
{
    struct place *p = *state;
    struct counted c;
    struct log *log;
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        if (log_open(&log, p->fd, "log", NULL, NULL) || append(log, 0, NULL) ||
            append(log, 1, NULL) || log_flush(log) || append(log, 2, NULL))
            _exit(1);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    log = reopen(p, &c);
    assert_int_equal(c.next, 2);
    log_close(log);
}

static void test_second_incarnation_is_refused(void **state)
{
    struct place *p = *state;
    struct counted c;
    struct log *log = reopen(p, &c), *other;
    int status;
    pid_t pid = fork();

    if (pid == 0)
        _exit(log_open(&other, p->fd, "log", NULL, NULL) == ERROR_STOPPED ? 0 : 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    log_close(log);
}

static void test_lock_of_a_dying_predecessor_is_waited_for(void **state)
{
    struct place *p = *state;
    struct counted c;
    struct log *log;
    int ready[2], status;
    char byte;
    pid_t pid;

    assert_int_equal(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        if (log_open(&log, p->fd, "log", NULL, NULL) || write(ready[1], "x", 1) != 1)
            _exit(1);
        usleep(200000);
        _exit(0);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    log = reopen(p, &c);
    log_close(log);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    close(ready[0]);
    close(ready[1]);
}

/* In a child, since the limit stays: a file that may not grow, then may. */
static int run_out_of_space(struct place *p)
{
    struct rlimit limit = {4096, RLIM_INFINITY};
    struct log *log;
    uint64_t end;

    signal(SIGXFSZ, SIG_IGN);
    if (log_open(&log, p->fd, "log", NULL, NULL) || append(log, 0, NULL) || append(log, 1, NULL) ||
        log_flush(log) || setrlimit(RLIMIT_FSIZE, &limit))
        return 1;
    if (append(log, 8, NULL) || append(log, 7, NULL) || append(log, 10, NULL))
        return 2;
    end = log_end(log);
    if (log_flush(log) == 0 || !strstr(error_text(), "log"))
        return 3;
    limit.rlim_cur = RLIM_INFINITY;
    if (setrlimit(RLIMIT_FSIZE, &limit) || log_end(log) != end || log_flush(log))
        return 4;
    return 0;
}

static int count_any(void *context, const struct log_frame *frame)
{
    (void)frame;
    ++*(int *)context;
    return 0;
}

static void test_failed_flush_can_be_repeated(void **state)
{
    struct place *p = *state;
    struct log *log;
    int status, frames = 0;
    pid_t pid = fork();

    if (pid == 0)
        _exit(run_out_of_space(p));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(log_open(&log, p->fd, "log", count_any, &frames), 0);
    assert_int_equal(frames, 5);
    log_close(log);
}

static void test_full_device_is_no_space(void **state)
{
    struct place *p = *state;
    struct log *log = NULL;

    if (access("/dev/full", W_OK) != 0)
        skip();
    assert_int_equal(symlinkat("/dev/full", p->fd, "full"), 0);
    assert_int_not_equal(log_open(&log, p->fd, "full", NULL, NULL), 0);
    assert_non_null(strstr(error_text(), "full"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_begin, place_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_frames_come_back),
        TEST(test_any_frame_is_read_flushed_or_not),
        TEST(test_compressible_payloads_are_compressed),
        TEST(test_walk_from_any_frame),
        TEST(test_replay_may_refuse),
        TEST(test_every_length_leaves_the_whole_frames),
        TEST(test_every_flipped_byte_is_noticed),
        TEST(test_frames_of_a_longer_past_are_not_taken),
        TEST(test_a_frame_within_a_payload_is_no_frame),
        TEST(test_zeros_are_an_empty_log),
        TEST(test_another_file_is_refused_and_kept),
        TEST(test_truncate_and_go_on),
        TEST(test_truncate_within_what_is_gathered),
        TEST(test_only_flushed_frames_survive),
        TEST(test_second_incarnation_is_refused),
        TEST(test_lock_of_a_dying_predecessor_is_waited_for),
        TEST(test_failed_flush_can_be_repeated),
        TEST(test_full_device_is_no_space),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
