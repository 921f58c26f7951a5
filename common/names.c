/*
 * Sample names from paths; contig names coded against the name before (spec section 8.1).
 *
 * A coded name keeps the blanks of the name, so both sides count the same fields. A field equal to
 * its predecessor is the byte 0x81; a field of the same length is its differing characters with
 * runs of equal ones as the byte -n; anything else stands as it is. An empty field is left empty:
 * it decodes to itself whatever stood before. Decoding believes nothing: a run that leaves the
 * predecessor's field is an error.
 */
#include "common/names.h"

#include "common/error.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_FIELD_SAME = 0x81, NAME_RUN_MAX = 100 };

static int strip_suffix(const char *name, size_t *length, const char *const *suffixes)
{
    for (; *suffixes; suffixes++) {
        size_t n = strlen(*suffixes);

        if (*length > n && memcmp(name + *length - n, *suffixes, n) == 0) {
            *length -= n;
            return 1;
        }
    }
    return 0;
}

char *sample_name_from_path(const char *path)
{
    static const char *const packed[] = {".gz", ".bgz", ".zst", ".xz", NULL};
    static const char *const fasta[] = {".fa", ".fna", ".fasta", ".fas", ".ffn", NULL};
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t length = strlen(name);

    strip_suffix(name, &length, packed);
    strip_suffix(name, &length, fasta);
    return strndup(name, length);
}

size_t contig_short_length(const char *name, size_t length)
{
    size_t i;

    for (i = 0; i < length; i++)
        if (name[i] == ' ' || name[i] == '\t' || name[i] == '\r' || name[i] == '\n')
            break;
    return i;
}

int contig_name_check(const char *name, size_t length, size_t *bad)
{
    size_t i;

    for (i = 0; i < length; i++) {
        unsigned char c = (unsigned char)name[i];

        if (c >= 128 || c == 0) {
            *bad = i;
            return error_set(ERROR_INPUT,
                             "byte 0x%02x at position %zu of the header line: the format holds "
                             "ASCII names without NUL only",
                             c, i + 1);
        }
    }
    return 0;
}

static size_t field_length(const char *text, const char *end)
{
    const char *blank = memchr(text, ' ', (size_t)(end - text));

    return (size_t)((blank ? blank : end) - text);
}

static size_t count_fields(const char *text, size_t length)
{
    const char *end = text + length, *blank;
    size_t count = 1;

    while (text < end && (blank = memchr(text, ' ', (size_t)(end - text)))) {
        count++;
        text = blank + 1;
    }
    return count;
}

static int encode_alike(const char *before, const char *field, size_t length, struct bytes *out)
{
    size_t i = 0;
    int code = 0;

    while (i < length && !code) {
        size_t run = 0;

        while (run < NAME_RUN_MAX && i + run < length && before[i + run] == field[i + run])
            run++;
        if (run) {
            code = bytes_append_byte(out, (uint8_t)(256 - run));
            i += run;
        } else {
            code = bytes_append_byte(out, (uint8_t)field[i++]);
        }
    }
    return code;
}

static int encode_field(const char *before, size_t before_length, const char *field, size_t length,
                        struct bytes *out)
{
    if (length != before_length || length == 0)
        return bytes_append(out, field, length);
    if (memcmp(before, field, length) == 0)
        return bytes_append_byte(out, NAME_FIELD_SAME);
    return encode_alike(before, field, length, out);
}

int contig_name_encode(const char *previous, size_t previous_length, const char *name,
                       size_t length, struct bytes *out)
{
    const char *end = name + length, *previous_end;
    int code;

    if (!previous || count_fields(previous, previous_length) != count_fields(name, length)) {
        code = bytes_append(out, name, length);
        return code ? code : bytes_append_byte(out, 0);
    }
    previous_end = previous + previous_length;
    for (;;) {
        size_t n = field_length(name, end), before = field_length(previous, previous_end);

        code = encode_field(previous, before, name, n, out);
        if (code || name + n == end)
            break;
        code = bytes_append_byte(out, ' ');
        if (code)
            return code;
        name += n + 1;
        previous += before + 1;
    }
    return code ? code : bytes_append_byte(out, 0);
}

/* Decodes one field into name's spare room, which the caller reserved: a field never decodes to
 * more than its own bytes plus its predecessor's. */
static int decode_field(struct bytes *name, size_t before_off, size_t before_length,
                        const uint8_t *coded, size_t length)
{
    const uint8_t *before = name->data + before_off;
    size_t at = 0, i;

    if (length == 1 && coded[0] == NAME_FIELD_SAME) {
        memcpy(name->data + name->length, before, before_length);
        name->length += before_length;
        return 0;
    }
    for (i = 0; i < length; i++) {
        size_t run = 256u - coded[i];

        if (coded[i] < 128) {
            name->data[name->length++] = coded[i];
            at++;
            continue;
        }
        if (at > before_length || run > before_length - at)
            return error_set(ERROR_FORMAT, "a contig name copies past the name before it");
        memcpy(name->data + name->length, before + at, run);
        name->length += run;
        at += run;
    }
    return 0;
}

/* Nothing was there to code against: another number of fields, or an empty name before (the first
 * in a sample may hold any byte), but for the code of "the same". */
static int stands_alone(const char *before, size_t before_length, const uint8_t *coded,
                        size_t length)
{
    if (before_length == 0)
        return length != 1 || coded[0] != NAME_FIELD_SAME;
    return count_fields(before, before_length) != count_fields((const char *)coded, length);
}

/* The decoded name is built behind its predecessor in the same buffer, then moved to the front. */
int contig_name_decode(struct bytes *name, const uint8_t *coded, size_t length)
{
    size_t before_length = name->length, before_at = 0, at = 0;
    int code = bytes_reserve(name, before_length + length + 1);

    if (code)
        return code;
    if (stands_alone((const char *)name->data, before_length, coded, length)) {
        if (length)
            memcpy(name->data, coded, length);
        name->length = length;
        return 0;
    }
    for (;;) {
        const char *before = (const char *)name->data + before_at;
        const char *field = (const char *)coded + at;
        size_t n = field_length(field, (const char *)coded + length);
        size_t m = field_length(before, (const char *)name->data + before_length);

        code = decode_field(name, before_at, m, coded + at, n);
        if (code || at + n == length)
            break;
        name->data[name->length++] = ' ';
        at += n + 1;
        before_at += m + 1;
    }
    if (code)
        return code;
    name->length -= before_length;
    memmove(name->data, name->data + before_length, name->length);
    return 0;
}
