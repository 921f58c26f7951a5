/*
 * FASTA out: lines of a given length, plain or as BGZF, to a descriptor.
 *
 * BGZF is gzip in blocks of at most 64 KiB (SAM specification, section 4.1): any gzip reader reads
 * it, and it can be indexed. Memory is two blocks, whatever the contig's length. Every contig ends
 * with a line end; an empty one is its header alone.
 */
#ifndef COMMON_FASTA_WRITE_H
#define COMMON_FASTA_WRITE_H

#include "common/bytes.h"

#include <stddef.h>
#include <stdint.h>

struct fasta_writer;

/* fd is borrowed; name is for messages and is copied. gzip_level 0: plain; 1..9. */
int fasta_writer_create(struct fasta_writer **writer, int fd, const char *name,
                        uint64_t line_length, unsigned gzip_level);
void fasta_writer_free(struct fasta_writer *writer);

/* Begins a contig: ">header". */
int fasta_writer_contig(struct fasta_writer *writer, const char *header, size_t length);

/* Appends header with "@sample" after its short name. */
int fasta_header_with_sample(struct bytes *out, const char *header, size_t length,
                             const char *sample);

/* Letters of the contig begun, as they are. */
int fasta_writer_letters(struct fasta_writer *writer, const uint8_t *letters, size_t count);

/* Puts out what is held back, so that a reader of the pipe need not wait. */
int fasta_writer_flush(struct fasta_writer *writer);

/* Ends the last line (and the BGZF file) and flushes. ERROR_PIPE, ERROR_SPACE, ERROR_IO. */
int fasta_writer_finish(struct fasta_writer *writer);

/* Bytes written to fd so far. */
uint64_t fasta_writer_bytes(const struct fasta_writer *writer);

#endif
