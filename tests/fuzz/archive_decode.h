/*
 * Decodes all that an archive holds, within bounds: what fuzz targets and the flipping of bytes
 * share. Letters are hashed with the names; contigs and samples are compared with their checks as
 * the queries do.
 */
#ifndef TESTS_ARCHIVE_DECODE_H
#define TESTS_ARCHIVE_DECODE_H

#include "common/archive.h"
#include "common/checks.h"
#include "common/error.h"
#include "common/member_decoder.h"

#include <string.h>
#include <xxhash.h>

enum { DECODE_CACHE_BYTES = 1 << 20 };

/* A few bytes can stand for gigabytes: decoding stops there, as with an error. */
static const uint64_t decode_letters_max = 16 << 20;
static const uint64_t decode_steps_max = 200000;

struct decoded {
    int code;      /* 0, or that of the first error */
    uint64_t hash; /* over names and letters */
    uint64_t letters, steps;
};

struct decode {
    struct archive *archive;
    struct member_decoder *decoder;
    struct sequence_check *check;
    struct decoded *out;
};

static inline int decode_damaged(void)
{
    return error_set(ERROR_FORMAT, "damaged: letters are not those of their check");
}

static inline int decode_bound(struct decode *d, uint64_t letters)
{
    d->out->letters += letters;
    if (d->out->letters > decode_letters_max || ++d->out->steps > decode_steps_max)
        return error_set(ERROR_FORMAT, "more than a test decodes");
    return 0;
}

static inline int decode_segments(struct decode *d, struct contig_cursor *cursor, uint32_t segments)
{
    uint32_t k = archive_params(d->archive)->k;
    int code = 0;

    for (uint32_t i = 0; !code && i < segments; i++) {
        struct archive_segment s;
        const uint8_t *codes = NULL;
        uint32_t skip = i ? k : 0;

        code = contig_cursor_segment(cursor, &s);
        if (!code)
            code = decode_bound(d, s.length);
        if (!code && s.length)
            code = member_decoder_segment(d->decoder, &s, &codes);
        if (!code && s.length > skip)
            sequence_check_codes(d->check, codes + skip, s.length - skip);
    }
    return code;
}

static inline int decode_contig(struct decode *d, struct contig_cursor *cursor, int *have)
{
    const char *name = "";
    size_t length = 0;
    uint32_t segments = 0, wanted = 0;
    int has_check = 0, code = contig_cursor_next(cursor, have, &name, &length, &segments);

    if (code || !*have)
        return code;
    code = decode_bound(d, 0);
    sequence_check_contig(d->check, name, length);
    if (!code)
        code = decode_segments(d, cursor, segments);
    if (!code)
        code = contig_cursor_contig_check(cursor, &has_check, &wanted);
    if (!code && has_check && sequence_check_of_contig(d->check) != wanted)
        code = decode_damaged();
    return code;
}

static inline int decode_sample(struct decode *d, struct contig_cursor *cursor)
{
    struct sample_check wanted, found;
    const char *name = archive_sample_name(d->archive, contig_cursor_sample(cursor));
    int have = 1, has_check = 0, code = 0;

    sequence_check_sample(d->check);
    while (!code && have)
        code = decode_contig(d, cursor, &have);
    if (!code)
        code = contig_cursor_sample_check(cursor, &has_check, &wanted);
    if (code)
        return code;
    found = sequence_check_of_sample(d->check);
    if (has_check && (found.low != wanted.low || found.high != wanted.high))
        return decode_damaged();
    d->out->hash = XXH3_64bits_withSeed(name, strlen(name) + 1, d->out->hash ^ found.low);
    return 0;
}

static inline int decode_samples(struct decode *d)
{
    struct contig_cursor *cursor;
    int have = archive_sample_count(d->archive) > 0, code;

    if (!have)
        return 0;
    code = contig_cursor_open(&cursor, d->archive, 0);
    if (code)
        return code;
    while (!code && have) {
        code = decode_sample(d, cursor);
        if (!code)
            code = contig_cursor_next_sample(cursor, &have);
    }
    contig_cursor_close(cursor);
    return code;
}

static inline struct decoded archive_decode_all(const char *path)
{
    struct decoded out = {0};
    struct decode d = {.out = &out};

    out.code = archive_open(&d.archive, path);
    if (out.code)
        return out;
    out.code = member_decoder_create(&d.decoder, d.archive, DECODE_CACHE_BYTES);
    if (!out.code)
        out.code = sequence_check_create(&d.check);
    if (!out.code)
        out.code = decode_samples(&d);
    sequence_check_free(d.check);
    member_decoder_free(d.decoder);
    archive_close(d.archive);
    return out;
}

#endif
