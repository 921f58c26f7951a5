/*
 * The summary of a run: see summary.h. The peak of a process is its largest resident set, as
 * wait4() reports it, with pages shared with others counted in full; so the sum is above the real
 * total, which is given in the last line.
 */
#include "tools/summary.h"

#include <inttypes.h>
#include <sys/resource.h>

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void print_process(const char *name, long peak_kib, const struct rusage *usage, FILE *out)
{
    fprintf(out, "%-14s %8.1f %7.2f %7.2f", name, (double)peak_kib / 1024, seconds(usage->ru_utime),
            seconds(usage->ru_stime));
}

/* Not ru_maxrss: that of a process that was executed includes what its parent's copy had. The
 * supervisor is small, so for its own children that does not matter. */
static long own_peak_kib(void)
{
    FILE *file = fopen("/proc/self/status", "re");
    char line[256];
    long kib = 0;

    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "VmHWM: %ld", &kib) == 1)
            break;
    if (file)
        fclose(file);
    return kib;
}

static void print_stage(const struct stage_entry *entry, const struct stage_counters *counters,
                        FILE *out)
{
    print_process(entry->name, entry->usage.ru_maxrss, &entry->usage, out);
    if (counters)
        fprintf(out, " %10" PRIu64 " %9.1f %9.1f %9.2f %9.2f", counters->records,
                (double)counters->bytes_in / 1e6, (double)counters->bytes_out / 1e6,
                (double)counters->wait_input_ns / 1e9, (double)counters->wait_room_ns / 1e9);
    if (counters && counters->cache_hits + counters->cache_misses)
        fprintf(out, " %8.1f%%",
                100 * (double)counters->cache_hits /
                    (double)(counters->cache_hits + counters->cache_misses));
    fputc('\n', out);
}

void summary_print(const struct supervisor_report *report, const struct monitor *monitor, FILE *out)
{
    struct rusage own;
    uint32_t i;

    fprintf(out, "%-14s %8s %7s %7s %10s %9s %9s %9s %9s %9s\n", "process", "peak MiB", "user s",
            "sys s", "segments", "in MB", "out MB", "no input", "no room", "cached");
    for (i = 0; i < report->stages.count; i++)
        print_stage(&report->stages.entries[i], report->counters ? &report->counters[i] : NULL,
                    out);
    if (!getrusage(RUSAGE_SELF, &own)) {
        print_process("agc-pipeline", own_peak_kib(), &own, out);
        fputc('\n', out);
    }
    fprintf(out, "%.2f s and at most %.1f MiB at once in all\n", (double)report->elapsed_ms / 1000,
            (double)monitor_peak_total_kib(monitor) / 1024);
}
