/*
 * Lists as JSON: see list_json.h.
 */
#include "tools/list_json.h"

#include "common/error.h"
#include "common/names.h"
#include "tools/list_contigs.h"

int list_json_reference(struct archive *archive, char **operands, struct json *json)
{
    (void)operands;
    if (!archive_sample_count(archive))
        return error_set(ERROR_NOT_FOUND, "the archive holds no sample");
    json_text(json, "reference", archive_sample_name(archive, 0));
    return 0;
}

int list_json_samples(struct archive *archive, char **operands, struct json *json)
{
    uint32_t i;

    (void)operands;
    json_open(json, "samples", '[');
    for (i = 0; i < archive_sample_count(archive); i++)
        json_text(json, NULL, archive_sample_name(archive, i));
    json_close(json, ']');
    return 0;
}

static int put_contig(void *context, const char *header, size_t length, uint64_t letters)
{
    struct json *json = context;

    json_open(json, NULL, '{');
    json_text_part(json, "name", header, contig_short_length(header, length));
    json_text_part(json, "header", header, length);
    json_number(json, "length", letters);
    json_close(json, '}');
    return 0;
}

int list_json_contigs(struct archive *archive, char **operands, struct json *json)
{
    uint32_t sample;
    int status = 0, i;

    json_open(json, "samples", '[');
    for (i = 0; !status && operands[i]; i++) {
        status = archive_find_sample(archive, operands[i], &sample);
        if (status)
            break;
        json_open(json, NULL, '{');
        json_text(json, "name", operands[i]);
        json_open(json, "contigs", '[');
        status = each_contig_of(archive, sample, json, put_contig);
        json_close(json, ']');
        json_close(json, '}');
    }
    json_close(json, ']');
    return status;
}

int list_json_info(struct archive *archive, char **operands, struct json *json)
{
    const struct archive_params *params = archive_params(archive);
    const char *key, *value;
    size_t i;

    (void)operands;
    json_number(json, "samples", archive_sample_count(archive));
    if (archive_sample_count(archive))
        json_text(json, "reference", archive_sample_name(archive, 0));
    json_number(json, "groups", archive_group_count(archive));
    json_number(json, "kmer_length", params->k);
    json_number(json, "min_match_length", params->min_match);
    if (params->segment_size)
        json_number(json, "segment_size", params->segment_size);
    json_number(json, "batch_size", params->pack);
    json_number(json, "format_major", params->version_major);
    json_number(json, "format_minor", params->version_minor);
    json_open(json, "file_type_info", '{');
    for (i = 0; (key = archive_info_key(archive, i, &value)); i++)
        json_text(json, key, value);
    json_close(json, '}');
    return 0;
}
