/*
 * The job as a list of strings (job.h).
 *
 * Each entry is one allocation "key\0value\0", so that what job_get() lends stays where it is when
 * entries are added. In the file every entry is "key=value\0"; the file is written whole from
 * offset 0 and cut there, and read back with pread, so a descriptor shared by several stages may be
 * read by all of them at once. A file that is no job (an entry without '=', no closing NUL) is
 * ERROR_SHARED: it lies in the work directory, where anything may happen to it.
 */
#include "ipc/job.h"

#include "common/error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { JOB_BYTES_MAX = 1 << 28 };

struct entry {
    char *key;
    const char *value;
};

struct job {
    struct entry *entries;
    size_t count, capacity;
};

struct job *job_new(void)
{
    return calloc(1, sizeof(struct job));
}

void job_free(struct job *job)
{
    size_t i;

    if (!job)
        return;
    for (i = 0; i < job->count; i++)
        free(job->entries[i].key);
    free(job->entries);
    free(job);
}

static int make_room(struct job *job)
{
    size_t capacity = job->capacity ? job->capacity * 2 : 32;
    struct entry *entries;

    if (job->count < job->capacity)
        return 0;
    entries = reallocarray(job->entries, capacity, sizeof *entries);
    if (!entries)
        return error_set(ERROR_MEMORY, "out of memory for the job");
    job->entries = entries;
    job->capacity = capacity;
    return 0;
}

static int add_entry(struct job *job, const char *key, size_t key_length, const char *value)
{
    size_t value_length = strlen(value);
    int code = make_room(job);
    char *copy;

    if (code)
        return code;
    copy = malloc(key_length + value_length + 2);
    if (!copy)
        return error_set(ERROR_MEMORY, "out of memory for the job");
    memcpy(copy, key, key_length);
    copy[key_length] = '\0';
    memcpy(copy + key_length + 1, value, value_length + 1);
    job->entries[job->count].key = copy;
    job->entries[job->count].value = copy + key_length + 1;
    job->count++;
    return 0;
}

int job_add(struct job *job, const char *key, const char *value)
{
    return add_entry(job, key, strlen(key), value);
}

int job_add_number(struct job *job, const char *key, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, value);
    return job_add(job, key, text);
}

const char *job_get(const struct job *job, const char *key)
{
    size_t i;

    for (i = 0; i < job->count; i++)
        if (strcmp(job->entries[i].key, key) == 0)
            return job->entries[i].value;
    return NULL;
}

int job_number(const struct job *job, const char *key, uint64_t *value)
{
    const char *text = job_get(job, key);
    char *end;
    uint64_t number;

    if (!text)
        return error_set(ERROR_USAGE, "the job lacks '%s'", key);
    errno = 0;
    number = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno)
        return error_set(ERROR_USAGE, "the job's '%s' is not a number: '%s'", key, text);
    *value = number;
    return 0;
}

size_t job_count(const struct job *job)
{
    return job->count;
}

const char *job_key(const struct job *job, size_t index)
{
    return index < job->count ? job->entries[index].key : NULL;
}

const char *job_value(const struct job *job, size_t index)
{
    return index < job->count ? job->entries[index].value : NULL;
}

static int write_whole(int fd, const uint8_t *data, size_t length)
{
    size_t done = 0;

    while (done < length) {
        ssize_t n = pwrite(fd, data + done, length - done, (off_t)done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(ERROR_IO, "writing the job");
        done += (size_t)n;
    }
    if (ftruncate(fd, (off_t)length) < 0)
        return error_set_errno(ERROR_IO, "writing the job");
    return 0;
}

int job_write(const struct job *job, int fd)
{
    struct bytes text = {0};
    size_t i;
    int code = 0;

    for (i = 0; i < job->count && !code; i++) {
        const struct entry *e = &job->entries[i];

        code = bytes_append(&text, e->key, strlen(e->key));
        if (!code)
            code = bytes_append_byte(&text, '=');
        if (!code)
            code = bytes_append(&text, e->value, strlen(e->value) + 1);
    }
    if (!code)
        code = write_whole(fd, text.data, text.length);
    bytes_free(&text);
    return code;
}

static int read_whole(int fd, struct bytes *text)
{
    struct stat st;
    int code;

    if (fstat(fd, &st) < 0)
        return error_set_errno(ERROR_IO, "reading the job");
    if (st.st_size < 0 || st.st_size > JOB_BYTES_MAX)
        return error_set(ERROR_SHARED, "the job has an impossible size");
    code = bytes_reserve(text, (size_t)st.st_size);
    while (!code && text->length < (size_t)st.st_size) {
        ssize_t n = pread(fd, text->data + text->length, (size_t)st.st_size - text->length,
                          (off_t)text->length);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? error_set_errno(ERROR_IO, "reading the job")
                         : error_set(ERROR_SHARED, "the job ends early");
        text->length += (size_t)n;
    }
    return code;
}

/* Entries of which there may be as many as samples. */
static int is_listed(const char *line, size_t key_length)
{
    static const char *const keys[] = {"input", "sample", "want"};
    size_t i;

    for (i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strlen(keys[i]) == key_length && !memcmp(keys[i], line, key_length))
            return 1;
    return 0;
}

static int parse(struct job *job, const struct bytes *text, int lists)
{
    size_t at = 0;

    if (text->length && text->data[text->length - 1] != '\0')
        return error_set(ERROR_SHARED, "the job does not end with a whole entry");
    while (at < text->length) {
        const char *line = (const char *)text->data + at;
        const char *equals = strchr(line, '=');
        int code = 0;

        if (!equals || equals == line)
            return error_set(ERROR_SHARED, "the job holds an entry without a key");
        if (lists || !is_listed(line, (size_t)(equals - line)))
            code = add_entry(job, line, (size_t)(equals - line), equals + 1);
        if (code)
            return code;
        at += strlen(line) + 1;
    }
    return 0;
}

static int read_job(int fd, int lists, struct job **job)
{
    struct bytes text = {0};
    struct job *made = job_new();
    int code = made ? read_whole(fd, &text) : error_set(ERROR_MEMORY, "out of memory for the job");

    if (!code)
        code = parse(made, &text, lists);
    bytes_free(&text);
    if (code)
        job_free(made);
    else
        *job = made;
    return code;
}

int job_read(int fd, struct job **job)
{
    return read_job(fd, 1, job);
}

int job_read_options(int fd, struct job **job)
{
    return read_job(fd, 0, job);
}
