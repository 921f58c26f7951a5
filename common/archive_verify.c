/*
 * A walk over all parts; see archive_verify.h. Groups must be without a gap, and an LZ group has a
 * reference before it has packs (spec sections 5 and 9).
 */
#include "common/archive_verify.h"

#include "common/archive_private.h"
#include "common/error.h"

struct verify {
    struct archive *archive;
    int (*damage)(void *context);
    void *context;
};

/* 0: go on. */
static int judge(struct verify *v, int code)
{
    return code == ERROR_FORMAT ? v->damage(v->context) : code;
}

static int verify_group_part(struct verify *v, uint32_t group, int reference, uint64_t number)
{
    char name[CONTAINER_NAME_BYTES_MAX];
    struct container_part part;
    int code = archive_group_part_at(v->archive, group, reference, number, &part);

    if (!code)
        code = container_check_part(v->archive->container, &part);
    if (!code)
        return 0;
    container_group_name(name, v->archive->params.version_major, group, reference);
    return error_wrap(code, "stream %s, part %llu", name, (unsigned long long)number);
}

static int verify_group_stream(struct verify *v, uint32_t group, int reference, uint64_t *parts)
{
    int code = archive_group_parts(v->archive, group, reference, parts);

    for (uint64_t i = 0; !code && i < *parts; i++)
        code = judge(v, verify_group_part(v, group, reference, i));
    return code;
}

static int verify_group(struct verify *v, uint32_t group)
{
    uint64_t references = 0, packs = 0;
    int code = verify_group_stream(v, group, 1, &references);

    if (!code)
        code = verify_group_stream(v, group, 0, &packs);
    if (code)
        return code;
    if (references > 1)
        code = error_set(ERROR_FORMAT, "group %u has %llu references", group,
                         (unsigned long long)references);
    else if (!references && packs && group >= ARCHIVE_RAW_GROUPS)
        code = error_set(ERROR_FORMAT, "group %u has no reference", group);
    else if (references && group < ARCHIVE_RAW_GROUPS)
        code = error_set(ERROR_FORMAT, "raw group %u has a reference", group);
    return judge(v, code);
}

static int verify_named(struct verify *v, enum archive_named named)
{
    uint64_t parts = 0;
    int code = archive_parts_at(v->archive, v->archive->named[named], &parts);

    for (uint64_t i = 0; !code && i < parts; i++) {
        struct container_part part;

        code = archive_named_part(v->archive, named, i, &part);
        if (!code)
            code = container_check_part(v->archive->container, &part);
        if (code)
            code = judge(v, error_wrap(code, "stream %s, part %llu", archive_stream_title(named),
                                       (unsigned long long)i));
    }
    return code;
}

int archive_verify_parts(struct archive *archive, int (*damage)(void *context), void *context)
{
    struct verify v = {archive, damage, context};
    int code = 0;

    for (int i = 0; !code && i < NAMED_SAMPLE_CHECKS; i++)
        code = verify_named(&v, (enum archive_named)i);
    for (uint32_t g = 0; !code && g < archive->group_count; g++)
        code = verify_group(&v, g);
    return code;
}
