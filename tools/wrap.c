/*
 * Commands that stages are started under: see wrap.h.
 *
 *   state     ends it                    what a backslash takes
 *   between   a character of a word      anything
 *   word      a blank                    anything
 *   '...'     '                          is itself
 *   "..."     "                          " and \
 *
 * An empty pair of quotes is an empty word.
 */
#include "tools/wrap.h"

#include "common/bytes.h"
#include "common/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct splitter {
    const char *command; /* the whole, for messages */
    const char *at;
    uint32_t index;
    struct bytes word;
    char **words;
    size_t count;
};

const char *wrap_command(const struct wrap *wrap, uint32_t index, uint32_t worker_count)
{
    if (!wrap)
        return NULL;
    if (index == 0)
        return wrap->reader;
    return index <= worker_count ? wrap->worker : wrap->writer;
}

static int no_memory(void)
{
    return error_set(ERROR_MEMORY, "no memory for a command line");
}

static int put(struct splitter *s, char letter)
{
    return bytes_append(&s->word, &letter, 1);
}

/* At a %. */
static int put_number(struct splitter *s)
{
    char number[16];

    s->at++;
    if (*s->at == '%')
        return put(s, '%');
    if (*s->at != 'i')
        return error_set(ERROR_USAGE,
                         "in '%s': %%i is the stage's number, %%%% is %%; nothing else "
                         "follows a %%",
                         s->command);
    return bytes_append(&s->word, number,
                        (size_t)snprintf(number, sizeof number, "%u", (unsigned)s->index));
}

/* The letter at s->at; leaves s->at on the last one that was used. */
static int take_letter(struct splitter *s, char quote)
{
    if (*s->at == '%')
        return put_number(s);
    if (*s->at == '\\' && quote != '\'' && s->at[1] &&
        (!quote || s->at[1] == '"' || s->at[1] == '\\'))
        s->at++;
    return put(s, *s->at);
}

static int take_word(struct splitter *s)
{
    char quote = 0;
    int status = 0;

    for (; !status && *s->at && (quote || !strchr(" \t\n", *s->at)); s->at++) {
        if (quote && *s->at == quote)
            quote = 0;
        else if (!quote && (*s->at == '\'' || *s->at == '"'))
            quote = *s->at;
        else
            status = take_letter(s, quote);
    }
    if (!status && quote)
        status = error_set(ERROR_USAGE, "in '%s': a quote %c is not closed", s->command, quote);
    return status ? status : put(s, 0);
}

static int add_word(struct splitter *s, char *word)
{
    char **words = realloc(s->words, (s->count + 2) * sizeof *words);

    if (!words)
        return no_memory();
    s->words = words;
    words[s->count++] = word;
    words[s->count] = NULL;
    return 0;
}

static int split(struct splitter *s)
{
    int status = 0;

    while (!status) {
        char *word;

        s->at += strspn(s->at, " \t\n");
        if (!*s->at)
            break;
        s->word.length = 0;
        status = take_word(s);
        if (status)
            break;
        word = strdup((const char *)s->word.data);
        status = word ? add_word(s, word) : no_memory();
        if (status)
            free(word);
    }
    if (!status && !s->count)
        status = error_set(ERROR_USAGE, "'%s' has no word", s->command);
    return status;
}

int wrap_words(const char *command, uint32_t index, char *const *arguments, char ***words)
{
    struct splitter s = {.command = command, .at = command, .index = index};
    size_t own, i;
    int status = split(&s);

    own = s.count;
    for (; !status && *arguments; arguments++)
        status = add_word(&s, *arguments);
    bytes_free(&s.word);
    if (status) {
        for (i = 0; i < own; i++)
            free(s.words[i]);
        free(s.words);
        return status;
    }
    *words = s.words;
    return 0;
}

void wrap_words_free(char **words, char *const *arguments)
{
    size_t count = 0, borrowed = 0, i;

    if (!words)
        return;
    while (words[count])
        count++;
    while (arguments[borrowed])
        borrowed++;
    for (i = 0; i + borrowed < count; i++)
        free(words[i]);
    free(words);
}

static int check(const char *name, const char *command)
{
    char *none[] = {NULL}, **words;
    int status;

    if (!command)
        return 0;
    status = wrap_words(command, 0, none, &words);
    if (status)
        return error_wrap(status, "option --wrap-%s", name);
    wrap_words_free(words, none);
    return 0;
}

int wrap_check(const struct wrap *wrap)
{
    int status = check("reader", wrap->reader);

    status = status ? status : check("worker", wrap->worker);
    return status ? status : check("writer", wrap->writer);
}
