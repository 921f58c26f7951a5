/*
 * Ranges of archives that C++ AGC made, in formats 1.x, 2.x and 3.0: whole contigs are what the
 * segment decoder says (test_archive_golden.c holds that against digests), and ranges around every
 * border of segments, with a cache that keeps nothing and one that keeps all, are their slices.
 */
#include "common/member_decoder.h"
#include "common/sequences.h"
#include "common/symbols.h"
#include "tests/unit/archive_text.h"
#include "tests/unit/input_files.h"

static const char *const archives[] = {
    "chlamydia3.v1.agc",           "hpylori.appended.v3.agc",    "mtdna60.concatenated.v2.agc",
    "mtdna60.concatenated.v3.agc", "plasmids15.adaptive.v3.agc", "yeast_chrV.small-segments.v3.agc",
};

enum { ARCHIVES = sizeof archives / sizeof archives[0], REACH = 70 };

/* A contig's letters, segment by segment. */
static void decode_contig(struct archive *archive, struct member_decoder *decoder,
                          const struct contig_table *table, const struct contig_row *row,
                          struct bytes *letters)
{
    letters->length = 0;
    for (uint32_t i = 0; i < row->segment_count; i++) {
        const struct archive_segment *s = &table->segments[row->first_segment + i];
        uint32_t skip = i ? archive_params(archive)->k : 0;
        const uint8_t *codes;

        assert_int_equal(member_decoder_segment(decoder, s, &codes), 0);
        assert_int_equal(bytes_append(letters, codes + skip, s->length - skip), 0);
    }
    symbols_to_letters(letters->data, letters->data, letters->length);
}

static void assert_slice(struct sequences *s, const struct contig_table *table,
                         const struct contig_row *row, const struct bytes *letters, uint64_t from,
                         uint64_t to)
{
    uint8_t *out = malloc(to - from + 1);

    assert_int_equal(sequences_read(s, table, row, from, (size_t)(to - from), out), 0);
    assert_memory_equal(out, letters->data + from, to - from);
    free(out);
}

static void check_borders(struct sequences *s, const struct contig_table *table,
                          const struct contig_row *row, const struct bytes *letters)
{
    uint64_t length = row->length;

    for (uint32_t i = 0; i < row->segment_count; i++) {
        uint64_t end = table->ends[row->first_segment + i];
        uint64_t from = end < REACH ? 0 : end - REACH, to = end + REACH;

        assert_slice(s, table, row, letters, from, to < length ? to : length);
        if (end)
            assert_slice(s, table, row, letters, end - 1, end);
        if (end < length)
            assert_slice(s, table, row, letters, end, end + 1);
        assert_slice(s, table, row, letters, end, end);
    }
    assert_slice(s, table, row, letters, 0, length ? 1 : 0);
}

static void check_sample(struct sequences *s, struct archive *archive,
                         struct member_decoder *decoder, uint32_t sample)
{
    struct catalog *catalog = sequences_catalog(s);
    const struct contig_table *table;
    struct bytes letters = {0};

    assert_int_equal(catalog_hold(catalog, sample, &table), 0);
    for (uint32_t i = 0; i < table->count; i++) {
        const struct contig_row *row = &table->rows[i];
        uint8_t byte;

        decode_contig(archive, decoder, table, row, &letters);
        assert_int_equal(letters.length, row->length);
        assert_slice(s, table, row, &letters, 0, row->length);
        check_borders(s, table, row, &letters);
        assert_int_equal(sequences_read(s, table, row, row->length, 1, &byte), ERROR_NOT_FOUND);
        assert_int_equal(sequences_read(s, table, row, UINT64_MAX, 1, &byte), ERROR_NOT_FOUND);
    }
    catalog_release(catalog, table);
    bytes_free(&letters);
}

static void check_archive(const char *path, size_t cache_bytes, uint32_t stride)
{
    struct member_decoder *decoder;
    struct sequences *s;
    struct archive *archive;

    assert_int_equal(archive_open(&archive, path), 0);
    assert_int_equal(member_decoder_create(&decoder, archive, 64 << 20), 0);
    assert_int_equal(sequences_open(&s, path, cache_bytes, 1), 0);
    /* backwards, so that batches are entered anywhere */
    for (uint32_t i = archive_sample_count(archive); i-- > 0;)
        if (i % stride == 0)
            check_sample(s, archive, decoder, i);
    sequences_close(s);
    member_decoder_free(decoder);
    archive_close(archive);
}

static void test_ranges_are_slices(void **state)
{
    char path[128];

    (void)state;
    for (int i = 0; i < ARCHIVES; i++) {
        snprintf(path, sizeof path, "data/golden/%s", archives[i]);
        if (!shared_path(path))
            skip();
        check_archive(shared_path(path), 64 << 20, 1);
        check_archive(shared_path(path), 1, 7);
    }
}

static void test_names_over_all_samples(void **state)
{
    const char *path = shared_path("data/golden/mtdna60.concatenated.v3.agc");
    struct catalog_place place, walked;
    const struct contig_table *table;
    struct catalog *indexed, *bare;
    uint64_t count;

    (void)state;
    if (!path)
        skip();
    assert_int_equal(catalog_open(&indexed, path, 64 << 20, 1), 0);
    assert_int_equal(catalog_open(&bare, path, 1, 1), 0); /* no room for an index */
    for (uint32_t i = 0; i < catalog_sample_count(indexed); i += 9) {
        const char *header;

        assert_int_equal(catalog_hold(indexed, i, &table), 0);
        header = table->rows[0].header;
        assert_int_equal(catalog_find_contig(indexed, header, strlen(header), &place, 1, &count),
                         0);
        assert_int_equal(count, 1);
        assert_int_equal(place.sample, i);
        assert_int_equal(catalog_find_contig(bare, header, strlen(header), &walked, 1, &count), 0);
        assert_int_equal(count, 1);
        assert_memory_equal(&walked, &place, sizeof place);
        catalog_release(indexed, table);
    }
    assert_int_equal(catalog_find_contig(indexed, "nobody", 6, &place, 1, &count), 0);
    assert_int_equal(count, 0);
    catalog_close(indexed);
    catalog_close(bare);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges_are_slices),
        cmocka_unit_test(test_names_over_all_samples),
    };

    return cmocka_run_group_tests(tests, files_begin, files_end);
}
