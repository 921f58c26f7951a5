/*
 * The line of progress: see progress.h.
 */
#include "tools/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    SPEED_MS = 1000, /* speeds are measured over so long */
    GUESS_MS = 2000, /* before that nothing is guessed */
    COLUMNS_LEAST = 20,
};

void progress_init(struct progress *progress, const uint64_t *file_bytes, size_t file_count)
{
    size_t i;

    *progress = (struct progress){.file_bytes = file_bytes};
    for (i = 0; file_bytes && i < file_count; i++)
        progress->files_bytes += file_bytes[i];
}

/* ---- guessing */

static void note_sample(struct progress *p, const struct progress_state *state)
{
    if (state->samples == 0 || state->sample > state->samples || !p->file_bytes)
        return;
    while (p->sample < state->sample) {
        if (p->sample) {
            p->before_file_bytes += p->file_bytes[p->sample - 1];
            p->before_input_bytes = state->input_bytes;
        }
        p->sample++;
    }
}

/* Bytes of files that were read, as far as can be told. */
static double file_bytes_done(const struct progress *p, const struct progress_state *state)
{
    double inside = (double)(state->input_bytes - p->before_input_bytes), file;

    if (p->sample == 0)
        return 0;
    file = (double)p->file_bytes[p->sample - 1];
    if (p->before_input_bytes)
        inside *= (double)p->before_file_bytes / (double)p->before_input_bytes;
    return (double)p->before_file_bytes + (inside < file ? inside : file);
}

int64_t progress_seconds_left(const struct progress *p, const struct progress_state *state)
{
    double done, part;

    if (!p->files_bytes || !p->file_bytes || state->elapsed_ms < GUESS_MS || state->samples == 0)
        return -1;
    done = file_bytes_done(p, state);
    part = done / (double)p->files_bytes;
    if (part < 0.01)
        return -1;
    if (part > 1)
        part = 1;
    return (int64_t)((double)state->elapsed_ms / 1000 * (1 - part) / part + 0.5);
}

static void measure_speed(struct progress *p, const struct progress_state *state)
{
    uint64_t ms = state->elapsed_ms - p->speed_ms;

    if (ms < SPEED_MS && p->speed_ms)
        return;
    if (ms)
        p->speed = (double)(state->bases - p->speed_bases) * 1000 / (double)ms;
    if (ms >= SPEED_MS) {
        p->speed_ms = state->elapsed_ms;
        p->speed_bases = state->bases;
    }
}

/* ---- the line */

static void add(char *line, size_t size, const char *part)
{
    size_t length = strlen(line);

    snprintf(line + length, size - length, "%s%s", length ? " | " : "", part);
}

static void add_left(const struct progress *p, const struct progress_state *state, char *line,
                     size_t size)
{
    int64_t left = progress_seconds_left(p, state);
    char part[64];

    if (left < 0)
        return;
    if (left < 3600)
        snprintf(part, sizeof part, "%" PRId64 ":%02" PRId64 " left", left / 60, left % 60);
    else
        snprintf(part, sizeof part, "%" PRId64 ":%02" PRId64 ":%02" PRId64 " left", left / 3600,
                 left / 60 % 60, left % 60);
    add(line, size, part);
}

void progress_line(struct progress *p, const struct progress_state *state, char *line, size_t size)
{
    char part[96];

    note_sample(p, state);
    measure_speed(p, state);
    line[0] = 0;
    if (state->samples)
        snprintf(part, sizeof part, "sample %" PRIu64 " of %" PRIu64, state->sample,
                 state->samples);
    else
        snprintf(part, sizeof part, "sample %" PRIu64, state->sample);
    add(line, size, part);
    snprintf(part, sizeof part, "%.1f Mb", (double)state->bases / 1e6);
    add(line, size, part);
    snprintf(part, sizeof part, "%.1f Mb/s", p->speed / 1e6);
    add(line, size, part);
    if (state->written_bytes) {
        snprintf(part, sizeof part, "ratio %.1f",
                 (double)state->bases / (double)state->written_bytes);
        add(line, size, part);
    }
    if (state->memory_kib) {
        snprintf(part, sizeof part, "%" PRIu64 " MiB", (state->memory_kib + 1023) / 1024);
        add(line, size, part);
    }
    add_left(p, state, line, size);
}

/* ---- the terminal */

int progress_wanted(void)
{
    return isatty(STDERR_FILENO);
}

static int columns(void)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || size.ws_col < COLUMNS_LEAST)
        return 80;
    return size.ws_col;
}

/* One write, so that it does not mix with what others say. */
static void put(const char *text, int length)
{
    if (write(STDERR_FILENO, text, (size_t)length) < 0)
        return; /* nobody looks */
}

void progress_draw(const char *line)
{
    char text[512];
    int length = snprintf(text, sizeof text, "\r%.*s\033[K\r", columns() - 1, line);

    if (length > 0 && length < (int)sizeof text)
        put(text, length);
}

void progress_wipe(void)
{
    static const char text[] = "\r\033[K";

    put(text, sizeof text - 1);
}
