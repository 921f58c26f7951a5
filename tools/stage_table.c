/*
 * The table of stages: see stage_table.h.
 */
#include "tools/stage_table.h"

#include "common/error.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>

static void entry_init(struct stage_entry *entry, uint32_t index, uint32_t worker_count)
{
    entry->index = index;
    if (index == 0)
        entry->program = "agc-reader";
    else if (index <= worker_count)
        entry->program = "agc-worker";
    else
        entry->program = "agc-writer";
    if (index >= 1 && index <= worker_count)
        snprintf(entry->name, sizeof entry->name, "%s %u", entry->program, index);
    else
        snprintf(entry->name, sizeof entry->name, "%s", entry->program);
}

int stage_table_create(struct stage_table *table, uint32_t worker_count)
{
    uint32_t i;

    *table = (struct stage_table){.count = worker_count + 2};
    table->entries = calloc(table->count, sizeof *table->entries);
    if (!table->entries)
        return error_set(ERROR_MEMORY, "no memory for a table of %u stages", table->count);
    for (i = 0; i < table->count; i++)
        entry_init(&table->entries[i], i, worker_count);
    return 0;
}

void stage_table_free(struct stage_table *table)
{
    free(table->entries);
    *table = (struct stage_table){0};
}

struct stage_entry *stage_table_find(struct stage_table *table, pid_t pid)
{
    uint32_t i;

    for (i = 0; i < table->count; i++)
        if (table->entries[i].state == STAGE_RUNNING && table->entries[i].pid == pid)
            return &table->entries[i];
    return NULL;
}

enum stage_end stage_end_classify(int wait_status)
{
    if (!WIFEXITED(wait_status))
        return STAGE_END_CRASHED;
    switch (WEXITSTATUS(wait_status)) {
    case EXIT_DONE:
        return STAGE_END_DONE;
    case EXIT_FAILED:
    case EXIT_USAGE:
    case EXIT_NO_SPACE:
        return STAGE_END_VERDICT;
    case EXIT_STOPPED:
        return STAGE_END_STOPPED;
    case EXIT_PIPE:
        return STAGE_END_PIPE;
    default:
        return STAGE_END_UNKNOWN;
    }
}

int stage_end_is_own_fault(int wait_status)
{
    if (WIFEXITED(wait_status))
        return stage_end_classify(wait_status) == STAGE_END_UNKNOWN;
    switch (WTERMSIG(wait_status)) {
    case SIGSEGV:
    case SIGBUS:
    case SIGABRT:
    case SIGILL:
    case SIGFPE:
    case SIGSYS:
    case SIGTRAP:
        return 1;
    default:
        return 0;
    }
}

void stage_usage_add(struct rusage *sum, const struct rusage *usage)
{
    long peak = sum->ru_maxrss > usage->ru_maxrss ? sum->ru_maxrss : usage->ru_maxrss;
    struct timeval user, system;

    timeradd(&sum->ru_utime, &usage->ru_utime, &user);
    timeradd(&sum->ru_stime, &usage->ru_stime, &system);
    *sum = *usage;
    sum->ru_utime = user;
    sum->ru_stime = system;
    sum->ru_maxrss = peak;
}

void stage_end_describe(int wait_status, char *out, size_t size)
{
    if (WIFSIGNALED(wait_status))
        snprintf(out, size, "was killed by signal %d (%s)", WTERMSIG(wait_status),
                 strsignal(WTERMSIG(wait_status)));
    else
        snprintf(out, size, "ended with status %d", WEXITSTATUS(wait_status));
}
