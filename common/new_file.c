/*
 * Files that appear when they are whole.
 */
#include "common/new_file.h"

#include "common/error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct new_file {
    int fd;
    int dir_fd;       /* -1: written to directly */
    int named;        /* stands under `partial` already */
    char *path;       /* where links end */
    const char *base; /* its last component */
    char partial[NAME_MAX + 1];
};

int write_fully(int fd, const void *data, size_t length, const char *what)
{
    const char *at = data;

    while (length) {
        ssize_t n = write(fd, at, length);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(ERROR_IO, "cannot write to %s", what);
        at += n;
        length -= (size_t)n;
    }
    return 0;
}

/* The directory part of a path, as a new string; *base is the rest. */
static char *directory_of(const char *path, const char **base)
{
    const char *slash = strrchr(path, '/');

    *base = slash ? slash + 1 : path;
    if (!slash)
        return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static int open_directory_of(const char *path, const char **base, int *fd)
{
    char *directory = directory_of(path, base);
    int code = 0;

    if (!directory)
        return error_set(ERROR_MEMORY, "out of memory for a path");
    *fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*fd < 0)
        code = error_set_errno(ERROR_IO, "cannot open the directory of %s", path);
    free(directory);
    return code;
}

/* Some file systems cannot sync directories; then there is nothing to wait for. */
static int sync_fd(int fd, const char *path)
{
    if (fsync(fd) == 0 || errno == EINVAL || errno == EROFS || errno == ENOTSUP)
        return 0;
    return error_set_errno(ERROR_IO, "cannot sync %s", path);
}

int sync_directory_of(const char *path)
{
    const char *base;
    int fd;
    int code = open_directory_of(path, &base, &fd);

    if (code)
        return code;
    code = sync_fd(fd, path);
    close(fd);
    return code;
}

static void name_partial(struct new_file *file)
{
    if (snprintf(file->partial, sizeof file->partial, "%s.partial", file->base) >=
        (int)sizeof file->partial)
        strcpy(file->partial, ".agc-pipeline.partial");
}

static int open_nameless(struct new_file *file)
{
    /* Naming it later goes through /proc. */
    if (access("/proc/self/fd", X_OK) != 0)
        return -1;
    return openat(file->dir_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
}

static int open_regular(struct new_file *file)
{
    int code = open_directory_of(file->path, &file->base, &file->dir_fd);

    if (code)
        return code;
    name_partial(file);
    file->fd = open_nameless(file);
    if (file->fd >= 0)
        return 0;
    unlinkat(file->dir_fd, file->partial, 0);
    file->fd = openat(file->dir_fd, file->partial, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file->fd < 0)
        return error_set_errno(ERROR_IO, "cannot create %s", file->path);
    file->named = 1;
    return 0;
}

/* The path with links followed, or as it is if there is nothing yet. */
static char *resolve(const char *path)
{
    char *real = realpath(path, NULL);

    return real || errno == ENOMEM ? real : strdup(path);
}

int new_file_open(struct new_file **file, const char *path)
{
    struct new_file *f = calloc(1, sizeof *f);
    struct stat info;
    int code = 0;

    if (!f)
        return error_set(ERROR_MEMORY, "out of memory for %s", path);
    f->fd = f->dir_fd = -1;
    f->path = resolve(path);
    if (!f->path)
        code = error_set(ERROR_MEMORY, "out of memory for %s", path);
    else if (stat(f->path, &info) != 0 || S_ISREG(info.st_mode))
        code = open_regular(f);
    else if (S_ISDIR(info.st_mode))
        code = error_set(ERROR_USAGE, "%s is a directory", path);
    else if ((f->fd = open(f->path, O_WRONLY | O_CLOEXEC)) < 0)
        code = error_set_errno(ERROR_IO, "cannot open %s", path);
    if (code)
        new_file_abandon(f);
    else
        *file = f;
    return code;
}

int new_file_fd(const struct new_file *file)
{
    return file->fd;
}

/* Gives a nameless file the name `partial`. */
static int link_partial(struct new_file *file)
{
    char from[64];

    snprintf(from, sizeof from, "/proc/self/fd/%d", file->fd);
    if (linkat(AT_FDCWD, from, file->dir_fd, file->partial, AT_SYMLINK_FOLLOW) != 0) {
        /* One that a killed run left. */
        if (errno != EEXIST || unlinkat(file->dir_fd, file->partial, 0) != 0 ||
            linkat(AT_FDCWD, from, file->dir_fd, file->partial, AT_SYMLINK_FOLLOW) != 0)
            return error_set_errno(ERROR_IO, "cannot name %s", file->path);
    }
    file->named = 1;
    return 0;
}

static int commit(struct new_file *file, int synced)
{
    int code = synced ? sync_fd(file->fd, file->path) : 0;

    if (!code && !file->named)
        code = link_partial(file);
    if (code)
        return code;
    if (renameat(file->dir_fd, file->partial, file->dir_fd, file->base) != 0)
        return error_set_errno(ERROR_IO, "cannot rename to %s", file->path);
    file->named = 0;
    return synced ? sync_fd(file->dir_fd, file->path) : 0;
}

int new_file_commit(struct new_file *file, int synced)
{
    int code = file->dir_fd >= 0 ? commit(file, synced) : 0;

    new_file_abandon(file);
    return code;
}

void new_file_abandon(struct new_file *file)
{
    if (!file)
        return;
    if (file->named)
        unlinkat(file->dir_fd, file->partial, 0);
    if (file->fd >= 0)
        close(file->fd);
    if (file->dir_fd >= 0)
        close(file->dir_fd);
    free(file->path);
    free(file);
}
