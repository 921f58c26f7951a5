/*
 * A look at all inputs before any work, so that most errors come in the first second.
 *
 * Each input is opened, its kind told, and its beginning parsed: the first header and at most
 * FASTA_BLOCK_SYMBOLS symbols of the first record. So a missing or unreadable file, a directory, an
 * empty file, one without a record, proteins, and a compressed file damaged at its beginning are
 * errors here. What cannot be read twice (standard input, pipes, devices) is not opened.
 *
 *   two inputs have the same sample name and   outcome
 *   are the same file (path, or device/inode)  the first is kept, with a note
 *   are different files                        ERROR_INPUT naming both
 *
 * The same file under different sample names is different samples: all are kept.
 */
#ifndef READER_PRECHECK_H
#define READER_PRECHECK_H

#include "reader/fasta.h"

#include <stddef.h>
#include <stdint.h>

struct precheck_input {
    const char *path;   /* "-": standard input */
    const char *sample; /* its sample's name */
};

/* Called once for each input left out, in input order; text is borrowed during the call. */
typedef void precheck_note_fn(void *context, const char *text);

/* Sets keep[i] to 1 or 0 (left out). note may be NULL. ERROR_INPUT for the first input at fault; a
 * sample name that is empty or longer than MESSAGE_NAME_BYTES_MAX is ERROR_USAGE. */
int precheck_inputs(const struct precheck_input *inputs, size_t count, enum fasta_invalid policy,
                    uint8_t *keep, precheck_note_fn *note, void *context);

#endif
