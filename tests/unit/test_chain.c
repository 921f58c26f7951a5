/*
 * Chaining: ways that are plain to see, the best way by trying all, and commits at any position.
 *
 * Scenes use diagonals so far apart that no step leads from one to another: then the highest score
 * is that of a dynamic program over all pairs of hits, which the test has too.
 */
#include "reader/chain.h"

#include "reader/sampler.h"
#include "sequence_fixture.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { HITS_MAX = 4000, APART = 100 * (CHAIN_STEP_MAX + CHAIN_DRIFT_MAX) };

struct hits {
    struct hit list[HITS_MAX];
    size_t count;
};

static struct hits pushed, way;

static void add(struct hits *h, uint64_t position, uint64_t coordinate, uint8_t reverse)
{
    assert_true(h->count < HITS_MAX);
    h->list[h->count++] = (struct hit){position, coordinate, reverse};
}

/* Hits of diagonal number d (odd ones run backwards) every step symbols of [from, to). */
static void add_diagonal(uint64_t from, uint64_t to, uint64_t step, uint64_t d)
{
    for (; from < to; from += step)
        add(&pushed, from, d % 2 ? (d + 1) * APART + 50000 - from : (d + 1) * APART + 50000 + from,
            d & 1);
}

static int same(const struct hit *a, const struct hit *b)
{
    return a->position == b->position && a->coordinate == b->coordinate && a->reverse == b->reverse;
}

static int take(void *context, const struct hit *hit)
{
    (void)context;
    add(&way, hit->position, hit->coordinate, hit->reverse);
    return 0;
}

static int by_position(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;

    return x->position < y->position ? -1 : x->position > y->position;
}

/* Pushes all hits; a commit every `every` positions for what lies `lag` behind. */
static void run(struct chain *chain, uint64_t every, uint64_t lag)
{
    uint64_t next = every;
    size_t i;

    qsort(pushed.list, pushed.count, sizeof pushed.list[0], by_position);
    way.count = 0;
    chain_start(chain);
    for (i = 0; i < pushed.count; i++) {
        for (; pushed.list[i].position >= next; next += every)
            if (next >= lag)
                assert_int_equal(chain_commit(chain, next - lag, take, NULL), 0);
        assert_int_equal(chain_push(chain, &pushed.list[i]), 0);
    }
    assert_int_equal(chain_commit(chain, UINT64_MAX, take, NULL), 0);
    for (i = 1; i < way.count; i++)
        assert_true(way.list[i - 1].position < way.list[i].position);
}

static int set_up(void **state)
{
    pushed.count = way.count = 0;
    return chain_create((struct chain **)state);
}

static int tear_down(void **state)
{
    chain_free(*state);
    return 0;
}

static void check_way_is(const struct hits *expected)
{
    size_t i;

    assert_int_equal(way.count, expected->count);
    for (i = 0; i < way.count; i++)
        assert_true(same(&way.list[i], &expected->list[i]));
}

static void test_no_hits_no_way(void **state)
{
    run(*state, 10, 0);
    assert_int_equal(way.count, 0);
    chain_free(NULL);
}

static void test_one_diagonal_is_taken_whole(void **state)
{
    uint64_t d;

    for (d = 0; d < 2; d++) {
        pushed.count = 0;
        add_diagonal(5, 30000, 13, d);
        run(*state, UINT64_MAX, 0);
        check_way_is(&pushed);
    }
}

/* Hits that fit nowhere are passed over. */
static void test_stray_hits_are_left_out(void **state)
{
    static struct hits expected;
    uint64_t seed = 1, i;

    add_diagonal(0, 20000, 17, 0);
    expected = pushed;
    for (i = 0; i < 300; i++)
        add(&pushed, random_below(&seed, 1175) * 17 + 3, (100 + i) * (uint64_t)APART, i & 1);
    run(*state, UINT64_MAX, 0);
    check_way_is(&expected);
}

/* What a switch there and back costs must be earned. */
static void test_switch_must_pay(void **state)
{
    size_t elsewhere = 0, short_stay, i;

    add_diagonal(0, 3000, 16, 0);
    add_diagonal(3000, 6000, 16, 3);
    add_diagonal(6000, 9000, 16, 4);
    short_stay = pushed.count;
    add_diagonal(9000, 9000 + CHAIN_SWITCH / 2, 16, 6);
    short_stay = pushed.count - short_stay;
    add_diagonal(9000 + CHAIN_SWITCH / 2, 12000, 16, 4);
    run(*state, UINT64_MAX, 0);
    for (i = 0; i < way.count; i++)
        elsewhere += way.list[i].coordinate / APART == 7;
    assert_int_equal(elsewhere, 0);
    assert_int_equal(way.count, pushed.count - short_stay);
}

static void test_insertions_and_deletions_are_no_switch(void **state)
{
    uint64_t position, coordinate = 1000000;

    for (position = 0; position < 20000; position += 20) {
        coordinate += 20;
        if (position % 2000 == 1000)
            coordinate += 300;
        if (position % 2000 == 1980)
            coordinate -= 15;
        add(&pushed, position, coordinate, 0);
    }
    run(*state, UINT64_MAX, 0);
    check_way_is(&pushed);
}

/* ---- against all ways */

static int64_t gain_of(const struct hit *from, const struct hit *to)
{
    int64_t step = (int64_t)(to->position - from->position);
    int64_t along = (int64_t)(to->coordinate - from->coordinate) * (to->reverse ? -1 : 1);

    if (from->reverse != to->reverse || step != along || step > CHAIN_STEP_MAX || step <= 0)
        return -1;
    return step <= CHAIN_NEAR ? step : CHAIN_NEAR + (step - CHAIN_NEAR) / 4;
}

/* The highest score of a way through hits; if `given`, of the way that takes them all. */
static int64_t best_score(const struct hits *h, int given)
{
    static int64_t score[HITS_MAX];
    int64_t best = 0, gain;
    size_t i, j;

    for (i = 0; i < h->count; i++) {
        score[i] = 0;
        for (j = given && i ? i - 1 : 0; j < i; j++) {
            gain = gain_of(&h->list[j], &h->list[i]);
            gain = gain < 0 ? -CHAIN_SWITCH : gain;
            if (score[j] + gain > score[i])
                score[i] = score[j] + gain;
        }
        best = score[i] > best ? score[i] : best;
    }
    return best;
}

static void test_no_way_is_better(void **state)
{
    uint64_t seed;

    for (seed = 1; seed <= 60; seed++) {
        uint64_t s = seed, position = 0, d = 0, used = 1 + seed % 8;

        pushed.count = 0;
        while (position < 12000) {
            /* A hit of the diagonal at hand, and now and then one of another beside it. */
            add_diagonal(position, position + 1, 1, d);
            if (random_below(&s, 4) == 0)
                add_diagonal(position + 1, position + 2, 1, random_below(&s, used));
            if (random_below(&s, 12) == 0)
                d = random_below(&s, used);
            position += 2 + random_below(&s, seed % 3 ? 40 : 300);
        }
        run(*state, UINT64_MAX, 0);
        assert_int_equal(best_score(&way, 1), best_score(&pushed, 0));
    }
}

/* ---- commits */

/* Where the way is plain a few hundred symbols on, commits that lag as far change nothing. */
static void test_commits_anywhere_give_the_same_way(void **state)
{
    static const uint64_t every[] = {1, 7, 100, 999, 5000, 16384};
    static struct hits whole;
    size_t i;

    add_diagonal(0, 4000, 11, 0);
    add_diagonal(4000, 4000 + CHAIN_SWITCH / 4, 11, 9);
    add_diagonal(4010, 9000, 11, 3);
    add_diagonal(9000, 9500, 97, 5);
    add_diagonal(9500, 20000, 11, 2);
    run(*state, UINT64_MAX, 0);
    whole = way;
    assert_true(whole.count > 1500);
    for (i = 0; i < sizeof every / sizeof every[0]; i++) {
        run(*state, every[i], 2000);
        check_way_is(&whole);
    }
}

/* However near commits follow: each hit at most once, in order, and none but pushed ones. */
static void test_commits_without_lag_stay_in_order(void **state)
{
    uint64_t seed = 3, position, every;
    size_t i, j;

    for (position = 0; position < 9000; position += 1 + random_below(&seed, 30))
        add_diagonal(position, position + 1, 1, random_below(&seed, 30) / 10);
    for (every = 1; every < 3000; every = every * 3 + 1) {
        run(*state, every, 0);
        for (i = 0, j = 0; i < way.count; i++, j++)
            while (!same(&way.list[i], &pushed.list[j]))
                assert_true(++j < pushed.count);
    }
}

static int fail_at_third(void *context, const struct hit *hit)
{
    (void)hit;
    return ++*(int *)context == 3 ? -77 : 0;
}

static void test_first_failure_of_visit_ends_the_visits(void **state)
{
    struct chain *chain = *state;
    int visits = 0;
    size_t i;

    add_diagonal(0, 200, 10, 0);
    add_diagonal(200, 300, 10, 0);
    chain_start(chain);
    for (i = 0; i < 20; i++)
        assert_int_equal(chain_push(chain, &pushed.list[i]), 0);
    assert_int_equal(chain_commit(chain, 100, fail_at_third, &visits), -77);
    assert_int_equal(visits, 3);
    /* What is below the commit is forgotten, the rest is there. */
    way.count = 0;
    assert_int_equal(chain_commit(chain, 200, take, NULL), 0);
    assert_int_equal(way.count, 10);
    assert_int_equal(way.list[0].position, 100);
}

static void test_start_forgets_the_contig_before(void **state)
{
    static struct hits first;

    add_diagonal(0, 3000, 10, 2);
    run(*state, UINT64_MAX, 0);
    first = way;
    pushed.count = 0;
    add_diagonal(100000, 130000, 10, 1);
    add_diagonal(129995, 133000, 10, 2);
    run(*state, 500, 100);
    pushed.count = 0;
    add_diagonal(0, 3000, 10, 2);
    run(*state, UINT64_MAX, 0);
    check_way_is(&first);
}

int main(void)
{
#define chain_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        chain_test(test_no_hits_no_way),
        chain_test(test_one_diagonal_is_taken_whole),
        chain_test(test_stray_hits_are_left_out),
        chain_test(test_switch_must_pay),
        chain_test(test_insertions_and_deletions_are_no_switch),
        chain_test(test_no_way_is_better),
        chain_test(test_commits_anywhere_give_the_same_way),
        chain_test(test_commits_without_lag_stay_in_order),
        chain_test(test_first_failure_of_visit_ends_the_visits),
        chain_test(test_start_forgets_the_contig_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
