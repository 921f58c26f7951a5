/*
 * One look at a living process: see process_sample.h. The files are read through one small buffer,
 * no stdio: this runs several times a second for as long as a run takes.
 */
#include "tools/process_sample.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The whole file, or as much of it as fits, ended by NUL. */
static int read_file(pid_t pid, const char *name, char *text, size_t size)
{
    char path[64];
    size_t length = 0;
    ssize_t got;
    int fd;

    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    while (length + 1 < size) {
        got = read(fd, text + length, size - 1 - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        length += (size_t)got;
    }
    close(fd);
    text[length] = 0;
    return length ? 0 : -1;
}

/* The number after a label that begins a line. */
static int find_number(const char *text, const char *label, uint64_t *number)
{
    const char *at = strstr(text, label);

    while (at && at != text && at[-1] != '\n')
        at = strstr(at + 1, label);
    if (!at)
        return -1;
    *number = strtoull(at + strlen(label), NULL, 10);
    return 0;
}

static int read_stat(pid_t pid, char *text, size_t size, struct process_sample *sample)
{
    unsigned long long user, system;
    const char *after;

    if (read_file(pid, "stat", text, size))
        return -1;
    after = strrchr(text, ')'); /* the name before it may hold anything */
    if (!after || sscanf(after + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu",
                         &sample->state, &user, &system) != 3)
        return -1;
    sample->cpu_ms = (user + system) * 1000 / (unsigned long long)sysconf(_SC_CLK_TCK);
    return 0;
}

int process_sample(pid_t pid, struct process_sample *sample)
{
    struct process_sample s;
    char text[4096];

    if (pid <= 0 || read_stat(pid, text, sizeof text, &s) ||
        read_file(pid, "smaps_rollup", text, sizeof text) ||
        find_number(text, "Rss:", &s.rss_kib) || find_number(text, "Pss:", &s.pss_kib) ||
        read_file(pid, "status", text, sizeof text) || find_number(text, "VmHWM:", &s.peak_rss_kib))
        return -1;
    *sample = s;
    return 0;
}
