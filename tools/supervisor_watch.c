/*
 * Looks at living stages: the watchdog (watchdog.h), and lines of progress.
 *
 * What a stage has won is read from the words of its rings: bytes released where it consumes, bytes
 * published where it produces. Both only grow, and nobody else moves them.
 */
#include "tools/supervisor_private.h"

#include "tools/say.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { RINGS_MAX = 1 + RUN_WORKERS_MAX };

/* Rings that the stage reads (or writes): their numbers into rings[]. */
static uint32_t rings_of(const struct supervisor *s, uint32_t index, int reads,
                         uint32_t rings[RINGS_MAX])
{
    uint32_t workers = s->geometry->worker_count, count = 0, w;
    int is_reader = index == 0, is_writer = index == workers + 1;

    if (!is_reader && !is_writer) {
        rings[0] = reads ? run_ring_to_worker(index - 1) : 1 + workers + (index - 1);
        return 1;
    }
    if ((is_reader && reads) || (is_writer && !reads))
        return 0;
    rings[count++] = run_ring_spine();
    for (w = 0; w < workers; w++)
        rings[count++] = is_reader ? run_ring_to_worker(w) : 1 + workers + w;
    return count;
}

uint64_t supervisor_stage_progress(const struct supervisor *s, uint32_t index)
{
    uint32_t rings[RINGS_MAX], filled, count, i;
    uint64_t published, released, sum = 0;

    count = rings_of(s, index, 1, rings);
    for (i = 0; i < count; i++) {
        ring_observe(run_ring(s->run, rings[i]), &filled, &published, &released);
        sum += released;
    }
    count = rings_of(s, index, 0, rings);
    for (i = 0; i < count; i++) {
        ring_observe(run_ring(s->run, rings[i]), &filled, &published, &released);
        sum += published;
    }
    return sum;
}

/* ---- the watchdog */

static void look_at_rings(const struct supervisor *s, uint32_t index, struct watchdog_look *look)
{
    uint32_t rings[RINGS_MAX], filled, count, i, empty = 0;
    uint64_t published, released;

    count = rings_of(s, index, 1, rings);
    for (i = 0; i < count; i++) {
        ring_observe(run_ring(s->run, rings[i]), &filled, &published, &released);
        empty += filled == 0;
    }
    look->input = count == 0 || empty < count;
    look->all_input = empty == 0;
    look->room = 1;
    count = rings_of(s, index, 0, rings);
    for (i = 0; i < count; i++) {
        ring_observe(run_ring(s->run, rings[i]), &filled, &published, &released);
        if (filled == s->geometry->slot_count)
            look->room = 0;
    }
}

/* 0 if /proc tells nothing: then nothing is concluded. */
static int look_at_process(pid_t pid, struct watchdog_look *look)
{
    char path[64], line[512];
    unsigned long long user, system, switches = 0;
    FILE *file;
    char *after;
    int have;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    file = fopen(path, "re");
    if (!file)
        return 0;
    have = fgets(line, sizeof line, file) && (after = strrchr(line, ')')) &&
           sscanf(after + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user,
                  &system) == 2;
    fclose(file);
    if (!have)
        return 0;
    look->cpu_ms = (user + system) * 1000 / (unsigned long long)sysconf(_SC_CLK_TCK);
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    file = fopen(path, "re");
    if (!file)
        return 0;
    have = 0;
    while (!have && fgets(line, sizeof line, file))
        have = sscanf(line, "voluntary_ctxt_switches: %llu", &switches) == 1;
    fclose(file);
    look->switches = switches;
    return have;
}

static void watch_stage(struct supervisor *s, struct stage_entry *entry, int64_t now)
{
    struct stage_shm *shm = run_stage(s->run, entry->index);
    struct watchdog_look look = {.now_ms = now};
    uint32_t pid = atomic_load_explicit(&shm->pid, memory_order_relaxed);

    look.progress = supervisor_stage_progress(s, entry->index);
    look.outside = atomic_load_explicit(&shm->outside, memory_order_relaxed) != 0;
    look_at_rings(s, entry->index, &look);
    if (!look_at_process((pid_t)pid, &look)) {
        watchdog_reset(&s->watches[entry->index].watchdog);
        return;
    }
    if (watchdog_see(&s->watches[entry->index].watchdog, &look, s->plan->watchdog_ms) !=
        WATCHDOG_HANGS)
        return;
    supervisor_tell(s, "%s (process %d) has done nothing for %lld s though there is work for it: "
                       "killed, to be started again",
                    entry->name, (int)entry->pid, (long long)(s->plan->watchdog_ms / 1000));
    watchdog_reset(&s->watches[entry->index].watchdog);
    kill(entry->pid, SIGKILL);
}

/* A query's writer waits for whoever reads standard output, as long as they like; a stage under a
 * debugger for whoever sits at it. */
static int is_watched(const struct supervisor *s, const struct stage_entry *entry)
{
    return entry->state == STAGE_RUNNING && !s->plan->wrap &&
           !(s->geometry->mode == RUN_QUERY && entry->index == s->stages->count - 1);
}

/* ---- progress */

static uint64_t counter(_Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

static void tell_progress(struct supervisor *s, int64_t now)
{
    struct stage_counters_shm *reader = &run_stage(s->run, 0)->counters;
    struct stage_counters_shm *writer = &run_stage(s->run, s->stages->count - 1)->counters;
    char of[32] = "";

    if (s->plan->samples)
        snprintf(of, sizeof of, " of %" PRIu64, s->plan->samples);
    say("after %" PRId64 " min: sample %" PRIu64 "%s, %.1f MB read, %" PRIu64
        " segments stored, %.1f MB written",
        (now - s->began_ms) / 60000, counter(&reader->samples), of,
        (double)counter(&reader->bytes_in) / 1e6, counter(&writer->records),
        (double)counter(&writer->bytes_out) / 1e6);
}

void supervisor_look(struct supervisor *s)
{
    int64_t now = supervisor_now_ms();
    uint32_t i;

    if (now < s->look_at_ms || s->ending)
        return;
    s->look_at_ms = now + SUPERVISOR_LOOK_MS;
    for (i = 0; s->plan->watchdog_ms && i < s->stages->count; i++)
        if (is_watched(s, &s->stages->entries[i]))
            watch_stage(s, &s->stages->entries[i], now);
    if (s->plan->progress_ms && now >= s->progress_at_ms) {
        s->progress_at_ms = now + s->plan->progress_ms;
        tell_progress(s, now);
    }
}
