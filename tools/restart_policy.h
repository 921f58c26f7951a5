/*
 * What follows from the end of a stage.
 *
 *   end of the stage          what the supervisor does            who has told the user
 *   done                      goes on                             nobody need
 *   done, the writer          the run is done                     nobody need
 *   verdict                   ends the run                        the stage
 *   closed pipe               ends the run                        nobody: it is no fault
 *   crash, unknown status,    starts the stage again, after a     the supervisor
 *   stopped unasked           pause that grows; or finds poison
 *   the same, in a query's    ends the run: what standard output  the supervisor
 *   writer                    took cannot be taken back
 *
 * A verdict would only be repeated by a new incarnation, so it is never a reason to start one.
 *
 * Poison: the stage's own fault (SEGV, BUS, ABRT, ILL, FPE, SYS, TRAP, or a status that means nothing)
 * RESTART_FAULTS_MAX times at the same segment; or RESTART_DEATHS_MAX deaths of any kind with nothing
 * won in between. Progress is what can be seen from outside: the bytes that the stage has released
 * and published on its rings. It resets the second count and the pause, a fault at another segment the
 * first one: a stage that settles accounts in batches may get on a little before it dies at the same
 * segment again.
 */
#ifndef TOOLS_RESTART_POLICY_H
#define TOOLS_RESTART_POLICY_H

#include "tools/stage_table.h"

enum {
    RESTART_FAULTS_MAX = 3,
    RESTART_DEATHS_MAX = 20,
    RESTART_PAUSE_MS = 20, /* after the second death; doubled after each */
    RESTART_PAUSE_MAX_MS = 2000,
};

enum restart_choice {
    RESTART_GO_ON,        /* nothing to do */
    RESTART_RUN_DONE,     /* the run has its result */
    RESTART_AGAIN,        /* start the stage again after *pause_ms */
    RESTART_POISON,       /* end the run: it would die again */
    RESTART_END,          /* end the run; the stage has said why */
    RESTART_END_QUIETLY,  /* end the run; there is nothing to say */
    RESTART_END_AND_TELL, /* end the run and say what happened */
};

/* What is remembered of a stage; zeros at the start. */
struct restart_history {
    uint64_t fault_seq;     /* segment of the last fault of its own */
    uint32_t faults;        /* of its own, in a row at fault_seq */
    uint32_t deaths;        /* since it last got on */
    uint64_t progress;      /* as it stood at the last death */
    uint32_t restarts;      /* in all */
};

struct restart_case {
    int wait_status;
    int is_writer, is_query;
    uint64_t seq;      /* the segment at work */
    uint64_t progress; /* never gets less */
};

enum restart_choice restart_decide(struct restart_history *history, const struct restart_case *end,
                                   uint32_t *pause_ms);

#endif
