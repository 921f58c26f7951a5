/*
 * Is what is asked for what the work directory holds the work of? See resume.h.
 */
#include "tools/resume.h"

#include "common/bytes.h"
#include "common/error.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* What decides over the archive's bytes, and how the user calls it. */
static const struct {
    const char *key, *option;
} options[] = {
    {"k", "-k"},
    {"min_match", "-l"},
    {"pack", "-b"},
    {"segment_size", "-s"},
    {"concatenated", "-c"},
    {"concatenated", "-c"},
    {"invalid", "--invalid"},
    {"effort", "--effort"},
    {"output", "-o"},
    {"to_stdout", "output to standard output"},
};

static int say_difference(struct bytes *text, const char *format, const char *a, const char *b,
                          const char *c)
{
    char line[700];
    int length = snprintf(line, sizeof line, format, a, b, c);

    if (length >= (int)sizeof line)
        length = (int)sizeof line - 1;
    if (text->length && bytes_append(text, "; ", 2))
        return -1;
    return bytes_append(text, line, (size_t)length);
}

static const char *or_none(const char *value)
{
    return value ? value : "not given";
}

static void compare_options(const struct job *kept, const struct job *asked, struct bytes *text)
{
    size_t i;

    for (i = 0; i < sizeof options / sizeof options[0]; i++) {
        const char *was = job_get(kept, options[i].key), *is = job_get(asked, options[i].key);

        if ((was || is) && (!was || !is || strcmp(was, is)))
            say_difference(text, "%s was %s and is %s", options[i].option, or_none(was),
                           or_none(is));
    }
}

static int is_skipped(const struct job *job, const char *sample)
{
    size_t i;

    for (i = 0; i < job_count(job); i++)
        if (!strcmp(job_key(job, i), "skipped") && !strcmp(job_value(job, i), sample))
            return 1;
    return 0;
}

/* Index of the next input at or after *at whose sample is not among those skipped; 0 at the end. */
static int next_input(const struct job *job, const struct job *skips, size_t *at)
{
    for (; *at + 1 < job_count(job); ++*at)
        if (!strcmp(job_key(job, *at), "input") && !is_skipped(skips, job_value(job, *at + 1)))
            return 1;
    return 0;
}

static void compare_inputs(const struct job *kept, const struct job *asked, struct bytes *text)
{
    size_t was = 0, is = 0, number = 1;

    for (;; was++, is++, number++) {
        int have_was = next_input(kept, kept, &was), have_is = next_input(asked, kept, &is);
        char which[32];

        snprintf(which, sizeof which, "%zu", number);
        if (!have_was && !have_is)
            return;
        if (!have_was || !have_is) {
            say_difference(text, have_is ? "input %s (%s) is new" : "input %s (%s) is missing",
                           which, job_value(have_is ? asked : kept, have_is ? is : was), "");
            return;
        }
        if (strcmp(job_value(kept, was), job_value(asked, is)) ||
            strcmp(job_value(kept, was + 1), job_value(asked, is + 1))) {
            say_difference(text, "input %s was %s and is %s", which, job_value(kept, was),
                           job_value(asked, is));
            return;
        }
    }
}

int resume_compare(const struct job *kept, const struct job *asked, const char *work_path)
{
    struct bytes text = {0};
    int status = 0;

    compare_options(kept, asked, &text);
    compare_inputs(kept, asked, &text);
    if (text.length)
        status = error_set(ERROR_INPUT, "%s holds an unfinished run of something else: %.*s; "
                                        "repeat the former command to go on with it, or add --restart "
                                        "to start over",
                           work_path, (int)text.length, (const char *)text.data);
    bytes_free(&text);
    return status;
}

int resume_check_inputs(const struct job *kept, const struct resume_fault *fault, int *changed)
{
    struct job *now;
    size_t i;
    int free_to_change = 0, status = resume_copy(kept, NULL, NULL, 1, &now);

    *changed = 0;
    if (status)
        return status;
    for (i = 2; !status && i < job_count(kept); i++) {
        const char *was = job_value(kept, i), *is = job_value(now, i);

        if (strcmp(job_key(kept, i), "identity"))
            continue;
        if (fault && !strcmp(job_value(kept, i - 1), fault->sample))
            free_to_change = 1;
        if (!strcmp(was, is))
            continue;
        *changed = 1;
        if (!free_to_change)
            status = error_set(ERROR_INPUT, "the input %s has changed since the run began (%s, now "
                                            "%s): put it back as it was, or start over with create "
                                            "--restart",
                               job_value(kept, i - 2), was, strcmp(is, "-") ? is : "gone");
    }
    job_free(now);
    return status;
}
