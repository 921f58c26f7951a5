#include "reader/verify_plan.h"

#include "common/archive.h"
#include "common/archive_verify.h"
#include "common/error.h"

#include <string.h>

struct verify_plan {
    struct route *route;
    struct stage *stage;
    struct archive *archive;
    uint32_t begun; /* samples that were announced */
};

/* Damage is told and gone past; everything else ends the run. */
static int tell_lost(struct verify_plan *plan, int code)
{
    return code == ERROR_FORMAT ? route_lost(plan->route, error_text()) : code;
}

static int part_is_damaged(void *context)
{
    return tell_lost(context, ERROR_FORMAT);
}

static int want_segments(struct verify_plan *plan, struct contig_cursor *cursor, uint32_t segments)
{
    uint32_t overlap = archive_params(plan->archive)->k;
    int code = 0;

    for (uint32_t i = 0; !code && i < segments; i++) {
        struct archive_segment s;
        struct message_want want = {0};

        code = contig_cursor_segment(cursor, &s);
        if (code)
            break;
        want.group = s.group;
        want.member = s.member;
        want.reverse = s.reverse;
        want.raw_length = want.take = s.length;
        code = route_want_overlapping(plan->route, &want, i ? overlap : 0);
    }
    return code;
}

static int want_contig(struct verify_plan *plan, struct contig_cursor *cursor, int *have)
{
    const char *name = "";
    size_t length = 0;
    uint32_t segments, check;
    int has_check, code = contig_cursor_next(cursor, have, &name, &length, &segments);

    if (code || !*have)
        return code;
    code = route_contig(plan->route, name, length);
    if (!code)
        code = want_segments(plan, cursor, segments);
    if (!code)
        code = contig_cursor_contig_check(cursor, &has_check, &check);
    return code || !has_check ? code : route_contig_check(plan->route, check);
}

static int begin_sample(struct verify_plan *plan, uint32_t sample)
{
    const char *name = archive_sample_name(plan->archive, sample);

    if (sample < plan->begun)
        return 0;
    plan->begun = sample + 1;
    stage_set_item(plan->stage, name, strlen(name));
    return route_sample(plan->route, name, strlen(name));
}

static int want_sample(struct verify_plan *plan, struct contig_cursor *cursor)
{
    struct sample_check check;
    int have = 1, has_check, code = begin_sample(plan, contig_cursor_sample(cursor));

    while (!code && have)
        code = want_contig(plan, cursor, &have);
    if (!code)
        code = contig_cursor_sample_check(cursor, &has_check, &check);
    return code || !has_check ? code : route_sample_check(plan->route, &check);
}

/* From a sample on until the end or the first fault; *sample is where it stood. */
static int want_samples(struct verify_plan *plan, uint32_t *sample)
{
    struct contig_cursor *cursor;
    int have = 1, code = contig_cursor_open(&cursor, plan->archive, *sample);

    if (code)
        return code;
    while (!code && have) {
        code = want_sample(plan, cursor);
        if (!code)
            code = contig_cursor_next_sample(cursor, &have);
        *sample = contig_cursor_sample(cursor);
    }
    contig_cursor_close(cursor);
    if (!code)
        *sample = archive_sample_count(plan->archive);
    return code;
}

/* What the damage at a sample takes with it: itself and those behind it in its batch. */
static int lose_batch(struct verify_plan *plan, uint32_t *sample)
{
    uint32_t batch = archive_batch_samples(plan->archive), count = archive_sample_count(plan->archive);
    uint32_t left = batch - *sample % batch;
    uint32_t end = count - *sample > left ? *sample + left : count;
    char text[1024];
    int code = 0;

    error_wrap(ERROR_FORMAT, "sample %s and those after it up to number %u cannot be found",
               archive_sample_name(plan->archive, *sample), end);
    strncpy(text, error_text(), sizeof text - 1);
    text[sizeof text - 1] = 0;
    for (; !code && *sample < end; ++*sample) {
        code = begin_sample(plan, *sample);
        if (!code)
            code = route_lost(plan->route, text);
    }
    return code;
}

int verify_plan(struct route *route, struct stage *stage, struct archive *archive)
{
    struct verify_plan plan = {route, stage, archive, 0};
    uint32_t sample = 0, count = archive_sample_count(archive);
    uint32_t batch = archive_batch_samples(archive), opened;
    int code = archive_verify_parts(archive, part_is_damaged, &plan);

    while (!code && sample < count) {
        opened = sample;
        code = want_samples(&plan, &sample);
        /* Between two batches it may be the end of the one before that is damaged. */
        if (code == ERROR_FORMAT && sample > opened && sample % batch == 0)
            code = tell_lost(&plan, code);
        else if (code == ERROR_FORMAT)
            code = lose_batch(&plan, &sample);
    }
    return code;
}
