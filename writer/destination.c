/*
 * Opening and ending the outputs of a query.
 */
#include "writer/destination.h"

#include "common/error.h"
#include "common/new_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct destination {
    enum destination_kind kind;
    char *path; /* NULL: standard output */
    uint64_t line_length;
    unsigned gzip_level;
    struct fasta_writer *text; /* NULL: no file is open */
    struct new_file *file;     /* the file at work; NULL: standard output, or none yet */
    uint64_t bytes;            /* of the files before */
    int names_samples;
    char *sample;        /* at work, if it is to be named */
    struct bytes header; /* with it */
};

static int no_memory(void)
{
    return error_set(ERROR_MEMORY, "out of memory for the output");
}

static int open_text(struct destination *d, int fd, const char *name)
{
    return fasta_writer_create(&d->text, fd, name, d->line_length, d->gzip_level);
}

static int open_file(struct destination *d, const char *path)
{
    int code = new_file_open(&d->file, path);

    return code ? code : open_text(d, new_file_fd(d->file), path);
}

/* Ends what is being written, if anything is. */
static int end_output(struct destination *d)
{
    struct new_file *file = d->file;
    int code;

    if (!d->text)
        return 0;
    code = fasta_writer_finish(d->text);
    if (code)
        return code;
    d->bytes += fasta_writer_bytes(d->text);
    fasta_writer_free(d->text);
    d->text = NULL;
    d->file = NULL;
    return file ? new_file_commit(file, 0) : 0;
}

static int open_kind(struct destination *d)
{
    switch (d->kind) {
    case DESTINATION_STDOUT:
        return open_text(d, STDOUT_FILENO, "standard output");
    case DESTINATION_FILE:
        return open_file(d, d->path);
    case DESTINATION_DIRECTORY:
        if (mkdir(d->path, 0777) != 0 && errno != EEXIST)
            return error_set_errno(ERROR_IO, "cannot make the directory %s", d->path);
        return 0;
    }
    return error_set(ERROR_USAGE, "unknown kind of output");
}

int destination_open(struct destination **destination, enum destination_kind kind, const char *path,
                     uint64_t line_length, unsigned gzip_level)
{
    struct destination *d = calloc(1, sizeof *d);
    int code;

    if (!d)
        return no_memory();
    d->kind = kind;
    d->line_length = line_length;
    d->gzip_level = gzip_level;
    d->path = path ? strdup(path) : NULL;
    code = path && !d->path ? no_memory() : open_kind(d);
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

void destination_name_samples(struct destination *destination)
{
    destination->names_samples = 1;
}

static int keep_sample(struct destination *d, const char *name, size_t length)
{
    if (!d->names_samples)
        return 0;
    free(d->sample);
    d->sample = strndup(name, length);
    return d->sample ? 0 : no_memory();
}

int destination_sample(struct destination *destination, const char *name, size_t length)
{
    struct destination *d = destination;
    char *path;
    int code = keep_sample(d, name, length);

    if (code)
        return code;
    if (d->kind != DESTINATION_DIRECTORY)
        return 0;
    if (!name_is_safe(name, length) || length > 4096)
        return error_set(ERROR_INPUT, "sample '%.*s': no file can have that name",
                         (int)(length < 200 ? length : 200), name);
    code = end_output(d);
    if (code)
        return code;
    if (asprintf(&path, "%s/%.*s.fa%s", d->path, (int)length, name, d->gzip_level ? ".gz" : "") < 0)
        return no_memory();
    code = open_file(d, path);
    free(path);
    return code;
}

int destination_contig(struct destination *destination, const char *header, size_t length)
{
    struct destination *d = destination;
    int code;

    if (!d->sample)
        return fasta_writer_contig(d->text, header, length);
    d->header.length = 0;
    code = fasta_header_with_sample(&d->header, header, length, d->sample);
    return code ? code
                : fasta_writer_contig(d->text, (const char *)d->header.data, d->header.length);
}

int destination_letters(struct destination *destination, const uint8_t *letters, size_t count)
{
    return fasta_writer_letters(destination->text, letters, count);
}

int destination_idle(struct destination *destination)
{
    if (!destination->text || destination->gzip_level || destination_bytes(destination))
        return 0;
    return fasta_writer_flush(destination->text);
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
    fasta_writer_free(destination->text);
    bytes_free(&destination->header);
    free(destination->sample);
    free(destination->path);
    free(destination);
}

uint64_t destination_bytes(const struct destination *destination)
{
    return destination->bytes + (destination->text ? fasta_writer_bytes(destination->text) : 0);
}
