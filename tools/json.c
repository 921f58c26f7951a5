/*
 * Writing JSON: see json.h.
 */
#include "tools/json.h"

#include <inttypes.h>
#include <string.h>

static void put_letter(FILE *out, unsigned char c)
{
    if (c == '"' || c == '\\')
        fprintf(out, "\\%c", c);
    else if (c < 0x20 || c == '<' || c == '>' || c == '&' || c == 0x7f)
        fprintf(out, "\\u%04x", (unsigned)c);
    else
        putc(c, out);
}

static int is_tail(const unsigned char *at, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return 1;
}

/* Bytes of the UTF-8 character at `at`, of which `left` bytes are there; 0 if it is none. (Overlong
 * forms and surrogates are let through: readers take them for U+FFFD.) */
static size_t utf8_bytes(const unsigned char *at, size_t left)
{
    size_t bytes = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;

    if (at[0] > 0xf4 || bytes == 0 || bytes > left || !is_tail(at + 1, bytes - 1))
        return 0;
    return bytes;
}

static void put_text(FILE *out, const char *text, size_t length)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t bytes;

    putc('"', out);
    while (length) {
        bytes = utf8_bytes(at, length);
        if (bytes == 1)
            put_letter(out, *at);
        else if (bytes)
            fwrite(at, 1, bytes, out);
        else
            fputs("\\ufffd", out);
        at += bytes ? bytes : 1;
        length -= bytes ? bytes : 1;
    }
    putc('"', out);
}

/* What stands before a value. */
static void begin(struct json *json, const char *key)
{
    if (json->comma)
        putc(',', json->out);
    if (key) {
        putc('\n', json->out);
        put_text(json->out, key, strlen(key));
        fputs(": ", json->out);
    }
    json->comma = 1;
}

void json_open(struct json *json, const char *key, char bracket)
{
    begin(json, key);
    putc(bracket, json->out);
    json->comma = 0;
}

void json_close(struct json *json, char bracket)
{
    putc(bracket, json->out);
    json->comma = 1;
}

void json_text_part(struct json *json, const char *key, const char *text, size_t length)
{
    begin(json, key);
    put_text(json->out, text, length);
}

void json_text(struct json *json, const char *key, const char *text)
{
    json_text_part(json, key, text, strlen(text));
}

void json_number(struct json *json, const char *key, uint64_t number)
{
    begin(json, key);
    fprintf(json->out, "%" PRIu64, number);
}

void json_seconds(struct json *json, const char *key, double seconds)
{
    begin(json, key);
    fprintf(json->out, "%.3f", seconds > 0 ? seconds : 0.0);
}
