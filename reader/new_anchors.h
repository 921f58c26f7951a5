/*
 * Anchors of references born in this sample, waiting to enter the index.
 *
 * Bounded like the index: when there are more than it may hold, the ones of the lowest level go. What
 * enters follows from what was added, in order. An anchor that was added several times counts as often
 * here, so a sample with long repeats is thinned out more than the index itself would be.
 */
#ifndef READER_NEW_ANCHORS_H
#define READER_NEW_ANCHORS_H

#include "reader/anchor_index.h"

struct new_anchors {
    struct anchor_entry *entries;
    size_t count, capacity;
    unsigned level;
};

int new_anchors_add(struct new_anchors *waiting, const struct anchor_index *index,
                    const struct anchor_entry *entry);

/* Enters all in order, and forgets them. */
int new_anchors_settle(struct new_anchors *waiting, struct anchor_index *index);

void new_anchors_free(struct new_anchors *waiting);

#endif
