/*
 * The writer's log: everything it decided, in the order of the archive.
 *
 * One frame of `writer.log` is one settling of accounts: the entries (samples, contigs, segments,
 * parts, ...) decided since the frame before, the whole small state after them, and how far every
 * input stream is thereby settled. So any sound prefix of the log is a place to go on from, and
 * input is released only below what a flushed frame names. Frames of another kind hold fragments of
 * a message that is longer than its ring.
 *
 * It is the writer's memory too: collection batches and the part table are made by walking it, so
 * that nothing in heap grows with the number of segments, names or parts.
 *
 * Errors are those of ipc/log.h; a frame whose insides do not add up is ERROR_SHARED.
 */
#ifndef WRITER_JOURNAL_H
#define WRITER_JOURNAL_H

#include "common/bytes.h"
#include "ipc/log.h"
#include "ipc/stream.h"

enum entry_kind {
    ENTRY_SAMPLE = 1, /* text: name */
    ENTRY_CONTIG,     /* text: name */
    ENTRY_SEGMENT,
    ENTRY_PART,
    ENTRY_SPLITTERS, /* text: u64[] */
    ENTRY_PAIRS,     /* text: rows as they stand in the archive */
    ENTRY_CONTIG_CHECK, /* text: as it stands in the archive (common/checks.h) */
    ENTRY_SAMPLE_CHECK, /* likewise */
};

/* Streams of the archive that a part entry belongs to. */
enum entry_stream {
    STREAM_REFERENCE, /* of group */
    STREAM_PACK,      /* of group */
    STREAM_CONTIGS,   /* collection-contigs */
    STREAM_DETAILS,   /* collection-details */
    STREAM_SAMPLE_CHECKS, /* ext-sample-checks */
    STREAM_CONTIG_CHECKS, /* ext-contig-checks */
};

struct entry {
    enum entry_kind kind;
    const uint8_t *text; /* borrowed until the cursor moves */
    size_t length;
    struct entry_segment {
        uint32_t group, member, length, reverse;
    } segment;
    struct entry_part {
        uint32_t stream; /* enum entry_stream */
        uint32_t group;  /* 0 for the collection */
        uint64_t off;    /* of the part in the archive */
        uint64_t size;   /* of its data, without the metadata integer */
        uint32_t check;  /* of the part (common/checks.h) */
    } part;
};

/* Where one input stream stands. */
struct journal_place {
    uint32_t ring;
    uint32_t reserved; /* 0 */
    struct stream_place place;
};

struct journal {
    struct log *log;
    uint64_t first;       /* address of the first frame, there or to come */
    struct bytes entries; /* since the last frame */
    uint32_t state_bytes;
};

/* What journal_open() tells about each sound frame, in order. Each may end the opening with a code;
 * JOURNAL_CUT ends the replay: the log is cut back to before this frame. */
enum { JOURNAL_CUT = 1 };
struct journal_replay {
    void *context;
    int (*settled)(void *context, uint64_t seq, const void *state,
                   const struct journal_place *places, uint32_t place_count, const uint8_t *entries,
                   size_t entries_length);
    int (*fragment)(void *context, uint32_t ring, uint64_t off, const uint8_t *data, size_t length);
};

/* state_bytes: size of the state that every frame holds; a multiple of 8. */
int journal_open(struct journal *journal, int work_fd, uint32_t state_bytes,
                 const struct journal_replay *replay);
void journal_close(struct journal *journal);

/* Notes one entry; it stands in the log after the next journal_append(). */
int journal_note_text(struct journal *journal, enum entry_kind kind, const void *text,
                      size_t length);
int journal_note_segment(struct journal *journal, const struct entry_segment *segment);
int journal_note_part(struct journal *journal, const struct entry_part *part);

/* Appends a frame with all entries noted so far; not flushed. */
int journal_append(struct journal *journal, uint64_t seq, const void *state,
                   const struct journal_place *places, uint32_t place_count);

/* Appends a fragment [off, off + length) of the stream of a ring, and flushes. */
int journal_append_fragment(struct journal *journal, uint32_t ring, uint64_t off,
                            const uint8_t *data, size_t length);

/* Decodes the next entry of a list; *have = 0 at its end. */
int journal_entry(const uint8_t **entries, size_t *length, struct entry *entry, int *have);

/* Walks the entries from the frame at off (0: the first) to the end of the log. */
struct journal_cursor {
    struct journal *journal;
    uint64_t next; /* address of the next frame */
    struct bytes payload;
    const uint8_t *entries;
    size_t length;
};

void journal_cursor_open(struct journal_cursor *cursor, struct journal *journal, uint64_t off);
void journal_cursor_close(struct journal_cursor *cursor);
int journal_cursor_next(struct journal_cursor *cursor, struct entry *entry, int *have);

#endif
