/*
 * The supervisor: see supervisor.h.
 *
 *   state      left when                              by
 *   running    the writer is done                     supervisor_end(): stopping = 1, all woken
 *              a stage's end calls for it, a signal   the same
 *   ending     every stage is reaped                  nothing
 *              the grace is over                      SIGKILL to those left
 *
 * What the user is told comes from the first cause alone: what other stages end with while the run
 * is ending follows from it. supervisor_ends.c has the ends of stages, supervisor_watch.c the looks at
 * living ones.
 */
#include "tools/supervisor_private.h"

#include "common/error.h"
#include "ipc/futex.h"
#include "tools/say.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int64_t supervisor_now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void supervisor_tell(struct supervisor *s, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    say("%s", text);
    run_record_add(s->plan->record, "%s", text);
}

/* ---- waking */

void supervisor_wake(struct supervisor *s)
{
    static const struct ring_wait_ops ops = {.sleep = futex_sleep, .wake = futex_wake};
    uint32_t i;

    for (i = 0; i < 2 * s->geometry->worker_count + 1; i++) {
        ring_wake_all(run_ring(s->run, i), &ops);
        futex_wake(NULL, (uint32_t *)&s->run->start[i].told);
        futex_wake(NULL, (uint32_t *)&s->run->start[i].begun);
    }
}

/* ---- ending a run */

void supervisor_end(struct supervisor *s, int outcome)
{
    uint32_t i;

    if (s->ending)
        return;
    s->ending = 1;
    s->outcome = outcome;
    s->kill_at_ms = supervisor_now_ms() +
                    (s->plan->wrap ? SUPERVISOR_WRAPPED_GRACE_MS : SUPERVISOR_GRACE_MS);
    for (i = 0; i < s->stages->count; i++)
        if (s->stages->entries[i].state == STAGE_PAUSED) {
            s->stages->entries[i].state = STAGE_ENDED;
            s->stages->running--;
        }
    atomic_store_explicit(&s->run->stopping, 1, memory_order_release); /* pairs with stage_check */
    supervisor_wake(s);
}

void supervisor_kill(struct supervisor *s)
{
    uint32_t i;

    s->killed = 1;
    for (i = 0; i < s->stages->count; i++)
        if (s->stages->entries[i].state == STAGE_RUNNING)
            kill(s->stages->entries[i].pid, SIGKILL);
}

/* ---- the run */

int supervisor_start(struct supervisor *s, struct stage_entry *entry)
{
    struct stage_shm *shm = run_stage(s->run, entry->index);
    int is_writer = entry->index == s->stages->count - 1;
    int stdio = 0, status;

    if (entry->index == 0)
        stdio = SPAWN_STDIN;
    else if (is_writer && s->geometry->mode == RUN_QUERY)
        stdio = SPAWN_STDOUT;
    atomic_store_explicit(&shm->gen, entry->gen + 1, memory_order_release);
    status = spawn_stage(&s->spawn, entry, stdio);
    if (!status)
        s->stages->running++;
    return status;
}

/* Writer and workers first, so that whoever produces finds its consumer there. */
static int start_all(struct supervisor *s)
{
    uint32_t i = s->stages->count;
    int status = 0;

    while (i-- > 0 && !status)
        status = supervisor_start(s, &s->stages->entries[i]);
    return status;
}

/* ---- the observer */

static void view(const struct supervisor *s, struct run_view *v)
{
    *v = (struct run_view){
        .run = s->run,
        .run_fd = s->spawn.run_fd,
        .geometry = s->geometry,
        .stages = s->stages,
        .elapsed_ms = (uint64_t)(supervisor_now_ms() - s->began_ms),
    };
}

static void observe_begin(struct supervisor *s)
{
    const struct run_observer *observer = s->plan->observer;
    struct run_view v;

    if (!observer)
        return;
    view(s, &v);
    if (observer->begun)
        observer->begun(observer->context, &v);
    s->observe_at_ms = supervisor_now_ms();
}

/* Looks if it is time, or in any case. */
static void observe(struct supervisor *s, int in_any_case)
{
    const struct run_observer *observer = s->plan->observer;
    struct run_view v;
    int64_t now = supervisor_now_ms();

    if (!observer || (!in_any_case && now < s->observe_at_ms))
        return;
    view(s, &v);
    observer->look(observer->context, &v);
    s->observe_at_ms = now + observer->interval_ms;
}

static int some_left(const struct supervisor *s)
{
    uint32_t i;

    for (i = 0; i < s->stages->count; i++)
        if (s->stages->entries[i].leftover)
            return 1;
    return s->stages->running != 0;
}

/* Until when nothing but a signal can call for us; -1: for ever. */
static int sleep_ms(const struct supervisor *s)
{
    int64_t until = INT64_MAX, left;

    if (s->ending)
        until = s->killed ? INT64_MAX : s->kill_at_ms;
    else {
        until = supervisor_next_restart_ms(s);
        if ((s->plan->watchdog_ms || s->plan->progress_ms) && s->look_at_ms < until)
            until = s->look_at_ms;
    }
    if (s->plan->observer && s->observe_at_ms < until)
        until = s->observe_at_ms;
    if (until == INT64_MAX)
        return -1;
    left = until - supervisor_now_ms();
    return left > 0 ? (int)left : 0;
}

static void handle_stop(struct supervisor *s, int number)
{
    if (s->ending) {
        if (!s->killed && s->outcome) /* asked twice */
            supervisor_kill(s);
        return;
    }
    supervisor_tell(s, "stopped by signal %d (%s)", number, strsignal(number));
    s->report->cause = SUPERVISOR_SIGNAL;
    supervisor_end(s, ERROR_STOPPED);
}

static void watch(struct supervisor *s)
{
    struct signal_events events;

    while (some_left(s)) {
        signals_take(&s->signals, sleep_ms(s), &events);
        if (events.stop)
            handle_stop(s, events.stop);
        if (events.child)
            supervisor_reap(s);
        supervisor_restart_due(s);
        supervisor_look(s);
        observe(s, 0);
        if (s->ending && !s->killed && supervisor_now_ms() >= s->kill_at_ms)
            supervisor_kill(s);
    }
}

static int supervisor_open(struct supervisor *s, const struct supervisor_plan *plan)
{
    int pipe_fds[2], status;

    if (prctl(PR_SET_CHILD_SUBREAPER, 1))
        return error_set_errno(ERROR_IO, "cannot become a subreaper");
    if (pipe2(pipe_fds, O_CLOEXEC))
        return error_set_errno(ERROR_IO, "cannot make the lifeline pipe");
    s->spawn.lifeline_read_fd = pipe_fds[0];
    s->lifeline_write_fd = pipe_fds[1];
    s->spawn.job_fd = plan->job_fd;
    s->spawn.work_fd = plan->work_fd;
    s->spawn.wrap = plan->wrap;
    s->spawn.worker_count = plan->geometry.worker_count;
    status = run_create(&plan->geometry, NULL, &s->spawn.run_fd, &s->run);
    if (status)
        goto out_pipe;
    status = signals_open(&s->signals);
    if (status)
        goto out_run;
    return 0;
out_run:
    run_detach(s->run);
    close(s->spawn.run_fd);
out_pipe:
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    return status;
}

static void supervisor_close(struct supervisor *s)
{
    signals_close(&s->signals);
    run_detach(s->run);
    close(s->spawn.run_fd);
    close(s->spawn.lifeline_read_fd);
    close(s->lifeline_write_fd);
}

static void copy_counters(const struct supervisor *s, struct supervisor_report *report)
{
    uint32_t i;

    report->counters = calloc(s->stages->count, sizeof *report->counters);
    for (i = 0; report->counters && i < s->stages->count; i++) {
        struct stage_counters_shm *from = &run_stage(s->run, i)->counters;

#define COPY(field) \
    report->counters[i].field = atomic_load_explicit(&from->field, memory_order_relaxed)
        COPY(records);
        COPY(bytes_in);
        COPY(bytes_out);
        COPY(wait_input_ns);
        COPY(wait_room_ns);
        COPY(samples);
        COPY(groups);
        COPY(bases);
        COPY(cache_hits);
        COPY(cache_misses);
#undef COPY
    }
}

static int prepare(struct supervisor *s)
{
    int status = stage_table_create(s->stages, s->geometry->worker_count);

    if (status)
        return status;
    s->watches = calloc(s->stages->count, sizeof *s->watches);
    if (!s->watches)
        return error_set(ERROR_MEMORY, "no memory for the stages' histories");
    return supervisor_open(s, s->plan);
}

int supervisor_run(const struct supervisor_plan *plan, struct supervisor_report *report)
{
    struct supervisor s = {
        .plan = plan,
        .report = report,
        .stages = &report->stages,
        .geometry = &plan->geometry,
        .began_ms = supervisor_now_ms(),
    };
    char text[1024];
    int status;

    *report = (struct supervisor_report){0};
    s.look_at_ms = s.began_ms + SUPERVISOR_LOOK_MS;
    s.progress_at_ms = s.began_ms + plan->progress_ms;
    status = prepare(&s);
    if (status) {
        free(s.watches);
        return status;
    }
    status = start_all(&s);
    if (status) {
        snprintf(text, sizeof text, "%s", error_text()); /* watch() may set others */
        report->cause = SUPERVISOR_OTHER;
        supervisor_end(&s, status);
    }
    observe_begin(&s);
    watch(&s);
    observe(&s, 1);
    if (status)
        error_set(status, "%s", text);
    copy_counters(&s, report);
    report->elapsed_ms = (uint64_t)(supervisor_now_ms() - s.began_ms);
    supervisor_close(&s);
    free(s.watches);
    return s.outcome;
}

void supervisor_report_free(struct supervisor_report *report)
{
    free(report->counters);
    stage_table_free(&report->stages);
}
