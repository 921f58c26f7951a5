/*
 * The inputs of create: see inputs.h.
 *
 * Doubles are found by sorting the indices by sample name and input order: equal names stand
 * together, the first input first.
 */
#include "tools/inputs.h"

#include "common/error.h"
#include "common/names.h"
#include "tools/say.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int inputs_add(struct inputs *inputs, const char *path)
{
    if (inputs->count == inputs->capacity) {
        size_t capacity = inputs->capacity ? 2 * inputs->capacity : 64;
        struct input_file *files = reallocarray(inputs->files, capacity, sizeof *files);

        if (!files)
            return error_set(ERROR_MEMORY, "no memory for %zu inputs", capacity);
        inputs->files = files;
        inputs->capacity = capacity;
    }
    inputs->files[inputs->count] = (struct input_file){.path = strdup(path)};
    if (!inputs->files[inputs->count].path)
        return error_set(ERROR_MEMORY, "no memory for the path %s", path);
    inputs->count++;
    return 0;
}

int inputs_add_list(struct inputs *inputs, const char *list)
{
    FILE *file = strcmp(list, "-") ? fopen(list, "re") : stdin;
    char *line = NULL;
    size_t capacity = 0, number = 0;
    ssize_t length;
    int status = 0;

    if (!file)
        return error_set_errno(ERROR_INPUT, "cannot open the list %s", list);
    while (!status && (length = getline(&line, &capacity, file)) >= 0) {
        number++;
        while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
            line[--length] = 0;
        if (strlen(line) != (size_t)length)
            status = error_set(ERROR_INPUT, "%s: line %zu holds a NUL byte", list, number);
        else if (length > 0)
            status = inputs_add(inputs, line);
    }
    if (!status && ferror(file))
        status = error_set_errno(ERROR_INPUT, "cannot read the list %s", list);
    free(line);
    if (file != stdin)
        fclose(file);
    return status;
}

static int name_samples(struct inputs *inputs, const char *stdin_sample)
{
    size_t i;

    for (i = 0; i < inputs->count; i++) {
        struct input_file *file = &inputs->files[i];

        if (strcmp(file->path, "-"))
            file->sample = sample_name_from_path(file->path);
        else if (stdin_sample)
            file->sample = strdup(stdin_sample);
        else
            return error_set(ERROR_USAGE, "standard input needs a sample name: --sample NAME");
        if (!file->sample)
            return error_set(ERROR_MEMORY, "no memory for the sample name of %s", file->path);
        if (!file->sample[0])
            return error_set(ERROR_INPUT, "%s: no sample name is left without directories and suffixes",
                             file->path);
    }
    return 0;
}

static int compare_by_sample(const void *left, const void *right, void *context)
{
    const struct input_file *files = context;
    size_t a = *(const size_t *)left, b = *(const size_t *)right;
    int order = strcmp(files[a].sample, files[b].sample);

    return order ? order : (a > b) - (a < b);
}

static int same_file(const char *left, const char *right)
{
    struct stat a, b;

    if (!strcmp(left, right))
        return 1;
    return strcmp(left, "-") && strcmp(right, "-") && !stat(left, &a) && !stat(right, &b) &&
           a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static void input_drop(struct input_file *file)
{
    free(file->path);
    free(file->sample);
    *file = (struct input_file){0};
}

static int drop_doubles(struct inputs *inputs, const size_t *order)
{
    struct input_file *files = inputs->files;
    size_t i, first = 0;

    for (i = 1; i < inputs->count; i++) {
        struct input_file *one = &files[order[first]], *other = &files[order[i]];

        if (strcmp(one->sample, other->sample)) {
            first = i;
        } else if (same_file(one->path, other->path)) {
            say_note("%s is given twice: taken once", other->path);
            input_drop(other);
            /* order[first] stays the one to compare with; a dropped row is never read again */
        } else {
            return error_set(ERROR_INPUT, "%s and %s have the same sample name '%s'", one->path,
                             other->path, one->sample);
        }
    }
    return 0;
}

static void close_gaps(struct inputs *inputs)
{
    size_t i, kept = 0;

    for (i = 0; i < inputs->count; i++)
        if (inputs->files[i].path)
            inputs->files[kept++] = inputs->files[i];
    inputs->count = kept;
}

int inputs_resolve(struct inputs *inputs, const char *stdin_sample)
{
    size_t *order, i;
    int status = name_samples(inputs, stdin_sample);

    if (status)
        return status;
    order = calloc(inputs->count ? inputs->count : 1, sizeof *order);
    if (!order)
        return error_set(ERROR_MEMORY, "no memory for %zu inputs", inputs->count);
    for (i = 0; i < inputs->count; i++)
        order[i] = i;
    qsort_r(order, inputs->count, sizeof *order, compare_by_sample, inputs->files);
    status = drop_doubles(inputs, order);
    free(order);
    close_gaps(inputs);
    return status;
}

void inputs_free(struct inputs *inputs)
{
    size_t i;

    for (i = 0; i < inputs->count; i++)
        input_drop(&inputs->files[i]);
    free(inputs->files);
    *inputs = (struct inputs){0};
}
