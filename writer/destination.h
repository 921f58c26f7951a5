/*
 * Where the FASTA of a query goes: standard output, one file, or a directory with a file per
 * sample.
 *
 * Files appear when they are whole (new_file.h). In a directory a sample's file is NAME.fa, or
 * NAME.fa.gz; a sample whose name cannot be a file's name (a slash, `.`) is ERROR_INPUT, since it
 * comes from the archive and might point anywhere. Text is plain, or BGZF if a level is given.
 */
#ifndef WRITER_DESTINATION_H
#define WRITER_DESTINATION_H

#include "common/fasta_write.h"

enum destination_kind {
    DESTINATION_STDOUT,
    DESTINATION_FILE,
    DESTINATION_DIRECTORY, /* made if it is not there */
};

struct destination;

/* path: NULL for standard output. line_length 0: a contig is one line. gzip_level 0: plain text. */
int destination_open(struct destination **destination, enum destination_kind kind, const char *path,
                     uint64_t line_length, unsigned gzip_level);

/* From now on headers begin with CONTIG@SAMPLE. */
void destination_name_samples(struct destination *destination);

/* A sample begins. name is not terminated. */
int destination_sample(struct destination *destination, const char *name, size_t length);

/* Begins a contig: its header line without '>'. */
int destination_contig(struct destination *destination, const char *header, size_t length);

/* Letters of the contig begun. */
int destination_letters(struct destination *destination, const uint8_t *letters, size_t count);

/* The caller is about to wait: hands on the very first bytes, so that whoever reads the output sees
 * it begin. Later ones may gather to a block. */
int destination_idle(struct destination *destination);

/* All is written: ends the last file. The handle stays to be freed. */
int destination_finish(struct destination *destination);

/* Frees; a file that is not finished does not appear. */
void destination_free(struct destination *destination);

uint64_t destination_bytes(const struct destination *destination);

#endif
