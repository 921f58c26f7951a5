/*
 * The look at all inputs: which are kept, which are left out with a note, what is refused.
 */
#include "tests/unit/input_files.h"

#include "common/error.h"
#include "reader/precheck.h"

enum { MANY = 10000 };

struct notes {
    size_t count;
    char last[2048];
};

static void take_note(void *context, const char *text)
{
    struct notes *notes = context;

    notes->count++;
    snprintf(notes->last, sizeof notes->last, "%s", text);
}

static int check(const struct precheck_input *inputs, size_t count, uint8_t *keep,
                 struct notes *notes)
{
    *notes = (struct notes){0};
    memset(keep, 9, count);
    return precheck_inputs(inputs, count, FASTA_INVALID_ERROR, keep, take_note, notes);
}

static void assert_refused(const struct precheck_input *inputs, size_t count, int wanted,
                           const char *words)
{
    uint8_t keep[8];
    struct notes notes;

    assert_int_equal(check(inputs, count, keep, &notes), wanted);
    if (!strstr(error_text(), words))
        fail_msg("'%s' is not in: %s", words, error_text());
}

static void test_inputs_sound_are_kept(void **state)
{
    struct bytes gzip = {0}, xz = {0};
    uint8_t keep[4];
    struct notes notes;
    struct precheck_input inputs[4];

    (void)state;
    add_gzip(&gzip, ">a\nACGT\n", 8);
    add_xz(&xz, "\n>a\nACGT\n", 9);
    inputs[0] = (struct precheck_input){file_write_text("p.fa", ">a\nACGT\n>b\nACGT\n"), "p"};
    inputs[1] = (struct precheck_input){file_write("g.fa", gzip.data, gzip.length), "g"};
    inputs[2] = (struct precheck_input){file_write("x.fa", xz.data, xz.length), "x"};
    inputs[3] = (struct precheck_input){file_write_text("h.fa", ">only a header"), "h \n\xc3\xa4"};
    assert_int_equal(check(inputs, 4, keep, &notes), 0);
    assert_int_equal(keep[0] + keep[1] + keep[2] + keep[3], 4);
    assert_int_equal(notes.count, 0);
    assert_int_equal(check(inputs, 0, keep, &notes), 0);
    bytes_free(&gzip);
    bytes_free(&xz);
}

static void test_inputs_bad_are_refused(void **state)
{
    const char *good = file_write_text("good.fa", ">a\nACGT\n");
    struct precheck_input inputs[2] = {{good, "good"}, {NULL, "bad"}};
    struct bytes gzip = {0};

    (void)state;
    inputs[1].path = file_path("missing.fa");
    assert_refused(inputs, 2, ERROR_INPUT, "missing.fa: cannot open: No such file");
    inputs[1].path = files_folder;
    assert_refused(inputs, 2, ERROR_INPUT, "is a directory");
    inputs[1].path = file_write_text("empty.fa", "");
    assert_refused(inputs, 2, ERROR_INPUT, "empty.fa: is empty");
    inputs[1].path = file_write_text("blank.fa", "\n\n");
    assert_refused(inputs, 2, ERROR_INPUT, "blank.fa: holds no FASTA record");
    inputs[1].path = file_write_text("text.fa", "hello\n");
    assert_refused(inputs, 2, ERROR_INPUT, "text.fa: not a FASTA file");
    inputs[1].path = file_write_text("protein.fa", ">sp|Q9\nMQRQNPNPYQ\n");
    assert_refused(inputs, 2, ERROR_INPUT, "protein.fa: record 1 (sp|Q9), line 2, position 2: 'Q'");
    inputs[1].path = file_write_text("header.fa", ">\xe9t\xe9\nACGT\n");
    assert_refused(inputs, 2, ERROR_INPUT, "header.fa: record 1");
    add_gzip(&gzip, ">a\nACGTACGTACGTTTGACA\n", 22);
    inputs[1].path = file_write("cut.fa.gz", gzip.data, gzip.length - 5);
    assert_refused(inputs, 2, ERROR_INPUT, "cut.fa.gz: compressed file ends early");
    bytes_free(&gzip);
    if (geteuid() != 0) {
        inputs[1].path = file_write_text("secret.fa", ">a\nACGT\n");
        assert_int_equal(chmod(inputs[1].path, 0), 0);
        assert_refused(inputs, 2, ERROR_INPUT, "secret.fa: cannot open: Permission denied");
    }
}

/* What is invalid only under the strict policy passes under the others. */
static void test_inputs_follow_policy(void **state)
{
    struct precheck_input input = {file_write_text("gap.fa", ">a\nAC-GT\n"), "gap"};
    uint8_t keep = 0;

    (void)state;
    assert_refused(&input, 1, ERROR_INPUT, "position 3: '-'");
    assert_int_equal(precheck_inputs(&input, 1, FASTA_INVALID_N, &keep, NULL, NULL), 0);
    assert_int_equal(keep, 1);
    assert_int_equal(precheck_inputs(&input, 1, FASTA_INVALID_DROP, &keep, NULL, NULL), 0);
}

static void test_sample_names(void **state)
{
    const char *path = file_write_text("good.fa", ">a\nACGT\n");
    const char *other = file_write_text("other.fa", ">a\nACGT\n");
    char *long_name = calloc((1 << 20) + 2, 1);
    struct precheck_input inputs[3] = {{path, ""}, {other, "b"}, {path, "c"}};

    (void)state;
    assert_refused(inputs, 2, ERROR_USAGE, "good.fa: its sample name is empty");
    memset(long_name, 'n', (1 << 20) + 1);
    inputs[0].sample = long_name;
    assert_refused(inputs, 2, ERROR_USAGE, "longer than 1 MiB");
    free(long_name);
    inputs[0].sample = "b";
    assert_refused(inputs, 2, ERROR_INPUT, "sample 'b' would come from two inputs: ");
    assert_non_null(strstr(error_text(), "good.fa and "));
    assert_non_null(strstr(error_text(), "other.fa"));
    inputs[0].sample = "x";
    inputs[2].sample = "b"; /* not beside the other of its name */
    assert_refused(inputs, 3, ERROR_INPUT, "sample 'b' would come from two inputs: ");
}

static void test_same_file_is_kept_once(void **state)
{
    const char *path = file_write_text("one.fa", ">a\nACGT\n");
    const char *two = file_write_text("two.fa", ">a\nACGT\n");
    const char *dot = file_path("./one.fa"), *hard = file_path("hard.fa");
    struct precheck_input inputs[] = {{path, "s"}, {two, "t"},  {path, "s"},
                                      {dot, "s"},  {hard, "s"}, {hard, "renamed"}};
    uint8_t keep[6];
    struct notes notes;

    (void)state;
    assert_int_equal(link(path, hard), 0);
    assert_int_equal(check(inputs, 3, keep, &notes), 0);
    assert_int_equal(notes.count, 1);
    assert_non_null(strstr(notes.last, "one.fa: given more than once; taken once"));
    assert_int_equal(check(inputs, 6, keep, &notes), 0);
    assert_memory_equal(keep, "\1\1\0\0\0\1", 6);
    assert_int_equal(notes.count, 3);
    assert_non_null(strstr(notes.last, "hard.fa: the same file as "));
}

/* What cannot be read twice is not touched: this pipe has no writer, an open() would not return. */
static void test_streams_are_not_opened(void **state)
{
    const char *fifo = file_path("fifo.fa");
    struct precheck_input inputs[] = {{fifo, "f"}, {"-", "stdin"}, {"-", "stdin"}, {"-", "again"}};
    uint8_t keep[4];
    struct notes notes;

    (void)state;
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(check(inputs, 2, keep, &notes), 0);
    assert_memory_equal(keep, "\1\1", 2);
    assert_int_equal(check(inputs, 3, keep, &notes), 0);
    assert_memory_equal(keep, "\1\1\0", 3);
    assert_refused(inputs, 4, ERROR_INPUT, "standard input cannot be two samples");
}

/* As many as a cohort has; a folder of links to one file under many names is many samples. */
static void test_many_inputs(void **state)
{
    struct precheck_input *inputs = calloc(MANY + 1, sizeof *inputs);
    char(*names)[64] = calloc(MANY, sizeof *names);
    uint8_t *keep = calloc(MANY + 1, 1);
    const char *path = file_write_text("many.fa", ">a\nACGTACGTACGT\n");
    struct notes notes;
    size_t i, kept = 0;

    (void)state;
    for (i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "sample%zu", (i * 7919) % MANY);
        inputs[i] = (struct precheck_input){path, names[i]};
    }
    inputs[MANY] = inputs[5];
    assert_int_equal(check(inputs, MANY + 1, keep, &notes), 0);
    for (i = 0; i < MANY; i++)
        kept += keep[i];
    assert_int_equal(kept, MANY);
    assert_int_equal(keep[MANY], 0);
    assert_int_equal(notes.count, 1);
    free(inputs);
    free(names);
    free(keep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inputs_sound_are_kept),
        cmocka_unit_test(test_inputs_bad_are_refused),
        cmocka_unit_test(test_inputs_follow_policy),
        cmocka_unit_test(test_sample_names),
        cmocka_unit_test(test_same_file_is_kept_once),
        cmocka_unit_test(test_streams_are_not_opened),
        cmocka_unit_test(test_many_inputs),
    };

    return cmocka_run_group_tests(tests, files_begin, files_end);
}
