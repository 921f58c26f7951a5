/*
 * The line of progress on a terminal.
 *
 *   sample 12 of 64 | 145.2 Mb | 38.1 Mb/s | ratio 23.4 | 44 MiB | 0:31 left
 *
 * Drawn again a few times a second on the same line, and wiped before anything else is said by this
 * process; never drawn where standard error is no terminal. Between two drawings the cursor stands
 * at the line's start, so what another process says there overwrites it.
 *
 * What is left is guessed from the bytes of input files: those of samples done, and within a file
 * as many as were read of it, taking the compression of the samples done for that of all.
 */
#ifndef TOOLS_PROGRESS_H
#define TOOLS_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

struct progress_state {
    uint64_t elapsed_ms;
    uint64_t sample;        /* the one at work, from 1; 0: none yet */
    uint64_t samples;       /* in all; 0: not known */
    uint64_t bases;         /* read (or, in a query, written) so far */
    uint64_t input_bytes;   /* FASTA bytes read so far, decompressed */
    uint64_t written_bytes; /* of the archive; 0 in a query */
    uint64_t memory_kib;
};

struct progress {
    const uint64_t *file_bytes; /* of each sample's file, 0 if not known; borrowed; may be NULL */
    uint64_t files_bytes;       /* their sum */
    uint64_t sample;            /* at work when it was told last ... */
    uint64_t before_file_bytes, before_input_bytes; /* ... and what came before it */
    uint64_t speed_ms, speed_bases;                 /* where the present speed is measured from */
    double speed;                                   /* bases a second */
};

void progress_init(struct progress *progress, const uint64_t *file_bytes, size_t file_count);

/* The line, without control characters, at most size - 1 bytes. */
void progress_line(struct progress *progress, const struct progress_state *state, char *line,
                   size_t size);

/* Seconds to go, or -1 if that cannot be told. */
int64_t progress_seconds_left(const struct progress *progress, const struct progress_state *state);

/* 1 if standard error is a terminal. */
int progress_wanted(void);
void progress_draw(const char *line);
void progress_wipe(void);

#endif
