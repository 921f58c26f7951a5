#include "reader/create.h"

#include "common/error.h"
#include "common/names.h"
#include "reader/fasta.h"
#include "reader/name_set.h"
#include "reader/precheck.h"
#include "reader/route.h"
#include "reader/segmenter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    KMER_SLOTS = 1 << 20,        /* of the reference's k-mers: 8 MiB */
    INDEX_SLOTS_LEAST = 1 << 21, /* bound of the index of anchors: 24 MiB */
    SYMBOLS_PER_SLOT = 256,      /* a larger reference may have a larger index */
};

struct create {
    struct stage *stage;
    struct route *route;
    struct segmenter_tables tables;
    struct segmenter *segmenter;
    struct precheck_input *inputs;
    char (*spools)[32]; /* file in the work directory, "" if the input is read where it is */
    size_t input_count;
    enum fasta_invalid invalid;
    unsigned k;
    uint32_t segment_size;
    struct name_set names;
    uint64_t lower_case, replaced;
};

/* ---- inputs */

static int is_regular(const char *path)
{
    struct stat st;

    return strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static int copy_all(int from, int to, const char *path)
{
    char buffer[64 * 1024];
    ssize_t got;

    while ((got = read(from, buffer, sizeof buffer)) != 0) {
        char *at = buffer;

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(ERROR_INPUT, "%s", path);
        while (got > 0) {
            ssize_t put = write(to, at, (size_t)got);

            if (put < 0 && errno == EINTR)
                continue;
            if (put < 0)
                return error_set_errno(ERROR_IO, "spooling %s into the work directory", path);
            at += put;
            got -= put;
        }
    }
    return 0;
}

/* Copies an input that cannot be read twice into the work directory. */
static int spool(struct create *c, size_t i)
{
    const char *path = c->inputs[i].path;
    int from, to, code;

    snprintf(c->spools[i], sizeof c->spools[i], "input.%zu", i);
    from = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (from < 0)
        return error_set_errno(ERROR_INPUT, "%s", path);
    to = openat(c->stage->work_fd, c->spools[i], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (to < 0) {
        code = error_set_errno(ERROR_IO, "spooling %s into the work directory", path);
        close(from);
        return code;
    }
    code = copy_all(from, to, path);
    close(from);
    if (close(to) != 0 && !code)
        code = error_set_errno(ERROR_IO, "spooling %s into the work directory", path);
    return code;
}

static int open_input(struct create *c, size_t i, struct fasta **fasta)
{
    char path[64];

    if (!c->spools[i][0])
        return fasta_open(fasta, c->inputs[i].path, c->invalid);
    snprintf(path, sizeof path, "/proc/self/fd/%d/%s", c->stage->work_fd, c->spools[i]);
    return fasta_open(fasta, path, c->invalid);
}

static void say_note(void *context, const char *text)
{
    stage_note(context, "%s", text);
}

/* Takes input=, sample= from the job, and looks at all of them. */
static int gather_inputs(struct create *c)
{
    const struct job *job = c->stage->job;
    size_t count = job_count(job), i, kept = 0;
    unsigned char *keep;
    int code;

    c->inputs = calloc(count + 1, sizeof *c->inputs);
    c->spools = calloc(count + 1, sizeof *c->spools);
    keep = calloc(count + 1, 1);
    if (!c->inputs || !c->spools || !keep) {
        free(keep);
        return error_set(ERROR_MEMORY, "out of memory for %zu inputs", count);
    }
    for (i = 0; i + 1 < count; i++)
        if (strcmp(job_key(job, i), "input") == 0 && strcmp(job_key(job, i + 1), "sample") == 0)
            c->inputs[c->input_count++] =
                (struct precheck_input){job_value(job, i), job_value(job, i + 1)};
    code = precheck_inputs(c->inputs, c->input_count, c->invalid, keep, say_note, c->stage);
    for (i = 0; i < c->input_count; i++)
        if (keep[i])
            c->inputs[kept++] = c->inputs[i];
    c->input_count = kept;
    free(keep);
    if (!code && kept == 0)
        code = error_set(ERROR_USAGE, "no input");
    for (i = 0; !code && i < c->input_count; i++)
        if (!is_regular(c->inputs[i].path))
            code = spool(c, i);
    return code;
}

/* ---- samples */

static int find_unique_kmers(struct create *c, struct unique_kmers **out)
{
    struct unique_kmers *set;
    struct fasta *fasta;
    struct fasta_item item;
    int code = open_input(c, 0, &fasta);

    if (code)
        return code;
    code = unique_kmers_create(&set, c->k, c->segment_size, KMER_SLOTS);
    if (code) {
        fasta_close(fasta);
        return code;
    }
    do {
        code = fasta_next(fasta, &item);
        if (!code && item.event == FASTA_CONTIG)
            unique_kmers_start_contig(set);
        else if (!code && item.event == FASTA_BASES)
            code = unique_kmers_push(set, item.codes, item.count);
    } while (!code && item.event != FASTA_END);
    fasta_close(fasta);
    if (code) {
        unique_kmers_free(set);
        return code;
    }
    *out = set;
    return 0;
}

static int start_contig(struct create *c, const char *sample, const struct fasta_item *item)
{
    size_t length = contig_short_length(item->name, item->name_length);
    int known, code = name_set_add(&c->names, item->name, length, &known);

    if (code)
        return code;
    if (known)
        stage_note(c->stage, "warning: sample %s has several contigs named %.*s", sample,
                   (int)length, item->name);
    stage_set_item(c->stage, item->name, item->name_length);
    code = route_contig(c->route, item->name, item->name_length);
    return code ? code : segmenter_start_contig(c->segmenter);
}

static void count_input(struct create *c, const struct fasta_counts *counts, uint64_t bytes_before,
                        uint64_t bases_before)
{
    struct stage_counters_shm *shm = &c->stage->shm->counters;

    atomic_store_explicit(&shm->bytes_in, bytes_before + counts->input_bytes,
                          memory_order_relaxed);
    atomic_store_explicit(&shm->bases, bases_before + counts->symbols, memory_order_relaxed);
    atomic_store_explicit(&shm->groups, c->tables.group_count, memory_order_relaxed);
}

static int end_contig(struct create *c, int settle)
{
    int code = segmenter_end_contig(c->segmenter);

    return !code && settle ? segmenter_settle(c->segmenter) : code;
}

static int read_records(struct create *c, size_t i, struct fasta *fasta)
{
    struct stage_counters_shm *shm = &c->stage->shm->counters;
    uint64_t bytes_before = atomic_load_explicit(&shm->bytes_in, memory_order_relaxed);
    uint64_t bases_before = atomic_load_explicit(&shm->bases, memory_order_relaxed);
    struct fasta_item item;
    int in_contig = 0, code;

    for (;;) {
        code = fasta_next(fasta, &item);
        if (!code && in_contig && item.event != FASTA_BASES) {
            /* The first sample is compared with its own contigs before, later ones are not. */
            code = end_contig(c, i == 0);
            in_contig = 0;
        }
        if (code || item.event == FASTA_END)
            break;
        if (item.event == FASTA_CONTIG) {
            code = start_contig(c, c->inputs[i].sample, &item);
            in_contig = 1;
        } else {
            code = segmenter_push(c->segmenter, item.codes, item.count);
        }
        count_input(c, fasta_counts(fasta), bytes_before, bases_before);
        if (code)
            break;
    }
    c->lower_case += fasta_counts(fasta)->lower_case;
    c->replaced += fasta_counts(fasta)->replaced;
    return code;
}

static int read_sample(struct create *c, size_t i)
{
    struct stage_counters_shm *shm = &c->stage->shm->counters;
    struct fasta *fasta;
    int code = open_input(c, i, &fasta);

    if (code)
        return code;
    name_set_clear(&c->names);
    atomic_store_explicit(&shm->samples, i + 1, memory_order_relaxed);
    code = route_sample(c->route, c->inputs[i].sample);
    if (!code)
        code = read_records(c, i, fasta);
    fasta_close(fasta);
    return code ? code : segmenter_settle(c->segmenter);
}

static int read_reference(struct create *c)
{
    struct unique_kmers *candidates;
    size_t slots = INDEX_SLOTS_LEAST;
    int code = find_unique_kmers(c, &candidates);

    if (code)
        return code;
    while (slots * 2 <= unique_kmers_symbols(candidates) / SYMBOLS_PER_SLOT)
        slots *= 2;
    anchor_index_allow(c->tables.index, slots);
    segmenter_use_splitters(c->segmenter, candidates);
    code = read_sample(c, 0);
    segmenter_use_splitters(c->segmenter, NULL);
    unique_kmers_free(candidates);
    return code;
}

/* What C++ AGC's append needs, and the end. */
static int finish(struct create *c)
{
    const struct message_pair *pairs;
    const uint64_t *kmers;
    size_t count;
    int code = splitters_finish(c->tables.splitters);

    if (code)
        return code;
    kmers = splitters_kmers(c->tables.splitters, &count);
    code = route_splitters(c->route, kmers, count);
    if (code)
        return code;
    pairs = splitters_pairs(c->tables.splitters, &count);
    code = route_pairs(c->route, pairs, count);
    return code ? code : route_end(c->route, c->tables.group_count);
}

static int read_all(struct create *c)
{
    int code = read_reference(c);
    size_t i;

    for (i = 1; !code && i < c->input_count; i++)
        code = read_sample(c, i);
    return code ? code : finish(c);
}

/* ---- set-up */

static int put_segment(void *context, const struct segment *segment)
{
    return route_segment(context, segment);
}

static int read_options(struct create *c)
{
    const char *invalid = job_get(c->stage->job, "invalid");
    uint64_t k, segment_size;
    int code = job_number(c->stage->job, "k", &k);

    if (!code)
        code = job_number(c->stage->job, "segment_size", &segment_size);
    if (code)
        return code;
    if (k < 17 || k > 32 || segment_size < 100 || segment_size > 1000000)
        return error_set(ERROR_USAGE, "k or segment size out of range");
    c->k = (unsigned)k;
    c->segment_size = (uint32_t)segment_size;
    c->invalid = FASTA_INVALID_ERROR;
    if (invalid && strcmp(invalid, "N") == 0)
        c->invalid = FASTA_INVALID_N;
    else if (invalid && strcmp(invalid, "drop") == 0)
        c->invalid = FASTA_INVALID_DROP;
    return 0;
}

static int open_parts(struct create *c)
{
    struct segmenter_params params = {c->k, c->segment_size};
    struct segment_sink sink = {NULL, put_segment};
    int code = route_open(&c->route, c->stage);

    sink.context = c->route;
    c->tables.group_count = PATH_FIRST_GROUP;
    if (!code)
        code = path_create(&c->tables.path, c->k);
    if (!code)
        code = splitters_create(&c->tables.splitters, c->k);
    if (!code)
        code = anchor_index_create(&c->tables.index, INDEX_SLOTS_LEAST);
    if (!code)
        code = segmenter_create(&c->segmenter, &params, &c->tables, &sink);
    return code;
}

static void say_counts(const struct create *c)
{
    if (c->lower_case)
        stage_note(c->stage, "%llu lower-case letters: case is not kept",
                   (unsigned long long)c->lower_case);
    if (c->replaced)
        stage_note(c->stage, "%llu invalid letters were %s", (unsigned long long)c->replaced,
                   c->invalid == FASTA_INVALID_N ? "replaced by N" : "dropped");
}

int reader_create(struct stage *stage)
{
    struct create c = {.stage = stage};
    int code = read_options(&c);

    if (!code)
        code = gather_inputs(&c);
    if (!code)
        code = open_parts(&c);
    if (!code)
        code = read_all(&c);
    say_counts(&c);
    segmenter_free(c.segmenter);
    anchor_index_free(c.tables.index);
    splitters_free(c.tables.splitters);
    path_free(c.tables.path);
    route_free(c.route);
    name_set_free(&c.names);
    free(c.inputs);
    free(c.spools);
    return code;
}
