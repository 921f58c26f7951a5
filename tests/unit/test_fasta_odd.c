/*
 * Real FASTA files that are not plain: those of the shared odd/ folder.
 *
 * They are checked against figures counted with awk, and against a line-by-line parser in this file
 * that shares nothing with the one under test.
 */
#include "tests/unit/fasta_events.h"
#include "tests/unit/input_files.h"

#include "common/error.h"
#include "reader/input.h"

/* A parser of its own: a line at a time, letters by strchr. What it holds is the whole file. */
static void naive_events(const struct bytes *file, struct bytes *events)
{
    size_t off = 0, symbols = 0;

    events->length = 0;
    while (off < file->length) {
        const uint8_t *line = file->data + off;
        const uint8_t *end = memchr(line, '\n', file->length - off);
        size_t length = end ? (size_t)(end - line) : file->length - off, i;

        off += length + 1;
        if (length && line[0] == '>') {
            if (symbols % FASTA_BLOCK_SYMBOLS)
                assert_int_equal(bytes_append(events, "|", 1), 0);
            symbols = 0;
            if (line[length - 1] == '\r')
                length--;
            assert_int_equal(bytes_append(events, line, length), 0);
            assert_int_equal(bytes_append(events, "\n", 1), 0);
            continue;
        }
        for (i = 0; i < length; i++) {
            uint8_t letter = line[i] >= 'a' && line[i] <= 'z' ? line[i] - 32 : line[i];

            if (!letter || !strchr(format_letters, letter))
                continue;
            assert_int_equal(bytes_append_byte(events, letter), 0);
            if (++symbols % FASTA_BLOCK_SYMBOLS == 0)
                assert_int_equal(bytes_append(events, "|", 1), 0);
        }
    }
    if (symbols % FASTA_BLOCK_SYMBOLS)
        assert_int_equal(bytes_append(events, "|", 1), 0);
}

static void read_decompressed(const char *path, struct bytes *out)
{
    struct input *input;
    const uint8_t *data;
    size_t length;

    out->length = 0;
    assert_int_equal(input_open(&input, path), 0);
    while (!input_read(input, &data, &length) && length)
        assert_int_equal(bytes_append(out, data, length), 0);
    input_close(input);
}

static const struct odd_file {
    const char *name;
    uint64_t records, symbols, lower_case; /* if it is accepted */
    const char *words;                     /* if it is refused */
} odd_files[] = {
    {"all_N.fa", 1, 1320, 0, NULL},
    {"chikv_gaps.fasta", 0, 0, 0, "record 1 (PP196586.1 Chikungunya virus isolate"},
    {"chikv_gaps.fasta", 0, 0, 0, "line 2, position 1: '-'"},
    {"crlf_dloop.fasta", 326, 365695, 0, NULL},
    {"crlf_mt_rsrs.fasta", 1, 16569, 0, NULL},
    {"dengue2_lower_gaps.fasta", 0, 0, 0, "line 2, position 7993: '-'"},
    {"dup_names_blank_lines.fasta", 5, 24, 0, NULL},
    {"empty_contig.fa", 2, 1, 0, NULL},
    {"gap_chars_reads.fa.gz", 0, 0, 0, "line 3, position 1: '-'"},
    {"hav_dup_names.fasta", 22, 85448, 0, NULL},
    {"headers_only.fa", 20, 0, 0, NULL},
    {"iupac_all_letters.fa", 0, 0, 0, "record 1 (1), line 2, position 15: 'X'"},
    {"klebsiella.fna.xz", 7, 5682322, 0, NULL},
    {"leading_blank_spaces.fasta.gz", 19, 7410, 0, NULL},
    {"lowercase_dloop.fasta", 255, 91676, 91676, NULL},
    {"mirna_rna_U.fa.gz", 28645, 2949871, 0, NULL},
    {"protein_titin.fas.gz", 0, 0, 0, "line 2, position 2: 'Q'"},
    {"protein_titin.fas.gz", 0, 0, 0, "is this a protein?"},
    {"rsv_dup_headers.fasta", 4, 1847, 0, NULL},
    {"rubella_iupac.fasta", 20, 181544, 0, NULL},
    {"saureus_blank_lines.fasta.gz", 767, 3179687, 0, NULL},
    {"trinity_long_headers.fasta.gz", 93, 150727, 0, NULL},
    {"vcholerae_no_final_newline.fasta.gz", 2, 4135300, 0, NULL},
    {"zero_bytes.fa", 0, 0, 0, "is empty"},
};

static void check_odd_file(const struct odd_file *odd, const char *path)
{
    static const size_t blocks[] = {0, 1, 61, 4096};
    struct bytes events = {0}, file = {0}, wanted = {0};
    struct fasta_counts counts;
    size_t b;
    int code;

    for (b = 0; b < sizeof blocks / sizeof blocks[0]; b++) {
        if (blocks[b] == 1 && odd->symbols > 100000)
            continue;
        code = parse(path, FASTA_INVALID_ERROR, blocks[b], &events, &counts);
        if (odd->words) {
            assert_int_equal(code, ERROR_INPUT);
            if (!strstr(error_text(), odd->words))
                fail_msg("%s", error_text());
            assert_int_equal(strncmp(error_text(), path, strlen(path)), 0);
            continue;
        }
        if (code)
            fail_msg("%s", error_text());
        assert_int_equal(counts.records, odd->records);
        assert_int_equal(counts.symbols, odd->symbols);
        assert_int_equal(counts.lower_case, odd->lower_case);
        assert_int_equal(counts.replaced, 0);
        if (b == 0) {
            read_decompressed(path, &file);
            naive_events(&file, &wanted);
        }
        assert_int_equal(events.length, wanted.length);
        if (wanted.length)
            assert_memory_equal(events.data, wanted.data, wanted.length);
    }
    bytes_free(&events);
    bytes_free(&file);
    bytes_free(&wanted);
}

static void test_odd_files(void **state)
{
    char name[128];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof odd_files / sizeof odd_files[0]; i++) {
        const char *path;

        snprintf(name, sizeof name, "data/odd/%s", odd_files[i].name);
        path = shared_path(name);
        if (!path)
            skip();
        check_odd_file(&odd_files[i], path);
    }
}

/* With a policy the files with gaps pass, and what is counted is what grep counts. */
static void test_odd_files_with_policy(void **state)
{
    struct bytes events = {0};
    struct fasta_counts counts;
    const char *path = shared_path("data/odd/chikv_gaps.fasta");

    (void)state;
    if (!path)
        skip();
    assert_int_equal(parse(path, FASTA_INVALID_DROP, 0, &events, &counts), 0);
    assert_int_equal(counts.records, 39);
    assert_int_equal(counts.symbols, 461214 - 22971);
    assert_int_equal(counts.replaced, 22971);
    assert_int_equal(parse(path, FASTA_INVALID_N, 0, &events, &counts), 0);
    assert_int_equal(counts.symbols, 461214);
    assert_int_equal(counts.replaced, 22971);
    bytes_free(&events);
}

static void test_truncated_gzip_is_an_error(void **state)
{
    struct bytes file = {0}, events = {0};
    struct fasta_counts counts;
    static const char text[] = ">a\nACGTACGTTTGACA\n>b\nGGGGACA\n";
    const char *path;

    (void)state;
    add_gzip(&file, text, sizeof text - 1);
    for (file.length--; file.length > 2; file.length--) {
        path = file_write("cut.fa.gz", file.data, file.length);
        assert_int_equal(parse(path, FASTA_INVALID_ERROR, 0, &events, &counts), ERROR_INPUT);
        assert_non_null(strstr(error_text(), "cut.fa.gz: "));
        assert_non_null(strstr(error_text(), "truncated"));
    }
    bytes_free(&file);
    bytes_free(&events);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_odd_files),
        cmocka_unit_test(test_odd_files_with_policy),
        cmocka_unit_test(test_truncated_gzip_is_an_error),
    };

    return cmocka_run_group_tests(tests, files_begin, files_end);
}
