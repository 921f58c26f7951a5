/*
 * Collection batches: the encoder's raw lists against bytes worked out by hand from spec
 * section 8.1 (compressed bytes are not compared with stored ones), short and spilled, and its
 * checks of order.
 */
#include "common/collection_encode.h"
#include "common/error.h"
#include "common/vint.h"

#include "tests/unit/input_files.h"

#include <dirent.h>
#include <fcntl.h>

enum { K = 31, SEGMENT_SIZE = 60000, LISTS = 5, LENGTH = SEGMENT_SIZE + K };

static struct bytes read_out(struct collection_encoder *e, enum collection_which which,
                             size_t chunk)
{
    struct bytes all = {0};
    uint8_t buffer[4096];
    size_t length;

    do {
        assert_int_equal(collection_encoder_read(e, which, all.length, buffer, chunk, &length), 0);
        assert_true(length <= chunk);
        assert_int_equal(bytes_append(&all, buffer, length), 0);
    } while (length);
    return all;
}

static struct bytes unzstd(const uint8_t *frame, size_t length, size_t raw)
{
    struct bytes out = {0};
    size_t got;

    assert_int_equal(bytes_reserve(&out, raw + 1), 0);
    got = ZSTD_decompress(out.data, raw, frame, length);
    assert_false(ZSTD_isError(got));
    assert_int_equal(got, raw);
    out.length = raw;
    return out;
}

/* Splits a details part into its lists, as a reader does. */
static void split(const struct bytes *part, struct bytes lists[LISTS])
{
    uint32_t sizes[2 * LISTS];
    size_t at = 0;

    for (int i = 0; i < 2 * LISTS; i++) {
        size_t used = number_get(part->data + at, part->length - at, &sizes[i]);

        assert_true(used > 0);
        at += used;
    }
    for (int i = 0; i < LISTS; i++) {
        assert_true(sizes[2 * i + 1] <= part->length - at);
        lists[i] = unzstd(part->data + at, sizes[2 * i + 1], sizes[2 * i]);
        at += sizes[2 * i + 1];
    }
    assert_int_equal(at, part->length);
}

static void expect(const struct bytes *got, const void *bytes, size_t length)
{
    assert_int_equal(got->length, length);
    assert_memory_equal(got->data, bytes, length);
}

#define EXPECT(got, ...)                                                                           \
    do {                                                                                           \
        const uint8_t expected_[] = {__VA_ARGS__};                                                 \
        expect(got, expected_, sizeof expected_);                                                  \
    } while (0)

static void push_contig(struct collection_encoder *e, const char *name, uint32_t segments)
{
    assert_int_equal(collection_encoder_contig(e, name, strlen(name), segments), 0);
}

static void push_segment(struct collection_encoder *e, uint32_t group, uint32_t member,
                         uint32_t length, uint32_t reverse)
{
    assert_int_equal(collection_encoder_segment(e, group, member, length, reverse), 0);
}

static void push_two_samples(struct collection_encoder *e)
{
    assert_int_equal(collection_encoder_begin(e, 2), 0);
    assert_int_equal(collection_encoder_sample(e, 2), 0);
    push_contig(e, "chr1 yeast", 3);
    push_segment(e, 16, 0, LENGTH, 0);
    push_segment(e, 17, 1, LENGTH - 1, 1);
    push_segment(e, 3, 200, LENGTH + 1, 0);
    push_contig(e, "", 0);
    assert_int_equal(collection_encoder_sample(e, 1), 0);
    push_contig(e, "chr2 yeast", 6);
    push_segment(e, 16, 1, 100, 0); /* first number above 0 of 16: stands as it is */
    push_segment(e, 17, 2, 1, 0);   /* last + 1 -> 1 */
    push_segment(e, 17, 0, 5, 1);   /* 0 -> 0 */
    push_segment(e, 17, 2, 5, 1);   /* the last again: p = 3: 2 -> 1, + 1 */
    push_segment(e, 17, 6, 5, 1);   /* p = 3: 6 -> 6, + 1 */
    push_segment(e, 17, 1, 5, 1);   /* p = 7: 1 -> 11, + 1 */
}

static void check_two_samples(struct collection_encoder *e, size_t chunk)
{
    struct collection_part contigs, details;
    struct bytes part, names, lists[LISTS];

    assert_int_equal(collection_encoder_end(e, &contigs, &details), 0);
    part = read_out(e, COLLECTION_CONTIGS, chunk);
    assert_int_equal(part.length, contigs.data_bytes);
    names = unzstd(part.data, part.length, contigs.metadata);
    /* Samples; contigs, names; contigs, names. Nothing is predicted from the sample before. */
    expect(&names,
           "\x02\x02"
           "chr1 yeast\0"
           "\0"
           "\x01"
           "chr2 yeast",
           26);
    bytes_free(&part);
    bytes_free(&names);

    part = read_out(e, COLLECTION_DETAILS, chunk);
    assert_int_equal(part.length, details.data_bytes);
    assert_int_equal(details.metadata, 0);
    split(&part, lists);
    EXPECT(&lists[0], 2, 2, 3, 0, 1, 6);
    EXPECT(&lists[1], 16, 17, 3, 16, 17, 17, 17, 17, 17);
    EXPECT(&lists[2], 0, 1, 0x80, 200 - 128, 1, 1, 0, 2, 7, 12);
    /* p = 60031: p -> 0, p-1 -> 1, p+1 -> 2; 100 -> 2(p-100)-1 = 119861, 1 -> 120059,
     * 5 -> 120051; these in three bytes less 16512: 103349, 103547, 103539. */
    EXPECT(&lists[3], 0, 1, 2, 0xc1, 0x93, 0xb5, 0xc1, 0x94, 0x7b, 0xc1, 0x94, 0x73, 0xc1, 0x94,
           0x73, 0xc1, 0x94, 0x73, 0xc1, 0x94, 0x73);
    EXPECT(&lists[4], 0, 1, 0, 0, 0, 1, 1, 1, 1);
    for (int i = 0; i < LISTS; i++)
        bytes_free(&lists[i]);
    bytes_free(&part);
}

static void test_batch_holds_the_lists_of_the_spec(void **state)
{
    struct collection_encoder *e;

    (void)state;
    assert_int_equal(collection_encoder_create(&e, K, SEGMENT_SIZE, -1), 0);
    push_two_samples(e);
    check_two_samples(e, 1);
    push_two_samples(e); /* the next batch predicts nothing from this one */
    check_two_samples(e, 4096);
    collection_encoder_free(e);
}

static void test_empty_batch(void **state)
{
    struct collection_encoder *e;
    struct collection_part contigs, details;
    struct bytes part, lists[LISTS];

    (void)state;
    assert_int_equal(collection_encoder_create(&e, K, SEGMENT_SIZE, -1), 0);
    assert_int_equal(collection_encoder_begin(e, 1), 0);
    assert_int_equal(collection_encoder_sample(e, 0), 0);
    assert_int_equal(collection_encoder_end(e, &contigs, &details), 0);
    part = read_out(e, COLLECTION_DETAILS, 4096);
    split(&part, lists);
    EXPECT(&lists[0], 1, 0);
    for (int i = 1; i < LISTS; i++)
        assert_int_equal(lists[i].length, 0);
    for (int i = 0; i < LISTS; i++)
        bytes_free(&lists[i]);
    bytes_free(&part);
    collection_encoder_free(e);
}

static void test_sample_names(void **state)
{
    struct collection_encoder *e;
    struct collection_part samples;
    struct bytes part, names;

    (void)state;
    assert_int_equal(collection_encoder_create(&e, K, SEGMENT_SIZE, -1), 0);
    assert_int_equal(collection_encoder_names_begin(e, 2), 0);
    assert_int_equal(collection_encoder_names_add(e, "one", 3), 0);
    assert_int_equal(collection_encoder_names_add(e, "t\0o", 3), ERROR_INPUT);
    assert_int_equal(collection_encoder_names_end(e, &samples), ERROR_USAGE);
    assert_int_equal(collection_encoder_names_add(e, "two", 3), 0);
    assert_int_equal(collection_encoder_names_add(e, "three", 5), ERROR_USAGE);
    assert_int_equal(collection_encoder_names_end(e, &samples), 0);
    part = read_out(e, COLLECTION_SAMPLES, 7);
    assert_int_equal(part.length, samples.data_bytes);
    names = unzstd(part.data, part.length, samples.metadata);
    expect(&names,
           "\x02"
           "one\0two",
           9);
    bytes_free(&part);
    bytes_free(&names);
    collection_encoder_free(e);
}

static void test_wrong_order_is_refused(void **state)
{
    struct collection_encoder *e;
    struct collection_part contigs, details;

    (void)state;
    assert_int_equal(collection_encoder_create(&e, K, SEGMENT_SIZE, -1), 0);
    assert_int_equal(collection_encoder_sample(e, 1), ERROR_USAGE);
    assert_int_equal(collection_encoder_begin(e, 1), 0);
    assert_int_equal(collection_encoder_contig(e, "a", 1, 1), ERROR_USAGE);
    assert_int_equal(collection_encoder_end(e, &contigs, &details), ERROR_USAGE);
    assert_int_equal(collection_encoder_sample(e, 1), 0);
    assert_int_equal(collection_encoder_segment(e, 16, 0, 100, 0), ERROR_USAGE);
    assert_int_equal(collection_encoder_end(e, &contigs, &details), ERROR_USAGE);
    push_contig(e, "a", 1);
    assert_int_equal(collection_encoder_end(e, &contigs, &details), ERROR_USAGE);
    assert_int_equal(collection_encoder_contig(e, "b", 1, 1), ERROR_USAGE);
    push_segment(e, 16, 0, 100, 0);
    assert_int_equal(collection_encoder_contig(e, "b", 1, 1), ERROR_USAGE);
    assert_int_equal(collection_encoder_begin(e, 1), 0);
    collection_encoder_free(e);
}

enum { MANY_CONTIGS = 100000, SEGMENTS_EACH = 5 };

static void push_many(struct collection_encoder *e)
{
    assert_int_equal(collection_encoder_begin(e, 1), 0);
    assert_int_equal(collection_encoder_sample(e, MANY_CONTIGS), 0);
    for (uint32_t i = 0; i < MANY_CONTIGS; i++) {
        char name[64];

        /* Names of changing length, so that most stand in full and the names spill as well. */
        snprintf(name, sizeof name, "contig_%0*u", (int)(8 + i % 7), i * 2654435761u);
        push_contig(e, name, SEGMENTS_EACH);
        for (uint32_t j = 0; j < SEGMENTS_EACH; j++)
            push_segment(e, 16 + (i * SEGMENTS_EACH + j) % 70000, i % 3, LENGTH + (i & 1023),
                         (i + j) & 1);
    }
}

static size_t entries_of(const char *path)
{
    DIR *folder = opendir(path);
    size_t count = 0;

    assert_non_null(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static void test_long_lists_spill_and_stay_right(void **state)
{
    struct collection_encoder *e;
    struct collection_part contigs, details, again_contigs, again_details;
    struct bytes part, names, lists[LISTS], again;
    int work_fd = open(files_folder, O_RDONLY | O_DIRECTORY);
    size_t entries = entries_of(files_folder), at = 0;

    (void)state;
    assert_true(work_fd >= 0);
    assert_int_equal(collection_encoder_create(&e, K, SEGMENT_SIZE, work_fd), 0);
    push_many(e);
    assert_int_equal(entries_of(files_folder), entries); /* nothing with a name */
    assert_int_equal(collection_encoder_end(e, &contigs, &details), 0);
    assert_true(contigs.metadata > 1 << 20);
    part = read_out(e, COLLECTION_CONTIGS, 1000);
    assert_int_equal(part.length, contigs.data_bytes);
    names = unzstd(part.data, part.length, contigs.metadata);
    bytes_free(&part);
    bytes_free(&names);
    part = read_out(e, COLLECTION_DETAILS, 4096);
    assert_int_equal(part.length, details.data_bytes);
    split(&part, lists);
    for (uint32_t i = 0; i < MANY_CONTIGS * SEGMENTS_EACH; i++) {
        uint32_t group;

        at += number_get(lists[1].data + at, lists[1].length - at, &group);
        assert_int_equal(group, 16 + i % 70000);
    }
    assert_int_equal(at, lists[1].length);
    assert_true(lists[1].length > 1 << 20);
    assert_int_equal(lists[4].length, MANY_CONTIGS * SEGMENTS_EACH);

    push_many(e); /* equal pushes, equal bytes */
    assert_int_equal(collection_encoder_end(e, &again_contigs, &again_details), 0);
    again = read_out(e, COLLECTION_DETAILS, 333);
    expect(&again, part.data, part.length);
    assert_int_equal(again_contigs.data_bytes, contigs.data_bytes);
    for (int i = 0; i < LISTS; i++)
        bytes_free(&lists[i]);
    bytes_free(&part);
    bytes_free(&again);
    collection_encoder_free(e);
    close(work_fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_batch_holds_the_lists_of_the_spec),
        cmocka_unit_test(test_empty_batch),
        cmocka_unit_test(test_sample_names),
        cmocka_unit_test(test_wrong_order_is_refused),
        cmocka_unit_test(test_long_lists_spill_and_stay_right),
    };

    return cmocka_run_group_tests(tests, files_begin, files_end);
}
