/*
 * Writing the footer as a stream. A small buffer gathers the many short numbers; the counts that
 * were announced are compared with what came, since a footer that disagrees with itself loses the
 * archive.
 */
#include "common/container.h"

#include "common/error.h"

#include <string.h>

static int flush(struct container_footer *f)
{
    int code = f->used ? f->sink.write(f->sink.context, f->buffer, f->used) : 0;

    f->used = 0;
    return code;
}

static int put(struct container_footer *f, const void *data, size_t length)
{
    int code = 0;

    f->bytes += length;
    if (length > sizeof f->buffer - f->used)
        code = flush(f);
    if (code)
        return code;
    if (length > sizeof f->buffer)
        return f->sink.write(f->sink.context, data, length);
    memcpy(f->buffer + f->used, data, length);
    f->used += length;
    return 0;
}

static int put_vint(struct container_footer *f, uint64_t value)
{
    uint8_t coded[VINT_BYTES_MAX];

    return put(f, coded, vint_put(coded, value));
}

int container_footer_begin(struct container_footer *footer, struct container_sink sink,
                           uint64_t stream_count)
{
    footer->sink = sink;
    footer->bytes = 0;
    footer->used = 0;
    footer->streams_left = stream_count;
    footer->parts_left = 0;
    return put_vint(footer, stream_count);
}

int container_footer_stream(struct container_footer *footer, const char *name, uint64_t part_count)
{
    int code;

    if (!footer->streams_left || footer->parts_left)
        return error_set(ERROR_USAGE, "footer: stream %s out of order", name);
    footer->streams_left--;
    footer->parts_left = part_count;
    code = put(footer, name, strlen(name) + 1);
    if (!code)
        code = put_vint(footer, part_count);
    return code ? code : put_vint(footer, 0); /* raw size: always 0 in practice */
}

int container_footer_part(struct container_footer *footer, uint64_t offset, uint64_t size)
{
    int code;

    if (!footer->parts_left)
        return error_set(ERROR_USAGE, "footer: a part more than announced");
    footer->parts_left--;
    code = put_vint(footer, offset);
    return code ? code : put_vint(footer, size);
}

int container_footer_end(struct container_footer *footer)
{
    uint64_t total = footer->bytes;
    uint8_t word[8];
    int i, code;

    if (footer->streams_left || footer->parts_left)
        return error_set(ERROR_USAGE, "footer: fewer streams or parts than announced");
    for (i = 0; i < 8; i++)
        word[i] = (uint8_t)(total >> (8 * i));
    code = put(footer, word, sizeof word);
    return code ? code : flush(footer);
}
