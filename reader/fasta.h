/*
 * FASTA in, symbol codes out, as a stream.
 *
 * Tells plain, gzip, bgzip (many members), zstd and xz by content. Holds neither a file nor a
 * contig: memory is bounded by FASTA_BLOCK_SYMBOLS, MESSAGE_NAME_BYTES_MAX and the decompressor.
 * Letters of the format come out as codes 0..15 (case ignored); CR, LF, blanks and tabs within
 * sequence lines are skipped; any other byte is ERROR_INPUT with file, record, line and position,
 * unless the policy says otherwise. A truncated or damaged compressed file is ERROR_INPUT too.
 */
#ifndef READER_FASTA_H
#define READER_FASTA_H

#include <stddef.h>
#include <stdint.h>

enum { FASTA_BLOCK_SYMBOLS = 64 * 1024 };

enum fasta_invalid { FASTA_INVALID_ERROR, FASTA_INVALID_N, FASTA_INVALID_DROP };

enum fasta_event {
    FASTA_CONTIG, /* a new record: name, name_length (header line without '>' and line end) */
    FASTA_BASES,  /* codes, count: the next 1..FASTA_BLOCK_SYMBOLS symbols of the record */
    FASTA_END,
};

struct fasta_item {
    enum fasta_event event;
    const char *name; /* borrowed until the next call; not terminated */
    size_t name_length;
    const uint8_t *codes; /* borrowed until the next call */
    size_t count;
};

/* Counts over the whole file so far. */
struct fasta_counts {
    uint64_t input_bytes; /* after decompression */
    uint64_t file_bytes;  /* as read from the file */
    uint64_t symbols;
    uint64_t records;
    uint64_t lower_case; /* letters whose case is not kept */
    uint64_t replaced;   /* invalid bytes replaced by N or dropped */
};

struct fasta;

/* path "-" is standard input. Fails if the file cannot be opened, is a directory, or does not begin
 * (after blank lines) with a record, or is empty. */
int fasta_open(struct fasta **fasta, const char *path, enum fasta_invalid policy);
/* The same, but messages call the file by this name ("-": standard input): for a copy that stands
 * for another input. */
int fasta_open_named(struct fasta **fasta, const char *path, const char *name,
                     enum fasta_invalid policy);
/* After an error of fasta_next() nothing but fasta_close() is sensible. */
void fasta_close(struct fasta *fasta);
int fasta_next(struct fasta *fasta, struct fasta_item *item);
const struct fasta_counts *fasta_counts(const struct fasta *fasta);

#endif
