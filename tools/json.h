/*
 * Writing JSON to a file.
 *
 * A writer keeps track of commas alone: the caller opens and closes objects and arrays in pairs.
 * Text is escaped so that it may stand in a web page as well: < > & come as \u003c and so on, bytes
 * that are no UTF-8 as the character U+FFFD.
 */
#ifndef TOOLS_JSON_H
#define TOOLS_JSON_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct json {
    FILE *out; /* errors are found by ferror() at the end */
    int comma; /* a value stands before this place */
};

/* key: NULL within an array. */
void json_open(struct json *json, const char *key, char bracket); /* '{' or '[' */
void json_close(struct json *json, char bracket);                 /* '}' or ']' */
void json_text(struct json *json, const char *key, const char *text);
void json_text_part(struct json *json, const char *key, const char *text, size_t length);
void json_number(struct json *json, const char *key, uint64_t number);
void json_seconds(struct json *json, const char *key, double seconds); /* three decimals */

#endif
