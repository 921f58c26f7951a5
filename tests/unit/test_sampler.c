/*
 * Anchors against the rule of sampler.h applied position by position; strands, tiles, symbols that
 * are no bases, ends. The source is included under another name, so that the portable form is
 * tested on processors that would choose the other.
 */
#define sampler_scan tested_scan
#include "reader/sampler.c"

#include "sequence_fixture.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

typedef size_t scan_fn(struct tile *, const uint8_t *, size_t, uint64_t, struct anchor *);

/* 19 codes as a number, first symbol highest. */
static uint64_t number_of(const uint8_t *codes, unsigned n)
{
    uint64_t value = 0;
    unsigned i;

    for (i = 0; i < n; i++)
        value = value << 2 | codes[i];
    return value;
}

/* The hash, undone: v ^ v >> s and odd factors modulo 2^38 can be inverted. */
static uint64_t undo_shift(uint64_t v, unsigned s)
{
    uint64_t out = v;
    unsigned i;

    for (i = 0; i < 38 / s + 1; i++)
        out = v ^ out >> s;
    return out;
}

static uint64_t undo_factor(uint64_t v, uint64_t factor)
{
    uint64_t inverse = factor;
    unsigned i;

    for (i = 0; i < 6; i++)
        inverse *= 2 - factor * inverse;
    return v * inverse & ((UINT64_C(1) << 38) - 1);
}

static uint64_t undo_hash(uint64_t hash)
{
    hash = undo_factor(undo_shift(hash, 19), UINT64_C(0xd6e8feb86659fd93));
    hash = undo_factor(undo_shift(hash, 17), UINT64_C(0x9e3779b97f4a7c15));
    return undo_shift(hash, 21);
}

/* The rule: of the middle 9-mer on both strands, numbers with the first symbol lowest, the smaller
 * one's product has four zero bits on top. */
static int rule_samples(const uint8_t *codes)
{
    uint32_t forward = 0, reverse = 0;
    unsigned i;

    for (i = 0; i < 9; i++) {
        forward |= (uint32_t)codes[5 + i] << (2 * i);
        reverse |= (uint32_t)(3 - codes[13 - i]) << (2 * i);
    }
    return ((forward < reverse ? forward : reverse) * 0x9e3779b1u) >> 28 == 0;
}

/* Checks out[0..found) against the rule at every position of codes[0..count). */
static void check_scan(const uint8_t *codes, size_t count, uint64_t position,
                       const struct anchor *out, size_t found)
{
    size_t at, i, seen = 0;

    for (at = 0; at + 19 <= count; at++) {
        uint8_t mirror[19];
        uint64_t forward, reverse;
        int bases = 1;

        for (i = 0; i < 19; i++)
            bases &= codes[at + i] < 4;
        if (!bases || !rule_samples(codes + at))
            continue;
        mirror_bases(mirror, codes + at, 19);
        forward = number_of(codes + at, 19);
        reverse = number_of(mirror, 19);
        assert_true(seen < found);
        assert_int_equal(out[seen].position, position + at);
        assert_int_equal(out[seen].reverse, reverse < forward);
        assert_int_equal(undo_hash(out[seen].hash), reverse < forward ? reverse : forward);
        seen++;
    }
    assert_int_equal(found, seen);
}

/* Random bases, with a code of 4..15 about every `per` symbols (0: none). */
static void fill(uint8_t *codes, size_t count, size_t per, uint64_t seed)
{
    size_t i;

    random_bases(codes, count, seed);
    for (i = 0; per && i < count; i++)
        if (random_below(&seed, per) == 0)
            codes[i] = (uint8_t)(4 + random_below(&seed, 12));
}

/* In memory of exactly that size, so that a sanitizer sees a read too far. */
static void check_length(size_t count, size_t per, uint64_t seed)
{
    uint8_t *codes = malloc(count ? count : 1);
    struct anchor *out = malloc((count + 1) * sizeof *out);

    fill(codes, count, per, seed);
    check_scan(codes, count, seed, out, tested_scan(codes, count, seed, out));
    free(codes);
    free(out);
}

static void test_every_length_follows_the_rule(void **state)
{
    size_t count;

    (void)state;
    for (count = 0; count < 300; count++) {
        check_length(count, 0, count + 1);
        check_length(count, 40, count + 1000);
    }
}

static void test_tile_borders_follow_the_rule(void **state)
{
    size_t count;

    (void)state;
    for (count = TILE - 2; count <= TILE + 40; count++)
        check_length(count, 0, count);
    check_length(3 * TILE + 11, 0, 5);
    check_length(3 * TILE + 11, 100, 6);
    check_length(2 * TILE + 18, 0, 7);
}

static void test_less_than_an_anchor_gives_none(void **state)
{
    uint8_t codes[18] = {0};
    struct anchor out[1];
    size_t count;

    (void)state;
    for (count = 0; count <= 18; count++)
        assert_int_equal(tested_scan(codes, count, 0, out), 0);
}

static void check_form(scan_fn *form)
{
    static uint8_t codes[TILE + ANCHOR_LENGTH - 1];
    static struct anchor out[TILE + ANCHOR_LENGTH];
    static struct tile tile;
    size_t count;

    /* A longer piece first: what it leaves in the tile must not show. */
    for (count = sizeof codes; count > 18; count = count > 300 ? count / 2 : count - 1) {
        fill(codes, count, count % 3 ? 60 : 0, count);
        check_scan(codes, count, 99, out, form(&tile, codes, count, 99, out));
    }
}

static void test_every_form_that_can_run_here(void **state)
{
    (void)state;
    check_form(scan_portable);
#ifdef HAVE_AVX2
    if (__builtin_cpu_supports("avx2"))
        check_form(scan_avx2);
#endif
}

static void test_strands_give_the_same_anchors_mirrored(void **state)
{
    enum { COUNT = 2 * TILE + 333 };
    static uint8_t codes[COUNT], mirror[COUNT];
    static struct anchor a[COUNT], b[COUNT];
    size_t found, i;

    (void)state;
    fill(codes, COUNT, 200, 77);
    mirror_bases(mirror, codes, COUNT);
    found = tested_scan(codes, COUNT, 0, a);
    assert_int_equal(tested_scan(mirror, COUNT, 0, b), found);
    assert_true(found > COUNT / 32);
    for (i = 0; i < found; i++) {
        assert_int_equal(a[i].position + b[found - 1 - i].position, COUNT - 19);
        assert_true(a[i].hash == b[found - 1 - i].hash);
        assert_int_equal(a[i].reverse, !b[found - 1 - i].reverse);
    }
}

static void test_a_symbol_that_is_no_base_hides_what_holds_it(void **state)
{
    enum { COUNT = 500 };
    uint8_t codes[COUNT];
    struct anchor all[COUNT], some[COUNT];
    size_t found, kept, i, bad, n;

    (void)state;
    random_bases(codes, COUNT, 8);
    found = tested_scan(codes, COUNT, 0, all);
    for (bad = 0; bad < COUNT; bad++) {
        uint8_t code = codes[bad];

        codes[bad] = (uint8_t)(4 + bad % 12);
        kept = tested_scan(codes, COUNT, 0, some);
        codes[bad] = code;
        for (i = 0, n = 0; i < found; i++) {
            if (all[i].position <= bad && bad < all[i].position + 19)
                continue;
            assert_true(n < kept && some[n].position == all[i].position);
            assert_true(some[n].hash == all[i].hash);
            n++;
        }
        assert_int_equal(kept, n);
    }
}

/* What a 19-mer is does not depend on where it stands. */
static void test_offsets_do_not_matter(void **state)
{
    enum { COUNT = TILE + 900 };
    static uint8_t codes[COUNT];
    static struct anchor all[COUNT], some[COUNT];
    size_t found, kept, from, i, first;

    (void)state;
    random_bases(codes, COUNT, 9);
    found = tested_scan(codes, COUNT, 0, all);
    for (from = 1; from < 70; from++) {
        kept = tested_scan(codes + from, COUNT - from, from, some);
        for (first = 0; all[first].position < from; first++)
            ;
        assert_int_equal(kept, found - first);
        for (i = 0; i < kept; i++)
            assert_true(some[i].position == all[first + i].position &&
                        some[i].hash == all[first + i].hash);
    }
}

static void test_one_in_sixteen_and_half_of_them_a_level(void **state)
{
    enum { COUNT = 1 << 19 };
    uint8_t *codes = malloc(COUNT);
    struct anchor *out = malloc(COUNT * sizeof *out);
    size_t found, i, level, at_least[6] = {0};

    (void)state;
    random_bases(codes, COUNT, 10);
    found = tested_scan(codes, COUNT, 0, out);
    assert_in_range(found, COUNT / 17, COUNT / 15);
    for (i = 0; i < found; i++)
        for (level = 0; level < 6; level++)
            at_least[level] += anchor_level(out[i].hash) >= level;
    for (level = 1; level < 6; level++)
        assert_in_range(at_least[level], at_least[0] * 9 / 10 >> level,
                        at_least[0] * 11 / 10 >> level);
    free(codes);
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_length_follows_the_rule),
        cmocka_unit_test(test_tile_borders_follow_the_rule),
        cmocka_unit_test(test_less_than_an_anchor_gives_none),
        cmocka_unit_test(test_every_form_that_can_run_here),
        cmocka_unit_test(test_strands_give_the_same_anchors_mirrored),
        cmocka_unit_test(test_a_symbol_that_is_no_base_hides_what_holds_it),
        cmocka_unit_test(test_offsets_do_not_matter),
        cmocka_unit_test(test_one_in_sixteen_and_half_of_them_a_level),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
