/*
 * Walks the journal for what the extension streams hold.
 */
#include "writer/checks_out.h"

#include "common/checks.h"

/* Two walks: the metadata of a part stands before it. */
static int count_checks(struct journal *journal, uint64_t off, enum entry_kind kind,
                        uint64_t *count)
{
    struct journal_cursor cursor;
    struct entry entry;
    int have, code;

    *count = 0;
    journal_cursor_open(&cursor, journal, off);
    while ((code = journal_cursor_next(&cursor, &entry, &have)) == 0 && have)
        *count += entry.kind == kind;
    journal_cursor_close(&cursor);
    return code;
}

static int write_checks(struct journal *journal, uint64_t off, enum entry_kind kind,
                        struct archive_out *archive, uint64_t *bytes)
{
    struct journal_cursor cursor;
    struct entry entry;
    int have, code;

    *bytes = 0;
    journal_cursor_open(&cursor, journal, off);
    while ((code = journal_cursor_next(&cursor, &entry, &have)) == 0 && have) {
        if (entry.kind != kind)
            continue;
        *bytes += entry.length;
        code = archive_out_write(archive, entry.text, entry.length);
        if (code)
            break;
    }
    journal_cursor_close(&cursor);
    return code;
}

static int write_part(struct journal *journal, uint64_t off, enum entry_kind kind,
                      enum entry_stream stream, struct archive_out *archive)
{
    struct entry_part part = {.stream = stream};
    uint64_t count;
    int code = count_checks(journal, off, kind, &count);

    if (!code)
        code = archive_out_part(archive, count, &part.off);
    if (!code)
        code = write_checks(journal, off, kind, archive, &part.size);
    return code ? code : journal_note_part(journal, &part);
}

int checks_out_batch(struct journal *journal, uint64_t off, struct archive_out *archive)
{
    int code = write_part(journal, off, ENTRY_SAMPLE_CHECK, STREAM_SAMPLE_CHECKS, archive);

    return code ? code : write_part(journal, off, ENTRY_CONTIG_CHECK, STREAM_CONTIG_CHECKS, archive);
}

int checks_out_begin(struct checks_out *out, struct archive_out *archive, uint64_t count,
                     struct entry_part *part)
{
    *out = (struct checks_out){archive, part};
    part->size = 0;
    return archive_out_part(archive, count, &part->off);
}

int checks_out_put(struct checks_out *out, uint32_t check)
{
    uint8_t bytes[PART_CHECK_BYTES];

    contig_check_put(bytes, check);
    out->part->size += sizeof bytes;
    return archive_out_write(out->archive, bytes, sizeof bytes);
}
