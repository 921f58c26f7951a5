/*
 * The table of groups, as the reader knows it: where each reference lies on the path.
 *
 * The *path* is one coordinate axis on which all references lie, in the order of their birth.
 * References that were cut from one stretch of a contig lie on it as they did in the contig
 * (neighbours overlap by k), so a chain of anchors can run along the path over their borders.
 * Stretches are kept PATH_GAP apart. Coordinates follow the contig's orientation; a reference may
 * be stored reversed (C++ AGC's append wants the smaller end k-mer first, spec section 9).
 *
 * Also keeps the splitters and the rows of segment-splitters, 8 and 24 bytes each.
 */
#ifndef READER_GROUPS_H
#define READER_GROUPS_H

#include "ipc/messages.h"

#include <stddef.h>

enum { PATH_GAP = 1 << 16 };

struct group {
    uint64_t start;   /* coordinate of the first symbol */
    uint32_t length;
    uint32_t stored_reversed;
};

struct groups;

int groups_create(struct groups **groups, unsigned k);
void groups_free(struct groups *groups);

/* Next group number; the first LZ group is 16. */
uint32_t groups_count(const struct groups *groups);
const struct group *groups_get(const struct groups *groups, uint32_t number);

/* The group whose reference holds coordinate (the last one, where two overlap), or 0 if none does.
 * hint: a group to try first. */
uint32_t groups_find(const struct groups *groups, uint64_t coordinate, uint32_t hint);

/* Where the next reference will lie: continues the last one if contiguous (its first k symbols are
 * the last one's last k), else a gap further on. */
uint64_t groups_next_start(const struct groups *groups, int contiguous);

/* Which ends of a new reference were cut at a k-mer that others may find again. */
struct reference_ends {
    int has_first, has_last;
};

/* Enters the reference codes[0..length) at start; decides its orientation, registers its splitters
 * and its row of segment-splitters. *number is its group. */
int groups_add(struct groups *groups, uint64_t start, const uint8_t *codes, uint32_t length,
               struct reference_ends ends, uint32_t *number);

/* Sorts and removes doubles; for the end of the input. Borrowed. The row (none, none) -> 0 is in. */
int groups_finish(struct groups *groups, const uint64_t **splitters, size_t *splitter_count,
                  const struct message_pair **pairs, size_t *pair_count);

#endif
