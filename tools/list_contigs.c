/*
 * Contigs with their lengths: see list_contigs.h.
 */
#include "tools/list_contigs.h"

static int count_letters(struct contig_cursor *cursor, uint32_t segments, uint32_t k,
                         uint64_t *letters)
{
    struct archive_segment segment;
    uint32_t i;
    int status = 0;

    *letters = 0;
    for (i = 0; !status && i < segments; i++) {
        status = contig_cursor_segment(cursor, &segment);
        if (!status)
            *letters += segment.length - (i > 0 ? k : 0); /* the cursor saw to length >= k */
    }
    return status;
}

int each_contig_of(struct archive *archive, uint32_t sample, void *context,
                   int (*see)(void *context, const char *header, size_t length, uint64_t letters))
{
    uint32_t k = archive_params(archive)->k, segments;
    struct contig_cursor *cursor;
    const char *header;
    uint64_t letters;
    size_t length;
    int have, status = contig_cursor_open(&cursor, archive, sample);

    if (status)
        return status;
    while (!(status = contig_cursor_next(cursor, &have, &header, &length, &segments)) && have) {
        status = count_letters(cursor, segments, k, &letters);
        if (!status)
            status = see(context, header, length, letters);
        if (status)
            break;
    }
    contig_cursor_close(cursor);
    return status;
}
