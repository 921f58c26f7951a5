/*
 * The reader's log: at every start that may be chosen the tables come back as they stood, and what
 * is made from there on, log included, is what a run without a break makes.
 *
 * A run is the reader's without its processes: samples cut by the segmenter, anchors noted and
 * settled as create.c does. The places of streams are made up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define demand(truth) assert_true(truth)
#include "segmenter_scene.h"

#include "common/error.h"
#include "reader/checkpoint.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SAMPLES = 5, PLACES = 3, INDEX_SLOTS = 1 << 12, LENGTH = 40000, LOG_MAX = 1 << 20 };

/* What the tables held at the start of each sample, and where its frame ended. */
struct snapshot {
    uint64_t table_hash, segment_hash;
    struct checkpoint_start start;
    off_t log_bytes;
};

struct fixture {
    char path[128];
    int fd;
    struct snapshot at[SAMPLES + 1];
    uint8_t *log; /* of the whole run */
    size_t log_length;
};

static uint64_t places_any[PLACES] = {UINT64_MAX, UINT64_MAX, UINT64_MAX};

/* ---- a run */

static void make_sample(struct sequence *out, unsigned sample)
{
    struct sequence base = {0}, copy;
    uint64_t seed = 42;

    sequence_add_random(&base, LENGTH, &seed);
    seed = 100 + sample;
    copy = sequence_mutate(base.codes, base.length, 100, sample ? 4000 : 0, &seed);
    *out = copy;
    sequence_add_random(out, 20000, &seed);
    sequence_free(&base);
}

/* Over everything in the tables; of the index, what is found for every anchor of all samples. */
static uint64_t hash_tables(const struct segmenter_tables *t)
{
    static struct anchor anchors[4 * LENGTH];
    uint64_t h = t->group_count, i;
    const struct message_pair *pairs;
    const uint64_t *kmers;
    unsigned sample;
    size_t count;

    for (i = 0; i < path_count(t->path); i++) {
        const struct interval *v = path_interval(t->path, i);
        uint64_t words[4] = {v->start, v->length, v->group, v->reversed};

        h = XXH3_64bits_withSeed(words, sizeof words, h);
    }
    kmers = splitters_kmers(t->splitters, &count);
    h = XXH3_64bits_withSeed(kmers ? (const void *)kmers : "", count * sizeof *kmers, h + 1);
    pairs = splitters_pairs(t->splitters, &count);
    h = XXH3_64bits_withSeed(pairs ? (const void *)pairs : "", count * sizeof *pairs, h + 2);
    h += anchor_index_level(t->index) * 1000003 + anchor_index_count(t->index);
    for (sample = 0; sample < SAMPLES; sample++) {
        struct sequence s;

        make_sample(&s, sample);
        assert_true(s.length <= sizeof anchors / sizeof anchors[0]);
        count = sampler_scan(s.codes, s.length, 0, anchors);
        for (i = 0; i < count; i++) {
            struct anchor_place place = {UINT64_MAX, 0};
            int found = anchor_index_find(t->index, anchors[i].hash, &place);
            uint64_t words[2] = {place.coordinate, (uint64_t)(found << 1 | place.reverse)};

            h = XXH3_64bits_withSeed(words, sizeof words, h);
        }
        sequence_free(&s);
    }
    return h;
}

static struct checkpoint_start make_start(const struct scene *scene, unsigned sample)
{
    struct checkpoint_start start = {
        .sample = sample,
        .record = sample * 2,
        .name_hash = sample ? 1000 + 2 * sample + 1 : 0,
        .seq = 1 + sample * 1000,
        .lower_case = sample * 3,
        .replaced = sample * 5,
        .input_bytes = sample * 70000,
        .symbols = sample * 60000,
        .index_slots = INDEX_SLOTS,
        .group_count = scene->tables.group_count,
        .place_count = PLACES,
    };
    uint32_t i;

    for (i = 0; i < PLACES; i++)
        start.places[i] = (struct stream_place){(sample + 1) * 1000 + i, sample * 77 + i};
    return start;
}

static void settle(struct scene *scene, struct checkpoint *c)
{
    size_t count;
    const struct anchor_entry *entries = segmenter_new_anchors(scene->segmenter, &count);

    assert_int_equal(checkpoint_anchors(c, entries, count), 0);
    assert_int_equal(segmenter_settle(scene->segmenter), 0);
}

static void run_sample(struct scene *scene, struct checkpoint *c, unsigned sample)
{
    struct sequence s;

    make_sample(&s, sample);
    if (sample == 0)
        unique_kmers_free(scene_first_sample(scene, &s, 0, 1));
    scene_contig(scene, s.codes, s.length, 64 * 1024);
    settle(scene, c);
    sequence_free(&s);
}

static off_t log_bytes(const struct fixture *f)
{
    struct stat st;

    assert_int_equal(fstatat(f->fd, "reader.log", &st, 0), 0);
    return st.st_size;
}

/* Goes on from the start of a sample to the end; snapshots are taken, or compared with. */
static void run_from(struct fixture *f, struct scene *scene, struct checkpoint *c, unsigned from,
                     int compare)
{
    unsigned sample;

    for (sample = from; sample <= SAMPLES; sample++) {
        struct checkpoint_start start = make_start(scene, sample);
        struct snapshot now = {.start = start};

        /* The start that was gone back to stands in the log already, but that is the reader's way.
         */
        if (!compare || sample > from)
            assert_int_equal(checkpoint_start(c, &scene->tables, &start), 0);
        assert_int_equal(checkpoint_sync(c), 0);
        now.table_hash = hash_tables(&scene->tables);
        now.log_bytes = log_bytes(f);
        if (compare) {
            assert_true(now.table_hash == f->at[sample].table_hash);
            assert_true(sample == from || now.log_bytes == f->at[sample].log_bytes);
        } else {
            f->at[sample] = now;
        }
        if (sample % 2 == 1 && (!compare || sample > from))
            assert_int_equal(checkpoint_mates(c, 70 + sample), 0);
        if (sample < SAMPLES)
            run_sample(scene, c, sample);
    }
}

/* ---- files */

static void put_log(struct fixture *f, size_t length)
{
    int fd = openat(f->fd, "reader.log", O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, f->log, length), length);
    close(fd);
}

static size_t get_log(const struct fixture *f, uint8_t *out)
{
    int fd = openat(f->fd, "reader.log", O_RDONLY);
    ssize_t got = read(fd, out, LOG_MAX);

    close(fd);
    assert_in_range(got, 1, LOG_MAX - 1);
    return (size_t)got;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    const char *tmp = getenv("TMPDIR");
    struct checkpoint *c;
    struct checkpoint_start start;
    struct scene scene;
    int have;

    snprintf(f->path, sizeof f->path, "%s/agc-checkpoint-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(f->path))
        return -1;
    f->fd = open(f->path, O_RDONLY | O_DIRECTORY);
    f->log = malloc(LOG_MAX);
    scene_begin(&scene, 21, 3000, INDEX_SLOTS);
    assert_int_equal(checkpoint_open(&c, f->fd, PLACES, places_any, &start, &have), 0);
    assert_int_equal(have, 0);
    run_from(f, &scene, c, 0, 0);
    assert_true(anchor_index_level(scene.tables.index) >= 1);
    checkpoint_close(c);
    f->log_length = get_log(f, f->log);
    scene_end(&scene);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    unlinkat(f->fd, "reader.log", 0);
    close(f->fd);
    rmdir(f->path);
    free(f->log);
    free(f);
    return 0;
}

/* ---- going on */

static void check_start(const struct fixture *f, const struct checkpoint_start *start)
{
    size_t bytes = offsetof(struct checkpoint_start, places) + PLACES * sizeof start->places[0];

    assert_true(start->sample <= SAMPLES);
    assert_memory_equal(start, &f->at[start->sample].start, bytes);
}

/* Names of the samples before the one gone back to are known, its own and later ones are not. */
static void check_names(struct name_set *names, unsigned sample)
{
    unsigned i;

    for (i = 1; i <= SAMPLES; i++) {
        int known = -1;

        assert_int_equal(name_set_add_hash(names, 1000 + 2 * i + 1, &known), 0);
        assert_int_equal(known, i < sample);
    }
}

/* Opens with receivers that know up to `known`; restores and compares. -1: nothing to go on from.
 */
static int open_and_restore(struct fixture *f, const uint64_t *known, struct scene *scene,
                            struct checkpoint **c)
{
    struct checkpoint_start start;
    struct name_set names = {0};
    int have;

    scene_begin(scene, 21, 3000, INDEX_SLOTS);
    assert_int_equal(checkpoint_open(c, f->fd, PLACES, known, &start, &have), 0);
    if (!have)
        return -1;
    assert_int_equal(checkpoint_restore(*c, &scene->tables, &names), 0);
    check_start(f, &start);
    check_names(&names, (unsigned)start.sample);
    name_set_free(&names);
    scene->groups_seen = scene->tables.group_count;
    scene->keep = 1;
    assert_true(hash_tables(&scene->tables) == f->at[start.sample].table_hash);
    return (int)start.sample;
}

/* References from before the break are not at hand. */
static void forget_references(struct scene *scene)
{
    if (scene->groups_seen == 16)
        return;
    scene->references = calloc(scene->groups_seen - 16, sizeof *scene->references);
    assert_non_null(scene->references);
}

/* Counted in odd samples: what was decided by them is decided again, in the next restart too. */
static void check_mates(const struct checkpoint *c, unsigned sample)
{
    unsigned mates = 0;

    assert_int_equal(checkpoint_known_mates(c, &mates), sample % 2);
    assert_int_equal(mates, sample % 2 ? 70 + sample : 0);
}

static void test_every_start_can_be_gone_on_from(void **state)
{
    static uint8_t again[LOG_MAX];
    struct fixture *f = *state;
    unsigned sample;

    for (sample = 0; sample <= SAMPLES; sample++) {
        uint64_t known[PLACES] = {UINT64_MAX, (sample + 1) * 1000 + 1, UINT64_MAX};
        struct checkpoint *c;
        struct scene scene;

        put_log(f, f->log_length);
        assert_int_equal(open_and_restore(f, known, &scene, &c), sample);
        check_mates(c, sample);
        forget_references(&scene);
        run_from(f, &scene, c, sample, 1);
        checkpoint_close(c);
        scene_end(&scene);
        assert_int_equal(get_log(f, again), f->log_length);
        assert_memory_equal(again, f->log, f->log_length);
    }
}

/* No start may lie beyond what any one receiver knows. */
static void test_least_receiver_decides(void **state)
{
    struct fixture *f = *state;
    uint32_t i;

    for (i = 0; i < PLACES; i++) {
        uint64_t known[PLACES] = {9000, 9000, 9000};
        struct checkpoint *c;
        struct scene scene;

        known[i] = 3 * 1000 + i - 1; /* one byte short of the start of sample 2 */
        put_log(f, f->log_length);
        assert_int_equal(open_and_restore(f, known, &scene, &c), 1);
        checkpoint_close(c);
        scene_end(&scene);
        /* The choice stands: the rest of the log is gone, but for the mates of that sample. */
        assert_in_range(log_bytes(f), f->at[1].log_bytes, f->at[1].log_bytes + 64);
        assert_int_equal(open_and_restore(f, places_any, &scene, &c), 1);
        check_mates(c, 1);
        checkpoint_close(c);
        scene_end(&scene);
    }
}

static void test_nothing_known_begins_anew(void **state)
{
    static uint8_t again[LOG_MAX];
    struct fixture *f = *state;
    uint64_t known[PLACES] = {0, 0, 0};
    struct checkpoint *c;
    struct scene scene;

    put_log(f, f->log_length);
    assert_int_equal(open_and_restore(f, known, &scene, &c), -1);
    run_from(f, &scene, c, 0, 0);
    checkpoint_close(c);
    scene_end(&scene);
    assert_int_equal(get_log(f, again), f->log_length);
    assert_memory_equal(again, f->log, f->log_length);
}

static int last_start_within(const struct fixture *f, size_t length)
{
    int sample = SAMPLES;

    while (sample >= 0 && f->at[sample].log_bytes > (off_t)length)
        sample--;
    return sample;
}

static void check_prefix(struct fixture *f, size_t length)
{
    struct checkpoint *c;
    struct scene scene;

    put_log(f, length);
    assert_int_equal(open_and_restore(f, places_any, &scene, &c), last_start_within(f, length));
    checkpoint_close(c);
    scene_end(&scene);
}

/* Any prefix of the log is a place to go on: the last start that is whole in it. */
static void test_any_prefix_is_a_place_to_go_on(void **state)
{
    struct fixture *f = *state;
    uint64_t seed = 1;
    unsigned i;

    for (i = 0; i <= SAMPLES; i++) {
        check_prefix(f, (size_t)f->at[i].log_bytes - 1);
        check_prefix(f, (size_t)f->at[i].log_bytes);
    }
    for (i = 0; i < 40; i++)
        check_prefix(f, random_below(&seed, f->log_length));
}

/* A scribble is where the log ends. */
static void test_damage_ends_the_log(void **state)
{
    struct fixture *f = *state;
    size_t at = (size_t)(f->at[2].log_bytes + f->at[3].log_bytes) / 2;
    struct checkpoint *c;
    struct scene scene;

    f->log[at] ^= 4;
    put_log(f, f->log_length);
    f->log[at] ^= 4;
    assert_int_equal(open_and_restore(f, places_any, &scene, &c), 2);
    checkpoint_close(c);
    scene_end(&scene);
}

static void test_other_number_of_workers_is_refused(void **state)
{
    struct fixture *f = *state;
    uint64_t known[PLACES + 1] = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
    struct checkpoint_start start;
    struct checkpoint *c;
    int have;

    put_log(f, f->log_length);
    assert_int_equal(checkpoint_open(&c, f->fd, PLACES + 1, known, &start, &have), ERROR_SHARED);
    assert_int_equal(checkpoint_open(&c, f->fd, PLACES - 1, known, &start, &have), ERROR_SHARED);
    /* It was not touched. */
    assert_int_equal(log_bytes(f), f->log_length);
    checkpoint_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_start_can_be_gone_on_from),
        cmocka_unit_test(test_least_receiver_decides),
        cmocka_unit_test(test_nothing_known_begins_anew),
        cmocka_unit_test(test_any_prefix_is_a_place_to_go_on),
        cmocka_unit_test(test_damage_ends_the_log),
        cmocka_unit_test(test_other_number_of_workers_is_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
