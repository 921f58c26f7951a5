/*
 * Fuzz target: what stages read of one another: log files, and rings whose memory is not theirs
 * alone.
 *
 * The first byte says which. A log is opened from the bytes (with a sound header in front of them,
 * if the first byte says so); a ring is made, its memory is written over, and a consumer attaches
 * and takes what seems to be there.
 *
 * Seeds: any bytes. Built with -fsanitize=fuzzer, or with replay.c.
 */
#include "common/error.h"
#include "ipc/log.h"
#include "ipc/stream.h"
#include "tests/unit/ring_fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/agc-fuzz-XXXXXX";
static int folder_fd = -1;

static void remove_folder(void)
{
    unlinkat(folder_fd, "fuzz.log", 0);
    rmdir(folder);
}

static void open_folder(void)
{
    if (folder_fd >= 0)
        return;
    if (!mkdtemp(folder) || (folder_fd = open(folder, O_RDONLY | O_DIRECTORY)) < 0)
        abort();
    atexit(remove_folder);
}

static int replay(void *context, const struct log_frame *frame)
{
    uint64_t *sum = context;

    for (uint32_t i = 0; i < frame->length; i++)
        *sum += frame->payload[i];
    return 0;
}

/* The file header of an empty log. */
static size_t log_head(uint8_t head[64])
{
    struct log *log;
    ssize_t got = 0;
    int fd;

    unlinkat(folder_fd, "fuzz.log", 0);
    if (log_open(&log, folder_fd, "fuzz.log", NULL, NULL))
        abort();
    if (log_sync(log))
        abort();
    log_close(log);
    fd = openat(folder_fd, "fuzz.log", O_RDONLY);
    if (fd >= 0)
        got = read(fd, head, 64);
    close(fd);
    return got > 0 ? (size_t)got : 0;
}

static void try_log(const uint8_t *data, size_t size, int with_head)
{
    uint8_t head[64];
    size_t head_length = with_head ? log_head(head) : 0;
    uint64_t sum = 0;
    struct log *log;
    int fd;

    unlinkat(folder_fd, "fuzz.log", 0);
    fd = openat(folder_fd, "fuzz.log", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, head, head_length) != (ssize_t)head_length ||
        write(fd, data, size) != (ssize_t)size)
        abort();
    close(fd);
    if (log_open(&log, folder_fd, "fuzz.log", replay, &sum))
        return;
    (void)log_walk(log, 0, replay, &sum);
    log_close(log);
}

/* Writes bytes over the ring's memory: records of a u16 offset and a value of eight bytes. Not over
 * the geometry, which run_attach() compares with that of the region before a ring is opened. */
static void scribble(struct ring_fixture *f, const uint8_t *data, size_t size)
{
    uint32_t slot_count = f->shm->slot_count, slot_bytes = f->shm->slot_bytes;
    size_t bytes = ring_shm_bytes(slot_count, slot_bytes);

    for (; size >= 10; data += 10, size -= 10) {
        size_t at = (size_t)(data[0] | data[1] << 8) % (bytes - 8);

        memcpy((uint8_t *)f->shm + at, data + 2, 8);
    }
    f->shm->slot_count = slot_count;
    f->shm->slot_bytes = slot_bytes;
}

static void consume(struct ring_fixture *f)
{
    struct ring_consumer c;
    struct inbox in = {0};
    struct message m;
    const uint8_t *bytes;
    size_t length;
    int have = 1;

    if (ring_consumer_open(&c, f->shm, &f->ops) == 0)
        for (int i = 0; i < 64 && !ring_consumer_try_peek(&c, &bytes, &length) && length; i++) {
            ring_consumer_advance(&c, length);
            ring_consumer_release(&c, c.read_off);
        }
    if (inbox_open(&in, f->shm, &f->ops, 1 << 16, (struct stream_place){0, 0}, NULL, 0) == 0)
        for (int i = 0; i < 64 && have && !inbox_try_next(&in, &m, &have); i++)
            inbox_release(&in, in.place.off);
    inbox_close(&in);
}

static void produce(struct ring_fixture *f)
{
    struct ring_producer p;

    f->stop_after = 8;
    if (ring_producer_open(&p, f->shm, 2, &f->ops) == 0 &&
        put_stream(&p, p.published_off, p.published_off + 100) == 0)
        (void)ring_producer_publish(&p);
}

static void try_ring(const uint8_t *data, size_t size, int producer)
{
    struct ring_fixture f;
    struct ring_producer p;

    fixture_open(&f, 4, 64, 0);
    f.stop_after = 8;
    if (ring_producer_open(&p, f.shm, 1, &f.ops) || put_stream(&p, 0, 150) ||
        ring_producer_publish(&p))
        abort();
    scribble(&f, data, size);
    if (producer)
        produce(&f);
    else
        consume(&f);
    fixture_close(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    open_folder();
    if (data[0] & 2)
        try_ring(data + 1, size - 1, data[0] & 1);
    else
        try_log(data + 1, size - 1, data[0] & 1);
    return 0;
}
