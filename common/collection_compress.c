/*
 * Compression of collection streams; see the header. Input comes from memory or from a spool's file
 * in chunks of a fixed size, and output leaves in chunks of a fixed size, so that the calls zstd
 * sees, and with them the bytes it makes, depend on the payload alone.
 */
#include "common/collection_compress.h"

#include "common/error.h"

#include <stdlib.h>
#include <zstd.h>

/* What the library takes them down to for a short payload follows from its size alone. */
enum { LEVEL = 19, WINDOW_LOG = 19, CHAIN_LOG = 17, HASH_LOG = 16 };
enum { CHUNK_BYTES = 64 * 1024 };

struct collection_compressor {
    ZSTD_CCtx *context;
    uint8_t in[CHUNK_BYTES];
    uint8_t out[CHUNK_BYTES];
};

int collection_compressor_create(struct collection_compressor **compressor)
{
    struct collection_compressor *c = malloc(sizeof *c);

    if (c)
        c->context = ZSTD_createCCtx();
    if (!c || !c->context) {
        free(c);
        return error_set(ERROR_MEMORY, "out of memory for a compressor of the collection");
    }
    *compressor = c;
    return 0;
}

void collection_compressor_free(struct collection_compressor *compressor)
{
    if (!compressor)
        return;
    ZSTD_freeCCtx(compressor->context);
    free(compressor);
}

static int zstd_failed(size_t result)
{
    return error_set(ERROR_MEMORY, "compression of the collection failed: %s",
                     ZSTD_getErrorName(result));
}

static int begin_frame(struct collection_compressor *c, uint64_t raw_bytes)
{
    static const struct {
        ZSTD_cParameter name;
        int value;
    } set[] = {
        {ZSTD_c_compressionLevel, LEVEL},
        {ZSTD_c_windowLog, WINDOW_LOG},
        {ZSTD_c_chainLog, CHAIN_LOG},
        {ZSTD_c_hashLog, HASH_LOG},
    };
    size_t i, result = ZSTD_CCtx_reset(c->context, ZSTD_reset_session_and_parameters);

    for (i = 0; i < sizeof set / sizeof set[0] && !ZSTD_isError(result); i++)
        result = ZSTD_CCtx_setParameter(c->context, set[i].name, set[i].value);
    if (!ZSTD_isError(result))
        result = ZSTD_CCtx_setPledgedSrcSize(c->context, raw_bytes);
    return ZSTD_isError(result) ? zstd_failed(result) : 0;
}

static int feed(struct collection_compressor *c, const uint8_t *data, size_t length, int last,
                struct spool *packed)
{
    ZSTD_inBuffer in = {data, length, 0};
    size_t left;

    do {
        ZSTD_outBuffer out = {c->out, sizeof c->out, 0};
        int code;

        left = ZSTD_compressStream2(c->context, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left))
            return zstd_failed(left);
        code = spool_append(packed, out.dst, out.pos);
        if (code)
            return code;
    } while (last ? left != 0 : in.pos < in.size);
    return 0;
}

/* Fills the chunk buffer from off, so that every chunk but the last has CHUNK_BYTES. */
static int read_chunk(struct collection_compressor *c, const struct spool *raw, uint64_t off,
                      size_t *length)
{
    size_t filled = 0, n;
    int code;

    do {
        code = spool_read(raw, off + filled, c->in + filled, CHUNK_BYTES - filled, &n);
        if (code)
            return code;
        filled += n;
    } while (n && filled < CHUNK_BYTES);
    *length = filled;
    return 0;
}

int collection_compress_spool(struct collection_compressor *compressor, const struct spool *raw,
                              struct spool *packed, uint64_t *frame_bytes)
{
    uint64_t total = spool_length(raw), before = spool_length(packed), off = 0;
    int code = begin_frame(compressor, total), last = 0;

    if (!code && raw->file_length == 0) {
        code = feed(compressor, raw->memory.data, raw->memory.length, 1, packed);
        last = 1;
    }
    while (!code && !last) {
        size_t n;

        code = read_chunk(compressor, raw, off, &n);
        if (code)
            break;
        off += n;
        last = off >= total;
        code = feed(compressor, compressor->in, n, last, packed);
    }
    if (!code)
        *frame_bytes = spool_length(packed) - before;
    return code;
}
