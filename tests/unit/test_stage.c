/*
 * What every stage does first and last: options, attaching, the lifeline, publishing before sleep,
 * signals, its last words. Each case runs in a child, whose exit status tells what happened; the
 * parent plays the supervisor.
 */
#include "common/error.h"
#include "ipc/stage.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct scene {
    struct run_shm *run;
    int run_fd, job_fd, lifeline[2], errors[2];
};

static void scene_open(struct scene *s)
{
    const struct run_geometry geometry = {RUN_CREATE, 2, 2, 64, 0};
    struct job *job = job_new();

    assert_int_equal(run_create(&geometry, NULL, &s->run_fd, &s->run), 0);
    s->job_fd = memfd_create("job", 0);
    assert_int_equal(job_add(job, "mode", "create"), 0);
    assert_int_equal(job_add(job, "work", "/"), 0);
    assert_int_equal(job_write(job, s->job_fd), 0);
    job_free(job);
    assert_int_equal(pipe2(s->lifeline, O_CLOEXEC), 0);
    assert_int_equal(pipe2(s->errors, O_CLOEXEC), 0);
    atomic_store(&run_stage(s->run, 2)->gen, 7);
}

static void scene_close(struct scene *s)
{
    run_detach(s->run);
    close(s->run_fd);
    close(s->job_fd);
    close(s->lifeline[0]);
    if (s->lifeline[1] >= 0)
        close(s->lifeline[1]);
    close(s->errors[0]);
    if (s->errors[1] >= 0)
        close(s->errors[1]);
}

/* In the child: as the supervisor would start it. */
static int open_stage(struct scene *s, struct stage *stage, int index)
{
    char number[16], run_fd[16], job_fd[16], lifeline_fd[16];
    char *argv[] = {"agc-worker", "--stage", number,          "--run-fd",  run_fd,
                    "--job-fd",   job_fd,    "--lifeline-fd", lifeline_fd, NULL};

    if (s->lifeline[1] >= 0)
        close(s->lifeline[1]);
    snprintf(number, sizeof number, "%d", index);
    snprintf(run_fd, sizeof run_fd, "%d", s->run_fd);
    snprintf(job_fd, sizeof job_fd, "%d", s->job_fd);
    snprintf(lifeline_fd, sizeof lifeline_fd, "%d", s->lifeline[0]);
    dup2(s->errors[1], STDERR_FILENO);
    return stage_open(stage, "agc-worker", 9, argv);
}

/* Runs body in a child and gives its exit status and what it said. */
static int run_child(struct scene *s, int (*body)(struct scene *s), char *said, size_t size)
{
    size_t length = 0;
    ssize_t n;
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        alarm(30);
        _exit(body(s));
    }
    assert_true(pid > 0);
    close(s->errors[1]);
    s->errors[1] = -1;
    while (length < size - 1 && (n = read(s->errors[0], said + length, size - 1 - length)) > 0)
        length += (size_t)n;
    said[length] = '\0';
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFEXITED(status))
        return -WTERMSIG(status);
    return WEXITSTATUS(status);
}

static int body_opens(struct scene *s)
{
    struct stage stage;
    struct sigaction action;
    char name[16];

    if (open_stage(s, &stage, 2))
        return 10;
    if (stage.index != 2 || stage.gen != 7 || strcmp(stage.name, "agc-worker 2") != 0)
        return 11;
    if (strcmp(job_get(stage.job, "mode"), "create") != 0 || stage.work_fd < 0)
        return 12;
    prctl(PR_GET_NAME, name);
    if (strcmp(name, "agc-worker") != 0)
        return 13;
    sigaction(SIGPIPE, NULL, &action);
    if (action.sa_handler != SIG_IGN)
        return 14;
    sigaction(SIGINT, NULL, &action);
    if (action.sa_handler != SIG_IGN || stage_check(&stage))
        return 15;
    stage_set_seq(&stage, 99);
    stage_set_item(&stage, "S / chr1", 8);
    stage_note(&stage, "%d things", 3);
    return stage_close(&stage, error_set(ERROR_INPUT, "the input is bad"));
}

static void test_opens_and_says_its_last_words(void **state)
{
    struct scene s;
    char said[512];

    (void)state;
    scene_open(&s);
    assert_int_equal(run_child(&s, body_opens, said, sizeof said), EXIT_FAILED);
    assert_string_equal(said, "agc-worker 2: note: 3 things\nagc-worker 2: the input is bad\n");
    assert_int_equal(atomic_load(&run_stage(s.run, 2)->seq), 99);
    assert_string_equal(run_stage(s.run, 2)->item, "S / chr1");
    assert_int_not_equal(atomic_load(&run_stage(s.run, 2)->pid), 0);
    scene_close(&s);
}

static int body_wrong_options(struct scene *s)
{
    char *argv[] = {"agc-worker", "--stage", "1", NULL};
    struct stage stage;

    dup2(s->errors[1], STDERR_FILENO);
    return error_exit_status(stage_open(&stage, "agc-worker", 3, argv));
}

static int body_no_such_stage(struct scene *s)
{
    struct stage stage;

    return error_exit_status(open_stage(s, &stage, 4));
}

static void test_wrong_options(void **state)
{
    struct scene s;
    char said[512];

    (void)state;
    scene_open(&s);
    assert_int_equal(run_child(&s, body_wrong_options, said, sizeof said), EXIT_USAGE);
    assert_non_null(strstr(said, "agc-pipeline"));
    scene_close(&s);
    scene_open(&s);
    assert_int_equal(run_child(&s, body_no_such_stage, said, sizeof said), EXIT_USAGE);
    assert_non_null(strstr(said, "stage 4"));
    scene_close(&s);
}

static int body_waits(struct scene *s)
{
    struct stage stage;
    struct inbox in;
    struct message m;
    int code = open_stage(s, &stage, 2);

    if (code)
        return error_exit_status(code);
    code = inbox_open(&in, run_ring(stage.run, 2), &stage.wait, 100, (struct stream_place){0, 0},
                      NULL, 0);
    if (!code)
        code = inbox_next(&in, &m);
    return stage_close(&stage, code);
}

static void test_ends_when_the_supervisor_is_gone(void **state)
{
    struct scene s;
    char said[512];

    (void)state;
    scene_open(&s); /* gone before it began */
    close(s.lifeline[1]);
    s.lifeline[1] = -1;
    assert_int_equal(run_child(&s, body_waits, said, sizeof said), EXIT_STOPPED);
    assert_string_equal(said, "");
    scene_close(&s);
}

static int body_waits_while_lifeline_breaks(struct scene *s)
{
    int status;
    pid_t pid;

    /* a holder of the lifeline that is not our parent: the pipe alone must tell */
    pid = fork();
    if (pid == 0) {
        struct timespec t = {0, 150000000};

        nanosleep(&t, NULL);
        _exit(0);
    }
    status = body_waits(s);
    waitpid(pid, NULL, 0);
    return status;
}

static void test_ends_in_a_wait_when_the_lifeline_breaks(void **state)
{
    struct scene s;
    pid_t pid;
    int status;

    (void)state;
    scene_open(&s);
    pid = fork();
    if (pid == 0)
        _exit(body_waits_while_lifeline_breaks(&s));
    close(s.lifeline[1]);
    s.lifeline[1] = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), EXIT_STOPPED);
    scene_close(&s);
}

static void test_ends_when_asked_to_stop(void **state)
{
    struct scene s;
    char said[512];

    (void)state;
    scene_open(&s);
    atomic_store(&s.run->stopping, 1);
    assert_int_equal(run_child(&s, body_waits, said, sizeof said), EXIT_STOPPED);
    assert_string_equal(said, "");
    scene_close(&s);
}

/* The stage's parent dies; the lifeline stays whole, since the test holds it. */
static int body_parent_dies(struct scene *s)
{
    struct stage stage;
    int ready[2];
    char byte;
    pid_t pid;

    if (pipe(ready))
        return 20;
    pid = fork();
    if (pid == 0) {
        int holds = fcntl(s->lifeline[1], F_DUPFD_CLOEXEC, 0);

        alarm(30);
        if (open_stage(s, &stage, 2) || holds < 0 || write(ready[1], "x", 1) != 1)
            _exit(21);
        for (;;)
            pause();
    }
    return read(ready[0], &byte, 1) == 1 ? 0 : 22;
}

static void test_dies_with_its_parent(void **state)
{
    struct scene s;
    char said[64];
    uint32_t pid;
    int i;

    (void)state;
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    scene_open(&s);
    assert_int_equal(run_child(&s, body_parent_dies, said, sizeof said), 0);
    pid = atomic_load(&run_stage(s.run, 2)->pid);
    assert_int_not_equal(pid, 0);
    for (i = 0; i < 1000; i++) {
        struct timespec t = {0, 5000000};
        int status;

        if (waitpid((pid_t)pid, &status, WNOHANG) == (pid_t)pid) {
            assert_true(WIFSIGNALED(status));
            assert_int_equal(WTERMSIG(status), SIGKILL);
            break;
        }
        nanosleep(&t, NULL);
    }
    assert_in_range(i, 0, 999);
    scene_close(&s);
}

/* Records in the open slot of one ring, then waits for input from another. */
static int body_publishes_before_sleep(struct scene *s)
{
    const struct stream_place start = {0, 0};
    struct iovec part = {"abc", 3};
    struct outbox o;
    struct stage stage;
    struct inbox in;
    struct message m;
    int code = open_stage(s, &stage, 2);

    if (!code)
        code = outbox_open(&o, run_ring(stage.run, 4), 1, &stage.wait, start);
    if (!code)
        code = inbox_open(&in, run_ring(stage.run, 2), &stage.wait, 100, start, NULL, 0);
    if (code)
        return 30;
    stage_add_outbox(&stage, &o);
    if (outbox_put(&o, 5, 1, &part, 1) || o.ring.head != 0)
        return 31;
    atomic_store(&stage.run->stopping, 1);
    return inbox_next(&in, &m) == ERROR_STOPPED && o.ring.head == 1 ? 0 : 32;
}

static void test_publishes_before_it_sleeps(void **state)
{
    uint64_t published, released;
    uint32_t filled;
    struct scene s;
    char said[64];

    (void)state;
    scene_open(&s);
    assert_int_equal(run_child(&s, body_publishes_before_sleep, said, sizeof said), 0);
    ring_observe(run_ring(s.run, 4), &filled, &published, &released);
    assert_int_equal(filled, 1);
    assert_int_equal(published, 24);
    scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opens_and_says_its_last_words),
        cmocka_unit_test(test_wrong_options),
        cmocka_unit_test(test_ends_when_the_supervisor_is_gone),
        cmocka_unit_test(test_ends_in_a_wait_when_the_lifeline_breaks),
        cmocka_unit_test(test_ends_when_asked_to_stop),
        cmocka_unit_test(test_publishes_before_it_sleeps),
        cmocka_unit_test(test_dies_with_its_parent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
