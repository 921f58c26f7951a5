/*
 * The reader in a `verify`: every part is read and compared with its check, then everything that
 * the archive holds is wanted, damage notwithstanding.
 *
 * Segments are wanted whole, so that the writer can compare where neighbours overlap. What cannot
 * be read of the collection is told to the writer as MESSAGE_LOST; the walk goes on with the next
 * batch of samples.
 */
#ifndef READER_VERIFY_PLAN_H
#define READER_VERIFY_PLAN_H

#include "reader/route.h"

struct archive;

int verify_plan(struct route *route, struct stage *stage, struct archive *archive);

#endif
