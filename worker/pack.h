/*
 * The pending pack of a group: entries that are not part of the archive yet.
 *
 * The text is what the part will hold: each entry followed by PACK_SEPARATOR. Entries never contain
 * the separator. Zero-initialise; a plain value. Functions return 0 or ERROR_MEMORY.
 */
#ifndef WORKER_PACK_H
#define WORKER_PACK_H

#include "common/bytes.h"

enum {
    PACK_SEPARATOR = 0xff,
    PACK_PLACEHOLDER = 0x7f,  /* entry 0 of every raw group (spec section 5) */
    PACK_SEARCH_MAX = 4096,   /* how many entries back an equal one is looked for */
};

struct pack_entry {
    uint64_t hash;
    size_t end; /* offset in the text after the separator */
};

struct pack {
    struct bytes text;
    struct pack_entry *entries;
    uint32_t count, capacity;
};

int pack_append(struct pack *pack, const uint8_t *entry, size_t length);

/* Appends entries with their separators. ERROR_SHARED if the last one has none: the text comes from
 * a log. */
int pack_append_text(struct pack *pack, const uint8_t *text, size_t length);

/* 1 and the index of an equal entry among the last PACK_SEARCH_MAX; 0 if there is none. */
int pack_find(const struct pack *pack, const uint8_t *entry, size_t length, uint32_t *index);

/* Offset in the text at which entry index begins. */
size_t pack_entry_begin(const struct pack *pack, uint32_t index);

void pack_clear(struct pack *pack); /* keeps the memory */
void pack_free(struct pack *pack);
size_t pack_heap_bytes(const struct pack *pack);

#endif
