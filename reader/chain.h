/*
 * Chaining: of the hits of a contig's anchors on the path of references, which ones belong together.
 *
 * A dynamic program over the hits in contig order finds the way of highest score through them: a
 * step along one diagonal earns the bases it explains (fewer where anchors are far apart), a switch
 * to another place costs CHAIN_SWITCH bases. (Colinear chaining as in: Li, "Minimap2", 2018; but
 * with switches, so that one way covers the contig.) The way is decided as a stream: chain_commit()
 * hands out the hits on the best way up to a position, and forgets them.
 *
 * What comes out depends on the pushed hits and the positions of the commits alone.
 */
#ifndef READER_CHAIN_H
#define READER_CHAIN_H

#include <stddef.h>
#include <stdint.h>

enum {
    CHAIN_SWITCH = 200,     /* bases that a switch must earn back */
    CHAIN_NEAR = 96,        /* steps up to here earn in full; a quarter beyond */
    CHAIN_STEP_MAX = 4096,  /* a longer step between hits is no step along a diagonal */
    CHAIN_DRIFT_MAX = 2048, /* nor is one with more inserted or deleted */
    CHAIN_TRACKS = 16,      /* diagonals followed at a time */
};

struct hit {
    uint64_t position;   /* in the contig, of the anchor's first symbol */
    uint64_t coordinate; /* on the path, of the anchor's first symbol */
    uint8_t reverse;     /* 1: contig and path read in opposite directions */
};

struct chain;

int chain_create(struct chain **chain);
void chain_free(struct chain *chain);

/* Begins a contig. */
void chain_start(struct chain *chain);

/* Positions ascend. */
int chain_push(struct chain *chain, const struct hit *hit);

/* Hands out, in order, the hits on the best way whose position is below `below`, and forgets all
 * hits below it. visit's first non-zero result ends it. */
int chain_commit(struct chain *chain, uint64_t below,
                 int (*visit)(void *context, const struct hit *hit), void *context);

#endif
