/*
 * FASTA as a stream of events.
 *
 *   place      at the next byte            on what                          gives
 *   HEADER     '>' at the start of a line  header up to LF or end of file   CONTIG; -> SEQUENCE
 *   SEQUENCE   inside a record             '>' at the start of a line       -> HEADER
 *                                          end of file                      -> END
 *   END                                                                     END, for ever
 *
 * fasta_open() skips blank lines and demands a '>' at the start of a line.
 *
 * Invariant: what comes out depends on the decompressed bytes and the policy alone. BASES are
 * always FASTA_BLOCK_SYMBOLS long but for the last of a record, wherever the blocks of the input
 * happen to end. So the kind of compression and the timing of a pipe cannot show in an archive.
 *
 * Where an error is: `taken` counts the decompressed bytes before the current block, `line` the
 * lines, `line_start` is the place of the current line's first byte in that count; the position in
 * a message is the byte's column, from 1.
 *
 * A header's only carriage returns are those before its line end (they belong to the line end). One
 * inside means a file of the old Mac OS, whose lines end with CR alone: taken as it stands, the
 * whole file would be one header without sequence; so that is an error.
 */
#include "reader/fasta.h"

#include "reader/fasta_scan.h"
#include "reader/input.h"

#include "common/bytes.h"
#include "common/error.h"
#include "common/names.h"
#include "common/symbols.h"
#include "ipc/messages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum fasta_place { FASTA_AT_HEADER, FASTA_IN_SEQUENCE, FASTA_AT_END };

enum { SHOWN_NAME_BYTES = 60 }; /* of a header, in messages */

struct fasta {
    struct input *input;
    enum fasta_invalid policy;
    fasta_scan_fn *scan;
    enum fasta_place place;

    const uint8_t *data; /* the current block: data[off..length) is not used yet */
    size_t off;
    size_t length;
    uint64_t taken; /* decompressed bytes before this block */

    uint64_t line;       /* from 1 */
    uint64_t line_start; /* decompressed bytes before the current line */

    struct bytes name; /* of the current record */
    struct fasta_counts counts;
    uint8_t codes[FASTA_BLOCK_SYMBOLS + FASTA_SCAN_SLACK];
};

/* Makes data non-empty; *end = 1 at the end of the input. */
static int refill(struct fasta *f, int *end)
{
    size_t length;
    int code;

    *end = 0;
    if (f->off < f->length)
        return 0;
    f->taken += f->length;
    f->off = f->length = 0;
    code = input_read(f->input, &f->data, &length);
    f->counts.file_bytes = input_file_bytes(f->input);
    if (code)
        return code;
    f->length = length;
    f->counts.input_bytes += length;
    *end = length == 0;
    return 0;
}

static uint64_t position(const struct fasta *f)
{
    return f->taken + f->off;
}

static void next_line(struct fasta *f)
{
    f->line++;
    f->line_start = position(f);
}

/* The current record's name, for messages: shortened, on one line of plain characters. */
static const char *shown_name(const struct fasta *f, char shown[SHOWN_NAME_BYTES + 4])
{
    size_t length = f->name.length < SHOWN_NAME_BYTES ? f->name.length : SHOWN_NAME_BYTES;
    size_t i;

    for (i = 0; i < length; i++)
        shown[i] = f->name.data[i] >= ' ' && f->name.data[i] < 127 ? (char)f->name.data[i] : '?';
    strcpy(shown + length, length < f->name.length ? "..." : "");
    return shown;
}

static const char *hint_for(uint8_t byte)
{
    if (byte && strchr("EFILPQefilpq", byte))
        return "; is this a protein?";
    if (byte == '>')
        return "; '>' begins a record only at the start of a line";
    return "; --invalid=N puts N in its place, --invalid=drop leaves it out";
}

static void describe_byte(char text[16], uint8_t byte)
{
    if (byte > ' ' && byte < 127)
        snprintf(text, 16, "'%c'", byte);
    else
        snprintf(text, 16, "byte 0x%02x", byte);
}

static int invalid_byte(const struct fasta *f, uint8_t byte)
{
    char name[SHOWN_NAME_BYTES + 4], what[16];

    describe_byte(what, byte);
    return error_set(ERROR_INPUT,
                     "%s: record %llu (%s), line %llu, position %llu: %s is no letter of a nucleic "
                     "acid (ACGTU and IUPAC)%s",
                     input_name(f->input), (unsigned long long)f->counts.records,
                     shown_name(f, name), (unsigned long long)f->line,
                     (unsigned long long)(position(f) - f->line_start + 1), what, hint_for(byte));
}

static int is_blank(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* Deals with the byte at data[off], which is no letter of the format. */
static int take_other(struct fasta *f, size_t *count)
{
    uint8_t byte = f->data[f->off];

    if (!is_blank(byte)) {
        if (f->policy == FASTA_INVALID_ERROR)
            return invalid_byte(f, byte);
        f->counts.replaced++;
        if (f->policy == FASTA_INVALID_N)
            f->codes[(*count)++] = SYMBOL_N;
    }
    f->off++;
    if (byte == '\n')
        next_line(f);
    return 0;
}

/* Fills codes with the next symbols of the record. Stops when they are full, before the next
 * record, and at the end of the input; place says which. */
static int read_sequence(struct fasta *f, size_t *count)
{
    int code, end;

    *count = 0;
    while (*count < FASTA_BLOCK_SYMBOLS) {
        size_t room = FASTA_BLOCK_SYMBOLS - *count, left, letters;

        code = refill(f, &end);
        if (code)
            return code;
        if (end) {
            f->place = FASTA_AT_END;
            return 0;
        }
        left = f->length - f->off;
        letters = f->scan(f->data + f->off, left < room ? left : room, f->codes + *count,
                          &f->counts.lower_case);
        f->off += letters;
        *count += letters;
        if (*count == FASTA_BLOCK_SYMBOLS || f->off == f->length)
            continue;
        if (f->data[f->off] == '>' && position(f) == f->line_start) {
            f->place = FASTA_AT_HEADER;
            return 0;
        }
        code = take_other(f, count);
        if (code)
            return code;
    }
    return 0;
}

static int header_failed(const struct fasta *f, size_t column, const char *why)
{
    char name[SHOWN_NAME_BYTES + 4];

    return error_set(ERROR_INPUT, "%s: record %llu (%s), line %llu, position %llu: %s",
                     input_name(f->input), (unsigned long long)f->counts.records,
                     shown_name(f, name), (unsigned long long)f->line, (unsigned long long)column,
                     why);
}

/* Columns count from 1 and the '>' is column 1: byte i of the name is column i + 2. */
static int check_header(const struct fasta *f)
{
    const char *name = (const char *)f->name.data;
    const char *carriage_return;
    char what[16], why[128];
    size_t bad;

    if (!f->name.length)
        return 0;
    if (contig_name_check(name, f->name.length, &bad)) {
        describe_byte(what, (uint8_t)name[bad]);
        snprintf(why, sizeof why, "%s in a header, where an archive can hold ASCII alone", what);
        return header_failed(f, bad + 2, why);
    }
    carriage_return = memchr(name, '\r', f->name.length);
    if (carriage_return)
        return header_failed(f, (size_t)(carriage_return - name) + 2,
                             "a carriage return within a header; are the lines of this file ended "
                             "by CR alone?");
    return 0;
}

static int add_to_name(struct fasta *f, size_t length)
{
    if (length > MESSAGE_NAME_BYTES_MAX - f->name.length)
        return header_failed(f, (size_t)MESSAGE_NAME_BYTES_MAX + 2,
                             "the header is longer than 1 MiB");
    return bytes_append(&f->name, f->data + f->off, length);
}

/* Reads the header line whose '>' is at data[off]. */
static int read_header(struct fasta *f)
{
    const uint8_t *line_end = NULL;
    int code, end;

    f->off++;
    f->name.length = 0;
    f->counts.records++;
    while (!line_end) {
        size_t length;

        code = refill(f, &end);
        if (code)
            return code;
        if (end)
            break;
        line_end = memchr(f->data + f->off, '\n', f->length - f->off);
        length = (line_end ? (size_t)(line_end - f->data) : f->length) - f->off;
        code = add_to_name(f, length);
        if (code)
            return code;
        f->off += length;
    }
    while (f->name.length && f->name.data[f->name.length - 1] == '\r')
        f->name.length--;
    code = check_header(f);
    if (code)
        return code;
    if (line_end) {
        f->off++;
        next_line(f);
    }
    f->place = FASTA_IN_SEQUENCE;
    return 0;
}

int fasta_next(struct fasta *f, struct fasta_item *item)
{
    size_t count = 0;
    int code;

    *item = (struct fasta_item){.event = FASTA_END};
    if (f->place == FASTA_IN_SEQUENCE) {
        code = read_sequence(f, &count);
        if (code)
            return code;
        if (count) {
            f->counts.symbols += count;
            item->event = FASTA_BASES;
            item->codes = f->codes;
            item->count = count;
            return 0;
        }
    }
    if (f->place == FASTA_AT_HEADER) {
        code = read_header(f);
        if (code)
            return code;
        item->event = FASTA_CONTIG;
        item->name = f->name.length ? (const char *)f->name.data : "";
        item->name_length = f->name.length;
    }
    return 0;
}

/* Skips blank lines up to the first record. */
static int find_first_record(struct fasta *f)
{
    char what[16];
    int code, end;

    for (;;) {
        uint8_t byte;

        code = refill(f, &end);
        if (code)
            return code;
        if (end)
            return error_set(ERROR_INPUT,
                             f->counts.input_bytes ? "%s: holds no FASTA record" : "%s: is empty",
                             input_name(f->input));
        byte = f->data[f->off];
        if (byte == '>' && position(f) == f->line_start)
            return 0;
        if (!is_blank(byte)) {
            describe_byte(what, byte);
            return error_set(
                ERROR_INPUT,
                "%s: not a FASTA file: line %llu, position %llu: %s where a header line "
                "beginning with '>' should be",
                input_name(f->input), (unsigned long long)f->line,
                (unsigned long long)(position(f) - f->line_start + 1), what);
        }
        f->off++;
        if (byte == '\n')
            next_line(f);
    }
}

int fasta_open(struct fasta **result, const char *path, enum fasta_invalid policy)
{
    return fasta_open_named(result, path, path, policy);
}

int fasta_open_named(struct fasta **result, const char *path, const char *name,
                     enum fasta_invalid policy)
{
    struct fasta *f = calloc(1, sizeof *f);
    int code;

    if (!f)
        return error_set(ERROR_MEMORY, "out of memory for a FASTA reader");
    f->policy = policy;
    f->scan = fasta_scan_best();
    f->line = 1;
    f->place = FASTA_AT_HEADER;
    code = input_open_named(&f->input, path, name);
    if (!code)
        code = find_first_record(f);
    if (code) {
        fasta_close(f);
        return code;
    }
    *result = f;
    return 0;
}

void fasta_close(struct fasta *f)
{
    if (!f)
        return;
    input_close(f->input);
    bytes_free(&f->name);
    free(f);
}

const struct fasta_counts *fasta_counts(const struct fasta *f)
{
    return &f->counts;
}
