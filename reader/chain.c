/*
 * The chaining program; see chain.h for what it maximises.
 *
 * nodes[] holds the hits not yet forgotten; node i has the number first + i. Each knows its
 * predecessor on the best way that ends in it, by number; a predecessor that is forgotten ends the
 * walk back. Tracks hold the last node of the diagonals seen lately; a hit is joined to the best
 * of them or starts one. Scores are relative to the contig's start and only compared.
 */
#include "reader/chain.h"

#include "common/error.h"
#include "reader/sampler.h"

#include <stdlib.h>
#include <string.h>

struct node {
    struct hit hit;
    int64_t score;
    uint64_t before; /* number of the predecessor, or NO_NODE */
};

struct chain {
    struct node *nodes;
    size_t count, capacity;
    uint64_t first;   /* number of nodes[0] */
    uint64_t best;    /* number of the node of highest score, or NO_NODE */
    int64_t best_score;
    struct node tracks[CHAIN_TRACKS]; /* copies; `before` is the node's own number here */
    unsigned track_count;
    unsigned last_track;
};

#define NO_NODE UINT64_MAX

int chain_create(struct chain **out)
{
    struct chain *chain = calloc(1, sizeof *chain);

    if (!chain)
        return error_set(ERROR_MEMORY, "out of memory for chaining");
    *out = chain;
    return 0;
}

void chain_free(struct chain *chain)
{
    if (!chain)
        return;
    free(chain->nodes);
    free(chain);
}

void chain_start(struct chain *chain)
{
    chain->count = 0;
    chain->first = 0;
    chain->best = NO_NODE;
    chain->best_score = 0;
    chain->track_count = 0;
    chain->last_track = 0;
}

/* Bases that a step from one hit to the next along a diagonal earns, or -1 if it is no such step. */
static int64_t step_gain(const struct hit *from, const struct hit *to)
{
    uint64_t step = to->position - from->position;
    uint64_t along = to->reverse ? from->coordinate - to->coordinate
                                 : to->coordinate - from->coordinate;
    uint64_t drift = step > along ? step - along : along - step;
    uint64_t both = step < along ? step : along;

    if (from->reverse != to->reverse || step > CHAIN_STEP_MAX || drift > CHAIN_DRIFT_MAX ||
        along > CHAIN_STEP_MAX + CHAIN_DRIFT_MAX || along == 0)
        return -1;
    if (both > CHAIN_NEAR)
        both = CHAIN_NEAR + (both - CHAIN_NEAR) / 4;
    if (drift)
        both = both > 8 ? both - 8 : 0;
    return (int64_t)both;
}

static int append_node(struct chain *chain, const struct node *node)
{
    if (chain->count == chain->capacity) {
        size_t wanted = chain->capacity * 2 + 1024;
        struct node *grown = realloc(chain->nodes, wanted * sizeof *grown);

        if (!grown)
            return error_set(ERROR_MEMORY, "out of memory for %zu hits of a contig", wanted);
        chain->nodes = grown;
        chain->capacity = wanted;
    }
    chain->nodes[chain->count++] = *node;
    return 0;
}

/* The track that gives the hit the highest score, or CHAIN_TRACKS if a new start is better. */
static unsigned best_track(struct chain *chain, const struct hit *hit, int64_t *score)
{
    unsigned chosen = CHAIN_TRACKS, i;

    *score = chain->best == NO_NODE ? 0 : chain->best_score - CHAIN_SWITCH;
    if (*score < 0)
        *score = 0;
    for (i = 0; i < chain->track_count; i++) {
        int64_t gain = step_gain(&chain->tracks[i].hit, hit);

        if (gain >= 0 && chain->tracks[i].score + gain > *score) {
            *score = chain->tracks[i].score + gain;
            chosen = i;
        }
    }
    return chosen;
}

/* A place for a hit that continues no track: a free one, or that of the track seen longest ago. */
static unsigned track_to_replace(struct chain *chain, const struct hit *hit)
{
    unsigned oldest = 0, i;

    for (i = 0; i < chain->track_count; i++)
        if (step_gain(&chain->tracks[i].hit, hit) >= 0)
            return i;
    if (chain->track_count < CHAIN_TRACKS)
        return chain->track_count++;
    for (i = 1; i < CHAIN_TRACKS; i++)
        if (chain->tracks[i].hit.position < chain->tracks[oldest].hit.position)
            oldest = i;
    return oldest;
}

int chain_push(struct chain *chain, const struct hit *hit)
{
    struct node node = {.hit = *hit, .before = NO_NODE};
    uint64_t number = chain->first + chain->count;
    struct node *last = &chain->tracks[chain->last_track];
    int64_t gain = chain->track_count ? step_gain(&last->hit, hit) : -1;
    unsigned track;
    int code;

    if (gain >= 0 && last->before == chain->best) {
        /* The usual case: one more hit on the best diagonal. */
        track = chain->last_track;
        node.score = last->score + gain;
        node.before = last->before;
    } else {
        track = best_track(chain, hit, &node.score);
        if (track == CHAIN_TRACKS) {
            node.before = node.score > 0 ? chain->best : NO_NODE;
            track = track_to_replace(chain, hit);
        } else {
            node.before = chain->tracks[track].before;
        }
    }
    code = append_node(chain, &node);
    if (code)
        return code;
    chain->tracks[track] = node;
    chain->tracks[track].before = number;
    chain->last_track = track;
    if (chain->best == NO_NODE || node.score >= chain->best_score) {
        chain->best = number;
        chain->best_score = node.score;
    }
    return 0;
}

/* Forgets the nodes below position `below`; the way to the best node is cut there. */
static void forget(struct chain *chain, uint64_t below)
{
    size_t gone = 0;

    while (gone < chain->count && chain->nodes[gone].hit.position < below)
        gone++;
    if (!gone)
        return;
    chain->count -= gone;
    chain->first += gone;
    memmove(chain->nodes, chain->nodes + gone, chain->count * sizeof *chain->nodes);
}

int chain_commit(struct chain *chain, uint64_t below,
                 int (*visit)(void *context, const struct hit *hit), void *context)
{
    uint64_t at = chain->best, after = NO_NODE, before;
    int code = 0;

    if (at == NO_NODE || at < chain->first) {
        forget(chain, below);
        return 0;
    }
    /* Turn the links of the best way round, so that it can be walked from its start. The nodes
     * that stay get theirs back on the way. */
    while (at != NO_NODE && at >= chain->first) {
        struct node *node = &chain->nodes[at - chain->first];

        before = node->before;
        node->before = after;
        after = at;
        at = before;
    }
    before = at;
    at = after;
    while (at != NO_NODE) {
        struct node *node = &chain->nodes[at - chain->first];

        after = node->before;
        node->before = before;
        before = at;
        if (!code && node->hit.position < below)
            code = visit(context, &node->hit);
        at = after;
    }
    forget(chain, below);
    return code;
}
