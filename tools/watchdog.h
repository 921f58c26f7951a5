/*
 * The watchdog: is a stage that gets nowhere merely waiting, or does it hang?
 *
 * Pure: the supervisor looks at each stage now and then and hands in what it saw; the answer is a
 * matter of those values alone. A stage hangs when, for limit_ms without a break,
 *   - it won nothing (no byte taken or published on its rings),
 *   - it had input to take and room to put output, and
 *   - it used no processor time to speak of.
 * So a stage that waits for another is never suspected, nor one that works long at one segment. One
 * that is stopped (SIGSTOP, a debugger) looks like one that hangs: it is left alone for limit_ms. A
 * wait in a ring ends every RING_WAIT_MS, so a stage there shows switches: where it cannot be told
 * which ring a stage waits for (the writer, with some rings empty), only one that shows not even those
 * is taken to hang.
 *
 * If the looks are far apart (the supervisor was stopped itself, the machine slept), the time between
 * them counts for nothing.
 */
#ifndef TOOLS_WATCHDOG_H
#define TOOLS_WATCHDOG_H

#include <stdint.h>

enum { WATCHDOG_GAP_MS = 5000 };

struct watchdog_look {
    int64_t now_ms;
    uint64_t progress;  /* never gets less */
    uint64_t cpu_ms;    /* used so far */
    uint64_t switches;  /* times that it gave up the processor by itself */
    int input;          /* some input is there, or it needs none */
    int all_input;      /* every ring that it reads has some */
    int room;           /* output can be put */
    int outside;        /* it waits for something outside of the run, and says so */
};

struct watchdog {
    struct watchdog_look before; /* the look before */
    struct watchdog_look since;  /* the look with which the quiet began */
    int frozen;                  /* no switches since then */
    int any;
};

enum watchdog_finding { WATCHDOG_FINE = 0, WATCHDOG_HANGS };

/* limit_ms 0: never. */
enum watchdog_finding watchdog_see(struct watchdog *watchdog, const struct watchdog_look *look,
                                   int64_t limit_ms);

/* A new incarnation. */
void watchdog_reset(struct watchdog *watchdog);

#endif
