/*
 * Lines of letters.
 *
 * column counts the letters that stand in the line at work. A line end is put before the next letter
 * or at the record's end, not after the last letter of a full line: so a record whose length is a
 * multiple of the line length has no empty line behind it.
 */
#include "writer/fasta_out.h"

#include "common/error.h"

#include <stdlib.h>
#include <string.h>

struct fasta_out {
    struct fasta_sink sink;
    uint64_t line_length;
    uint64_t column;
    size_t used;
    char buffer[FASTA_OUT_BYTES];
};

int fasta_out_create(struct fasta_out **out, uint64_t line_length)
{
    struct fasta_out *o = malloc(sizeof *o);

    if (!o)
        return error_set(ERROR_MEMORY, "out of memory for the output's buffer");
    o->sink = (struct fasta_sink){NULL, NULL};
    o->line_length = line_length ? line_length : UINT64_MAX;
    o->column = 0;
    o->used = 0;
    *out = o;
    return 0;
}

void fasta_out_free(struct fasta_out *out)
{
    free(out);
}

void fasta_out_set_sink(struct fasta_out *out, struct fasta_sink sink)
{
    out->sink = sink;
}

int fasta_out_flush(struct fasta_out *out)
{
    size_t used = out->used;

    out->used = 0;
    return used ? out->sink.write(out->sink.context, out->buffer, used) : 0;
}

size_t fasta_out_buffered(const struct fasta_out *out)
{
    return out->used;
}

static int put(struct fasta_out *out, const char *data, size_t length)
{
    while (length) {
        size_t n = FASTA_OUT_BYTES - out->used < length ? FASTA_OUT_BYTES - out->used : length;

        memcpy(out->buffer + out->used, data, n);
        out->used += n;
        data += n;
        length -= n;
        if (out->used == FASTA_OUT_BYTES) {
            int code = fasta_out_flush(out);

            if (code)
                return code;
        }
    }
    return 0;
}

int fasta_out_end(struct fasta_out *out)
{
    if (out->column == 0)
        return 0;
    out->column = 0;
    return put(out, "\n", 1);
}

int fasta_out_record(struct fasta_out *out, const void *name, size_t length)
{
    int code = fasta_out_end(out);

    if (!code)
        code = put(out, ">", 1);
    if (!code)
        code = put(out, name, length);
    return code ? code : put(out, "\n", 1);
}

/* Whole lines while they fit the buffer; returns the letters taken. The line at work is full. */
static size_t put_lines(struct fasta_out *out, const char *letters, size_t count)
{
    size_t line = (size_t)out->line_length;
    size_t fit = (FASTA_OUT_BYTES - out->used) / (line + 1);
    size_t lines = count / line < fit ? count / line : fit;
    char *to = out->buffer + out->used;

    for (size_t i = 0; i < lines; i++) {
        *to++ = '\n';
        memcpy(to, letters, line);
        to += line;
        letters += line;
    }
    out->used += lines * (line + 1);
    return lines * line;
}

int fasta_out_letters(struct fasta_out *out, const void *letters, size_t count)
{
    const char *at = letters;

    while (count) {
        size_t n;
        int code;

        if (out->column == out->line_length) {
            n = out->line_length < FASTA_OUT_BYTES ? put_lines(out, at, count) : 0;
            at += n;
            count -= n;
            if (count == 0)
                break;
            code = put(out, "\n", 1);
            if (code)
                return code;
            out->column = 0;
        }
        n = out->line_length - out->column < count ? (size_t)(out->line_length - out->column)
                                                   : count;
        code = put(out, at, n);
        if (code)
            return code;
        out->column += n;
        at += n;
        count -= n;
    }
    return 0;
}
