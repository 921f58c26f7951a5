/*
 * Text on its way out: see list_text.h.
 */
#include "tools/list_text.h"

#include "common/new_file.h"

#include <string.h>
#include <unistd.h>

enum { GATHERED_MAX = 64 * 1024 };

int list_text_open(struct list_text *text, const char *output)
{
    *text = (struct list_text){.name = output ? output : "standard output"};
    return output ? new_file_open(&text->file, output) : 0;
}

int list_text_fd(const struct list_text *text)
{
    return text->file ? new_file_fd(text->file) : STDOUT_FILENO;
}

int list_text_flush(struct list_text *text)
{
    int status =
        write_fully(list_text_fd(text), text->gathered.data, text->gathered.length, text->name);

    text->gathered.length = 0;
    return status;
}

int list_text_close(struct list_text *text, int status)
{
    if (!status)
        status = list_text_flush(text);
    if (status)
        new_file_abandon(text->file);
    else if (text->file)
        status = new_file_commit(text->file, 0);
    bytes_free(&text->gathered);
    return status;
}

int list_text_bytes(struct list_text *text, const char *word, size_t length)
{
    int status = bytes_append(&text->gathered, word, length);

    return status || text->gathered.length < GATHERED_MAX ? status : list_text_flush(text);
}

int list_text_add(struct list_text *text, const char *word)
{
    return list_text_bytes(text, word, strlen(word));
}

int list_text_line(struct list_text *text, const char *word)
{
    int status = list_text_add(text, word);

    return status ? status : list_text_add(text, "\n");
}
