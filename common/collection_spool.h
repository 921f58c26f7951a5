/*
 * A growing run of bytes that goes to an unnamed temporary file once it is long.
 *
 * Up to SPOOL_MEMORY_BYTES stay in memory; beyond that everything is in a file without a name under
 * work_fd, and memory holds a small tail. Private to the collection encoder.
 */
#ifndef COMMON_COLLECTION_SPOOL_H
#define COMMON_COLLECTION_SPOOL_H

#include "common/bytes.h"

enum { SPOOL_MEMORY_BYTES = 1 << 20, SPOOL_TAIL_BYTES = 64 * 1024 };

struct spool {
    struct bytes memory;  /* everything, or what the file does not hold yet */
    uint64_t file_length; /* bytes in the file */
    int fd;               /* -1: no file */
    int work_fd;          /* borrowed; -1: never spill */
};

void spool_init(struct spool *s, int work_fd);
void spool_free(struct spool *s);

/* Empties it and closes the file; keeps the memory. */
void spool_reset(struct spool *s);

int spool_append(struct spool *s, const void *data, size_t length);

static inline uint64_t spool_length(const struct spool *s)
{
    return s->file_length + s->memory.length;
}

/* Reads up to capacity bytes from off; *length = 0 past the end. */
int spool_read(const struct spool *s, uint64_t off, uint8_t *out, size_t capacity, size_t *length);

/* A number of the collection (spec section 3). */
int spool_append_number(struct spool *s, uint32_t value);

#endif
