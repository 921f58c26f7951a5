#include "reader/query_plan.h"

#include "common/archive.h"
#include "common/error.h"
#include "reader/route.h"
#include "reader/verify_plan.h"

#include <stdlib.h>
#include <string.h>

struct plan {
    struct stage *stage;
    struct route *route;
    struct archive *archive;
    uint32_t overlap; /* k */
};

static int plan_contig(struct plan *plan, struct contig_cursor *cursor, uint32_t segments)
{
    uint32_t i;
    int code;

    for (i = 0; i < segments; i++) {
        struct archive_segment s;
        struct message_want want;

        code = contig_cursor_segment(cursor, &s);
        if (code)
            return code;
        if (i && s.length < plan->overlap)
            return error_set(ERROR_FORMAT, "segment %u of %u is shorter than k", i + 1, segments);
        want = (struct message_want){
            .group = s.group,
            .member = s.member,
            .reverse = s.reverse,
            .raw_length = s.length,
            .skip = i ? plan->overlap : 0,
        };
        want.take = s.length - want.skip;
        code = route_want(plan->route, &want);
        if (code)
            return code;
    }
    return 0;
}

static int put_contig_check(struct plan *plan, struct contig_cursor *cursor)
{
    uint32_t check;
    int have, code = contig_cursor_contig_check(cursor, &have, &check);

    return code || !have ? code : route_contig_check(plan->route, check);
}

static int put_sample_check(struct plan *plan, struct contig_cursor *cursor)
{
    struct sample_check check;
    int have, code = contig_cursor_sample_check(cursor, &have, &check);

    return code || !have ? code : route_sample_check(plan->route, &check);
}

/* The contigs of the cursor's present sample. */
static int plan_sample(struct plan *plan, struct contig_cursor *cursor)
{
    const char *sample = archive_sample_name(plan->archive, contig_cursor_sample(cursor));
    const char *name = "";
    size_t length = 0;
    uint32_t segments;
    int have, code = route_sample(plan->route, sample, strlen(sample));

    stage_set_item(plan->stage, sample, strlen(sample));
    for (;;) {
        if (!code)
            code = contig_cursor_next(cursor, &have, &name, &length, &segments);
        if (code || !have)
            break;
        code = route_contig(plan->route, name, length);
        if (!code)
            code = plan_contig(plan, cursor, segments);
        if (!code)
            code = put_contig_check(plan, cursor);
        if (code == ERROR_FORMAT)
            return error_wrap(code, "sample %s, contig %.*s", sample, (int)length, name);
    }
    if (!code)
        code = put_sample_check(plan, cursor);
    return code == ERROR_FORMAT ? error_wrap(code, "sample %s", sample) : code;
}

static int plan_one(struct plan *plan, uint32_t sample)
{
    struct contig_cursor *cursor;
    int code = contig_cursor_open(&cursor, plan->archive, sample);

    if (code)
        return code;
    code = plan_sample(plan, cursor);
    contig_cursor_close(cursor);
    return code;
}

static int plan_all(struct plan *plan, int skip_reference)
{
    uint32_t count = archive_sample_count(plan->archive);
    uint32_t first = skip_reference ? 1 : 0;
    struct contig_cursor *cursor;
    int have = 1, code;

    if (first >= count)
        return 0;
    code = contig_cursor_open(&cursor, plan->archive, first);
    if (code)
        return code;
    while (!code && have) {
        code = plan_sample(plan, cursor);
        if (!code)
            code = contig_cursor_next_sample(cursor, &have);
    }
    contig_cursor_close(cursor);
    return code;
}

/* All samples but those of skip=NAME: what --salvage found to be damaged. Each is opened by itself,
 * since a walk would have to go through those. */
static int plan_salvage(struct plan *plan, uint32_t first)
{
    const struct job *job = plan->stage->job;
    uint32_t count = archive_sample_count(plan->archive), sample;
    unsigned char *skip = calloc((size_t)count + 1, 1);
    int code = skip ? 0 : error_set(ERROR_MEMORY, "out of memory for %u samples", count);

    for (size_t i = 0; !code && i < job_count(job); i++) {
        if (strcmp(job_key(job, i), "skip") != 0)
            continue;
        code = archive_find_sample(plan->archive, job_value(job, i), &sample);
        if (!code)
            skip[sample] = 1;
    }
    for (sample = first; !code && sample < count; sample++)
        if (!skip[sample])
            code = plan_one(plan, sample);
    free(skip);
    return code;
}

/* Calls use(plan, number) for every sample=NAME of the job; use may be NULL: only looks them up. */
static int each_wanted(struct plan *plan, int (*use)(struct plan *plan, uint32_t sample))
{
    const struct job *job = plan->stage->job;
    size_t i;

    for (i = 0; i < job_count(job); i++) {
        uint32_t sample;
        int code;

        if (strcmp(job_key(job, i), "sample") != 0)
            continue;
        code = archive_find_sample(plan->archive, job_value(job, i), &sample);
        if (!code && use)
            code = use(plan, sample);
        if (code)
            return code;
    }
    return 0;
}

static int plan_query(struct plan *plan)
{
    const char *command = job_get(plan->stage->job, "command");
    const char *skip = job_get(plan->stage->job, "skip_reference");
    int code;

    if (command && strcmp(command, "verify") == 0)
        return verify_plan(plan->route, plan->stage, plan->archive);
    if (command && strcmp(command, "getcol") == 0 && job_get(plan->stage->job, "skip"))
        return plan_salvage(plan, skip && strcmp(skip, "1") == 0);
    if (command && strcmp(command, "getcol") == 0)
        return plan_all(plan, skip && strcmp(skip, "1") == 0);
    code = each_wanted(plan, NULL);
    return code ? code : each_wanted(plan, plan_one);
}

/* Whether the archive is compared with its checks is the job's word. */
static int open_archive(struct plan *plan, const char *path)
{
    const char *check = job_get(plan->stage->job, "check");
    int code = check && strcmp(check, "0") == 0 ? archive_open_unchecked(&plan->archive, path)
                                                : archive_open(&plan->archive, path);

    if (!code && archive_checks(plan->archive) == ARCHIVE_CHECKS_STALE)
        stage_note(plan->stage,
                   "%s was changed by a program that does not keep its checks: it is not checked",
                   path);
    return code;
}

int reader_query(struct stage *stage)
{
    struct plan plan = {.stage = stage};
    const char *path = job_get(stage->job, "archive");
    int code;

    if (!path)
        return error_set(ERROR_USAGE, "the job names no archive");
    code = open_archive(&plan, path);
    if (code)
        return code;
    plan.overlap = archive_params(plan.archive)->k;
    code = route_open(&plan.route, stage, NULL, 1);
    if (!code)
        code = plan_query(&plan);
    if (!code)
        code = route_end(plan.route, 0);
    route_free(plan.route);
    archive_close(plan.archive);
    return code == ERROR_FORMAT || code == ERROR_NOT_FOUND ? error_wrap(code, "%s", path) : code;
}
