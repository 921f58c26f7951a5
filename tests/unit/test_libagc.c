/*
 * The library: an archive made by hand is read range by range through both of its interfaces; what
 * is not there, ambiguous or damaged is told by codes; handles are independent.
 */
#include "common/libagc/agc-api.h"
#include "common/libagc/agc.h"
#include "tests/unit/archive_fixture.h"

#include <pthread.h>

/* What the fixture holds, letter by letter. */
static const struct {
    const char *sample, *contig, *letters;
} contigs[] = {
    {"s0", "c1", "ACGTNACGTT"}, {"s1", "c1", "NNNNCGTTAAAANA"}, {"s1", "c2", ""},
    {"s2", "m", "CCGTN"},       {"s2", "r1", "RYACG"},          {"s2", "r2", "GT"},
};

enum { CONTIGS = sizeof contigs / sizeof contigs[0], BUFFER = 64 };

static const char *write_fixture(void)
{
    struct fixture f = fixture_default();
    struct bytes file = fixture_build(&f);
    const char *path = file_write("fixture.agc", file.data, file.length);

    bytes_free(&file);
    return path;
}

static agc_t *open_fixture(uint64_t cache_bytes)
{
    struct agc_settings settings = {cache_bytes};
    struct agc_error error = {.code = 77};
    agc_t *archive = NULL;

    assert_int_equal(agc_open_file(&archive, write_fixture(), &settings, &error), AGC_OK);
    assert_int_equal(error.code, AGC_OK);
    assert_string_equal(error.text, "");
    return archive;
}

static void assert_range(const agc_t *archive, int contig, uint64_t from, uint64_t count)
{
    const char *letters = contigs[contig].letters;
    uint64_t length = strlen(letters), got = 77, wanted = length - from;
    char *buffer = malloc(count ? count : 1); /* exact: no byte behind the range is written */

    wanted = wanted < count ? wanted : count;
    assert_int_equal(agc_range(archive, contigs[contig].sample, contigs[contig].contig, from, count,
                               buffer, &got, NULL),
                     AGC_OK);
    assert_int_equal(got, wanted);
    assert_memory_equal(buffer, letters + from, wanted);
    free(buffer);
}

static void test_every_range(void **state)
{
    (void)state;
    for (uint64_t cache = 1; cache <= 1 << 20; cache <<= 20) {
        agc_t *archive = open_fixture(cache);

        for (int i = 0; i < CONTIGS; i++)
            for (uint64_t from = 0; from <= strlen(contigs[i].letters); from++)
                for (uint64_t count = 0; count <= strlen(contigs[i].letters) - from + 2; count++)
                    assert_range(archive, i, from, count);
        assert_int_equal(agc_close(archive), 0);
    }
}

static void test_lists_and_lengths(void **state)
{
    agc_t *archive = open_fixture(0);
    struct agc_contig *list;
    uint64_t count = 0, length = 77;

    (void)state;
    assert_int_equal(agc_sample_count(archive), 3);
    assert_string_equal(agc_sample_name(archive, 2), "s2");
    assert_null(agc_sample_name(archive, 3));
    for (int i = 0; i < CONTIGS; i++) {
        assert_int_equal(
            agc_contig_length(archive, contigs[i].sample, contigs[i].contig, &length, NULL),
            AGC_OK);
        assert_int_equal(length, strlen(contigs[i].letters));
    }
    assert_int_equal(agc_contig_count(archive, "s1", &count, NULL), AGC_OK);
    assert_int_equal(count, 2);
    assert_int_equal(agc_contigs(archive, "s1", &list, &count, NULL), AGC_OK);
    assert_int_equal(count, 2);
    assert_string_equal(list[0].header, "c1 one");
    assert_int_equal(list[0].length, 14);
    assert_string_equal(list[1].header, "c2");
    assert_int_equal(list[1].length, 0);
    agc_contigs_free(list);
    agc_contigs_free(NULL);
    agc_close(archive);
}

static void test_names(void **state)
{
    agc_t *archive = open_fixture(0);
    struct agc_error error;
    uint64_t got = 77;
    char buffer[BUFFER];

    (void)state;
    /* whole headers do, and the sample is not needed where the name stands once */
    assert_int_equal(agc_range(archive, "s0", "c1 one", 0, 4, buffer, &got, &error), AGC_OK);
    assert_memory_equal(buffer, "ACGT", 4);
    assert_int_equal(agc_range(archive, NULL, "r1", 0, 9, buffer, &got, &error), AGC_OK);
    assert_memory_equal(buffer, "RYACG", 5);
    assert_int_equal(agc_range(archive, "", "r2", 0, 9, buffer, &got, &error), AGC_OK);
    assert_int_equal(got, 2);
    got = 77;
    assert_int_equal(agc_range(archive, NULL, "c1", 0, 9, buffer, &got, &error), AGC_AMBIGUOUS);
    assert_int_equal(error.code, AGC_AMBIGUOUS);
    assert_non_null(strstr(error.text, "c1"));
    assert_int_equal(agc_range(archive, NULL, "c1 one", 0, 9, buffer, &got, NULL), AGC_AMBIGUOUS);
    assert_int_equal(agc_range(archive, "s9", "c1", 0, 9, buffer, &got, &error), AGC_NOT_FOUND);
    assert_non_null(strstr(error.text, "s9"));
    assert_int_equal(agc_range(archive, "s0", "c", 0, 9, buffer, &got, NULL), AGC_NOT_FOUND);
    assert_int_equal(agc_range(archive, "s0", "c1 ", 0, 9, buffer, &got, NULL), AGC_NOT_FOUND);
    assert_int_equal(agc_range(archive, NULL, "c3", 0, 9, buffer, &got, NULL), AGC_NOT_FOUND);
    assert_int_equal(agc_range(archive, "s0", "c1", 11, 1, buffer, &got, NULL), AGC_NOT_FOUND);
    assert_int_equal(got, 77);
    agc_close(archive);
}

static void test_null_arguments(void **state)
{
    agc_t *archive = open_fixture(0);
    struct agc_error error;
    uint64_t got;

    (void)state;
    assert_int_equal(agc_close(NULL), -1);
    assert_int_equal(agc_open_file(NULL, "x", NULL, &error), AGC_ARGUMENT);
    assert_int_equal(agc_open_file(&archive, NULL, NULL, &error), AGC_ARGUMENT);
    assert_int_equal(agc_range(NULL, "s0", "c1", 0, 0, NULL, &got, NULL), AGC_ARGUMENT);
    assert_int_equal(agc_range(archive, "s0", NULL, 0, 0, NULL, &got, NULL), AGC_ARGUMENT);
    assert_int_equal(agc_range(archive, "s0", "c1", 0, 1, NULL, &got, NULL), AGC_ARGUMENT);
    assert_int_equal(agc_range(archive, "s0", "c1", 0, 0, NULL, NULL, NULL), AGC_ARGUMENT);
    assert_int_equal(agc_contig_count(archive, NULL, &got, NULL), AGC_ARGUMENT);
    assert_int_equal(agc_sample_count(NULL), 0);
    assert_int_equal(agc_n_sample(NULL), -1);
    assert_int_equal(agc_n_ctg(NULL, "s0"), -1);
    assert_null(agc_list_sample(NULL, NULL));
    assert_null(agc_list_ctg(NULL, "s0", NULL));
    assert_null(agc_reference_sample(NULL));
    assert_int_equal(agc_get_ctg_len(NULL, "s0", "c1"), -1);
    assert_int_equal(agc_list_destroy(NULL), 0);
    assert_int_equal(agc_string_destroy(NULL), 0);
    agc_close(archive);
}

/* ---- AGC's own interface */

static void test_old_interface(void **state)
{
    static const struct {
        int start, end;
        const char *wanted; /* of NNNNCGTTAAAANA */
    } ranges[] = {
        {0, 13, "NNNNCGTTAAAANA"},
        {-1, -1, "NNNNCGTTAAAANA"},
        {3, 4, "NC"},
        {13, 13, "A"},
        {7, 12, "TAAAAN"},
        {12, 99, "NA"},
        {-5, 1, "NN"},
        {12, -1, "NA"},
        {9, 3, "NNNNCGTTAAAANA"},
        {14, 20, ""},
    };
    agc_t *agc = agc_open((char *)(uintptr_t)write_fixture(), 1);
    char buffer[BUFFER];

    (void)state;
    assert_non_null(agc);
    assert_int_equal(agc_n_sample(agc), 3);
    assert_int_equal(agc_n_ctg(agc, "s2"), 3);
    assert_int_equal(agc_n_ctg(agc, NULL), 6);
    assert_int_equal(agc_n_ctg(agc, "s9"), -1);
    assert_int_equal(agc_get_ctg_len(agc, "s1", "c1"), 14);
    assert_int_equal(agc_get_ctg_len(agc, NULL, "m"), 5);
    assert_int_equal(agc_get_ctg_len(agc, NULL, "c1"), -2);
    assert_int_equal(agc_get_ctg_len(agc, "s1", "c3"), -1);
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        memset(buffer, '#', sizeof buffer);
        assert_int_equal(agc_get_ctg_seq(agc, "s1", "c1", ranges[i].start, ranges[i].end, buffer),
                         (int)strlen(ranges[i].wanted));
        assert_string_equal(buffer, ranges[i].wanted);
    }
    assert_int_equal(agc_get_ctg_seq(agc, "s1", "c9", 0, 1, buffer), -1);
    assert_int_equal(agc_close(agc), 0);
    assert_null(agc_open((char *)(uintptr_t)file_path("none.agc"), 0));
}

static void test_old_lists(void **state)
{
    static const char *const all[] = {"c1 one", "c1 one", "c2", "m", "r1", "r2"};
    agc_t *agc = agc_open((char *)(uintptr_t)write_fixture(), 0);
    int count = 77;
    char **list = agc_list_sample(agc, &count), *reference = agc_reference_sample(agc);

    (void)state;
    assert_int_equal(count, 3);
    assert_string_equal(list[0], "s0");
    assert_string_equal(list[2], "s2");
    assert_null(list[3]);
    assert_int_equal(agc_list_destroy(list), 0);
    assert_string_equal(reference, "s0");
    assert_int_equal(agc_string_destroy(reference), 0);
    list = agc_list_ctg(agc, NULL, &count);
    assert_int_equal(count, 6);
    for (int i = 0; i < 6; i++)
        assert_string_equal(list[i], all[i]);
    assert_null(list[6]);
    agc_list_destroy(list);
    assert_null(agc_list_ctg(agc, "s9", &count));
    agc_close(agc);
}

/* ---- damage, handles, threads */

static void read_all(const agc_t *archive)
{
    char buffer[BUFFER];
    uint64_t got;

    for (int i = 0; i < CONTIGS; i++) {
        agc_range(archive, contigs[i].sample, contigs[i].contig, 0, BUFFER, buffer, &got, NULL);
        agc_range(archive, NULL, contigs[i].contig, 3, 2, buffer, &got, NULL);
    }
}

static void test_damaged_archives_fail_or_decode(void **state)
{
    struct fixture f = fixture_default();
    struct bytes file = fixture_build(&f);
    size_t opened = 0;

    (void)state;
    for (size_t i = 0; i < file.length; i++)
        for (unsigned bit = 0; bit < 8; bit += 3) {
            agc_t *archive = NULL;

            file.data[i] ^= (uint8_t)(1u << bit);
            if (!agc_open_file(&archive, file_write("bad.agc", file.data, file.length), NULL,
                               NULL)) {
                read_all(archive);
                agc_close(archive);
                opened++;
            }
            file.data[i] ^= (uint8_t)(1u << bit);
        }
    assert_true(opened > 0);
    for (size_t length = 0; length < file.length; length += 7) {
        agc_t *archive = NULL;
        struct agc_error error;

        assert_int_not_equal(
            agc_open_file(&archive, file_write("cut.agc", file.data, length), NULL, &error),
            AGC_OK);
        assert_null(archive);
        assert_true(strlen(error.text) > 0);
    }
    bytes_free(&file);
}

static void test_two_handles(void **state)
{
    agc_t *one = open_fixture(0), *two = open_fixture(1);

    (void)state;
    assert_range(one, 1, 2, 9);
    assert_range(two, 1, 2, 9);
    agc_close(one);
    assert_range(two, 1, 0, 14);
    assert_range(two, 0, 0, 14);
    agc_close(two);
}

struct reader {
    pthread_t thread;
    const agc_t *archive;
    uint64_t seed;
    int wrong;
};

static void *read_at_random(void *context)
{
    struct reader *r = context;

    for (int n = 0; n < 3000; n++) {
        int i = (int)(test_random(&r->seed) % CONTIGS);
        uint64_t length = strlen(contigs[i].letters), got = 0;
        uint64_t from = test_random(&r->seed) % (length + 1);
        uint64_t count = test_random(&r->seed) % (length + 1);
        char buffer[BUFFER];
        int code = agc_range(r->archive, contigs[i].sample, contigs[i].contig, from, count, buffer,
                             &got, NULL);

        r->wrong |= code || got > length - from || memcmp(buffer, contigs[i].letters + from, got);
    }
    return NULL;
}

/* A cache of one byte keeps nothing that is not in use: all the more comes and goes. */
static void test_eight_threads(void **state)
{
    enum { THREADS = 8 };
    struct reader readers[THREADS];

    (void)state;
    for (uint64_t cache = 1; cache <= 1 << 20; cache <<= 20) {
        agc_t *archive = open_fixture(cache);

        for (int i = 0; i < THREADS; i++) {
            readers[i] = (struct reader){.archive = archive, .seed = (uint64_t)i + 1};
            assert_int_equal(pthread_create(&readers[i].thread, NULL, read_at_random, &readers[i]),
                             0);
        }
        for (int i = 0; i < THREADS; i++) {
            pthread_join(readers[i].thread, NULL);
            assert_false(readers[i].wrong);
        }
        agc_close(archive);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_range),
        cmocka_unit_test(test_lists_and_lengths),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_null_arguments),
        cmocka_unit_test(test_old_interface),
        cmocka_unit_test(test_old_lists),
        cmocka_unit_test(test_damaged_archives_fail_or_decode),
        cmocka_unit_test(test_two_handles),
        cmocka_unit_test(test_eight_threads),
    };

    return cmocka_run_group_tests(tests, files_begin, files_end);
}
