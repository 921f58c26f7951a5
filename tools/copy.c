/*
 * Copying between descriptors: see copy.h.
 */
#include "tools/copy.h"

#include "common/error.h"

#include <errno.h>
#include <unistd.h>

int write_all(int fd, const void *data, size_t length, const char *name)
{
    const char *at = data;

    while (length) {
        ssize_t n = write(fd, at, length);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(ERROR_IO, "cannot write to %s", name);
        at += n;
        length -= (size_t)n;
    }
    return 0;
}

int copy_descriptor(int from, int to, const char *to_name)
{
    char buffer[64 * 1024];
    int status = 0;

    while (!status) {
        ssize_t n = read(from, buffer, sizeof buffer);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(ERROR_IO, "cannot read back what goes to %s", to_name);
        if (n == 0)
            break;
        status = write_all(to, buffer, (size_t)n, to_name);
    }
    return status;
}
