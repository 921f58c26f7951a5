/*
 * The inputs of create: paths in order, each with the name of its sample.
 */
#ifndef TOOLS_INPUTS_H
#define TOOLS_INPUTS_H

#include <stddef.h>

struct input_file {
    char *path; /* as the user gave it; "-" is standard input */
    char *sample;
};

struct inputs {
    struct input_file *files;
    size_t count, capacity;
};

/* Appends a path. ERROR_MEMORY. */
int inputs_add(struct inputs *inputs, const char *path);

/* Appends the paths of a list, one a line; blanks belong to the path, empty lines are skipped, a CR
 * before the line end is not part of it. list "-" is standard input. */
int inputs_add_list(struct inputs *inputs, const char *list);

/* Names every sample (standard input gets stdin_sample, which may be NULL if it is not used), keeps
 * an input that stands twice once (with a note), and refuses two inputs of one sample name:
 * ERROR_INPUT; ERROR_USAGE where standard input has no name. */
int inputs_resolve(struct inputs *inputs, const char *stdin_sample);

void inputs_free(struct inputs *inputs);

#endif
