/*
 * Text of a list on its way out: gathered, put out block by block, to standard output or to a file
 * that appears when it is whole.
 */
#ifndef TOOLS_LIST_TEXT_H
#define TOOLS_LIST_TEXT_H

#include "common/bytes.h"

struct list_text {
    struct new_file *file; /* NULL: standard output */
    const char *name;
    struct bytes gathered;
};

int list_text_open(struct list_text *text, const char *output);

/* Ends it. status: of what was done with it; a file does not appear unless that is 0. */
int list_text_close(struct list_text *text, int status);

int list_text_bytes(struct list_text *text, const char *word, size_t length);
int list_text_add(struct list_text *text, const char *word);
int list_text_line(struct list_text *text, const char *word); /* and a line end */
int list_text_flush(struct list_text *text);
int list_text_fd(const struct list_text *text);

#endif
