/*
 * Reading the container: see the header.
 *
 * The footer is read through a window: whole if it is short, else a sliding piece of it (a small
 * one after a jump, a larger one while walking on), so opening an archive of millions of parts
 * takes no more memory than opening a small one. Invariants: parts_end + footer_bytes + 8 =
 * file_bytes, and every part handed out lies in [0, parts_end) together with its vint.
 */
#include "common/container.h"

#include "common/checks.h"
#include "common/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SIZE_WORD_BYTES = 8,
    WINDOW_BYTES = 256 * 1024,
    WINDOW_JUMP_BYTES = 4 * 1024,
    STREAM_BYTES_MIN = 3, /* an empty name, no parts, raw size 0 */
    PART_BYTES_MIN = 2,
};

struct container {
    int fd;
    uint64_t file_bytes, footer_bytes, parts_end;
    uint64_t window_off; /* in the footer */
    size_t window_length, window_capacity;
    uint8_t *window;
};

int container_read(struct container *container, uint64_t offset, uint8_t *out, size_t length)
{
    size_t done = 0;

    if (offset > container->file_bytes || length > container->file_bytes - offset)
        return error_set(ERROR_FORMAT, "the archive ends early");
    while (done < length) {
        ssize_t n = pread(container->fd, out + done, length - done, (off_t)(offset + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(ERROR_IO, "cannot read the archive");
        if (n == 0)
            return error_set(ERROR_FORMAT, "the archive became shorter while it was read");
        done += (size_t)n;
    }
    return 0;
}

static int find_footer(struct container *c)
{
    uint8_t word[SIZE_WORD_BYTES];
    struct stat st;
    int i, code;

    if (fstat(c->fd, &st) != 0)
        return error_set_errno(ERROR_IO, "cannot look at the archive");
    if (S_ISDIR(st.st_mode))
        return error_set(ERROR_IO, "is a directory");
    if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
        return error_set(ERROR_IO, "not a regular file: an archive is read from its end");
    c->file_bytes = (uint64_t)st.st_size;
    if (c->file_bytes < SIZE_WORD_BYTES + 1)
        return error_set(ERROR_FORMAT, "not an AGC archive: too short for a footer");
    code = container_read(c, c->file_bytes - SIZE_WORD_BYTES, word, sizeof word);
    if (code)
        return code;
    for (i = SIZE_WORD_BYTES; i-- > 0;)
        c->footer_bytes = c->footer_bytes << 8 | word[i];
    if (c->footer_bytes == 0 || c->footer_bytes > c->file_bytes - SIZE_WORD_BYTES)
        return error_set(ERROR_FORMAT, "not an AGC archive, or cut off: no footer at its end");
    c->parts_end = c->file_bytes - SIZE_WORD_BYTES - c->footer_bytes;
    return 0;
}

int container_open(struct container **container, const char *path)
{
    struct container *c = calloc(1, sizeof *c);
    int code;

    if (!c)
        return error_set(ERROR_MEMORY, "out of memory for an archive");
    c->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not block here */
    if (c->fd < 0) {
        code = error_set_errno(ERROR_IO, "cannot open");
        goto out_error;
    }
    code = find_footer(c);
    if (code)
        goto out_error;
    c->window_capacity = c->footer_bytes < WINDOW_BYTES ? (size_t)c->footer_bytes : WINDOW_BYTES;
    c->window = malloc(c->window_capacity);
    if (!c->window) {
        code = error_set(ERROR_MEMORY, "out of memory for a footer");
        goto out_error;
    }
    *container = c;
    return 0;

out_error:
    container_close(c);
    return code;
}

void container_close(struct container *container)
{
    if (!container)
        return;
    if (container->fd >= 0)
        close(container->fd);
    free(container->window);
    free(container);
}

uint64_t container_file_bytes(const struct container *container)
{
    return container->file_bytes;
}

uint64_t container_footer_bytes(const struct container *container)
{
    return container->footer_bytes;
}

int container_keep_footer(struct container *container, uint64_t limit)
{
    struct container *c = container;
    uint8_t *window;
    int code;

    if (c->footer_bytes > limit || c->window_capacity == c->footer_bytes)
        return 0;
    window = realloc(c->window, (size_t)c->footer_bytes);
    if (!window)
        return error_set(ERROR_MEMORY, "out of memory for a footer");
    c->window = window;
    c->window_capacity = (size_t)c->footer_bytes;
    c->window_length = 0;
    c->window_off = 0;
    code = container_read(c, c->parts_end, c->window, c->window_capacity);
    if (!code)
        c->window_length = c->window_capacity;
    return code;
}

/* Makes the window hold wanted bytes from off (fewer only at the footer's end). */
static int window_at(struct container *c, uint64_t off, size_t wanted, const uint8_t **data,
                     size_t *length)
{
    uint64_t left = c->footer_bytes - off, end = c->window_off + c->window_length;
    size_t fill;
    int code;

    if (wanted > left)
        wanted = (size_t)left;
    if (off < c->window_off || off > end || wanted > end - off) {
        fill = off >= c->window_off && off <= end ? c->window_capacity : WINDOW_JUMP_BYTES;
        if (fill > c->window_capacity || c->window_capacity == c->footer_bytes)
            fill = c->window_capacity;
        if (c->window_capacity == c->footer_bytes)
            c->window_off = 0;
        else
            c->window_off = off;
        if (fill > c->footer_bytes - c->window_off)
            fill = (size_t)(c->footer_bytes - c->window_off);
        c->window_length = 0;
        code = container_read(c, c->parts_end + c->window_off, c->window, fill);
        if (code)
            return code;
        c->window_length = fill;
    }
    *data = c->window + (off - c->window_off);
    *length = c->window_length - (size_t)(off - c->window_off);
    return 0;
}

static int footer_vint(struct container *c, uint64_t *off, uint64_t *value)
{
    const uint8_t *data;
    size_t length, used;
    int code = window_at(c, *off, VINT_BYTES_MAX, &data, &length);

    if (code)
        return code;
    used = vint_get(data, length, value);
    if (!used)
        return error_set(ERROR_FORMAT, "footer: a broken number at byte %llu",
                         (unsigned long long)*off);
    *off += used;
    return 0;
}

/* Reads a string; what does not fit into name is skipped. */
static int footer_string(struct container *c, uint64_t *off, char name[CONTAINER_NAME_BYTES_MAX])
{
    size_t used = 0;

    for (;;) {
        const uint8_t *data, *end;
        size_t length, n, kept;
        int code = window_at(c, *off, 1, &data, &length);

        if (code)
            return code;
        if (length == 0)
            return error_set(ERROR_FORMAT, "footer: a name without an end");
        end = memchr(data, 0, length);
        n = end ? (size_t)(end - data) : length;
        kept = n < CONTAINER_NAME_BYTES_MAX - 1 - used ? n : CONTAINER_NAME_BYTES_MAX - 1 - used;
        memcpy(name + used, data, kept);
        used += kept;
        *off += n + (end != NULL);
        if (end)
            break;
    }
    name[used] = '\0';
    return 0;
}

int container_walk_begin(struct container *container, struct container_walk *walk)
{
    int code;

    *walk = (struct container_walk){0};
    code = footer_vint(container, &walk->off, &walk->streams_left);
    if (code)
        return code;
    if (walk->streams_left > (container->footer_bytes - walk->off) / STREAM_BYTES_MIN)
        return error_set(ERROR_FORMAT, "footer: %llu streams in %llu bytes",
                         (unsigned long long)walk->streams_left,
                         (unsigned long long)container->footer_bytes);
    return 0;
}

int container_walk_parts(struct container *container, struct container_walk *walk, uint64_t at)
{
    uint64_t count, raw;
    int code;

    if (at > container->footer_bytes)
        return error_set(ERROR_FORMAT, "footer: an address outside");
    code = footer_vint(container, &at, &count);
    if (!code)
        code = footer_vint(container, &at, &raw);
    if (code)
        return code;
    if (count > (container->footer_bytes - at) / PART_BYTES_MIN)
        return error_set(ERROR_FORMAT, "footer: a stream of %llu parts in %llu bytes",
                         (unsigned long long)count, (unsigned long long)container->footer_bytes);
    walk->off = at;
    walk->parts_left = count;
    return 0;
}

int container_walk_stream(struct container *container, struct container_walk *walk, int *have,
                          char name[CONTAINER_NAME_BYTES_MAX], uint64_t *at)
{
    struct container_part part;
    int code = 0;

    while (walk->parts_left && !code)
        code = container_walk_part(container, walk, &part);
    if (code)
        return code;
    *have = walk->streams_left != 0;
    if (!*have) {
        if (walk->off != container->footer_bytes)
            return error_set(ERROR_FORMAT, "footer: bytes after the last stream");
        return 0;
    }
    code = footer_string(container, &walk->off, name);
    if (code)
        return code;
    walk->streams_left--;
    *at = walk->off;
    code = container_walk_parts(container, walk, *at);
    return code ? error_wrap(code, "stream %s", name) : 0;
}

int container_walk_part(struct container *container, struct container_walk *walk,
                        struct container_part *part)
{
    uint64_t offset, size;
    int code;

    if (!walk->parts_left)
        return error_set(ERROR_FORMAT, "a part that is not there");
    code = footer_vint(container, &walk->off, &offset);
    if (!code)
        code = footer_vint(container, &walk->off, &size);
    if (code)
        return code;
    /* The vint of a part takes at least a byte. */
    if (size && (offset >= container->parts_end || size > container->parts_end - offset - 1))
        return error_set(ERROR_FORMAT, "footer: a part lies outside the file");
    walk->parts_left--;
    *part = (struct container_part){.offset = offset, .size = size};
    return 0;
}

static int check_head(const struct container *c, const struct container_part *part, size_t used)
{
    if (used && used <= c->parts_end - part->offset &&
        part->size <= c->parts_end - part->offset - used)
        return 0;
    return error_set(ERROR_FORMAT, "the part at offset %llu is damaged",
                     (unsigned long long)part->offset);
}

int container_part_open(struct container *container, const struct container_part *part,
                        uint64_t *metadata, uint64_t *data_off)
{
    uint8_t head[VINT_BYTES_MAX];
    uint64_t left = container->parts_end - part->offset;
    size_t used, length = left < sizeof head ? (size_t)left : sizeof head;
    int code;

    *metadata = 0;
    *data_off = part->offset;
    if (part->size == 0)
        return 0;
    code = container_read(container, part->offset, head, length);
    if (code)
        return code;
    used = vint_get(head, length, metadata);
    *data_off = part->offset + used;
    return check_head(container, part, used);
}

static int wrong_check(const struct container_part *part)
{
    return error_set(ERROR_FORMAT,
                     "the part at offset %llu is damaged: its bytes are not those of its check",
                     (unsigned long long)part->offset);
}

int container_check_part(struct container *container, const struct container_part *part)
{
    uint64_t metadata, at, end;
    struct part_hash hash;
    uint8_t chunk[16 * 1024];
    int code = container_part_open(container, part, &metadata, &at);

    if (code || !part->checked || !part->size)
        return code;
    end = at + part->size;
    code = part_hash_begin(&hash);
    for (at = part->offset; !code && at < end;) {
        size_t n = end - at < sizeof chunk ? (size_t)(end - at) : sizeof chunk;

        code = container_read(container, at, chunk, n);
        if (!code)
            part_hash_add(&hash, chunk, n);
        at += n;
    }
    if (code) {
        part_hash_end(&hash);
        return code;
    }
    return part_hash_end(&hash) == part->check ? 0 : wrong_check(part);
}

/* One read fetches vint and data; the data then move to the front of the buffer. */
int container_read_part(struct container *container, const struct container_part *part,
                        size_t limit, struct bytes *data, uint64_t *metadata)
{
    uint64_t left = container->parts_end - part->offset;
    size_t used, length;
    int code;

    data->length = 0;
    *metadata = 0;
    if (part->size == 0)
        return 0;
    if (part->size > limit)
        return error_set(ERROR_FORMAT, "a part of %llu bytes, more than the %zu that are allowed",
                         (unsigned long long)part->size, limit);
    length =
        left - part->size < VINT_BYTES_MAX ? (size_t)left : (size_t)part->size + VINT_BYTES_MAX;
    code = bytes_reserve(data, length);
    if (!code)
        code = container_read(container, part->offset, data->data, length);
    if (code)
        return code;
    used = vint_get(data->data, length, metadata);
    code = check_head(container, part, used);
    if (code)
        return code;
    data->length = (size_t)part->size;
    if (part->checked && part_check(data->data, used + data->length) != part->check)
        return wrong_check(part);
    memmove(data->data, data->data + used, data->length);
    return 0;
}
