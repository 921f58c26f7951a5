/*
 * How far a stage without a log has settled accounts: a note in shared memory.
 *
 * A decoding worker decides nothing that must be remembered, so it has no log; but its successor must
 * know which place of the output follows from which place of the input. The stage notes the pair after
 * its output was published and before its input is released:
 *
 *     output published  ->  note (in, out)  ->  input released up to `in`
 *
 * so released <= in, and out <= published, whenever the stage dies. The successor takes its input from
 * `in` on and makes its output from `out` on; the outbox drops what was published. There are two notes
 * and a count that tells which one holds (its lowest bit): the other is written, then the count goes
 * up by one (release), so that a half-written note is never seen. It survives the process, not the
 * machine: a query is not resumed.
 *
 * A message longer than what the ring can hold is released in pieces: the pieces taken so far stand in
 * the note, as they would in a log.
 */
#ifndef IPC_SETTLED_H
#define IPC_SETTLED_H

#include "ipc/messages.h"

#include <stdatomic.h>
#include <stdint.h>

enum { SETTLED_PIECE_BYTES = sizeof(struct message_header) + sizeof(struct message_want) };

struct settled_note {
    uint64_t in_off, in_chain;
    uint64_t out_off, out_chain;
    uint32_t piece_length; /* of the message after in_off */
    uint32_t reserved;
    uint8_t piece[SETTLED_PIECE_BYTES];
};

/* Written by its stage alone, read by its successor. */
struct settled_shm {
    _Atomic uint32_t count;
    uint32_t reserved;
    struct settled_note notes[2];
};

void settled_write(struct settled_shm *shm, const struct settled_note *note);

/* Zeros if nothing was noted. ERROR_SHARED if it cannot be true. */
int settled_read(const struct settled_shm *shm, struct settled_note *note);

#endif
