/*
 * Archives that C++ AGC made, in formats 1.x, 2.x and 3.0: they decode to the digests of their
 * FASTA, can be entered at any sample, and with bytes changed do no more than fail.
 */
#include "tests/unit/archive_text.h"
#include "tests/unit/input_files.h"
#include "tests/unit/sha256.h"

enum { CACHE_BYTES = 1 << 20 };

static const struct {
    const char *archive, *digest;
    uint32_t version_major;
} golden[] = {
    {"chlamydia3.v1.agc", "chlamydia3.digest", 1},
    {"chlamydia3.v3.agc", "chlamydia3.digest", 3},
    {"hpylori.appended.v3.agc", "hpylori.digest", 3},
    {"mtdna60.concatenated.v2.agc", "mtdna60.digest", 2},
    {"mtdna60.concatenated.v3.agc", "mtdna60.digest", 3},
    {"plasmids15.adaptive.v2.agc", "plasmids15.digest", 2},
    {"plasmids15.adaptive.v3.agc", "plasmids15.digest", 3},
    {"yeast_chrV.small-segments.v3.agc", "yeast_chrV.digest", 3},
    {"yeast_chrV.v1.agc", "yeast_chrV.digest", 1},
    {"yeast_chrV.v2.agc", "yeast_chrV.digest", 2},
    {"yeast_chrV.v3.agc", "yeast_chrV.digest", 3},
};

enum { GOLDEN_COUNT = sizeof golden / sizeof golden[0] };

static const char *golden_path(const char *name)
{
    char path[128];

    snprintf(path, sizeof path, "data/golden/%s", name);
    return shared_path(path);
}

static int digest_contig(struct contig_cursor *c, struct member_decoder *d, uint32_t segments,
                         uint32_t k, char hex[65], uint64_t *length)
{
    static uint8_t letters[4096];
    struct sha256 sha;

    sha256_init(&sha);
    *length = 0;
    for (uint32_t i = 0; i < segments; i++) {
        struct archive_segment segment;
        const uint8_t *codes;
        uint32_t at = i ? k : 0;
        int code = contig_cursor_segment(c, &segment);

        if (!code)
            code = member_decoder_segment(d, &segment, &codes);
        if (code)
            return code;
        *length += segment.length - at;
        while (at < segment.length) {
            uint32_t n = segment.length - at < sizeof letters ? segment.length - at
                                                              : (uint32_t)sizeof letters;

            symbols_to_letters(letters, codes + at, n);
            sha256_add(&sha, letters, n);
            at += n;
        }
    }
    sha256_hex(&sha, hex);
    return 0;
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Splits text into its lines, sorted. */
static char **sorted_lines(struct bytes *text, size_t *count)
{
    char **lines = NULL, *at;

    assert_int_equal(bytes_append_byte(text, 0), 0);
    *count = 0;
    for (at = strtok((char *)text->data, "\n"); at; at = strtok(NULL, "\n")) {
        lines = realloc(lines, (*count + 1) * sizeof *lines);
        assert_non_null(lines);
        lines[(*count)++] = at;
    }
    qsort(lines, *count, sizeof *lines, compare_lines);
    return lines;
}

static struct bytes read_whole(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct bytes data = {0};
    uint8_t buffer[65536];
    size_t n;

    assert_non_null(file);
    while ((n = fread(buffer, 1, sizeof buffer, file)) > 0)
        assert_int_equal(bytes_append(&data, buffer, n), 0);
    fclose(file);
    return data;
}

static void digest_archive(const char *path, uint32_t version_major, size_t cache,
                           struct bytes *lines)
{
    struct archive *a;
    struct member_decoder *d;
    struct contig_cursor *c;
    const char *name;
    size_t name_length;
    uint32_t segments;
    int have, more = 1;

    assert_int_equal(archive_open(&a, path), 0);
    assert_int_equal(archive_params(a)->version_major, version_major);
    assert_int_equal(member_decoder_create(&d, a, cache), 0);
    assert_int_equal(contig_cursor_open(&c, a, 0), 0);
    while (more) {
        char hex[65], text[256];
        uint64_t length;

        assert_int_equal(contig_cursor_next(c, &have, &name, &name_length, &segments), 0);
        if (!have) {
            assert_int_equal(contig_cursor_next_sample(c, &more), 0);
            continue;
        }
        assert_int_equal(digest_contig(c, d, segments, archive_params(a)->k, hex, &length), 0);
        assert_int_equal(add_text(lines, archive_sample_name(a, contig_cursor_sample(c))), 0);
        assert_int_equal(add_text(lines, "\t"), 0);
        assert_int_equal(add_text(lines, name), 0);
        snprintf(text, sizeof text, "\t%llu\t%s\n", (unsigned long long)length, hex);
        assert_int_equal(add_text(lines, text), 0);
    }
    contig_cursor_close(c);
    member_decoder_free(d);
    archive_close(a);
}

static void test_golden_archives_decode_to_their_digests(void **state)
{
    (void)state;
    for (int i = 0; i < GOLDEN_COUNT; i++) {
        const char *path = golden_path(golden[i].archive);
        struct bytes lines = {0}, wanted;
        size_t line_count, wanted_count;
        char **line, **want;

        if (!path)
            return;
        /* A cache too small for two parts and an ample one must not differ. */
        digest_archive(path, golden[i].version_major, i % 2 ? 64 << 20 : 1000, &lines);
        path = golden_path(golden[i].digest);
        assert_non_null(path);
        wanted = read_whole(path);
        line = sorted_lines(&lines, &line_count);
        want = sorted_lines(&wanted, &wanted_count);
        assert_int_equal(line_count, wanted_count);
        for (size_t j = 0; j < line_count; j++)
            assert_string_equal(line[j], want[j]);
        free(line);
        free(want);
        bytes_free(&lines);
        bytes_free(&wanted);
    }
}

/* A walk from every sample on must meet the same contigs as the walk from the first. */
static void test_golden_cursors_begin_at_any_sample(void **state)
{
    (void)state;
    for (int i = 0; i < GOLDEN_COUNT; i++) {
        const char *path = golden_path(golden[i].archive), *name;
        struct archive *a;
        struct contig_cursor *all, *one;
        struct archive_segment x, y;
        uint32_t segments, again;
        size_t length;
        int have, have_one, more = 1;

        if (!path)
            return;
        assert_int_equal(archive_open(&a, path), 0);
        assert_int_equal(contig_cursor_open(&all, a, 0), 0);
        for (uint32_t sample = 0; more; sample++) {
            assert_int_equal(contig_cursor_open(&one, a, sample), 0);
            for (have = 1; have;) {
                char before[4096];

                assert_int_equal(contig_cursor_next(all, &have, &name, &length, &segments), 0);
                snprintf(before, sizeof before, "%s", have ? name : "");
                assert_int_equal(contig_cursor_next(one, &have_one, &name, &length, &again), 0);
                assert_int_equal(have, have_one);
                if (!have)
                    break;
                assert_string_equal(name, before);
                assert_int_equal(segments, again);
                for (; segments; segments--) {
                    assert_int_equal(contig_cursor_segment(all, &x), 0);
                    assert_int_equal(contig_cursor_segment(one, &y), 0);
                    assert_memory_equal(&x, &y, sizeof x);
                }
            }
            contig_cursor_close(one);
            assert_int_equal(contig_cursor_next_sample(all, &more), 0);
        }
        contig_cursor_close(all);
        archive_close(a);
    }
}

enum { DAMAGES = 60, DAMAGE_TAIL = 4000 };

/* Bytes changed all over, and more often in the last part, where collection and footer stand. */
static void test_damaged_golden_archives_are_survived(void **state)
{
    uint64_t seed = 88172645463325252u;

    (void)state;
    for (int i = 0; i < GOLDEN_COUNT; i++) {
        const char *path = golden_path(golden[i].archive);
        struct bytes file, text = {0};

        if (!path)
            return;
        file = read_whole(path);
        for (int j = 0; j < DAMAGES; j++) {
            size_t range = j % 3 && file.length > DAMAGE_TAIL ? DAMAGE_TAIL : file.length;
            size_t at = file.length - 1 - test_random(&seed) % range;
            uint8_t old = file.data[at];

            file.data[at] = (uint8_t)(old ^ (1 + test_random(&seed) % 255));
            text.length = 0;
            assert_true(is_verdict(
                decode_file(file_write("changed", file.data, file.length), CACHE_BYTES, &text)));
            file.data[at] = old;
        }
        bytes_free(&file);
        bytes_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_archives_decode_to_their_digests),
        cmocka_unit_test(test_golden_cursors_begin_at_any_sample),
        cmocka_unit_test(test_damaged_golden_archives_are_survived),
    };

    return cmocka_run_group_tests(tests, files_begin, files_end);
}
