/*
 * A small archive of format 3.0 put together by hand (k 4, min_match 2, pack 2, segment_size 4), so
 * that tests know every number in it and can make one of them wrong.
 *
 *   sample s0: "c1 one"  ACGTNACGTT
 *   sample s1: "c1 one"  NNNNCGTT, CCCCAAAA, ACGTNA   (three segments)      "c2" (empty)
 *   sample s2: "m" CCGTN     "r1" RYACG     "r2" GT
 */
#ifndef TESTS_ARCHIVE_FIXTURE_H
#define TESTS_ARCHIVE_FIXTURE_H

#include "common/container.h"

#include "tests/unit/input_files.h"

#define FIXTURE_TEXT                                                                               \
    "s0/c1 one:ACGTNACGTT\n"                                                                       \
    "s1/c1 one:NNNNCGTT,CCCCAAAA,ACGTNA\n"                                                         \
    "s1/c2:\n"                                                                                     \
    "s2/m:CCGTN\n"                                                                                 \
    "s2/r1:RYACG\n"                                                                                \
    "s2/r2:GT\n"

struct fixture_text {
    const char *bytes;
    size_t length;
};

/* A string literal without its closing NUL. */
#define FIXTURE(literal) ((struct fixture_text){literal, sizeof(literal) - 1})

/* Everything that a test may want to change. */
struct fixture {
    struct fixture_text info, params, samples;
    uint64_t info_pairs;
    struct fixture_text names[2];    /* of each batch */
    struct fixture_text lists[2][5]; /* of each batch */
    int batches;
    int list_slack; /* added to the announced raw size of list 1 */
    struct fixture_text reference_16, packs_16[2], raw_pack_0[2];
    uint64_t reference_metadata;
    const char *extra_stream; /* one more stream of that name, or NULL */
};

static inline struct fixture fixture_default(void)
{
    return (struct fixture){
        .info = FIXTURE("producer\0hand\0file_version_major\0003\0file_version_minor\0000\0"),
        .info_pairs = 3,
        .params = FIXTURE("\4\0\0\0\2\0\0\0\2\0\0\0\4\0\0\0"),
        .samples = FIXTURE("\3s0\0s1\0s2\0"),
        .names = {FIXTURE("\2\1c1 one\0\2c1 one\0c2\0"), FIXTURE("\1\3m\0r1\0\xff"
                                                                 "2\0")},
        /* Raw lengths are coded against 8: 10 -> 4, 8 -> 0, 6 -> 3, 5 -> 5, 2 -> 11. */
        .lists = {{FIXTURE("\2\1\1\2\3\0"), FIXTURE("\20\20\21\20"), FIXTURE("\0\2\0\1"),
                   FIXTURE("\4\0\0\3"), FIXTURE("\0\0\1\1")},
                  {FIXTURE("\1\3\1\1\1"), FIXTURE("\20\0\0"), FIXTURE("\1\1\1"), FIXTURE("\5\5\13"),
                   FIXTURE("\0\0\1")}},
        .batches = 2,
        .reference_16 = FIXTURE("\0\1\2\3\4\0\1\2\3\3"),
        /* C, the reference's C, 3 symbols from 2; NNNN and the end from 6; then T N A C G T. */
        .packs_16 = {FIXTURE("B!0,1.\xff\x1e"
                             "0\4"
                             "6.\xff"),
                     FIXTURE("3,0.-5,2.\xff")},
        .raw_pack_0 = {FIXTURE("\x7f\xff\5\6\0\1\2\xff"), FIXTURE("\0\1\xff")},
    };
}

struct fixture_out {
    struct bytes file;
    struct {
        char name[CONTAINER_NAME_BYTES_MAX];
        int parts;
        uint64_t offset[2], size[2];
    } streams[64];
    int count;
};

static inline int fixture_sink(void *context, const void *data, size_t length)
{
    return bytes_append(context, data, length);
}

static inline void fixture_part(struct fixture_out *o, const char *name, uint64_t metadata,
                                const void *data, size_t length)
{
    uint8_t head[VINT_BYTES_MAX];
    size_t used = container_part_head(head, metadata);
    int i = o->count - 1;

    if (i < 0 || strcmp(o->streams[i].name, name) != 0) {
        i = o->count++;
        snprintf(o->streams[i].name, sizeof o->streams[i].name, "%s", name);
        o->streams[i].parts = 0;
    }
    o->streams[i].offset[o->streams[i].parts] = o->file.length;
    o->streams[i].size[o->streams[i].parts++] = length;
    assert_int_equal(bytes_append(&o->file, head, used), 0);
    assert_int_equal(bytes_append(&o->file, data, length), 0);
}

static inline void fixture_zstd(struct fixture_out *o, const char *name, struct fixture_text raw)
{
    struct bytes packed = {0};

    add_zstd(&packed, raw.bytes, raw.length);
    fixture_part(o, name, raw.length, packed.data, packed.length);
    bytes_free(&packed);
}

static inline void fixture_details(struct fixture_out *o, const struct fixture *f, int batch)
{
    struct bytes part = {0}, frames = {0};

    for (int i = 0; i < 5; i++) {
        size_t before = frames.length;
        uint8_t size[2 * NUMBER_BYTES_MAX];
        size_t used = number_put(size, (uint32_t)f->lists[batch][i].length +
                                           (i == 1 ? (uint32_t)f->list_slack : 0));

        add_zstd(&frames, f->lists[batch][i].bytes, f->lists[batch][i].length);
        used += number_put(size + used, (uint32_t)(frames.length - before));
        assert_int_equal(bytes_append(&part, size, used), 0);
    }
    assert_int_equal(bytes_append(&part, frames.data, frames.length), 0);
    fixture_part(o, "collection-details", 0, part.data, part.length);
    bytes_free(&part);
    bytes_free(&frames);
}

static inline void fixture_groups(struct fixture_out *o, const struct fixture *f)
{
    static const uint8_t reference_17[8] = {3, 3, 3, 3, 2, 2, 2, 2};
    struct bytes packed = {0};

    for (uint32_t group = 0; group < 16; group++) {
        char name[CONTAINER_NAME_BYTES_MAX];

        container_group_name(name, 3, group, 0);
        if (group)
            fixture_part(o, name, 0, "\x7f\xff", 2);
        for (int i = 0; group == 0 && i < 2; i++)
            fixture_part(o, name, 0, f->raw_pack_0[i].bytes, f->raw_pack_0[i].length);
    }
    fixture_part(o, "xGr", f->reference_metadata, f->reference_16.bytes, f->reference_16.length);
    for (int i = 0; i < 2; i++)
        fixture_part(o, "xGd", 0, f->packs_16[i].bytes, f->packs_16[i].length);
    add_zstd(&packed, reference_17, 8);
    assert_int_equal(bytes_append_byte(&packed, 0), 0); /* marker: plain */
    fixture_part(o, "xHr", 8, packed.data, packed.length);
    bytes_free(&packed);
}

static inline void fixture_footer(struct fixture_out *o)
{
    struct container_sink sink = {fixture_sink, &o->file};
    struct container_footer footer;

    assert_int_equal(container_footer_begin(&footer, sink, (uint64_t)o->count), 0);
    for (int i = 0; i < o->count; i++) {
        assert_int_equal(
            container_footer_stream(&footer, o->streams[i].name, (uint64_t)o->streams[i].parts), 0);
        for (int j = 0; j < o->streams[i].parts; j++)
            assert_int_equal(
                container_footer_part(&footer, o->streams[i].offset[j], o->streams[i].size[j]), 0);
    }
    assert_int_equal(container_footer_end(&footer), 0);
}

/* The bytes of the archive; free with bytes_free(). */
static inline struct bytes fixture_build(const struct fixture *f)
{
    struct fixture_out o = {{0}, {{"", 0, {0}, {0}}}, 0};

    fixture_zstd(&o, "collection-samples", f->samples);
    for (int i = 0; i < f->batches; i++)
        fixture_zstd(&o, "collection-contigs", f->names[i]);
    for (int i = 0; i < f->batches; i++)
        fixture_details(&o, f, i);
    fixture_groups(&o, f);
    fixture_part(&o, "params", 0, f->params.bytes, f->params.length);
    fixture_part(&o, "file_type_info", f->info_pairs, f->info.bytes, f->info.length);
    if (f->extra_stream)
        fixture_part(&o, f->extra_stream, 0, "what readers do not know", 24);
    fixture_footer(&o);
    return o.file;
}

#endif
