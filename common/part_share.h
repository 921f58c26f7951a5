/*
 * Decoded references and packs that many threads share.
 *
 * A part is decoded outside the lock; two threads that miss the same one may both decode it, and
 * one result is kept. A held part stays where it is until it is given back. Idle decoders (a zstd
 * context and a buffer each) are kept for the next miss, up to a few.
 */
#ifndef COMMON_PART_SHARE_H
#define COMMON_PART_SHARE_H

#include "common/catalog.h"
#include "common/member_cache.h"

struct part_share;

/* catalog is borrowed. cache_bytes bounds the decoded parts; those in use come on top. */
int part_share_create(struct part_share **share, struct catalog *catalog, size_t cache_bytes);
void part_share_free(struct part_share *share);

/* number: of the pack, or MEMBER_CACHE_REFERENCE. Held until part_share_release(). */
int part_share_hold(struct part_share *share, uint32_t group, uint32_t number,
                    struct member_item **item);
void part_share_release(struct part_share *share, struct member_item *item); /* NULL: nothing */

#endif
