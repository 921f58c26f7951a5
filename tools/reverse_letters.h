/*
 * The other strand of letters, as biology has it (IUPAC codes too); the archive's own reverse
 * complement leaves ambiguous codes as they are (common/symbols.h).
 */
#ifndef TOOLS_REVERSE_LETTERS_H
#define TOOLS_REVERSE_LETTERS_H

#include <stddef.h>
#include <stdint.h>

/* Upper-case letters in place; what is no code stays. U gives A. */
void reverse_letters(uint8_t *letters, size_t count);

#endif
