/*
 * A growable byte buffer. Zero-initialise it; bytes_free() returns it to that state. All sizes are
 * checked for overflow. Functions return 0 or ERROR_MEMORY (message set).
 */
#ifndef COMMON_BYTES_H
#define COMMON_BYTES_H

#include <stddef.h>
#include <stdint.h>

struct bytes {
    uint8_t *data;
    size_t length;
    size_t capacity;
};

/* Makes room for extra more bytes after length (capacity grows by half at least). */
int bytes_reserve(struct bytes *b, size_t extra);
int bytes_append(struct bytes *b, const void *data, size_t length);
int bytes_append_byte(struct bytes *b, uint8_t value);
void bytes_free(struct bytes *b);

#endif
