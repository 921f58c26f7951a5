/*
 * Payloads of `r` and `d` parts (spec section 6): zstd frame + marker byte, tuples for references.
 *
 * One codec holds one zstd compression and one decompression context, reused for every call; its
 * memory is bounded (windowLog and chainLog at most 20, hashLog at most 19 for compression). The
 * parameters follow from the payload's size, its kind and the effort alone, so equal payloads give
 * equal bytes wherever they are made. Not thread-safe: one codec per thread.
 */
#ifndef COMMON_PART_CODEC_H
#define COMMON_PART_CODEC_H

#include "common/bytes.h"

struct part_codec;

enum part_effort { PART_EFFORT_FAST, PART_EFFORT_DEFAULT, PART_EFFORT_BEST };

int part_codec_create(struct part_codec **codec, enum part_effort effort);
void part_codec_free(struct part_codec *codec);

/* Heap that it holds: contexts grow with the largest payload so far. */
size_t part_codec_held_bytes(const struct part_codec *codec);

/* Appends the stored form of a reference (symbol codes) to out; *metadata is what stands before the
 * data in the part (0 = stored as it is). Tuples, or plain where the reference is repetitive. */
int part_encode_reference(struct part_codec *codec, const uint8_t *codes, size_t length,
                          struct bytes *out, uint64_t *metadata);

/* Appends the stored form of a pack (entries with their separators). */
int part_encode_pack(struct part_codec *codec, const uint8_t *pack, size_t length,
                     struct bytes *out, uint64_t *metadata);

/* Decodes the data of a part of either kind into out (replaced, not appended). limit bounds the
 * decoded size: more is ERROR_FORMAT before any large allocation. */
int part_decode(struct part_codec *codec, const uint8_t *data, size_t length, uint64_t metadata,
                size_t limit, struct bytes *out);

#endif
