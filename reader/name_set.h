/*
 * The short names of one sample's contigs, to notice equal ones: 8 bytes a name (a 64-bit hash).
 */
#ifndef READER_NAME_SET_H
#define READER_NAME_SET_H

#include <stddef.h>
#include <stdint.h>

struct name_set {
    uint64_t *slots; /* 0: empty */
    size_t slot_count, count;
};

void name_set_clear(struct name_set *set);
void name_set_free(struct name_set *set);

/* What stands for a name; never 0. */
uint64_t name_set_hash(const char *name, size_t length);
int name_set_add_hash(struct name_set *set, uint64_t hash, int *known);

/* *known = 1 if the name was there already. */
int name_set_add(struct name_set *set, const char *name, size_t length, int *known);

#endif
