/*
 * Errors: one table of codes, one message per thread.
 *
 * Fallible functions return 0 or a negative code from enum error_code. The function that first
 * sees the fault calls error_set() with a text that names what it is about (file, stream, record,
 * position); callers may put words in front with error_wrap(). The text lives per thread until the
 * next error_set(). Nothing below a *_main.c prints or exits.
 */
#ifndef COMMON_ERROR_H
#define COMMON_ERROR_H

enum error_code {
    ERROR_IO = -1,        /* a system call failed; the text holds strerror() */
    ERROR_MEMORY = -2,    /* malloc failed, or a promise of memory would be broken */
    ERROR_FORMAT = -3,    /* an archive breaks a rule of the format, or is damaged */
    ERROR_INPUT = -4,     /* a FASTA input is not acceptable */
    ERROR_SPACE = -5,     /* ENOSPC, EDQUOT, EIO on an output: no crash, resumable */
    ERROR_USAGE = -6,     /* the command line or a parameter is wrong */
    ERROR_NOT_FOUND = -7, /* a sample, contig or region that is not there */
    ERROR_STOPPED = -8,   /* the run is being stopped, or the supervisor is gone */
    ERROR_SHARED = -9,    /* shared memory or a log holds what no stage wrote */
    ERROR_VERSION = -10,  /* a version of format or work directory that is not known */
    ERROR_PIPE = -11,     /* EPIPE on standard output: end quietly */
};

/* Exit statuses of the stages; agc-pipeline itself ends with 0, 1 or 2. */
enum exit_status {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,   /* a verdict: starting again would fail again */
    EXIT_USAGE = 2,
    EXIT_NO_SPACE = 3, /* a verdict; resumable once there is room */
    EXIT_STOPPED = 4,  /* stopped on request or because the supervisor went away */
    EXIT_PIPE = 5,     /* the reader of standard output went away: quiet */
};

/* Formats the message of this thread and returns code. */
int error_set(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* As error_set(), and appends ": " strerror(errno). ENOSPC, EDQUOT and EIO turn ERROR_IO into
 * ERROR_SPACE; EPIPE turns it into ERROR_PIPE. Returns the code chosen. */
int error_set_errno(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "prefix: " before the message of this thread; returns code unchanged. */
int error_wrap(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The message of this thread; never NULL. Borrowed until the next call of this module. */
const char *error_text(void);

/* The exit status that a *_main.c ends with for a code. */
int error_exit_status(int code);

#endif
