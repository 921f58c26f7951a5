/*
 * Where the FASTA of a query goes: standard output, one file, or a directory with a file per sample.
 *
 * Files appear when they are whole (new_file.h). In a directory a sample's file is NAME.fa, or
 * NAME.fa.gz; a sample whose name cannot be a file's name (a slash, `.`) is ERROR_INPUT, since it
 * comes from the archive and might point anywhere. Text is plain, or BGZF if a level is given.
 */
#ifndef WRITER_DESTINATION_H
#define WRITER_DESTINATION_H

#include "writer/fasta_out.h"

enum destination_kind {
    DESTINATION_STDOUT,
    DESTINATION_FILE,
    DESTINATION_DIRECTORY, /* made if it is not there */
};

struct destination;

/* path: NULL for standard output. gzip_level 0: plain text. */
int destination_open(struct destination **destination, enum destination_kind kind,
                     const char *path, uint64_t line_length, unsigned gzip_level);

/* A sample begins. name is not terminated. */
int destination_sample(struct destination *destination, const char *name, size_t length);

/* The text of the sample at work. */
struct fasta_out *destination_text(struct destination *destination);

/* The caller is about to wait: hands on what has gathered, if it is worth it, and always the very
 * first bytes. */
int destination_idle(struct destination *destination);

/* All is written: ends the last file. The handle stays to be freed. */
int destination_finish(struct destination *destination);

/* Frees; a file that is not finished does not appear. */
void destination_free(struct destination *destination);

uint64_t destination_bytes(const struct destination *destination);

#endif
