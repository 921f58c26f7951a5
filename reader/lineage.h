/*
 * When a lineage deserves references of its own.
 *
 * A member far from its group's reference costs about as many bytes as it has differences, and so
 * will every member of its kind that is still to come; a second reference costs a quarter of a byte
 * a symbol, once. So it matters how many of its kind are to come: the *mates* of a sample are the
 * later inputs that are nearer to it than to all references so far. They are counted only when a
 * sample turns out to be far, by a look at the beginning of some later inputs.
 *
 * Integer arithmetic throughout: the decision must be the same on every machine.
 */
#ifndef READER_LINEAGE_H
#define READER_LINEAGE_H

#include "reader/anchor_index.h"
#include "reader/fasta.h"

enum {
    LINEAGE_LOOK_AHEAD = 32,             /* later inputs that are looked at */
    LINEAGE_LOOK_SYMBOLS = 256 * 1024,   /* of each */
    LINEAGE_LENGTH_MIN = 1000,           /* symbols of a piece that may become a reference */
};

/* Differences per 1024 symbols of a piece, from how many of its anchors some reference has. */
unsigned lineage_distance(size_t known, size_t asked);

/* 1 if a piece of that distance had better become a reference, given mates to come. */
int lineage_pays(unsigned distance, unsigned mates);

/* 1 if so much of what a sample has mapped so far is far that its mates are worth a look: single far
 * pieces are found in every genome. */
int lineage_is_sample_far(uint64_t far_symbols, uint64_t mapped_symbols);

/* Opens input number i, or a later one; the caller's. */
struct lineage_inputs {
    void *context;
    size_t count;
    int (*open)(void *context, size_t i, struct fasta **fasta);
};

/* Counts the mates of input i. Reads all of it, and the beginnings of LINEAGE_LOOK_AHEAD later ones;
 * one that cannot be read is no mate (its error comes in its turn). Memory: under 1 MiB. */
int lineage_count_mates(const struct lineage_inputs *inputs, size_t i,
                        const struct anchor_index *index, unsigned *mates);

#endif
