/*
 * Where the reader's decisions go: segments to the worker of their group, the spine to the writer.
 *
 * Gives every segment its seq. All rings of the reader are registered with the stage, so that what
 * is held back on any of them is published before the reader sleeps on one.
 */
#ifndef READER_ROUTE_H
#define READER_ROUTE_H

#include "common/checks.h"
#include "ipc/stage.h"
#include "reader/segmenter.h"

struct route;

/* How far the streams of ring 0 and of each worker's ring are known to their receivers: nothing may
 * be made from a later place. known has 1 + workers entries. Blocks until the receivers have told. */
int route_known(struct stage *stage, uint64_t *known);

/* places (1 + workers; NULL: from the beginning) and seq say where the streams are gone on with. */
int route_open(struct route **route, struct stage *stage, const struct stream_place *places,
               uint64_t seq);
void route_free(struct route *route);

int route_sample(struct route *route, const char *name, size_t length);
int route_contig(struct route *route, const char *name, size_t length);

/* What the contig's, then the sample's letters came to; after the last segment of either. */
int route_contig_check(struct route *route, uint32_t check);
int route_sample_check(struct route *route, const struct sample_check *check);

/* create: a decided segment. */
int route_segment(struct route *route, const struct segment *segment);

/* query: a segment wanted from the archive. */
int route_want(struct route *route, const struct message_want *want);

/* verify: the same, whole; its first `overlap` letters are those that its predecessor ends with. */
int route_want_overlapping(struct route *route, const struct message_want *want, uint32_t overlap);

/* verify: what is damaged, for people. */
int route_lost(struct route *route, const char *text);

/* create, at the end: the sorted splitters and rows. */
int route_splitters(struct route *route, const uint64_t *kmers, size_t count);
int route_pairs(struct route *route, const struct message_pair *pairs, size_t count);

/* END on every ring; group_count is 0 for a query. */
int route_end(struct route *route, uint32_t group_count);

/* Where all streams stand: 1 + workers places; and the seq of the next segment. */
void route_places(const struct route *route, struct stream_place *places);
uint64_t route_next_seq(const struct route *route);

#endif
