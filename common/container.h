/*
 * The container of an archive (spec section 1): parts, footer, stream names. Knows nothing of what
 * the streams hold.
 *
 * Writing is a stream: the footer leaves through a sink while the caller walks its own tables, so
 * millions of parts need no memory here. Reading is a walk over the footer through one bounded
 * window; every number is checked against the file's size before it is used, and no part that
 * reaches into the footer is ever handed out. Nothing here is thread-safe: one handle a thread.
 */
#ifndef COMMON_CONTAINER_H
#define COMMON_CONTAINER_H

#include "common/bytes.h"
#include "common/vint.h"

/* ---- names of group streams (spec sections 2 and 8.2) */

enum { CONTAINER_NAME_BYTES_MAX = 64 };

/* Writes x<ID>r or x<ID>d (version_major 3), seg-<decimal>-ref or -delta (1, 2), ended by NUL. */
void container_group_name(char name[CONTAINER_NAME_BYTES_MAX], uint32_t version_major,
                          uint32_t group, int reference);

/* 1 if name is a group's stream: *group and *reference are set. 0 if not. */
int container_parse_group_name(const char *name, uint32_t version_major, uint32_t *group,
                               int *reference);

/* ---- writing the footer */

/* Where the bytes go: write takes all of them and returns 0, or returns a code. */
struct container_sink {
    int (*write)(void *context, const void *data, size_t length);
    void *context;
};

/* Plain value; fields are private. */
struct container_footer {
    struct container_sink sink;
    uint64_t bytes; /* of the footer so far */
    uint64_t streams_left, parts_left;
    size_t used;
    uint8_t buffer[4096];
};

/* In this order: begin; for each stream: stream, then its parts; end. The footer starts where the
 * last part ended. end writes the size word and flushes to the sink. ERROR_USAGE if the counts do
 * not agree with what was announced; else what the sink says. */
int container_footer_begin(struct container_footer *footer, struct container_sink sink,
                           uint64_t stream_count);
int container_footer_stream(struct container_footer *footer, const char *name, uint64_t part_count);
/* offset: of the part's metadata vint; size: of its data, without the vint. */
int container_footer_part(struct container_footer *footer, uint64_t offset, uint64_t size);
int container_footer_end(struct container_footer *footer);

/* What stands before the data of a part: its metadata. Returns the bytes written. */
static inline size_t container_part_head(uint8_t out[VINT_BYTES_MAX], uint64_t metadata)
{
    return vint_put(out, metadata);
}

/* ---- reading */

struct container;

struct container_part {
    uint64_t offset; /* of the metadata vint */
    uint64_t size;   /* of the data; 0: nothing stands there, not even the vint */
    uint32_t check;  /* of vint and data (checks.h), if ... */
    uint32_t checked; /* ... 1: the caller that looked the part up knows it */
};

/* A place in the footer; plain value. Copy it to come back. */
struct container_walk {
    uint64_t off; /* in the footer */
    uint64_t streams_left, parts_left;
};

/* ERROR_IO if the file cannot be read; ERROR_FORMAT if it does not end in a footer. */
int container_open(struct container **container, const char *path);
void container_close(struct container *container);
uint64_t container_file_bytes(const struct container *container);
uint64_t container_footer_bytes(const struct container *container);

/* Keeps the whole footer in memory from now on, if it has no more than limit bytes. */
int container_keep_footer(struct container *container, uint64_t limit);

/* Begins at the first stream; walk->streams_left is their number (checked against the footer). */
int container_walk_begin(struct container *container, struct container_walk *walk);

/* The next stream (parts not yet taken are skipped): its name, and walk->parts_left. *have = 0
 * after the last, where the footer must end. A name too long for the buffer is cut: no known stream
 * has one. *at is the address for container_walk_parts(). */
int container_walk_stream(struct container *container, struct container_walk *walk, int *have,
                          char name[CONTAINER_NAME_BYTES_MAX], uint64_t *at);

/* Goes to the parts of a stream whose address was noted before. */
int container_walk_parts(struct container *container, struct container_walk *walk, uint64_t at);

/* The next part of the stream; ERROR_FORMAT if it lies outside the parts' area, or there is none.
 */
int container_walk_part(struct container *container, struct container_walk *walk,
                        struct container_part *part);

/* Metadata of a part, and where its data begin. */
int container_part_open(struct container *container, const struct container_part *part,
                        uint64_t *metadata, uint64_t *data_off);

/* ERROR_FORMAT if the part has a check and its bytes are others. Reads all of it, in pieces. */
int container_check_part(struct container *container, const struct container_part *part);

/* The whole part into *data (replaced), checked if it has a check. More than limit bytes: ERROR_FORMAT before allocating.
 * Touches nothing of the container: threads may call it side by side. */
int container_read_part(struct container *container, const struct container_part *part,
                        size_t limit, struct bytes *data, uint64_t *metadata);

/* length bytes at offset of the file, all of them. */
int container_read(struct container *container, uint64_t offset, uint8_t *out, size_t length);

#endif
