/*
 * Members of groups (spec sections 5 to 7) through a cache of decoded parts.
 *
 * Raw groups (0..15): member m is entry m mod pack of pack m / pack, as symbol codes. LZ groups:
 * member 0 is the reference; member m >= 1 is a delta, entry (m-1) mod pack of pack (m-1) / pack.
 * A pack is decoded whole and its entries found by their separators, once; after that a member
 * costs its delta. The reference and raw members are handed out where they stand in the cache,
 * without a copy, when the orientation allows it.
 *
 * Decoded sizes come from the archive: before they are believed they are held against what the
 * stored bytes could possibly give (member_part_size()).
 */
#include "common/member_decoder.h"

#include "common/error.h"
#include "common/lzdiff.h"
#include "common/member_cache.h"
#include "common/part_codec.h"
#include "common/symbols.h"

#include <stdlib.h>
#include <string.h>

enum { SCRATCH_KEEP_BYTES = 1 << 20, DECODE_SLACK = 64 };

struct member_decoder {
    struct archive *archive;
    struct member_cache *cache;
    struct part_codec *codec;
    struct bytes stored;   /* a part as it stands in the archive */
    struct bytes codes;    /* a decoded delta */
    struct bytes reversed; /* what is handed out for a reversed segment */
    size_t scratch_keep;   /* larger ones of the three above are given back */
    uint32_t pack, min_match;
    enum lzdiff_version version;
    uint64_t hits, misses;
};

int member_decoder_create(struct member_decoder **decoder, struct archive *archive,
                          size_t cache_bytes)
{
    const struct archive_params *params = archive_params(archive);
    struct member_decoder *d = calloc(1, sizeof *d);
    int code;

    if (!d)
        return error_set(ERROR_MEMORY, "out of memory for a decoder");
    d->archive = archive;
    d->scratch_keep = cache_bytes / 8 > SCRATCH_KEEP_BYTES ? cache_bytes / 8 : SCRATCH_KEEP_BYTES;
    d->pack = params->pack;
    d->min_match = params->min_match;
    d->version = params->version_major < 2 ? LZDIFF_V1 : LZDIFF_V2;
    code = member_cache_create(&d->cache, cache_bytes);
    if (!code)
        code = part_codec_create(&d->codec, PART_EFFORT_DEFAULT);
    if (code) {
        member_decoder_free(d);
        return code;
    }
    *decoder = d;
    return 0;
}

void member_decoder_free(struct member_decoder *decoder)
{
    if (!decoder)
        return;
    member_cache_free(decoder->cache);
    part_codec_free(decoder->codec);
    bytes_free(&decoder->stored);
    bytes_free(&decoder->codes);
    bytes_free(&decoder->reversed);
    free(decoder);
}

/* A rare large segment must not hold its memory for ever. */
static void forget_large(struct bytes *b, size_t keep)
{
    if (b->capacity > keep)
        bytes_free(b);
}

/* ---- parts */

/* Reads, decodes and keeps one part: pack `number`, or the reference. */
static int load_item(struct member_decoder *d, uint32_t group, uint32_t number,
                     struct member_item **loaded)
{
    int reference = number == MEMBER_CACHE_REFERENCE;
    size_t limit = reference ? INT32_MAX : UINT32_MAX;
    struct member_item *item;
    uint64_t metadata;
    size_t wanted;
    int code = archive_group_part(d->archive, group, reference, reference ? 0 : number, limit,
                                  &d->stored, &metadata);

    if (!code)
        code = member_part_size(d->stored.length, metadata, limit, &wanted);
    if (code)
        return code;
    item = member_cache_new(d->cache, group, number, wanted + DECODE_SLACK);
    if (!item)
        return error_set(ERROR_MEMORY, "out of memory for a part of %zu bytes", wanted);
    code = part_decode(d->codec, d->stored.data, d->stored.length, metadata, limit, &item->data);
    if (!code && !reference)
        code = member_item_find_entries(item, d->pack);
    if (code) {
        member_cache_drop(d->cache, item);
        return code;
    }
    member_cache_add(d->cache, item);
    *loaded = item;
    return 0;
}

static int get_item(struct member_decoder *d, uint32_t group, uint32_t number,
                    struct member_item **item)
{
    *item = member_cache_find(d->cache, group, number);
    if (*item) {
        d->hits++;
        return 0;
    }
    d->misses++;
    return load_item(d, group, number, item);
}

static int get_entry(struct member_decoder *d, uint32_t group, uint32_t index,
                     const uint8_t **entry, size_t *length)
{
    struct member_item *item;
    int code = get_item(d, group, index / d->pack, &item);

    return code ? code : member_item_entry(item, index % d->pack, entry, length);
}

/* ---- members */

static int get_reference(struct member_decoder *d, uint32_t group, const uint8_t **codes,
                         size_t *length)
{
    struct member_item *item;
    int code = get_item(d, group, MEMBER_CACHE_REFERENCE, &item);

    if (code)
        return code;
    *codes = item->data.data;
    *length = item->data.length;
    return 0;
}

static int decode_delta(struct member_decoder *d, const struct archive_segment *segment,
                        const uint8_t **codes, size_t *length)
{
    const uint8_t *delta = NULL, *reference = NULL;
    size_t delta_length = 0, reference_length = 0;
    int code = get_entry(d, segment->group, segment->member - 1, &delta, &delta_length);

    if (!code)
        code = get_reference(d, segment->group, &reference, &reference_length);
    d->codes.length = 0;
    if (!code)
        code = bytes_reserve(&d->codes, (size_t)segment->length + 1);
    if (!code)
        code = lzdiff_decode(reference, reference_length, delta, delta_length, d->min_match,
                             d->version, d->codes.data, segment->length, length);
    *codes = d->codes.data;
    return code;
}

static int decode_stored(struct member_decoder *d, const struct archive_segment *segment,
                         const uint8_t **codes, size_t *length)
{
    if (segment->group < ARCHIVE_RAW_GROUPS)
        return get_entry(d, segment->group, segment->member, codes, length);
    if (segment->member == 0)
        return get_reference(d, segment->group, codes, length);
    return decode_delta(d, segment, codes, length);
}

static int reverse_complement(struct member_decoder *d, const uint8_t **codes, size_t length)
{
    int code;

    d->reversed.length = 0;
    code = bytes_reserve(&d->reversed, length + 1);
    if (code)
        return code;
    symbols_reverse_complement(d->reversed.data, *codes, length);
    *codes = d->reversed.data;
    return 0;
}

int member_decoder_segment(struct member_decoder *decoder, const struct archive_segment *segment,
                           const uint8_t **codes)
{
    struct member_decoder *d = decoder;
    const uint8_t *made = NULL;
    size_t length = 0;
    int code;

    forget_large(&d->stored, d->scratch_keep);
    forget_large(&d->codes, d->scratch_keep);
    forget_large(&d->reversed, d->scratch_keep);
    if (segment->length > INT32_MAX)
        return error_set(ERROR_FORMAT, "group %u, member %u: a segment of %u symbols",
                         segment->group, segment->member, segment->length);
    code = decode_stored(d, segment, &made, &length);
    if (!code && length != segment->length)
        code = error_set(ERROR_FORMAT, "%zu symbols instead of %u", length, segment->length);
    if (!code && segment->reverse)
        code = reverse_complement(d, &made, length);
    if (code)
        return error_wrap(code, "group %u, member %u", segment->group, segment->member);
    *codes = made;
    return 0;
}

void member_decoder_counts(const struct member_decoder *decoder, uint64_t *hits, uint64_t *misses)
{
    *hits = decoder->hits;
    *misses = decoder->misses;
}
