/*
 * The monitor: what the processes of a run cost over time.
 *
 * Every MONITOR_INTERVAL_MS (more often in the first second) it reads memory and CPU time of each
 * stage and of the supervisor from /proc, the stages' counters, and how full the rings are, and
 * keeps them as a series of points. The series is bounded: when it is full, neighbours are merged
 * and every later point covers twice as many looks. Of memory and of ring fill a point keeps the
 * most that was seen, of counters the last. Peaks over the whole run are kept apart, from every
 * look.
 *
 * Processes are numbered as stages are (0 reader, 1..N workers, N+1 writer), the supervisor is N+2.
 */
#ifndef TOOLS_MONITOR_H
#define TOOLS_MONITOR_H

#include "tools/observer.h"

enum {
    MONITOR_INTERVAL_MS = 200,
    MONITOR_FIRST_INTERVAL_MS = 50,
    MONITOR_POINTS_MAX = 512,
    MONITOR_POINTS_MIN = 32,
    MONITOR_BYTES_MAX = 512 * 1024, /* of the series, where that leaves MONITOR_POINTS_MIN */
};

struct monitor;

/* One process at one point. */
struct monitor_cell {
    uint32_t rss_kib, pss_kib;
    uint32_t cpu_ms;                       /* so far; of this incarnation */
    uint64_t bytes_in, bytes_out, records; /* so far; 0 of the supervisor */
};

struct monitor_point {
    uint64_t at_ms;         /* of the last look in it */
    uint32_t total_pss_kib; /* the most of one look */
    uint32_t looks;
};

/* Over the whole run, of one process. */
struct monitor_peak {
    uint64_t rss_kib; /* the kernel's own mark (VmHWM) when it was looked at last */
    uint64_t pss_kib;
    uint32_t pid; /* of the latest incarnation seen */
};

int monitor_create(struct monitor **monitor, uint32_t worker_count); /* ERROR_MEMORY */
void monitor_free(struct monitor *monitor);

/* Takes one look. The next is due after monitor_interval_ms(). */
void monitor_look(struct monitor *monitor, const struct run_view *view);
int64_t monitor_interval_ms(const struct monitor *monitor);

uint32_t monitor_process_count(const struct monitor *monitor); /* N + 3 */
uint32_t monitor_ring_count(const struct monitor *monitor);    /* 2 N + 1 */
size_t monitor_point_count(const struct monitor *monitor);
const struct monitor_point *monitor_point(const struct monitor *monitor, size_t point);
const struct monitor_cell *monitor_cell(const struct monitor *monitor, size_t point,
                                        uint32_t process);
uint32_t monitor_ring_fill(const struct monitor *monitor, size_t point, uint32_t ring); /* 1/1000 */

const struct monitor_peak *monitor_peak(const struct monitor *monitor, uint32_t process);
uint64_t monitor_peak_total_kib(const struct monitor *monitor);
uint64_t monitor_last_total_kib(const struct monitor *monitor);

/* ---- the series alone, for monitor_look() and tests: appends a point of one look. */
void monitor_append(struct monitor *monitor, uint64_t at_ms, const struct monitor_cell *cells,
                    const uint16_t *fills);

#endif
