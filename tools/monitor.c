/*
 * The monitor: see monitor.h.
 *
 * Three arrays hold the series, point after point: points, cells (processes of a point), fills
 * (rings of a point). A point gathers `looks_each` looks before the next begins; when all points
 * are taken, points 2i and 2i + 1 become point i, and looks_each doubles.
 */
#include "tools/monitor.h"

#include "common/error.h"
#include "tools/process_sample.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct monitor {
    uint32_t process_count, ring_count;
    size_t point_max, point_count;
    uint32_t looks_each;
    uint64_t looks;
    struct monitor_point *points;
    struct monitor_cell *cells;
    uint16_t *fills;
    struct monitor_peak *peaks;
    struct monitor_cell *look_cells; /* of the look at work */
    uint16_t *look_fills;
    uint64_t peak_total_kib, last_total_kib;
};

static size_t points_that_fit(uint32_t processes, uint32_t rings)
{
    size_t each = sizeof(struct monitor_point) + processes * sizeof(struct monitor_cell) +
                  rings * sizeof(uint16_t);
    size_t points = MONITOR_BYTES_MAX / each & ~(size_t)1;

    if (points < MONITOR_POINTS_MIN)
        return MONITOR_POINTS_MIN;
    return points < MONITOR_POINTS_MAX ? points : MONITOR_POINTS_MAX;
}

int monitor_create(struct monitor **monitor, uint32_t worker_count)
{
    struct monitor *m = calloc(1, sizeof *m);

    if (!m)
        return error_set(ERROR_MEMORY, "no memory for the monitor");
    m->process_count = worker_count + 3;
    m->ring_count = 2 * worker_count + 1;
    m->point_max = points_that_fit(m->process_count, m->ring_count);
    m->looks_each = 1;
    m->points = calloc(m->point_max, sizeof *m->points);
    m->cells = calloc(m->point_max * m->process_count, sizeof *m->cells);
    m->fills = calloc(m->point_max * m->ring_count, sizeof *m->fills);
    m->peaks = calloc(m->process_count, sizeof *m->peaks);
    m->look_cells = calloc(m->process_count, sizeof *m->look_cells);
    m->look_fills = calloc(m->ring_count, sizeof *m->look_fills);
    if (!m->points || !m->cells || !m->fills || !m->peaks || !m->look_cells || !m->look_fills) {
        monitor_free(m);
        return error_set(ERROR_MEMORY, "no memory for the monitor");
    }
    *monitor = m;
    return 0;
}

void monitor_free(struct monitor *monitor)
{
    if (!monitor)
        return;
    free(monitor->points);
    free(monitor->cells);
    free(monitor->fills);
    free(monitor->peaks);
    free(monitor->look_cells);
    free(monitor->look_fills);
    free(monitor);
}

/* ---- the series */

static struct monitor_cell *cells_of(const struct monitor *m, size_t point)
{
    return m->cells + point * m->process_count;
}

static uint16_t *fills_of(const struct monitor *m, size_t point)
{
    return m->fills + point * m->ring_count;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* Later values of one process enter a point. Counters of a stage that has ended stay. */
static void merge_cell(struct monitor_cell *into, const struct monitor_cell *later)
{
    into->rss_kib = larger(into->rss_kib, later->rss_kib);
    into->pss_kib = larger(into->pss_kib, later->pss_kib);
    into->cpu_ms = larger(into->cpu_ms, later->cpu_ms);
    into->bytes_in = later->bytes_in;
    into->bytes_out = later->bytes_out;
    into->records = later->records;
}

static void merge_point(struct monitor *m, size_t point, const struct monitor_point *later,
                        const struct monitor_cell *cells, const uint16_t *fills)
{
    struct monitor_point *into = &m->points[point];
    uint32_t i;

    into->at_ms = later->at_ms;
    into->total_pss_kib = larger(into->total_pss_kib, later->total_pss_kib);
    into->looks += later->looks;
    for (i = 0; i < m->process_count; i++)
        merge_cell(&cells_of(m, point)[i], &cells[i]);
    for (i = 0; i < m->ring_count; i++)
        fills_of(m, point)[i] = (uint16_t)larger(fills_of(m, point)[i], fills[i]);
}

static void put_point(struct monitor *m, size_t point, const struct monitor_point *from,
                      const struct monitor_cell *cells, const uint16_t *fills)
{
    m->points[point] = *from;
    memmove(cells_of(m, point), cells, m->process_count * sizeof *cells);
    memmove(fills_of(m, point), fills, m->ring_count * sizeof *fills);
}

static void halve(struct monitor *m)
{
    size_t i;

    for (i = 0; i < m->point_count / 2; i++) {
        put_point(m, i, &m->points[2 * i], cells_of(m, 2 * i), fills_of(m, 2 * i));
        merge_point(m, i, &m->points[2 * i + 1], cells_of(m, 2 * i + 1), fills_of(m, 2 * i + 1));
    }
    m->point_count /= 2;
    m->looks_each *= 2;
}

void monitor_append(struct monitor *m, uint64_t at_ms, const struct monitor_cell *cells,
                    const uint16_t *fills)
{
    struct monitor_point look = {.at_ms = at_ms, .looks = 1};
    uint32_t i;

    for (i = 0; i < m->process_count; i++)
        look.total_pss_kib += cells[i].pss_kib;
    m->last_total_kib = look.total_pss_kib;
    if (look.total_pss_kib > m->peak_total_kib)
        m->peak_total_kib = look.total_pss_kib;
    m->looks++;
    if (m->point_count && m->points[m->point_count - 1].looks < m->looks_each) {
        merge_point(m, m->point_count - 1, &look, cells, fills);
        return;
    }
    if (m->point_count == m->point_max)
        halve(m);
    put_point(m, m->point_count++, &look, cells, fills);
}

/* ---- looks */

static void look_at_process(struct monitor *m, uint32_t process, pid_t pid)
{
    struct monitor_cell *cell = &m->look_cells[process];
    struct monitor_peak *peak = &m->peaks[process];
    struct process_sample sample;

    if (process_sample(pid, &sample)) {
        cell->rss_kib = cell->pss_kib = 0;
        return;
    }
    cell->rss_kib = (uint32_t)sample.rss_kib;
    cell->pss_kib = (uint32_t)sample.pss_kib;
    cell->cpu_ms = (uint32_t)sample.cpu_ms;
    peak->pid = (uint32_t)pid;
    if (sample.peak_rss_kib > peak->rss_kib)
        peak->rss_kib = sample.peak_rss_kib;
    if (sample.pss_kib > peak->pss_kib)
        peak->pss_kib = sample.pss_kib;
}

static uint64_t counter(_Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

static void look_at_stage(struct monitor *m, const struct run_view *view, uint32_t index)
{
    struct stage_shm *shm = run_stage(view->run, index);
    const struct stage_entry *entry = &view->stages->entries[index];
    struct monitor_cell *cell = &m->look_cells[index];
    pid_t pid = 0;

    /* acquire: pairs with the stage's telling it; under a wrapper it is not the child's */
    if (entry->state == STAGE_RUNNING)
        pid = (pid_t)atomic_load_explicit(&shm->pid, memory_order_acquire);
    look_at_process(m, index, pid);
    cell->bytes_in = counter(&shm->counters.bytes_in);
    cell->bytes_out = counter(&shm->counters.bytes_out);
    cell->records = counter(&shm->counters.records);
}

static void look_at_ring(struct monitor *m, const struct run_view *view, uint32_t ring)
{
    uint64_t published, released;
    uint32_t filled, slots = view->geometry->slot_count;

    ring_observe(run_ring(view->run, ring), &filled, &published, &released);
    m->look_fills[ring] = filled >= slots ? 1000 : (uint16_t)(filled * UINT64_C(1000) / slots);
}

void monitor_look(struct monitor *m, const struct run_view *view)
{
    uint32_t i;

    for (i = 0; i + 1 < m->process_count; i++)
        look_at_stage(m, view, i);
    look_at_process(m, m->process_count - 1, getpid());
    for (i = 0; i < m->ring_count; i++)
        look_at_ring(m, view, i);
    monitor_append(m, view->elapsed_ms, m->look_cells, m->look_fills);
}

int64_t monitor_interval_ms(const struct monitor *m)
{
    return m->looks * MONITOR_FIRST_INTERVAL_MS < 1000 ? MONITOR_FIRST_INTERVAL_MS
                                                       : MONITOR_INTERVAL_MS;
}

/* ---- what was seen */

uint32_t monitor_process_count(const struct monitor *monitor)
{
    return monitor->process_count;
}

uint32_t monitor_ring_count(const struct monitor *monitor)
{
    return monitor->ring_count;
}

size_t monitor_point_count(const struct monitor *monitor)
{
    return monitor->point_count;
}

const struct monitor_point *monitor_point(const struct monitor *monitor, size_t point)
{
    return &monitor->points[point];
}

const struct monitor_cell *monitor_cell(const struct monitor *monitor, size_t point,
                                        uint32_t process)
{
    return &cells_of(monitor, point)[process];
}

uint32_t monitor_ring_fill(const struct monitor *monitor, size_t point, uint32_t ring)
{
    return fills_of(monitor, point)[ring];
}

const struct monitor_peak *monitor_peak(const struct monitor *monitor, uint32_t process)
{
    return &monitor->peaks[process];
}

uint64_t monitor_peak_total_kib(const struct monitor *monitor)
{
    return monitor->peak_total_kib;
}

uint64_t monitor_last_total_kib(const struct monitor *monitor)
{
    return monitor->last_total_kib;
}
