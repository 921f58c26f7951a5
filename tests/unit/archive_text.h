/*
 * An archive as text, for tests: one line a contig, its segments as letters; by the archive reader
 * and the member decoder together.
 */
#ifndef TESTS_ARCHIVE_TEXT_H
#define TESTS_ARCHIVE_TEXT_H

#include "common/archive.h"
#include "common/error.h"
#include "common/member_decoder.h"
#include "common/symbols.h"

#include <string.h>

static inline int add_text(struct bytes *out, const char *text)
{
    return bytes_append(out, text, strlen(text));
}

static inline int add_segment(struct contig_cursor *c, struct member_decoder *d, struct bytes *out)
{
    struct archive_segment segment;
    const uint8_t *codes;
    int code = contig_cursor_segment(c, &segment);

    if (!code)
        code = member_decoder_segment(d, &segment, &codes);
    if (!code)
        code = bytes_append(out, codes, segment.length);
    if (!code)
        symbols_to_letters(out->data + out->length - segment.length,
                           out->data + out->length - segment.length, segment.length);
    return code;
}

/* Appends "sample/contig:segment,segment\n" for every contig from sample `first` on. */
static inline int decode_from(struct archive *a, struct member_decoder *d, uint32_t first,
                              struct bytes *out)
{
    struct contig_cursor *c;
    const char *name;
    size_t length;
    uint32_t segments;
    int have, more = 1, code = contig_cursor_open(&c, a, first);

    if (code)
        return code;
    while (!code && more) {
        code = contig_cursor_next(c, &have, &name, &length, &segments);
        if (!code && !have) {
            code = contig_cursor_next_sample(c, &more);
            continue;
        }
        if (!code)
            code = add_text(out, archive_sample_name(a, contig_cursor_sample(c)));
        if (!code)
            code = add_text(out, "/");
        if (!code)
            code = bytes_append(out, name, length);
        for (uint32_t i = 0; !code && i < segments; i++) {
            code = add_text(out, i ? "," : ":");
            if (!code)
                code = add_segment(c, d, out);
        }
        if (!code)
            code = add_text(out, segments ? "\n" : ":\n");
    }
    contig_cursor_close(c);
    return code;
}

static inline int decode_file(const char *path, size_t cache_bytes, struct bytes *out)
{
    struct archive *a;
    struct member_decoder *d = NULL;
    int code = archive_open(&a, path);

    if (code)
        return code;
    code = member_decoder_create(&d, a, cache_bytes);
    if (!code && archive_sample_count(a))
        code = decode_from(a, d, 0, out);
    member_decoder_free(d);
    archive_close(a);
    return code;
}

/* What a damaged archive may end in: anything but a fault of memory, a hang, or an odd code. */
static inline int is_verdict(int code)
{
    return code == 0 || code == ERROR_FORMAT || code == ERROR_VERSION || code == ERROR_MEMORY;
}

#endif
