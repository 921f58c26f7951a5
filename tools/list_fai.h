/*
 * The .fai index (samtools) of the text that getset puts out, from the collection alone.
 */
#ifndef TOOLS_LIST_FAI_H
#define TOOLS_LIST_FAI_H

#include <stdint.h>

/* samples: names, ended by NULL; none: all samples, in the archive's order. The offsets are those
 * of `getset -l line_length` of the same samples. output: NULL for standard output. */
int list_fai(const char *archive, char **samples, const char *output, uint64_t line_length);

#endif
