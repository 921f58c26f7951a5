#include "common/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char message[1024];

int error_set(int code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return code;
}

static int code_for_errno(int code, int saved)
{
    if (code != ERROR_IO)
        return code;
    if (saved == ENOSPC || saved == EDQUOT || saved == EIO)
        return ERROR_SPACE;
    return saved == EPIPE ? ERROR_PIPE : code;
}

int error_set_errno(int code, const char *format, ...)
{
    int saved = errno;
    va_list args;
    size_t used;

    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    used = strlen(message);
    snprintf(message + used, sizeof message - used, ": %s", strerror(saved));
    return code_for_errno(code, saved);
}

int error_wrap(int code, const char *format, ...)
{
    char old[sizeof message];
    va_list args;
    size_t used;

    memcpy(old, message, sizeof old);
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    used = strlen(message);
    snprintf(message + used, sizeof message - used, ": %s", old);
    return code;
}

const char *error_text(void)
{
    return message;
}

int error_exit_status(int code)
{
    switch (code) {
    case 0:
        return EXIT_DONE;
    case ERROR_USAGE:
        return EXIT_USAGE;
    case ERROR_SPACE:
        return EXIT_NO_SPACE;
    case ERROR_STOPPED:
        return EXIT_STOPPED;
    case ERROR_PIPE:
        return EXIT_PIPE;
    default:
        return EXIT_FAILED;
    }
}
