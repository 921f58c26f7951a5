/*
 * Where an output really goes.
 */
#ifndef TOOLS_OUTPUT_PATH_H
#define TOOLS_OUTPUT_PATH_H

/* The absolute path that path leads to (links followed), malloc'ed. The file need not exist, its
 * folder must. ERROR_INPUT if something other than a regular file stands there: a rename would
 * replace it. */
int output_path_resolve(const char *path, char **resolved);

/* True if input is the file at output. */
int output_path_is(const char *output, const char *input);

#endif
