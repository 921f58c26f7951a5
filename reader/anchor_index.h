/*
 * The index of anchors of all references so far: 19-mer -> place.
 *
 * A place is a coordinate on the path of all references (see groups.h). Of a 19-mer that stands at
 * several places the first one entered counts. The number of entries is bounded: when it would pass
 * the limit, the level rises and the entries below it go (half of them), so what is in the index
 * follows from what was entered, in order, and from nothing else.
 *
 * A cache line holds five entries; the table is at most nine tenths full.
 */
#ifndef READER_ANCHOR_INDEX_H
#define READER_ANCHOR_INDEX_H

#include "reader/sampler.h"

#define ANCHOR_COORDINATE_MAX ((UINT64_C(1) << 40) - 1)

struct anchor_index;

struct anchor_place {
    uint64_t coordinate; /* of the 19-mer's first symbol on the path */
    uint8_t reverse;     /* strand of the canonical form on the path */
};

struct anchor_entry {
    uint64_t hash;
    uint64_t coordinate;
    uint8_t reverse;
};

/* slots_max bounds the table, at 12.8 bytes a slot. */
int anchor_index_create(struct anchor_index **index, size_t slots_max);
void anchor_index_free(struct anchor_index *index);

/* Raises the bound; never lowers it. */
void anchor_index_allow(struct anchor_index *index, size_t slots_max);

/* Anchors below this level are neither kept nor found: no need to ask for them. */
unsigned anchor_index_level(const struct anchor_index *index);

/* Most entries that the index may hold. */
size_t anchor_index_limit(const struct anchor_index *index);

/* Enters an anchor unless its 19-mer is there already. Anchors below the level are ignored, as are
 * coordinates above ANCHOR_COORDINATE_MAX. */
int anchor_index_insert(struct anchor_index *index, const struct anchor_entry *entry);

/* Anchors that enter from now on are not found until anchor_index_show(). Their coordinates must be
 * above those of all that entered before. They take part in everything else: the bound, the level. */
void anchor_index_hide(struct anchor_index *index);
void anchor_index_show(struct anchor_index *index);

void anchor_index_prefetch(const struct anchor_index *index, uint64_t hash);
/* 1 and *place if found, else 0. */
int anchor_index_find(const struct anchor_index *index, uint64_t hash, struct anchor_place *place);

size_t anchor_index_count(const struct anchor_index *index);

#endif
