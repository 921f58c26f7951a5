/*
 * The group store against a model that keeps everything in memory: numbers, found members, pending
 * packs, references; with no cache at all, a small one, an ample one; and after restarts from a log
 * cut anywhere.
 *
 * The model is a list of decisions with the settled places between them; what the store must know
 * after a cut follows from the decisions before the last place that the cut left whole.
 */
#include "common/error.h"
#include "worker/group_frames.h"
#include "worker/group_store_private.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { DECISIONS_MAX = 4000, ENTRY_MAX = 40, REFERENCE_MAX = 900, GROUPS_MAX = 60 };

static uint64_t random_state;

static uint32_t random_below(uint32_t bound)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (uint32_t)((random_state * 0x2545f4914f6cdd1d >> 32) % bound);
}

/* ---- the model */

enum what { NEW_REFERENCE, NEW_ENTRY, SAME };

struct decision {
    enum what what;
    uint32_t group, member;
    uint16_t length;
    uint8_t data[REFERENCE_MAX];
    int settled;       /* a place was settled right after it */
    uint64_t log_size; /* file size after that */
};

struct model {
    struct decision *decisions;
    uint32_t count;
    uint32_t pack, worker, worker_count;
    uint32_t groups; /* so many of the worker's */
    uint32_t entry_min;
};

static struct stream_place place_in(uint32_t count)
{
    return (struct stream_place){.off = 80 * (uint64_t)count, .chain = 1000 + count};
}

static struct stream_place place_out(uint32_t count)
{
    return (struct stream_place){.off = 24 * (uint64_t)count, .chain = 7000 + count};
}

static uint32_t model_members(const struct model *m, uint32_t group)
{
    uint32_t members = 0;

    for (uint32_t i = 0; i < m->count; i++)
        members += m->decisions[i].what == NEW_ENTRY && m->decisions[i].group == group;
    return members;
}

static int model_has_reference(const struct model *m, uint32_t group)
{
    for (uint32_t i = 0; i < m->count; i++)
        if (m->decisions[i].what == NEW_REFERENCE && m->decisions[i].group == group)
            return 1;
    return 0;
}

/* Text of the pack that is pending after `members` entries, written out by the rules of the format:
 * raw groups count the placeholder as entry 0. */
static size_t model_pending(const struct model *m, uint32_t group, uint32_t members, uint8_t *text,
                            uint32_t *first)
{
    int raw = group < 16;
    uint32_t entries = members + (uint32_t)raw, begin = entries / m->pack * m->pack, entry = 0;
    size_t length = 0;

    if (raw) {
        if (entry++ >= begin) {
            text[length++] = 0x7f;
            text[length++] = 0xff;
        }
    }
    *first = 0;
    for (uint32_t i = 0; i < m->count && entry < entries; i++) {
        const struct decision *d = &m->decisions[i];

        if (d->what != NEW_ENTRY || d->group != group)
            continue;
        if (entry++ < begin)
            continue;
        if (!*first)
            *first = d->member;
        memcpy(text + length, d->data, d->length);
        length += d->length;
        text[length++] = 0xff;
    }
    return length;
}

/* ---- fixture */

static char folder[] = "/tmp/test_group_store.XXXXXX";
static int folder_fd;

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    folder_fd = open(folder, O_RDONLY | O_DIRECTORY);
    return folder_fd < 0 ? -1 : 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlinkat(folder_fd, "log", 0);
    close(folder_fd);
    return rmdir(folder);
}

static uint64_t log_size(void)
{
    struct stat st;

    assert_int_equal(fstatat(folder_fd, "log", &st, 0), 0);
    return (uint64_t)st.st_size;
}

static struct group_store *open_store(const struct model *m, size_t cache_bytes,
                                      uint64_t published_off, struct group_store_resume *resume)
{
    struct group_store_options options = {.worker = m->worker,
                                          .worker_count = m->worker_count,
                                          .pack = m->pack,
                                          .min_match = 20,
                                          .cache_bytes = cache_bytes,
                                          .published_off = published_off};
    struct group_store *store = NULL;

    assert_int_equal(group_store_open(&store, &options, folder_fd, "log", resume), 0);
    return store;
}

static void assert_group(struct group_store *store, const struct model *m, uint32_t group)
{
    static uint8_t text[200000];
    struct loaded_group *loaded;
    uint32_t first;
    size_t length = model_pending(m, group, model_members(m, group), text, &first);

    assert_int_equal(group_store_load(store, group, &loaded), 0);
    assert_int_equal(loaded->pack.text.length, length);
    if (length)
        assert_memory_equal(loaded->pack.text.data, text, length);
    for (uint32_t i = 0; i < m->count; i++) {
        const struct decision *d = &m->decisions[i];

        if (d->what != NEW_REFERENCE || d->group != group)
            continue;
        assert_int_equal(loaded->reference_length, d->length);
        assert_memory_equal(loaded->reference, d->data, d->length);
    }
}

static void fill_codes(struct decision *d, uint32_t length, uint32_t bound)
{
    d->length = (uint16_t)length;
    for (uint32_t i = 0; i < length; i++)
        d->data[i] = (uint8_t)random_below(bound);
}

/* One random decision, made in the store and noted in the model. */
static void decide(struct group_store *store, struct model *m)
{
    uint32_t group = m->worker + m->worker_count * random_below(m->groups), member;
    struct decision *d = &m->decisions[m->count];
    struct loaded_group *loaded;
    uint64_t seq = m->count + 1;
    uint8_t text[200000];
    uint32_t first;

    *d = (struct decision){.group = group};
    if (group >= 16 && !model_has_reference(m, group)) {
        d->what = NEW_REFERENCE;
        fill_codes(d, 1 + random_below(REFERENCE_MAX), random_below(2) ? 4 : 16);
        assert_int_equal(group_store_add_reference(store, seq, group, d->data, d->length), 0);
        m->count++;
        return;
    }
    assert_int_equal(group_store_load(store, group, &loaded), 0);
    fill_codes(d, m->entry_min + random_below(random_below(4) ? 2 : ENTRY_MAX), 4);
    if (group_store_find(store, group, d->data, d->length, &member)) {
        /* it is the entry of the model that has this number, and is pending */
        uint32_t i = 0;

        model_pending(m, group, model_members(m, group), text, &first);
        assert_in_range(member, first, model_members(m, group));
        while (m->decisions[i].what != NEW_ENTRY || m->decisions[i].group != group ||
               m->decisions[i].member != member)
            i++;
        assert_int_equal(m->decisions[i].length, d->length);
        assert_memory_equal(m->decisions[i].data, d->data, d->length);
        d->what = SAME;
        d->member = member;
        assert_int_equal(group_store_add_same(store, seq, group, member), 0);
        m->count++;
        return;
    }
    d->what = NEW_ENTRY;
    assert_int_equal(group_store_add_entry(store, seq, group, d->data, d->length, &d->member), 0);
    assert_int_equal(d->member, model_members(m, group) + 1);
    m->count++;
    if (group_store_full(store, group, d->member).full) {
        assert_int_equal((d->member + (group < 16)) % m->pack, 0);
        group_store_pack_sent(store, group);
    }
}

static void settle(struct group_store *store, struct model *m)
{
    if (!m->count)
        return;
    assert_int_equal(group_store_settle(store, place_in(m->count), place_out(m->count)), 0);
    m->decisions[m->count - 1].settled = 1;
    m->decisions[m->count - 1].log_size = log_size();
}

static void assert_all_groups(struct group_store *store, const struct model *m)
{
    for (uint32_t i = 0; i < m->groups; i++) {
        uint32_t group = m->worker + m->worker_count * i;

        if (group < 16 || model_has_reference(m, group))
            assert_group(store, m, group);
    }
}

static void assert_pending(struct group_store *store, const struct model *m)
{
    static uint8_t text[200000];

    for (uint32_t i = 0; i < m->groups; i++) {
        uint32_t group = m->worker + m->worker_count * i, first;
        uint32_t members = model_members(m, group);
        size_t length = model_pending(m, group, members, text, &first);
        const struct pack *pack;

        if (group >= 16 && !model_has_reference(m, group))
            continue;
        if (group < 16 && members == 0) { /* a placeholder, whatever the size of a pack */
            text[0] = 0x7f;
            text[1] = 0xff;
            length = 2;
        }
        assert_int_equal(group_store_pending(store, group, &pack), 0);
        assert_int_equal(pack != NULL, length != 0);
        if (pack) {
            assert_int_equal(pack->text.length, length);
            assert_memory_equal(pack->text.data, text, length);
        }
    }
}

/* Cuts the log at a random place; the model forgets what is lost. Returns decisions left. */
static void cut_log(struct model *m)
{
    uint64_t size = log_size(), cut = size - random_below((uint32_t)(size < 6000 ? size : 6000));
    char path[64];

    snprintf(path, sizeof path, "%s/log", folder);
    assert_int_equal(truncate(path, (off_t)cut), 0);
    while (m->count &&
           !(m->decisions[m->count - 1].settled && m->decisions[m->count - 1].log_size <= cut))
        m->count--;
}

struct visit {
    const struct model *m;
    uint32_t next;
};

static int check_decision(void *context, const struct stored_decision *decision)
{
    static uint8_t text[200000];
    struct visit *v = context;
    const struct decision *d = &v->m->decisions[v->next++];
    struct model before = *v->m;

    assert_int_equal(decision->seq, v->next);
    assert_int_equal(decision->group, d->group);
    assert_int_equal(decision->reference != NULL, d->what == NEW_REFERENCE);
    if (decision->reference) {
        assert_int_equal(decision->reference_length, d->length);
        assert_memory_equal(decision->reference, d->data, d->length);
        return 0;
    }
    assert_int_equal(decision->member, d->member);
    if (d->what == SAME)
        assert_false(decision->packs.full);
    if (d->what != NEW_ENTRY)
        return 0;
    assert_int_equal(decision->packs.full, (d->member + (d->group < 16)) % v->m->pack == 0);
    assert_int_equal(decision->packs.placeholder,
                     v->m->pack == 1 && d->group < 16 && d->member == 1);
    if (decision->packs.full) {
        uint32_t first;
        size_t length;

        before.count = v->next - 1;
        length = model_pending(&before, d->group, d->member - 1, text, &first);
        memcpy(text + length, d->data, d->length);
        length += d->length;
        text[length++] = 0xff;
        assert_int_equal(decision->pack->text.length, length);
        assert_memory_equal(decision->pack->text.data, text, length);
    }
    return 0;
}

static void assert_resume(const struct model *m, const struct group_store_resume *resume,
                          struct group_store *store, uint64_t published_off)
{
    struct visit v = {.m = m};

    assert_int_equal(resume->segments, m->count);
    assert_int_equal(resume->in.off, m->count ? place_in(m->count).off : 0);
    assert_int_equal(resume->in.chain, m->count ? place_in(m->count).chain : 0);
    assert_int_equal(resume->out.off, m->count ? place_out(m->count).off : 0);
    assert_true(resume->resend_from.off <= published_off);
    v.next = (uint32_t)(resume->resend_from.off / 24);
    assert_true(v.next <= m->count);
    if (v.next) {
        assert_int_equal(resume->resend_from.chain, place_out(v.next).chain);
        assert_true(m->decisions[v.next - 1].settled);
    }
    /* the last such place */
    for (uint32_t i = v.next; i < m->count; i++)
        assert_false(m->decisions[i].settled && place_out(i + 1).off <= published_off);
    assert_int_equal(group_store_walk(store, resume->resend_off, check_decision, &v), 0);
    assert_int_equal(v.next, m->count);
}

static void run_model(struct model m, size_t cache_bytes, int restarts)
{
    struct group_store_resume resume;
    struct group_store *store;

    unlinkat(folder_fd, "log", 0);
    m.decisions = calloc(DECISIONS_MAX, sizeof *m.decisions);
    assert_non_null(m.decisions);
    store = open_store(&m, cache_bytes, 0, &resume);
    assert_int_equal(resume.segments, 0);
    for (int rounds = 0; rounds < 1500 && m.count < DECISIONS_MAX; rounds++) {
        decide(store, &m);
        if (random_below(5) == 0)
            settle(store, &m);
        if (restarts && random_below(120) == 0) {
            uint64_t published_off = random_below(24 * (m.count + 3));

            group_store_close(store);
            cut_log(&m);
            store = open_store(&m, cache_bytes, published_off, &resume);
            assert_resume(&m, &resume, store, published_off);
            assert_int_equal(resume.stash.length, 0);
            assert_all_groups(store, &m);
        }
    }
    assert_pending(store, &m);
    assert_all_groups(store, &m);
    assert_pending(store, &m);
    group_store_close(store);
    free(m.decisions);
}

static void test_store_equals_model(void **state)
{
    static const uint32_t packs[] = {1, 2, 3, 7, 50};
    static const size_t caches[] = {0, 30000, 1 << 30};

    (void)state;
    random_state = 5;
    for (size_t p = 0; p < sizeof packs / sizeof packs[0]; p++)
        for (size_t c = 0; c < sizeof caches / sizeof caches[0]; c++)
            run_model((struct model){.pack = packs[p], .worker = p % 2,
                                     .worker_count = 1 + p % 2 * 2, .groups = GROUPS_MAX,
                                     .entry_min = 1},
                      caches[c], 0);
}

static void test_store_after_cuts(void **state)
{
    static const uint32_t packs[] = {1, 2, 5, 60};

    (void)state;
    random_state = 6;
    for (size_t p = 0; p < sizeof packs / sizeof packs[0]; p++) {
        struct model one = {.pack = packs[p], .worker_count = 1, .groups = GROUPS_MAX,
                            .entry_min = 1};
        struct model of_five = {.pack = packs[p], .worker = 2, .worker_count = 5,
                                .groups = GROUPS_MAX, .entry_min = 1};

        run_model(one, 20000, 1);
        run_model(of_five, 0, 1);
        run_model(one, 1 << 30, 1);
    }
}

static int count_merged(void *context, const struct log_frame *frame)
{
    *(int *)context += frame->kind == FRAME_MERGED;
    return 0;
}

/* Few groups that come and go with long packs: their entries are gathered again and again. */
static void test_long_packs_are_merged(void **state)
{
    struct model m = {.worker = 7, .worker_count = 9, .groups = 6, .entry_min = 12};
    static const uint32_t packs[] = {45, 90, 1000};

    (void)state;
    random_state = 8;
    for (size_t p = 0; p < sizeof packs / sizeof packs[0]; p++) {
        struct log *log;
        int merged = 0;

        m.pack = packs[p];
        run_model(m, 0, 0);
        assert_int_equal(log_open(&log, folder_fd, "log", count_merged, &merged), 0);
        log_close(log);
        /* 1500 entries or so, in sixteens; few packs end before they have so many */
        assert_in_range(merged, 60, 94);
        run_model(m, 0, 1);
    }
}

static void test_raw_groups_without_members(void **state)
{
    struct model m = {.pack = 1, .worker = 3, .worker_count = 4, .groups = 4};
    struct group_store_resume resume;
    struct group_store *store;

    (void)state;
    for (m.pack = 1; m.pack <= 2; m.pack++) {
        unlinkat(folder_fd, "log", 0);
        store = open_store(&m, 0, 0, &resume);
        assert_pending(store, &m);
        group_store_close(store);
    }
}

static void test_cache_stays_within_its_limit(void **state)
{
    enum { LIMIT = 400000 };
    struct model m = {.pack = 10, .worker_count = 1};
    struct group_store_resume resume;
    struct group_store *store;
    struct loaded_group *loaded;
    static uint8_t codes[50000];
    uint64_t hits, misses, hits_after, misses_after;

    (void)state;
    unlinkat(folder_fd, "log", 0);
    store = open_store(&m, LIMIT, 0, &resume);
    for (uint32_t group = 16; group < 56; group++)
        assert_int_equal(group_store_add_reference(store, group, group, codes, sizeof codes), 0);
    for (uint32_t i = 0; i < 200; i++) { /* five rounds */
        struct bytes delta = {0};
        uint32_t group = 16 + i % 40;

        assert_int_equal(group_store_load(store, group, &loaded), 0);
        codes[group * 100] = 2;
        assert_int_equal(lzdiff_encode(loaded->index, codes, 30000, &delta), 0);
        bytes_free(&delta);
        assert_true(store->cache.bytes <= LIMIT);
    }
    group_store_counts(store, &hits, &misses);
    assert_int_equal(hits + misses, 200);
    /* LIMIT holds at most seven references of 50,000; of those four at least stay from round to round,
     * though each round visits all others in between */
    assert_in_range(hits, 4 * 4, 4 * 7);
    assert_int_equal(group_store_load(store, 16, &loaded), 0);
    group_store_counts(store, &hits, &misses);
    assert_int_equal(group_store_load(store, 16, &loaded), 0);
    group_store_counts(store, &hits_after, &misses_after);
    assert_int_equal(hits_after - hits, 1);
    assert_int_equal(misses_after, misses);
    group_store_close(store);
}

static void test_stash_and_end_come_back(void **state)
{
    struct model m = {.pack = 10, .worker_count = 1};
    struct stream_place in = {.off = 800, .chain = 3}, out = {.off = 72, .chain = 4};
    struct group_store_resume resume;
    struct group_store *store;
    uint32_t groups;
    uint64_t seq;

    (void)state;
    unlinkat(folder_fd, "log", 0);
    store = open_store(&m, 0, 0, &resume);
    assert_int_equal(group_store_add_reference(store, 1, 16, (const uint8_t *)"\1\2\3", 3), 0);
    assert_int_equal(group_store_settle(store, in, out), 0);
    assert_int_equal(group_store_stash(store, 800, (const uint8_t *)"abcdefgh", 8), 0);
    assert_int_equal(group_store_stash(store, 808, (const uint8_t *)"ijklmnop", 8), 0);
    /* a decision that is not settled: lost, the stash is not */
    assert_int_equal(group_store_add_same(store, 2, 16, 0), 0);
    group_store_close(store);
    store = open_store(&m, 0, 72, &resume);
    assert_int_equal(resume.in.off, 800);
    assert_int_equal(resume.segments, 1);
    assert_int_equal(resume.stash.length, 16);
    assert_memory_equal(resume.stash.data, "abcdefghijklmnop", 16);
    bytes_free(&resume.stash);
    assert_false(group_store_ended(store, &groups, &seq));
    assert_int_equal(group_store_add_same(store, 2, 16, 0), 0);
    assert_int_equal(group_store_end(store, 3, 17, 2), 0);
    in.off = 1000;
    assert_int_equal(group_store_settle(store, in, out), 0);
    group_store_close(store);
    store = open_store(&m, 0, 72, &resume);
    assert_int_equal(resume.stash.length, 0);
    bytes_free(&resume.stash);
    assert_int_equal(resume.segments, 2);
    assert_true(group_store_ended(store, &groups, &seq));
    assert_int_equal(groups, 17);
    assert_int_equal(seq, 3);
    group_store_close(store);
}

/* What leaves the cache after the end of input writes nothing behind the log's end. */
static void test_nothing_follows_the_end(void **state)
{
    struct model m = {.pack = 100, .worker_count = 1};
    struct stream_place place = {.off = 8};
    struct group_store_resume resume;
    struct group_store *store;
    struct loaded_group *loaded;
    static uint8_t code = 1, entry[9000];
    uint32_t member;
    off_t size;

    (void)state;
    unlinkat(folder_fd, "log", 0);
    store = open_store(&m, 1 << 30, 0, &resume);
    random_state = 9;
    for (size_t i = 0; i < sizeof entry; i++)
        entry[i] = (uint8_t)random_below(16);
    for (uint32_t group = 16; group < 20; group++) {
        assert_int_equal(group_store_add_reference(store, group, group, &code, 1), 0);
        assert_int_equal(group_store_load(store, group, &loaded), 0);
        for (uint32_t i = 0; i < 20; i++)
            assert_int_equal(group_store_add_entry(store, 99, group, entry, sizeof entry - i,
                                                   &member), 0);
    }
    assert_int_equal(group_store_end(store, 100, 20, 84), 0);
    assert_int_equal(group_store_settle(store, place, place), 0);
    size = (off_t)log_size();
    assert_int_equal(group_store_leave_room(store, 1 << 30), 0);
    assert_int_equal(group_store_unsettled_bytes(store), 0);
    group_store_close(store);
    assert_int_equal(log_size(), size);
    store = open_store(&m, 1 << 30, 0, &resume);
    assert_int_equal(resume.segments, 84);
    group_store_close(store);
}

static void test_log_of_another_run_is_refused(void **state)
{
    struct model m = {.pack = 10, .worker_count = 1};
    struct group_store_options other = {.worker_count = 1, .pack = 11, .min_match = 20};
    struct stream_place place = {.off = 8};
    struct group_store_resume resume;
    struct group_store *store;

    (void)state;
    unlinkat(folder_fd, "log", 0);
    store = open_store(&m, 0, 0, &resume);
    assert_int_equal(group_store_add_reference(store, 1, 16, (const uint8_t *)"\1\2\3", 3), 0);
    assert_int_equal(group_store_settle(store, place, place), 0);
    group_store_close(store);
    assert_int_equal(group_store_open(&store, &other, folder_fd, "log", &resume), ERROR_SHARED);
}

static void test_contradictions_are_refused(void **state)
{
    struct model m = {.pack = 10, .worker = 1, .worker_count = 2};
    struct group_store_resume resume;
    struct group_store *store;
    struct loaded_group *loaded;
    const struct pack *pack;
    const uint8_t code = 1;

    (void)state;
    unlinkat(folder_fd, "log", 0);
    store = open_store(&m, 0, 0, &resume);
    assert_int_equal(group_store_add_reference(store, 1, 18, &code, 1), ERROR_SHARED);
    assert_int_equal(group_store_add_reference(store, 1, 3, &code, 1), ERROR_SHARED);
    assert_int_equal(group_store_add_reference(store, 1, UINT32_MAX, &code, 1), ERROR_SHARED);
    assert_int_equal(group_store_load(store, 17, &loaded), ERROR_SHARED);
    assert_int_equal(group_store_load(store, UINT32_MAX, &loaded), ERROR_SHARED);
    assert_int_equal(group_store_add_reference(store, 1, 19, &code, 1), 0);
    assert_int_equal(group_store_add_reference(store, 2, 19, &code, 1), ERROR_SHARED);
    assert_int_equal(group_store_load(store, 17, &loaded), ERROR_SHARED);
    assert_int_equal(group_store_pending(store, 17, &pack), ERROR_SHARED);
    assert_int_equal(group_store_load(store, 19, &loaded), 0);
    group_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_store_equals_model),
        cmocka_unit_test(test_store_after_cuts),
        cmocka_unit_test(test_long_packs_are_merged),
        cmocka_unit_test(test_raw_groups_without_members),
        cmocka_unit_test(test_cache_stays_within_its_limit),
        cmocka_unit_test(test_stash_and_end_come_back),
        cmocka_unit_test(test_nothing_follows_the_end),
        cmocka_unit_test(test_log_of_another_run_is_refused),
        cmocka_unit_test(test_contradictions_are_refused),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
