/*
 * getctg: contigs, or regions of them, out of an archive, in one process: it is the command for
 * little pieces, and starting stages would take longer than the work.
 *
 * All words are resolved before anything is put out; one that cannot be ends the command with
 * nothing on standard output. Of a region only the segments that it touches are decoded.
 */
#include "common/archive.h"
#include "common/checks.h"
#include "common/error.h"
#include "common/fasta_write.h"
#include "common/member_decoder.h"
#include "common/new_file.h"
#include "common/symbols.h"
#include "tools/command.h"
#include "tools/contig_query.h"
#include "tools/query_options.h"
#include "tools/say.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LETTERS_BYTES = 32 * 1024 };

struct getctg {
    const struct query_options *options;
    struct archive *archive;
    struct member_decoder *decoder;
    struct fasta_writer *out;
    struct sequence_check *check; /* of the letters of a contig */
    struct contig_query *queries;
    size_t count;
};

static int put_letters(struct getctg *g, const uint8_t *codes, uint64_t count)
{
    uint8_t letters[LETTERS_BYTES];
    int status = 0;

    while (!status && count) {
        size_t n = count < sizeof letters ? (size_t)count : sizeof letters;

        symbols_to_letters(letters, codes, n);
        sequence_check_letters(g->check, letters, n);
        status = fasta_writer_letters(g->out, letters, n);
        codes += n;
        count -= n;
    }
    return status;
}

/* Letters from..to (both in) of the contig. `at` is where the segment's own letters, those that its
 * predecessor does not have, begin in the contig. */
static int put_region(struct getctg *g, const struct contig_found *contig, uint64_t from,
                      uint64_t to)
{
    uint32_t k = archive_params(g->archive)->k, i;
    uint64_t at = 0;
    int status = 0;

    for (i = 0; !status && i < contig->segment_count && at <= to; i++) {
        const struct archive_segment *segment = &contig->segments[i];
        uint32_t skip = i > 0 ? k : 0;
        uint64_t own = segment->length - skip, end = at + own;
        const uint8_t *codes;

        if (end > from && own) {
            uint64_t first = from > at ? from - at : 0;
            uint64_t last = to < end ? to - at + 1 : own;

            status = member_decoder_segment(g->decoder, segment, &codes);
            if (!status)
                status = put_letters(g, codes + skip + first, last - first);
        }
        at = end;
    }
    return status;
}

static int compare_check(const struct getctg *g, const struct contig_found *contig)
{
    if (!contig->has_check || sequence_check_of_contig(g->check) == contig->check)
        return 0;
    return error_set(ERROR_FORMAT,
                     "sample %s, contig %s: damaged: its letters are not those of its check",
                     archive_sample_name(g->archive, contig->sample), contig->header);
}

static int put_query(struct getctg *g, const struct contig_query *q)
{
    const struct contig_found *contig = &q->contig;
    char *header = NULL;
    uint64_t last = contig->length ? contig->length - 1 : 0;
    int status;

    sequence_check_contig(g->check, "", 0);
    if (!q->has_region) {
        status = fasta_writer_contig(g->out, contig->header, contig->header_length);
        if (!status && contig->length)
            status = put_region(g, contig, 0, last);
        return status ? status : compare_check(g, contig);
    }
    if (asprintf(&header, "%s:%" PRIu64 "-%" PRIu64, contig->header, q->from, q->to) < 0)
        return error_set(ERROR_MEMORY, "no memory for a header");
    status = fasta_writer_contig(g->out, header, strlen(header));
    free(header);
    return status ? status : put_region(g, contig, q->from, q->to < last ? q->to : last);
}

static int put_all(struct getctg *g, int fd, const char *name)
{
    size_t i;
    int status = member_decoder_create(&g->decoder, g->archive,
                                       (size_t)g->options->run.memory_bytes / 2);

    if (!status)
        status = fasta_writer_create(&g->out, fd, name, g->options->line_length,
                                     (unsigned)g->options->gzip_level);
    if (!status)
        status = sequence_check_create(&g->check);
    for (i = 0; !status && i < g->count; i++)
        status = put_query(g, &g->queries[i]);
    if (!status)
        status = fasta_writer_finish(g->out);
    fasta_writer_free(g->out);
    sequence_check_free(g->check);
    member_decoder_free(g->decoder);
    return status;
}

static int put_to_output(struct getctg *g)
{
    const char *path = g->options->output;
    struct new_file *file;
    int status;

    if (!path)
        return put_all(g, STDOUT_FILENO, "standard output");
    status = new_file_open(&file, path);
    if (status)
        return status;
    status = put_all(g, new_file_fd(file), path);
    if (!status)
        return new_file_commit(file, 0);
    new_file_abandon(file);
    return status;
}

static void tell(const char *text)
{
    say("getctg: %s", text);
}

static int run(struct getctg *g, char **words)
{
    size_t i;
    int status;

    g->queries = calloc(g->count, sizeof *g->queries);
    if (!g->queries)
        return error_set(ERROR_MEMORY, "no memory for %zu words", g->count);
    for (i = 0; i < g->count; i++)
        g->queries[i].word = words[i];
    status = contig_queries_resolve(g->archive, g->queries, g->count, tell);
    if (status == ERROR_NOT_FOUND)
        status = ERROR_STOPPED; /* told already */
    if (!status)
        status = put_to_output(g);
    for (i = 0; i < g->count; i++)
        contig_query_free(&g->queries[i]);
    free(g->queries);
    return status;
}

int command_getctg(int argc, char **argv)
{
    struct query_options options;
    struct getctg g = {.options = &options};
    int first, status = query_options_parse(QUERY_GETCTG, argc, argv, &options, &first);

    if (status)
        return status == OPTIONS_HELP ? 0 : status;
    g.count = (size_t)(argc - first - 1);
    status = options.no_check ? archive_open_unchecked(&g.archive, argv[first])
                              : archive_open(&g.archive, argv[first]);
    if (status)
        return status;
    if (archive_checks(g.archive) == ARCHIVE_CHECKS_STALE)
        say_note("%s was changed by a program that does not keep its checks: it is not checked",
                 argv[first]);
    status = run(&g, argv + first + 1);
    archive_close(g.archive);
    return status;
}
