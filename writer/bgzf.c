/*
 * BGZF blocks by way of ISA-L's stateless deflate.
 *
 * A block holds BLOCK_BYTES of text, fewer than 2^16 so that what cannot be compressed still fits a
 * block: ISA-L stores it then.
 */
#include "writer/bgzf.h"

#include "common/error.h"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 65280, HEAD_BYTES = 18, TAIL_BYTES = 8, PACKED_MAX = 1 << 16 };

struct bgzf {
    struct fasta_sink sink;
    struct isal_zstream stream;
    unsigned level;
    uint8_t *level_buffer;
    uint32_t level_bytes;
    size_t used;
    uint8_t text[BLOCK_BYTES];
    uint8_t packed[PACKED_MAX];
};

int bgzf_create(struct bgzf **bgzf, unsigned level)
{
    static const uint32_t level_bytes[] = {0, ISAL_DEF_LVL1_DEFAULT, ISAL_DEF_LVL2_DEFAULT,
                                           ISAL_DEF_LVL3_DEFAULT};
    struct bgzf *b = calloc(1, sizeof *b);

    if (!b)
        return error_set(ERROR_MEMORY, "out of memory for compression");
    b->level = level <= 3 ? 1 : level <= 6 ? 2 : 3;
    b->level_bytes = level_bytes[b->level];
    b->level_buffer = malloc(b->level_bytes);
    if (!b->level_buffer) {
        free(b);
        return error_set(ERROR_MEMORY, "out of memory for compression");
    }
    *bgzf = b;
    return 0;
}

void bgzf_free(struct bgzf *bgzf)
{
    if (!bgzf)
        return;
    free(bgzf->level_buffer);
    free(bgzf);
}

void bgzf_set_sink(struct bgzf *bgzf, struct fasta_sink sink)
{
    bgzf->sink = sink;
}

static void put_u16(uint8_t *out, uint32_t value)
{
    out[0] = (uint8_t)value;
    out[1] = (uint8_t)(value >> 8);
}

static void put_u32(uint8_t *out, uint32_t value)
{
    put_u16(out, value);
    put_u16(out + 2, value >> 16);
}

/* Deflates the text behind the head; *length is that of the deflated bytes. */
static int deflate_text(struct bgzf *b, size_t *length)
{
    struct isal_zstream *s = &b->stream;

    isal_deflate_stateless_init(s);
    s->level = b->level;
    s->level_buf = b->level_buffer;
    s->level_buf_size = b->level_bytes;
    s->end_of_stream = 1;
    s->flush = NO_FLUSH;
    s->gzip_flag = IGZIP_DEFLATE;
    s->next_in = b->text;
    s->avail_in = (uint32_t)b->used;
    s->next_out = b->packed + HEAD_BYTES;
    s->avail_out = PACKED_MAX - HEAD_BYTES - TAIL_BYTES;
    if (isal_deflate_stateless(s) != COMP_OK || s->avail_in)
        return error_set(ERROR_IO, "a block of output cannot be compressed");
    *length = PACKED_MAX - HEAD_BYTES - TAIL_BYTES - s->avail_out;
    return 0;
}

static int put_block(struct bgzf *b)
{
    /* gzip, an extra field of six bytes: "BC", two bytes, the block's size less one */
    static const uint8_t head[HEAD_BYTES - 2] = {0x1f, 0x8b, 8, 4, 0, 0,   0,   0,
                                                 0,    0xff, 6, 0, 'B', 'C', 2, 0};
    size_t length = 0;
    int code = deflate_text(b, &length);

    if (code)
        return code;
    memcpy(b->packed, head, sizeof head);
    put_u16(b->packed + sizeof head, (uint32_t)(HEAD_BYTES + length + TAIL_BYTES - 1));
    put_u32(b->packed + HEAD_BYTES + length, crc32_gzip_refl(0, b->text, b->used));
    put_u32(b->packed + HEAD_BYTES + length + 4, (uint32_t)b->used);
    b->used = 0;
    return b->sink.write(b->sink.context, b->packed, HEAD_BYTES + length + TAIL_BYTES);
}

int bgzf_write(struct bgzf *bgzf, const void *data, size_t length)
{
    const uint8_t *from = data;

    while (length) {
        size_t n = BLOCK_BYTES - bgzf->used < length ? BLOCK_BYTES - bgzf->used : length;

        memcpy(bgzf->text + bgzf->used, from, n);
        bgzf->used += n;
        from += n;
        length -= n;
        if (bgzf->used == BLOCK_BYTES) {
            int code = put_block(bgzf);

            if (code)
                return code;
        }
    }
    return 0;
}

int bgzf_end(struct bgzf *bgzf)
{
    static const uint8_t end[28] = {0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, 'B', 'C',
                                    2,    0,    0x1b, 0, 3, 0, 0, 0, 0, 0,    0, 0, 0,   0};
    int code = bgzf->used ? put_block(bgzf) : 0;

    return code ? code : bgzf->sink.write(bgzf->sink.context, end, sizeof end);
}
