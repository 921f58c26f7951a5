/*
 * Spools: see the header. The file is opened with O_TMPFILE, or where a file system lacks that,
 * under a name that is unlinked at once; either way a process that dies leaves nothing behind. The
 * file holds a prefix, memory the rest, so an append is a copy and now and then one write.
 */
#include "common/collection_spool.h"

#include "common/error.h"
#include "common/vint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void spool_init(struct spool *s, int work_fd)
{
    *s = (struct spool){.fd = -1, .work_fd = work_fd};
}

void spool_reset(struct spool *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    s->file_length = 0;
    s->memory.length = 0;
}

void spool_free(struct spool *s)
{
    spool_reset(s);
    bytes_free(&s->memory);
}

static int open_unnamed(int work_fd)
{
    char name[64];
    int fd = openat(work_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    int saved;

    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != ENOENT))
        return fd;
    snprintf(name, sizeof name, "spool.%ld.tmp", (long)getpid());
    fd = openat(work_fd, name, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
    saved = errno;
    if (fd >= 0)
        unlinkat(work_fd, name, 0);
    errno = saved;
    return fd;
}

static int spill(struct spool *s)
{
    size_t done = 0;

    if (s->fd < 0) {
        s->fd = open_unnamed(s->work_fd);
        if (s->fd < 0)
            return error_set_errno(ERROR_IO, "cannot make a temporary file for the collection");
    }
    while (done < s->memory.length) {
        ssize_t n = pwrite(s->fd, s->memory.data + done, s->memory.length - done,
                           (off_t)(s->file_length + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(ERROR_IO, "cannot write a temporary file of the collection");
        done += (size_t)n;
    }
    s->file_length += done;
    bytes_free(&s->memory); /* from here on a tail is enough */
    return 0;
}

int spool_append(struct spool *s, const void *data, size_t length)
{
    size_t limit = s->fd < 0 ? SPOOL_MEMORY_BYTES : SPOOL_TAIL_BYTES;
    int code = bytes_append(&s->memory, data, length);

    if (code || s->memory.length <= limit || s->work_fd < 0)
        return code;
    return spill(s);
}

int spool_append_number(struct spool *s, uint32_t value)
{
    uint8_t coded[NUMBER_BYTES_MAX];

    return spool_append(s, coded, number_put(coded, value));
}

static int read_file(const struct spool *s, uint64_t off, uint8_t *out, size_t capacity,
                     size_t *length)
{
    ssize_t n;

    if (capacity > s->file_length - off)
        capacity = (size_t)(s->file_length - off);
    do
        n = pread(s->fd, out, capacity, (off_t)off);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return error_set_errno(ERROR_IO, "cannot read a temporary file of the collection");
    if (n == 0)
        return error_set(ERROR_IO, "a temporary file of the collection was cut");
    *length = (size_t)n;
    return 0;
}

int spool_read(const struct spool *s, uint64_t off, uint8_t *out, size_t capacity, size_t *length)
{
    uint64_t at;

    *length = 0;
    if (capacity == 0)
        return 0;
    if (off < s->file_length)
        return read_file(s, off, out, capacity, length);
    at = off - s->file_length;
    if (at >= s->memory.length)
        return 0;
    *length = s->memory.length - (size_t)at < capacity ? s->memory.length - (size_t)at : capacity;
    memcpy(out, s->memory.data + at, *length);
    return 0;
}
