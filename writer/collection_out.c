/*
 * Walks the journal for what the collection streams hold.
 */
#include "writer/collection_out.h"

#include "common/collection_compress.h"
#include "common/error.h"

#include <inttypes.h>

enum { CHUNK_BYTES = 32 * 1024 };

/* A cursor that has gone ahead: behind the entry of kind `at`, counting those of kind `counted`. */
struct look_ahead {
    struct journal_cursor cursor;
    enum entry_kind at, counted;
};

static int look_ahead_open(struct look_ahead *ahead, struct journal *journal, uint64_t off,
                           enum entry_kind at, enum entry_kind counted)
{
    struct entry entry;
    int have, code;

    ahead->at = at;
    ahead->counted = counted;
    journal_cursor_open(&ahead->cursor, journal, off);
    do
        code = journal_cursor_next(&ahead->cursor, &entry, &have);
    while (!code && have && entry.kind != at);
    return code;
}

/* Counts up to the next entry of kind `at`, or the end. */
static int look_ahead_count(struct look_ahead *ahead, uint32_t *count)
{
    struct entry entry;
    int have, code;

    *count = 0;
    while ((code = journal_cursor_next(&ahead->cursor, &entry, &have)) == 0 && have) {
        if (entry.kind == ahead->at)
            break;
        if (entry.kind == ahead->counted && ++*count == 0)
            return error_set(ERROR_SHARED, "more than 2^32 entries of one contig or sample");
    }
    return code;
}

static int push_entry(struct collection_encoder *encoder, const struct entry *entry,
                      struct look_ahead *contigs, struct look_ahead *segments)
{
    uint32_t count;
    int code;

    switch (entry->kind) {
    case ENTRY_SAMPLE:
        code = look_ahead_count(contigs, &count);
        return code ? code : collection_encoder_sample(encoder, count);
    case ENTRY_CONTIG:
        code = look_ahead_count(segments, &count);
        return code ? code
                    : collection_encoder_contig(encoder, (const char *)entry->text, entry->length,
                                                count);
    case ENTRY_SEGMENT:
        return collection_encoder_segment(encoder, entry->segment.group, entry->segment.member,
                                          entry->segment.length, entry->segment.reverse);
    default:
        return 0;
    }
}

static int push_batch(struct collection_encoder *encoder, struct journal *journal, uint64_t off,
                      uint32_t samples)
{
    struct look_ahead contigs = {0}, segments = {0};
    struct journal_cursor cursor;
    struct entry entry;
    int have, code;

    journal_cursor_open(&cursor, journal, off);
    code = look_ahead_open(&contigs, journal, off, ENTRY_SAMPLE, ENTRY_CONTIG);
    if (!code)
        code = look_ahead_open(&segments, journal, off, ENTRY_CONTIG, ENTRY_SEGMENT);
    if (!code)
        code = collection_encoder_begin(encoder, samples);
    while (!code && (code = journal_cursor_next(&cursor, &entry, &have)) == 0 && have)
        code = push_entry(encoder, &entry, &contigs, &segments);
    journal_cursor_close(&cursor);
    journal_cursor_close(&contigs.cursor);
    journal_cursor_close(&segments.cursor);
    return code;
}

static int write_part(struct collection_encoder *encoder, enum collection_which which,
                      const struct collection_part *part, struct journal *journal,
                      struct archive_out *archive)
{
    struct entry_part entry = {
        .stream = which == COLLECTION_CONTIGS ? STREAM_CONTIGS : STREAM_DETAILS,
        .size = part->data_bytes,
    };
    uint8_t chunk[CHUNK_BYTES];
    uint64_t off = 0;
    size_t length;
    int code = archive_out_part(archive, part->metadata, &entry.off);

    while (!code) {
        code = collection_encoder_read(encoder, which, off, chunk, sizeof chunk, &length);
        if (code || length == 0)
            break;
        off += length;
        code = archive_out_write(archive, chunk, length);
    }
    if (!code && off != part->data_bytes)
        code = error_set(ERROR_IO, "a collection part has %" PRIu64 " bytes instead of %" PRIu64,
                         off, part->data_bytes);
    entry.check = archive_out_part_check(archive);
    return code ? code : journal_note_part(journal, &entry);
}

int collection_out_batch(struct collection_encoder *encoder, struct journal *journal, uint64_t off,
                         uint32_t samples, struct archive_out *archive)
{
    struct collection_part contigs, details;
    int code = push_batch(encoder, journal, off, samples);

    if (!code)
        code = collection_encoder_end(encoder, &contigs, &details);
    if (!code)
        code = write_part(encoder, COLLECTION_CONTIGS, &contigs, journal, archive);
    if (!code)
        code = write_part(encoder, COLLECTION_DETAILS, &details, journal, archive);
    return code;
}

/* collection-samples before compression: how many, then their names with a NUL each. */
static int spool_names(struct spool *raw, struct journal *journal, uint64_t samples)
{
    struct journal_cursor cursor;
    struct entry entry;
    int have, code;

    if (samples == 0 || samples > UINT32_MAX)
        return error_set(ERROR_SHARED, "%" PRIu64 " samples: none, or too many", samples);
    code = spool_append_number(raw, (uint32_t)samples);
    journal_cursor_open(&cursor, journal, 0);
    while (!code && (code = journal_cursor_next(&cursor, &entry, &have)) == 0 && have) {
        if (entry.kind != ENTRY_SAMPLE)
            continue;
        code = spool_append(raw, entry.text, entry.length);
        if (!code)
            code = spool_append(raw, "", 1);
    }
    journal_cursor_close(&cursor);
    return code;
}

static int write_spool(struct archive_out *archive, const struct spool *spool)
{
    uint8_t chunk[CHUNK_BYTES];
    uint64_t off = 0;
    size_t length;

    for (;;) {
        int code = spool_read(spool, off, chunk, sizeof chunk, &length);

        if (code || length == 0)
            return code;
        off += length;
        code = archive_out_write(archive, chunk, length);
        if (code)
            return code;
    }
}

int collection_out_samples(struct journal *journal, uint64_t samples, int work_fd,
                           struct archive_out *archive, struct entry_part *part)
{
    struct collection_compressor *compressor = NULL;
    struct spool raw, packed;
    int code;

    spool_init(&raw, work_fd);
    spool_init(&packed, work_fd);
    code = collection_compressor_create(&compressor);
    if (!code)
        code = spool_names(&raw, journal, samples);
    if (!code)
        code = collection_compress_spool(compressor, &raw, &packed, &part->size);
    if (!code)
        code = archive_out_part(archive, spool_length(&raw), &part->off);
    if (!code)
        code = write_spool(archive, &packed);
    part->check = archive_out_part_check(archive);
    collection_compressor_free(compressor);
    spool_free(&raw);
    spool_free(&packed);
    return code;
}
