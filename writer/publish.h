/*
 * The whole archive gets its name.
 *
 * Before, the output path names nothing or an older file; after, the new archive, synced; never
 * anything in between. From a work directory on the same file system that is a rename; else a copy
 * beside the output (new_file.h), then a rename. An output that is no regular file gets a copy.
 */
#ifndef WRITER_PUBLISH_H
#define WRITER_PUBLISH_H

/* output: absolute path. The file `archive` in the directory work_fd is whole and synced. */
int publish_archive(int work_fd, const char *output);

#endif
