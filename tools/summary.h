/*
 * The summary of a run: a table with one line for each process.
 */
#ifndef TOOLS_SUMMARY_H
#define TOOLS_SUMMARY_H

#include "tools/monitor.h"
#include "tools/supervisor.h"

#include <stdio.h>

/* Peak memory, CPU time and counters of each stage, then of the supervisor itself, then the most
 * that all together had at once. */
void summary_print(const struct supervisor_report *report, const struct monitor *monitor,
                   FILE *out);

#endif
