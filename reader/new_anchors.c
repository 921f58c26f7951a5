#include "reader/new_anchors.h"

#include "common/error.h"

#include <stdlib.h>

static void thin(struct new_anchors *waiting)
{
    size_t kept = 0, i;

    waiting->level++;
    for (i = 0; i < waiting->count; i++)
        if (anchor_level(waiting->entries[i].hash) >= waiting->level)
            waiting->entries[kept++] = waiting->entries[i];
    waiting->count = kept;
}

int new_anchors_add(struct new_anchors *waiting, const struct anchor_index *index,
                    const struct anchor_entry *entry)
{
    struct anchor_entry *grown;
    size_t wanted;

    if (waiting->level < anchor_index_level(index))
        waiting->level = anchor_index_level(index);
    if (anchor_level(entry->hash) < waiting->level || entry->coordinate > ANCHOR_COORDINATE_MAX)
        return 0;
    if (waiting->count == waiting->capacity) {
        wanted = waiting->capacity + waiting->capacity / 2 + 256;
        grown = realloc(waiting->entries, wanted * sizeof *grown);
        if (!grown)
            return error_set(ERROR_MEMORY, "out of memory for %zu new anchors", wanted);
        waiting->entries = grown;
        waiting->capacity = wanted;
    }
    waiting->entries[waiting->count++] = *entry;
    while (waiting->count > anchor_index_limit(index))
        thin(waiting);
    return 0;
}

int new_anchors_settle(struct new_anchors *waiting, struct anchor_index *index)
{
    size_t i;
    int code;

    for (i = 0; i < waiting->count; i++) {
        code = anchor_index_insert(index, &waiting->entries[i]);
        if (code)
            return code;
    }
    waiting->count = 0;
    waiting->level = 0; /* what was thinned out says nothing of the next sample */
    return 0;
}

void new_anchors_free(struct new_anchors *waiting)
{
    free(waiting->entries);
    *waiting = (struct new_anchors){0};
}
