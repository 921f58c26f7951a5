/*
 * Fault points (fault.h): the list in AGC_FAULT is read at the first visit and kept.
 *
 * Not thread-safe: only tests of single-threaded processes use it. What cannot be understood in the
 * list is left out; the test that wrote it sees that nobody died.
 */
#include "ipc/fault.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FAULTS_MAX = 8, ANY = -1 };

struct fault {
    char name[48];
    unsigned long count, visits;
    long stage, gen;
};

static struct fault faults[FAULTS_MAX];
static int fault_count = -1;
static long own_stage = ANY, own_gen = ANY;

static long number_or_any(const char *text)
{
    return text && *text && strcmp(text, "*") != 0 ? strtol(text, NULL, 10) : ANY;
}

static void parse_entry(char *entry)
{
    char *rest = entry, *name = strsep(&rest, ":"), *count = strsep(&rest, ":");
    char *stage = strsep(&rest, ":"), *gen = strsep(&rest, ":");
    struct fault *f = &faults[fault_count];

    if (!count || strlen(name) >= sizeof f->name || fault_count == FAULTS_MAX)
        return;
    strcpy(f->name, name);
    f->count = strtoul(count, NULL, 10);
    f->visits = 0;
    f->stage = number_or_any(stage);
    f->gen = number_or_any(gen);
    fault_count++;
}

static void parse_faults(void)
{
    const char *list = getenv("AGC_FAULT");
    char *copy = list ? strdup(list) : NULL, *rest = copy, *entry;

    fault_count = 0;
    while ((entry = strsep(&rest, ",")) != NULL && fault_count < FAULTS_MAX)
        parse_entry(entry);
    free(copy);
}

int fault_is_here(const char *name)
{
    int i, here = 0;

    if (fault_count < 0)
        parse_faults();
    for (i = 0; i < fault_count; i++) {
        struct fault *f = &faults[i];

        if (strcmp(f->name, name) != 0 || (f->stage != ANY && f->stage != own_stage) ||
            (f->gen != ANY && f->gen != own_gen))
            continue;
        here |= ++f->visits == f->count;
    }
    return here;
}

void fault_die(void)
{
    const char *number = getenv("AGC_FAULT_SIGNAL");

    kill(getpid(), number && atoi(number) > 0 ? atoi(number) : SIGKILL);
    for (;;)
        pause();
}

void fault_hit(const char *name)
{
    if (fault_is_here(name))
        fault_die();
}

void fault_set_stage(uint32_t stage, uint32_t gen)
{
    own_stage = (long)stage;
    own_gen = (long)gen;
}
