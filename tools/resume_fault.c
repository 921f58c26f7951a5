/*
 * A sample at fault, and cutting the logs back to before it: see resume.h.
 *
 * The logs are cut by seq alone. Frames that carry none (0) belong to the one before them. In the
 * writer's log the frame of seq q may already hold names of what comes after segment q; in a worker's
 * log pieces of a later segment may follow the last decision. So the cut goes before the last frame
 * whose seq is below seq - 1: that frame, and all that leans on it, is made again.
 */
#include "tools/resume.h"

#include "common/error.h"
#include "ipc/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char fault_name[] = "failed";

int resume_read_fault(const struct workdir *work, struct resume_fault **fault)
{
    int fd = openat(work->fd, fault_name, O_RDONLY | O_CLOEXEC), status;
    struct resume_fault *made = NULL;
    struct job *text;
    uint64_t seq = 0;

    *fault = NULL;
    if (fd < 0)
        return errno == ENOENT ? 0 : error_set_errno(ERROR_IO, "cannot open %s/failed", work->path);
    status = job_read(fd, &text);
    close(fd);
    if (status)
        return 0; /* damaged: then nobody may change anything */
    if (job_get(text, "sample") && !job_number(text, "seq", &seq))
        made = calloc(1, sizeof *made);
    if (made) {
        made->seq = seq;
        made->sample = strdup(job_get(text, "sample"));
    }
    job_free(text);
    if (made && !made->sample) {
        free(made);
        made = NULL;
    }
    *fault = made;
    return 0;
}

void resume_fault_free(struct resume_fault *fault)
{
    if (fault)
        free(fault->sample);
    free(fault);
}

struct cut {
    uint64_t below; /* seq */
    uint64_t first, at; /* addresses; 0: none yet */
};

static int find_cut(void *context, const struct log_frame *frame)
{
    struct cut *cut = context;

    if (!cut->first)
        cut->first = frame->off;
    if (frame->seq && frame->seq + 1 < cut->below)
        cut->at = frame->off;
    return 0;
}

static int cut_log(const struct workdir *work, const char *name, uint64_t seq)
{
    struct cut cut = {.below = seq};
    struct log *log;
    int status = log_open(&log, work->fd, name, find_cut, &cut);

    if (status)
        return status;
    if (cut.first)
        status = log_truncate(log, cut.at ? cut.at : cut.first);
    if (!status)
        status = log_sync(log);
    log_close(log);
    return status;
}

static int is_receiver_log(const char *name)
{
    size_t length = strlen(name);

    return !strcmp(name, "writer.log") ||
           (!strncmp(name, "worker.", 7) && length > 4 && !strcmp(name + length - 4, ".log"));
}

int resume_roll_back(const struct workdir *work, uint64_t seq)
{
    int fd = openat(work->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), status = 0;
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;

    if (!directory) {
        if (fd >= 0)
            close(fd);
        return error_set_errno(ERROR_IO, "cannot list %s", work->path);
    }
    while (!status && (entry = readdir(directory)))
        if (is_receiver_log(entry->d_name))
            status = cut_log(work, entry->d_name, seq);
    closedir(directory);
    if (!status && unlinkat(work->fd, fault_name, 0) && errno != ENOENT)
        status = error_set_errno(ERROR_IO, "cannot delete %s/failed", work->path);
    return status;
}
