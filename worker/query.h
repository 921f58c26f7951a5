/*
 * A worker in query mode: wanted pieces of segments in, letters out (messages.h).
 */
#ifndef WORKER_QUERY_H
#define WORKER_QUERY_H

#include "ipc/stage.h"

/* Runs to the end of input. 0 or a code; messages are set. */
int worker_query(struct stage *stage);

#endif
