/*
 * What every stage does first and last (stage.h).
 *
 * The supervisor's death reaches a stage in two ways. PR_SET_PDEATHSIG kills it, but is lost if the
 * supervisor died before the call, and is about the direct parent, which may be a wrapper. The
 * lifeline is a pipe of which the supervisor alone holds the writing end: it hangs up when the
 * supervisor is gone, whatever stands in between. It is looked at right after the call (which
 * closes the race) and at every bounded wait.
 *
 * Arguments are trusted to come from the supervisor, but checked: people start stages by hand.
 */
#include "ipc/stage.h"

#include "common/error.h"
#include "ipc/fault.h"
#include "ipc/futex.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

struct options {
    int index, run_fd, job_fd, lifeline_fd, work_fd;
};

/* ---- the supervisor's end */

static int lifeline_gone(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    /* nothing is ever written to it: anything to be read is the end */
    return poll(&p, 1, 0) > 0;
}

int stage_check(struct stage *stage)
{
    if (atomic_load_explicit(&stage->run->stopping, memory_order_relaxed))
        return error_set(ERROR_STOPPED, "the run is being stopped");
    if (lifeline_gone(stage->lifeline_fd))
        return error_set(ERROR_STOPPED, "the supervisor is gone");
    return 0;
}

/* ---- waiting */

static int wait_before_sleep(void *context)
{
    return stage_publish_all(context);
}

static int wait_check(void *context)
{
    return stage_check(context);
}

void stage_add_outbox(struct stage *stage, struct outbox *outbox)
{
    if (stage->outbox_count < sizeof stage->outboxes / sizeof stage->outboxes[0])
        stage->outboxes[stage->outbox_count++] = outbox;
}

int stage_publish_all(struct stage *stage)
{
    uint32_t i;

    for (i = 0; i < stage->outbox_count; i++) {
        int code = outbox_publish(stage->outboxes[i]);

        if (code)
            return code;
    }
    return 0;
}

/* ---- words */

static void print(const char *name, const char *kind, const char *text)
{
    char line[1400];
    int length = snprintf(line, sizeof line, "%s: %s%s\n", name, kind, text);

    if (length >= (int)sizeof line) {
        length = (int)sizeof line - 1;
        line[length - 1] = '\n';
    }
    /* one write, so that lines of several stages do not mix; nobody can be told if it fails */
    if (length > 0 && write(STDERR_FILENO, line, (size_t)length) < 0)
        return;
}

void stage_note(const struct stage *stage, const char *format, ...)
{
    char text[1200];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    print(stage->name, "note: ", text);
}

void stage_set_item(struct stage *stage, const char *text, size_t length)
{
    if (length >= RUN_ITEM_BYTES)
        length = RUN_ITEM_BYTES - 1;
    memcpy(stage->shm->item, text, length);
    stage->shm->item[length] = '\0';
}

void stage_set_seq(struct stage *stage, uint64_t seq)
{
    atomic_store_explicit(&stage->shm->seq, seq, memory_order_relaxed);
}

/* ---- first and last */

static int parse_number(const char *text, int *number)
{
    char *end;
    long value;

    errno = 0;
    value = strtol(text, &end, 10);
    if (end == text || *end || errno || value < 0 || value > 1 << 20)
        return error_set(ERROR_USAGE, "'%s' is not a number that can be meant", text);
    *number = (int)value;
    return 0;
}

static int parse_options(struct options *o, const char *program, int argc, char **argv)
{
    static const struct option table[] = {
        {"stage", required_argument, NULL, 's'},   {"run-fd", required_argument, NULL, 'r'},
        {"job-fd", required_argument, NULL, 'j'},  {"lifeline-fd", required_argument, NULL, 'l'},
        {"work-fd", required_argument, NULL, 'w'}, {NULL, 0, NULL, 0}};
    int letter, code = 0;

    *o = (struct options){-1, -1, -1, -1, -1};
    opterr = 0;
    while (!code && (letter = getopt_long(argc, argv, "", table, NULL)) != -1) {
        int *number = letter == 's'   ? &o->index
                      : letter == 'r' ? &o->run_fd
                      : letter == 'j' ? &o->job_fd
                      : letter == 'l' ? &o->lifeline_fd
                                      : &o->work_fd;

        code = letter == '?' ? error_set(ERROR_USAGE, "unknown option '%s'", argv[optind - 1])
                             : parse_number(optarg, number);
    }
    if (!code && (o->index < 0 || o->run_fd < 0 || o->job_fd < 0 || o->lifeline_fd < 0))
        code = error_set(ERROR_USAGE, "%s is started by agc-pipeline, not by hand", program);
    return code;
}

static void name_stage(struct stage *stage, const char *program, uint32_t index)
{
    if (index >= 1 && index <= stage->run->worker_count)
        snprintf(stage->name_buffer, sizeof stage->name_buffer, "%s %u", program, index);
    else
        snprintf(stage->name_buffer, sizeof stage->name_buffer, "%s", program);
}

/* What was freed goes back to the system: the memory of a run is a promise. Left alone, the library
 * raises its threshold with the largest block that was ever freed, and keeps all below it. */
static void prepare_heap(void)
{
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_MMAP_THRESHOLD, 32 * 1024);
    mallopt(M_TRIM_THRESHOLD, 128 * 1024);
}

static int prepare_process(const char *program, const struct options *o)
{
    prepare_heap();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    prctl(PR_SET_NAME, program, 0, 0, 0);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
        return error_set_errno(ERROR_IO, "asking to die with the supervisor");
    if (lifeline_gone(o->lifeline_fd))
        return error_set(ERROR_STOPPED, "the supervisor is gone");
    return 0;
}

static int attach(struct stage *stage, const char *program, const struct options *o)
{
    int code = run_attach(o->run_fd, &stage->run);

    if (code)
        return code;
    stage->shm = run_stage(stage->run, (uint32_t)o->index);
    if (!stage->shm)
        return error_set(ERROR_USAGE, "the run has no stage %d", o->index);
    stage->index = (uint32_t)o->index;
    stage->gen = atomic_load_explicit(&stage->shm->gen, memory_order_acquire);
    fault_set_stage(stage->index, stage->gen);
    name_stage(stage, program, stage->index);
    /* release: whoever reads the pid reads the words of this incarnation after it */
    atomic_store_explicit(&stage->shm->pid, (uint32_t)getpid(), memory_order_release);
    return o->index == 0 ? job_read(o->job_fd, &stage->job)
                         : job_read_options(o->job_fd, &stage->job);
}

static int open_work(struct stage *stage, const struct options *o)
{
    const char *path = job_get(stage->job, "work");

    stage->work_fd = o->work_fd;
    if (stage->work_fd >= 0 || !path || !*path)
        return 0;
    stage->work_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (stage->work_fd < 0)
        return error_set_errno(ERROR_IO, "work directory %s", path);
    return 0;
}

int stage_open(struct stage *stage, const char *program, int argc, char **argv)
{
    struct options options;
    int code;

    *stage = (struct stage){.lifeline_fd = -1, .work_fd = -1};
    snprintf(stage->name_buffer, sizeof stage->name_buffer, "%s", program);
    stage->name = stage->name_buffer;
    stage->wait = (struct ring_wait_ops){.context = stage,
                                         .sleep = futex_sleep,
                                         .wake = futex_wake,
                                         .before_sleep = wait_before_sleep,
                                         .check = wait_check};
    code = parse_options(&options, program, argc, argv);
    if (!code)
        code = prepare_process(program, &options);
    if (code)
        goto out_print;
    stage->lifeline_fd = options.lifeline_fd;
    code = attach(stage, program, &options);
    if (!code)
        code = open_work(stage, &options);
    if (!code)
        return 0;

out_print:
    if (code != ERROR_STOPPED)
        print(stage->name, "", error_text());
    job_free(stage->job);
    run_detach(stage->run);
    return code;
}

int stage_close(struct stage *stage, int code)
{
    if (code && code != ERROR_STOPPED && code != ERROR_PIPE)
        print(stage->name, "", error_text());
    job_free(stage->job);
    run_detach(stage->run);
    if (stage->work_fd >= 0)
        close(stage->work_fd);
    stage->job = NULL;
    stage->run = NULL;
    stage->shm = NULL;
    stage->work_fd = -1;
    return error_exit_status(code);
}
