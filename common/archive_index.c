/*
 * The index over the footer: for every group two addresses in the footer (16 bytes), for the few
 * named streams one. Parts are found by walking from there; where the last walk of a stream stood
 * is remembered in a small table, so that taking part after part is linear.
 *
 * Group numbers are bounded by the number of streams (each group has one at least), that by the
 * footer's size, and the table grows with the numbers really seen: a small file cannot ask for
 * much.
 */
#include "common/archive_private.h"

#include "common/error.h"

#include <stdlib.h>
#include <string.h>

static const char *const titles[NAMED_COUNT] = {
    [NAMED_INFO] = "file_type_info",        [NAMED_PARAMS] = "params",
    [NAMED_SAMPLES] = "collection-samples", [NAMED_CONTIGS] = "collection-contigs",
    [NAMED_DETAILS] = "collection-details", [NAMED_MAIN] = "collection-main",
    [NAMED_DESC] = "collection-desc",       [NAMED_SAMPLE_CHECKS] = "ext-sample-checks",
    [NAMED_CONTIG_CHECKS] = "ext-contig-checks",
    [NAMED_PART_CHECKS] = "ext-part-checks", [NAMED_MADE] = "ext-made",
};

const char *archive_stream_title(enum archive_named named)
{
    return titles[named];
}

static int reach_group(struct archive *a, uint32_t group, uint64_t stream_count)
{
    uint64_t capacity = (uint64_t)group + 1;
    struct archive_group_streams *groups;

    if (group < a->group_count)
        return 0;
    if (group >= stream_count || group == UINT32_MAX)
        return error_set(ERROR_FORMAT, "footer: group %u in an archive of %llu streams", group,
                         (unsigned long long)stream_count);
    if (capacity > a->group_capacity) {
        capacity += capacity / 2 + 64;
        if (capacity > UINT32_MAX)
            capacity = UINT32_MAX;
        groups = realloc(a->groups, (size_t)capacity * sizeof *groups);
        if (!groups)
            return error_set(ERROR_MEMORY, "out of memory for the index of %u groups", group);
        a->groups = groups;
        a->group_capacity = (uint32_t)capacity;
    }
    memset(a->groups + a->group_count, 0, (group + 1 - a->group_count) * sizeof *a->groups);
    a->group_count = group + 1;
    return 0;
}

/* Notes the address of one stream; streams that are not known are left alone. */
static int note_stream(struct archive *a, const char *name, uint64_t at, uint32_t version_major,
                       uint64_t stream_count)
{
    uint64_t *slot = NULL;
    uint32_t *first = NULL;
    uint32_t group;
    int reference, i, code;

    if (container_parse_group_name(name, version_major, &group, &reference)) {
        code = reach_group(a, group, stream_count);
        if (code)
            return code;
        slot = &a->groups[group].at[reference];
        first = &a->groups[group].first[reference];
    }
    for (i = 0; i < NAMED_COUNT && !slot; i++)
        if (strcmp(name, titles[i]) == 0) {
            slot = &a->named[i];
            first = &a->named_first[i];
        }
    if (!slot)
        return 0;
    if (*slot)
        return error_set(ERROR_FORMAT, "footer: stream %s stands twice", name);
    *slot = at;
    *first = (uint32_t)a->part_count;
    return 0;
}

int archive_index_footer(struct archive *archive, uint32_t version_major)
{
    struct container_walk walk;
    uint64_t stream_count;
    int have = 1, code = container_walk_begin(archive->container, &walk);

    memset(archive->named, 0, sizeof archive->named);
    archive->group_count = 0;
    archive->part_count = 0;
    stream_count = walk.streams_left;
    while (!code) {
        char name[CONTAINER_NAME_BYTES_MAX];
        uint64_t at;

        code = container_walk_stream(archive->container, &walk, &have, name, &at);
        if (code || !have)
            break;
        code = note_stream(archive, name, at, version_major, stream_count);
        if (strncmp(name, "ext-", 4) != 0)
            archive->part_count += walk.parts_left;
    }
    return code;
}

int archive_parts_at(struct archive *archive, uint64_t at, uint64_t *parts)
{
    struct container_walk walk = {0};
    int code = at ? container_walk_parts(archive->container, &walk, at) : 0;

    if (!code)
        *parts = walk.parts_left;
    return code;
}

int archive_part_at(struct archive *archive, uint64_t at, uint64_t number,
                    struct container_part *part)
{
    struct archive_place *place = &archive->places[(at * 0x9e3779b97f4a7c15u) >> 56];
    int code = 0;

    _Static_assert(ARCHIVE_PLACES == 256, "the hash above has 8 bits");
    if (at == 0)
        return error_set(ERROR_FORMAT, "a stream that is not there");
    if (place->at != at || place->next > number) {
        place->at = 0;
        place->next = 0;
        code = container_walk_parts(archive->container, &place->walk, at);
        if (code)
            return code;
        place->at = at;
    }
    if (number - place->next >= place->walk.parts_left)
        return error_set(ERROR_FORMAT, "part %llu is not there", (unsigned long long)number);
    while (place->next <= number) {
        code = container_walk_part(archive->container, &place->walk, part);
        if (code) {
            place->at = 0;
            return code;
        }
        place->next++;
    }
    return 0;
}

int archive_begin_named(struct archive *archive, struct archive_stream *stream,
                        enum archive_named named, uint64_t number)
{
    struct container_part part;
    uint64_t metadata, data_off;
    int code = archive_named_part(archive, named, number, &part);

    if (!code)
        code = container_check_part(archive->container, &part);
    if (!code)
        code = container_part_open(archive->container, &part, &metadata, &data_off);
    if (code)
        return error_wrap(code, "%s", titles[named]);
    return archive_stream_begin(stream, titles[named], data_off, part.size, metadata);
}
