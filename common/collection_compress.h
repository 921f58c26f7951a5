/*
 * zstd for the collection's streams: strong, but in bounded memory, and deterministic.
 *
 * Level 19 with windowLog and chainLog at most 20 and hashLog at most 19: less than 10 MB, taken
 * once and only by long lists. The parameters follow from the payload's size alone. Private to the
 * collection encoder.
 */
#ifndef COMMON_COLLECTION_COMPRESS_H
#define COMMON_COLLECTION_COMPRESS_H

#include "common/collection_spool.h"

struct collection_compressor;

int collection_compressor_create(struct collection_compressor **compressor);
void collection_compressor_free(struct collection_compressor *compressor);

/* Appends one zstd frame of everything in raw to packed; *frame_bytes is its size. */
int collection_compress_spool(struct collection_compressor *compressor, const struct spool *raw,
                              struct spool *packed, uint64_t *frame_bytes);

#endif
