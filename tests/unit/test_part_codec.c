/*
 * Part payloads: what zstd itself, and tuples written by hand, give for what the codec made, and the
 * other way round; damaged parts refused; memory of the contexts bounded.
 */
#include "common/error.h"
#include "common/part_codec.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zstd.h>

static uint64_t random_state = 1;

static uint32_t random_below(uint32_t bound)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (uint32_t)((random_state * 0x2545f4914f6cdd1d >> 32) % bound);
}

static void fill(uint8_t *data, size_t length, uint32_t bound)
{
    for (size_t i = 0; i < length; i++)
        data[i] = (uint8_t)random_below(bound);
}

static void test_pack_is_zstd_and_marker(void **state)
{
    uint8_t pack[5000], back[5000];
    struct part_codec *codec;
    struct bytes out = {0};
    uint64_t metadata;

    (void)state;
    fill(pack, sizeof pack, 4);
    assert_int_equal(part_codec_create(&codec, PART_EFFORT_DEFAULT), 0);
    assert_int_equal(bytes_append(&out, "kept", 4), 0);
    assert_int_equal(part_encode_pack(codec, pack, sizeof pack, &out, &metadata), 0);
    assert_int_equal(metadata, sizeof pack);
    assert_memory_equal(out.data, "kept", 4);
    assert_int_equal(out.data[out.length - 1], 0);
    assert_int_equal(ZSTD_decompress(back, sizeof back, out.data + 4, out.length - 5),
                     sizeof pack);
    assert_memory_equal(back, pack, sizeof pack);
    assert_int_equal(ZSTD_getFrameContentSize(out.data + 4, out.length - 5), sizeof pack);
    bytes_free(&out);
    part_codec_free(codec);
}

static void test_reference_is_tuples_and_marker(void **state)
{
    uint8_t codes[4001], tuples[1003], back[2000];
    struct part_codec *codec;
    struct bytes out = {0};
    uint64_t metadata;

    (void)state;
    fill(codes, sizeof codes, 4);
    for (size_t i = 0; i < 1000; i++)
        tuples[i] = (uint8_t)(codes[4 * i] * 64 + codes[4 * i + 1] * 16 + codes[4 * i + 2] * 4 +
                              codes[4 * i + 3]);
    tuples[1000] = codes[4000];
    tuples[1001] = 0x41;
    assert_int_equal(part_codec_create(&codec, PART_EFFORT_DEFAULT), 0);
    assert_int_equal(part_encode_reference(codec, codes, sizeof codes, &out, &metadata), 0);
    assert_int_equal(metadata, sizeof codes);
    assert_int_equal(out.data[out.length - 1], 1);
    assert_int_equal(ZSTD_decompress(back, sizeof back, out.data, out.length - 1), 1002);
    assert_memory_equal(back, tuples, 1002);
    bytes_free(&out);
    part_codec_free(codec);
}

static void test_what_does_not_shrink_is_stored(void **state)
{
    uint8_t pack[] = {'A', 255}, reference[] = {1, 2};
    struct part_codec *codec;
    struct bytes out = {0};
    uint64_t metadata = 9;

    (void)state;
    assert_int_equal(part_codec_create(&codec, PART_EFFORT_BEST), 0);
    assert_int_equal(part_encode_pack(codec, pack, 2, &out, &metadata), 0);
    assert_int_equal(metadata, 0);
    assert_int_equal(out.length, 2);
    assert_memory_equal(out.data, pack, 2);
    out.length = 0;
    assert_int_equal(part_encode_reference(codec, reference, 2, &out, &metadata), 0);
    assert_int_equal(metadata, 0);
    assert_int_equal(out.length, 2);
    assert_memory_equal(out.data, reference, 2);
    bytes_free(&out);
    part_codec_free(codec);
}

static void assert_round_trip(struct part_codec *codec, const uint8_t *data, size_t length,
                              int reference)
{
    struct bytes out = {0}, back = {0};
    uint64_t metadata;
    int code = reference ? part_encode_reference(codec, data, length, &out, &metadata)
                         : part_encode_pack(codec, data, length, &out, &metadata);

    assert_int_equal(code, 0);
    assert_true(metadata == 0 ? out.length == length : out.length < length);
    assert_int_equal(part_decode(codec, out.data, out.length, metadata, length, &back), 0);
    assert_int_equal(back.length, length);
    assert_memory_equal(back.data, data, length);
    assert_int_equal(part_decode(codec, out.data, out.length, metadata, length - 1, &back),
                     ERROR_FORMAT);
    bytes_free(&out);
    bytes_free(&back);
}

static void test_round_trips(void **state)
{
    static const uint32_t bounds[] = {1, 4, 5, 16, 31, 255};
    uint8_t *data = malloc(200000);

    (void)state;
    assert_non_null(data);
    for (int effort = PART_EFFORT_FAST; effort <= PART_EFFORT_BEST; effort++) {
        struct part_codec *codec;

        assert_int_equal(part_codec_create(&codec, (enum part_effort)effort), 0);
        for (size_t b = 0; b < sizeof bounds / sizeof bounds[0]; b++) {
            for (size_t length = 1; length < 200000; length += 1 + length) {
                fill(data, length, bounds[b]);
                assert_round_trip(codec, data, length, 0);
                assert_round_trip(codec, data, length, 1);
                if (length > 100) { /* repetitive */
                    for (size_t i = 50; i < length; i++)
                        data[i] = data[i - 50];
                    assert_round_trip(codec, data, length, 1);
                }
            }
        }
        part_codec_free(codec);
    }
    free(data);
}

static void test_bytes_do_not_depend_on_history(void **state)
{
    uint8_t *data = malloc(300000);
    struct bytes first = {0}, again = {0};
    struct part_codec *codec, *other;
    uint64_t metadata;

    (void)state;
    assert_non_null(data);
    assert_int_equal(part_codec_create(&codec, PART_EFFORT_DEFAULT), 0);
    assert_int_equal(part_codec_create(&other, PART_EFFORT_DEFAULT), 0);
    fill(data, 300000, 4);
    assert_int_equal(part_encode_pack(codec, data, 40000, &first, &metadata), 0);
    assert_int_equal(part_encode_reference(other, data, 300000, &again, &metadata), 0);
    assert_int_equal(part_encode_pack(other, data, 300000, &again, &metadata), 0);
    again.length = 0;
    assert_int_equal(part_encode_pack(other, data, 40000, &again, &metadata), 0);
    assert_int_equal(again.length, first.length);
    assert_memory_equal(again.data, first.data, first.length);
    bytes_free(&first);
    bytes_free(&again);
    part_codec_free(codec);
    part_codec_free(other);
    free(data);
}

static void test_damaged_parts_are_refused(void **state)
{
    uint8_t pack[3000];
    struct part_codec *codec;
    struct bytes out = {0}, back = {0};
    uint64_t metadata;

    (void)state;
    fill(pack, sizeof pack, 4);
    assert_int_equal(part_codec_create(&codec, PART_EFFORT_DEFAULT), 0);
    assert_int_equal(part_encode_pack(codec, pack, sizeof pack, &out, &metadata), 0);
    assert_int_equal(part_decode(codec, out.data, out.length, metadata + 1, 1 << 20, &back),
                     ERROR_FORMAT);
    assert_int_equal(part_decode(codec, out.data, out.length, metadata - 1, 1 << 20, &back),
                     ERROR_FORMAT);
    assert_int_equal(part_decode(codec, out.data, out.length, UINT64_MAX, SIZE_MAX, &back),
                     ERROR_FORMAT);
    assert_int_equal(part_decode(codec, out.data, 1, metadata, 1 << 20, &back), ERROR_FORMAT);
    assert_int_equal(part_decode(codec, out.data, 0, metadata, 1 << 20, &back), ERROR_FORMAT);
    out.data[out.length - 1] = 2; /* no such marker */
    assert_int_equal(part_decode(codec, out.data, out.length, metadata, 1 << 20, &back),
                     ERROR_FORMAT);
    for (size_t length = 2; length < out.length; length++) { /* cut, with a marker */
        uint8_t *cut = malloc(length);

        assert_non_null(cut);
        memcpy(cut, out.data, length - 1);
        for (uint8_t marker = 0; marker < 3; marker++) {
            cut[length - 1] = marker;
            assert_int_equal(part_decode(codec, cut, length, metadata, 1 << 20, &back),
                             ERROR_FORMAT);
        }
        free(cut);
    }
    bytes_free(&out);
    bytes_free(&back);
    part_codec_free(codec);
}

/* A payload of several windows: what is on the heap afterwards is the contexts. */
static void test_contexts_stay_small(void **state)
{
    enum { LENGTH = 4 << 20 };
    uint8_t *data = malloc(LENGTH);
    struct bytes out = {0};

    (void)state;
    assert_non_null(data);
    fill(data, LENGTH / 8, 4);
    for (size_t i = LENGTH / 8; i < LENGTH; i++)
        data[i] = data[i - LENGTH / 8];
    assert_int_equal(bytes_reserve(&out, 2 * LENGTH), 0);
    for (int effort = PART_EFFORT_FAST; effort <= PART_EFFORT_BEST; effort++) {
        struct mallinfo2 before = mallinfo2(), after;
        struct part_codec *codec;
        uint64_t metadata;

        assert_int_equal(part_codec_create(&codec, (enum part_effort)effort), 0);
        out.length = 0;
        assert_int_equal(part_encode_pack(codec, data, LENGTH, &out, &metadata), 0);
        after = mallinfo2();
        assert_true(after.uordblks + after.hblkhd - before.uordblks - before.hblkhd < 11 << 20);
        part_codec_free(codec);
    }
    bytes_free(&out);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pack_is_zstd_and_marker),
        cmocka_unit_test(test_reference_is_tuples_and_marker),
        cmocka_unit_test(test_what_does_not_shrink_is_stored),
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_bytes_do_not_depend_on_history),
        cmocka_unit_test(test_damaged_parts_are_refused),
        cmocka_unit_test(test_contexts_stay_small),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
