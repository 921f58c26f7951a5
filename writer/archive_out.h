/*
 * The archive file while it grows: buffered writes at its end, nothing else.
 *
 * The file stands in the work directory under ARCHIVE_OUT_NAME until it is whole. What was written
 * is known by its length and by a hash of each stretch between two calls of archive_out_hash(): a
 * successor compares them with its log before it goes on, and cuts off what no log names.
 *
 * ENOSPC, EDQUOT and EIO are ERROR_SPACE; every message names the file.
 */
#ifndef WRITER_ARCHIVE_OUT_H
#define WRITER_ARCHIVE_OUT_H

#include <stddef.h>
#include <stdint.h>

#define ARCHIVE_OUT_NAME "archive"

struct archive_out;

/* Opens or creates the file under directory work_fd; its content is left as it is. */
int archive_out_open(struct archive_out **out, int work_fd);
void archive_out_close(struct archive_out *out);

/* Hash of the bytes [from, to) as they stand in the file; *matches = 0 too if the file is shorter.
 */
int archive_out_check(struct archive_out *out, uint64_t from, uint64_t to, uint64_t hash,
                      int *matches);

/* Goes on at off: what stands behind it is cut off. */
int archive_out_resume(struct archive_out *out, uint64_t off);

/* Begins a part: writes its metadata; *off is the part's offset. Its check (common/checks.h) is
 * that of everything written from here on. */
int archive_out_part(struct archive_out *out, uint64_t metadata, uint64_t *off);
int archive_out_write(struct archive_out *out, const void *data, size_t length);

/* Goes on with the part that began at off, after archive_out_resume(). */
int archive_out_resume_part(struct archive_out *out, uint64_t off);

/* Check of the part at work, as far as it was written. */
uint32_t archive_out_part_check(const struct archive_out *out);

/* Hands everything to the kernel. */
int archive_out_flush(struct archive_out *out);
/* ... and waits until it is on the disk. */
int archive_out_sync(struct archive_out *out);

/* Bytes so far, whether flushed or not. */
uint64_t archive_out_end(const struct archive_out *out);

/* Hash of what was written since the last call (or since archive_out_resume). */
uint64_t archive_out_hash(struct archive_out *out);

int archive_out_fd(const struct archive_out *out);

#endif
