/*
 * Fuzz target: archives, opened, listed and decoded, as they are and with a sound container around
 * mutated payloads.
 *
 * The bytes are the file. Besides, they are read as a list of streams (fuzz_container.h) from which
 * a container is made whose footer is true, so that mutation reaches what lies behind it.
 *
 * Seeds: archives. Built with -fsanitize=fuzzer, or with replay.c.
 */
#include "tests/fuzz/archive_decode.h"
#include "tests/fuzz/fuzz_container.h"

#include "common/archive_verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int go_on(void *context)
{
    (void)context;
    return 0;
}

static void verify(const char *path)
{
    struct archive *archive;

    if (archive_open(&archive, path))
        return;
    (void)archive_verify_parts(archive, go_on, NULL);
    archive_close(archive);
}

static void try_file(const void *data, size_t size)
{
    char path[64];
    int fd = memfd_create("fuzz", MFD_CLOEXEC);

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    verify(path);
    (void)archive_decode_all(path);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes file = {0};

    try_file(data, size);
    if (fuzz_container_make(data, size, &file) == 0)
        try_file(file.data, file.length);
    bytes_free(&file);
    return 0;
}
