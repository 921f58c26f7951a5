/*
 * The anchor index against a plain list: what was entered first is found, growth loses nothing, and
 * thinning keeps what the order of entering alone decides.
 */
#include "reader/anchor_index.h"

#include "sequence_fixture.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SLOTS = 1 << 12, MODEL_MAX = 4 * SLOTS };

#define HASH_MAX ((UINT64_C(1) << 38) - 1)

static struct anchor_index *make(size_t slots_max)
{
    struct anchor_index *index;

    assert_int_equal(anchor_index_create(&index, slots_max), 0);
    return index;
}

static void enter(struct anchor_index *index, uint64_t hash, uint64_t coordinate, uint8_t reverse)
{
    struct anchor_entry entry = {hash, coordinate, reverse};

    assert_int_equal(anchor_index_insert(index, &entry), 0);
}

static void check_found(const struct anchor_index *index, uint64_t hash, uint64_t coordinate,
                        uint8_t reverse)
{
    struct anchor_place place = {0, 9};

    anchor_index_prefetch(index, hash);
    assert_int_equal(anchor_index_find(index, hash, &place), 1);
    assert_true(place.coordinate == coordinate);
    assert_int_equal(place.reverse, reverse);
}

static void check_absent(const struct anchor_index *index, uint64_t hash)
{
    struct anchor_place place;

    assert_int_equal(anchor_index_find(index, hash, &place), 0);
}

/* A hash of its own for each i, of any level. */
static uint64_t hash_number(uint64_t i)
{
    return (i * UINT64_C(0x9e3779b97f4a7c15) ^ 0x55) & HASH_MAX;
}

static void test_empty_holds_nothing(void **state)
{
    struct anchor_index *index = make(SLOTS);

    (void)state;
    check_absent(index, 0);
    check_absent(index, HASH_MAX);
    assert_int_equal(anchor_index_count(index), 0);
    assert_int_equal(anchor_index_level(index), 0);
    assert_in_range(anchor_index_limit(index), SLOTS / 2, SLOTS);
    anchor_index_free(index);
    anchor_index_free(NULL);
}

static void test_first_wins(void **state)
{
    struct anchor_index *index = make(SLOTS);

    (void)state;
    enter(index, 123, 7, 1);
    enter(index, 123, 8, 0);
    check_found(index, 123, 7, 1);
    assert_int_equal(anchor_index_count(index), 1);
    anchor_index_free(index);
}

static void test_greatest_and_least_values_come_back(void **state)
{
    struct anchor_index *index = make(SLOTS);

    (void)state;
    enter(index, 0, 0, 0);
    enter(index, HASH_MAX, ANCHOR_COORDINATE_MAX, 1);
    enter(index, HASH_MAX - 1, 0, 1);
    enter(index, 1, ANCHOR_COORDINATE_MAX, 0);
    enter(index, 2, ANCHOR_COORDINATE_MAX + 1, 0);
    enter(index, 3, UINT64_MAX, 0);
    check_found(index, 0, 0, 0);
    check_found(index, HASH_MAX, ANCHOR_COORDINATE_MAX, 1);
    check_found(index, HASH_MAX - 1, 0, 1);
    check_found(index, 1, ANCHOR_COORDINATE_MAX, 0);
    check_absent(index, 2);
    check_absent(index, 3);
    assert_int_equal(anchor_index_count(index), 4);
    anchor_index_free(index);
}

/* Hashes that agree in all but their highest or lowest bits, and a cluster at the table's end. */
static void test_alike_hashes_stay_apart(void **state)
{
    struct anchor_index *index = make(SLOTS);
    uint64_t i;

    (void)state;
    for (i = 0; i < 64; i++) {
        enter(index, i << 32 | 0x12345678, i, i & 1);
        enter(index, HASH_MAX - 1000 - i, 100 + i, 0);
    }
    for (i = 0; i < 64; i++) {
        check_found(index, i << 32 | 0x12345678, i, i & 1);
        check_found(index, HASH_MAX - 1000 - i, 100 + i, 0);
        check_absent(index, HASH_MAX - 500 - i);
    }
    anchor_index_free(index);
}

static void test_growth_keeps_all(void **state)
{
    enum { COUNT = 300000 };
    struct anchor_index *index = make(1 << 19);
    uint64_t i;

    (void)state;
    for (i = 0; i < COUNT; i++)
        enter(index, hash_number(i), i * 3, i % 5 == 0);
    assert_int_equal(anchor_index_level(index), 0);
    assert_int_equal(anchor_index_count(index), COUNT);
    for (i = 0; i < COUNT; i++)
        check_found(index, hash_number(i), i * 3, i % 5 == 0);
    for (i = COUNT; i < 2 * COUNT; i++)
        check_absent(index, hash_number(i));
    anchor_index_free(index);
}

/* What must be in the index: a list, thinned when one more would pass the limit. */
struct model {
    struct anchor_entry list[MODEL_MAX];
    size_t count, limit;
    unsigned level;
};

static unsigned level_of(uint64_t hash)
{
    unsigned level = 0;

    while (level < 38 && !(hash >> level & 1))
        level++;
    return level;
}

static void model_enter(struct model *m, uint64_t hash, uint64_t coordinate)
{
    size_t i, kept;

    for (i = 0; i < m->count; i++)
        if (m->list[i].hash == hash)
            return;
    while (level_of(hash) >= m->level && m->count == m->limit) {
        m->level++;
        for (i = 0, kept = 0; i < m->count; i++)
            if (level_of(m->list[i].hash) >= m->level)
                m->list[kept++] = m->list[i];
        m->count = kept;
    }
    if (level_of(hash) >= m->level)
        m->list[m->count++] = (struct anchor_entry){hash, coordinate, 0};
}

static void check_model(const struct anchor_index *index, const struct model *m, uint64_t tried)
{
    size_t i, found = 0;
    struct anchor_place place;

    assert_int_equal(anchor_index_level(index), m->level);
    assert_int_equal(anchor_index_count(index), m->count);
    for (i = 0; i < m->count; i++)
        check_found(index, m->list[i].hash, m->list[i].coordinate, 0);
    for (i = 0; i < tried; i++)
        found += (size_t)anchor_index_find(index, hash_number(i), &place);
    assert_int_equal(found, m->count);
}

static void test_thinning_keeps_what_the_order_decides(void **state)
{
    static struct model model;
    struct anchor_index *index = make(SLOTS);
    uint64_t i;

    (void)state;
    memset(&model, 0, sizeof model);
    model.limit = anchor_index_limit(index);
    assert_true(model.limit <= MODEL_MAX);
    for (i = 0; i < 30000; i++) {
        /* Some come again, and then count for nothing. */
        uint64_t n = i % 7 == 3 ? i / 2 : i;

        enter(index, hash_number(n), i, 0);
        model_enter(&model, hash_number(n), i);
        assert_true(anchor_index_count(index) <= anchor_index_limit(index));
        if (i == model.limit - 1 || i % 9000 == 0)
            check_model(index, &model, 30000);
    }
    assert_true(model.level >= 3);
    check_model(index, &model, 30000);
    anchor_index_free(index);
}

/* A table that grows on the way, and one that was allowed to late, thin out alike. */
static void test_thinning_does_not_know_how_the_table_grew(void **state)
{
    struct anchor_index *a = make(4 * SLOTS), *b = make(SLOTS);
    size_t limit = anchor_index_limit(b);
    struct anchor_place p, q;
    uint64_t i;

    (void)state;
    for (i = 0; i < 40000; i++) {
        enter(a, hash_number(i), i, 0);
        if (i == limit - 1) /* b is full, but not more than full */
            anchor_index_allow(b, 4 * SLOTS);
        enter(b, hash_number(i), i, 0);
    }
    anchor_index_allow(b, SLOTS);
    assert_int_equal(anchor_index_limit(a), anchor_index_limit(b));
    assert_true(anchor_index_limit(b) > 3 * limit);
    assert_int_equal(anchor_index_level(a), anchor_index_level(b));
    assert_true(anchor_index_level(a) >= 1);
    for (i = 0; i < 40000; i++) {
        assert_int_equal(anchor_index_find(a, hash_number(i), &p),
                         anchor_index_find(b, hash_number(i), &q));
    }
    anchor_index_free(a);
    anchor_index_free(b);
}

/* Where halving takes nothing away, one more level is tried, and no entry is lost for nothing. */
static void test_thinning_goes_on_until_there_is_room(void **state)
{
    struct anchor_index *index = make(SLOTS);
    size_t limit = anchor_index_limit(index);
    uint64_t i;

    (void)state;
    for (i = 1; i <= limit; i++)
        enter(index, i << 10, i, 0);
    assert_int_equal(anchor_index_level(index), 0);
    enter(index, UINT64_C(1) << 37, 77, 0);
    assert_int_equal(anchor_index_level(index), 11);
    check_found(index, UINT64_C(1) << 37, 77, 0);
    check_found(index, 2 << 10, 2, 0);
    check_absent(index, 1 << 10);
    assert_int_equal(anchor_index_count(index), limit / 2 + 1);
    anchor_index_free(index);
}

/* Coordinates are hashes plus a constant, so all is known of what must be found. */
static void test_hidden_anchors_are_not_found(void **state)
{
    struct anchor_index *index;
    struct anchor_place place;
    struct anchor_entry entry = {0};
    uint64_t i;

    (void)state;
    assert_int_equal(anchor_index_create(&index, 1 << 16), 0);
    for (i = 0; i < 3000; i++) {
        if (i == 1000 || i == 2000)
            anchor_index_hide(index); /* the second time changes nothing */
        entry = (struct anchor_entry){i * 977, 50 + i, 0};
        assert_int_equal(anchor_index_insert(index, &entry), 0);
    }
    for (i = 0; i < 3000; i++)
        assert_int_equal(anchor_index_find(index, i * 977, &place), i < 1000);
    assert_int_equal(anchor_index_count(index), 3000);
    anchor_index_show(index);
    for (i = 0; i < 3000; i++) {
        assert_int_equal(anchor_index_find(index, i * 977, &place), 1);
        assert_int_equal(place.coordinate, 50 + i);
    }
    anchor_index_free(index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hidden_anchors_are_not_found),
        cmocka_unit_test(test_empty_holds_nothing),
        cmocka_unit_test(test_first_wins),
        cmocka_unit_test(test_greatest_and_least_values_come_back),
        cmocka_unit_test(test_alike_hashes_stay_apart),
        cmocka_unit_test(test_growth_keeps_all),
        cmocka_unit_test(test_thinning_keeps_what_the_order_decides),
        cmocka_unit_test(test_thinning_does_not_know_how_the_table_grew),
        cmocka_unit_test(test_thinning_goes_on_until_there_is_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
