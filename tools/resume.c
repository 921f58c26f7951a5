/*
 * The job of a work directory: see resume.h.
 */
#include "tools/resume.h"

#include "common/error.h"
#include "common/version.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

static const char job_name[] = "job", job_new_name[] = "job.new";

/* ---- making */

int resume_add_head(struct job *job, uint32_t workers)
{
    char folder[PATH_MAX];
    int status = job_add_number(job, "layout", RESUME_LAYOUT);

    if (!getcwd(folder, sizeof folder))
        return error_set_errno(ERROR_IO, "cannot tell the current folder");
    status = status ? status : job_add(job, "program", VERSION_TEXT);
    status = status ? status : job_add(job, "zstd", ZSTD_versionString());
    status = status ? status : job_add_number(job, "workers", workers);
    return status ? status : job_add(job, "cwd", folder);
}

static void identity_of(const char *path, char out[64])
{
    struct stat st;

    if (!strcmp(path, "-") || stat(path, &st) || !S_ISREG(st.st_mode))
        snprintf(out, 64, "-");
    else
        snprintf(out, 64, "%" PRId64 " bytes, changed %" PRId64 ".%09ld", (int64_t)st.st_size,
                 (int64_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

static int add_input(struct job *job, const char *path, const char *sample, const char *identity)
{
    int status = job_add(job, "input", path);

    status = status ? status : job_add(job, "sample", sample);
    return status ? status : job_add(job, "identity", identity);
}

int resume_add_inputs(struct job *job, const struct inputs *inputs)
{
    char identity[64];
    size_t i;
    int status = 0;

    for (i = 0; !status && i < inputs->count; i++) {
        identity_of(inputs->files[i].path, identity);
        status = add_input(job, inputs->files[i].path, inputs->files[i].sample, identity);
    }
    return status;
}

static int is_one_of(const char *key, const char *const *keys)
{
    for (; keys && *keys; keys++)
        if (!strcmp(key, *keys))
            return 1;
    return 0;
}

/* True if entry i of job begins an input: its path, sample and identity follow one another. */
static int is_input(const struct job *job, size_t i)
{
    return i + 2 < job_count(job) && !strcmp(job_key(job, i), "input") &&
           !strcmp(job_key(job, i + 1), "sample") && !strcmp(job_key(job, i + 2), "identity");
}

static int copy_entries(const struct job *job, const char *const *without, const char *sample,
                        int new_identities, struct job *copy)
{
    char identity[64];
    size_t i;
    int status = 0;

    for (i = 0; !status && i < job_count(job); i++) {
        if (is_input(job, i)) {
            const char *path = job_value(job, i), *name = job_value(job, i + 1);

            snprintf(identity, sizeof identity, "%s", job_value(job, i + 2));
            if (new_identities)
                identity_of(path, identity);
            status = sample && !strcmp(name, sample) ? job_add(copy, "skipped", name)
                                                     : add_input(copy, path, name, identity);
            i += 2;
        } else if (!is_one_of(job_key(job, i), without)) {
            status = job_add(copy, job_key(job, i), job_value(job, i));
        }
    }
    return status;
}

int resume_copy(const struct job *job, const char *const *without, const char *sample,
                int new_identities, struct job **copy)
{
    struct job *made = job_new();
    int status = made ? copy_entries(job, without, sample, new_identities, made)
                      : error_set(ERROR_MEMORY, "no memory for the job");

    if (status)
        job_free(made);
    else
        *copy = made;
    return status;
}

/* ---- the file */

static void check_of(const struct job *job, size_t count, char out[17])
{
    uint64_t check = count;
    size_t i;

    for (i = 0; i < count; i++) {
        check = XXH3_64bits_withSeed(job_key(job, i), strlen(job_key(job, i)) + 1, check);
        check = XXH3_64bits_withSeed(job_value(job, i), strlen(job_value(job, i)) + 1, check);
    }
    snprintf(out, 17, "%016" PRIx64, check);
}

static int damaged(const struct workdir *work)
{
    return error_set(ERROR_SHARED, "%s/job is damaged: the run cannot go on; create --restart starts "
                                   "it over",
                     work->path);
}

static int check_job(const struct workdir *work, const struct job *job)
{
    size_t count = job_count(job);
    uint64_t layout;
    char check[17];

    if (!job_number(job, "layout", &layout) && layout != RESUME_LAYOUT)
        return error_set(ERROR_VERSION, "%s has layout version %" PRIu64 "; this program knows %d: go "
                                        "on with the version that began it (%s), or start over",
                         work->path, layout, RESUME_LAYOUT,
                         job_get(job, "program") ? job_get(job, "program") : "unknown");
    if (count < 2 || strcmp(job_key(job, count - 1), "check"))
        return damaged(work);
    check_of(job, count - 1, check);
    return strcmp(check, job_value(job, count - 1)) ? damaged(work) : 0;
}

int resume_read(const struct workdir *work, struct job **job)
{
    static const char *const without[] = {"check", NULL};
    int fd = openat(work->fd, job_name, O_RDONLY | O_CLOEXEC), status;
    struct job *whole;

    if (fd < 0)
        return errno == ENOENT ? error_set(ERROR_NOT_FOUND, "%s holds no run", work->path)
                               : error_set_errno(ERROR_IO, "cannot open %s/job", work->path);
    status = job_read(fd, &whole);
    close(fd);
    if (status)
        return status == ERROR_SHARED ? damaged(work) : status;
    status = check_job(work, whole);
    if (!status)
        status = resume_copy(whole, without, NULL, 0, job);
    job_free(whole);
    return status;
}

static int write_synced(const struct workdir *work, const struct job *job)
{
    int fd = openat(work->fd, job_new_name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), status;

    if (fd < 0)
        return error_set_errno(ERROR_IO, "cannot make %s/%s", work->path, job_new_name);
    status = job_write(job, fd);
    if (!status && fsync(fd))
        status = error_set_errno(ERROR_IO, "cannot sync %s/%s", work->path, job_new_name);
    close(fd);
    if (!status && renameat(work->fd, job_new_name, work->fd, job_name))
        status = error_set_errno(ERROR_IO, "cannot rename %s/%s", work->path, job_new_name);
    if (!status && fsync(work->fd) && errno != EINVAL && errno != ENOSYS)
        status = error_set_errno(ERROR_IO, "cannot sync %s", work->path);
    return status;
}

int resume_write(const struct workdir *work, const struct job *job, int *fd)
{
    struct job *whole;
    char check[17];
    int status = resume_copy(job, NULL, NULL, 0, &whole);

    if (status)
        return status;
    check_of(whole, job_count(whole), check);
    status = job_add(whole, "check", check);
    if (!status)
        status = write_synced(work, whole);
    job_free(whole);
    if (status || !fd)
        return status;
    *fd = openat(work->fd, job_name, O_RDONLY | O_CLOEXEC);
    return *fd < 0 ? error_set_errno(ERROR_IO, "cannot open %s/job", work->path) : 0;
}

int resume_has_work(const struct workdir *work)
{
    /* without its job a log is of no use: the directory was being removed */
    return workdir_has(work, "reader.log") && workdir_has(work, job_name);
}
