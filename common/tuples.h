/*
 * Tuples: several small symbol codes in one byte (spec section 6), the form of references.
 *
 * 4 codes a byte where every code is below 4, 3 where below 6, 2 where below 16, else 1; the last
 * byte is a mark that says which, and how many codes the last data byte holds.
 */
#ifndef COMMON_TUPLES_H
#define COMMON_TUPLES_H

#include "common/bytes.h"

/* Appends the tuples of codes to out. 0 or ERROR_MEMORY. */
int tuples_encode(const uint8_t *codes, size_t length, struct bytes *out);

/* Decodes data into out[0..capacity); sets *length. ERROR_FORMAT for a mark that is none, or for
 * more symbols than capacity. */
int tuples_decode(const uint8_t *data, size_t data_length, uint8_t *out, size_t capacity,
                  size_t *length);

#endif
