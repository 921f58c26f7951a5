/*
 * Flips every byte of an archive in turn, and cuts it at every length, and decodes what comes.
 *
 *     flip_bytes checked|any ARCHIVE [STEP]
 *
 * checked: the archive has checks, so the outcome must be an error or the right sequences under the
 * right names; any: no crash, and no step that takes longer than SECONDS_MAX, is all that is asked.
 * Every STEP-th byte is taken (default 1). Exit 1 and a line a finding.
 */
#include "tests/fuzz/archive_decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { SECONDS_MAX = 2, FINDINGS_MAX = 20 };

struct flips {
    int fd;
    char path[64];
    int checked;
    struct decoded good;
    unsigned long tried, findings, errors;
};

static void finding(struct flips *f, const char *what, size_t at, unsigned mask)
{
    if (f->findings++ < FINDINGS_MAX)
        printf("%s: byte %zu, mask %02x\n", what, at, mask);
}

static void try_it(struct flips *f, const char *what, size_t at, unsigned mask)
{
    struct timespec before, after;
    struct decoded d;

    clock_gettime(CLOCK_MONOTONIC, &before);
    d = archive_decode_all(f->path);
    clock_gettime(CLOCK_MONOTONIC, &after);
    f->tried++;
    f->errors += d.code != 0;
    if (after.tv_sec - before.tv_sec > SECONDS_MAX)
        finding(f, "slow", at, mask);
    if (f->checked && !d.code && d.hash != f->good.hash)
        finding(f, what, at, mask);
}

static void flip(struct flips *f, const uint8_t *data, size_t at, unsigned mask)
{
    uint8_t byte = (uint8_t)(data[at] ^ mask);

    if (pwrite(f->fd, &byte, 1, (off_t)at) != 1)
        abort();
    try_it(f, "wrong sequences", at, mask);
    if (pwrite(f->fd, data + at, 1, (off_t)at) != 1)
        abort();
}

static void flip_all(struct flips *f, const uint8_t *data, size_t length, size_t step)
{
    for (size_t at = 0; at < length; at += step) {
        flip(f, data, at, 1u << at % 8);
        flip(f, data, at, 0xff);
    }
    for (size_t cut = length; cut > 0; cut = cut > step ? cut - step : 0) {
        if (ftruncate(f->fd, (off_t)(cut - 1)))
            abort();
        try_it(f, "wrong sequences after a cut", cut - 1, 0);
    }
}

static uint8_t *read_all(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    long end;

    if (file && !fseek(file, 0, SEEK_END) && (end = ftell(file)) > 0) {
        rewind(file);
        data = malloc((size_t)end);
        *length = data ? fread(data, 1, (size_t)end, file) : 0;
    }
    if (file)
        fclose(file);
    return data;
}

int main(int argc, char **argv)
{
    struct flips f = {.fd = memfd_create("flips", MFD_CLOEXEC)};
    size_t length = 0, step = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;
    uint8_t *data = argc > 2 ? read_all(argv[2], &length) : NULL;

    if (!data || f.fd < 0 || step < 1 || write(f.fd, data, length) != (ssize_t)length) {
        fprintf(stderr, "usage: flip_bytes checked|any ARCHIVE [STEP]\n");
        return 2;
    }
    snprintf(f.path, sizeof f.path, "/proc/self/fd/%d", f.fd);
    f.checked = !strcmp(argv[1], "checked");
    f.good = archive_decode_all(f.path);
    if (f.good.code) {
        fprintf(stderr, "%s: %s\n", argv[2], error_text());
        return 2;
    }
    flip_all(&f, data, length, step);
    free(data);
    close(f.fd);
    printf("%lu tried, %lu errors, %lu findings\n", f.tried, f.errors, f.findings);
    return f.findings != 0;
}
