/*
 * Fuzz target: command lines. The bytes are words, each ended by NUL; the first byte of all says of
 * which command.
 *
 * Beside crashes, what is found is: an outcome that is none, and operands outside of the words.
 *
 * Seeds: any bytes. Built with -fsanitize=fuzzer, or with replay.c.
 */
#include "common/error.h"
#include "tools/options.h"
#include "tools/query_options.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WORDS_MAX = 32 };

static size_t split(char *text, size_t size, char **words)
{
    size_t count = 1;
    char *end = text + size;

    while (text < end && count < WORDS_MAX) {
        words[count++] = text;
        text += strlen(text) + 1;
    }
    words[count] = NULL;
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct query_options options;
    char *text = malloc(size + 1), *words[WORDS_MAX + 1], command[] = "command";
    int first = -1, count, status;

    if (!text)
        abort();
    if (!size) {
        free(text);
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    count = (int)split(text + 1, size - 1, words);
    words[0] = command;
    /* --help prints */
    for (int i = 1; i < count; i++)
        if (strstr(words[i], "h"))
            words[i][0] = 'x';
    status = query_options_parse((enum query_command)(data[0] % (QUERY_VERIFY + 1)), count, words,
                                 &options, &first);
    if (status != 0 && status != 1 && status != ERROR_USAGE)
        abort();
    if (!status && (first < 1 || first >= count))
        abort();
    free(text);
    return 0;
}
