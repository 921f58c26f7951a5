/*
 * Statistics of a run as JSON: see stats_json.h and STATS.md.
 *
 * The table of samples is copied line by line from the writer's (writer/sample_table.h has its
 * form): a line that was written twice counts once, one that is not whole not at all.
 */
#include "tools/stats_json.h"

#include "common/error.h"
#include "common/version.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const char sample_table_name[] = "samples";

/* ---- processes */

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static const char *kind_of(const struct stats *s, uint32_t process)
{
    uint32_t workers = s->geometry->worker_count;

    if (process == 0)
        return "reader";
    if (process <= workers)
        return "worker";
    return process == workers + 1 ? "writer" : "supervisor";
}

/* The kernel's mark at the process's end; if it was not the stage itself that was waited for (a
 * wrapper), or it has not ended, the last one seen. */
static uint64_t peak_rss_kib(const struct stats *s, uint32_t process)
{
    uint64_t seen = monitor_peak(s->monitor, process)->rss_kib;
    uint64_t at_end = 0;

    if (process < s->report->stages.count)
        at_end = (uint64_t)s->report->stages.entries[process].usage.ru_maxrss;
    return at_end > seen ? at_end : seen;
}

static void put_counters(struct json *json, const struct stage_counters *c, double elapsed)
{
    double waited_input = (double)c->wait_input_ns / 1e9,
           waited_room = (double)c->wait_room_ns / 1e9;

    json_number(json, "records", c->records);
    json_number(json, "bytes_in", c->bytes_in);
    json_number(json, "bytes_out", c->bytes_out);
    json_seconds(json, "working_s", elapsed - waited_input - waited_room);
    json_seconds(json, "wait_input_s", waited_input);
    json_seconds(json, "wait_room_s", waited_room);
    json_number(json, "cache_hits", c->cache_hits);
    json_number(json, "cache_misses", c->cache_misses);
}

static void put_process(struct json *json, const struct stats *s, uint32_t process)
{
    const struct monitor_peak *peak = monitor_peak(s->monitor, process);
    int is_stage = process < s->report->stages.count;
    const struct stage_entry *entry = is_stage ? &s->report->stages.entries[process] : NULL;
    struct rusage usage = {0};

    if (entry)
        usage = entry->usage;
    else
        getrusage(RUSAGE_SELF, &usage);
    json_open(json, NULL, '{');
    json_text(json, "name", entry ? entry->name : "agc-pipeline");
    json_text(json, "kind", kind_of(s, process));
    json_number(json, "number", process);
    json_number(json, "pid", peak->pid);
    json_number(json, "incarnations", entry ? entry->gen : 1);
    json_number(json, "peak_rss_bytes", peak_rss_kib(s, process) * 1024);
    json_number(json, "peak_pss_bytes", peak->pss_kib * 1024);
    json_seconds(json, "user_s", seconds(usage.ru_utime));
    json_seconds(json, "system_s", seconds(usage.ru_stime));
    if (entry && s->report->counters)
        put_counters(json, &s->report->counters[process], (double)s->report->elapsed_ms / 1000);
    json_close(json, '}');
}

static void put_processes(struct json *json, const struct stats *s)
{
    uint32_t i;

    json_open(json, "processes", '[');
    for (i = 0; i < monitor_process_count(s->monitor); i++)
        put_process(json, s, i);
    json_close(json, ']');
}

/* ---- the run */

static void put_totals(struct json *json, const struct stats *s)
{
    const struct stage_counters *reader = s->report->counters;
    const struct stage_counters *writer = reader ? reader + s->report->stages.count - 1 : NULL;

    if (!reader)
        return;
    json_open(json, "totals", '{');
    json_number(json, "samples_asked", s->samples);
    json_number(json, "samples_done", writer->samples);
    json_number(json, "segments", writer->records);
    json_number(json, "input_bytes", reader->bytes_in);
    json_number(json, "output_bytes", writer->bytes_out);
    if (s->geometry->mode == RUN_CREATE) {
        json_number(json, "bases", reader->bases);
        json_number(json, "groups", reader->groups);
    }
    json_close(json, '}');
}

static void put_memory(struct json *json, const struct stats *s)
{
    json_open(json, "memory", '{');
    json_number(json, "limit_bytes", s->memory_bytes);
    json_number(json, "peak_pss_bytes", monitor_peak_total_kib(s->monitor) * 1024);
    json_number(json, "region_bytes", run_region_bytes(s->geometry));
    json_number(json, "ring_slots", s->geometry->slot_count);
    json_number(json, "ring_slot_bytes", s->geometry->slot_bytes);
    json_number(json, "worker_cache_bytes", s->geometry->cache_bytes);
    json_close(json, '}');
}

static const char *outcome(int status)
{
    return status == 0 ? "done" : status == ERROR_PIPE ? "closed pipe" : "failed";
}

static void put_events(struct json *json, const struct stats *s)
{
    size_t i, count = s->record ? run_record_count(s->record) : 0;

    json_open(json, "events", '[');
    for (i = 0; i < count; i++)
        json_text(json, NULL, run_record_line(s->record, i));
    json_close(json, ']');
}

/* ---- the series */

enum cell_field { CELL_RSS, CELL_PSS, CELL_CPU, CELL_IN, CELL_OUT, CELL_RECORDS };

static uint64_t cell_value(const struct monitor_cell *cell, enum cell_field field)
{
    switch (field) {
    case CELL_RSS:
        return cell->rss_kib;
    case CELL_PSS:
        return cell->pss_kib;
    case CELL_CPU:
        return cell->cpu_ms;
    case CELL_IN:
        return cell->bytes_in;
    case CELL_OUT:
        return cell->bytes_out;
    default:
        return cell->records;
    }
}

static void put_cells(struct json *json, const struct monitor *m, uint32_t process, const char *key,
                      enum cell_field field)
{
    size_t i;

    json_open(json, key, '[');
    for (i = 0; i < monitor_point_count(m); i++)
        json_number(json, NULL, cell_value(monitor_cell(m, i, process), field));
    json_close(json, ']');
}

static void put_process_series(struct json *json, const struct stats *s, uint32_t process)
{
    json_open(json, NULL, '{');
    put_cells(json, s->monitor, process, "rss_kib", CELL_RSS);
    put_cells(json, s->monitor, process, "pss_kib", CELL_PSS);
    put_cells(json, s->monitor, process, "cpu_ms", CELL_CPU);
    if (process < s->report->stages.count) {
        put_cells(json, s->monitor, process, "records", CELL_RECORDS);
        put_cells(json, s->monitor, process, "bytes_in", CELL_IN);
        put_cells(json, s->monitor, process, "bytes_out", CELL_OUT);
    }
    json_close(json, '}');
}

/* Ring 0 is the spine, 1..N go to the workers, N+1..2N come from them. */
static void put_ring_series(struct json *json, const struct stats *s, uint32_t ring)
{
    uint32_t workers = s->geometry->worker_count;
    size_t i;

    json_open(json, NULL, '{');
    json_number(json, "from", ring <= workers ? 0 : ring - workers);
    json_number(json, "to", ring >= 1 && ring <= workers ? ring : workers + 1);
    json_open(json, "fill_permille", '[');
    for (i = 0; i < monitor_point_count(s->monitor); i++)
        json_number(json, NULL, monitor_ring_fill(s->monitor, i, ring));
    json_close(json, ']');
    json_close(json, '}');
}

static void put_series(struct json *json, const struct stats *s)
{
    const struct monitor *m = s->monitor;
    uint32_t j;
    size_t i;

    json_open(json, "series", '{');
    json_open(json, "at_ms", '[');
    for (i = 0; i < monitor_point_count(m); i++)
        json_number(json, NULL, monitor_point(m, i)->at_ms);
    json_close(json, ']');
    json_open(json, "total_pss_kib", '[');
    for (i = 0; i < monitor_point_count(m); i++)
        json_number(json, NULL, monitor_point(m, i)->total_pss_kib);
    json_close(json, ']');
    json_open(json, "processes", '[');
    for (j = 0; j < monitor_process_count(m); j++)
        put_process_series(json, s, j);
    json_close(json, ']');
    json_open(json, "rings", '[');
    for (j = 0; j < monitor_ring_count(m); j++)
        put_ring_series(json, s, j);
    json_close(json, ']');
    json_close(json, '}');
}

/* ---- samples */

/* One line of the table: a number above *last, or it was there before. */
static void put_sample(struct json *json, const char *line, uint64_t *last)
{
    uint64_t number, bases, segments, groups, bytes;
    int name = 0;

    if (sscanf(line, "%" SCNu64 "\t%" SCNu64 "\t%" SCNu64 "\t%" SCNu64 "\t%" SCNu64 "%n", &number,
               &bases, &segments, &groups, &bytes, &name) != 5 ||
        line[name] != '\t' || number != *last + 1)
        return;
    *last = number;
    json_open(json, NULL, '{');
    json_text(json, "name", line + name + 1);
    json_number(json, "bases", bases);
    json_number(json, "segments", segments);
    json_number(json, "new_groups", groups);
    json_number(json, "bytes", bytes);
    json_close(json, '}');
}

static void put_samples(struct json *json, const struct stats *s)
{
    int fd = s->work_fd < 0 ? -1 : openat(s->work_fd, sample_table_name, O_RDONLY | O_CLOEXEC);
    FILE *in = fd < 0 ? NULL : fdopen(fd, "r");
    char *line = NULL;
    size_t capacity = 0;
    uint64_t last = 0;
    ssize_t length;

    json_open(json, "samples", '[');
    while (in && (length = getline(&line, &capacity, in)) > 0 && line[length - 1] == '\n') {
        line[length - 1] = 0;
        put_sample(json, line, &last);
    }
    json_close(json, ']');
    free(line);
    if (in)
        fclose(in);
    else if (fd >= 0)
        close(fd);
}

void stats_json_write(const struct stats *s, FILE *out)
{
    struct json json = {.out = out};

    json_open(&json, NULL, '{');
    json_text(&json, "format", "agc-pipeline stats");
    json_number(&json, "version", STATS_VERSION);
    json_text(&json, "program", VERSION_TEXT);
    json_text(&json, "command", s->command);
    json_text(&json, "outcome", outcome(s->status));
    json_number(&json, "workers", s->geometry->worker_count);
    json_seconds(&json, "elapsed_s", (double)s->report->elapsed_ms / 1000);
    json_number(&json, "restarts", s->report->restarts);
    put_totals(&json, s);
    put_memory(&json, s);
    put_processes(&json, s);
    put_events(&json, s);
    put_samples(&json, s);
    put_series(&json, s);
    json_close(&json, '}');
    putc('\n', out);
}
