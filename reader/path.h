/*
 * The path: one coordinate axis on which everything lies that a contig can be compared with.
 *
 * An *interval* of the path is a reference of a group, whose anchors are in the index. References
 * that were cut from one stretch of a contig lie as they did in the contig (neighbours overlap by
 * k), so a chain of anchors can run over their borders; stretches are PATH_GAP apart. Coordinates
 * follow the orientation of the contig that a reference came from.
 */
#ifndef READER_PATH_H
#define READER_PATH_H

#include <stddef.h>
#include <stdint.h>

enum {
    PATH_GAP = 1 << 16,
    PATH_FIRST_GROUP = 16, /* groups below are raw */
};

#define PATH_NONE SIZE_MAX

struct interval {
    uint64_t start;    /* coordinate of the first symbol */
    uint32_t length;
    uint32_t group;    /* whose reference it is */
    uint8_t reversed;  /* the stored text runs against the coordinates */
};

struct path;

int path_create(struct path **path, unsigned k);
void path_free(struct path *path);

/* Number of the interval that holds coordinate (the later one, where two overlap), or PATH_NONE.
 * hint: an interval to try first. */
size_t path_find(const struct path *path, uint64_t coordinate, size_t hint);
const struct interval *path_interval(const struct path *path, size_t number);
size_t path_count(const struct path *path);

/* Where the next interval will lie: continues the last one if contiguous, else a gap further on. */
uint64_t path_next_start(const struct path *path, int contiguous);

/* Adds an interval; its start must be what path_next_start() said. */
int path_add(struct path *path, const struct interval *interval);

#endif
