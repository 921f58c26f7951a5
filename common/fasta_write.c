/*
 * FASTA out: see fasta_write.h.
 *
 * Text gathers in one block; a full block is written as it is, or compressed by ISA-L as one BGZF
 * block. A BGZF block's text is kept below 64 KiB less what deflate may add, so that even text that
 * does not compress fits the 16 bits of the block size.
 */
#include "common/fasta_write.h"

#include "common/error.h"
#include "common/names.h"

#include <errno.h>
#include <isa-l.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BLOCK_TEXT_BYTES = 0xff00, /* as in the SAM specification's own implementation */
    PLAIN_TEXT_BYTES = 256 * 1024,
    BLOCK_BYTES_MAX = 0x10000,
    BGZF_HEADER_BYTES = 18,
    BGZF_TRAILER_BYTES = 8,
};

static const uint8_t bgzf_header[BGZF_HEADER_BYTES] = {
    0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, 'B', 'C', 2, 0, 0, 0,
};
static const uint8_t bgzf_end[28] = {
    0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, 'B', 'C', 2, 0, 0x1b, 0, 3, 0,
};

struct fasta_writer {
    int fd;
    char *name;
    uint64_t line_length;
    uint64_t line_used; /* letters on the open line */
    uint64_t bytes;
    uint8_t *text;
    size_t used, room; /* of text */
    uint8_t *packed;          /* NULL: plain */
    uint8_t *level_buffer;    /* ISA-L's working memory */
    struct isal_zstream stream;
};

/* gzip's nine levels on ISA-L's 1..3. */
static uint32_t isal_level(unsigned gzip_level)
{
    return gzip_level <= 3 ? 1 : gzip_level <= 6 ? 2 : 3;
}

static const uint32_t level_bytes[] = {
    ISAL_DEF_LVL0_DEFAULT,
    ISAL_DEF_LVL1_DEFAULT,
    ISAL_DEF_LVL2_DEFAULT,
    ISAL_DEF_LVL3_DEFAULT,
};

static int compressor_create(struct fasta_writer *w, unsigned gzip_level)
{
    uint32_t level = isal_level(gzip_level);

    w->packed = malloc(BLOCK_BYTES_MAX);
    w->level_buffer = malloc(level_bytes[level]);
    if (!w->packed || !w->level_buffer)
        return error_set(ERROR_MEMORY, "no memory to compress %s", w->name);
    isal_deflate_stateless_init(&w->stream);
    w->stream.level = level;
    w->stream.level_buf = w->level_buffer;
    w->stream.level_buf_size = level_bytes[level];
    return 0;
}

int fasta_writer_create(struct fasta_writer **writer, int fd, const char *name,
                        uint64_t line_length, unsigned gzip_level)
{
    struct fasta_writer *w = calloc(1, sizeof *w);
    int status = 0;

    if (!w || !(w->name = strdup(name))) {
        free(w);
        return error_set(ERROR_MEMORY, "no memory to write %s", name);
    }
    w->fd = fd;
    w->line_length = line_length ? line_length : UINT64_MAX;
    w->room = gzip_level ? BLOCK_TEXT_BYTES : PLAIN_TEXT_BYTES;
    w->text = malloc(w->room);
    if (!w->text)
        status = error_set(ERROR_MEMORY, "no memory to write %s", name);
    if (!status && gzip_level)
        status = compressor_create(w, gzip_level);
    if (status)
        fasta_writer_free(w);
    else
        *writer = w;
    return status;
}

void fasta_writer_free(struct fasta_writer *w)
{
    if (!w)
        return;
    free(w->text);
    free(w->packed);
    free(w->level_buffer);
    free(w->name);
    free(w);
}

static int put_bytes(struct fasta_writer *w, const uint8_t *data, size_t length)
{
    while (length) {
        ssize_t n = write(w->fd, data, length);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(ERROR_IO, "cannot write to %s", w->name);
        w->bytes += (uint64_t)n;
        data += n;
        length -= (size_t)n;
    }
    return 0;
}

static void put_u32(uint8_t *out, uint32_t value)
{
    int i;

    for (i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (8 * i));
}

static int put_compressed(struct fasta_writer *w)
{
    struct isal_zstream *s = &w->stream;
    size_t size;

    isal_deflate_reset(s);
    s->next_in = w->text;
    s->avail_in = (uint32_t)w->used;
    s->next_out = w->packed + BGZF_HEADER_BYTES;
    s->avail_out = BLOCK_BYTES_MAX - BGZF_HEADER_BYTES - BGZF_TRAILER_BYTES;
    s->end_of_stream = 1;
    s->flush = NO_FLUSH;
    s->gzip_flag = IGZIP_DEFLATE;
    if (isal_deflate_stateless(s) != COMP_OK || s->avail_in)
        return error_set(ERROR_IO, "cannot compress %s", w->name);
    memcpy(w->packed, bgzf_header, BGZF_HEADER_BYTES);
    size = BGZF_HEADER_BYTES + s->total_out + BGZF_TRAILER_BYTES;
    w->packed[16] = (uint8_t)(size - 1);
    w->packed[17] = (uint8_t)((size - 1) >> 8);
    put_u32(w->packed + size - 8, crc32_gzip_refl(0, w->text, w->used));
    put_u32(w->packed + size - 4, (uint32_t)w->used);
    return put_bytes(w, w->packed, size);
}

int fasta_writer_flush(struct fasta_writer *w)
{
    int status = 0;

    if (w->used)
        status = w->packed ? put_compressed(w) : put_bytes(w, w->text, w->used);
    if (!status)
        w->used = 0;
    return status;
}

static int put_text(struct fasta_writer *w, const void *data, size_t length)
{
    const uint8_t *at = data;

    while (length) {
        size_t n = w->room - w->used;
        int status;

        if (n > length)
            n = length;
        memcpy(w->text + w->used, at, n);
        w->used += n;
        at += n;
        length -= n;
        if (w->used == w->room && (status = fasta_writer_flush(w)))
            return status;
    }
    return 0;
}

static int end_line(struct fasta_writer *w)
{
    if (!w->line_used)
        return 0;
    w->line_used = 0;
    return put_text(w, "\n", 1);
}

int fasta_writer_contig(struct fasta_writer *w, const char *header, size_t length)
{
    int status = end_line(w);

    status = status ? status : put_text(w, ">", 1);
    status = status ? status : put_text(w, header, length);
    return status ? status : put_text(w, "\n", 1);
}

int fasta_header_with_sample(struct bytes *out, const char *header, size_t length,
                             const char *sample)
{
    size_t short_length = contig_short_length(header, length);
    int status = bytes_append(out, header, short_length);

    status = status ? status : bytes_append_byte(out, '@');
    status = status ? status : bytes_append(out, sample, strlen(sample));
    return status ? status : bytes_append(out, header + short_length, length - short_length);
}

/* Whole lines, as many as there are letters and room for; returns the letters taken. */
static size_t put_lines(struct fasta_writer *w, const uint8_t *letters, size_t count)
{
    size_t length = (size_t)w->line_length, taken = 0;
    uint8_t *out = w->text + w->used, *end = w->text + w->room;

    while (count - taken >= length && (size_t)(end - out) > length) {
        memcpy(out, letters + taken, length);
        out[length] = '\n';
        out += length + 1;
        taken += length;
    }
    w->used = (size_t)(out - w->text);
    return taken;
}

int fasta_writer_letters(struct fasta_writer *w, const uint8_t *letters, size_t count)
{
    int status = 0;

    while (!status && count) {
        size_t lines = w->line_used ? 0 : put_lines(w, letters, count);
        uint64_t n = w->line_length - w->line_used;

        letters += lines;
        count -= lines;
        if (n > count)
            n = count;
        status = put_text(w, letters, (size_t)n);
        w->line_used += n;
        letters += n;
        count -= (size_t)n;
        if (!status && w->line_used == w->line_length)
            status = end_line(w);
    }
    return status;
}

int fasta_writer_finish(struct fasta_writer *w)
{
    int status = end_line(w);

    status = status ? status : fasta_writer_flush(w);
    return status || !w->packed ? status : put_bytes(w, bgzf_end, sizeof bgzf_end);
}

uint64_t fasta_writer_bytes(const struct fasta_writer *w)
{
    return w->bytes;
}
