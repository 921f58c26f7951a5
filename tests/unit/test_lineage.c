/*
 * When a lineage gets references of its own: the rule by numbers worked out by hand, the mates by
 * files whose kinship is made.
 */
#include "reader/lineage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { GENOME = 200000, FILES = 4 };

static void test_distance_follows_from_lost_anchors(void **state)
{
    (void)state;
    assert_int_equal(lineage_distance(100, 100), 0);
    /* (1 - d)^19 = 1/2 at d = 0.0358, 37 in 1024; = 1/8 at d = 0.1037, 106 in 1024 */
    assert_in_range(lineage_distance(50, 100), 35, 39);
    assert_in_range(lineage_distance(125, 1000), 104, 108);
    assert_true(lineage_distance(0, 100) > 200);
    assert_int_equal(lineage_distance(0, 0), 0);
}

static void test_only_what_is_far_and_has_mates_pays(void **state)
{
    unsigned mates;

    (void)state;
    for (mates = 0; mates <= LINEAGE_LOOK_AHEAD; mates++)
        assert_false(lineage_pays(30, mates)); /* 3 %: within a species */
    assert_false(lineage_pays(128, 0));
    assert_false(lineage_pays(128, 1));
    /* 12.5 % and four mates: 5 deltas of 0.69 bits a symbol against 2 bits and 4 of 0.23 */
    assert_true(lineage_pays(128, 4));
    assert_false(lineage_is_sample_far(1000, 1000));
    assert_false(lineage_is_sample_far(100000, 1000000));
    assert_true(lineage_is_sample_far(400000, 1000000));
}

/* ---- mates */

static char folder[] = "/tmp/test_lineage.XXXXXX";
static uint8_t genomes[FILES][GENOME];

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Copies a genome with one symbol in `every` changed. */
static void mutate(uint8_t *to, const uint8_t *from, unsigned every, uint32_t seed)
{
    size_t i;

    for (i = 0; i < GENOME; i++)
        to[i] = next_random(&seed) % every ? from[i] : (from[i] + 1 + next_random(&seed) % 3) & 3;
}

static void file_path(size_t i, char *path, size_t size)
{
    snprintf(path, size, "%s/%zu.fa", folder, i);
}

static int open_file(void *context, size_t i, struct fasta **fasta)
{
    char path[64];

    (void)context;
    file_path(i, path, sizeof path);
    return fasta_open(fasta, path, FASTA_INVALID_ERROR);
}

static int make_files(void **state)
{
    uint32_t seed = 7;
    size_t i, j;

    (void)state;
    if (!mkdtemp(folder))
        return -1;
    for (i = 0; i < GENOME; i++)
        genomes[0][i] = next_random(&seed) & 3;
    mutate(genomes[1], genomes[0], 6, 11);   /* far from the reference */
    mutate(genomes[2], genomes[1], 100, 12); /* its mate */
    mutate(genomes[3], genomes[0], 100, 13); /* near the reference: no mate */
    for (i = 0; i < FILES; i++) {
        char path[64];
        FILE *f;

        file_path(i, path, sizeof path);
        f = fopen(path, "w");
        if (!f)
            return -1;
        fputs(">c\n", f);
        for (j = 0; j < GENOME; j++)
            fputc("ACGT"[genomes[i][j]], f);
        fputc('\n', f);
        fclose(f);
    }
    return 0;
}

static int remove_files(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < FILES; i++) {
        char path[64];

        file_path(i, path, sizeof path);
        unlink(path);
    }
    return rmdir(folder);
}

static void index_reference(struct anchor_index *index)
{
    struct anchor *anchors = malloc(GENOME * sizeof *anchors);
    size_t count, i;

    assert_non_null(anchors);
    count = sampler_scan(genomes[0], GENOME, 0, anchors);
    for (i = 0; i < count; i++) {
        struct anchor_entry entry = {anchors[i].hash, anchors[i].position, anchors[i].reverse};

        assert_int_equal(anchor_index_insert(index, &entry), 0);
    }
    free(anchors);
}

static void test_mates_are_nearer_to_the_sample_than_to_references(void **state)
{
    struct lineage_inputs inputs = {NULL, FILES, open_file};
    struct anchor_index *index;
    unsigned mates;

    (void)state;
    assert_int_equal(anchor_index_create(&index, 1 << 18), 0);
    index_reference(index);
    assert_int_equal(lineage_count_mates(&inputs, 1, index, &mates), 0);
    assert_int_equal(mates, 1);
    assert_int_equal(lineage_count_mates(&inputs, 2, index, &mates), 0);
    assert_int_equal(mates, 0);
    inputs.count = FILES + 1; /* one that cannot be opened is no mate, and no error */
    assert_int_equal(lineage_count_mates(&inputs, 1, index, &mates), 0);
    assert_int_equal(mates, 1);
    anchor_index_free(index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distance_follows_from_lost_anchors),
        cmocka_unit_test(test_only_what_is_far_and_has_mates_pays),
        cmocka_unit_test(test_mates_are_nearer_to_the_sample_than_to_references),
    };

    return cmocka_run_group_tests(tests, make_files, remove_files);
}
