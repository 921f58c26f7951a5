/*
 * The two integer codes of the format: container vints (spec section 1), collection numbers with
 * their zigzag (section 3).
 */
#ifndef COMMON_VINT_H
#define COMMON_VINT_H

#include <stddef.h>
#include <stdint.h>

enum { VINT_BYTES_MAX = 9, NUMBER_BYTES_MAX = 5 };

/* Container vint. put returns the bytes written (1..9); get the bytes used, or 0 if the data end
 * early or the first byte is above 8. */
size_t vint_put(uint8_t *out, uint64_t value);
size_t vint_get(const uint8_t *data, size_t length, uint64_t *value);

/* Collection number (u32). */
size_t number_put(uint8_t *out, uint32_t value);
size_t number_get(const uint8_t *data, size_t length, uint32_t *value);

/* Zigzag with prediction (unsigned, modulo 2^32 where AGC wraps). */
uint32_t zigzag_put(uint32_t value, uint32_t prediction);
uint32_t zigzag_get(uint32_t coded, uint32_t prediction);

#endif
