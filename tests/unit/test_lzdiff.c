/*
 * LZ-diff: hand-made deltas decode as spec section 7 says, bad ones are refused, and whatever the
 * encoder makes of mutated sequences decodes to them again.
 *
 * The decoder is checked against texts written by hand, the encoder against the decoder; buffers
 * are malloc'ed at their exact size, so that AddressSanitizer sees a byte too far.
 */
#include "common/error.h"
#include "common/lzdiff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MIN_MATCH = 20 };

/* xorshift64*: the tests' own source of sequences. */
static uint64_t random_state;

static uint32_t random_below(uint32_t bound)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (uint32_t)((random_state * 0x2545f4914f6cdd1d >> 32) % bound);
}

static uint8_t *exact_copy(const void *data, size_t length)
{
    uint8_t *copy = malloc(length ? length : 1);

    assert_non_null(copy);
    if (length)
        memcpy(copy, data, length);
    return copy;
}

static void codes_from(const char *letters, uint8_t *codes)
{
    static const char alphabet[] = "ACGTNRYSWKMBDHVU";

    for (size_t i = 0; letters[i]; i++)
        codes[i] = (uint8_t)(strchr(alphabet, letters[i]) - alphabet);
}

static int decode_text(const char *reference, const char *delta, enum lzdiff_version version,
                       size_t capacity, uint8_t *out, size_t *length)
{
    size_t reference_length = strlen(reference);
    uint8_t *codes = malloc(reference_length + 1);
    uint8_t *text = exact_copy(delta, strlen(delta));
    int code;

    assert_non_null(codes);
    codes_from(reference, codes);
    code = lzdiff_decode(codes, reference_length, text, strlen(delta), 15, version, out, capacity,
                         length);
    free(text);
    free(codes);
    return code;
}

static const char REFERENCE[] = "ACGTACGTTTGACCANGATCGGATTACA"; /* 28 symbols */

static void assert_decodes_as(const char *delta, enum lzdiff_version version, const char *letters)
{
    size_t length = 99, wanted = strlen(letters);
    uint8_t expected[256], *out = malloc(wanted ? wanted : 1);

    assert_non_null(out);
    codes_from(letters, expected);
    assert_int_equal(decode_text(REFERENCE, delta, version, wanted, out, &length), 0);
    assert_int_equal(length, wanted);
    assert_memory_equal(out, expected, wanted);
    /* One symbol less room: refused, not overrun. */
    if (wanted)
        assert_int_equal(decode_text(REFERENCE, delta, version, wanted - 1, out, &length),
                         ERROR_FORMAT);
    free(out);
}

static void test_decode_tokens(void **state)
{
    (void)state;
    assert_decodes_as("0.", LZDIFF_V2, "ACGTACGTTTGACCANGATCGGATTACA");
    assert_decodes_as("20.", LZDIFF_V2, "GGATTACA");
    assert_decodes_as("28.", LZDIFF_V2, "");
    assert_decodes_as("2,0.", LZDIFF_V2, "GTACGTTTGACCANG");
    assert_decodes_as("2,3.", LZDIFF_V2, "GTACGTTTGACCANGATC");
    assert_decodes_as("2,3.!", LZDIFF_V2, "GTACGTTTGACCANGATCG");
    assert_decodes_as("2,3.A!!", LZDIFF_V2, "GTACGTTTGACCANGATCAGA");
    assert_decodes_as("13,0.-28,0.", LZDIFF_V2, "CANGATCGGATTACAACGTACGTTTGACCA");
    assert_decodes_as("BCP!", LZDIFF_V2, "CGUT");
    assert_decodes_as("\036" "0\004", LZDIFF_V2, "NNNN");
    assert_decodes_as("A\036" "13\004!", LZDIFF_V2, "ANNNNNNNNNNNNNNNNNC");
    /* A literal past the reference's end is no fault; a match back from there neither. */
    assert_decodes_as("28.AB-30,0.", LZDIFF_V2, "ACACGTACGTTTGACCA");
    assert_decodes_as("2,3.A", LZDIFF_V1, "GTACGTTTGACCANGATCA");
}

/* The delta says too little, or too much: seen if the range comes to where that is. */
static void test_decode_range_of_another_length(void **state)
{
    static const uint8_t delta[] = "2,3.A!!"; /* 21 symbols */
    uint8_t codes[28], out[64];

    (void)state;
    codes_from(REFERENCE, codes);
    for (size_t length = 20; length <= 22; length++) {
        int wanted = length == 21 ? 0 : ERROR_FORMAT;

        assert_int_equal(lzdiff_decode_range(codes, 28, delta, sizeof delta - 1, 15, LZDIFF_V2,
                                             length, 0, length, out), wanted);
        assert_int_equal(lzdiff_decode_range(codes, 28, delta, sizeof delta - 1, 15, LZDIFF_V2,
                                             length, length, 0, out), wanted);
        assert_int_equal(lzdiff_decode_range(codes, 28, delta, sizeof delta - 1, 15, LZDIFF_V2,
                                             length, 3, 9, out), 0);
    }
}

static void test_decode_bad_deltas(void **state)
{
    static const char *const bad[] = {
        ",",         "-",        "--1.",     "1",        "1,",         "1,1",      "1,1,",
        "29.",       "-1.",      "-1,0.",    "14,0.",    "0,14.",      "0,-1.",    "01.",
        "-0.",       "00,0.",    "0,00.",    "99999999999.", "0,99999999999.", "0,9999999999.",
        "9999999999.", "-9999999999.", "18446744073709551616.", "0,18446744073709551616.", "28.!", "28.A!",  "V",          "a",        "\036",
        "\036" "1",  "\036" "-1\004", "\036\004", "\036" "0.", "\004",  "\177",     " 0.",
        "+1.",       "0. ",      "0,0.\"",   "0;",       "\036" "9999999999\004",
    };
    uint8_t out[512];
    size_t length;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (decode_text(REFERENCE, bad[i], LZDIFF_V2, sizeof out, out, &length) != ERROR_FORMAT)
            fail_msg("delta '%s' was not refused", bad[i]);
    assert_int_equal(decode_text(REFERENCE, "!", LZDIFF_V1, 512, out, &length), ERROR_FORMAT);
    assert_int_equal(decode_text(REFERENCE, "20.", LZDIFF_V1, 512, out, &length), ERROR_FORMAT);
}

static void test_decode_random_bytes(void **state)
{
    static const char alphabet[] = "0123456789-,.!ACGT\036\004";
    uint8_t out[64];
    size_t length;

    (void)state;
    random_state = 7;
    for (int round = 0; round < 200000; round++) {
        char delta[24];
        size_t count = random_below(sizeof delta);

        for (size_t i = 0; i < count; i++)
            delta[i] = alphabet[random_below(sizeof alphabet - 1)];
        delta[count] = 0;
        if (decode_text(REFERENCE, delta, LZDIFF_V2, sizeof out, out, &length) == 0)
            assert_true(length <= sizeof out);
    }
}

/* ---- round trips */

static struct lzdiff_index *shared_index;

/* A range of a delta is that slice of the query, in a buffer of just its size. */
static void assert_range(const uint8_t *reference, size_t reference_length, const uint8_t *delta,
                         size_t delta_length, unsigned min_match, const uint8_t *query,
                         size_t query_length, size_t first, size_t count)
{
    uint8_t *out = malloc(count ? count : 1);

    assert_non_null(out);
    assert_int_equal(lzdiff_decode_range(reference, reference_length, delta, delta_length, min_match,
                                         LZDIFF_V2, query_length, first, count, out), 0);
    assert_memory_equal(out, query + first, count);
    free(out);
}

static void assert_round_trip(const uint8_t *reference, size_t reference_length,
                              const uint8_t *query, size_t query_length, unsigned min_match)
{
    uint8_t *r = exact_copy(reference, reference_length), *q = exact_copy(query, query_length);
    uint8_t *out = malloc(query_length ? query_length : 1), *text;
    struct lzdiff_index *fresh = NULL;
    struct bytes delta = {0}, again = {0};
    size_t length = 0;
    int equal = query_length == reference_length && !memcmp(query, reference, query_length);

    assert_int_equal(lzdiff_index_set(&shared_index, r, reference_length, min_match), 0);
    assert_int_equal(lzdiff_encode(shared_index, q, query_length, &delta), 0);
    assert_int_equal(delta.length == 0, equal);
    for (size_t i = 0; i < delta.length; i++)
        assert_int_not_equal(delta.data[i], 0xff);
    text = exact_copy(delta.data, delta.length);
    if (!equal) {
        assert_int_equal(lzdiff_decode(r, reference_length, text, delta.length, min_match,
                                       LZDIFF_V2, out, query_length, &length), 0);
        assert_int_equal(length, query_length);
        assert_memory_equal(out, q, query_length);
        for (uint32_t n = 0; n < 8; n++) {
            size_t first = random_below((uint32_t)query_length + 1);

            assert_range(r, reference_length, text, delta.length, min_match, q, query_length, first,
                         n ? random_below((uint32_t)(query_length - first) + 1)
                           : query_length - first);
        }
    }
    /* An index with a history, and one without, give the same text. */
    assert_int_equal(lzdiff_index_set(&fresh, r, reference_length, min_match), 0);
    assert_int_equal(lzdiff_encode(shared_index, q, query_length, &again), 0);
    assert_int_equal(again.length, delta.length);
    again.length = 0;
    assert_int_equal(lzdiff_encode(fresh, q, query_length, &again), 0);
    assert_int_equal(again.length, delta.length);
    if (delta.length)
        assert_memory_equal(again.data, delta.data, delta.length);
    lzdiff_index_free(fresh);
    bytes_free(&delta);
    bytes_free(&again);
    free(text);
    free(out);
    free(q);
    free(r);
}

static void fill_random(uint8_t *codes, size_t length)
{
    static const uint8_t rare[] = {4, 5, 9, 15};
    uint32_t kind = random_below(8);

    for (size_t i = 0; i < length; i++)
        codes[i] = (uint8_t)random_below(4);
    if (kind == 0) /* a tandem repeat */
        for (size_t i = 7, unit = 1 + random_below(7); i < length; i++)
            codes[i] = codes[i - unit];
    if (kind == 1) /* rare codes strewn in */
        for (size_t i = 0; i < length; i += 1 + random_below(40))
            codes[i] = rare[random_below(4)];
    if (kind == 2 && length > 50) /* an N run */
        memset(codes + random_below((uint32_t)length - 50), 4, random_below(50));
}

/* Copies from the reference with substitutions, insertions, deletions, N runs and jumps. */
static size_t mutate(const uint8_t *reference, size_t length, uint8_t *out, size_t capacity)
{
    uint32_t rate = 1 + random_below(random_below(2) ? 20 : 400);
    size_t count = 0, at = random_below(3) ? 0 : random_below((uint32_t)length + 1);
    size_t wanted = random_below((uint32_t)capacity) + 1;

    while (count < wanted) {
        if (at >= length)
            at = random_below((uint32_t)length + 1);
        if (random_below(rate) || at == length) {
            out[count++] = at < length ? reference[at++] : (uint8_t)random_below(16);
            continue;
        }
        switch (random_below(6)) {
        case 0:
        case 1:
            out[count++] = (uint8_t)random_below(4);
            at++;
            break;
        case 2:
            at += random_below(30);
            break;
        case 3:
            for (uint32_t n = random_below(30); n && count < wanted; n--)
                out[count++] = (uint8_t)random_below(4);
            break;
        case 4:
            for (uint32_t n = random_below(12); n && count < wanted; n--)
                out[count++] = 4;
            break;
        default:
            at = random_below((uint32_t)length + 1);
        }
    }
    return count;
}

static void test_round_trip_mutated(void **state)
{
    enum { LENGTH_MAX = 6000 };
    uint8_t *reference = malloc(LENGTH_MAX), *query = malloc(LENGTH_MAX);

    (void)state;
    assert_non_null(reference);
    assert_non_null(query);
    random_state = 1;
    for (int round = 0; round < 3000; round++) {
        size_t length = 1 + random_below(round % 4 ? LENGTH_MAX : 64);
        size_t count;

        fill_random(reference, length);
        count = mutate(reference, length, query, random_below(4) ? length : LENGTH_MAX);
        assert_round_trip(reference, length, query, count, 15 + random_below(18));
    }
    free(query);
    free(reference);
}

static void test_round_trip_edges(void **state)
{
    uint8_t r[200], q[200];

    (void)state;
    random_state = 3;
    for (size_t i = 0; i < sizeof r; i++)
        r[i] = (uint8_t)random_below(4);
    assert_round_trip(r, 200, r, 200, MIN_MATCH);
    for (size_t length = 1; length < 200; length++) {
        assert_round_trip(r, 200, r, length, MIN_MATCH);
        assert_round_trip(r, length, r, 200, MIN_MATCH);
        assert_round_trip(r, 200, r + length, 200 - length, MIN_MATCH);
        assert_round_trip(r + length, 200 - length, r, 200, MIN_MATCH);
        memcpy(q, r, sizeof q);
        q[length] = (q[length] + 1) % 4;
        assert_round_trip(r, 200, q, 200, MIN_MATCH);
    }
    memset(q, 4, sizeof q);
    for (size_t length = 1; length < 10; length++)
        assert_round_trip(r, 200, q, length, MIN_MATCH);
    assert_round_trip(q, 200, r, 200, MIN_MATCH);
    assert_round_trip(q, 100, q, 200, MIN_MATCH);
}

static size_t delta_size(const uint8_t *r, size_t r_length, const uint8_t *q, size_t q_length)
{
    struct bytes delta = {0};
    size_t length;

    assert_int_equal(lzdiff_index_set(&shared_index, r, r_length, MIN_MATCH), 0);
    assert_int_equal(lzdiff_encode(shared_index, q, q_length, &delta), 0);
    length = delta.length;
    bytes_free(&delta);
    return length;
}

/* What a small change may cost, in bytes of delta counted by hand from the tokens it needs. */
static void test_delta_is_small(void **state)
{
    enum { LENGTH = 20000 };
    uint8_t *r = malloc(LENGTH), *q = malloc(LENGTH + 100);

    (void)state;
    random_state = 11;
    for (size_t i = 0; i < LENGTH; i++)
        r[i] = (uint8_t)random_below(4);
    memcpy(q, r, LENGTH);
    q[9000] = 3 - q[9000];
    assert_true(delta_size(r, LENGTH, q, LENGTH) <= strlen("0,8980.A0."));
    memmove(q + 9005, q + 9000, LENGTH - 9000); /* five symbols more */
    memset(q + 9000, 3 - r[9000], 5);
    assert_true(delta_size(r, LENGTH, q, LENGTH + 5) <= strlen("0,8980.AAAAAA-5."));
    memcpy(q, r, 9000);
    memcpy(q + 9000, r + 9010, LENGTH - 9010); /* ten less */
    assert_true(delta_size(r, LENGTH, q, LENGTH - 10) <= strlen("0,8990.10."));
    memcpy(q, r + 12001, 5000); /* a piece moved: found wherever it lies */
    memcpy(q + 5000, r + 3, 5000);
    assert_true(delta_size(r, LENGTH, q, 10000) <= strlen("12001,4980.-16998,4980."));
    memcpy(q, r, 4000); /* new sequence between */
    for (size_t i = 4000; i < 4500; i++)
        q[i] = (uint8_t)random_below(4);
    memcpy(q + 4500, r + 4000, 6000);
    assert_true(delta_size(r, LENGTH, q, 10500) <= 500 + strlen("0,3980.-499,5980."));
    free(q);
    free(r);
}

static size_t count_same(const uint8_t *r, size_t r_length, const uint8_t *q, size_t q_length)
{
    struct bytes delta = {0};
    size_t count = 0;

    assert_int_equal(lzdiff_index_set(&shared_index, r, r_length, MIN_MATCH), 0);
    assert_int_equal(lzdiff_encode(shared_index, q, q_length, &delta), 0);
    for (size_t i = 0; i < delta.length; i++)
        count += delta.data[i] == '!';
    bytes_free(&delta);
    return count;
}

/* Every agreement of min_match symbols is found, wherever it lies in the reference. */
static void test_every_agreement_is_found(void **state)
{
    enum { LENGTH = 3000, NEW = 60 };
    uint8_t *r = malloc(LENGTH), *q = malloc(3 * NEW);

    (void)state;
    random_state = 19;
    for (size_t i = 0; i < LENGTH; i++)
        r[i] = (uint8_t)random_below(4);
    for (unsigned min_match = 15; min_match <= 32; min_match++) {
        for (size_t pos = 1000; pos < 1016; pos++) {
            struct bytes delta = {0};

            for (size_t i = 0; i < 2 * NEW + min_match; i++)
                q[i] = (uint8_t)random_below(4);
            memcpy(q + NEW, r + pos, min_match);
            assert_int_equal(lzdiff_index_set(&shared_index, r, LENGTH, min_match), 0);
            assert_int_equal(lzdiff_encode(shared_index, q, 2 * NEW + min_match, &delta), 0);
            assert_non_null(memchr(delta.data, ',', delta.length));
            bytes_free(&delta);
        }
    }
    free(q);
    free(r);
}

/* Substitutions and short insertions and deletions are told without the table. */
static void test_alike_sequences_need_no_table(void **state)
{
    enum { LENGTH = 50000 };
    uint8_t *r = malloc(LENGTH), *q = malloc(LENGTH);
    struct lzdiff_index *index = NULL;
    struct bytes delta = {0};
    size_t count = 0, bare;

    (void)state;
    random_state = 23;
    for (size_t i = 0; i < LENGTH; i++)
        r[i] = (uint8_t)random_below(4);
    for (size_t at = 0; at < LENGTH - 2000; at++) {
        if (at % 500 == 100)
            at += 1 + random_below(16);
        if (at % 700 == 300)
            for (uint32_t n = 1 + random_below(12); n; n--)
                q[count++] = (uint8_t)random_below(4);
        q[count++] = at % 100 == 50 ? 3 - r[at] : r[at];
    }
    assert_int_equal(lzdiff_index_set(&index, r, LENGTH, MIN_MATCH), 0);
    bare = lzdiff_index_held_bytes(index);
    assert_int_equal(lzdiff_encode(index, q, count, &delta), 0);
    assert_int_equal(lzdiff_index_held_bytes(index), bare);
    for (size_t end = count - 45; end < count; end++) /* right behind a substitution, too */
        assert_int_equal(lzdiff_encode(index, q, end, &delta), 0);
    assert_int_equal(lzdiff_index_held_bytes(index), bare);
    for (size_t i = 0; i < 100; i++)
        q[i] = (uint8_t)random_below(4);
    assert_int_equal(lzdiff_encode(index, q, count, &delta), 0);
    assert_true(lzdiff_index_held_bytes(index) > bare);
    assert_true(lzdiff_index_held_bytes(index) <= lzdiff_index_bytes(LENGTH));
    lzdiff_index_free(index);
    bytes_free(&delta);
    free(q);
    free(r);
}

/* '!' where the query follows the reference, letters where it does not: so new sequence reads the
 * same in all members that have it, wherever it stands. */
static void test_same_marks_only_where_the_reference_is_followed(void **state)
{
    enum { LENGTH = 4000, NEW = 400 };
    uint8_t *r = malloc(LENGTH), *q = malloc(LENGTH + NEW);

    (void)state;
    random_state = 13;
    for (size_t i = 0; i < LENGTH; i++)
        r[i] = (uint8_t)random_below(4);
    memcpy(q, r, 2000);
    for (size_t i = 0; i < NEW; i++)
        q[2000 + i] = (uint8_t)random_below(4);
    memcpy(q + 2000 + NEW, r + 2000, LENGTH - 2000);
    assert_true(count_same(r, LENGTH, q, LENGTH + NEW) < NEW / 20); /* a quarter agrees by chance */
    memcpy(q, r, LENGTH);
    for (size_t i = 2000; i < 2000 + NEW; i += 8)
        q[i] = 3 - q[i];
    /* from the first of the 50 substitutions to the last there are 49 times seven that agree */
    assert_int_equal(count_same(r, LENGTH, q, LENGTH), 49 * 7);
    free(q);
    free(r);
}

/* A short match elsewhere is not taken where the diagonal has few differences. */
static void test_substitutions_do_not_lead_away(void **state)
{
    enum { LENGTH = 3000 };
    static const char expected[] = "0,980.A!!!!!!!!!A!!!!!!!!!A0.";
    uint8_t r[LENGTH], q[LENGTH];
    struct bytes delta = {0};

    (void)state;
    random_state = 17;
    for (size_t i = 0; i < LENGTH; i++)
        r[i] = (uint8_t)(1 + random_below(3));
    memcpy(q, r, LENGTH);
    q[1000] = q[1010] = q[1020] = 0;
    memcpy(r + 2500, q + 990, 40); /* all of it stands elsewhere, whole */
    memcpy(q + 2500, q + 990, 40);
    assert_int_equal(lzdiff_index_set(&shared_index, r, LENGTH, MIN_MATCH), 0);
    assert_int_equal(lzdiff_encode(shared_index, q, LENGTH, &delta), 0);
    assert_int_equal(delta.length, strlen(expected));
    assert_memory_equal(delta.data, expected, strlen(expected));
    bytes_free(&delta);
}

static int free_index(void **state)
{
    (void)state;
    lzdiff_index_free(shared_index);
    shared_index = NULL;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode_tokens),
        cmocka_unit_test(test_decode_range_of_another_length),
        cmocka_unit_test(test_decode_bad_deltas),
        cmocka_unit_test(test_decode_random_bytes),
        cmocka_unit_test(test_round_trip_mutated),
        cmocka_unit_test(test_round_trip_edges),
        cmocka_unit_test(test_delta_is_small),
        cmocka_unit_test(test_every_agreement_is_found),
        cmocka_unit_test(test_alike_sequences_need_no_table),
        cmocka_unit_test(test_same_marks_only_where_the_reference_is_followed),
        cmocka_unit_test(test_substitutions_do_not_lead_away),
    };

    return cmocka_run_group_tests(tests, NULL, free_index);
}
