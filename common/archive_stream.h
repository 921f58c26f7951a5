/*
 * A compressed stream of numbers and strings inside an archive, decoded bit by bit.
 *
 * One zstd frame at a place of the file: read in chunks, decoded in chunks, so a list of gigabytes
 * takes the same memory as a short one (the frame's window apart, which is limited to
 * ARCHIVE_WINDOW_LOG_MAX). The frame must decode to exactly the announced size and end exactly
 * where its bytes end. Private to the archive reader.
 */
#ifndef COMMON_ARCHIVE_STREAM_H
#define COMMON_ARCHIVE_STREAM_H

#include "common/container.h"

enum {
    ARCHIVE_WINDOW_LOG_MAX = 25,   /* 32 MiB; AGC's levels need 8 at most */
    ARCHIVE_STRING_MAX = 64 << 20, /* a longer name is refused */
};

struct archive_stream;

int archive_stream_create(struct archive_stream **stream, struct container *container);
void archive_stream_free(struct archive_stream *stream);

/* Begins at a frame of packed bytes at offset, which decodes to raw bytes. what: a literal that
 * names it in messages. May be called again for another frame. */
int archive_stream_begin(struct archive_stream *stream, const char *what, uint64_t offset,
                         uint64_t packed, uint64_t raw);

/* Decoded bytes not taken yet. */
uint64_t archive_stream_left(const struct archive_stream *stream);

int archive_stream_number(struct archive_stream *stream, uint32_t *value);

/* Replaces *string by the next string, ended by NUL (not counted in its length). */
int archive_stream_string(struct archive_stream *stream, struct bytes *string);

int archive_stream_skip_numbers(struct archive_stream *stream, uint64_t count);
int archive_stream_skip_string(struct archive_stream *stream);

/* ERROR_FORMAT unless everything was taken and the frame ends there. */
int archive_stream_end(struct archive_stream *stream);

#endif
