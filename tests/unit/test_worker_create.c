/*
 * A worker in create mode as a process between rings: what it sends, decoded by the rules of the
 * format, gives back every segment; and the same bytes come out whatever the ring, the cache, and
 * however often it is killed and started again.
 *
 * Three processes: a feeder that makes the segments from their numbers, the worker (the only one
 * that is killed), and the test itself, which takes what the writer would take. Children end with
 * _exit(); the test alone asserts.
 */
#include "common/error.h"
#include "common/lzdiff.h"
#include "common/part_codec.h"
#include "common/symbols.h"
#include "ipc/futex.h"
#include "ipc/rendezvous.h"
#include "worker/create.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <xxhash.h>

enum { LENGTH_MAX = 3000, LONG_LENGTH = 200000, LZ_GROUPS = 24, MIN_MATCH = 20 };

/* ---- segments, from their number alone */

struct plan {
    uint32_t worker, worker_count, segments;
};

struct made_segment {
    struct message_segment head;
    uint8_t *codes;
};

static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

/* The ancestor of a group. */
static uint32_t ancestor(uint32_t group, uint8_t *codes)
{
    uint32_t length = group % 7 == 5 ? LONG_LENGTH : 1 + (uint32_t)(mix(group) % LENGTH_MAX);

    for (uint32_t i = 0; i < length; i++)
        codes[i] = (uint8_t)(mix(group * 1000003ull + i) % 4);
    return length;
}

/* The worker's first group that is no raw one. */
static uint32_t first_group(const struct plan *plan)
{
    uint32_t group = plan->worker;

    while (group < 16)
        group += plan->worker_count;
    return group;
}

/* Segment number n (from 0): the first LZ_GROUPS found groups, the others join one. */
static void make_segment(const struct plan *plan, uint32_t n, struct made_segment *s)
{
    uint64_t r = mix(n + 12345);
    uint32_t first = first_group(plan), i;

    s->head = (struct message_segment){.reverse = (uint32_t)(r >> 7 & 1)};
    if (n < LZ_GROUPS) {
        s->head.role = SEGMENT_NEW_REFERENCE;
        s->head.group = first + n * plan->worker_count;
    } else if (r % 10 == 0) {
        s->head.role = SEGMENT_RAW;
        s->head.group = plan->worker; /* one of the raw ones; the others stay empty */
        s->head.length = 1 + (uint32_t)(r >> 20 & 3);
        for (i = 0; i < s->head.length; i++)
            s->codes[i] = (uint8_t)(mix(r + i) % 16);
        return;
    } else {
        s->head.role = SEGMENT_MEMBER;
        s->head.group = first + (uint32_t)(r >> 24) % LZ_GROUPS * plan->worker_count;
    }
    s->head.length = ancestor(s->head.group, s->codes);
    if (n >= LZ_GROUPS && (r >> 50) % 4) /* a variant at one of few places, so that some are equal */
        for (i = 0; i <= (r >> 40) % 3; i++)
            s->codes[mix(r % 5 + i) % s->head.length] = (uint8_t)(mix(r % 7 + i) % 6);
    if (s->head.reverse) {
        uint8_t *turned = malloc(s->head.length);

        symbols_reverse_complement(turned, s->codes, s->head.length);
        memcpy(s->codes, turned, s->head.length);
        free(turned);
    }
}

/* ---- processes */

struct bench {
    struct run_shm *run;
    int run_fd, work_fd;
    char folder[40];
    struct plan plan;
    uint32_t pack;
    struct ring_wait_ops wait;
    pid_t feeder, worker;
    uint32_t gen;
    int lifeline[2];
};

static int go_on(void *context)
{
    return stage_publish_all(context);
}

static int feed(struct bench *b)
{
    struct outbox outbox;
    struct stream_place begin = {0};
    struct made_segment s = {.codes = malloc(LONG_LENGTH)};
    struct message_end end = {.segment_count = b->plan.segments};
    struct iovec parts[2] = {{.iov_base = &s.head, .iov_len = sizeof s.head}};
    struct stage stage = {.run = b->run, .wait = b->wait};
    uint32_t ring = run_ring_to_worker(b->plan.worker);
    uint64_t known_off;
    int code = rendezvous_known(&stage, ring, &known_off);

    if (!code)
        code = rendezvous_begin(&stage, ring, 0);
    if (!code)
        code = outbox_open(&outbox, run_ring(b->run, ring), 1, &b->wait, begin);
    end.group_count = first_group(&b->plan) + (LZ_GROUPS - 1) * b->plan.worker_count + 1;
    for (uint32_t n = 0; !code && n < b->plan.segments; n++) {
        make_segment(&b->plan, n, &s);
        parts[1] = (struct iovec){.iov_base = s.codes, .iov_len = s.head.length};
        code = outbox_put(&outbox, MESSAGE_SEGMENT, n + 1, parts, 2);
        if (!code && mix(n) % 4 == 0)
            code = outbox_publish(&outbox);
    }
    parts[0] = (struct iovec){.iov_base = &end, .iov_len = sizeof end};
    if (!code)
        code = outbox_put(&outbox, MESSAGE_END, b->plan.segments + 1, parts, 1);
    return code ? code : outbox_publish(&outbox);
}

static int work(struct bench *b)
{
    struct stage stage = {.name = "worker", .run = b->run, .lifeline_fd = b->lifeline[0],
                          .work_fd = b->work_fd, .gen = b->gen};
    int code;

    stage.index = run_stage_worker(b->plan.worker);
    stage.shm = run_stage(b->run, stage.index);
    stage.job = job_new();
    stage.wait = (struct ring_wait_ops){.context = &stage, .sleep = futex_sleep, .wake = futex_wake,
                                        .before_sleep = go_on, .check = (int (*)(void *))stage_check};
    code = job_add_number(stage.job, "pack", b->pack);
    if (!code)
        code = job_add_number(stage.job, "min_match", MIN_MATCH);
    if (!code)
        code = worker_create(&stage);
    if (code)
        fprintf(stderr, "worker: %s\n", error_text());
    job_free(stage.job);
    return code;
}

static void start_worker(struct bench *b)
{
    b->gen++;
    b->worker = fork();
    assert_true(b->worker >= 0);
    if (b->worker == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(work(b) ? 1 : 0);
    }
}

/* A worker that failed would be waited for in vain. */
static int consumer_check(void *context)
{
    struct bench *b = context;
    siginfo_t end = {0};

    if (b && waitid(P_PID, (id_t)b->worker, &end, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        end.si_pid == b->worker && end.si_status != 0)
        return error_set(ERROR_STOPPED, "the worker failed");
    return 0;
}

static int consumer_go_on(void *context)
{
    (void)context;
    return 0;
}

static void make_folder(struct bench *b)
{
    strcpy(b->folder, "/tmp/test_worker_create.XXXXXX");
    assert_non_null(mkdtemp(b->folder));
    b->work_fd = open(b->folder, O_RDONLY | O_DIRECTORY);
    assert_true(b->work_fd >= 0);
}

static void remove_folder(struct bench *b)
{
    char name[32];

    snprintf(name, sizeof name, "worker.%u.log", b->plan.worker);
    assert_int_equal(unlinkat(b->work_fd, name, 0), 0);
    close(b->work_fd);
    assert_int_equal(rmdir(b->folder), 0);
}

static void set_up(struct bench *b, uint32_t slot_count, uint32_t slot_bytes, uint64_t cache_bytes)
{
    struct run_geometry geometry = {.mode = RUN_CREATE,
                                    .worker_count = b->plan.worker_count,
                                    .slot_count = slot_count,
                                    .slot_bytes = slot_bytes,
                                    .cache_bytes = cache_bytes};

    assert_int_equal(pipe(b->lifeline), 0);
    assert_int_equal(run_create(&geometry, NULL, &b->run_fd, &b->run), 0);
    b->wait = (struct ring_wait_ops){.context = b, .sleep = futex_sleep, .wake = futex_wake,
                                     .before_sleep = consumer_go_on, .check = consumer_check};
    b->gen = 0;
    b->feeder = fork();
    assert_true(b->feeder >= 0);
    if (b->feeder == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        b->wait.context = NULL;
        _exit(feed(b) ? 1 : 0);
    }
    start_worker(b);
}

/* all: the power fails before anything of this ends by itself. */
static void tear_down(struct bench *b, int all)
{
    int status;

    if (all) {
        kill(b->worker, SIGKILL);
        kill(b->feeder, SIGKILL);
    }
    assert_int_equal(waitpid(b->worker, &status, 0), b->worker);
    assert_true(all || status == 0);
    assert_int_equal(waitpid(b->feeder, &status, 0), b->feeder);
    assert_true(all || status == 0);
    run_detach(b->run);
    close(b->run_fd);
    close(b->lifeline[0]);
    close(b->lifeline[1]);
}

/* Kills the worker and starts its successor, as the supervisor would. */
static void restart_worker(struct bench *b)
{
    int status;

    assert_int_equal(kill(b->worker, SIGKILL), 0);
    assert_int_equal(waitpid(b->worker, &status, 0), b->worker);
    if (WIFEXITED(status)) /* it had ended by itself */
        assert_int_equal(WEXITSTATUS(status), 0);
    start_worker(b);
    for (uint32_t i = 0; i < 2 * b->plan.worker_count + 1; i++)
        ring_wake_all(run_ring(b->run, i), &b->wait);
}

/* ---- what the writer would take */

struct part {
    uint32_t group, kind;
    struct bytes decoded;
};

struct taken {
    struct part *parts;
    size_t part_count;
    struct message_placement *placements; /* by segment number */
    uint32_t done;
    uint64_t hash;
};

static struct part *find_part(struct taken *t, uint32_t group, uint32_t kind, uint32_t number)
{
    for (size_t i = 0; i < t->part_count; i++)
        if (t->parts[i].group == group && t->parts[i].kind == kind && number-- == 0)
            return &t->parts[i];
    return NULL;
}

static void take_part(struct bench *b, struct inbox *in, struct taken *t, const struct message *m)
{
    struct message_part_begin begin;
    struct bytes data = {0};
    struct part_codec *codec;
    struct message piece;

    (void)b;
    assert_int_equal(m->length, sizeof begin);
    memcpy(&begin, m->payload, sizeof begin);
    assert_true(begin.data_bytes > 0);
    while (data.length < begin.data_bytes) {
        assert_int_equal(inbox_next(in, &piece), 0);
        assert_int_equal(piece.kind, MESSAGE_PART_DATA);
        assert_in_range(piece.length, 1, MESSAGE_CHUNK_BYTES);
        assert_int_equal(bytes_append(&data, piece.payload, piece.length), 0);
    }
    assert_int_equal(data.length, begin.data_bytes);
    t->hash = XXH3_64bits_withSeed(data.data, data.length, t->hash);
    t->parts = realloc(t->parts, (t->part_count + 1) * sizeof *t->parts);
    assert_non_null(t->parts);
    t->parts[t->part_count] = (struct part){.group = begin.group, .kind = begin.kind};
    assert_int_equal(part_codec_create(&codec, PART_EFFORT_DEFAULT), 0);
    assert_int_equal(part_decode(codec, data.data, data.length, begin.metadata, 1 << 28,
                                 &t->parts[t->part_count].decoded), 0);
    part_codec_free(codec);
    t->part_count++;
    bytes_free(&data);
}

/* Takes messages until END, or `most` of them; kills the worker whenever the count of messages says
 * so. */
static void take_all(struct bench *b, struct taken *t, uint32_t kill_every, uint32_t slow,
                     uint64_t most)
{
    struct stage stage = {.run = b->run, .wait = b->wait};
    uint32_t ring = run_ring_from_worker(b->run, b->plan.worker);
    struct inbox in;
    struct stream_place begin = {0};
    uint64_t count = 0;
    struct message m = {0};
    uint32_t placed = 0;

    *t = (struct taken){.placements = calloc(b->plan.segments, sizeof *t->placements)};
    assert_non_null(t->placements);
    rendezvous_tell(&stage, ring, 0);
    assert_int_equal(rendezvous_wait(&stage, ring), 0);
    assert_int_equal(inbox_open(&in, run_ring(b->run, ring), &b->wait, 1 << 20, begin, NULL, 0), 0);
    while (m.kind != MESSAGE_END && count < most) {
        assert_int_equal(inbox_next(&in, &m), 0);
        t->hash = XXH3_64bits_withSeed(m.payload, m.length, t->hash ^ m.kind ^ m.seq << 8);
        if (m.kind == MESSAGE_PART_BEGIN) {
            take_part(b, &in, t, &m);
        } else if (m.kind == MESSAGE_PLACEMENT) {
            assert_true(placed < b->plan.segments);
            assert_int_equal(m.seq, placed + 1);
            memcpy(&t->placements[placed++], m.payload, sizeof t->placements[0]);
        } else if (m.kind == MESSAGE_GROUP_DONE) {
            struct message_group group;

            memcpy(&group, m.payload, sizeof group);
            assert_int_equal(group.group, b->plan.worker + t->done * b->plan.worker_count);
            t->done++;
        } else {
            assert_int_equal(m.kind, MESSAGE_END);
        }
        inbox_release(&in, in.place.off);
        count++;
        if (slow && mix(count) % slow == 0)
            usleep(300);
        if (kill_every && m.kind != MESSAGE_END && mix(count + 99) % kill_every == 0)
            restart_worker(b);
    }
    if (m.kind == MESSAGE_END)
        assert_int_equal(placed, b->plan.segments);
    inbox_close(&in);
}

static void free_taken(struct taken *t)
{
    for (size_t i = 0; i < t->part_count; i++)
        bytes_free(&t->parts[i].decoded);
    free(t->parts);
    free(t->placements);
}

/* Entry number `number` of a pack's text. */
static const uint8_t *entry_of(const struct bytes *text, uint32_t number, size_t *length)
{
    const uint8_t *at = text->data, *limit = text->data + text->length, *end;

    while ((end = memchr(at, 0xff, (size_t)(limit - at))) && number--)
        at = end + 1;
    assert_non_null(end);
    *length = (size_t)(end - at);
    return at;
}

static void assert_segment(struct bench *b, struct taken *t, uint32_t n, struct made_segment *s,
                           uint8_t *decoded)
{
    const struct message_placement *p = &t->placements[n];
    const struct part *part;
    const uint8_t *entry;
    size_t length;

    make_segment(&b->plan, n, s);
    assert_int_equal(p->group, s->head.group);
    if (p->group < 16) {
        part = find_part(t, p->group, PART_PACK, p->member / b->pack);
        assert_non_null(part);
        entry = entry_of(&part->decoded, p->member % b->pack, &length);
        memcpy(decoded, entry, length);
    } else if (p->member == 0) {
        part = find_part(t, p->group, PART_REFERENCE, 0);
        assert_non_null(part);
        length = part->decoded.length;
        memcpy(decoded, part->decoded.data, length);
    } else {
        const struct part *reference = find_part(t, p->group, PART_REFERENCE, 0);

        part = find_part(t, p->group, PART_PACK, (p->member - 1) / b->pack);
        assert_non_null(part);
        entry = entry_of(&part->decoded, (p->member - 1) % b->pack, &length);
        assert_int_equal(lzdiff_decode(reference->decoded.data, reference->decoded.length, entry,
                                       length, MIN_MATCH, LZDIFF_V2, decoded, LONG_LENGTH,
                                       &length), 0);
    }
    assert_int_equal(length, s->head.length);
    if (s->head.reverse) {
        uint8_t *turned = malloc(length);

        symbols_reverse_complement(turned, decoded, length);
        memcpy(decoded, turned, length);
        free(turned);
    }
    assert_memory_equal(decoded, s->codes, length);
}

/* All packs but a group's last hold `pack` entries; raw groups begin with the placeholder. */
static void assert_packs(struct bench *b, struct taken *t)
{
    uint32_t raw = 0;

    for (size_t i = 0; i < t->part_count; i++) {
        const struct part *part = &t->parts[i];
        uint32_t entries = 0, later = 0;

        if (part->kind != PART_PACK)
            continue;
        for (size_t at = 0; at < part->decoded.length; at++)
            entries += part->decoded.data[at] == 0xff;
        for (size_t j = i + 1; j < t->part_count; j++)
            later += t->parts[j].group == part->group && t->parts[j].kind == PART_PACK;
        if (later)
            assert_int_equal(entries, b->pack);
        else
            assert_in_range(entries, 1, b->pack);
        if (part->group < 16 && find_part(t, part->group, PART_PACK, 0) == part) {
            assert_int_equal(part->decoded.data[0], 0x7f);
            assert_int_equal(part->decoded.data[1], 0xff);
            raw++;
        }
    }
    assert_int_equal(raw, (16 - b->plan.worker + b->plan.worker_count - 1) / b->plan.worker_count);
}

static uint64_t run_worker(struct bench *b, uint32_t slot_count, uint32_t slot_bytes,
                           uint64_t cache_bytes, uint32_t kill_every, uint32_t slow, int check)
{
    struct made_segment s = {.codes = malloc(LONG_LENGTH)};
    uint8_t *decoded = malloc(LONG_LENGTH);
    struct taken t;
    uint64_t hash;

    assert_non_null(s.codes);
    assert_non_null(decoded);
    make_folder(b);
    set_up(b, slot_count, slot_bytes, cache_bytes);
    take_all(b, &t, kill_every, slow, UINT64_MAX);
    tear_down(b, 0);
    remove_folder(b);
    for (uint32_t n = 0; check && n < b->plan.segments; n++)
        assert_segment(b, &t, n, &s, decoded);
    if (check)
        assert_packs(b, &t);
    hash = t.hash;
    free_taken(&t);
    free(s.codes);
    free(decoded);
    return hash;
}

static void test_segments_come_back(void **state)
{
    static const uint32_t packs[] = {1, 2, 5, 50};

    (void)state;
    for (size_t i = 0; i < sizeof packs / sizeof packs[0]; i++) {
        struct bench b = {.plan = {.worker = (uint32_t)i % 2,
                                   .worker_count = 1 + (uint32_t)i % 2 * 6,
                                   .segments = 400},
                          .pack = packs[i]};
        uint64_t wide = run_worker(&b, 8, 65536, 1 << 30, 0, 0, 1);

        assert_int_equal(run_worker(&b, 2, 512, 0, 0, 0, 0), wide);
        assert_int_equal(run_worker(&b, 4, 4096, 300000, 0, 20, 0), wide);
    }
}

static void test_killed_worker_sends_the_same(void **state)
{
    struct bench b = {.plan = {.worker_count = 1, .segments = 1500}, .pack = 7};
    uint64_t undisturbed = run_worker(&b, 8, 65536, 1 << 30, 0, 0, 1);

    (void)state;
    assert_int_equal(run_worker(&b, 8, 65536, 1 << 30, 60, 0, 0), undisturbed);
    assert_int_equal(run_worker(&b, 2, 1024, 0, 100, 0, 0), undisturbed);
    assert_int_equal(run_worker(&b, 4, 8192, 500000, 50, 10, 0), undisturbed);
    b.pack = 50;
    undisturbed = run_worker(&b, 8, 65536, 1 << 30, 0, 0, 1);
    assert_int_equal(run_worker(&b, 4, 8192, 300000, 50, 10, 0), undisturbed);
}

/* Rings and processes are gone, the log stays: the output is made again from the log alone, as far as
 * that goes, and then from the input. */
static void test_everything_killed_sends_the_same(void **state)
{
    struct bench b = {.plan = {.worker_count = 1, .segments = 700}, .pack = 5};
    uint64_t undisturbed = run_worker(&b, 8, 65536, 1 << 30, 0, 0, 0);
    struct taken t;

    (void)state;
    make_folder(&b);
    for (uint64_t most = 1; most < 900; most += 150) {
        set_up(&b, 4, 16384, 300000);
        take_all(&b, &t, 0, 0, most);
        free_taken(&t);
        tear_down(&b, 1);
    }
    for (int round = 0; round < 2; round++) { /* the second time all is in the log */
        set_up(&b, 4, 16384, 300000);
        take_all(&b, &t, 0, 0, UINT64_MAX);
        assert_int_equal(t.hash, undisturbed);
        free_taken(&t);
        tear_down(&b, 0);
    }
    remove_folder(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_segments_come_back),
        cmocka_unit_test(test_killed_worker_sends_the_same),
        cmocka_unit_test(test_everything_killed_sends_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
