/*
 * FASTA out: every line length against every way to cut the letters into pieces, empty contigs, and
 * BGZF as gzip itself reads it.
 */
#include "common/error.h"
#include "common/fasta_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static int new_file(void)
{
    int fd = memfd_create("test", MFD_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

static char *read_back(int fd, size_t *length)
{
    off_t size = lseek(fd, 0, SEEK_END);
    char *text = malloc((size_t)size + 1);

    assert_non_null(text);
    assert_int_equal(pread(fd, text, (size_t)size, 0), size);
    text[size] = 0;
    *length = (size_t)size;
    return text;
}

static const char letters[] = "ACGTNRYKMACGTTGCA"; /* 17 */

static void put_in_pieces(struct fasta_writer *w, size_t piece)
{
    size_t at;

    for (at = 0; at < strlen(letters); at += piece) {
        size_t left = strlen(letters) - at;

        assert_int_equal(fasta_writer_letters(w, (const uint8_t *)letters + at,
                                              left < piece ? left : piece), 0);
    }
}

static void test_lines_break_alike_for_any_pieces(void **state)
{
    size_t line, piece;

    (void)state;
    for (line = 1; line <= 18; line++) {
        char wanted[256] = ">one two\n";
        size_t at;

        for (at = 0; at < strlen(letters); at += line) {
            strncat(wanted, letters + at, line);
            strcat(wanted, "\n");
        }
        strcat(wanted, ">empty\n>next\nAC\n");
        if (line == 1)
            strcpy(strstr(wanted, "AC\n"), "A\nC\n");
        for (piece = 1; piece <= 17; piece++) {
            struct fasta_writer *w;
            int fd = new_file();
            size_t length;
            char *text;

            assert_int_equal(fasta_writer_create(&w, fd, "test", line, 0), 0);
            assert_int_equal(fasta_writer_contig(w, "one two", 7), 0);
            put_in_pieces(w, piece);
            assert_int_equal(fasta_writer_contig(w, "empty", 5), 0);
            assert_int_equal(fasta_writer_letters(w, (const uint8_t *)"", 0), 0);
            assert_int_equal(fasta_writer_contig(w, "next", 4), 0);
            assert_int_equal(fasta_writer_letters(w, (const uint8_t *)"AC", 2), 0);
            assert_int_equal(fasta_writer_finish(w), 0);
            text = read_back(fd, &length);
            assert_string_equal(text, wanted);
            assert_int_equal(fasta_writer_bytes(w), strlen(wanted));
            fasta_writer_free(w);
            free(text);
            close(fd);
        }
    }
}

/* count letters that no compressor makes smaller than 2 bits each */
static uint8_t *random_letters(size_t count)
{
    uint8_t *out = malloc(count);
    uint64_t x = 88172645463325252u;
    size_t i;

    assert_non_null(out);
    for (i = 0; i < count; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        out[i] = (uint8_t)(32 + (x >> 40) % 90);
    }
    return out;
}

/* What gzip makes of the file. */
static char *gunzip(int fd, size_t *length)
{
    char path[64], command[128];
    size_t capacity = 1 << 22;
    char *text = malloc(capacity);
    FILE *pipe;

    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)getpid(), fd);
    snprintf(command, sizeof command, "gzip -dc <%s", path);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_non_null(text);
    *length = fread(text, 1, capacity, pipe);
    assert_int_equal(pclose(pipe), 0);
    return text;
}

static void test_bgzf_is_gzip_and_ends_as_it_must(void **state)
{
    static const unsigned char end[28] = {31, 139, 8,   4, 0, 0, 0, 0,    0, 255, 6, 0, 66, 67,
                                          2,  0,   27,  0, 3, 0, 0, 0,    0, 0,   0, 0, 0,  0};
    size_t count = 300001;
    uint8_t *text = random_letters(count);
    unsigned level;

    (void)state;
    for (level = 1; level <= 9; level += 4) {
        struct fasta_writer *w;
        int fd = new_file();
        size_t length, raw_length;
        char *back, *raw;

        assert_int_equal(fasta_writer_create(&w, fd, "test", 0, level), 0);
        assert_int_equal(fasta_writer_contig(w, "x", 1), 0);
        assert_int_equal(fasta_writer_letters(w, text, count), 0);
        assert_int_equal(fasta_writer_finish(w), 0);
        fasta_writer_free(w);
        back = gunzip(fd, &length);
        assert_int_equal(length, count + 4);
        assert_memory_equal(back, ">x\n", 3);
        assert_memory_equal(back + 3, text, count);
        assert_int_equal(back[length - 1], '\n');
        raw = read_back(fd, &raw_length);
        assert_memory_equal(raw + raw_length - 28, end, 28);
        /* the first block says its own size: another one begins there */
        raw_length = (size_t)(uint8_t)raw[16] + 256 * (size_t)(uint8_t)raw[17] + 1;
        assert_memory_equal(raw + raw_length, "\x1f\x8b\x08\x04", 4);
        free(raw);
        free(back);
        close(fd);
    }
    free(text);
}

static void test_empty_bgzf(void **state)
{
    struct fasta_writer *w;
    int fd = new_file();
    size_t length;
    char *back;

    (void)state;
    assert_int_equal(fasta_writer_create(&w, fd, "test", 80, 6), 0);
    assert_int_equal(fasta_writer_finish(w), 0);
    assert_int_equal(fasta_writer_bytes(w), 28);
    fasta_writer_free(w);
    back = gunzip(fd, &length);
    assert_int_equal(length, 0);
    free(back);
    close(fd);
}

static void test_full_device_is_told(void **state)
{
    struct fasta_writer *w;
    FILE *full = fopen("/dev/full", "we");

    (void)state;
    if (!full)
        skip();
    assert_int_equal(fasta_writer_create(&w, fileno(full), "out.fa", 80, 0), 0);
    assert_int_equal(fasta_writer_contig(w, "x", 1), 0);
    assert_int_equal(fasta_writer_finish(w), ERROR_SPACE);
    assert_non_null(strstr(error_text(), "out.fa"));
    fasta_writer_free(w);
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_break_alike_for_any_pieces),
        cmocka_unit_test(test_bgzf_is_gzip_and_ends_as_it_must),
        cmocka_unit_test(test_empty_bgzf),
        cmocka_unit_test(test_full_device_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
