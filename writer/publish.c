/*
 * Rename, or copy and rename.
 */
#include "writer/publish.h"

#include "common/error.h"
#include "common/new_file.h"
#include "ipc/fault.h"
#include "writer/archive_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPY_BYTES = 256 * 1024 };

static int copy_bytes(int from, int to, const char *output)
{
    char *buffer = malloc(COPY_BYTES);
    int code = buffer ? 0 : error_set(ERROR_MEMORY, "out of memory for copying");

    while (!code) {
        ssize_t n = read(from, buffer, COPY_BYTES);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            code = error_set_errno(ERROR_IO, "cannot read the archive in the work directory");
        if (n <= 0)
            break;
        code = write_fully(to, buffer, (size_t)n, output);
    }
    free(buffer);
    return code;
}

static int copy_archive(int work_fd, const char *output)
{
    struct new_file *file;
    int from = openat(work_fd, ARCHIVE_OUT_NAME, O_RDONLY | O_CLOEXEC);
    int code;

    if (from < 0)
        return error_set_errno(ERROR_IO, "cannot open the archive in the work directory");
    code = new_file_open(&file, output);
    if (!code) {
        code = copy_bytes(from, new_file_fd(file), output);
        if (code)
            new_file_abandon(file);
        else
            code = new_file_commit(file, 1);
    }
    close(from);
    if (!code)
        unlinkat(work_fd, ARCHIVE_OUT_NAME, 0);
    return code;
}

/* A rename would take the place of a device or a FIFO. */
static int may_rename(const char *path)
{
    struct stat info;

    return stat(path, &info) != 0 || S_ISREG(info.st_mode);
}

int publish_archive(int work_fd, const char *output)
{
    char *real = realpath(output, NULL);
    const char *path = real ? real : output;
    int code = 0;

    FAULT("writer-publish");
    if (!may_rename(path))
        code = copy_archive(work_fd, path);
    else if (renameat(work_fd, ARCHIVE_OUT_NAME, AT_FDCWD, path) == 0)
        code = sync_directory_of(path);
    else if (errno == EXDEV)
        code = copy_archive(work_fd, path);
    else
        code = error_set_errno(ERROR_IO, "cannot move the archive to %s", output);
    FAULT("writer-published");
    free(real);
    return code;
}
