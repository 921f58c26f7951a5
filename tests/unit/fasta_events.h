/*
 * The events of a FASTA file as text: a contig is '>' name LF, a block of bases is its letters
 * and '|'.
 */
#ifndef TESTS_FASTA_EVENTS_H
#define TESTS_FASTA_EVENTS_H

#include "tests/unit/input_files.h"

#include "reader/fasta.h"
#include "reader/input_private.h"

static const char format_letters[] = "ACGTNRYSWKMBDHVU";

static inline void add_event(struct bytes *out, const struct fasta_item *item)
{
    size_t i;

    if (item->event == FASTA_CONTIG) {
        assert_int_equal(bytes_append(out, ">", 1), 0);
        assert_int_equal(bytes_append(out, item->name, item->name_length), 0);
        assert_int_equal(bytes_append(out, "\n", 1), 0);
        return;
    }
    assert_in_range(item->count, 1, FASTA_BLOCK_SYMBOLS);
    assert_int_equal(bytes_reserve(out, item->count + 1), 0);
    for (i = 0; i < item->count; i++) {
        assert_in_range(item->codes[i], 0, 15);
        out->data[out->length++] = (uint8_t)format_letters[item->codes[i]];
    }
    out->data[out->length++] = '|';
}

/* The events of path up to its end or first error; the code of that error, or 0. */
static inline int parse(const char *path, enum fasta_invalid policy, size_t block_bytes,
                        struct bytes *events, struct fasta_counts *counts)
{
    struct fasta *fasta;
    struct fasta_item item;
    int code;

    events->length = 0;
    *counts = (struct fasta_counts){0};
    input_set_block_bytes(block_bytes);
    code = fasta_open(&fasta, path, policy);
    input_set_block_bytes(0);
    if (code)
        return code;
    while (!(code = fasta_next(fasta, &item)) && item.event != FASTA_END)
        add_event(events, &item);
    if (!code) { /* the end stays the end */
        assert_int_equal(fasta_next(fasta, &item), 0);
        assert_int_equal(item.event, FASTA_END);
    }
    *counts = *fasta_counts(fasta);
    fasta_close(fasta);
    return code;
}

#endif
