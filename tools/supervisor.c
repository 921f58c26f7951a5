/*
 * The supervisor: see supervisor.h.
 *
 *   state      left when                              by
 *   running    every stage is done                    nothing: the run is over
 *              a stage's end calls for it, a signal   end_begin(): stopping = 1, all rings woken
 *   ending     every stage is reaped                  nothing
 *              the grace is over                      SIGKILL to those left
 *
 * What the user is told comes from the first cause alone: what other stages end with while the run
 * is ending follows from it.
 */
#include "tools/supervisor.h"

#include "common/error.h"
#include "ipc/futex.h"
#include "tools/restart_policy.h"
#include "tools/say.h"
#include "tools/signals.h"
#include "tools/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct supervisor {
    const struct run_geometry *geometry; /* ours: never read back from shared memory */
    struct run_shm *run;
    struct stage_table *stages;
    struct signals signals;
    struct spawn_context spawn;
    int lifeline_write_fd;
    int ending;
    int killed;
    int outcome; /* what supervisor_run() returns */
    int64_t kill_at_ms;
};

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- waking */

static void wake_rings(struct supervisor *s)
{
    static const struct ring_wait_ops ops = {.sleep = futex_sleep, .wake = futex_wake};
    uint32_t i;

    for (i = 0; i < 2 * s->geometry->worker_count + 1; i++)
        ring_wake_all(run_ring(s->run, i), &ops);
}

/* ---- ending a run early */

static void end_begin(struct supervisor *s, int outcome)
{
    if (s->ending)
        return;
    s->ending = 1;
    s->outcome = outcome;
    s->kill_at_ms = now_ms() + SUPERVISOR_GRACE_MS;
    atomic_store_explicit(&s->run->stopping, 1, memory_order_release); /* pairs with stage_check */
    wake_rings(s);
}

static void kill_stages(struct supervisor *s)
{
    uint32_t i;

    s->killed = 1;
    for (i = 0; i < s->stages->count; i++)
        if (s->stages->entries[i].state == STAGE_RUNNING)
            kill(s->stages->entries[i].pid, SIGKILL);
}

/* ---- ends of stages */

static void tell_end(struct supervisor *s, const struct stage_entry *entry)
{
    const struct stage_shm *shm = run_stage(s->run, entry->index);
    char how[96], item[RUN_ITEM_BYTES];

    stage_end_describe(entry->wait_status, how, sizeof how);
    memcpy(item, shm->item, sizeof item);
    item[sizeof item - 1] = 0;
    say("%s (process %d) %s%s%s; the run ends", entry->name, (int)entry->pid, how,
        item[0] ? " at " : "", item);
}

static void handle_end(struct supervisor *s, struct stage_entry *entry)
{
    enum restart_choice choice = restart_decide(stage_end_classify(entry->wait_status));

    if (s->ending || choice == RESTART_GO_ON)
        return;
    if (choice == RESTART_END_AND_TELL)
        tell_end(s, entry);
    end_begin(s, choice == RESTART_END_QUIETLY ? ERROR_PIPE : ERROR_STOPPED);
}

/* Reaps everything that has ended. Children that are in no row of the table were left to us by
 * stages that died: they are reaped and no more. */
static void reap(struct supervisor *s)
{
    struct rusage usage;
    int status;
    pid_t pid;

    while ((pid = wait4(-1, &status, WNOHANG, &usage)) > 0) {
        struct stage_entry *entry = stage_table_find(s->stages, pid);

        if (!entry)
            continue;
        entry->state = STAGE_ENDED;
        entry->wait_status = status;
        entry->usage = usage;
        s->stages->running--;
        handle_end(s, entry);
        entry->pid = 0;
    }
    wake_rings(s);
}

/* ---- the run */

static int start_stage(struct supervisor *s, struct stage_entry *entry)
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
        status = start_stage(s, &s->stages->entries[i]);
    return status;
}

static void watch(struct supervisor *s)
{
    struct signal_events events;

    while (s->stages->running) {
        int64_t left_ms = s->kill_at_ms - now_ms();

        signals_take(&s->signals, s->ending && !s->killed ? (left_ms > 0 ? (int)left_ms : 0) : -1,
                     &events);
        if (events.stop && !s->ending) {
            say("stopped by signal %d (%s)", events.stop, strsignal(events.stop));
            end_begin(s, ERROR_STOPPED);
        } else if (events.stop && !s->killed) {
            kill_stages(s); /* asked twice */
        }
        if (events.child)
            reap(s);
        if (s->ending && !s->killed && now_ms() >= s->kill_at_ms)
            kill_stages(s);
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

int supervisor_run(const struct supervisor_plan *plan, struct supervisor_report *report)
{
    struct supervisor s = {.stages = &report->stages, .geometry = &plan->geometry};
    int64_t began_ms = now_ms();
    char text[1024];
    int status;

    *report = (struct supervisor_report){0};
    status = stage_table_create(&report->stages, plan->geometry.worker_count);
    if (status)
        return status;
    status = supervisor_open(&s, plan);
    if (status)
        return status;
    status = start_all(&s);
    if (status) {
        snprintf(text, sizeof text, "%s", error_text()); /* watch() may set others */
        end_begin(&s, status);
    }
    watch(&s);
    if (status)
        error_set(status, "%s", text);
    copy_counters(&s, report);
    report->elapsed_ms = (uint64_t)(now_ms() - began_ms);
    supervisor_close(&s);
    return s.outcome;
}

void supervisor_report_free(struct supervisor_report *report)
{
    free(report->counters);
    stage_table_free(&report->stages);
}
