/*
 * One look at a living process through /proc.
 *
 * PSS counts a page that n processes have mapped as 1/n in each of them, so a sum over all
 * processes of a run counts shared memory once: it is what --memory promises about. Reading it
 * makes the kernel walk the page tables, a few tenths of a millisecond for the processes here.
 */
#ifndef TOOLS_PROCESS_SAMPLE_H
#define TOOLS_PROCESS_SAMPLE_H

#include <stdint.h>
#include <sys/types.h>

struct process_sample {
    uint64_t rss_kib, pss_kib;
    uint64_t peak_rss_kib; /* since it was executed: VmHWM */
    uint64_t cpu_ms;       /* user and system */
    char state;            /* as in proc(5): R, S, D, T ... */
};

/* 0, or -1 if the process is not there (or ended while it was looked at). */
int process_sample(pid_t pid, struct process_sample *sample);

#endif
