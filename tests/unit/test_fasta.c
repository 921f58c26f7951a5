/*
 * FASTA parsing: what comes out of hand-written inputs, what is refused and with which words, and
 * that neither the blocks of the input nor its compression show in the events.
 *
 * Every small input is parsed with every size of input blocks. Real files: test_fasta_odd.c.
 */
#include "tests/unit/fasta_events.h"
#include "tests/unit/input_files.h"

#include "common/error.h"
#include "ipc/messages.h"

/* Parses text with every block size from 1 to its length and demands these events. */
static void assert_events_of(const char *text, size_t length, enum fasta_invalid policy,
                             const char *wanted)
{
    const char *path = file_write("text.fa", text, length);
    struct bytes events = {0};
    struct fasta_counts counts;
    size_t block;

    for (block = 0; block <= length; block++) {
        if (parse(path, policy, block, &events, &counts))
            fail_msg("%s", error_text());
        assert_int_equal(events.length, strlen(wanted));
        assert_memory_equal(events.data, wanted, events.length);
        assert_int_equal(counts.input_bytes, length);
        assert_int_equal(counts.file_bytes, length);
    }
    bytes_free(&events);
}

static void assert_events(const char *text, const char *wanted)
{
    assert_events_of(text, strlen(text), FASTA_INVALID_ERROR, wanted);
}

/* Every block size gives ERROR_INPUT, the file's name, and these words. */
static void assert_error_of(const char *text, size_t length, const char *words)
{
    const char *path = file_write("text.fa", text, length);
    struct bytes events = {0};
    struct fasta_counts counts;
    size_t block;

    for (block = 0; block <= length && block < 400; block++) {
        assert_int_equal(parse(path, FASTA_INVALID_ERROR, block, &events, &counts), ERROR_INPUT);
        assert_int_equal(strncmp(error_text(), path, strlen(path)), 0);
        if (!strstr(error_text(), words))
            fail_msg("block %zu: '%s' is not in: %s", block, words, error_text());
    }
    bytes_free(&events);
}

static void assert_error(const char *text, const char *words)
{
    assert_error_of(text, strlen(text), words);
}

static void test_next_plain_records(void **state)
{
    (void)state;
    assert_events(">a\nACGT\n>b c  d \nAC\nGT\n", ">a\nACGT|>b c  d \nACGT|");
    assert_events(">a\nACGT", ">a\nACGT|");
    assert_events(">a", ">a\n");
    assert_events(">a\n", ">a\n");
    assert_events(">", ">\n");
    assert_events(">\nA\n", ">\nA|");
}

static void test_next_letters_case_and_iupac(void **state)
{
    (void)state;
    assert_events(">a\nACGTNRYSWKMBDHVU\nacgtnryswkmbdhvu\n",
                  ">a\nACGTNRYSWKMBDHVUACGTNRYSWKMBDHVU|");
}

static void test_next_blanks_and_line_ends(void **state)
{
    (void)state;
    assert_events(">a\r\nAC\r\nGT\r\n>b\r\n", ">a\nACGT|>b\n");
    assert_events(">a\r\r\nAC\r\r\n", ">a\nAC|");
    assert_events("\n  \t\r\n\n>a\n\nAC GT\tA\v\f \n \n\nC\n\n>b\n\n", ">a\nACGTAC|>b\n");
    assert_events(">a \t\nA\n", ">a \t\nA|");
    assert_events(">a\nACGT\r", ">a\nACGT|");
}

static void test_next_empty_records(void **state)
{
    (void)state;
    assert_events(">a\n>b\n>c\nA\n>d\n\n\n>e", ">a\n>b\n>c\nA|>d\n>e\n");
}

static void test_next_header_may_hold_greater_than_and_semicolon(void **state)
{
    (void)state;
    assert_events(">a>b;c ~!\x7f\x01\nA\n>>\nC\n", ">a>b;c ~!\x7f\x01\nA|>>\nC|");
}

static void test_open_refuses_what_is_no_fasta(void **state)
{
    (void)state;
    assert_error("", "is empty");
    assert_error("\n \n\r\n", "holds no FASTA record");
    assert_error("ACGT\n", "not a FASTA file: line 1, position 1: 'A' where");
    assert_error("\n\n @read\nACGT\n", "not a FASTA file: line 3, position 2: '@' where");
    assert_error(" >a\nACGT\n", "not a FASTA file: line 1, position 2: '>' where");
    assert_error(";comment\n>a\n", "not a FASTA file: line 1, position 1: ';' where");
    assert_error("\xef\xbb\xbf>a\nA\n", "not a FASTA file: line 1, position 1: byte 0xef where");
    assert_error_of("\0>a\nA\n", 6, "not a FASTA file: line 1, position 1: byte 0x00 where");
}

static void test_next_names_place_of_invalid_byte(void **state)
{
    (void)state;
    assert_error(">a\nACGT\n>b x\n\nACG\nAC-GT\n",
                 "record 2 (b x), line 6, position 3: '-' is no letter");
    assert_error(">a\nACGT*\n", "record 1 (a), line 2, position 5: '*' is no letter");
    assert_error(">a\r\nAC\r\n  1\r\n", "record 1 (a), line 3, position 3: '1' is no letter");
    assert_error(">a\nAC>b\n", "line 2, position 3: '>' is no letter");
    assert_error(">a\nAC\n >b\n", "line 3, position 2: '>' is no letter");
    assert_error(">a\n;AC\n", "line 2, position 1: ';' is no letter");
    assert_error_of(">a\nAC\0\n", 7, "line 2, position 3: byte 0x00 is no letter");
    assert_error(">a\nAC\xc1\n", "line 2, position 3: byte 0xc1 is no letter");
    assert_error(">a\nMKLV\n", "line 2, position 3: 'L' is no letter");
    assert_error(">a\nMKLV\n", "is this a protein?");
    assert_error(">a\x01z\n1\n", "record 1 (a?z), line 2");
}

/* Every byte by itself: a letter, a blank, or refused. */
static void test_next_every_byte(void **state)
{
    struct bytes events = {0};
    struct fasta_counts counts;
    int byte, before;

    (void)state;
    for (byte = 0; byte < 256; byte++) {
        int letter = byte && byte < 128 && strchr(format_letters, byte & 0xdf) && byte >= 'A';
        int blank = byte == ' ' || (byte >= 9 && byte <= 13);

        for (before = 0; before < 70; before += 23) {
            char text[100] = ">a\n";
            int code;

            memset(text + 3, 'G', sizeof text - 3);
            text[3 + before] = (char)byte;
            code = parse(file_write("byte.fa", text, sizeof text), FASTA_INVALID_ERROR, 0, &events,
                         &counts);
            if (byte == '>' && before == 0) { /* the start of another record */
                assert_int_equal(code, 0);
                assert_int_equal(counts.records, 2);
                continue;
            }
            assert_int_equal(code, letter || blank ? 0 : ERROR_INPUT);
            if (code)
                continue;
            assert_int_equal(counts.symbols, blank ? 96 : 97);
            assert_int_equal(counts.lower_case, byte >= 'a' ? 1 : 0);
            if (letter)
                assert_int_equal(events.data[3 + before], byte & 0xdf);
        }
    }
    bytes_free(&events);
}

static void test_next_invalid_replaced_or_dropped(void **state)
{
    static const char text[] = ">a-1\nAC-GT*9\nEe>x\n\n>b\n--\n";
    struct bytes events = {0};
    struct fasta_counts counts;
    const char *path;

    (void)state;
    assert_events_of(text, sizeof text - 1, FASTA_INVALID_N, ">a-1\nACNGTNNNNNN|>b\nNN|");
    assert_events_of(text, sizeof text - 1, FASTA_INVALID_DROP, ">a-1\nACGT|>b\n");
    path = file_write("policy.fa", text, sizeof text - 1);
    assert_int_equal(parse(path, FASTA_INVALID_DROP, 0, &events, &counts), 0);
    assert_int_equal(counts.replaced, 9);
    assert_int_equal(counts.symbols, 4);
    assert_int_equal(parse(path, FASTA_INVALID_N, 0, &events, &counts), 0);
    assert_int_equal(counts.replaced, 9);
    assert_int_equal(counts.symbols, 13);
    assert_int_equal(counts.records, 2);
    bytes_free(&events);
}

/* A policy for sequences is none for headers, and none for text before the first record. */
static void test_policy_does_not_reach_headers(void **state)
{
    struct bytes events = {0};
    struct fasta_counts counts;

    (void)state;
    assert_int_equal(
        parse(file_write_text("h.fa", ">\xc3\xa4\nAC\n"), FASTA_INVALID_DROP, 0, &events, &counts),
        ERROR_INPUT);
    assert_int_equal(
        parse(file_write_text("h.fa", "x\n>a\nAC\n"), FASTA_INVALID_N, 0, &events, &counts),
        ERROR_INPUT);
    bytes_free(&events);
}

static void test_next_refuses_headers_the_format_cannot_hold(void **state)
{
    (void)state;
    assert_error(">a\nAC\n>n\xc3\xa4me\nAC\n", "record 2 (n??me), line 3, position 3: byte 0xc3");
    assert_error_of(">ab\0c\nAC\n", 9, "record 1 (ab?c), line 1, position 4: byte 0x00");
    assert_error(">a\rACGT\r>b\rAC\r", "line 1, position 3: a carriage return within a header");
    assert_error(">a\rb\nAC\n", "line 1, position 3: a carriage return within a header");
}

static void test_next_header_length_limited(void **state)
{
    size_t length = MESSAGE_NAME_BYTES_MAX, block;
    char *text = malloc(length + 8);
    struct bytes events = {0};
    struct fasta_counts counts;
    const char *path;

    (void)state;
    memset(text, 'h', length + 8);
    text[0] = '>';
    memcpy(text + 1 + length, "\nAC\n", 4);
    path = file_write("longest.fa", text, length + 5);
    for (block = 0; block < 3; block++) {
        assert_int_equal(parse(path, FASTA_INVALID_ERROR, block * 4099, &events, &counts), 0);
        assert_int_equal(events.length, 1 + length + 1 + 2 + 1);
        assert_int_equal(events.data[length], 'h');
        assert_memory_equal(events.data + 1 + length, "\nAC|", 4);
    }
    text[1 + length] = 'h';
    memcpy(text + 2 + length, "\nAC\n", 4);
    path = file_write("too-long.fa", text, length + 6);
    assert_int_equal(parse(path, FASTA_INVALID_ERROR, 0, &events, &counts), ERROR_INPUT);
    assert_non_null(strstr(error_text(), "line 1"));
    assert_non_null(strstr(error_text(), "longer than 1 MiB"));
    free(text);
    bytes_free(&events);
}

/* Blocks of bases are full but for the last of a record, whatever the line length, the input's
 * blocks and the compression. */
static void test_next_blocks_of_bases_are_full(void **state)
{
    static const size_t lines[] = {1, 31, 32, 33, 60, 70, 80, 1000, 1 << 30};
    static const size_t lengths[] = {FASTA_BLOCK_SYMBOLS - 1, FASTA_BLOCK_SYMBOLS,
                                     FASTA_BLOCK_SYMBOLS + 1, 3 * FASTA_BLOCK_SYMBOLS};
    static const size_t blocks[] = {0, 33, 1000, 65536};
    uint64_t seed = 2463534242u;
    size_t i, j, b, n;
    int kind;

    (void)state;
    for (i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct bytes text = {0}, wanted = {0}, events = {0};

        for (j = 0; j < sizeof lengths / sizeof lengths[0]; j++) {
            assert_int_equal(bytes_append(&text, ">r\n", 3), 0);
            assert_int_equal(bytes_append(&wanted, ">r\n", 3), 0);
            for (n = 0; n < lengths[j]; n++) {
                char letter = "ACGT"[test_random(&seed) % 4];

                assert_int_equal(bytes_append(&text, &letter, 1), 0);
                assert_int_equal(bytes_append(&wanted, &letter, 1), 0);
                if ((n + 1) % lines[i] == 0)
                    assert_int_equal(bytes_append(&text, "\n", 1), 0);
                if ((n + 1) % FASTA_BLOCK_SYMBOLS == 0)
                    assert_int_equal(bytes_append(&wanted, "|", 1), 0);
            }
            if (n % FASTA_BLOCK_SYMBOLS)
                assert_int_equal(bytes_append(&wanted, "|", 1), 0);
            assert_int_equal(bytes_append(&text, "\n", 1), 0);
        }
        for (kind = 0; kind < 4; kind++) {
            struct bytes file = {0};
            struct fasta_counts counts;
            const char *path;

            if (kind == 0)
                assert_int_equal(bytes_append(&file, text.data, text.length), 0);
            else if (kind == 1)
                add_gzip(&file, text.data, text.length);
            else if (kind == 2)
                add_zstd(&file, text.data, text.length);
            else
                add_xz(&file, text.data, text.length);
            path = file_write("blocks.fa", file.data, file.length);
            for (b = 0; b < sizeof blocks / sizeof blocks[0]; b++) {
                assert_int_equal(parse(path, FASTA_INVALID_ERROR, blocks[b], &events, &counts), 0);
                assert_int_equal(events.length, wanted.length);
                assert_memory_equal(events.data, wanted.data, wanted.length);
                assert_int_equal(counts.input_bytes, text.length);
                assert_int_equal(counts.file_bytes, file.length);
            }
            bytes_free(&file);
        }
        bytes_free(&text);
        bytes_free(&wanted);
        bytes_free(&events);
    }
}

static void test_open_named_is_called_so(void **state)
{
    struct fasta *fasta;
    struct fasta_item item;

    (void)state;
    assert_int_equal(
        fasta_open_named(&fasta, file_write_text("copy", "x\n"), "-", FASTA_INVALID_ERROR),
        ERROR_INPUT);
    assert_int_equal(strncmp(error_text(), "standard input: not a FASTA file", 32), 0);
    assert_int_equal(fasta_open_named(&fasta, file_write_text("copy", ">a\n1\n"), "/dev/fd/63",
                                      FASTA_INVALID_ERROR),
                     0);
    assert_int_equal(fasta_next(fasta, &item), 0);
    assert_int_equal(fasta_next(fasta, &item), ERROR_INPUT);
    assert_int_equal(strncmp(error_text(), "/dev/fd/63: record 1", 20), 0);
    fasta_close(fasta);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_next_plain_records),
        cmocka_unit_test(test_next_letters_case_and_iupac),
        cmocka_unit_test(test_next_blanks_and_line_ends),
        cmocka_unit_test(test_next_empty_records),
        cmocka_unit_test(test_next_header_may_hold_greater_than_and_semicolon),
        cmocka_unit_test(test_open_refuses_what_is_no_fasta),
        cmocka_unit_test(test_next_names_place_of_invalid_byte),
        cmocka_unit_test(test_next_every_byte),
        cmocka_unit_test(test_next_invalid_replaced_or_dropped),
        cmocka_unit_test(test_policy_does_not_reach_headers),
        cmocka_unit_test(test_next_refuses_headers_the_format_cannot_hold),
        cmocka_unit_test(test_next_header_length_limited),
        cmocka_unit_test(test_next_blocks_of_bases_are_full),
        cmocka_unit_test(test_open_named_is_called_so),
    };

    return cmocka_run_group_tests(tests, files_begin, files_end);
}
