/*
 * ps: shows runs that are going on. It reads and changes nothing (running_job.h).
 *
 * Without operands all runs of this user are shown; else those whose output (or, of a query, whose
 * archive) is one of them. Named ones that are not running are an error.
 */
#include "common/error.h"
#include "tools/command.h"
#include "tools/options.h"
#include "tools/process_sample.h"
#include "tools/progress.h"
#include "tools/running_job.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITEM_SHOWN = 40, BAR_SHOWN = 16 };

struct ps {
    char **names;
    int count;
    uint64_t shown;
};

/* ---- which runs */

static const char *main_file(const struct job *job)
{
    const char *mode = job_get(job, "mode");
    const char *file = job_get(job, mode && !strcmp(mode, "create") ? "output" : "archive");

    return file ? file : "";
}

/* An output is not there yet: its folder is what can be resolved. */
static int same_file(const char *a, const char *b)
{
    char real_a[PATH_MAX], real_b[PATH_MAX], folder[PATH_MAX];
    const char *slash = strrchr(a, '/');

    if (!strcmp(a, b))
        return 1;
    if (realpath(a, real_a))
        return realpath(b, real_b) && !strcmp(real_a, real_b);
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - a) + 1 : 1, slash ? a : ".");
    if (!realpath(folder, real_a))
        return 0;
    slash = slash ? slash + 1 : a;
    return strlen(b) > strlen(slash) && !strcmp(b + strlen(b) - strlen(slash), slash) &&
           b[strlen(b) - strlen(slash) - 1] == '/' &&
           strlen(real_a) == strlen(b) - strlen(slash) - 1 && !strncmp(b, real_a, strlen(real_a));
}

static int is_asked_for(const struct ps *ps, const struct job *job)
{
    int i;

    for (i = 0; i < ps->count; i++)
        if (same_file(ps->names[i], main_file(job)))
            return 1;
    return ps->count == 0;
}

/* ---- what is shown */

static uint64_t counter(_Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

static void print_duration(uint64_t seconds)
{
    if (seconds >= 3600)
        printf("%" PRIu64 " h ", seconds / 3600);
    if (seconds >= 60)
        printf("%" PRIu64 " min ", seconds / 60 % 60);
    printf("%" PRIu64 " s", seconds % 60);
}

static uint64_t samples_asked(const struct job *job)
{
    const char *command = job_get(job, "command");
    uint64_t count = 0;
    size_t i;

    if (command && strcmp(command, "getset") != 0)
        return 0;
    for (i = 0; i < job_count(job); i++)
        count += !strcmp(job_key(job, i), "sample");
    return count;
}

static void print_progress(const struct running_job *r)
{
    int creates = r->run->mode == RUN_CREATE;
    struct stage_counters_shm *reader = &run_stage(r->run, 0)->counters;
    struct stage_counters_shm *writer = &run_stage(r->run, run_stage_writer(r->run))->counters;
    struct progress_state state = {
        .elapsed_ms = r->elapsed_s * 1000,
        .sample = creates ? counter(&reader->samples) : counter(&writer->samples),
        .samples = samples_asked(r->job),
        .bases = creates ? counter(&reader->bases) : counter(&writer->bytes_in),
        .input_bytes = counter(&reader->bytes_in),
        .written_bytes = creates ? counter(&writer->bytes_out) : 0,
    };
    struct progress progress;
    char line[256];

    progress_init(&progress, NULL, 0);
    progress_line(&progress, &state, line, sizeof line);
    printf("  %s\n", line);
}

static const char *state_word(char state)
{
    switch (state) {
    case 'R':
        return "running";
    case 'S':
        return "waiting";
    case 'D':
        return "disk";
    case 'T':
    case 't':
        return "stopped";
    default:
        return "ended";
    }
}

static void print_name(const struct run_shm *run, uint32_t index)
{
    char name[24];

    if (index == 0 || index == run_stage_writer(run))
        snprintf(name, sizeof name, "%s", index ? "agc-writer" : "agc-reader");
    else
        snprintf(name, sizeof name, "agc-worker %" PRIu32, index);
    printf("  %-15s", name);
}

/* What is at work there; racy text, so what is no letter of it is left out. */
static void print_item(const struct stage_shm *stage)
{
    char item[ITEM_SHOWN + 1];
    size_t i;

    for (i = 0; i < ITEM_SHOWN && stage->item[i]; i++)
        item[i] = (unsigned char)stage->item[i] < ' ' ? ' ' : stage->item[i];
    item[i] = 0;
    printf("  %s\n", item);
}

static void print_stage(const struct running_job *r, uint32_t index)
{
    struct stage_shm *stage = run_stage(r->run, index);
    uint32_t pid = atomic_load_explicit(&stage->pid, memory_order_relaxed);
    struct process_sample sample = {0};
    int there = !process_sample((pid_t)pid, &sample);

    print_name(r->run, index);
    printf(" %8" PRIu32 " %4" PRIu32 "  %-8s %8.1f %8.1f %8.2f %10" PRIu64 " %9.1f %9.1f", pid,
           atomic_load_explicit(&stage->gen, memory_order_relaxed),
           there ? state_word(sample.state) : "ended", (double)sample.rss_kib / 1024,
           (double)sample.pss_kib / 1024, (double)sample.cpu_ms / 1000,
           counter(&stage->counters.records), (double)counter(&stage->counters.bytes_in) / 1e6,
           (double)counter(&stage->counters.bytes_out) / 1e6);
    print_item(stage);
}

static void print_ring(const struct running_job *r, uint32_t ring)
{
    uint32_t workers = r->run->worker_count, filled, slots = r->run->slot_count, bar;
    uint64_t published, released;
    char from[24] = "reader", to[24] = "writer";

    ring_observe(run_ring(r->run, ring), &filled, &published, &released);
    if (filled > slots)
        filled = slots;
    if (ring > workers)
        snprintf(from, sizeof from, "worker %" PRIu32, ring - workers);
    else if (ring)
        snprintf(to, sizeof to, "worker %" PRIu32, ring);
    bar = slots ? (uint32_t)((uint64_t)filled * BAR_SHOWN / slots) : 0;
    printf("  %10s -> %-10s %4" PRIu32 " of %" PRIu32 " [%.*s%.*s] %12.1f MB through\n", from, to,
           filled, slots, (int)bar, "################", (int)(BAR_SHOWN - bar), "................",
           (double)released / 1e6);
}

static int show(void *context, const struct running_job *r)
{
    struct ps *ps = context;
    const char *command = job_get(r->job, "command");
    uint32_t i;

    if (!is_asked_for(ps, r->job))
        return 0;
    printf("%s%s: %s, process %d, for ", ps->shown++ ? "\n" : "", main_file(r->job),
           command ? command : "create", (int)r->pid);
    print_duration(r->elapsed_s);
    printf(", %" PRIu32 " worker%s\n", r->run->worker_count, r->run->worker_count == 1 ? "" : "s");
    print_progress(r);
    printf("\n  %-15s %8s %4s  %-8s %8s %8s %8s %10s %9s %9s  %s\n", "stage", "pid", "gen", "state",
           "RSS MiB", "PSS MiB", "CPU s", "segments", "in MB", "out MB", "at");
    for (i = 0; i < r->run->worker_count + 2; i++)
        print_stage(r, i);
    putchar('\n');
    for (i = 0; i < 2 * r->run->worker_count + 1; i++)
        print_ring(r, i);
    return 0;
}

int command_ps(int argc, char **argv)
{
    static const struct option_entry entries[] = {{0}};
    const struct command_line line = {
        .synopsis = "[ARCHIVE.agc ...]",
        .summary = "Shows the runs that are going on, all of them or those of the archives named.",
        .notes = "Only runs of the same user on this machine are seen. Nothing is changed.\n",
        .entries = entries,
    };
    struct ps ps = {0};
    int first, status = options_parse(&line, argc, argv, &first);

    if (status == OPTIONS_HELP)
        options_help(&line, argv[0], stdout);
    if (status)
        return status == OPTIONS_HELP ? 0 : status;
    ps.names = argv + first;
    ps.count = argc - first;
    status = running_jobs(show, &ps);
    if (!status && !ps.shown && ps.count)
        return error_set(ERROR_NOT_FOUND, "no run for %s%s", ps.names[0],
                         ps.count > 1 ? " or the others" : "");
    if (!status && !ps.shown)
        puts("nothing is running");
    return status;
}
