/*
 * A worker in create mode: segments in, parts and placements out (messages.h).
 */
#ifndef WORKER_CREATE_H
#define WORKER_CREATE_H

#include "ipc/stage.h"

/* Runs to the end of input. 0 or a code; messages are set. */
int worker_create(struct stage *stage);

#endif
