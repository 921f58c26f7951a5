/*
 * Sleeping on a word of shared memory and waking its sleepers, between processes.
 *
 * The futex is shared (not process-private): the word lies in a mapping that several processes
 * have at different addresses. Both calls may fail or return early for any reason; callers always
 * look at their condition again, so no result is given.
 */
#ifndef IPC_FUTEX_H
#define IPC_FUTEX_H

#include <stdint.h>

/* Sleeps while *word == expected, at most timeout_ms. */
void futex_sleep(void *context, uint32_t *word, uint32_t expected, int timeout_ms);

/* Wakes all who sleep on word. */
void futex_wake(void *context, uint32_t *word);

#endif
