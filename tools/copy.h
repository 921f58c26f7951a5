/*
 * Copying what one descriptor gives to another.
 */
#ifndef TOOLS_COPY_H
#define TOOLS_COPY_H

#include <stddef.h>

/* Writes all of it; name is for messages. ERROR_PIPE when nobody reads, ERROR_SPACE, ERROR_IO. */
int write_all(int fd, const void *data, size_t length, const char *name);

/* Reads `from` to its end. */
int copy_descriptor(int from, int to, const char *to_name);

#endif
