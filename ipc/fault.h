/*
 * Named fault points: places between two steps where a test lets the process die.
 *
 * FAULT("name") compiles to nothing unless AGC_FAULTS is defined. With it, the environment variable
 * AGC_FAULT holds a list, joined by commas, of
 *
 *     name:count[:stage[:gen]]
 *
 * and the process ends by SIGKILL (or signal AGC_FAULT_SIGNAL, a number) the count-th time that it
 * comes to the point of that name. stage
 * is the stage's number (as in --stage) and gen its incarnation; `*` or nothing means any. A
 * process that has not told its stage (the supervisor, a test) matches only entries without a
 * stage.
 */
#ifndef IPC_FAULT_H
#define IPC_FAULT_H

#include <stdint.h>

#ifdef AGC_FAULTS
#define FAULT(name) fault_hit(name)
#define FAULT_HERE(name) fault_is_here(name)
#else
#define FAULT(name) ((void)0)
#define FAULT_HERE(name) 0
#endif

/* Counts a visit; dies if it is the one asked for. */
void fault_hit(const char *name);

/* Counts a visit; true if it is the one asked for: for points that must do half a step (a torn
 * write) before they die by fault_die(). */
int fault_is_here(const char *name);
void fault_die(void);

/* Says which stage and incarnation this process is. */
void fault_set_stage(uint32_t stage, uint32_t gen);

#endif
