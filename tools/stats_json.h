/*
 * Statistics of a run as JSON: --stats FILE. STATS.md says what every key means; they are stable.
 */
#ifndef TOOLS_STATS_JSON_H
#define TOOLS_STATS_JSON_H

#include "tools/budget.h"
#include "tools/json.h"
#include "tools/monitor.h"
#include "tools/supervisor.h"

enum { STATS_VERSION = 1 };

struct stats {
    const char *command;
    int status; /* what supervisor_run() returned */
    const struct supervisor_report *report;
    const struct run_geometry *geometry;
    const struct monitor *monitor;
    const struct run_record *record; /* may be NULL */
    uint64_t memory_bytes;
    uint64_t samples; /* asked for, if known */
    int work_fd;      /* of the work directory with a table of samples, or -1 */
};

/* One object. Errors are found by ferror(out). */
void stats_json_write(const struct stats *stats, FILE *out);

#endif
