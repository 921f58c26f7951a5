/*
 * The job: what the user asked for, resolved, as the stages read it.
 *
 * A job is a list of key=value strings, each ended by NUL (values may hold blanks, newlines,
 * anything but NUL), in a file: an inherited memfd for queries, `job` in the work directory for
 * create. Keys may repeat (input, sample, want); order is kept.
 *
 * Keys of create: mode=create, output, work (absolute path of the work directory), k, min_match,
 * pack, segment_size, invalid (error|N|drop), effort (fast|default|best), verbosity, memory (of all
 * processes), reader_spare (bytes of it for a larger index), sample_table (1: the writer keeps a table
 * of samples in the work directory); then in order: input=PATH (`-` = standard input) each followed by sample=NAME.
 *
 * Keys of query: mode=query, archive=PATH, command (getset|getcol|verify), output (empty: standard
 * output), line_length, gzip_level (0 = no), skip_reference (0|1), check (0|1), prefetch,
 * verbosity, lost=PATH (verify: where names of damaged samples go, each ended by NUL), then in order
 * sample=NAME... (getset), skip=NAME... (getcol: all but these) or nothing (all).
 */
#ifndef IPC_JOB_H
#define IPC_JOB_H

#include "common/bytes.h"

#include <stdint.h>

struct job;

struct job *job_new(void);
void job_free(struct job *job);

/* Appends; ERROR_MEMORY. */
int job_add(struct job *job, const char *key, const char *value);
int job_add_number(struct job *job, const char *key, uint64_t value);

/* First value of key, or NULL. Borrowed from the job. */
const char *job_get(const struct job *job, const char *key);
/* First value of key as a number; ERROR_USAGE if missing or not a number. */
int job_number(const struct job *job, const char *key, uint64_t *value);

/* Entries in order. */
size_t job_count(const struct job *job);
const char *job_key(const struct job *job, size_t index);
const char *job_value(const struct job *job, size_t index);

int job_write(const struct job *job, int fd);
int job_read(int fd, struct job **job); /* from offset 0; does not move the file offset */
/* The same without input, sample and want: these are as many as there are samples, and the reader alone
 * needs them. */
int job_read_options(int fd, struct job **job);

#endif
