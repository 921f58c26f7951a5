/*
 * Writing the tokens of a delta (spec section 7; private to LZ-diff).
 */
#ifndef COMMON_LZDIFF_TOKENS_H
#define COMMON_LZDIFF_TOKENS_H

#include "common/bytes.h"

enum { LZDIFF_N = 4, LZDIFF_N_RUN_MIN = 4 };

/* Literals query[0..count), with the reference symbols beside them: reference[0..reference_count),
 * which may be fewer. Each is written as '!' or as its letter, whichever suits the stretch. */
int lzdiff_put_literals(struct bytes *out, const uint8_t *query, size_t count,
                        const uint8_t *reference, size_t reference_count);

/* length - min_match, or to_end. */
int lzdiff_put_match(struct bytes *out, int64_t distance, size_t length_coded, int to_end);

int lzdiff_put_run(struct bytes *out, size_t count);

#endif
