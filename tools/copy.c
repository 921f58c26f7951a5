/*
 * Copying between descriptors: see copy.h.
 */
#include "tools/copy.h"

#include "common/error.h"
#include "common/new_file.h"

#include <errno.h>
#include <unistd.h>

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
        status = write_fully(to, buffer, (size_t)n, to_name);
    }
    return status;
}
