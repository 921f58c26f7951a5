/*
 * The writer is killed at every named fault point, early and late, twice in a row, and in its
 * successor's recovery: the archive comes out with the same bytes.
 *
 * This test links a copy of the modules in which the fault points are compiled in.
 */
#include "writer/publish.h"
#include "writer_run.h"

enum { SAMPLES = 7 };

static struct scene scene;
static struct bytes wanted;

static int begin(void **state)
{
    if (run_begin(state))
        return -1;
    scene_make(&scene, 2, SAMPLES, 1);
    wanted = make_archive(&scene, "undisturbed", 8, 4096);
    return 0;
}

static int end(void **state)
{
    bytes_free(&wanted);
    scene_free(&scene);
    return run_end(state);
}

/* One run in which up to `times` writers in a row get the fault; returns how many died of it. */
static int run_with_fault(const char *fault, int times, uint32_t slots, uint32_t slot_bytes)
{
    struct ring_set set;
    struct bytes got;
    int work_fd = work_open("faulty");
    int deaths = 0, status;
    pid_t players;

    unlinkat(work_fd, "archive", 0);
    unlinkat(work_fd, "writer.log", 0);
    rings_make(&set, 1 + scene.workers, slots, slot_bytes);
    players = players_start(&scene, &set);
    do {
        status = writer_run_faulty(&scene, &set, work_fd, (struct death){0}, 0, 0,
                                   deaths < times ? fault : NULL);
        deaths += was_killed(status);
    } while (was_killed(status));
    assert_int_equal(status, 0);
    players_end(players);
    got = archive_read(work_fd);
    assert_same(&got, &wanted);
    bytes_free(&got);
    close(work_fd);
    munmap(set.memory, set.bytes);
    return deaths;
}

/* Points that a run comes to at least `least` times, whatever the timing. */
static void same_after_a_death_at_each_point(void **state)
{
    static const struct {
        const char *name;
        int least;
    } points[] = {
        {"writer-settle", 20},
        {"writer-parts-written", 20},
        {"writer-logged", 20},
        {"writer-log-flushed", 20},
        {"writer-archive-synced", 6},
        {"writer-log-synced", 6},
        {"writer-batch", 2},
        {"writer-end", 1},
        {"writer-footer", 1},
        {"writer-end-synced", 1},
        {"inbox-message", 500},
        {"inbox-stashed", 1},
        {"log-appended", 20},
        {"log-flush", 20},
        {"log-flushed", 20},
        {"log-torn", 20},
        {"log-synced", 6},
        {"ring-taken", 500},
        {"ring-tail", 20},
        {"ring-released", 20},
    };

    (void)state;
    for (size_t i = 0; i < sizeof points / sizeof *points; i++)
        for (int count = 1; count <= points[i].least; count = count * 4 + 1)
            for (int times = 1; times <= 3; times += 2) {
                char fault[100];

                snprintf(fault, sizeof fault, "%s:%d", points[i].name, count);
                if (run_with_fault(fault, times, 2, 64) == 0)
                    fail_msg("nobody died at %s", fault);
            }
}

/* Points that a run may or may not come to. */
static void same_after_deaths_while_waiting(void **state)
{
    static const char *const points[] = {"ring-sleep:3", "ring-woken:2", "ring-bell:4",
                                         "ring-wake:1",  "log-cut:1",    "log-truncate:1"};

    (void)state;
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        run_with_fault(points[i], 3, 1, 64);
        run_with_fault(points[i], 3, 4, 512);
    }
}

/* ---- the archive gets its name */

static int publish_run(int work_fd, struct ring_set *set, const char *output, const char *fault)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        struct death never = {0};
        struct create_config config = config_for(&scene, set, work_fd);
        int whole;

        if (fault)
            setenv("AGC_FAULT", fault, 1);
        config.context = &never;
        _exit(create_archive(&config, &whole) || (whole && publish_archive(work_fd, output)));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void appears_once_and_whole(void **state)
{
    static const char *const points[] = {"writer-end-synced:1", "writer-publish:1",
                                         "writer-published:1"};

    (void)state;
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        char output[300];
        struct ring_set set;
        struct bytes got;
        int work_fd, out_fd;
        pid_t players;

        snprintf(output, sizeof output, "%s/out%zu", folder, i);
        assert_int_equal(mkdir(output, 0777), 0);
        out_fd = open(output, O_RDONLY | O_DIRECTORY);
        snprintf(output, sizeof output, "%s/out%zu/archive", folder, i);
        work_fd = work_open("publish");
        unlinkat(work_fd, "archive", 0);
        unlinkat(work_fd, "writer.log", 0);
        rings_make(&set, 1 + scene.workers, 2, 256);
        players = players_start(&scene, &set);
        assert_true(was_killed(publish_run(work_fd, &set, output, points[i])));
        assert_int_equal(access(output, F_OK), i < 2 ? -1 : 0);
        assert_int_equal(publish_run(work_fd, &set, output, NULL), 0);
        players_end(players);
        got = archive_read(out_fd);
        assert_same(&got, &wanted);
        assert_int_equal(faccessat(work_fd, "archive", F_OK, 0), -1);
        bytes_free(&got);
        close(work_fd);
        close(out_fd);
        munmap(set.memory, set.bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_after_a_death_at_each_point),
        cmocka_unit_test(same_after_deaths_while_waiting),
        cmocka_unit_test(appears_once_and_whole),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
