/*
 * Members of groups as symbol codes, through a bounded cache of decoded references and packs.
 *
 * cache_bytes bounds what is kept between calls; what one call needs (one reference, one pack, one
 * segment) comes on top only if it does not fit. One decoder per thread; it borrows the archive.
 */
#ifndef COMMON_MEMBER_DECODER_H
#define COMMON_MEMBER_DECODER_H

#include "common/archive.h"

struct member_decoder;

int member_decoder_create(struct member_decoder **decoder, struct archive *archive,
                          size_t cache_bytes);
void member_decoder_free(struct member_decoder *decoder);

/* Decodes a segment in its input orientation (reverse complement applied): codes is borrowed until
 * the next call, *codes has segment->length symbols. A member whose length differs from
 * segment->length is ERROR_FORMAT naming group and member. */
int member_decoder_segment(struct member_decoder *decoder, const struct archive_segment *segment,
                           const uint8_t **codes);

void member_decoder_counts(const struct member_decoder *decoder, uint64_t *hits, uint64_t *misses);

#endif
