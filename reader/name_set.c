#include "reader/name_set.h"

#include "common/error.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

void name_set_clear(struct name_set *set)
{
    if (set->count)
        memset(set->slots, 0, set->slot_count * sizeof *set->slots);
    set->count = 0;
}

void name_set_free(struct name_set *set)
{
    free(set->slots);
    *set = (struct name_set){0};
}

static size_t probe(const struct name_set *set, uint64_t hash)
{
    size_t at = (size_t)hash & (set->slot_count - 1);

    while (set->slots[at] && set->slots[at] != hash)
        at = (at + 1) & (set->slot_count - 1);
    return at;
}

static int grow(struct name_set *set)
{
    struct name_set larger = {.slot_count = set->slot_count ? set->slot_count * 2 : 256};
    size_t i;

    larger.slots = calloc(larger.slot_count, sizeof *larger.slots);
    if (!larger.slots)
        return error_set(ERROR_MEMORY, "out of memory for %zu contig names", larger.slot_count);
    for (i = 0; i < set->slot_count; i++)
        if (set->slots[i])
            larger.slots[probe(&larger, set->slots[i])] = set->slots[i];
    larger.count = set->count;
    free(set->slots);
    *set = larger;
    return 0;
}

uint64_t name_set_hash(const char *name, size_t length)
{
    return XXH3_64bits(name, length) | 1;
}

int name_set_add(struct name_set *set, const char *name, size_t length, int *known)
{
    return name_set_add_hash(set, name_set_hash(name, length), known);
}

int name_set_add_hash(struct name_set *set, uint64_t hash, int *known)
{
    size_t at;
    int code;

    if (set->count >= set->slot_count / 4 * 3) {
        code = grow(set);
        if (code)
            return code;
    }
    at = probe(set, hash);
    *known = set->slots[at] == hash;
    if (!*known) {
        set->slots[at] = hash;
        set->count++;
    }
    return 0;
}
