/*
 * gzip (RFC 1952) of any number of members, bgzip being that too, inflated by ISA-L.
 *
 * ISA-L does the deflate stream and the CRC; headers and trailers are read here, one byte at a
 * time, so that it is plain which byte belongs to which member: after the last deflate block ISA-L
 * may hold whole bytes in its bit buffer; they are the first bytes of the trailer (never more than
 * its eight, for the buffer has 64 bits).
 *
 *   state      reads                          then
 *   HEADER     ten bytes and optional fields  BODY
 *   BODY       deflate data                   TRAILER
 *   TRAILER    CRC-32 and size modulo 2^32    checks both; BETWEEN
 *   BETWEEN    end of file                    END
 *              1f 8b                          HEADER
 *              00 up to the end of the file   END (tapes and disks pad so)
 *              anything else                  error
 *
 * A file that ends in any other state is truncated.
 */
#include "reader/input_private.h"

#include "common/error.h"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#include <string.h>

enum gzip_place { GZIP_HEADER, GZIP_BODY, GZIP_TRAILER, GZIP_BETWEEN, GZIP_END };

enum { FLAG_HCRC = 2, FLAG_EXTRA = 4, FLAG_NAME = 8, FLAG_COMMENT = 16, FLAG_RESERVED = 0xe0 };

struct gzip_state {
    struct inflate_state inflate;
    enum gzip_place place;
    uint32_t header_crc;  /* CRC-32 of the member's header so far */
    uint32_t member_size; /* bytes of the member so far, modulo 2^32 */
};

/* The next compressed byte; *end = 1 (and no byte) at the end of the file. */
static int take_byte(struct input *input, uint8_t *byte, int *end)
{
    int code = input_fill(input);

    if (code)
        return code;
    *end = input_at_end(input);
    if (!*end)
        *byte = input->raw[input->raw_off++];
    return 0;
}

/* The next byte of a header. */
static int header_byte(struct input *input, uint8_t *byte)
{
    struct gzip_state *gzip = input->state;
    int end, code = take_byte(input, byte, &end);

    if (code)
        return code;
    if (end)
        return input_truncated(input);
    gzip->header_crc = crc32_gzip_refl(gzip->header_crc, byte, 1);
    return 0;
}

static int header_skip(struct input *input, size_t count)
{
    uint8_t byte;
    int code = 0;

    while (!code && count--)
        code = header_byte(input, &byte);
    return code;
}

static int header_skip_string(struct input *input)
{
    uint8_t byte;
    int code;

    do
        code = header_byte(input, &byte);
    while (!code && byte);
    return code;
}

static int header_u16(struct input *input, unsigned *value)
{
    uint8_t low, high;
    int code = header_byte(input, &low);

    if (!code)
        code = header_byte(input, &high);
    if (!code)
        *value = low | (unsigned)high << 8;
    return code;
}

static int header_optional(struct input *input, uint8_t flags)
{
    struct gzip_state *gzip = input->state;
    unsigned value, crc;
    int code = 0;

    if (flags & FLAG_EXTRA) {
        code = header_u16(input, &value);
        if (!code)
            code = header_skip(input, value);
    }
    if (!code && flags & FLAG_NAME)
        code = header_skip_string(input);
    if (!code && flags & FLAG_COMMENT)
        code = header_skip_string(input);
    if (!code && flags & FLAG_HCRC) {
        crc = gzip->header_crc & 0xffff;
        code = header_u16(input, &value);
        if (!code && value != crc)
            code = input_damaged(input, "gzip header checksum differs");
    }
    return code;
}

static int read_header(struct input *input)
{
    struct gzip_state *gzip = input->state;
    uint8_t fixed[4];
    int i, code = 0;

    gzip->header_crc = 0;
    gzip->member_size = 0;
    for (i = 0; !code && i < 4; i++)
        code = header_byte(input, &fixed[i]);
    if (code)
        return code;
    if (fixed[0] != 0x1f || fixed[1] != 0x8b)
        return input_damaged(input, "bytes after the end of the gzip data");
    if (fixed[2] != 8 || fixed[3] & FLAG_RESERVED)
        return input_damaged(input, "gzip header of an unknown kind");
    code = header_skip(input, 6); /* time, extra flags, operating system */
    if (!code)
        code = header_optional(input, fixed[3]);
    isal_inflate_reset(&gzip->inflate);
    gzip->inflate.crc_flag = ISAL_GZIP_NO_HDR;
    gzip->place = GZIP_BODY;
    return code;
}

/* Inflates once. *length may come out 0: input used up, or the member at its end. */
static int inflate_some(struct input *input, uint8_t *out, size_t capacity, size_t *length)
{
    struct gzip_state *gzip = input->state;
    struct inflate_state *inflate = &gzip->inflate;
    int result;

    inflate->next_in = input->raw + input->raw_off;
    inflate->avail_in = (uint32_t)(input->raw_length - input->raw_off);
    inflate->next_out = out;
    inflate->avail_out = (uint32_t)capacity;
    result = isal_inflate(inflate);
    if (result < 0)
        return input_damaged(input, "invalid deflate data");
    input->raw_off = input->raw_length - inflate->avail_in;
    *length = capacity - inflate->avail_out;
    gzip->member_size += (uint32_t)*length;
    if (inflate->block_state == ISAL_BLOCK_FINISH)
        gzip->place = GZIP_TRAILER;
    return 0;
}

static int read_body(struct input *input, uint8_t *out, size_t capacity, size_t *length)
{
    struct gzip_state *gzip = input->state;
    int code, at_end;

    do {
        code = input_fill(input);
        if (code)
            return code;
        at_end = input_at_end(input);
        code = inflate_some(input, out, capacity, length);
        if (code || *length || gzip->place != GZIP_BODY)
            return code;
    } while (!at_end);
    return input_truncated(input);
}

static int read_trailer(struct input *input)
{
    struct gzip_state *gzip = input->state;
    struct inflate_state *inflate = &gzip->inflate;
    uint64_t bits = inflate->read_in >> (inflate->read_in_length & 7);
    int held = inflate->read_in_length / 8;
    uint64_t trailer = 0;
    uint8_t byte;
    int i, end, code;

    for (i = 0; i < 8; i++) {
        if (i < held) {
            byte = (uint8_t)(bits >> 8 * i);
        } else {
            code = take_byte(input, &byte, &end);
            if (code)
                return code;
            if (end)
                return input_truncated(input);
        }
        trailer |= (uint64_t)byte << 8 * i;
    }
    if ((uint32_t)trailer != inflate->crc)
        return input_damaged(input, "gzip checksum differs");
    if (trailer >> 32 != gzip->member_size)
        return input_damaged(input, "gzip size differs");
    gzip->place = GZIP_BETWEEN;
    return 0;
}

static int read_between(struct input *input)
{
    struct gzip_state *gzip = input->state;
    uint8_t byte;
    int end, code = take_byte(input, &byte, &end);

    if (code)
        return code;
    if (!end && byte != 0) {
        input->raw_off--; /* taken from this very block */
        gzip->place = GZIP_HEADER;
        return 0;
    }
    while (!code && !end && !byte)
        code = take_byte(input, &byte, &end);
    if (!code && !end)
        return input_damaged(input, "bytes after the end of the gzip data");
    gzip->place = GZIP_END;
    return code;
}

static int gzip_read(struct input *input, uint8_t *out, size_t capacity, size_t *length)
{
    struct gzip_state *gzip = input->state;
    int code = 0;

    *length = 0;
    while (!code && !*length && gzip->place != GZIP_END) {
        switch (gzip->place) {
        case GZIP_HEADER:
            code = read_header(input);
            break;
        case GZIP_BODY:
            code = read_body(input, out, capacity, length);
            break;
        case GZIP_TRAILER:
            code = read_trailer(input);
            break;
        default:
            code = read_between(input);
            break;
        }
    }
    return code;
}

static int gzip_open(struct input *input)
{
    struct gzip_state *gzip = calloc(1, sizeof *gzip);

    if (!gzip)
        return error_set(ERROR_MEMORY, "out of memory for gzip");
    isal_inflate_init(&gzip->inflate);
    gzip->place = GZIP_HEADER;
    input->state = gzip;
    return 0;
}

static void gzip_close(struct input *input)
{
    free(input->state);
}

const struct input_decoder input_gzip_decoder = {gzip_open, gzip_read, gzip_close};
