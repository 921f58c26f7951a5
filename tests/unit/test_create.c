/*
 * From streams of messages to an archive: the same bytes for any number of workers and any ring,
 * the right content by the oracle's word, and the same bytes after any death.
 */
#include "writer_run.h"

enum { SAMPLES = 11 };

/* ---- the oracle */

static const char *oracle_path(void)
{
    static char path[400];
    const char *shared = getenv("AGC_SHARED");

    snprintf(path, sizeof path, "%s/conformance/agc_oracle.py", shared ? shared : "../shared");
    if (access(path, R_OK) == 0)
        return path;
    print_message("skipped: %s is not there\n", path);
    assert_null(getenv("CI"));
    return NULL;
}

static void file_save(const char *name, const struct bytes *data)
{
    char path[300];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data->data, 1, data->length, f), data->length);
    assert_int_equal(fclose(f), 0);
}

static void oracle_check(const char *archive, const struct scene *scene)
{
    const char *oracle = oracle_path();
    char command[2000];

    if (!oracle)
        return;
    snprintf(command, sizeof command, "python3 '%s' check '%s/%s/archive' >'%s/said'", oracle,
             folder, archive, folder);
    assert_int_equal(system(command), 0);
    file_save("wanted.fa", &scene->fasta);
    snprintf(command, sizeof command,
             "python3 '%s' fasta '%s/%s/archive' >'%s/got.fa' && cmp '%s/got.fa' '%s/wanted.fa'",
             oracle, folder, archive, folder, folder, folder);
    assert_int_equal(system(command), 0);
}

/* ---- tests */

static struct scene scene;

static void archive_is_sound(void **state)
{
    static const uint32_t counts[] = {1, 3, 4, 7};

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct bytes archive;
        char name[20];

        scene_make(&scene, 2, counts[i], 5);
        snprintf(name, sizeof name, "sound%zu", i);
        archive = make_archive(&scene, name, 8, 4096);
        oracle_check(name, &scene);
        bytes_free(&archive);
        scene_free(&scene);
    }
}

static void same_for_any_workers_and_rings(void **state)
{
    static const struct {
        uint32_t workers, slots, slot_bytes;
    } cases[] = {{1, 64, 65536}, {2, 1, 64}, {3, 2, 8}, {7, 4, 512}, {7, 1, 65536}};
    struct bytes first = {0};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bytes archive;
        char name[20];

        scene_make(&scene, cases[i].workers, SAMPLES, 1);
        snprintf(name, sizeof name, "same%zu", i);
        archive = make_archive(&scene, name, cases[i].slots, cases[i].slot_bytes);
        if (i == 0) {
            first = archive;
            oracle_check(name, &scene);
        } else {
            assert_same(&archive, &first);
            bytes_free(&archive);
        }
        scene_free(&scene);
    }
    bytes_free(&first);
}

/* Runs writers until one comes through; the death comes later each time. */
static void run_with_deaths(const char *name, uint32_t slots, uint32_t slot_bytes,
                            struct death step, int sync_ms, int microseconds)
{
    struct bytes wanted = make_archive(&scene, "undisturbed", 8, 4096), got;
    struct ring_set set;
    int work_fd = work_open(name);
    int status = 0, deaths = 0;
    pid_t players;

    rings_make(&set, 1 + scene.workers, slots, slot_bytes);
    players = players_start(&scene, &set);
    do {
        /* A little later each time, so that a slow machine comes through too. */
        unsigned after = microseconds ? 200 + 20 * (unsigned)deaths +
                                            scene_random(&scene, (uint32_t)microseconds)
                                      : 0;

        status = writer_run(&scene, &set, work_fd, step, sync_ms, after);
        deaths += was_killed(status);
    } while (was_killed(status) && deaths < 2000);
    assert_int_equal(status, 0);
    assert_true(deaths > 0);
    players_end(players);
    got = archive_read(work_fd);
    assert_same(&got, &wanted);
    bytes_free(&got);
    bytes_free(&wanted);
    close(work_fd);
    munmap(set.memory, set.bytes);
}

static void same_after_deaths_at_segments(void **state)
{
    (void)state;
    scene_make(&scene, 2, SAMPLES, 1);
    run_with_deaths("seq", 4, 256, (struct death){.at_seq = 37}, -1, 0);
    scene_free(&scene);
}

static void same_after_deaths_at_settling(void **state)
{
    (void)state;
    scene_make(&scene, 3, SAMPLES, 1);
    run_with_deaths("progress", 1, 64, (struct death){.at_progress = 4}, 0, 0);
    scene_free(&scene);
}

static void same_after_deaths_at_contigs(void **state)
{
    (void)state;
    scene_make(&scene, 2, SAMPLES, 1);
    run_with_deaths("item", 2, 64, (struct death){.at_item = 9}, 0, 0);
    scene_free(&scene);
}

static void same_after_random_deaths(void **state)
{
    (void)state;
    scene_make(&scene, 3, 3 * SAMPLES, 1);
    run_with_deaths("random", 2, 128, (struct death){0}, 0, 15000);
    scene_free(&scene);
}

static void cut_file(int work_fd, const char *name, int zeros)
{
    int fd = openat(work_fd, name, O_RDWR);
    struct stat info;
    off_t cut;

    if (fd < 0)
        return;
    assert_int_equal(fstat(fd, &info), 0);
    cut = info.st_size ? (off_t)scene_random(&scene, (uint32_t)info.st_size) : 0;
    assert_int_equal(ftruncate(fd, cut), 0);
    if (zeros)
        assert_int_equal(ftruncate(fd, info.st_size), 0);
    close(fd);
}

/* Everything stops, files lose their ends; then all streams are made again from their beginning. */
static void lose_power(const char *name, pid_t (*start)(const struct scene *, struct ring_set *))
{
    struct bytes wanted, got;
    int work_fd = work_open(name);
    int status, losses = 0;

    scene_make(&scene, 2, SAMPLES, 1);
    wanted = make_archive(&scene, "undisturbed", 8, 4096);
    do {
        struct death death = {.at_seq = 40 + (int)scene_random(&scene, 500)};
        struct ring_set set;
        pid_t players;

        rings_make(&set, 1 + scene.workers, 2, 256);
        players = start(&scene, &set);
        if (++losses > 60)
            death.at_seq = 0;
        status = writer_run(&scene, &set, work_fd, death, -1, 0);
        if (status) {
            assert_true(was_killed(status));
            kill(players, SIGKILL);
            waitpid(players, NULL, 0);
            if (losses % 3)
                cut_file(work_fd, "archive", losses % 2);
            if (losses % 3 != 1)
                cut_file(work_fd, "writer.log", losses % 2);
        } else {
            players_end(players);
        }
        munmap(set.memory, set.bytes);
    } while (status);
    got = archive_read(work_fd);
    assert_same(&got, &wanted);
    bytes_free(&got);
    bytes_free(&wanted);
    close(work_fd);
    scene_free(&scene);
}

static void same_after_losses_of_power(void **state)
{
    (void)state;
    lose_power("power", players_start);
}

/* ... and where producers wait for one another. */
static void same_after_losses_in_lockstep(void **state)
{
    (void)state;
    lose_power("lockstep", one_player_start);
}

/* A successor of a writer that died after its last word. */
static void finished_is_finished(void **state)
{
    struct bytes wanted, got;
    int work_fd;

    (void)state;
    scene_make(&scene, 2, 4, 1);
    wanted = make_archive(&scene, "finished", 8, 4096);
    work_fd = work_open("finished");
    for (int published = 0; published < 2; published++) {
        struct death never = {0};
        struct create_config config;
        struct ring_set set;
        pid_t players;
        int whole;

        if (published)
            assert_int_equal(unlinkat(work_fd, "archive", 0), 0);
        rings_make(&set, 3, 2, 256);
        players = one_player_start(&scene, &set);
        config = config_for(&scene, &set, work_fd);
        config.context = &never;
        assert_int_equal(create_archive(&config, &whole), 0);
        assert_int_equal(whole, !published);
        players_end(players);
        munmap(set.memory, set.bytes);
        if (!published) {
            got = archive_read(work_fd);
            assert_same(&got, &wanted);
            bytes_free(&got);
        }
    }
    bytes_free(&wanted);
    close(work_fd);
    scene_free(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(archive_is_sound),
        cmocka_unit_test(same_for_any_workers_and_rings),
        cmocka_unit_test(same_after_deaths_at_segments),
        cmocka_unit_test(same_after_deaths_at_settling),
        cmocka_unit_test(same_after_deaths_at_contigs),
        cmocka_unit_test(same_after_random_deaths),
        cmocka_unit_test(same_after_losses_of_power),
        cmocka_unit_test(same_after_losses_in_lockstep),
        cmocka_unit_test(finished_is_finished),
    };

    return cmocka_run_group_tests(tests, run_begin, run_end);
}
