/*
 * Notes of settled accounts: see settled.h.
 */
#include "ipc/settled.h"

#include "common/error.h"
#include "ipc/fault.h"

#include <string.h>

void settled_write(struct settled_shm *shm, const struct settled_note *note)
{
    uint32_t count = atomic_load_explicit(&shm->count, memory_order_relaxed) + 1;

    memcpy(&shm->notes[count & 1], note, sizeof *note);
    FAULT("settled-note");
    /* release: pairs with settled_read() */
    atomic_store_explicit(&shm->count, count, memory_order_release);
    FAULT("settled-noted");
}

int settled_read(const struct settled_shm *shm, struct settled_note *note)
{
    uint32_t count = atomic_load_explicit(&shm->count, memory_order_acquire);

    memset(note, 0, sizeof *note);
    if (count == 0)
        return 0;
    memcpy(note, &shm->notes[count & 1], sizeof *note);
    if (note->piece_length > SETTLED_PIECE_BYTES || note->in_off % 8 || note->out_off % 8)
        return error_set(ERROR_SHARED, "what a stage noted in shared memory cannot be true");
    return 0;
}
