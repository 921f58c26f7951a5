/*
 * Runs that are going on: see running_job.h. A process may end while it is looked at: whatever is
 * missing then makes it no run.
 */
#include "tools/running_job.h"

#include "common/error.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char region_link[] = "/memfd:agc-run";
static const char query_job_link[] = "/memfd:agc-pipeline job";
static const char create_job_link[] = "/job";

static int is_supervisor(pid_t pid)
{
    char path[64], name[32] = "";
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
    file = fopen(path, "re");
    if (!file)
        return 0;
    if (!fgets(name, sizeof name, file))
        name[0] = 0;
    fclose(file);
    return !strcmp(name, "agc-pipeline\n");
}

static int starts(const char *text, const char *with)
{
    return !strncmp(text, with, strlen(with));
}

static int ends(const char *text, const char *with)
{
    size_t length = strlen(text), tail = strlen(with);

    return length >= tail && !strcmp(text + length - tail, with);
}

/* Opens descriptor `name` of the process again, for reading. */
static int open_again(pid_t pid, const char *name)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/fd/%.16s", (int)pid, name);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static void look_at_descriptor(pid_t pid, int folder_fd, const char *name, int *run_fd, int *job_fd)
{
    char target[PATH_MAX];
    ssize_t length = readlinkat(folder_fd, name, target, sizeof target - 1);

    if (length <= 0)
        return;
    target[length] = 0;
    if (*run_fd < 0 && starts(target, region_link))
        *run_fd = open_again(pid, name);
    else if (*job_fd < 0 && (starts(target, query_job_link) || ends(target, create_job_link)))
        *job_fd = open_again(pid, name);
}

static void find_descriptors(pid_t pid, int *run_fd, int *job_fd)
{
    char path[64];
    DIR *folder;
    struct dirent *entry;

    *run_fd = *job_fd = -1;
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    folder = opendir(path);
    if (!folder)
        return;
    while ((entry = readdir(folder)))
        if (isdigit((unsigned char)entry->d_name[0]))
            look_at_descriptor(pid, dirfd(folder), entry->d_name, run_fd, job_fd);
    closedir(folder);
}

static uint64_t elapsed_s(pid_t pid)
{
    char path[64], line[1024];
    unsigned long long started;
    double up = 0;
    const char *after = NULL;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    file = fopen(path, "re");
    if (file && fgets(line, sizeof line, file))
        after = strrchr(line, ')');
    if (file)
        fclose(file);
    file = fopen("/proc/uptime", "re");
    if (file && fscanf(file, "%lf", &up) != 1)
        up = 0;
    if (file)
        fclose(file);
    if (!after || sscanf(after + 1,
                         " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d"
                         " %*d %*d %*d %*d %llu",
                         &started) != 1)
        return 0;
    up -= (double)started / (double)sysconf(_SC_CLK_TCK);
    return up > 0 ? (uint64_t)up : 0;
}

static int visit_process(pid_t pid, int (*visit)(void *context, const struct running_job *job),
                         void *context)
{
    struct running_job found = {.pid = pid};
    int run_fd, job_fd, result = 0;

    find_descriptors(pid, &run_fd, &job_fd);
    if (run_fd >= 0 && job_fd >= 0 && !job_read(job_fd, &found.job)) {
        if (!run_attach_watching(run_fd, &found.run)) {
            found.elapsed_s = elapsed_s(pid);
            result = visit(context, &found);
            run_detach(found.run);
        }
        job_free(found.job);
    }
    if (run_fd >= 0)
        close(run_fd);
    if (job_fd >= 0)
        close(job_fd);
    return result;
}

int running_jobs(int (*visit)(void *context, const struct running_job *job), void *context)
{
    DIR *processes = opendir("/proc");
    struct dirent *entry;
    int result = 0;

    if (!processes)
        return error_set_errno(ERROR_IO, "cannot list /proc");
    while (!result && (entry = readdir(processes))) {
        pid_t pid = (pid_t)atoi(entry->d_name);

        if (pid > 0 && pid != getpid() && is_supervisor(pid))
            result = visit_process(pid, visit, context);
    }
    closedir(processes);
    return result;
}
