/*
 * The extension streams of an archive (EXTENSIONS.md): which there are, and the check of a part, a
 * contig, a sample.
 *
 * Checks stand in the file uncompressed and are read when asked for; those of parts through a small
 * window. Everything of these streams is as little to be believed as the rest: sizes are held
 * against counts, and what does not fit is ERROR_FORMAT. Only a number of checks that is not the
 * number of parts has another meaning: somebody appended who does not know of them.
 */
#include "common/archive_private.h"

#include "common/error.h"

static int find_part_checks(struct archive *a)
{
    struct archive_part_checks *checks = &a->checks;
    struct container_part part;
    uint64_t count;
    int code = archive_part_at(a, a->named[NAMED_PART_CHECKS], 0, &part);

    if (!code)
        code = container_part_open(a->container, &part, &count, &checks->off);
    if (code)
        return error_wrap(code, "ext-part-checks");
    if (part.size % PART_CHECK_BYTES || part.size / PART_CHECK_BYTES != count)
        return error_set(ERROR_FORMAT, "ext-part-checks: %llu checks in %llu bytes",
                         (unsigned long long)count, (unsigned long long)part.size);
    checks->state = count == a->part_count && count <= UINT32_MAX ? ARCHIVE_CHECKS_THERE
                                                                   : ARCHIVE_CHECKS_STALE;
    return 0;
}

int archive_load_checks(struct archive *archive)
{
    int there = 0;

    if (archive->checks.state == ARCHIVE_CHECKS_OFF)
        return 0;
    for (int i = NAMED_SAMPLE_CHECKS; i <= NAMED_MADE; i++)
        there += archive->named[i] != 0;
    if (there == 0)
        return 0;
    if (there != NAMED_MADE - NAMED_SAMPLE_CHECKS + 1)
        return error_set(ERROR_FORMAT, "damaged: only some of the streams of checks are there");
    return find_part_checks(archive);
}

enum archive_checks archive_checks(const struct archive *archive)
{
    return archive->checks.state;
}

static int read_window(struct archive *a, uint64_t number)
{
    struct archive_part_checks *checks = &a->checks;
    uint64_t left = a->part_count - number;
    size_t count = left < ARCHIVE_CHECKS_WINDOW ? (size_t)left : ARCHIVE_CHECKS_WINDOW;
    int code = container_read(a->container, checks->off + number * PART_CHECK_BYTES,
                              checks->window, count * PART_CHECK_BYTES);

    checks->window_first = number;
    checks->window_count = code ? 0 : count;
    return code;
}

/* Gives part `number` of all its check. */
static int give_check(struct archive *a, uint64_t number, struct container_part *part)
{
    struct archive_part_checks *checks = &a->checks;
    int code = 0;

    if (checks->state != ARCHIVE_CHECKS_THERE || !part->size)
        return 0;
    if (number >= a->part_count)
        return error_set(ERROR_FORMAT, "footer: a part that was not counted");
    if (number < checks->window_first || number - checks->window_first >= checks->window_count)
        code = read_window(a, number);
    if (code)
        return code;
    part->check =
        contig_check_get(checks->window + (number - checks->window_first) * PART_CHECK_BYTES);
    part->checked = 1;
    return 0;
}

int archive_named_part(struct archive *archive, enum archive_named named, uint64_t number,
                       struct container_part *part)
{
    int code = archive_part_at(archive, archive->named[named], number, part);

    return code ? code : give_check(archive, archive->named_first[named] + number, part);
}

int archive_group_part_at(struct archive *archive, uint32_t group, int reference, uint64_t number,
                          struct container_part *part)
{
    const struct archive_group_streams *streams;
    int code;

    if (group >= archive->group_count)
        return archive_part_at(archive, 0, number, part);
    streams = &archive->groups[group];
    code = archive_part_at(archive, streams->at[reference != 0], number, part);
    return code ? code : give_check(archive, streams->first[reference != 0] + number, part);
}

int archive_batch_checks(struct archive *archive, enum archive_named named, uint32_t batch,
                         struct archive_batch_checks *checks)
{
    struct container_part part;
    uint64_t count, width = named == NAMED_SAMPLE_CHECKS ? SAMPLE_CHECK_BYTES : CONTIG_CHECK_BYTES;
    int code;

    *checks = (struct archive_batch_checks){0, 0};
    if (archive->checks.state != ARCHIVE_CHECKS_THERE)
        return 0;
    code = archive_part_at(archive, archive->named[named], batch, &part);
    if (!code)
        code = container_part_open(archive->container, &part, &count, &checks->off);
    if (!code && (part.size % width || part.size / width != count))
        code = error_set(ERROR_FORMAT, "%llu checks in %llu bytes", (unsigned long long)count,
                         (unsigned long long)part.size);
    checks->size = code ? 0 : part.size;
    return code ? error_wrap(code, "%s", archive_stream_title(named)) : 0;
}

static int read_check(struct contig_cursor *c, const struct archive_batch_checks *checks,
                      uint64_t index, uint8_t *out, size_t width)
{
    if (index >= checks->size / width)
        return error_set(ERROR_FORMAT, "damaged: fewer checks than samples or contigs");
    return container_read(c->archive->container, checks->off + index * width, out, width);
}

int contig_cursor_contig_check(struct contig_cursor *cursor, int *have, uint32_t *check)
{
    uint8_t bytes[CONTIG_CHECK_BYTES];
    int code;

    *have = cursor->archive->checks.state == ARCHIVE_CHECKS_THERE && cursor->contigs_done;
    if (!*have)
        return 0;
    code = read_check(cursor, &cursor->contig_checks, cursor->contigs_done - 1, bytes, sizeof bytes);
    if (!code)
        *check = contig_check_get(bytes);
    return code;
}

int contig_cursor_sample_check(struct contig_cursor *cursor, int *have, struct sample_check *check)
{
    uint8_t bytes[SAMPLE_CHECK_BYTES];
    int code;

    *have = cursor->archive->checks.state == ARCHIVE_CHECKS_THERE;
    if (!*have)
        return 0;
    code = read_check(cursor, &cursor->sample_checks,
                      cursor->sample % cursor->archive->params.pack, bytes, sizeof bytes);
    if (!code)
        *check = sample_check_get(bytes);
    return code;
}
