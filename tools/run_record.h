/*
 * The record of a run: what happened to its stages, in order, for whoever asks afterwards.
 *
 * Each event is a line of text with the time it happened. The lines are kept in memory (an event is
 * rare: a death, a restart, a stage that hangs) and, where a file was asked for, appended to it at
 * once, so that they survive the run whatever its end. A file that cannot be written is noted once
 * and then left alone: the record is no reason to end a run.
 */
#ifndef TOOLS_RUN_RECORD_H
#define TOOLS_RUN_RECORD_H

#include <stddef.h>
#include <stdint.h>

struct run_record;

/* path: of a file to append to, made if it is not there, or NULL. ERROR_IO, ERROR_SPACE, ERROR_MEMORY. */
int run_record_open(struct run_record **record, const char *path);
void run_record_close(struct run_record *record);

/* Adds an event; record may be NULL. */
void run_record_add(struct run_record *record, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Events so far; the text is borrowed: "2031-05-04T03:02:01Z what happened". */
size_t run_record_count(const struct run_record *record);
const char *run_record_line(const struct run_record *record, size_t index);

#endif
