/*
 * Ends of stages, and what follows from them (restart_policy.h).
 *
 *   state of a stage   left when                                  to
 *   running            it is reaped: crash                        paused
 *                      it is reaped: anything else                ended
 *   paused             its pause is over, no leftover of it lives running, gen + 1
 *                      the run is ending                          ended
 *
 * A leftover is a stage whose wrapper (its parent, our child) died before it: it is our child now, as
 * the subreaper's. Its pid comes from shared memory, so it is believed only if the kernel says that
 * this is a child of ours which stands in no row of the table.
 */
#include "tools/supervisor_private.h"

#include "common/error.h"
#include "tools/say.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

enum { POISON_WAIT_MS = 1000, POISON_STEP_MS = 20 };

/* ---- words */

static void copy_item(struct supervisor *s, uint32_t index, char item[RUN_ITEM_BYTES])
{
    memcpy(item, run_stage(s->run, index)->item, RUN_ITEM_BYTES);
    item[RUN_ITEM_BYTES - 1] = 0;
}

static uint64_t seq_of(struct supervisor *s, uint32_t index)
{
    return atomic_load_explicit(&run_stage(s->run, index)->seq, memory_order_relaxed);
}

/* What a worker died at is known by name to the writer alone, which waits for just that segment; it
 * may take a moment to come there. Where the worker had published already what follows from the
 * segment, the writer is a little further on: then 0. */
static int name_of_segment(struct supervisor *s, uint64_t seq, char item[RUN_ITEM_BYTES])
{
    uint32_t writer = s->stages->count - 1, waited;
    const struct timespec step = {0, POISON_STEP_MS * 1000000L};

    for (waited = 0; seq_of(s, writer) < seq && waited < POISON_WAIT_MS; waited += POISON_STEP_MS)
        nanosleep(&step, NULL);
    copy_item(s, writer, item);
    return seq_of(s, writer) == seq || s->geometry->mode == RUN_QUERY;
}

static int is_worker(const struct supervisor *s, const struct stage_entry *entry)
{
    return entry->index >= 1 && entry->index <= s->geometry->worker_count;
}

/* "SAMPLE / CONTIG, segment 7", as far as it is known. */
static void describe_place(struct supervisor *s, const struct stage_entry *entry, int sure,
                           char *out, size_t size)
{
    uint64_t seq = seq_of(s, entry->index);
    char item[RUN_ITEM_BYTES] = "";
    const char *where = "at";

    if (!is_worker(s, entry))
        copy_item(s, entry->index, item);
    else if (sure && !name_of_segment(s, seq, item))
        where = "near";
    if (seq)
        snprintf(out, size, " %s %s%ssegment %llu", item[0] ? where : "at", item,
                 item[0] ? ", " : "", (unsigned long long)seq);
    else
        snprintf(out, size, "%s%s", item[0] ? " at " : "", item);
}

static void tell_end(struct supervisor *s, const struct stage_entry *entry,
                     enum restart_choice choice)
{
    const struct restart_history *history = &s->watches[entry->index].history;
    char how[96], place[RUN_ITEM_BYTES + 64];

    stage_end_describe(entry->wait_status, how, sizeof how);
    describe_place(s, entry, choice == RESTART_POISON, place, sizeof place);
    if (choice == RESTART_AGAIN)
        supervisor_tell(s, "%s (process %d) %s%s: started again", entry->name, (int)entry->pid, how,
                        place);
    else if (choice == RESTART_POISON)
        supervisor_tell(s, "%s (process %d) %s%s, %s; the run ends", entry->name, (int)entry->pid,
                        how, place,
                        history->faults >= RESTART_FAULTS_MAX
                            ? "for the third time at the same segment"
                            : "and got nowhere since it died many times before");
    else
        supervisor_tell(s, "%s (process %d) %s%s; the run ends", entry->name, (int)entry->pid, how,
                        place);
}

/* ---- consequences */

static void end_for(struct supervisor *s, enum supervisor_cause cause, int outcome)
{
    s->report->cause = cause;
    supervisor_end(s, outcome);
}

static void pause_stage(struct supervisor *s, struct stage_entry *entry, uint32_t pause_ms)
{
    entry->state = STAGE_PAUSED;
    entry->restart_at_ms = supervisor_now_ms() + pause_ms;
    s->stages->running++;
    s->report->restarts++;
}

static void follow(struct supervisor *s, struct stage_entry *entry)
{
    struct restart_case end = {
        .wait_status = entry->wait_status,
        .is_writer = entry->index == s->stages->count - 1,
        .is_query = s->geometry->mode == RUN_QUERY,
        .seq = seq_of(s, entry->index),
        .progress = supervisor_stage_progress(s, entry->index),
    };
    uint32_t pause_ms;
    enum restart_choice choice =
        restart_decide(&s->watches[entry->index].history, &end, &pause_ms);

    switch (choice) {
    case RESTART_GO_ON:
        return;
    case RESTART_RUN_DONE:
        end_for(s, SUPERVISOR_NONE, 0);
        return;
    case RESTART_AGAIN:
        tell_end(s, entry, choice);
        pause_stage(s, entry, pause_ms);
        return;
    case RESTART_POISON:
        tell_end(s, entry, choice);
        end_for(s, SUPERVISOR_POISON, ERROR_STOPPED);
        return;
    case RESTART_END:
        end_for(s, WEXITSTATUS(entry->wait_status) == EXIT_NO_SPACE ? SUPERVISOR_NO_SPACE
                                                                    : SUPERVISOR_VERDICT,
                ERROR_STOPPED);
        return;
    case RESTART_END_QUIETLY:
        end_for(s, SUPERVISOR_OTHER, ERROR_PIPE);
        return;
    case RESTART_END_AND_TELL:
        tell_end(s, entry, choice);
        end_for(s, SUPERVISOR_OTHER, ERROR_STOPPED);
        return;
    }
}

/* ---- reaping */

/* A child of ours that is not reaped yet: so nobody else can have this pid. */
static int is_our_child(pid_t pid)
{
    siginfo_t info;

    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

static void find_leftover(struct supervisor *s, struct stage_entry *entry)
{
    struct stage_shm *shm = run_stage(s->run, entry->index);
    uint32_t inner = atomic_load_explicit(&shm->pid, memory_order_acquire);

    if (inner <= 1 || inner > INT32_MAX || (pid_t)inner == entry->pid ||
        stage_table_find(s->stages, (pid_t)inner) || !is_our_child((pid_t)inner))
        return;
    entry->leftover = (pid_t)inner;
    kill(entry->leftover, SIGKILL);
}

static void forget_leftover(struct supervisor *s, pid_t pid)
{
    uint32_t i;

    for (i = 0; i < s->stages->count; i++)
        if (s->stages->entries[i].leftover == pid)
            s->stages->entries[i].leftover = 0;
}

void supervisor_reap(struct supervisor *s)
{
    struct rusage usage;
    int status;
    pid_t pid;

    while ((pid = wait4(-1, &status, WNOHANG, &usage)) > 0) {
        struct stage_entry *entry = stage_table_find(s->stages, pid);

        if (!entry) {
            forget_leftover(s, pid);
            continue;
        }
        entry->state = STAGE_ENDED;
        entry->wait_status = status;
        stage_usage_add(&entry->usage, &usage);
        s->stages->running--;
        find_leftover(s, entry);
        if (!s->ending)
            follow(s, entry);
        entry->pid = 0;
    }
    supervisor_wake(s);
}

/* ---- starting again */

static int is_due(const struct stage_entry *entry, int64_t now)
{
    return entry->state == STAGE_PAUSED && !entry->leftover && entry->restart_at_ms <= now;
}

void supervisor_restart_due(struct supervisor *s)
{
    int64_t now = supervisor_now_ms();
    uint32_t i;

    for (i = 0; i < s->stages->count && !s->ending; i++) {
        struct stage_entry *entry = &s->stages->entries[i];

        if (!is_due(entry, now))
            continue;
        s->stages->running--;
        watchdog_reset(&s->watches[i].watchdog);
        if (supervisor_start(s, entry)) {
            entry->state = STAGE_ENDED;
            supervisor_tell(s, "%s; the run ends", error_text());
            end_for(s, SUPERVISOR_OTHER, ERROR_STOPPED);
        }
    }
}

int64_t supervisor_next_restart_ms(const struct supervisor *s)
{
    int64_t next = INT64_MAX;
    uint32_t i;

    for (i = 0; i < s->stages->count; i++) {
        const struct stage_entry *entry = &s->stages->entries[i];

        if (entry->state == STAGE_PAUSED && !entry->leftover && entry->restart_at_ms < next)
            next = entry->restart_at_ms;
    }
    return next;
}
