/*
 * The two futex system calls in the form that struct ring_wait_ops asks for (see futex.h).
 *
 * errno is kept: a wait in the middle of an error path must not change what is reported.
 */
#include "ipc/futex.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void futex_sleep(void *context, uint32_t *word, uint32_t expected, int timeout_ms)
{
    struct timespec timeout = {timeout_ms / 1000, (long)(timeout_ms % 1000) * 1000000};
    int saved = errno;

    (void)context;
    syscall(SYS_futex, word, FUTEX_WAIT, expected, &timeout, NULL, 0);
    errno = saved;
}

void futex_wake(void *context, uint32_t *word)
{
    int saved = errno;

    (void)context;
    syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
    errno = saved;
}
