/*
 * Payloads of parts: see part_codec.h and spec section 6.
 *
 * zstd's parameters are given one by one rather than as a level: a level's meaning changes with the
 * size of the payload and with the version of the library, and its memory is not bounded (a
 * level-17 context for 4 MB takes 49 MB). The library lowers the logs for small payloads by itself,
 * from the payload's size alone.
 *
 * Frames carry their content size and no checksum, as C++ AGC writes them.
 */
#include "common/part_codec.h"

#include "common/error.h"
#include "common/tuples.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum { MARKER_PLAIN = 0, MARKER_TUPLES = 1 };

/* Sampled k-mers: one in 2^SEEN_SAMPLE_BITS, in a table of 2^SEEN_BITS. */
enum { SEEN_K = 16, SEEN_SAMPLE_BITS = 3, SEEN_BITS = 15 };

struct zstd_parameters {
    int window_log, chain_log, hash_log, search_log, min_match, target_length;
    ZSTD_strategy strategy;
};

static const struct zstd_parameters tuple_parameters[] = {
    [PART_EFFORT_FAST] = {20, 16, 17, 1, 5, 1, ZSTD_dfast},
    [PART_EFFORT_DEFAULT] = {20, 18, 18, 3, 4, 4, ZSTD_lazy2},
    [PART_EFFORT_BEST] = {20, 20, 19, 5, 3, 64, ZSTD_btultra},
};

/* For references that repeat themselves, besides. Plain symbols take two bits each by Huffman's
 * code alone, so only long matches pay, and a simple search finds those. */
static const struct zstd_parameters repetitive_parameters = {20, 19, 19, 7, 3, 64, ZSTD_btultra2};
static const struct zstd_parameters plain_parameters[] = {
    [PART_EFFORT_DEFAULT] = {20, 17, 17, 1, 7, 1, ZSTD_dfast},
    [PART_EFFORT_BEST] = {20, 20, 19, 5, 7, 128, ZSTD_btultra},
};

static const struct zstd_parameters pack_parameters[] = {
    [PART_EFFORT_FAST] = {20, 18, 19, 4, 5, 8, ZSTD_lazy2},
    [PART_EFFORT_DEFAULT] = {20, 20, 19, 5, 5, 32, ZSTD_btopt},
    [PART_EFFORT_BEST] = {20, 20, 19, 7, 3, 256, ZSTD_btultra2},
};

struct part_codec {
    enum part_effort effort;
    ZSTD_CCtx *compressor;
    ZSTD_DCtx *decompressor;
    struct bytes tuples; /* between the two steps of a reference */
    uint32_t *seen;      /* k-mers of the reference that is looked at; made when first needed */
};

int part_codec_create(struct part_codec **codec, enum part_effort effort)
{
    struct part_codec *c = calloc(1, sizeof *c);

    if (c) {
        c->effort = effort;
        c->compressor = ZSTD_createCCtx();
        c->decompressor = ZSTD_createDCtx();
    }
    if (!c || !c->compressor || !c->decompressor) {
        part_codec_free(c);
        return error_set(ERROR_MEMORY, "out of memory for a part codec");
    }
    *codec = c;
    return 0;
}

void part_codec_free(struct part_codec *codec)
{
    if (!codec)
        return;
    ZSTD_freeCCtx(codec->compressor);
    ZSTD_freeDCtx(codec->decompressor);
    bytes_free(&codec->tuples);
    free(codec->seen);
    free(codec);
}

size_t part_codec_held_bytes(const struct part_codec *codec)
{
    return ZSTD_sizeof_CCtx(codec->compressor) + ZSTD_sizeof_DCtx(codec->decompressor) +
           codec->tuples.capacity;
}

static int zstd_fault(const char *what, size_t result)
{
    return error_set(ERROR_MEMORY, "zstd cannot %s: %s", what, ZSTD_getErrorName(result));
}

static int set_parameters(ZSTD_CCtx *c, const struct zstd_parameters *p)
{
    const struct {
        ZSTD_cParameter name;
        int value;
    } values[] = {
        {ZSTD_c_windowLog, p->window_log},   {ZSTD_c_chainLog, p->chain_log},
        {ZSTD_c_hashLog, p->hash_log},       {ZSTD_c_searchLog, p->search_log},
        {ZSTD_c_minMatch, p->min_match},     {ZSTD_c_targetLength, p->target_length},
        {ZSTD_c_strategy, (int)p->strategy},
    };

    ZSTD_CCtx_reset(c, ZSTD_reset_session_and_parameters);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        size_t result = ZSTD_CCtx_setParameter(c, values[i].name, values[i].value);

        if (ZSTD_isError(result))
            return zstd_fault("be set up", result);
    }
    return 0;
}

/* Appends frame and marker to out. *worth = 0, and out as before, where that would not be smaller
 * than stored_limit bytes. */
static int compress_part(struct part_codec *codec, const struct zstd_parameters *parameters,
                         const uint8_t *data, size_t length, uint8_t marker, size_t stored_limit,
                         struct bytes *out, int *worth)
{
    size_t bound = ZSTD_compressBound(length), size;
    int code = ZSTD_isError(bound) ? zstd_fault("compress", bound) : bytes_reserve(out, bound + 1);

    if (!code)
        code = set_parameters(codec->compressor, parameters);
    if (code)
        return code;
    size = ZSTD_compress2(codec->compressor, out->data + out->length, bound, data, length);
    if (ZSTD_isError(size))
        return zstd_fault("compress", size);
    *worth = size + 1 < stored_limit;
    if (*worth) {
        out->data[out->length + size] = marker;
        out->length += size + 1;
    }
    return 0;
}

/* Compresses once more in another way; the smaller result stays at start. */
static int try_also(struct part_codec *codec, const struct zstd_parameters *parameters,
                    const uint8_t *data, size_t length, uint8_t marker, size_t start,
                    struct bytes *out)
{
    size_t end = out->length;
    int smaller;
    int code = compress_part(codec, parameters, data, length, marker, end - start, out, &smaller);

    if (code || !smaller)
        return code;
    memmove(out->data + start, out->data + end, out->length - end);
    out->length = start + (out->length - end);
    return 0;
}

/*
 * Does the reference repeat itself? A sample of its k-mers, by their hash, is looked up among those
 * before. zstd sees a repeat in tuples only where its distance is a multiple of the symbols in a
 * byte; plain symbols cost some 2 % more than tuples where there is none. So from 2 % on both forms
 * are worth trying.
 */
static int is_repetitive(uint32_t *seen, const uint8_t *codes, size_t length)
{
    size_t sampled = 0, repeated = 0;
    uint32_t kmer = 0; /* the last SEEN_K symbols */
    unsigned filled = 0;

    memset(seen, 0, sizeof *seen << SEEN_BITS);
    for (size_t i = 0; i < length; i++) {
        uint64_t hash;
        uint32_t tag, *slot;

        kmer = kmer << 2 | (codes[i] & 3);
        filled = codes[i] > 3 ? 0 : filled + 1;
        hash = (uint64_t)kmer * 0x9e3779b97f4a7c15;
        if (hash >> (64 - SEEN_SAMPLE_BITS) || filled < SEEN_K)
            continue;
        tag = (uint32_t)(hash >> 8) | 1;
        slot = &seen[hash >> (64 - SEEN_SAMPLE_BITS - SEEN_BITS)];
        sampled++;
        repeated += *slot == tag;
        *slot = tag;
    }
    return repeated && repeated >= sampled / 50;
}

/* Tries other forms of a reference that repeats itself; its tuples stand at start of out. */
static int try_repetitive(struct part_codec *codec, const uint8_t *codes, size_t length,
                          size_t start, struct bytes *out)
{
    int code;

    if (!codec->seen) {
        codec->seen = malloc(sizeof *codec->seen << SEEN_BITS);
        if (!codec->seen)
            return error_set(ERROR_MEMORY, "out of memory for a part codec");
    }
    if (!is_repetitive(codec->seen, codes, length))
        return 0;
    code = try_also(codec, &repetitive_parameters, codec->tuples.data, codec->tuples.length,
                    MARKER_TUPLES, start, out);
    return code ? code
                : try_also(codec, &plain_parameters[codec->effort], codes, length, MARKER_PLAIN,
                           start, out);
}

int part_encode_reference(struct part_codec *codec, const uint8_t *codes, size_t length,
                          struct bytes *out, uint64_t *metadata)
{
    size_t start = out->length;
    int code, worth;

    codec->tuples.length = 0;
    code = tuples_encode(codes, length, &codec->tuples);
    if (!code)
        code = compress_part(codec, &tuple_parameters[codec->effort], codec->tuples.data,
                             codec->tuples.length, MARKER_TUPLES, length, out, &worth);
    if (!code && worth && codec->effort != PART_EFFORT_FAST)
        code = try_repetitive(codec, codes, length, start, out);
    if (code)
        return code;
    *metadata = worth ? length : 0;
    return worth ? 0 : bytes_append(out, codes, length);
}

int part_encode_pack(struct part_codec *codec, const uint8_t *pack, size_t length,
                     struct bytes *out, uint64_t *metadata)
{
    int worth;
    int code = compress_part(codec, &pack_parameters[codec->effort], pack, length, MARKER_PLAIN,
                             length, out, &worth);

    if (code)
        return code;
    *metadata = worth ? length : 0;
    return worth ? 0 : bytes_append(out, pack, length);
}

static int decode_zstd(struct part_codec *codec, const uint8_t *data, size_t length,
                       size_t capacity, struct bytes *out)
{
    size_t size;
    int code;

    out->length = 0;
    code = bytes_reserve(out, capacity);
    if (code)
        return code;
    size = ZSTD_decompressDCtx(codec->decompressor, out->data, capacity, data, length);
    if (ZSTD_isError(size))
        return error_set(ERROR_FORMAT, "part is damaged: %s", ZSTD_getErrorName(size));
    out->length = size;
    return 0;
}

static int decode_tuples(struct part_codec *codec, const uint8_t *data, size_t length,
                         size_t symbols, struct bytes *out)
{
    /* One symbol a byte and the mark, or fewer bytes; an empty reference has two. */
    int code = decode_zstd(codec, data, length, symbols + 2, &codec->tuples);

    if (!code)
        code = bytes_reserve(out, symbols);
    if (!code)
        code = tuples_decode(codec->tuples.data, codec->tuples.length, out->data, symbols,
                             &out->length);
    return code;
}

int part_decode(struct part_codec *codec, const uint8_t *data, size_t length, uint64_t metadata,
                size_t limit, struct bytes *out)
{
    size_t wanted = metadata ? (size_t)metadata : length;
    int code;

    if (metadata > limit || wanted > limit || wanted > SIZE_MAX - 2)
        return error_set(ERROR_FORMAT, "part decodes to %zu bytes, more than the limit of %zu",
                         wanted, limit);
    out->length = 0;
    if (!metadata)
        return bytes_append(out, data, length);
    if (length < 2 || data[length - 1] > MARKER_TUPLES)
        return error_set(ERROR_FORMAT, "part has no marker byte");
    if (data[length - 1] == MARKER_TUPLES)
        code = decode_tuples(codec, data, length - 1, wanted, out);
    else
        code = decode_zstd(codec, data, length - 1, wanted, out);
    if (!code && out->length != wanted)
        code = error_set(ERROR_FORMAT, "part decodes to %zu bytes instead of %zu", out->length,
                         wanted);
    return code;
}
