/*
 * FASTA text: headers and letters into lines, through one buffer.
 *
 * Letters come in pieces of any size and are copied once, broken into lines on the way. A record
 * without letters is its header line alone. The sink gets large pieces (FASTA_OUT_BYTES, or what is
 * there when the caller flushes).
 */
#ifndef WRITER_FASTA_OUT_H
#define WRITER_FASTA_OUT_H

#include <stddef.h>
#include <stdint.h>

enum { FASTA_OUT_BYTES = 1 << 20 };

/* Takes all of the data and returns 0, or returns a code. */
struct fasta_sink {
    int (*write)(void *context, const void *data, size_t length);
    void *context;
};

struct fasta_out;

/* line_length: letters a line; 0: a record's letters are one line. */
int fasta_out_create(struct fasta_out **out, uint64_t line_length);
void fasta_out_free(struct fasta_out *out);

/* Where the bytes go from now on; what is buffered must have been flushed. */
void fasta_out_set_sink(struct fasta_out *out, struct fasta_sink sink);

/* Ends the record at work and begins one. name is the header line without '>'. */
int fasta_out_record(struct fasta_out *out, const void *name, size_t length);
int fasta_out_letters(struct fasta_out *out, const void *letters, size_t count);
/* Ends the record at work. */
int fasta_out_end(struct fasta_out *out);

int fasta_out_flush(struct fasta_out *out);
size_t fasta_out_buffered(const struct fasta_out *out);

#endif
