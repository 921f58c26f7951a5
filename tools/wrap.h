/*
 * Commands that stages are started under: --wrap-reader, --wrap-worker, --wrap-writer.
 *
 * A command is a line of words, split at blanks as a shell would: quotes ' and " group, a backslash
 * takes the next character as it stands (within "...", before " and \ alone); nothing is expanded.
 * In every word %i stands for the number of the stage (0 reader, 1..N workers, N + 1 writer) and %%
 * for one %. The stage's own program and arguments follow as further words:
 *
 *     perf record -o worker.%i.perf --   ->   perf record -o worker.2.perf -- .../agc-worker
 * --stage 2 ...
 *
 * The first word is looked for in PATH. The stage itself tells its pid in shared memory, so that it
 * is the one measured, and killed when it must be, whatever stands above it.
 */
#ifndef TOOLS_WRAP_H
#define TOOLS_WRAP_H

#include <stdint.h>

struct wrap {
    const char *reader, *worker, *writer; /* NULL: not wrapped */
};

/* The line for stage index of a run of worker_count workers, or NULL. */
const char *wrap_command(const struct wrap *wrap, uint32_t index, uint32_t worker_count);

/* Splits the command, sets numbers in, appends the words of `arguments` (borrowed; ends with NULL).
 * *words ends with NULL. ERROR_USAGE for an open quote, a command of no word, a % of no meaning;
 * ERROR_MEMORY. */
int wrap_words(const char *command, uint32_t index, char *const *arguments, char ***words);

/* Frees what wrap_words() made, but not the arguments. */
void wrap_words_free(char **words, char *const *arguments);

/* ERROR_USAGE, naming the option, if a command could not be used. */
int wrap_check(const struct wrap *wrap);

#endif
