/*
 * Fuzz target: the FASTA reader with each kind of compression.
 *
 * The bytes are the file. A hash of them decides the policy and a size of blocks; the file is
 * parsed in one block, in blocks of that size, and (under the strict policy) in blocks of one or
 * two bytes. Beside crashes, what is found is: symbols out of range, a block before its contig,
 * counts that do not add up, and parses of the same policy that end differently or give other
 * events: block boundaries must not show. Between two parses that fail, only the failure is
 * compared: how much of a damaged stream comes out before it fails is the decompressor's affair.
 *
 * Seeds: any FASTA files, plain or compressed. Built with -fsanitize=fuzzer, or with replay.c.
 */
#include "common/error.h"
#include "reader/fasta.h"
#include "reader/input_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

/* A few compressed bytes can stand for gigabytes: a parse stops here. */
static const uint64_t symbols_max = 4 << 20;

struct outcome {
    int code;
    uint64_t hash; /* over all events, the blocks of bases included */
    uint64_t events;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int truth, const char *what)
{
    if (truth)
        return;
    fprintf(stderr, "fuzz_fasta: %s\n", what);
    abort();
}

static void take_event(struct outcome *o, const struct fasta_item *item)
{
    size_t i;

    o->events++;
    if (item->event == FASTA_CONTIG) {
        o->hash = XXH3_64bits_withSeed(item->name, item->name_length, o->hash + 1);
        return;
    }
    demand(o->events > 1, "bases before the first contig");
    demand(item->count >= 1 && item->count <= FASTA_BLOCK_SYMBOLS, "size of a block");
    for (i = 0; i < item->count; i++)
        demand(item->codes[i] < 16, "a code above 15");
    o->hash = XXH3_64bits_withSeed(item->codes, item->count, o->hash + 2);
}

static struct outcome parse(const char *path, enum fasta_invalid policy, size_t block_bytes)
{
    struct outcome o = {0};
    const struct fasta_counts *counts;
    struct fasta_item item;
    struct fasta *fasta;
    uint64_t symbols = 0, records = 0;

    input_set_block_bytes(block_bytes);
    o.code = fasta_open(&fasta, path, policy);
    input_set_block_bytes(0);
    if (o.code) {
        demand(o.code == ERROR_INPUT, "an error that is not the input's");
        demand(!strncmp(error_text(), path, strlen(path)), "an error without the file's name");
        return o;
    }
    while (!(o.code = fasta_next(fasta, &item)) && item.event != FASTA_END) {
        take_event(&o, &item);
        records += item.event == FASTA_CONTIG;
        symbols += item.event == FASTA_BASES ? item.count : 0;
        if (symbols > symbols_max)
            break;
    }
    counts = fasta_counts(fasta);
    demand(counts->symbols == symbols, "count of symbols");
    demand(o.code || counts->records == records, "count of records");
    demand(policy != FASTA_INVALID_ERROR || !counts->replaced, "bytes replaced under 'error'");
    demand(counts->lower_case <= counts->input_bytes, "count of lower case");
    demand(!o.code || o.code == ERROR_INPUT, "an error that is not the input's");
    fasta_close(fasta);
    return o;
}

static void compare(const struct outcome *a, const struct outcome *b)
{
    demand(!a->code == !b->code, "parses of one file end differently");
    demand(a->code || (a->events == b->events && a->hash == b->hash),
           "parses of one file give different events");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t choice = XXH3_64bits(data, size);
    enum fasta_invalid policy = (enum fasta_invalid)(choice % 3);
    size_t block_bytes = 1 + (choice >> 8) % 300;
    struct outcome whole, blocks, tiny;
    char path[64];
    int fd = memfd_create("fuzz", MFD_CLOEXEC);

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    whole = parse(path, policy, 0);
    blocks = parse(path, policy, block_bytes);
    compare(&whole, &blocks);
    if (policy == FASTA_INVALID_ERROR) {
        tiny = parse(path, policy, 1 + choice % 2);
        compare(&whole, &tiny);
    }
    close(fd);
    return 0;
}
