/*
 * Waiting for the other end of a ring and waking it. Private to the ring; PROTOCOL.md has the
 * transitions [W1] to [W5] and why no wake-up is lost.
 */
#ifndef IPC_RING_WAIT_H
#define IPC_RING_WAIT_H

#include "ipc/ring_shm.h"

/* Returns 0 when *counter is no longer stuck, or the code of an owner's function. Adds to *waits
 * and *wait_ns if it had to sleep. */
int ring_wait_until_moved(const struct ring_wait_ops *wait, struct ring_event_shm *event,
                          _Atomic uint64_t *counter, uint64_t stuck, uint64_t *waits,
                          uint64_t *wait_ns);

/* Wakes the other side if it waits; the counter was stored before with seq_cst. */
void ring_bell(const struct ring_wait_ops *wait, struct ring_event_shm *event);

#endif
