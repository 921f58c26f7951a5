#include "common/bytes.h"

#include "common/error.h"

#include <stdlib.h>
#include <string.h>

int bytes_reserve(struct bytes *b, size_t extra)
{
    size_t wanted, grown;
    uint8_t *data;

    if (extra <= b->capacity - b->length)
        return 0;
    if (__builtin_add_overflow(b->length, extra, &wanted))
        return error_set(ERROR_MEMORY, "buffer size overflows");
    grown = b->capacity + b->capacity / 2 + 64;
    if (grown < wanted)
        grown = wanted;
    data = realloc(b->data, grown);
    if (!data)
        return error_set(ERROR_MEMORY, "out of memory for a buffer of %zu bytes", grown);
    b->data = data;
    b->capacity = grown;
    return 0;
}

int bytes_append(struct bytes *b, const void *data, size_t length)
{
    int code = bytes_reserve(b, length);

    if (code)
        return code;
    if (length)
        memcpy(b->data + b->length, data, length);
    b->length += length;
    return 0;
}

int bytes_append_byte(struct bytes *b, uint8_t value)
{
    return bytes_append(b, &value, 1);
}

void bytes_free(struct bytes *b)
{
    free(b->data);
    *b = (struct bytes){0};
}
