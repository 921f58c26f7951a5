/*
 * The .fai index of samples: see list_fai.h. A line per contig: name, letters, offset of the first
 * letter, letters a line, bytes a line.
 */
#include "tools/list_fai.h"

#include "common/error.h"
#include "common/names.h"
#include "tools/list_contigs.h"
#include "tools/list_text.h"

#include <inttypes.h>
#include <stdio.h>

struct fai {
    struct list_text text;
    uint64_t line_length;
    uint64_t offset; /* of the next header */
};

static int put_contig(void *context, const char *header, size_t length, uint64_t letters)
{
    struct fai *fai = context;
    uint64_t per_line = letters < fai->line_length ? letters : fai->line_length;
    uint64_t lines = letters ? (letters - 1) / fai->line_length + 1 : 0;
    char numbers[128];
    int status = list_text_bytes(&fai->text, header, contig_short_length(header, length));

    fai->offset += length + 2; /* '>' and the line's end */
    snprintf(numbers, sizeof numbers, "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64, letters,
             fai->offset, per_line, per_line + (per_line != 0));
    fai->offset += letters + lines;
    return status ? status : list_text_line(&fai->text, numbers);
}

static int put_named(struct fai *fai, struct archive *archive, char **samples)
{
    uint32_t sample;
    int status = 0, i;

    for (i = 0; !status && samples[i]; i++)
        status = archive_find_sample(archive, samples[i], &sample);
    for (i = 0; !status && samples[i]; i++) {
        status = archive_find_sample(archive, samples[i], &sample);
        status = status ? status : each_contig_of(archive, sample, fai, put_contig);
    }
    return status;
}

static int put_samples(struct fai *fai, struct archive *archive, char **samples)
{
    uint32_t sample;
    int status = 0;

    if (samples[0])
        return put_named(fai, archive, samples);
    for (sample = 0; !status && sample < archive_sample_count(archive); sample++)
        status = each_contig_of(archive, sample, fai, put_contig);
    return status;
}

int list_fai(const char *path, char **samples, const char *output, uint64_t line_length)
{
    struct fai fai = {.line_length = line_length};
    struct archive *archive;
    int status = archive_open(&archive, path);

    if (status)
        return status;
    status = list_text_open(&fai.text, output);
    if (!status)
        status = list_text_close(&fai.text, put_samples(&fai, archive, samples));
    archive_close(archive);
    return status;
}
