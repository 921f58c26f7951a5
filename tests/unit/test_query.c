/*
 * The writer in a query: letters from workers into lines, files and directories.
 *
 * What is expected is made here letter by letter. Rings lie in memory; producers are threads.
 */
#include "writer/query.h"

#include "common/error.h"
#include "ipc/futex.h"
#include "writer_scene.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { WORKERS = 3 };

static char folder[200];
static struct scene scene; /* its streams alone are used */
static struct ring_wait_ops ops = {.sleep = futex_sleep, .wake = futex_wake};
static atomic_int stopping;

static int check(void *context)
{
    (void)context;
    return atomic_load(&stopping) ? error_set(ERROR_STOPPED, "stopped") : 0;
}

static int begin(void **state)
{
    const char *tmp = getenv("TMPDIR");

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    ops.check = check;
    snprintf(folder, sizeof folder, "%s/agc-query-XXXXXX", tmp ? tmp : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

static int end(void **state)
{
    char command[300];

    (void)state;
    scene_free(&scene);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static const char *path_of(const char *name)
{
    static char path[400];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* ---- what the reader and the workers say */

static void scene_begin(void)
{
    scene_free(&scene);
    memset(&scene, 0, sizeof scene);
    scene.workers = WORKERS;
}

static void say_sample(const char *name)
{
    scene_message(&scene, 0, MESSAGE_SAMPLE, scene.seq + 1, name, strlen(name));
}

static void say_contig(const char *name)
{
    scene_message(&scene, 0, MESSAGE_CONTIG, scene.seq + 1, name, strlen(name));
}

/* count letters, in pieces of `piece`; *next numbers the letters. */
static void say_letters(uint32_t group, uint32_t count, uint32_t piece, uint64_t *next)
{
    struct message_spine spine = {group, count, 0, 0};
    uint8_t letters[1000];

    scene.seq++;
    scene_message(&scene, 0, MESSAGE_SPINE, scene.seq, &spine, sizeof spine);
    do {
        uint32_t n = count < piece ? count : piece;

        for (uint32_t i = 0; i < n; i++)
            letters[i] = (uint8_t)("ACGTN"[(*next)++ * 7 % 5]);
        scene_message(&scene, 1 + group % WORKERS, MESSAGE_BASES, scene.seq, letters, n);
        count -= n;
    } while (count);
}

static void say_end(void)
{
    struct message_end ended = {0, 0, scene.seq};

    for (uint32_t i = 0; i <= WORKERS; i++)
        scene_message(&scene, i, MESSAGE_END, 0, &ended, sizeof ended);
}

/* The letters say_letters() made, in lines. */
static void want_letters(struct bytes *text, uint64_t count, uint64_t line, uint64_t first)
{
    for (uint64_t i = 0; i < count; i++) {
        assert_int_equal(bytes_append_byte(text, (uint8_t)("ACGTN"[(first + i) * 7 % 5])), 0);
        if ((line && (i + 1) % line == 0) || i + 1 == count)
            assert_int_equal(bytes_append_byte(text, '\n'), 0);
    }
}

static void want(struct bytes *text, const char *words)
{
    assert_int_equal(bytes_append(text, words, strlen(words)), 0);
}

/* ---- running */

struct player {
    struct ring_shm *shm;
    uint32_t ring;
};

static void *play(void *context)
{
    struct player *p = context;

    scene_play(&scene, p->ring, p->shm, &ops);
    return NULL;
}

static int answer(struct destination *destination)
{
    struct ring_shm *rings[1 + WORKERS];
    struct player players[1 + WORKERS];
    pthread_t threads[1 + WORKERS];
    struct query_config config = {.worker_count = WORKERS, .rings = rings, .wait = &ops};
    size_t bytes = (ring_shm_bytes(2, 256) + 127) / 128 * 128;
    int code;

    atomic_store(&stopping, 0);
    for (uint32_t i = 0; i <= WORKERS; i++) {
        rings[i] = aligned_alloc(128, bytes);
        assert_non_null(rings[i]);
        assert_int_equal(ring_shm_init(rings[i], 2, 256, 0), 0);
        players[i] = (struct player){rings[i], i};
        assert_int_equal(pthread_create(&threads[i], NULL, play, &players[i]), 0);
    }
    code = query_answer(&config, destination);
    atomic_store(&stopping, 1);
    for (uint32_t i = 0; i <= WORKERS; i++) {
        pthread_join(threads[i], NULL);
        free(rings[i]);
    }
    return code;
}

static int answer_into(enum destination_kind kind, const char *path, uint64_t line, unsigned level)
{
    struct destination *destination = NULL;
    int code = destination_open(&destination, kind, path, line, level);

    if (!code)
        code = answer(destination);
    destination_free(destination);
    return code;
}

static struct bytes file_read(const char *path)
{
    struct bytes all = {0};
    struct stat info;
    int fd = open(path, O_RDONLY);

    assert_true(fd >= 0 && fstat(fd, &info) == 0);
    assert_int_equal(bytes_reserve(&all, (size_t)info.st_size + 1), 0);
    all.length = (size_t)read(fd, all.data, (size_t)info.st_size);
    close(fd);
    return all;
}

static void assert_file(const char *path, const struct bytes *wanted)
{
    struct bytes got = file_read(path);

    assert_int_equal(got.length, wanted->length);
    assert_memory_equal(got.data, wanted->data, got.length);
    bytes_free(&got);
}

/* ---- tests */

static void lines_break_everywhere(void **state)
{
    static const uint64_t lines[] = {1, 2, 7, 80, 0};
    static const uint32_t pieces[] = {1, 6, 7, 8, 100, 1000};
    char path[400];

    (void)state;
    snprintf(path, sizeof path, "%s", path_of("lines.fa"));
    for (size_t l = 0; l < sizeof lines / sizeof *lines; l++)
        for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
            struct bytes wanted = {0};
            uint64_t next = 0;

            scene_begin();
            say_sample("one");
            for (uint32_t count = 0; count < 40; count++) {
                say_contig("c");
                want(&wanted, ">c\n");
                want_letters(&wanted, count, lines[l], next);
                say_letters(count, count / 2, pieces[p], &next);
                say_letters(count * 3 + 1, count - count / 2, pieces[p], &next);
            }
            say_contig("long");
            want(&wanted, ">long\n");
            want_letters(&wanted, 70000, lines[l], next);
            say_letters(5, 69000, 1000, &next);
            say_letters(6, 1000, pieces[p], &next);
            say_end();
            assert_int_equal(answer_into(DESTINATION_FILE, path, lines[l], 0), 0);
            assert_file(path, &wanted);
            bytes_free(&wanted);
        }
}

static void contig_without_letters_is_a_header(void **state)
{
    struct bytes wanted = {0};
    uint64_t next = 0;
    char path[400];

    (void)state;
    snprintf(path, sizeof path, "%s", path_of("empty.fa"));
    scene_begin();
    say_sample("one");
    say_contig("a b");
    say_contig("c");
    say_letters(3, 80, 40, &next);
    say_contig("d");
    say_letters(3, 0, 40, &next);
    say_sample("two");
    say_contig("");
    say_end();
    want(&wanted, ">a b\n>c\n");
    want_letters(&wanted, 80, 80, 0);
    want(&wanted, ">d\n>\n");
    assert_int_equal(answer_into(DESTINATION_FILE, path, 80, 0), 0);
    assert_file(path, &wanted);
    bytes_free(&wanted);
}

static void two_samples(struct bytes *first, struct bytes *second)
{
    uint64_t next = 0;

    scene_begin();
    say_sample("one");
    say_contig("c");
    say_letters(3, 100000, 700, &next);
    say_sample("two.x");
    say_contig("d");
    say_letters(4, 100, 30, &next);
    say_end();
    want(first, ">c\n");
    want_letters(first, 100000, 60, 0);
    want(second, ">d\n");
    want_letters(second, 100, 60, 100000);
}

static void directory_gets_a_file_per_sample(void **state)
{
    struct bytes first = {0}, second = {0};
    char path[400];

    (void)state;
    two_samples(&first, &second);
    snprintf(path, sizeof path, "%s", path_of("dir"));
    assert_int_equal(answer_into(DESTINATION_DIRECTORY, path, 60, 0), 0);
    assert_file(path_of("dir/one.fa"), &first);
    assert_file(path_of("dir/two.x.fa"), &second);
    /* again, over what is there */
    assert_int_equal(answer_into(DESTINATION_DIRECTORY, path, 60, 0), 0);
    assert_file(path_of("dir/one.fa"), &first);
    snprintf(path, sizeof path, "test $(ls -A '%s/dir' | wc -l) = 2", folder);
    assert_int_equal(system(path), 0);
    bytes_free(&first);
    bytes_free(&second);
}

static void gzip_level_gives_bgzf(void **state)
{
    struct bytes first = {0}, second = {0};
    char path[400], command[1200];

    (void)state;
    two_samples(&first, &second);
    snprintf(path, sizeof path, "%s", path_of("packed"));
    for (unsigned level = 1; level <= 9; level += 4) {
        struct bytes packed;

        assert_int_equal(answer_into(DESTINATION_DIRECTORY, path, 60, level), 0);
        packed = file_read(path_of("packed/one.fa.gz"));
        assert_true(packed.length > 28 && packed.length < first.length);
        assert_memory_equal(packed.data + 12, "BC\2\0", 4);
        bytes_free(&packed);
        snprintf(command, sizeof command,
                 "for f in one two.x; do gzip -dc '%s/'$f.fa.gz >'%s/'$f.fa || exit 1; done", path,
                 path);
        assert_int_equal(system(command), 0);
        assert_file(path_of("packed/one.fa"), &first);
        assert_file(path_of("packed/two.x.fa"), &second);
    }
    bytes_free(&first);
    bytes_free(&second);
}

static void unsafe_sample_names_are_refused(void **state)
{
    static const char *const names[] = {"a/b", "..", ".", "/etc/x"};
    char path[400];

    (void)state;
    snprintf(path, sizeof path, "%s", path_of("unsafe"));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        scene_begin();
        say_sample(names[i]);
        say_end();
        assert_int_equal(answer_into(DESTINATION_DIRECTORY, path, 60, 0), ERROR_INPUT);
    }
    snprintf(path, sizeof path, "test -z \"$(ls -A '%s/unsafe')\"", folder);
    assert_int_equal(system(path), 0);
}

static int run_bad(uint32_t ring, uint32_t kind, uint64_t seq, const void *payload, size_t length)
{
    char path[400];
    struct message_spine spine = {1, 10, 0, 0};

    snprintf(path, sizeof path, "%s", path_of("bad.fa"));
    scene_begin();
    if (ring) { /* in place of the letters of segment 1 */
        say_sample("one");
        say_contig("c");
        scene_message(&scene, 0, MESSAGE_SPINE, 1, &spine, sizeof spine);
        ring = 2;
    }
    scene_message(&scene, ring, kind, seq, payload, length);
    return answer_into(DESTINATION_FILE, path, 80, 0);
}

/* ... and the file does not appear. */
static void out_of_order_is_refused(void **state)
{
    struct message_spine spine = {1, 10, 0, 0};

    (void)state;
    assert_int_equal(run_bad(0, MESSAGE_CONTIG, 1, "c", 1), ERROR_SHARED);
    assert_int_equal(run_bad(0, MESSAGE_SPINE, 1, &spine, sizeof spine), ERROR_SHARED);
    assert_int_equal(run_bad(0, MESSAGE_BASES, 1, "ACGT", 4), ERROR_SHARED);
    assert_int_equal(run_bad(1, MESSAGE_BASES, 2, "ACGT", 4), ERROR_SHARED);
    assert_int_equal(run_bad(1, MESSAGE_BASES, 1, "ACGTACGTACG", 11), ERROR_SHARED);
    assert_int_equal(run_bad(1, MESSAGE_BASES, 1, "", 0), ERROR_SHARED);
    assert_int_equal(run_bad(1, MESSAGE_END, 1, &spine, sizeof spine), ERROR_SHARED);
    assert_int_equal(access(path_of("bad.fa"), F_OK), -1);
    assert_int_equal(access(path_of("bad.fa.partial"), F_OK), -1);
}

static void closed_pipe_ends_quietly(void **state)
{
    struct bytes first = {0}, second = {0};
    int saved = dup(STDOUT_FILENO), ends[2], code;

    (void)state;
    two_samples(&first, &second);
    fflush(stdout);
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[1]);
    code = answer_into(DESTINATION_STDOUT, NULL, 60, 0);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    assert_int_equal(code, ERROR_PIPE);
    bytes_free(&first);
    bytes_free(&second);
}

static void samples_follow_one_another_on_stdout(void **state)
{
    struct bytes first = {0}, second = {0};
    int saved = dup(STDOUT_FILENO), fd, code;

    (void)state;
    two_samples(&first, &second);
    fflush(stdout);
    fd = open(path_of("stdout"), O_WRONLY | O_CREAT, 0666);
    assert_true(fd >= 0);
    dup2(fd, STDOUT_FILENO);
    close(fd);
    code = answer_into(DESTINATION_STDOUT, NULL, 60, 0);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    assert_int_equal(code, 0);
    assert_int_equal(bytes_append(&first, second.data, second.length), 0);
    assert_file(path_of("stdout"), &first);
    bytes_free(&first);
    bytes_free(&second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_break_everywhere),
        cmocka_unit_test(contig_without_letters_is_a_header),
        cmocka_unit_test(directory_gets_a_file_per_sample),
        cmocka_unit_test(gzip_level_gives_bgzf),
        cmocka_unit_test(unsafe_sample_names_are_refused),
        cmocka_unit_test(out_of_order_is_refused),
        cmocka_unit_test(closed_pipe_ends_quietly),
        cmocka_unit_test(samples_follow_one_another_on_stdout),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
