/*
 * Copying what one descriptor gives to another.
 */
#ifndef TOOLS_COPY_H
#define TOOLS_COPY_H

/* Reads `from` to its end. ERROR_PIPE when nobody reads what is written, ERROR_SPACE, ERROR_IO. */
int copy_descriptor(int from, int to, const char *to_name);

#endif
