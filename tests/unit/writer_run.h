/*
 * Runs of the writer for tests: a folder, rings in shared memory, producers, a writer that may die.
 *
 * Producers are threads of a process of their own, the writer is another one, so that it can be
 * killed; the test plays the supervisor and wakes all waiters after each death.
 */
#ifndef TESTS_UNIT_WRITER_RUN_H
#define TESTS_UNIT_WRITER_RUN_H

#include "common/error.h"
#include "ipc/futex.h"
#include "writer/create.h"
#include "writer_scene.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[200];

static inline int run_begin(void **state)
{
    const char *tmp = getenv("TMPDIR");

    (void)state;
    snprintf(folder, sizeof folder, "%s/agc-create-XXXXXX", tmp ? tmp : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

static inline int run_end(void **state)
{
    char command[300];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

/* ---- one run */

struct ring_set {
    struct ring_shm *rings[SCENE_RINGS_MAX];
    void *memory;
    size_t bytes;
};

static struct ring_wait_ops ops = {.sleep = futex_sleep, .wake = futex_wake};

static inline void rings_make(struct ring_set *set, uint32_t count, uint32_t slots,
                              uint32_t slot_bytes)
{
    size_t each = (ring_shm_bytes(slots, slot_bytes) + 4095) / 4096 * 4096;

    set->bytes = count * each;
    set->memory = mmap(NULL, set->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(set->memory, MAP_FAILED);
    for (uint32_t i = 0; i < count; i++) {
        set->rings[i] = (struct ring_shm *)((char *)set->memory + i * each);
        assert_int_equal(ring_shm_init(set->rings[i], slots, slot_bytes, 0), 0);
    }
}

struct player {
    const struct scene *scene;
    struct ring_shm *shm;
    uint32_t ring;
};

static inline void *play(void *context)
{
    struct player *p = context;

    if (scene_play(p->scene, p->ring, p->shm, &ops)) {
        fprintf(stderr, "producer %u: %s\n", p->ring, error_text());
        _exit(1);
    }
    return NULL;
}

/* A process that plays all streams. */
static inline pid_t players_start(const struct scene *scene, struct ring_set *set)
{
    pid_t pid = fork();
    struct player players[SCENE_RINGS_MAX];
    pthread_t threads[SCENE_RINGS_MAX];

    if (pid)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (uint32_t i = 0; i <= scene->workers; i++) {
        players[i] = (struct player){scene, set->rings[i], i};
        if (pthread_create(&threads[i], NULL, play, &players[i]))
            _exit(1);
    }
    for (uint32_t i = 0; i <= scene->workers; i++)
        pthread_join(threads[i], NULL);
    _exit(0);
}

/* The same by one thread. */
static inline pid_t one_player_start(const struct scene *scene, struct ring_set *set)
{
    pid_t pid = fork();

    if (pid)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    _exit(scene_play_all(scene, set->rings, &ops) != 0);
}

static inline int work_open(const char *name)
{
    char path[300];
    int fd;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    mkdir(path, 0777);
    fd = open(path, O_RDONLY | O_DIRECTORY);
    assert_true(fd >= 0);
    return fd;
}

/* When the writer shall die: at the count-th call of one of its callbacks. */
struct death {
    int at_seq, at_progress, at_item;
};

static inline void count_down(int *left)
{
    if (*left > 0 && --*left == 0)
        raise(SIGKILL);
}

static inline void on_seq(void *context, uint64_t seq)
{
    (void)seq;
    count_down(&((struct death *)context)->at_seq);
}

static inline void on_progress(void *context, const struct create_progress *progress)
{
    (void)progress;
    count_down(&((struct death *)context)->at_progress);
}

static inline void on_item(void *context, const char *text, size_t length)
{
    (void)text;
    (void)length;
    count_down(&((struct death *)context)->at_item);
}

static inline struct create_config config_for(const struct scene *scene, struct ring_set *set,
                                              int work_fd)
{
    return (struct create_config){
        .k = SCENE_K,
        .min_match = SCENE_MIN_MATCH,
        .pack = SCENE_PACK,
        .segment_size = SCENE_SEGMENT,
        .worker_count = scene->workers,
        .rings = set->rings,
        .wait = &ops,
        .work_fd = work_fd,
        .sync_ms = -1,
        .progress = on_progress,
        .item = on_item,
        .seq = on_seq,
    };
}

/* A writer in a process of its own; die_after_us: killed from outside then, if > 0; fault: an
 * AGC_FAULT of its own, or NULL. Returns what waitpid() says. */
static inline int writer_run_faulty(const struct scene *scene, struct ring_set *set, int work_fd,
                                    struct death death, int sync_ms, unsigned die_after_us,
                                    const char *fault)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        struct create_config config = config_for(scene, set, work_fd);
        int whole;

        if (fault)
            setenv("AGC_FAULT", fault, 1);
        config.context = &death;
        config.sync_ms = sync_ms;
        if (create_archive(&config, &whole) == 0 && whole)
            _exit(0);
        fprintf(stderr, "writer: %s\n", error_text());
        _exit(1);
    }
    if (die_after_us) {
        usleep(die_after_us);
        kill(pid, SIGKILL);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    for (uint32_t i = 0; i <= scene->workers; i++)
        ring_wake_all(set->rings[i], &ops);
    return status;
}

static inline int writer_run(const struct scene *scene, struct ring_set *set, int work_fd,
                             struct death death, int sync_ms, unsigned die_after_us)
{
    return writer_run_faulty(scene, set, work_fd, death, sync_ms, die_after_us, NULL);
}

static inline int was_killed(int status)
{
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static inline void players_end(pid_t pid)
{
    int status;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static inline struct bytes archive_read(int work_fd)
{
    struct bytes all = {0};
    struct stat info;
    int fd = openat(work_fd, "archive", O_RDONLY);

    assert_true(fd >= 0 && fstat(fd, &info) == 0);
    assert_int_equal(bytes_reserve(&all, (size_t)info.st_size + 1), 0);
    all.length = (size_t)read(fd, all.data, (size_t)info.st_size);
    assert_int_equal(all.length, info.st_size);
    close(fd);
    return all;
}

/* One run without a death. */
static inline struct bytes make_archive(const struct scene *scene, const char *name, uint32_t slots,
                                        uint32_t slot_bytes)
{
    struct ring_set set;
    struct bytes archive;
    int work_fd = work_open(name);
    pid_t players;

    unlinkat(work_fd, "archive", 0);
    unlinkat(work_fd, "writer.log", 0);
    rings_make(&set, 1 + scene->workers, slots, slot_bytes);
    players = players_start(scene, &set);
    assert_int_equal(writer_run(scene, &set, work_fd, (struct death){0}, -1, 0), 0);
    players_end(players);
    archive = archive_read(work_fd);
    close(work_fd);
    munmap(set.memory, set.bytes);
    return archive;
}

static inline void assert_same(const struct bytes *a, const struct bytes *b)
{
    assert_int_equal(a->length, b->length);
    assert_memory_equal(a->data, b->data, a->length);
}

#endif
