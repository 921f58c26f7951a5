/*
 * Names and identities first, for all inputs (stat alone); then a look into each file that is kept.
 *
 * Samples of equal name are found by sorting the inputs by (sample, place in the list). The first
 * of a run is the one kept; every other must be the same file as the first, or the run fails. So
 * the comparison is with one input only, and the whole is n log n for any number of inputs. Files
 * are opened one after the other, with small blocks: ten thousand inputs take a second or two.
 */
#include "reader/precheck.h"

#include "reader/input_private.h"

#include "common/error.h"
#include "ipc/messages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    PRECHECK_BLOCK_BYTES = 32 * 1024, /* of one read(): little is wanted of each file */
    NOTE_BYTES = 2 * INPUT_NAME_BYTES,
};

struct precheck_file {
    const struct precheck_input *input;
    dev_t device;
    ino_t inode;
    const struct precheck_file *twin; /* the file that this one repeats, or itself */
    uint8_t standard_input;
    uint8_t readable_twice; /* is opened here */
};

/* Who the file is. One that is not there is left for the opening to refuse, in its words. */
static void look_at(struct precheck_file *file)
{
    struct stat status;

    file->standard_input = !strcmp(file->input->path, "-");
    if (file->standard_input)
        return;
    if (stat(file->input->path, &status)) {
        file->readable_twice = 1;
        return;
    }
    file->device = status.st_dev;
    file->inode = status.st_ino;
    file->readable_twice = S_ISREG(status.st_mode) || S_ISDIR(status.st_mode);
}

static int check_sample_name(const struct precheck_input *input)
{
    size_t length = strlen(input->sample);

    if (!length)
        return error_set(ERROR_USAGE, "%s: its sample name is empty; name it otherwise",
                         input->path);
    if (length > MESSAGE_NAME_BYTES_MAX)
        return error_set(ERROR_USAGE, "%s: its sample name is longer than 1 MiB", input->path);
    return 0;
}

static int same_file(const struct precheck_file *a, const struct precheck_file *b)
{
    if (a->standard_input || b->standard_input)
        return a->standard_input && b->standard_input;
    return a->device == b->device && a->inode == b->inode;
}

/* By sample name, then by place in the list (the files are one array). */
static int compare_files(const void *left, const void *right)
{
    const struct precheck_file *a = *(struct precheck_file *const *)left;
    const struct precheck_file *b = *(struct precheck_file *const *)right;
    int order = strcmp(a->input->sample, b->input->sample);

    if (order)
        return order;
    return (a > b) - (a < b);
}

/* Sets the twin of every file. sorted has room for count pointers. */
static int find_twins(struct precheck_file *files, size_t count, struct precheck_file **sorted)
{
    const struct precheck_file *first;
    size_t i;

    for (i = 0; i < count; i++)
        sorted[i] = &files[i];
    qsort(sorted, count, sizeof *sorted, compare_files);
    for (i = 0, first = sorted[0]; i < count; i++) {
        if (strcmp(first->input->sample, sorted[i]->input->sample))
            first = sorted[i];
        if (!same_file(first, sorted[i]))
            return error_set(ERROR_INPUT, "sample '%s' would come from two inputs: %s and %s",
                             first->input->sample, first->input->path, sorted[i]->input->path);
        sorted[i]->twin = first;
    }
    return 0;
}

static int check_standard_input_once(const struct precheck_file *files, size_t count)
{
    size_t i, uses = 0;

    for (i = 0; i < count; i++)
        if (files[i].twin == &files[i] && files[i].standard_input && ++uses > 1)
            return error_set(ERROR_INPUT, "standard input cannot be two samples");
    return 0;
}

static void note_twin(const char *path, const char *kept, precheck_note_fn *note, void *context)
{
    char text[NOTE_BYTES];

    if (!note)
        return;
    if (!strcmp(path, kept))
        snprintf(text, sizeof text, "%s: given more than once; taken once", path);
    else
        snprintf(text, sizeof text, "%s: the same file as %s; taken once", path, kept);
    note(context, text);
}

/* The beginning of one file. */
static int look_into(const char *path, enum fasta_invalid policy)
{
    struct fasta *fasta;
    struct fasta_item item;
    int code = fasta_open(&fasta, path, policy);

    if (code)
        return code;
    code = fasta_next(fasta, &item);
    if (!code)
        code = fasta_next(fasta, &item);
    fasta_close(fasta);
    return code;
}

/* What can be said without opening a file. */
static int check_names(struct precheck_file *files, const struct precheck_input *inputs,
                       size_t count)
{
    struct precheck_file **sorted;
    size_t i;
    int code;

    for (i = 0; i < count; i++) {
        files[i].input = &inputs[i];
        look_at(&files[i]);
        code = check_sample_name(&inputs[i]);
        if (code)
            return code;
    }
    sorted = calloc(count, sizeof(struct precheck_file *));
    if (!sorted)
        return error_set(ERROR_MEMORY, "out of memory for %zu inputs", count);
    code = find_twins(files, count, sorted);
    free(sorted);
    return code ? code : check_standard_input_once(files, count);
}

static int check_contents(const struct precheck_file *files, size_t count,
                          enum fasta_invalid policy)
{
    size_t i;
    int code = 0;

    input_set_block_bytes(PRECHECK_BLOCK_BYTES);
    for (i = 0; !code && i < count; i++)
        if (files[i].twin == &files[i] && files[i].readable_twice)
            code = look_into(files[i].input->path, policy);
    input_set_block_bytes(0);
    return code;
}

int precheck_inputs(const struct precheck_input *inputs, size_t count, enum fasta_invalid policy,
                    uint8_t *keep, precheck_note_fn *note, void *context)
{
    struct precheck_file *files;
    size_t i;
    int code;

    if (!count)
        return 0;
    files = calloc(count, sizeof *files);
    if (!files)
        return error_set(ERROR_MEMORY, "out of memory for %zu inputs", count);
    code = check_names(files, inputs, count);
    if (!code)
        code = check_contents(files, count, policy);
    for (i = 0; !code && i < count; i++) {
        keep[i] = files[i].twin == &files[i];
        if (!keep[i])
            note_twin(inputs[i].path, files[i].twin->input->path, note, context);
    }
    free(files);
    return code;
}
