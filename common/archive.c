/*
 * Opening an archive: which format it is, its parameters, its parts; see archive.h.
 *
 * The format's version stands in file_type_info, which is found through the footer; how the groups'
 * streams are named depends on the version. So the footer is indexed as that of a 3.0 archive
 * first, and once more in the rare case that it is an older one. A version that is not known is
 * refused before anything else of the file is believed.
 */
#include "common/archive_private.h"

#include "common/error.h"

#include <stdlib.h>
#include <string.h>

enum { INFO_BYTES_MAX = 1 << 20, PARAMS_BYTES_MAX = 64, SEGMENT_SIZE_MAX = 1 << 30 };

/* Reads part 0 of a named stream; a size of 0 is fine. */
static int read_named(struct archive *a, enum archive_named named, size_t limit, struct bytes *data,
                      uint64_t *metadata)
{
    struct container_part part;
    int code = archive_named_part(a, named, 0, &part);

    if (!code)
        code = container_read_part(a->container, &part, limit, data, metadata);
    return code ? error_wrap(code, "%s", archive_stream_title(named)) : 0;
}

const char *archive_info_key(const struct archive *archive, size_t index, const char **value)
{
    const char *at = (const char *)archive->info.data;
    const char *end;

    if (index >= archive->info_pairs)
        return NULL;
    end = at + archive->info.length;
    for (index *= 2; index; index--)
        at += strlen(at) + 1;
    *value = at + strlen(at) + 1;
    return *value < end ? at : NULL;
}

static int load_info(struct archive *a)
{
    uint64_t strings = 0;
    size_t i;
    int code;

    if (!a->named[NAMED_INFO])
        return error_set(ERROR_FORMAT, "not an AGC archive: no stream file_type_info");
    code = read_named(a, NAMED_INFO, INFO_BYTES_MAX, &a->info, &a->info_pairs);
    if (code)
        return code;
    for (i = 0; i < a->info.length; i++)
        strings += a->info.data[i] == 0;
    if (a->info_pairs > strings / 2)
        return error_set(ERROR_FORMAT, "file_type_info: %llu pairs in %llu strings",
                         (unsigned long long)a->info_pairs, (unsigned long long)strings);
    return 0;
}

static int info_number(const struct archive *a, const char *wanted, uint32_t *number)
{
    const char *key, *value;
    size_t i;

    for (i = 0; (key = archive_info_key(a, i, &value)); i++) {
        char *end;
        unsigned long parsed;

        if (strcmp(key, wanted) != 0)
            continue;
        parsed = strtoul(value, &end, 10);
        if (*value < '0' || *value > '9' || *end || parsed > 1000000)
            return error_set(ERROR_FORMAT, "%s is \"%.32s\"", wanted, value);
        *number = (uint32_t)parsed;
        return 0;
    }
    return error_set(ERROR_FORMAT, "not an AGC archive: no %s", wanted);
}

static int load_version(struct archive *a)
{
    struct archive_params *p = &a->params;
    int code = info_number(a, "file_version_major", &p->version_major);

    if (!code)
        code = info_number(a, "file_version_minor", &p->version_minor);
    if (code)
        return code;
    if (p->version_major < 1 || p->version_major > 3)
        return error_set(ERROR_VERSION,
                         "format version %u.%u is not known (this program reads 1, 2 and 3)",
                         p->version_major, p->version_minor);
    return 0;
}

static uint32_t little_endian(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static int load_params(struct archive *a)
{
    struct archive_params *p = &a->params;
    size_t wanted = p->version_major == 1 ? 12 : 16;
    struct bytes data = {0};
    uint64_t metadata;
    int code = read_named(a, NAMED_PARAMS, PARAMS_BYTES_MAX, &data, &metadata);

    if (!code && data.length != wanted)
        code = error_set(ERROR_FORMAT, "params: %zu bytes instead of %zu", data.length, wanted);
    if (!code) {
        p->k = little_endian(data.data);
        p->min_match = little_endian(data.data + 4);
        p->pack = little_endian(data.data + 8);
        p->segment_size = p->version_major == 1 ? 0 : little_endian(data.data + 12);
        if (p->k < 1 || p->k > 32 || p->pack < 1 || p->pack > 1000000000 ||
            p->min_match > SEGMENT_SIZE_MAX || p->segment_size > SEGMENT_SIZE_MAX)
            code = error_set(ERROR_FORMAT,
                             "params: k %u, min_match_len %u, pack %u, segment_size "
                             "%u are not possible",
                             p->k, p->min_match, p->pack, p->segment_size);
    }
    bytes_free(&data);
    return code;
}

static int load(struct archive *a)
{
    int code = archive_index_footer(a, 3);

    if (!code)
        code = archive_load_checks(a);
    if (!code)
        code = load_info(a);
    if (!code)
        code = load_version(a);
    if (!code && a->params.version_major < 3)
        code = archive_index_footer(a, a->params.version_major);
    if (!code)
        code = load_params(a);
    return code ? code : archive_load_samples(a);
}

static int open_archive(struct archive **archive, const char *path, enum archive_checks checks)
{
    struct archive *a = calloc(1, sizeof *a);
    int code;

    if (!a)
        return error_set(ERROR_MEMORY, "out of memory for an archive");
    a->checks.state = checks;
    code = container_open(&a->container, path);
    if (!code)
        code = load(a);
    if (code) {
        archive_close(a);
        return error_wrap(code, "%s", path);
    }
    *archive = a;
    return 0;
}

int archive_open(struct archive **archive, const char *path)
{
    return open_archive(archive, path, ARCHIVE_CHECKS_NONE);
}

int archive_open_unchecked(struct archive **archive, const char *path)
{
    return open_archive(archive, path, ARCHIVE_CHECKS_OFF);
}

void archive_close(struct archive *archive)
{
    if (!archive)
        return;
    container_close(archive->container);
    bytes_free(&archive->info);
    bytes_free(&archive->names);
    bytes_free(&archive->name_offs);
    bytes_free(&archive->batch_segments);
    free(archive->names_sorted);
    free(archive->groups);
    free(archive);
}

const struct archive_params *archive_params(const struct archive *archive)
{
    return &archive->params;
}

uint32_t archive_sample_count(const struct archive *archive)
{
    return archive->sample_count;
}

uint32_t archive_group_count(const struct archive *archive)
{
    return archive->group_count;
}

int archive_group_parts(struct archive *archive, uint32_t group, int reference, uint64_t *parts)
{
    *parts = 0;
    if (group >= archive->group_count)
        return 0;
    return archive_parts_at(archive, archive->groups[group].at[reference != 0], parts);
}

static int in_part(const struct archive *archive, int code, uint32_t group, int reference,
                   uint64_t part)
{
    char name[CONTAINER_NAME_BYTES_MAX];

    if (!code)
        return 0;
    container_group_name(name, archive->params.version_major, group, reference);
    return error_wrap(code, "stream %s, part %llu", name, (unsigned long long)part);
}

int archive_group_part_find(struct archive *archive, uint32_t group, int reference, uint64_t part,
                            struct container_part *place)
{
    int code = archive_group_part_at(archive, group, reference, part, place);

    return in_part(archive, code, group, reference, part);
}

int archive_group_part_read(const struct archive *archive, const struct container_part *place,
                            size_t limit, struct bytes *data, uint64_t *metadata)
{
    return container_read_part(archive->container, place, limit, data, metadata);
}

int archive_group_part(struct archive *archive, uint32_t group, int reference, uint64_t part,
                       size_t limit, struct bytes *data, uint64_t *metadata)
{
    struct container_part place;
    int code = archive_group_part_find(archive, group, reference, part, &place);

    if (code)
        return code;
    code = archive_group_part_read(archive, &place, limit, data, metadata);
    return in_part(archive, code, group, reference, part);
}

int archive_keep_footer(struct archive *archive, uint64_t limit)
{
    return container_keep_footer(archive->container, limit);
}
