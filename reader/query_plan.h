/*
 * The reader's part of getcol and getset: which segments of which groups are wanted, in order.
 *
 * Samples asked for by name are looked up before anything is put out; one that is not there ends
 * the query with ERROR_NOT_FOUND.
 */
#ifndef READER_QUERY_PLAN_H
#define READER_QUERY_PLAN_H

#include "ipc/stage.h"

int reader_query(struct stage *stage);

#endif
