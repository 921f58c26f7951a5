/*
 * Opening and ending the outputs of a query.
 */
#include "writer/destination.h"

#include "common/error.h"
#include "writer/bgzf.h"
#include "writer/new_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { IDLE_BYTES = 64 * 1024 };

struct destination {
    enum destination_kind kind;
    char *path; /* NULL: standard output */
    struct fasta_out *text;
    struct bgzf *bgzf;     /* NULL: plain */
    struct new_file *file; /* the file at work; NULL: standard output, or none yet */
    char *name;            /* of what is written to, for messages */
    int fd;                /* -1: none yet */
    uint64_t bytes;
};

static int no_memory(void)
{
    return error_set(ERROR_MEMORY, "out of memory for the output");
}

static int write_fd(void *context, const void *data, size_t length)
{
    struct destination *d = context;

    d->bytes += length;
    return write_fully(d->fd, data, length, d->name ? d->name : "standard output");
}

static int write_bgzf(void *context, const void *data, size_t length)
{
    return bgzf_write(((struct destination *)context)->bgzf, data, length);
}

static int open_file(struct destination *d, const char *path)
{
    int code = new_file_open(&d->file, path);

    if (code)
        return code;
    d->fd = new_file_fd(d->file);
    free(d->name);
    d->name = strdup(path);
    return d->name ? 0 : no_memory();
}

/* Ends what is being written, if anything is. */
static int end_output(struct destination *d)
{
    struct new_file *file = d->file;
    int code;

    if (d->fd < 0)
        return 0;
    code = fasta_out_end(d->text);
    if (!code)
        code = fasta_out_flush(d->text);
    if (!code && d->bgzf)
        code = bgzf_end(d->bgzf);
    if (code)
        return code;
    d->fd = -1;
    d->file = NULL;
    return file ? new_file_commit(file, 0) : 0;
}

static int open_kind(struct destination *d)
{
    switch (d->kind) {
    case DESTINATION_STDOUT:
        d->fd = STDOUT_FILENO;
        return 0;
    case DESTINATION_FILE:
        return open_file(d, d->path);
    case DESTINATION_DIRECTORY:
        if (mkdir(d->path, 0777) != 0 && errno != EEXIST)
            return error_set_errno(ERROR_IO, "cannot make the directory %s", d->path);
        return 0;
    }
    return error_set(ERROR_USAGE, "unknown kind of output");
}

int destination_open(struct destination **destination, enum destination_kind kind,
                     const char *path, uint64_t line_length, unsigned gzip_level)
{
    struct destination *d = calloc(1, sizeof *d);
    int code;

    if (!d)
        return no_memory();
    d->kind = kind;
    d->fd = -1;
    d->path = path ? strdup(path) : NULL;
    code = path && !d->path ? no_memory() : fasta_out_create(&d->text, line_length);
    if (!code && gzip_level)
        code = bgzf_create(&d->bgzf, gzip_level);
    if (!code) {
        struct fasta_sink to_fd = {write_fd, d}, to_bgzf = {write_bgzf, d};

        if (d->bgzf)
            bgzf_set_sink(d->bgzf, to_fd);
        fasta_out_set_sink(d->text, d->bgzf ? to_bgzf : to_fd);
        code = open_kind(d);
    }
    if (code)
        destination_free(d);
    else
        *destination = d;
    return code;
}

static int name_is_safe(const char *name, size_t length)
{
    return length > 0 && !memchr(name, '/', length) && !memchr(name, 0, length) &&
           !(length == 1 && name[0] == '.') && !(length == 2 && memcmp(name, "..", 2) == 0);
}

int destination_sample(struct destination *destination, const char *name, size_t length)
{
    struct destination *d = destination;
    char *path;
    int code;

    if (d->kind != DESTINATION_DIRECTORY)
        return 0;
    if (!name_is_safe(name, length) || length > 4096)
        return error_set(ERROR_INPUT, "sample '%.*s': no file can have that name",
                         (int)(length < 200 ? length : 200), name);
    code = end_output(d);
    if (code)
        return code;
    if (asprintf(&path, "%s/%.*s.fa%s", d->path, (int)length, name, d->bgzf ? ".gz" : "") < 0)
        return no_memory();
    code = open_file(d, path);
    free(path);
    return code;
}

struct fasta_out *destination_text(struct destination *destination)
{
    return destination->text;
}

int destination_idle(struct destination *destination)
{
    size_t ready = fasta_out_buffered(destination->text);

    if (destination->fd < 0 || ready == 0)
        return 0;
    if (ready < IDLE_BYTES && (destination->bytes || destination->bgzf))
        return 0;
    return fasta_out_flush(destination->text);
}

int destination_finish(struct destination *destination)
{
    return end_output(destination);
}

void destination_free(struct destination *destination)
{
    if (!destination)
        return;
    new_file_abandon(destination->file);
    fasta_out_free(destination->text);
    bgzf_free(destination->bgzf);
    free(destination->path);
    free(destination->name);
    free(destination);
}

uint64_t destination_bytes(const struct destination *destination)
{
    return destination->bytes;
}
