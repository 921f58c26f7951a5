/*
 * LZ-diff: a segment as edits of its group's reference (spec section 7; Deorowicz, Danek, Li,
 * "AGC: compact representation of assembled genomes with fast queries and updates", 2023).
 *
 * Sequences are symbol codes (0..15), one a byte. A delta is text (tokens of section 7) without the
 * pack separator. The parse is ours; decoding is fixed by the format. Encoding is deterministic: it
 * depends on reference, query and min_match alone.
 */
#ifndef COMMON_LZDIFF_H
#define COMMON_LZDIFF_H

#include "common/bytes.h"

enum lzdiff_version {
    LZDIFF_V1 = 1, /* format 1.x: no '!', a match always has its length */
    LZDIFF_V2 = 2, /* formats 2.x and 3.0 */
};

/* Hash index over a reference. Opaque; memory is bounded by lzdiff_index_bytes(). */
struct lzdiff_index;

/* Upper bound of the heap that an index for a reference of length symbols takes. */
size_t lzdiff_index_bytes(size_t length);

/* The heap that an index holds now; 0 for NULL. */
size_t lzdiff_index_held_bytes(const struct lzdiff_index *index);

/* Creates an index, or rebuilds *index in place for another reference (memory is reused). The
 * reference is borrowed and must outlive the use of the index. The hash table may be built lazily,
 * when the diagonal alone does not explain a query. 0 or ERROR_MEMORY. */
int lzdiff_index_set(struct lzdiff_index **index, const uint8_t *reference, size_t length,
                     unsigned min_match);
void lzdiff_index_free(struct lzdiff_index *index);

/* Frees the hash table; it is built anew when needed. */
void lzdiff_index_drop(struct lzdiff_index *index);

/* Appends the delta of query to out. An empty result means "equals the reference" (the caller then
 * uses member 0). 0 or ERROR_MEMORY. */
int lzdiff_encode(struct lzdiff_index *index, const uint8_t *query, size_t length,
                  struct bytes *out);

/* Decodes delta into out[0..capacity); sets *length. Checks every number: ERROR_FORMAT for any
 * violation of section 7 or if the result is longer than capacity. */
int lzdiff_decode(const uint8_t *reference, size_t reference_length, const uint8_t *delta,
                  size_t delta_length, unsigned min_match, enum lzdiff_version version,
                  uint8_t *out, size_t capacity, size_t *length);

/* Decodes symbols first .. first + count of a segment of segment_length symbols into out[0..count);
 * the range lies in the segment. Decoding stops behind the range: what comes after is not looked at,
 * and the delta's length is checked only if the range goes to the segment's end. */
int lzdiff_decode_range(const uint8_t *reference, size_t reference_length, const uint8_t *delta,
                        size_t delta_length, unsigned min_match, enum lzdiff_version version,
                        size_t segment_length, size_t first, size_t count, uint8_t *out);

#endif
