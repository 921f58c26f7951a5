/*
 * Where an output really goes: see output_path.h.
 */
#include "tools/output_path.h"

#include "common/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The folder's real path, and the last part of path as it is. */
static int resolve_new(const char *path, char **resolved)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
    char *real = folder ? realpath(folder, NULL) : NULL;
    int status = 0;

    if (!folder)
        status = error_set(ERROR_MEMORY, "no memory for a path");
    else if (!real)
        status = error_set_errno(ERROR_IO, "cannot use the folder of the output %s", path);
    else if (!*name)
        status = error_set(ERROR_INPUT, "the output %s is a folder's name", path);
    else if (asprintf(resolved, "%s/%s", strcmp(real, "/") ? real : "", name) < 0)
        status = error_set(ERROR_MEMORY, "no memory for a path");
    free(real);
    free(folder);
    return status;
}

int output_path_resolve(const char *path, char **resolved)
{
    struct stat info;

    if (lstat(path, &info)) {
        if (errno != ENOENT)
            return error_set_errno(ERROR_IO, "cannot use the output %s", path);
        return resolve_new(path, resolved);
    }
    *resolved = realpath(path, NULL);
    if (!*resolved)
        return error_set_errno(ERROR_IO, "cannot follow the output %s", path);
    if (stat(*resolved, &info) || !S_ISREG(info.st_mode)) {
        free(*resolved);
        *resolved = NULL;
        return error_set(ERROR_INPUT, "the output %s is not a regular file", path);
    }
    return 0;
}

int output_path_is(const char *output, const char *input)
{
    struct stat a, b;

    return strcmp(input, "-") && !stat(output, &a) && !stat(input, &b) && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}
