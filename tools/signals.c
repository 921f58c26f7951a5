/*
 * Signals as events: see signals.h. The mask before signals_open() is kept for children.
 */
#include "tools/signals.h"

#include "common/error.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

static sigset_t mask_before;

static const int stop_signals[] = {SIGINT, SIGTERM, SIGHUP};

int signals_open(struct signals *signals)
{
    struct sigaction action, ignore = {.sa_handler = SIG_IGN};
    sigset_t wanted;
    size_t i;

    sigemptyset(&wanted);
    sigaddset(&wanted, SIGCHLD);
    for (i = 0; i < sizeof stop_signals / sizeof stop_signals[0]; i++)
        if (sigaction(stop_signals[i], NULL, &action) || action.sa_handler != SIG_IGN)
            sigaddset(&wanted, stop_signals[i]);
    sigaction(SIGPIPE, &ignore, NULL);
    /* A parent that ignored SIGCHLD would have the kernel reap our children. */
    action = (struct sigaction){.sa_handler = SIG_DFL};
    sigaction(SIGCHLD, &action, NULL);
    if (sigprocmask(SIG_BLOCK, &wanted, &mask_before))
        return error_set_errno(ERROR_IO, "cannot block signals");
    signals->fd = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals->fd < 0)
        return error_set_errno(ERROR_IO, "cannot make a signal descriptor");
    return 0;
}

void signals_close(struct signals *signals)
{
    close(signals->fd);
    sigprocmask(SIG_SETMASK, &mask_before, NULL);
}

void signals_take(struct signals *signals, int timeout_ms, struct signal_events *events)
{
    struct pollfd poll_fd = {.fd = signals->fd, .events = POLLIN};
    struct signalfd_siginfo info;

    *events = (struct signal_events){0};
    if (poll(&poll_fd, 1, timeout_ms) < 1)
        return;
    while (read(signals->fd, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGCHLD)
            events->child = 1;
        else
            events->stop = (int)info.ssi_signo;
    }
}

void signals_restore(void)
{
    sigprocmask(SIG_SETMASK, &mask_before, NULL);
}
