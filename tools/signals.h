/*
 * Signals of the supervisor, as events.
 *
 * SIGCHLD, SIGINT, SIGTERM and SIGHUP are blocked and come through one descriptor, so the supervisor
 * has no handlers and no races with them. SIGPIPE is ignored (writes return EPIPE). A signal that was
 * ignored when the program started (nohup, background jobs of a plain shell) stays ignored. Children
 * get the mask back as it was.
 */
#ifndef TOOLS_SIGNALS_H
#define TOOLS_SIGNALS_H

struct signals {
    int fd; /* readable when something came */
};

struct signal_events {
    int child;    /* some child changed state */
    int stop;     /* number of the signal that asks us to end, or 0 */
};

/* ERROR_IO. */
int signals_open(struct signals *signals);
void signals_close(struct signals *signals);

/* Takes everything that is pending, after waiting at most timeout_ms (-1: without end). */
void signals_take(struct signals *signals, int timeout_ms, struct signal_events *events);

/* In a forked child, before exec. Only async-signal-safe calls. */
void signals_restore(void);

#endif
