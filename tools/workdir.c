/*
 * The work directory: see workdir.h.
 *
 * Order of removal: everything else, then `lock`, then the directory. Whoever gets a lock checks
 * that the file it locked is still the one that the name leads to, and tries again if not: its
 * holder may have been about to remove it.
 */
#include "tools/workdir.h"

#include "common/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char lock_name[] = "lock";

/* Calls unlinkat for every file but `lock`; counts what is there if count is not NULL (then
 * nothing is deleted). */
static int sweep(const struct workdir *w, size_t *count)
{
    int fd = openat(w->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), status = 0;
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;

    if (!directory) {
        if (fd >= 0)
            close(fd);
        return error_set_errno(ERROR_IO, "cannot list %s", w->path);
    }
    while (!status && (entry = readdir(directory))) {
        const char *name = entry->d_name;

        if (!strcmp(name, ".") || !strcmp(name, "..") || !strcmp(name, lock_name))
            continue;
        if (count)
            ++*count;
        else if (unlinkat(w->fd, name, 0) && errno != ENOENT)
            status = error_set_errno(ERROR_IO, "cannot delete %s/%s", w->path, name);
    }
    closedir(directory);
    return status;
}

/* 1 if the lock was taken on a file that is still there, 0 to try again, or an error. */
static int try_lock(struct workdir *w)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct stat locked, named;

    w->lock_fd = openat(w->fd, lock_name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (w->lock_fd < 0 && errno == ENOENT) {
        size_t count = 0;
        int status = sweep(w, &count);

        if (status)
            return status;
        if (count)
            return error_set(ERROR_INPUT, "%s is not a work directory of agc-pipeline, and is not empty",
                             w->path);
        w->lock_fd = openat(w->fd, lock_name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    }
    if (w->lock_fd < 0)
        return errno == ENOENT ? 0 : error_set_errno(ERROR_IO, "cannot open %s/lock", w->path);
    if (fcntl(w->lock_fd, F_SETLK, &lock)) {
        struct flock holder = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

        if (errno != EAGAIN && errno != EACCES)
            return error_set_errno(ERROR_IO, "cannot lock %s/lock", w->path);
        if (!fcntl(w->lock_fd, F_GETLK, &holder) && holder.l_type != F_UNLCK)
            return error_set(ERROR_INPUT, "%s is in use by another run (process %d)", w->path,
                             (int)holder.l_pid);
        return error_set(ERROR_INPUT, "%s is in use by another run", w->path);
    }
    if (!fstat(w->lock_fd, &locked) && !fstatat(w->fd, lock_name, &named, AT_SYMLINK_NOFOLLOW) &&
        locked.st_dev == named.st_dev && locked.st_ino == named.st_ino)
        return 1;
    close(w->lock_fd);
    w->lock_fd = -1;
    return 0;
}

/* Frees, and gives up the lock. */
static void workdir_release(struct workdir *w)
{
    if (w->lock_fd >= 0)
        close(w->lock_fd);
    if (w->fd >= 0)
        close(w->fd);
    free(w->path);
    *w = (struct workdir){.fd = -1, .lock_fd = -1};
}

void workdir_keep(struct workdir *workdir)
{
    workdir_release(workdir);
}

/* Opens the directory anew on each try: the one opened before may have been removed. */
static int open_once(struct workdir *w, int make)
{
    if (make && mkdir(w->path, 0700) && errno != EEXIST)
        return error_set_errno(ERROR_IO, "cannot make the work directory %s", w->path);
    w->fd = open(w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (w->fd < 0 && errno == ENOENT)
        return make ? 0 : error_set(ERROR_NOT_FOUND, "there is no work directory %s", w->path);
    if (w->fd < 0)
        return error_set_errno(ERROR_IO, "cannot open the work directory %s", w->path);
    return try_lock(w);
}

static int absolute_path(const char *path, char **absolute)
{
    char folder[PATH_MAX];

    if (path[0] == '/') {
        *absolute = strdup(path);
    } else {
        if (!getcwd(folder, sizeof folder))
            return error_set_errno(ERROR_IO, "cannot tell the current folder");
        if (asprintf(absolute, "%s/%s", folder, path) < 0)
            *absolute = NULL;
    }
    return *absolute ? 0 : error_set(ERROR_MEMORY, "no memory for a path");
}

static int open_at(struct workdir *workdir, const char *path, int make)
{
    int got = 0, tries, status;

    *workdir = (struct workdir){.fd = -1, .lock_fd = -1};
    status = absolute_path(path, &workdir->path);
    if (status)
        return status;
    for (tries = 0; tries < 100 && !got; tries++) {
        if (workdir->fd >= 0)
            close(workdir->fd);
        workdir->fd = -1;
        got = open_once(workdir, make);
    }
    status = got < 0 ? got : 0;
    if (!got)
        status = error_set(ERROR_IO, "%s comes and goes: another run uses it", workdir->path);
    if (status)
        workdir_release(workdir);
    return status;
}

int workdir_open(struct workdir *workdir, const char *path)
{
    return open_at(workdir, path, 1);
}

int workdir_open_existing(struct workdir *workdir, const char *path)
{
    return open_at(workdir, path, 0);
}

int workdir_open_temporary(struct workdir *workdir)
{
    const char *folder = getenv("TMPDIR");
    char path[PATH_MAX];

    *workdir = (struct workdir){.fd = -1, .lock_fd = -1};
    if (!folder || !*folder)
        folder = "/tmp";
    if ((size_t)snprintf(path, sizeof path, "%s/agc-pipeline.XXXXXX", folder) >= sizeof path)
        return error_set(ERROR_USAGE, "TMPDIR is too long");
    if (!mkdtemp(path))
        return error_set_errno(ERROR_IO, "cannot make a work directory under %s", folder);
    return workdir_open(workdir, path);
}

int workdir_empty(const struct workdir *workdir)
{
    return sweep(workdir, NULL);
}

int workdir_has(const struct workdir *workdir, const char *name)
{
    return faccessat(workdir->fd, name, F_OK, 0) == 0;
}

int workdir_has_like(const struct workdir *workdir, const char *begin, const char *end)
{
    int fd = openat(workdir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), found = 0;
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    size_t end_length = strlen(end);
    struct dirent *entry;

    if (!directory) {
        if (fd >= 0)
            close(fd);
        return 0;
    }
    while (!found && (entry = readdir(directory))) {
        size_t length = strlen(entry->d_name);

        found = !strncmp(entry->d_name, begin, strlen(begin)) && length >= end_length &&
                !strcmp(entry->d_name + length - end_length, end);
    }
    closedir(directory);
    return found;
}

int workdir_remove(struct workdir *workdir)
{
    int status;

    if (workdir->fd < 0)
        return 0;
    status = sweep(workdir, NULL);
    if (!status && unlinkat(workdir->fd, lock_name, 0))
        status = error_set_errno(ERROR_IO, "cannot delete %s/lock", workdir->path);
    if (!status && rmdir(workdir->path))
        status = error_set_errno(ERROR_IO, "cannot delete %s", workdir->path);
    workdir_release(workdir);
    return status;
}
