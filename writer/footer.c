/*
 * One-part streams and footer.
 */
#include "writer/footer.h"

#include "common/container.h"
#include "common/error.h"
#include "common/version.h"
#include "writer/checks_out.h"
#include "writer/collection_out.h"
#include "writer/part_order.h"

#include <inttypes.h>
#include <string.h>

enum single {
    SINGLE_SAMPLES,
    SINGLE_PARAMS,
    SINGLE_SPLITTERS,
    SINGLE_PAIRS,
    SINGLE_INFO,
    SINGLES, /* what every archive has */
    SINGLE_PART_CHECKS = SINGLES,
    SINGLE_MADE,
    SINGLES_MAX
};

enum { SPLITTER_BYTES = 8, PAIR_BYTES = 20, FORMAT_MAJOR = 3, EXTENSION_STREAMS = 4 };

struct footer_work {
    const struct footer_params *params;
    struct journal *journal;
    const struct part_table *table;
    struct archive_out *archive;
    struct entry_part singles[SINGLES_MAX];
};

static int write_part(struct footer_work *w, enum single single, uint64_t metadata,
                      const void *data, size_t length)
{
    int code = archive_out_part(w->archive, metadata, &w->singles[single].off);

    w->singles[single].size = length;
    if (!code)
        code = archive_out_write(w->archive, data, length);
    w->singles[single].check = length ? archive_out_part_check(w->archive) : 0;
    return code;
}

/* Splitters and pairs were noted as they stand in the archive: their entries are the part. */
static int write_list(struct footer_work *w, enum single single, enum entry_kind kind,
                      uint64_t count, size_t row_bytes)
{
    struct journal_cursor cursor;
    struct entry entry;
    uint64_t bytes = 0;
    int have;
    int code = archive_out_part(w->archive, count, &w->singles[single].off);

    journal_cursor_open(&cursor, w->journal, w->params->lists_off);
    while (!code && (code = journal_cursor_next(&cursor, &entry, &have)) == 0 && have) {
        if (entry.kind != kind)
            continue;
        bytes += entry.length;
        code = archive_out_write(w->archive, entry.text, entry.length);
    }
    journal_cursor_close(&cursor);
    if (!code && bytes != count * row_bytes)
        code = error_set(ERROR_SHARED, "writer.log has %" PRIu64 " bytes of a list of %" PRIu64,
                         bytes, count);
    w->singles[single].size = bytes;
    w->singles[single].check = bytes ? archive_out_part_check(w->archive) : 0;
    return code;
}

static void put_u32(uint8_t *out, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (8 * i));
}

static int write_params(struct footer_work *w)
{
    uint8_t out[16];

    put_u32(out, w->params->k);
    put_u32(out + 4, w->params->min_match);
    put_u32(out + 8, w->params->pack);
    put_u32(out + 12, w->params->segment_size);
    return write_part(w, SINGLE_PARAMS, 0, out, sizeof out);
}

static int write_info(struct footer_work *w)
{
    static const char text[] = "producer\0agc-pipeline\0"
                               "producer_version_major\0" VERSION_MAJOR "\0"
                               "producer_version_minor\0" VERSION_MINOR "\0"
                               "producer_version_build\0" VERSION_PATCH "\0"
                               "file_version_major\0"
                               "3\0"
                               "file_version_minor\0"
                               "0\0"
                               "comment\0agc-pipeline " VERSION_TEXT;

    return write_part(w, SINGLE_INFO, 7, text, sizeof text);
}

static int write_singles(struct footer_work *w, int work_fd)
{
    int code =
        write_list(w, SINGLE_SPLITTERS, ENTRY_SPLITTERS, w->params->splitters, SPLITTER_BYTES);

    if (!code)
        code = write_list(w, SINGLE_PAIRS, ENTRY_PAIRS, w->params->pairs, PAIR_BYTES);
    if (!code)
        code = write_params(w);
    if (!code)
        code = write_info(w);
    if (!code)
        code = collection_out_samples(w->journal, w->params->samples, work_fd, w->archive,
                                      &w->singles[SINGLE_SAMPLES]);
    return code;
}

static int put_checks(struct checks_out *out, struct part_order *order, uint64_t count)
{
    int code = 0;

    for (; !code && count; count--) {
        struct part_place place;

        code = part_order_next(order, &place);
        if (!code)
            code = checks_out_put(out, place.size ? place.check : 0);
    }
    return code;
}

static int put_single_check(const struct footer_work *w, struct checks_out *out, enum single single)
{
    return checks_out_put(out, w->singles[single].check);
}

/* In the footer's order. */
static int write_part_checks(struct footer_work *w, struct part_order *order)
{
    struct checks_out out;
    uint64_t count = part_order_checked(order), batches = 2 * w->params->batches;
    int code = checks_out_begin(&out, w->archive, count + SINGLES, &w->singles[SINGLE_PART_CHECKS]);

    if (!code)
        code = put_single_check(w, &out, SINGLE_SAMPLES);
    if (!code)
        code = put_checks(&out, order, batches);
    for (int i = SINGLE_PARAMS; !code && i <= SINGLE_INFO; i++)
        code = put_single_check(w, &out, (enum single)i);
    return code ? code : put_checks(&out, order, count - batches);
}

static int write_extension(struct footer_work *w, struct part_order *order)
{
    int code = write_part_checks(w, order);

    part_order_rewind(order);
    return code ? code : write_part(w, SINGLE_MADE, 0, w->params->made, strlen(w->params->made) + 1);
}

static int sink_write(void *context, const void *data, size_t length)
{
    return archive_out_write(context, data, length);
}

static int put_single(struct footer_work *w, struct container_footer *footer, const char *name,
                      enum single single)
{
    int code = container_footer_stream(footer, name, 1);

    return code ? code
                : container_footer_part(footer, w->singles[single].off, w->singles[single].size);
}

/* A stream whose parts come next in the order. */
static int put_stream(struct container_footer *footer, const char *name, uint64_t parts,
                      struct part_order *order)
{
    int code = container_footer_stream(footer, name, parts);

    for (; !code && parts; parts--) {
        struct part_place place;

        code = part_order_next(order, &place);
        if (!code)
            code = container_footer_part(footer, place.off, place.size);
    }
    return code;
}

static int put_group_stream(struct footer_work *w, struct container_footer *footer, uint32_t group,
                            enum entry_stream stream, struct part_order *order)
{
    uint64_t parts = part_table_parts(w->table, stream, group);
    char name[CONTAINER_NAME_BYTES_MAX];

    if (parts == 0)
        return 0;
    container_group_name(name, FORMAT_MAJOR, group, stream == STREAM_REFERENCE);
    return put_stream(footer, name, parts, order);
}

/* *streams: how many the groups have. Every group must have one: append walks to the first gap. */
static int count_streams(const struct footer_work *w, uint64_t *streams)
{
    if (part_table_groups(w->table) != w->params->group_count)
        return error_set(ERROR_SHARED, "%" PRIu32 " groups have parts, the reader counts %" PRIu32,
                         part_table_groups(w->table), w->params->group_count);
    *streams = 0;
    for (uint32_t g = 0; g < w->params->group_count; g++) {
        int code = part_table_finish_group(w->table, g);

        if (code)
            return code;
        *streams += part_table_parts(w->table, STREAM_REFERENCE, g) > 0;
        *streams += part_table_parts(w->table, STREAM_PACK, g) > 0;
    }
    return 0;
}

static int put_extension(struct footer_work *w, struct container_footer *footer,
                         struct part_order *order)
{
    int code = put_stream(footer, "ext-sample-checks", w->params->batches, order);

    if (!code)
        code = put_stream(footer, "ext-contig-checks", w->params->batches, order);
    if (!code)
        code = put_single(w, footer, "ext-part-checks", SINGLE_PART_CHECKS);
    return code ? code : put_single(w, footer, "ext-made", SINGLE_MADE);
}

static int write_footer(struct footer_work *w, struct part_order *order, uint64_t streams)
{
    struct container_footer footer;
    struct container_sink sink = {sink_write, w->archive};
    int code = container_footer_begin(&footer, sink,
                                     SINGLES + 2 + streams +
                                         (w->params->checks ? EXTENSION_STREAMS : 0));

    if (!code)
        code = put_single(w, &footer, "collection-samples", SINGLE_SAMPLES);
    if (!code)
        code = put_stream(&footer, "collection-contigs", w->params->batches, order);
    if (!code)
        code = put_stream(&footer, "collection-details", w->params->batches, order);
    if (!code)
        code = put_single(w, &footer, "params", SINGLE_PARAMS);
    if (!code)
        code = put_single(w, &footer, "splitters", SINGLE_SPLITTERS);
    if (!code)
        code = put_single(w, &footer, "segment-splitters", SINGLE_PAIRS);
    if (!code)
        code = put_single(w, &footer, "file_type_info", SINGLE_INFO);
    for (uint32_t g = 0; !code && g < w->params->group_count; g++) {
        code = put_group_stream(w, &footer, g, STREAM_REFERENCE, order);
        if (!code)
            code = put_group_stream(w, &footer, g, STREAM_PACK, order);
    }
    if (!code && w->params->checks)
        code = put_extension(w, &footer, order);
    return code ? code : container_footer_end(&footer);
}

int footer_write(const struct footer_params *params, struct journal *journal,
                 const struct part_table *table, int work_fd, struct archive_out *archive)
{
    struct footer_work w = {params, journal, table, archive, {{0}}};
    struct part_order *order = NULL;
    uint64_t streams = 0;
    int code = count_streams(&w, &streams);

    if (!code)
        code = write_singles(&w, work_fd);
    if (!code)
        code = part_order_create(&order, journal, table, params->batches,
                                 params->checks ? params->batches : 0, work_fd);
    if (!code && params->checks)
        code = write_extension(&w, order);
    if (!code)
        code = write_footer(&w, order, streams);
    part_order_free(order);
    return code;
}
