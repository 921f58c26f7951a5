/*
 * Fuzz target: everything small that decodes bytes from an archive: LZ-diff (both versions), tuples,
 * parts, coded names, numbers; and region strings, sizes and job files from outside.
 *
 * The first byte says which. Beside crashes, what is found is: results longer than the room given,
 * symbols that cannot be, and encoders and decoders that do not agree.
 *
 * Seeds: any bytes. Built with -fsanitize=fuzzer, or with replay.c.
 */
#include "common/error.h"
#include "common/lzdiff.h"
#include "common/names.h"
#include "common/part_codec.h"
#include "common/tuples.h"
#include "common/vint.h"
#include "ipc/job.h"
#include "tools/contig_query.h"
#include "tools/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUT_BYTES = 4096, GUARD = 0xa5 };

static void demand(int truth, const char *what)
{
    if (truth)
        return;
    fprintf(stderr, "fuzz_codecs: %s\n", what);
    abort();
}

/* A copy of exact size, so that a sanitizer sees what reads past it. */
static uint8_t *exact(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);

    if (!copy)
        abort();
    if (size)
        memcpy(copy, data, size);
    return copy;
}

static void try_lzdiff(const uint8_t *data, size_t size)
{
    size_t reference_length = size ? data[0] % (size + 1) : 0, length = 0;
    size_t capacity = size > 1 ? data[1] * 16u : 0;
    uint8_t *reference = exact(data, reference_length);
    uint8_t *delta = exact(data + reference_length, size - reference_length);
    uint8_t *out = malloc(capacity + 1);
    int version;

    for (version = 0; out && version < 2; version++) {
        int code = lzdiff_decode(reference, reference_length, delta, size - reference_length, 20,
                                 version ? LZDIFF_V2 : LZDIFF_V1, out, capacity, &length);

        demand(!code || code == ERROR_FORMAT, "lzdiff: a code that is not the format's");
        demand(code || length <= capacity, "lzdiff: longer than its room");
    }
    free(reference);
    free(delta);
    free(out);
}

static void try_tuples(const uint8_t *data, size_t size)
{
    struct bytes packed = {0};
    uint8_t out[OUT_BYTES], again[OUT_BYTES];
    uint8_t *copy = exact(data, size);
    size_t length = 0, length_again = 0;

    if (tuples_decode(copy, size, out, sizeof out, &length) == 0) {
        demand(length <= sizeof out, "tuples: longer than their room");
        demand(!tuples_encode(out, length, &packed), "tuples: not encoded");
        demand(!tuples_decode(packed.data, packed.length, again, sizeof again, &length_again),
               "tuples: not decoded again");
        demand(length == length_again && !memcmp(out, again, length), "tuples: others come back");
    }
    bytes_free(&packed);
    free(copy);
}

static void try_part(const uint8_t *data, size_t size)
{
    static struct part_codec *codec;
    struct bytes out = {0};
    uint8_t *copy = exact(data, size);
    uint64_t metadata = 0;

    if (!codec && part_codec_create(&codec, PART_EFFORT_FAST))
        abort();
    if (size >= 2) {
        metadata = (uint64_t)(data[0] | data[1] << 8);
        if (part_decode(codec, copy + 2, size - 2, metadata, 65535, &out) == 0)
            demand(out.length <= 65535, "part: longer than its limit");
    }
    bytes_free(&out);
    free(copy);
}

static void try_names(const uint8_t *data, size_t size)
{
    size_t split = size ? data[0] % (size + 1) : 0;
    struct bytes name = {0}, coded = {0};
    size_t bad;

    demand(!bytes_append(&name, data, split), "memory");
    (void)contig_name_decode(&name, data + split, size - split);
    bytes_free(&name);
    if (contig_name_check((const char *)data, split, &bad) == 0 &&
        contig_name_check((const char *)data + split, size - split, &bad) == 0) {
        demand(!bytes_append(&name, data, split), "memory");
        demand(!contig_name_encode((const char *)data, split, (const char *)data + split,
                                   size - split, &coded),
               "name: not encoded");
        demand(!contig_name_decode(&name, coded.data, coded.length - 1), "name: not decoded");
        demand(name.length == size - split && !memcmp(name.data, data + split, name.length),
               "name: another comes back");
    }
    bytes_free(&name);
    bytes_free(&coded);
}

static void try_texts(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    uint64_t from, to, bytes;
    size_t length;

    if (!text)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    if (region_suffix(text, &length, &from, &to))
        demand(length > 0 && length < strlen(text), "region: a name that cannot be");
    (void)size_parse(text, &bytes);
    free(sample_name_from_path(text));
    free(text);
}

static void try_job(const uint8_t *data, size_t size)
{
    struct job *job = NULL;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    uint64_t number;

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    if (job_read(fd, &job) == 0) {
        for (size_t i = 0; i < job_count(job); i++)
            (void)job_number(job, job_key(job, i), &number);
        job_free(job);
    }
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const targets[])(const uint8_t *, size_t) = {
        try_lzdiff, try_tuples, try_part, try_names, try_texts, try_job,
    };

    if (size)
        targets[data[0] % (sizeof targets / sizeof targets[0])](data + 1, size - 1);
    return 0;
}
