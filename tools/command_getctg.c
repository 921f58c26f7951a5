/*
 * getctg and faidx: contigs, or regions of them, out of an archive, in one process: they are the
 * commands for little pieces, and starting stages would take longer than the work.
 *
 * All words are resolved before anything is put out; one that cannot be ends the command with
 * nothing on standard output. Of a region only the segments that it touches are decoded, and what
 * is decoded for one is kept for the next (common/sequences.h).
 */
#include "common/checks.h"
#include "common/error.h"
#include "common/fasta_write.h"
#include "common/new_file.h"
#include "common/sequences.h"
#include "tools/command.h"
#include "tools/list_fai.h"
#include "tools/query_options.h"
#include "tools/region_file.h"
#include "tools/reverse_letters.h"
#include "tools/say.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Letters decoded at once; a segment that is cut by it is decoded again for what is left. */
enum { PIECE_BYTES = 1 << 20 };

struct getctg {
    const struct query_options *options;
    enum query_style style;
    struct sequences *sequences;
    struct catalog *catalog; /* of sequences */
    struct fasta_writer *out;
    struct sequence_check *check; /* of the letters of a contig */
    struct region_list list;
    struct bytes letters, header;
};

/* Letters from .. from + count of a contig, piece by piece; turned round, the last piece comes
 * first. */
static int put_letters(struct getctg *g, const struct contig_table *table,
                       const struct contig_row *row, uint64_t from, uint64_t count)
{
    int status = 0;

    g->letters.length = 0;
    status = bytes_reserve(&g->letters, count < PIECE_BYTES ? (size_t)count : PIECE_BYTES);
    while (!status && count) {
        size_t n = count < PIECE_BYTES ? (size_t)count : PIECE_BYTES;
        uint64_t at = g->options->reverse ? from + count - n : from;

        status = sequences_read(g->sequences, table, row, at, n, g->letters.data);
        if (!status && !g->options->reverse)
            sequence_check_letters(g->check, g->letters.data, n);
        if (!status && g->options->reverse)
            reverse_letters(g->letters.data, n);
        if (!status)
            status = fasta_writer_letters(g->out, g->letters.data, n);
        from += g->options->reverse ? 0 : n;
        count -= n;
    }
    return status;
}

static int compare_check(const struct getctg *g, const struct contig_table *table,
                         const struct contig_row *row)
{
    if (!row->has_check || sequence_check_of_contig(g->check) == row->check)
        return 0;
    return error_set(ERROR_FORMAT,
                     "sample %s, contig %s: damaged: its letters are not those of its check",
                     catalog_sample_name(g->catalog, table->sample), row->header);
}

static int add_text(struct bytes *header, const char *text)
{
    return bytes_append(header, text, strlen(text));
}

/* As getctg writes it: the whole header, the sample after the short name if asked for, the region.
 */
static int make_header(struct getctg *g, const struct contig_query *q,
                       const struct contig_table *table, const struct contig_row *row)
{
    char region[48];
    int status;

    if (g->options->with_sample)
        status = fasta_header_with_sample(&g->header, row->header, row->header_length,
                                          catalog_sample_name(g->catalog, table->sample));
    else
        status = bytes_append(&g->header, row->header, row->header_length);
    if (status || !q->has_region)
        return status;
    snprintf(region, sizeof region, ":%" PRIu64 "-%" PRIu64, q->from, q->to);
    return add_text(&g->header, region);
}

/* As samtools writes it: the word itself, which names the sample if that was given. */
static int make_word_header(struct getctg *g, const struct contig_query *q)
{
    const char *sample = catalog_sample_name(g->catalog, q->place.sample);
    size_t length = strlen(sample);
    int status = 0;

    if (g->options->with_sample &&
        (strncmp(q->word, sample, length) != 0 || q->word[length] != ':')) {
        status = add_text(&g->header, sample);
        status = status ? status : add_text(&g->header, ":");
    }
    status = status ? status : add_text(&g->header, q->word);
    return status || !g->options->reverse ? status : add_text(&g->header, "/rc");
}

static int put_contig(struct getctg *g, const struct contig_query *q,
                      const struct contig_table *table)
{
    const struct contig_row *row = &table->rows[q->place.row];
    uint64_t from = q->has_region ? q->from : 0, to = row->length;
    int status;

    if (q->has_region && q->to < row->length)
        to = q->to + 1;
    g->header.length = 0;
    status =
        g->style == QUERY_STYLE_SAMTOOLS ? make_word_header(g, q) : make_header(g, q, table, row);
    if (!status)
        status = fasta_writer_contig(g->out, (const char *)g->header.data, g->header.length);
    sequence_check_contig(g->check, "", 0);
    if (!status)
        status = put_letters(g, table, row, from, to - from);
    if (!status && to - from == row->length && !g->options->reverse)
        status = compare_check(g, table, row);
    return status;
}

static int put_query(struct getctg *g, const struct contig_query *q)
{
    const struct contig_table *table;
    int status = catalog_hold(g->catalog, q->place.sample, &table);

    if (status)
        return status;
    status = put_contig(g, q, table);
    catalog_release(g->catalog, table);
    return status;
}

static int put_all(struct getctg *g, int fd, const char *name)
{
    size_t i;
    int status = fasta_writer_create(&g->out, fd, name, g->options->line_length,
                                     (unsigned)g->options->gzip_level);

    if (!status)
        status = sequence_check_create(&g->check);
    for (i = 0; !status && i < g->list.count; i++)
        status = put_query(g, &g->list.queries[i]);
    if (!status)
        status = fasta_writer_finish(g->out);
    fasta_writer_free(g->out);
    sequence_check_free(g->check);
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

static void tell_getctg(const char *text)
{
    say("getctg: %s", text);
}

static void tell_faidx(const char *text)
{
    say("faidx: %s", text);
}

/* The words of the command line, then those of the file. */
static int gather(struct getctg *g, char **words)
{
    int status = 0;

    for (; !status && *words; words++)
        status =
            region_list_add(&g->list, &(struct contig_query){.word = *words, .style = g->style});
    if (!status && g->options->regions)
        status = region_list_read(&g->list, g->options->regions, g->style, g->options->bed);
    return status;
}

static int run(struct getctg *g, char **words)
{
    int samtools = g->style == QUERY_STYLE_SAMTOOLS, status = gather(g, words);

    if (status)
        return status;
    status = contig_queries_resolve(g->catalog, g->list.queries, g->list.count,
                                    samtools ? tell_faidx : tell_getctg);
    if (status == ERROR_NOT_FOUND)
        return ERROR_STOPPED; /* told already */
    return status ? status : put_to_output(g);
}

static int get_contigs(struct getctg *g, const char *archive, char **words)
{
    int status = sequences_open(&g->sequences, archive, (size_t)g->options->run.memory_bytes / 2,
                                !g->options->no_check);

    if (status)
        return status;
    g->catalog = sequences_catalog(g->sequences);
    if (catalog_checks(g->catalog) == ARCHIVE_CHECKS_STALE)
        say_note("%s was changed by a program that does not keep its checks: it is not checked",
                 archive);
    status = run(g, words);
    region_list_free(&g->list);
    bytes_free(&g->letters);
    bytes_free(&g->header);
    sequences_close(g->sequences);
    return status;
}

int command_getctg(int argc, char **argv)
{
    struct query_options options;
    struct getctg g = {.options = &options, .style = QUERY_STYLE_AGC};
    int first, status = query_options_parse(QUERY_GETCTG, argc, argv, &options, &first);

    if (status)
        return status == OPTIONS_HELP ? 0 : status;
    say_quiet(options.run.quiet);
    return get_contigs(&g, argv[first], argv + first + 1);
}

int command_faidx(int argc, char **argv)
{
    struct query_options options;
    struct getctg g = {.options = &options, .style = QUERY_STYLE_SAMTOOLS};
    int first, status = query_options_parse(QUERY_FAIDX, argc, argv, &options, &first);

    if (status)
        return status == OPTIONS_HELP ? 0 : status;
    say_quiet(options.run.quiet);
    if (options.fai)
        return list_fai(argv[first], argv + first + 1, options.output, options.line_length);
    return get_contigs(&g, argv[first], argv + first + 1);
}
