/*
 * A byte stream from a file, decompressed by content: plain, gzip and bgzip (ISA-L), zstd, xz.
 */
#ifndef READER_INPUT_H
#define READER_INPUT_H

#include <stddef.h>
#include <stdint.h>

struct input;

enum input_kind { INPUT_PLAIN, INPUT_GZIP, INPUT_ZSTD, INPUT_XZ };

/* path "-" is standard input. ERROR_INPUT for a directory; ERROR_INPUT (with strerror) for a file
 * that cannot be opened or read. */
int input_open(struct input **input, const char *path);
/* The same, but messages call the file by this name: for a copy that stands for another input. */
int input_open_named(struct input **input, const char *path, const char *name);
void input_close(struct input *input);
enum input_kind input_kind(const struct input *input);

/* The next decompressed bytes, *length = 0 at the end. Borrowed until the next call. A stream that
 * ends early or is damaged is ERROR_INPUT naming the file. */
int input_read(struct input *input, const uint8_t **data, size_t *length);

/* How messages call the file: its path (the end of a very long one), or "standard input". */
const char *input_name(const struct input *input);

uint64_t input_file_bytes(const struct input *input); /* compressed bytes read so far */

#endif
