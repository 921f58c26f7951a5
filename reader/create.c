#include "reader/create.h"

#include "common/checks.h"
#include "common/error.h"
#include "common/names.h"
#include "reader/checkpoint.h"
#include "reader/fasta.h"
#include "reader/lineage.h"
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
#include <time.h>
#include <unistd.h>

enum {
    KMER_SLOTS = 1 << 20,           /* of the reference's k-mers: 8 MiB */
    INDEX_SLOTS_LEAST = 1600000,    /* bound of the index of anchors: 20 MB */
    INDEX_BYTES_PER_10_SLOTS = 144, /* while it grows for the last time */
    INDEX_SLOTS_MOST = 4 * INDEX_SLOTS_LEAST,
    SYNC_MS = 3000,              /* least time between two waits for the disk */
    SYMBOLS_PER_SLOT = 256,      /* a larger reference may have a larger index */
    ANCHORS_WAITING_MAX = 16384, /* more than these enter the index early, unseen */
    EQUAL_NAMES_TOLD = 5,        /* warnings about them a sample; the rest is counted */
};

struct create {
    struct stage *stage;
    struct route *route;
    struct segmenter_tables tables;
    struct segmenter *segmenter;
    struct sequence_check *check; /* of the sample at work */
    struct precheck_input *inputs;
    char (*spools)[32]; /* file in the work directory, "" if the input is read where it is */
    size_t input_count;
    enum fasta_invalid invalid;
    unsigned k;
    uint32_t segment_size;
    struct name_set names; /* of this sample's contigs */
    int concatenated;      /* every record is a sample */
    struct name_set samples;
    struct bytes record_sample; /* name of the sample at work, if concatenated */
    uint64_t equal_names;       /* contigs of this sample whose name another had */
    unsigned mates;             /* of the sample at work (lineage.h) */
    int mates_known;
    struct checkpoint *checkpoint;
    int64_t synced_ms;             /* when the log was synced last */
    int sync;                      /* now and then: the job says so */
    int input_is_bad;              /* what is wrong is in the input at work */
    struct checkpoint_start start; /* where this incarnation began, then of each sample */
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

/* Number of an input as the run began: those left out since count too. */
static size_t input_number(const struct create *c, size_t i)
{
    const struct job *job = c->stage->job;
    size_t number = 0, at;

    for (at = 0; at + 1 < job_count(job); at++) {
        if (strcmp(job_key(job, at), "input") == 0 &&
            strcmp(job_value(job, at + 1), c->inputs[i].sample) == 0)
            break;
        number +=
            strcmp(job_key(job, at), "input") == 0 || strcmp(job_key(job, at), "skipped") == 0;
    }
    return number;
}

static int spool_to(struct create *c, const char *path, const char *name)
{
    int from, to, code;

    from = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (from < 0)
        return error_set_errno(ERROR_INPUT, "%s", path);
    to = openat(c->stage->work_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (to < 0) {
        code = errno == EEXIST ? error_set(ERROR_INPUT,
                                           "%s: the run died while reading it, and it cannot be "
                                           "read twice: start over",
                                           path)
                               : error_set_errno(ERROR_IO, "spooling %s", path);
        close(from);
        return code;
    }
    /* nobody knows how long standard input takes */
    atomic_store_explicit(&c->stage->shm->outside, 1, memory_order_relaxed);
    code = copy_all(from, to, path);
    atomic_store_explicit(&c->stage->shm->outside, 0, memory_order_relaxed);
    close(from);
    if (!code && fsync(to) != 0)
        code = error_set_errno(ERROR_IO, "spooling %s into the work directory", path);
    if (close(to) != 0 && !code)
        code = error_set_errno(ERROR_IO, "spooling %s into the work directory", path);
    return code;
}

/* Copies an input that cannot be read twice into the work directory, unless an earlier incarnation
 * did. The file has its name only when it is whole. */
static int spool(struct create *c, size_t i)
{
    int work_fd = c->stage->work_fd, code;
    char partial[48];

    snprintf(c->spools[i], sizeof c->spools[i], "input.%zu", input_number(c, i));
    snprintf(partial, sizeof partial, "%s.partial", c->spools[i]);
    if (faccessat(work_fd, c->spools[i], F_OK, 0) == 0)
        return 0;
    code = spool_to(c, c->inputs[i].path, partial);
    if (!code && renameat(work_fd, partial, work_fd, c->spools[i]) != 0)
        code = error_set_errno(ERROR_IO, "spooling %s", c->inputs[i].path);
    if (!code)
        (void)fsync(work_fd); /* the name must last; a file system may not know how */
    return code;
}

static int open_input(struct create *c, size_t i, struct fasta **fasta)
{
    char path[64];

    if (!c->spools[i][0])
        return fasta_open(fasta, c->inputs[i].path, c->invalid);
    snprintf(path, sizeof path, "/proc/self/fd/%d/%s", c->stage->work_fd, c->spools[i]);
    return fasta_open_named(fasta, path, c->inputs[i].path, c->invalid);
}

/* Says which sample cannot be read, for whoever goes on: from it on inputs may change, or it may be
 * left out. seq: of its first segment; 0 if nothing of this run was read yet. */
static void note_bad_input(struct create *c, const char *sample, uint64_t seq)
{
    int work_fd = c->stage->work_fd, code;
    struct job *job = job_new();
    int fd = openat(work_fd, "failed.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    code = job && fd >= 0 ? job_add(job, "sample", sample) : -1;
    if (!code)
        code = job_add_number(job, "seq", seq);
    if (!code)
        code = job_write(job, fd);
    if (fd >= 0 && close(fd) != 0)
        code = -1;
    if (!code)
        (void)renameat(work_fd, "failed.new", work_fd, "failed");
    job_free(job);
}

/* All were looked at and one is at fault: which? Leaves its message as the error's. */
static int find_bad_input(struct create *c, int code)
{
    size_t i;

    for (i = 0; i < c->input_count; i++) {
        unsigned char keep;

        if (precheck_inputs(&c->inputs[i], 1, c->invalid, &keep, NULL, NULL) == ERROR_INPUT) {
            char text[1024];

            snprintf(text, sizeof text, "%s", error_text());
            note_bad_input(c, c->inputs[i].sample, 0);
            return error_set(ERROR_INPUT, "%s", text);
        }
    }
    return code;
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
    if (code == ERROR_INPUT)
        code = find_bad_input(c, code);
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

static void count_input(struct create *c, const struct fasta_counts *counts)
{
    struct stage_counters_shm *shm = &c->stage->shm->counters;

    atomic_store_explicit(&shm->bytes_in, c->start.input_bytes + counts->input_bytes,
                          memory_order_relaxed);
    atomic_store_explicit(&shm->bases, c->start.symbols + counts->symbols, memory_order_relaxed);
    atomic_store_explicit(&shm->groups, c->tables.group_count, memory_order_relaxed);
}

/* Lets what was found enter the index, and the log. */
static int enter_anchors(struct create *c)
{
    size_t count;
    const struct anchor_entry *entries = segmenter_new_anchors(c->segmenter, &count);
    int code = checkpoint_anchors(c->checkpoint, entries, count);

    return code ? code : segmenter_settle(c->segmenter);
}

/* A contig of any length makes no more of them wait than this; decisions do not see them yet. */
static int enter_early(struct create *c)
{
    size_t count;

    segmenter_new_anchors(c->segmenter, &count);
    if (count < ANCHORS_WAITING_MAX)
        return 0;
    anchor_index_hide(c->tables.index);
    return enter_anchors(c);
}

static int settle(struct create *c)
{
    int code = enter_anchors(c);

    anchor_index_show(c->tables.index);
    return code;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Notes in the log that a sample begins: a place to go on from. */
static int note_start(struct create *c)
{
    int code;

    c->start.seq = route_next_seq(c->route);
    c->start.group_count = c->tables.group_count;
    c->start.place_count = 1 + c->stage->run->worker_count;
    route_places(c->route, c->start.places);
    code = checkpoint_start(c->checkpoint, &c->tables, &c->start);
    if (code || !c->sync || now_ms() - c->synced_ms < SYNC_MS)
        return code;
    c->synced_ms = now_ms();
    return checkpoint_sync(c->checkpoint);
}

static int begin_sample(struct create *c, const char *name, size_t length)
{
    struct stage_counters_shm *shm = &c->stage->shm->counters;
    int code = note_start(c);

    if (code)
        return code;
    segmenter_start_sample(c->segmenter);
    name_set_clear(&c->names);
    sequence_check_sample(c->check);
    atomic_fetch_add_explicit(&shm->samples, 1, memory_order_relaxed);
    return route_sample(c->route, name, length);
}

static int end_sample(struct create *c, const char *name, size_t length)
{
    const struct sample_check check = sequence_check_of_sample(c->check);
    int code = route_sample_check(c->route, &check);

    if (c->equal_names > EQUAL_NAMES_TOLD)
        stage_note(c->stage, "warning: sample %.*s: %llu contigs in all have another's name",
                   (int)length, name, (unsigned long long)c->equal_names);
    c->equal_names = 0;
    c->mates_known = 0;
    return code ? code : settle(c);
}

/* Concatenated genomes: a record of another short name than the one before is the next sample. */
static int next_record_sample(struct create *c, const char *name, size_t length)
{
    int known, code;

    if (c->record_sample.data && c->record_sample.length == length &&
        memcmp(c->record_sample.data, name, length) == 0)
        return 0;
    if (!length)
        return error_set(ERROR_INPUT, "%s: record %llu has no name to be a sample's",
                         c->inputs[c->start.sample].path, (unsigned long long)c->start.record + 1);
    code = c->record_sample.data
               ? end_sample(c, (const char *)c->record_sample.data, c->record_sample.length)
               : 0;
    c->record_sample.length = 0;
    if (!code)
        code = bytes_append(&c->record_sample, name, length);
    if (!code)
        code = name_set_add(&c->samples, name, length, &known);
    if (!code && known)
        code = error_set(ERROR_INPUT, "%s: record %llu: sample %.*s stands twice",
                         c->inputs[c->start.sample].path, (unsigned long long)c->start.record + 1,
                         (int)length, name);
    if (code)
        return code;
    c->start.name_hash = name_set_hash(name, length);
    return begin_sample(c, name, length);
}

/* "SAMPLE / CONTIG", as the writer says it. */
static void set_item(struct create *c, const char *sample, const struct fasta_item *item)
{
    char text[RUN_ITEM_BYTES];
    int length = snprintf(text, sizeof text, "%s%s%.*s", sample, *sample ? " / " : "",
                          item->name_length < 200 ? (int)item->name_length : 200, item->name);

    stage_set_item(c->stage, text, length < (int)sizeof text ? (size_t)length : sizeof text - 1);
}

static int start_contig(struct create *c, const char *sample, const struct fasta_item *item)
{
    size_t length = contig_short_length(item->name, item->name_length);
    int known, code = c->concatenated ? next_record_sample(c, item->name, length) : 0;

    c->start.record++;
    if (!code)
        code = name_set_add(&c->names, item->name, length, &known);
    if (code)
        return code;
    if (known && ++c->equal_names <= EQUAL_NAMES_TOLD)
        stage_note(c->stage, "warning: sample %s has several contigs named %.*s", sample,
                   (int)length, item->name);
    set_item(c, c->concatenated ? "" : sample, item);
    sequence_check_contig(c->check, item->name, item->name_length);
    code = route_contig(c->route, item->name, item->name_length);
    return code ? code : segmenter_start_contig(c->segmenter);
}

static int end_contig(struct create *c)
{
    int code = segmenter_end_contig(c->segmenter);

    if (!code)
        code = route_contig_check(c->route, sequence_check_of_contig(c->check));
    return code;
}

static int read_records(struct create *c, size_t i, struct fasta *fasta)
{
    uint64_t done = c->start.record,
             seen = 0; /* records that an earlier incarnation is done with */
    struct fasta_item item;
    int in_contig = 0, code;

    for (;;) {
        code = fasta_next(fasta, &item);
        c->input_is_bad = code == ERROR_INPUT;
        if (!code && item.event != FASTA_END) {
            seen += item.event == FASTA_CONTIG;
            if (seen <= done)
                continue;
        }
        if (!code && in_contig && item.event != FASTA_BASES) {
            code = end_contig(c);
            in_contig = 0;
        }
        if (code || item.event == FASTA_END)
            break;
        if (item.event == FASTA_CONTIG) {
            code = start_contig(c, c->inputs[i].sample, &item);
            in_contig = 1;
        } else {
            sequence_check_codes(c->check, item.codes, item.count);
            code = segmenter_push(c->segmenter, item.codes, item.count);
            if (!code)
                code = enter_early(c);
        }
        count_input(c, fasta_counts(fasta));
        if (code)
            break;
    }
    c->start.lower_case += fasta_counts(fasta)->lower_case;
    c->start.replaced += fasta_counts(fasta)->replaced;
    c->start.input_bytes += fasta_counts(fasta)->input_bytes;
    c->start.symbols += fasta_counts(fasta)->symbols;
    return code;
}

/* Input i: a sample, or (concatenated genomes) as many as it has records. */
static int read_input(struct create *c, size_t i)
{
    const char *name = c->inputs[i].sample;
    struct fasta *fasta;
    int code;

    if (c->start.sample != i)
        c->start.record = 0;
    c->start.sample = i;
    code = c->concatenated ? 0 : begin_sample(c, name, strlen(name));
    if (!code) {
        code = open_input(c, i, &fasta);
        c->input_is_bad = code == ERROR_INPUT;
    }
    if (!code) {
        code = read_records(c, i, fasta);
        fasta_close(fasta);
    }
    if (c->input_is_bad && !c->concatenated) {
        char text[1024];

        snprintf(text, sizeof text, "%s", error_text());
        note_bad_input(c, name, c->start.seq);
        error_set(code, "%s", text);
    }
    if (code || c->concatenated)
        return code;
    c->start.record = 0;
    return end_sample(c, name, strlen(name));
}

/* After the last input. */
static int end_inputs(struct create *c)
{
    int code = 0;

    if (c->record_sample.data)
        code = end_sample(c, (const char *)c->record_sample.data, c->record_sample.length);
    c->start.sample = c->input_count;
    c->start.record = 0;
    c->start.name_hash = 0;
    return code ? code : note_start(c);
}

/* Lets the index be as large as the reference calls for, if the promise of memory has room. How
 * large that is decides over the archive, so it does not depend on what there is room for. */
static int allow_index(struct create *c)
{
    uint64_t more = (c->start.index_slots - INDEX_SLOTS_LEAST) * INDEX_BYTES_PER_10_SLOTS / 10;
    uint64_t spare, memory;

    if (more && job_number(c->stage->job, "reader_spare", &spare) == 0 && more > spare &&
        job_number(c->stage->job, "memory", &memory) == 0)
        return error_set(ERROR_MEMORY,
                         "this reference needs a larger index: at least --memory %lluM",
                         (unsigned long long)(((memory - spare + more) >> 20) + 1));
    anchor_index_allow(c->tables.index, c->start.index_slots);
    return 0;
}

static int read_reference(struct create *c)
{
    struct unique_kmers *candidates;
    int code = find_unique_kmers(c, &candidates);

    if (code)
        return code;
    while (c->start.index_slots * 2 <= unique_kmers_symbols(candidates) / SYMBOLS_PER_SLOT &&
           c->start.index_slots < INDEX_SLOTS_MOST)
        c->start.index_slots *= 2;
    code = allow_index(c);
    if (code) {
        unique_kmers_free(candidates);
        return code;
    }
    segmenter_use_splitters(c->segmenter, candidates);
    code = read_input(c, 0);
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
    size_t i = c->start.sample;
    int code = 0;

    if (i == 0) {
        code = read_reference(c);
        i = 1;
    }
    for (; !code && i < c->input_count; i++)
        code = read_input(c, i);
    if (!code)
        code = end_inputs(c);
    return code ? code : finish(c);
}

/* ---- set-up */

static int put_segment(void *context, const struct segment *segment)
{
    struct create *c = context;

    return route_segment(c->route, segment);
}

static int open_any_input(void *context, size_t i, struct fasta **fasta)
{
    return open_input(context, i, fasta);
}

/* Counted once a sample; what was counted stands in the log, since inputs to come may change before
 * the run is gone on with. */
static int count_mates(void *context, unsigned *mates)
{
    struct create *c = context;
    const struct lineage_inputs inputs = {c, c->input_count, open_any_input};
    int code = 0;

    if (c->concatenated) {
        c->mates = 0; /* records are read once */
    } else if (!c->mates_known) {
        code = lineage_count_mates(&inputs, (size_t)c->start.sample, c->tables.index, &c->mates);
        if (!code)
            code = checkpoint_mates(c->checkpoint, c->mates);
    }
    c->mates_known = !code;
    *mates = c->mates;
    return code;
}

static int read_options(struct create *c)
{
    const char *invalid = job_get(c->stage->job, "invalid");
    const char *concatenated = job_get(c->stage->job, "concatenated");
    uint64_t k, segment_size;
    int code = job_number(c->stage->job, "k", &k);

    if (!code)
        code = job_number(c->stage->job, "segment_size", &segment_size);
    if (code)
        return code;
    if (k < 17 || k > 32 || segment_size < 100 || segment_size > 1000000)
        return error_set(ERROR_USAGE, "k or segment size out of range");
    c->k = (unsigned)k;
    c->concatenated = concatenated && strcmp(concatenated, "1") == 0;
    c->segment_size = (uint32_t)segment_size;
    c->sync = !job_get(c->stage->job, "sync") || strcmp(job_get(c->stage->job, "sync"), "none");
    c->invalid = FASTA_INVALID_ERROR;
    if (invalid && strcmp(invalid, "N") == 0)
        c->invalid = FASTA_INVALID_N;
    else if (invalid && strcmp(invalid, "drop") == 0)
        c->invalid = FASTA_INVALID_DROP;
    return 0;
}

static int open_tables(struct create *c)
{
    struct segmenter_tables *tables = &c->tables;
    int code = path_create(&tables->path, c->k);

    tables->group_count = PATH_FIRST_GROUP;
    if (!code)
        code = splitters_create(&tables->splitters, c->k);
    return code ? code : anchor_index_create(&tables->index, INDEX_SLOTS_LEAST);
}

/* Goes back to the last start that no receiver is behind of, or to the beginning. */
static int open_checkpoint(struct create *c)
{
    uint64_t known[1 + RUN_WORKERS_MAX];
    int have, code = route_known(c->stage, known);

    if (!code)
        code = checkpoint_open(&c->checkpoint, c->stage->work_fd, 1 + c->stage->run->worker_count,
                               known, &c->start, &have);
    if (code)
        return code;
    if (!have) {
        c->start = (struct checkpoint_start){.index_slots = INDEX_SLOTS_LEAST};
        return route_open(&c->route, c->stage, NULL, 1);
    }
    code = allow_index(c);
    if (code)
        return code;
    c->mates_known = checkpoint_known_mates(c->checkpoint, &c->mates);
    code = checkpoint_restore(c->checkpoint, &c->tables, &c->samples);
    return code ? code : route_open(&c->route, c->stage, c->start.places, c->start.seq);
}

static int open_parts(struct create *c)
{
    struct segmenter_params params = {c->k, c->segment_size};
    struct segment_sink sink = {c, put_segment, count_mates};
    int code = open_tables(c);

    if (!code)
        code = sequence_check_create(&c->check);
    if (!code)
        code = open_checkpoint(c);
    return code ? code : segmenter_create(&c->segmenter, &params, &c->tables, &sink);
}

static void say_counts(const struct create *c)
{
    if (c->start.lower_case)
        stage_note(c->stage, "%llu lower-case letters: case is not kept",
                   (unsigned long long)c->start.lower_case);
    if (c->start.replaced)
        stage_note(c->stage, "%llu invalid letters were %s", (unsigned long long)c->start.replaced,
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
    sequence_check_free(c.check);
    checkpoint_close(c.checkpoint);
    anchor_index_free(c.tables.index);
    splitters_free(c.tables.splitters);
    path_free(c.tables.path);
    route_free(c.route);
    name_set_free(&c.names);
    name_set_free(&c.samples);
    bytes_free(&c.record_sample);
    free(c.inputs);
    free(c.spools);
    return code;
}
