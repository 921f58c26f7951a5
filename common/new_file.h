/*
 * A file that appears under its name only when it is whole.
 *
 * It is written without a name where the file system can do that (O_TMPFILE), so that a kill leaves
 * nothing; elsewhere under NAME.partial. Committing gives it its name, in place of an older file.
 * A path that names something else than a regular file (/dev/null, a FIFO, a terminal) is written
 * to directly: it must never be replaced. A symbolic link is followed.
 *
 * ENOSPC and the like are ERROR_SPACE; messages name the path.
 */
#ifndef COMMON_NEW_FILE_H
#define COMMON_NEW_FILE_H

#include <stddef.h>

struct new_file;

int new_file_open(struct new_file **file, const char *path);
int new_file_fd(const struct new_file *file);

/* Gives the file its name and frees the handle, whether it succeeds or not. synced: wait for the
 * disk, before and after. */
int new_file_commit(struct new_file *file, int synced);

/* Forgets what was written, and frees the handle. NULL is fine. */
void new_file_abandon(struct new_file *file);

/* Writes all of it; what names it in messages. EPIPE is ERROR_PIPE. */
int write_fully(int fd, const void *data, size_t length, const char *what);

/* Waits until names made in the directory of path are on the disk. */
int sync_directory_of(const char *path);

#endif
