/*
 * The other strand: see reverse_letters.h.
 */
#include "tools/reverse_letters.h"

static void fill_table(uint8_t table[256])
{
    static const char codes[] = "ACGTURYSWKMBDHVN", others[] = "TGCAAYRSWMKVHDBN";
    unsigned i;

    for (i = 0; i < 256; i++)
        table[i] = (uint8_t)i;
    for (i = 0; codes[i]; i++)
        table[(uint8_t)codes[i]] = (uint8_t)others[i];
}

void reverse_letters(uint8_t *letters, size_t count)
{
    uint8_t other[256];
    size_t i;

    fill_table(other);
    for (i = 0; i < count - i; i++) {
        uint8_t letter = other[letters[i]];

        letters[i] = other[letters[count - 1 - i]];
        letters[count - 1 - i] = letter;
    }
}
