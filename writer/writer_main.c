/*
 * agc-writer: the last stage.
 *
 * In a create run it merges what reader and workers send into an archive (create.h) and gives it
 * its name (publish.h); in a query it puts FASTA out (query.h). This file reads the job, finds the
 * rings, and passes counters on to shared memory.
 */
#include "common/error.h"
#include "common/version.h"
#include "ipc/rendezvous.h"
#include "ipc/stage.h"
#include "writer/create.h"
#include "writer/publish.h"
#include "writer/query.h"
#include "writer/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum { SYNC_MS = 3000, LINE_LENGTH = 80 };

struct writer {
    struct stage stage;
    struct ring_shm *rings[1 + RUN_WORKERS_MAX];
};

static void count(_Atomic uint64_t *counter, uint64_t value)
{
    atomic_store_explicit(counter, value, memory_order_relaxed);
}

/* The run's number of a ring that the writer reads: 0 is the spine, 1 + w comes from worker w. */
static uint32_t run_number(const struct run_shm *run, uint32_t ring)
{
    return ring == 0 ? run_ring_spine() : run_ring_from_worker(run, ring - 1);
}

static int find_rings(struct writer *w)
{
    struct run_shm *run = w->stage.run;

    for (uint32_t i = 0; i <= run->worker_count; i++) {
        w->rings[i] = run_ring(run, run_number(run, i));
        if (!w->rings[i])
            return error_set(ERROR_SHARED, "the run has no ring %u for the writer", i);
    }
    return 0;
}

static int number_u32(const struct job *job, const char *key, uint32_t *value)
{
    uint64_t wide;
    int code = job_number(job, key, &wide);

    if (code)
        return code;
    if (wide > UINT32_MAX)
        return error_set(ERROR_USAGE, "%s is too large", key);
    *value = (uint32_t)wide;
    return 0;
}

/* ---- create */

static void create_progress(void *context, const struct create_progress *progress)
{
    struct stage *stage = context;
    struct stage_counters_shm *counters = &stage->shm->counters;

    count(&counters->records, progress->seq);
    count(&counters->bytes_in, progress->bytes_in);
    count(&counters->bytes_out, progress->bytes_out);
    count(&counters->wait_input_ns, progress->wait_input_ns);
    count(&counters->samples, progress->samples);
    /* release: who reads it may forget what is below */
    atomic_store_explicit(&stage->run->durable_seq, progress->durable_seq, memory_order_release);
}

static void set_item(void *context, const char *text, size_t length)
{
    stage_set_item(context, text, length);
}

static void set_seq(void *context, uint64_t seq)
{
    stage_set_seq(context, seq);
}

static int agree(void *context, const uint64_t *known_off, uint32_t ring_count)
{
    struct stage *stage = context;
    int code = 0;

    /* All are told before any is waited for: see rendezvous.h on waiting in a circle. */
    for (uint32_t i = 0; i < ring_count; i++)
        rendezvous_tell(stage, run_number(stage->run, i), known_off[i]);
    for (uint32_t i = 0; i < ring_count && !code; i++)
        code = rendezvous_wait(stage, run_number(stage->run, i));
    return code;
}

/* One canonical line of what decided the archive's bytes beside the inputs: no path, nothing of the
 * machine. */
static int describe_made(const struct job *job, struct bytes *line)
{
    static const char *const keys[] = {"k",      "min_match",    "pack",     "segment_size",
                                       "effort", "concatenated", "invalid"};
    char head[128];
    int n = snprintf(head, sizeof head, "agc-pipeline %s libzstd %s", VERSION_TEXT,
                     ZSTD_versionString());
    int code = bytes_append(line, head, (size_t)n);

    for (size_t i = 0; !code && i < sizeof keys / sizeof keys[0]; i++) {
        const char *value = job_get(job, keys[i]);

        if (!value)
            continue;
        code = bytes_append(line, " ", 1);
        if (!code)
            code = bytes_append(line, keys[i], strlen(keys[i]));
        if (!code)
            code = bytes_append(line, "=", 1);
        if (!code)
            code = bytes_append(line, value, strlen(value));
    }
    return code ? code : bytes_append_byte(line, 0);
}

static int run_create_mode(struct writer *w)
{
    struct stage *stage = &w->stage;
    const char *output = job_get(stage->job, "output");
    const char *sync = job_get(stage->job, "sync");
    const char *table = job_get(stage->job, "sample_table");
    struct create_config config = {
        .worker_count = stage->run->worker_count,
        .rings = w->rings,
        .wait = &stage->wait,
        .work_fd = stage->work_fd,
        .durable_seq = atomic_load_explicit(&stage->run->durable_seq, memory_order_acquire),
        .sync_ms = sync && strcmp(sync, "none") == 0 ? -1 : SYNC_MS,
        .sample_table = table && strcmp(table, "1") == 0,
        .context = stage,
        .agree = agree,
        .progress = create_progress,
        .item = set_item,
        .seq = set_seq,
    };
    struct bytes made = {0};
    int whole_file;
    int code = number_u32(stage->job, "k", &config.k);

    if (!code)
        code = number_u32(stage->job, "min_match", &config.min_match);
    if (!code)
        code = number_u32(stage->job, "pack", &config.pack);
    if (!code)
        code = number_u32(stage->job, "segment_size", &config.segment_size);
    if (!code && stage->work_fd < 0)
        code = error_set(ERROR_USAGE, "no work directory");
    if (!code)
        code = describe_made(stage->job, &made);
    config.made = (const char *)made.data;
    if (!code)
        code = create_archive(&config, &whole_file);
    bytes_free(&made);
    if (code || !whole_file || !output || !*output)
        return code;
    return publish_archive(stage->work_fd, output);
}

/* ---- query */

static void query_progress(void *context, const struct query_progress *progress)
{
    struct stage *stage = context;
    struct stage_counters_shm *counters = &stage->shm->counters;

    count(&counters->records, progress->seq);
    count(&counters->bytes_in, progress->bytes_in);
    count(&counters->bytes_out, progress->bytes_out);
    count(&counters->wait_input_ns, progress->wait_input_ns);
    count(&counters->samples, progress->samples);
}

static int open_destination(const struct job *job, struct destination **destination)
{
    const char *command = job_get(job, "command");
    const char *output = job_get(job, "output");
    enum destination_kind kind = DESTINATION_FILE;
    uint64_t line_length = LINE_LENGTH, gzip_level = 0;
    int code = 0;

    if (!output || !*output) {
        output = NULL;
        kind = DESTINATION_STDOUT;
    } else if (command && strcmp(command, "getcol") == 0) {
        kind = DESTINATION_DIRECTORY;
    }
    if (job_get(job, "line_length"))
        code = job_number(job, "line_length", &line_length);
    if (!code && job_get(job, "gzip_level"))
        code = job_number(job, "gzip_level", &gzip_level);
    if (!code && gzip_level > 9)
        code = error_set(ERROR_USAGE, "gzip levels are 0 to 9");
    if (!code)
        code = destination_open(destination, kind, output, line_length, (unsigned)gzip_level);
    if (!code && job_get(job, "with_sample"))
        destination_name_samples(*destination);
    return code;
}

struct verify_lists {
    const struct stage *stage;
    FILE *lost; /* names of damaged samples, each ended by NUL; NULL: not asked for */
};

static void tell_damage(void *context, const char *text)
{
    const struct verify_lists *lists = context;

    stage_note(lists->stage, "%s", text);
}

static void list_lost(void *context, const char *sample, size_t length)
{
    const struct verify_lists *lists = context;

    if (lists->lost) {
        fwrite(sample, 1, length, lists->lost);
        fputc('\0', lists->lost);
    }
}

/* The list that --salvage goes by; an empty name ends it, so that a part of it is not taken for all. */
static int verify_listing(struct writer *w, const struct query_config *config,
                          struct verify_result *result)
{
    const char *path = job_get(w->stage.job, "lost");
    struct verify_lists lists = {&w->stage, NULL};
    const struct verify_listener listener = {&lists, tell_damage, list_lost};
    int code, failed;

    if (path && !(lists.lost = fopen(path, "w")))
        return error_set_errno(ERROR_IO, "cannot open the list of what is lost");
    code = verify_archive(config, &listener, result);
    if (!lists.lost)
        return code;
    if (!code)
        fputc('\0', lists.lost);
    failed = ferror(lists.lost) | fclose(lists.lost);
    if (!code && failed)
        code = error_set_errno(ERROR_IO, "cannot write the list of what is lost");
    return code;
}

static int run_verify(struct writer *w, const struct query_config *config)
{
    struct verify_result r;
    int code = verify_listing(w, config, &r);

    if (code)
        return code;
    if (r.damaged_parts || r.damaged_samples)
        return error_set(ERROR_FORMAT,
                         "%s is damaged: %" PRIu64 " of %" PRIu64 " samples, %" PRIu64
                         " of %" PRIu64 " contigs; %" PRIu64 " faults outside of samples",
                         job_get(w->stage.job, "archive"), r.damaged_samples, r.samples,
                         r.damaged_contigs, r.contigs, r.damaged_parts);
    stage_note(&w->stage,
               "sound: %" PRIu64 " samples, %" PRIu64 " contigs, %" PRIu64 " letters; %s", r.samples,
               r.contigs, r.letters,
               r.checked_contigs == r.contigs && r.checked_samples == r.samples
                   ? "all agree with their checks"
                   : "the archive has no checks to compare with");
    return 0;
}

static int run_query_mode(struct writer *w)
{
    struct query_config config = {
        .worker_count = w->stage.run->worker_count,
        .rings = w->rings,
        .wait = &w->stage.wait,
        .context = &w->stage,
        .progress = query_progress,
        .item = set_item,
    };
    const char *command = job_get(w->stage.job, "command");
    struct destination *destination = NULL;
    int code;

    if (command && strcmp(command, "verify") == 0)
        return run_verify(w, &config);
    code = open_destination(w->stage.job, &destination);

    if (!code)
        code = query_answer(&config, destination);
    destination_free(destination);
    return code;
}

int main(int argc, char **argv)
{
    static struct writer writer;
    int code = stage_open(&writer.stage, "agc-writer", argc, argv);

    if (code)
        return error_exit_status(code);
    code = find_rings(&writer);
    if (!code)
        code = writer.stage.run->mode == RUN_CREATE ? run_create_mode(&writer)
                                                    : run_query_mode(&writer);
    return stage_close(&writer.stage, code);
}
