/*
 * Buffered appends to the archive file.
 *
 * Positions are our own (pwrite), so a descriptor shared by accident cannot move them.
 */
#include "writer/archive_out.h"

#include "common/container.h"
#include "common/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

enum { BUFFER_BYTES = 256 * 1024 };

struct archive_out {
    int fd;
    uint64_t written; /* bytes that the kernel has */
    size_t used;      /* bytes behind them, in the buffer */
    XXH3_state_t *hash; /* of the stretch that the next frame of the journal names */
    XXH3_state_t *part; /* of the part at work */
    uint8_t buffer[BUFFER_BYTES];
};

static int fault(const char *what)
{
    return error_set_errno(ERROR_IO, "cannot %s %s in the work directory", what, ARCHIVE_OUT_NAME);
}

int archive_out_open(struct archive_out **out, int work_fd)
{
    struct archive_out *a = malloc(sizeof *a);

    if (!a)
        return error_set(ERROR_MEMORY, "out of memory for the archive's buffer");
    a->written = 0;
    a->used = 0;
    a->hash = XXH3_createState();
    a->part = XXH3_createState();
    a->fd = openat(work_fd, ARCHIVE_OUT_NAME, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (!a->hash || !a->part || a->fd < 0) {
        int code = a->hash && a->part ? fault("create") : error_set(ERROR_MEMORY, "out of memory");

        archive_out_close(a);
        return code;
    }
    XXH3_64bits_reset(a->hash);
    XXH3_64bits_reset(a->part);
    *out = a;
    return 0;
}

void archive_out_close(struct archive_out *out)
{
    if (!out)
        return;
    if (out->fd >= 0)
        close(out->fd);
    XXH3_freeState(out->hash);
    XXH3_freeState(out->part);
    free(out);
}

/* Hashes [from, to) of the file; *whole = 0 if it is shorter. */
static int hash_stretch(struct archive_out *out, XXH3_state_t *hash, uint64_t from, uint64_t to,
                        int *whole)
{
    *whole = 0;
    XXH3_64bits_reset(hash);
    while (from < to) {
        size_t want = to - from < BUFFER_BYTES ? (size_t)(to - from) : BUFFER_BYTES;
        ssize_t got = pread(out->fd, out->buffer, want, (off_t)from);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fault("read");
        if (got == 0)
            return 0;
        XXH3_64bits_update(hash, out->buffer, (size_t)got);
        from += (uint64_t)got;
    }
    *whole = 1;
    return 0;
}

int archive_out_check(struct archive_out *out, uint64_t from, uint64_t to, uint64_t hash,
                      int *matches)
{
    int whole, code = hash_stretch(out, out->hash, from, to, &whole);

    *matches = !code && whole && XXH3_64bits_digest(out->hash) == hash;
    return code;
}

int archive_out_resume_part(struct archive_out *out, uint64_t off)
{
    int whole, code = hash_stretch(out, out->part, off, out->written, &whole);

    if (!code && !whole)
        code = error_set(ERROR_SHARED, "the file %s is shorter than its log says",
                         ARCHIVE_OUT_NAME);
    return code;
}

uint32_t archive_out_part_check(const struct archive_out *out)
{
    return (uint32_t)XXH3_64bits_digest(out->part);
}

int archive_out_resume(struct archive_out *out, uint64_t off)
{
    if (ftruncate(out->fd, (off_t)off) != 0)
        return fault("cut");
    out->written = off;
    out->used = 0;
    XXH3_64bits_reset(out->hash);
    return 0;
}

static int write_all(struct archive_out *out, const uint8_t *data, size_t length)
{
    while (length) {
        ssize_t n = pwrite(out->fd, data, length, (off_t)out->written);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fault("write to");
        data += n;
        length -= (size_t)n;
        out->written += (uint64_t)n;
    }
    return 0;
}

int archive_out_flush(struct archive_out *out)
{
    int code = write_all(out, out->buffer, out->used);

    if (!code)
        out->used = 0;
    return code;
}

int archive_out_write(struct archive_out *out, const void *data, size_t length)
{
    const uint8_t *from = data;

    XXH3_64bits_update(out->hash, data, length);
    XXH3_64bits_update(out->part, data, length);
    while (length) {
        size_t n = BUFFER_BYTES - out->used < length ? BUFFER_BYTES - out->used : length;

        memcpy(out->buffer + out->used, from, n);
        out->used += n;
        from += n;
        length -= n;
        if (out->used == BUFFER_BYTES) {
            int code = archive_out_flush(out);

            if (code)
                return code;
        }
    }
    return 0;
}

int archive_out_part(struct archive_out *out, uint64_t metadata, uint64_t *off)
{
    uint8_t head[VINT_BYTES_MAX];

    *off = archive_out_end(out);
    XXH3_64bits_reset(out->part);
    return archive_out_write(out, head, container_part_head(head, metadata));
}

int archive_out_sync(struct archive_out *out)
{
    int code = archive_out_flush(out);

    if (!code && fdatasync(out->fd) != 0)
        code = fault("sync");
    return code;
}

uint64_t archive_out_end(const struct archive_out *out)
{
    return out->written + out->used;
}

uint64_t archive_out_hash(struct archive_out *out)
{
    uint64_t hash = XXH3_64bits_digest(out->hash);

    XXH3_64bits_reset(out->hash);
    return hash;
}

int archive_out_fd(const struct archive_out *out)
{
    return out->fd;
}
