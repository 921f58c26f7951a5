/*
 * The summary of a run: a table with one line for each process.
 */
#ifndef TOOLS_SUMMARY_H
#define TOOLS_SUMMARY_H

#include "tools/supervisor.h"

#include <stdio.h>

/* Peak memory, CPU time and counters of each stage, then of the supervisor itself. */
void summary_print(const struct supervisor_report *report, FILE *out);

#endif
