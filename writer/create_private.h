/*
 * What create.c (taking messages), create_settle.c (making them durable) and create_open.c (going
 * on from the journal) share.
 */
#ifndef WRITER_CREATE_PRIVATE_H
#define WRITER_CREATE_PRIVATE_H

#include "common/collection_encode.h"
#include "writer/archive_out.h"
#include "writer/create.h"
#include "writer/journal.h"
#include "writer/merge.h"
#include "writer/part_table.h"

enum {
    CREATE_MESSAGE_MAX = 8 << 20, /* longest message that is believed */
    CREATE_SETTLE_BYTES = 256 * 1024,
};

#define CREATE_NO_ADDRESS UINT64_MAX

/* Everything that a successor needs besides the entries; in every frame, as it stands. */
struct create_state {
    struct merge merge;
    uint64_t archive_from, archive_end; /* the stretch written since the frame before */
    uint64_t archive_hash;              /* of that stretch */
    uint64_t part_off;                  /* of the part at work */
    uint64_t samples;
    uint64_t batches;
    uint64_t batch_off; /* frame that the batch at work begins with */
    uint64_t lists_off; /* frame that splitters and pairs begin with */
    uint64_t contigs, contig_checks, sample_checks;
    uint32_t batch_samples;
    uint32_t finished; /* the archive is whole */
};

_Static_assert(sizeof(struct create_state) % 8 == 0, "places follow it in a frame");

struct create;

struct create_stash {
    struct create *create;
    uint32_t ring;
};

struct create {
    const struct create_config *config;
    struct create_state state;
    struct journal journal;
    struct archive_out *archive;
    struct part_table *table;
    struct collection_encoder *encoder; /* made when the first batch ends */
    uint32_t ring_count;
    struct inbox *inboxes;
    uint32_t inboxes_open;
    struct create_stash *stashes;
    struct stream_place *taken;   /* after the last message whose effects are in state */
    struct stream_place *settled; /* what the journal knows */
    struct journal_place *places; /* room for those of one frame */
    struct message *first;        /* of each ring: found when what is known was skipped ... */
    uint8_t *has_first;           /* ... if 1 */
    struct bytes *fragments;      /* found in the journal: the beginning of a message per ring */
    struct bytes rows;            /* pairs as they stand in the archive */
    struct bytes sample;          /* name of the sample at work, for people */
    uint64_t unsettled;           /* bytes of messages taken since the last frame */
    uint64_t bytes_in;
    uint64_t durable_seq;
    int64_t synced_ms; /* when the disk was waited for last */
};

/* Opens journal, archive and inboxes, and goes on from what is there. */
int create_open(struct create *c, const struct create_config *config);
void create_close(struct create *c);

/* Appends a frame with everything decided so far; not flushed. */
int create_append_frame(struct create *c);

/* Flushes it, releases what it names. */
int create_settle(struct create *c);

/* Waits for the disk, if the last time is long enough ago. What is below durable_seq then may be
 * forgotten by the workers. */
int create_checkpoint(struct create *c);

void create_tell_progress(struct create *c);
int64_t create_now_ms(void);

/* The inboxes' stash (ipc/stream.h). */
int create_stash_fragment(void *context, uint64_t off, const uint8_t *data, size_t length);

#endif
