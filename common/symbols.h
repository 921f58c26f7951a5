/*
 * Symbols: letters of nucleic acid <-> codes of the archive (spec section 4).
 *
 * A C G T N R Y S W K M B D H V U are codes 0..15; case is ignored on input, upper case comes out.
 * Reverse complement: 0<->3, 1<->2, every other code stays (a fact of the format).
 */
#ifndef COMMON_SYMBOLS_H
#define COMMON_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

enum {
    SYMBOL_N = 4,
    SYMBOL_COUNT = 16,
    SYMBOL_INVALID = 0xff, /* in symbol_code[]: a byte that is no letter of the format */
};

extern const uint8_t symbol_code[256];   /* letter -> code, or SYMBOL_INVALID */
extern const uint8_t symbol_letter[256]; /* code -> letter; codes above 15 -> ' ' */

/* Codes to letters; may work in place. Vectorised. */
void symbols_to_letters(uint8_t *letters, const uint8_t *codes, size_t count);

/* out[0..count) = reverse complement of in[0..count); must not overlap. */
void symbols_reverse_complement(uint8_t *out, const uint8_t *in, size_t count);

#endif
