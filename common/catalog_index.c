/*
 * Contigs by name over all samples: see catalog_index.h.
 */
#include "common/catalog_index.h"

#include "common/contig_table.h"
#include "common/error.h"
#include "common/names.h"

#include <stdlib.h>
#include <xxhash.h>

struct index_entry {
    uint64_t hash;
    struct catalog_place place;
};

/* Calls see(context, ...) for every contig of the archive; that ends the walk by a code. */
static int each_contig(struct archive *archive, void *context,
                       int (*see)(void *context, struct catalog_place place, const char *header,
                                  size_t length))
{
    struct contig_cursor *cursor;
    struct catalog_place place = {0, 0};
    int code, have_sample = 1, have;

    if (!archive_sample_count(archive))
        return 0;
    code = contig_cursor_open(&cursor, archive, 0);
    if (code)
        return code;
    while (!code && have_sample) {
        const char *header;
        size_t length;
        uint32_t segments;

        code = contig_cursor_next(cursor, &have, &header, &length, &segments);
        if (!code && have) {
            code = see(context, place, header, length);
            place.row++;
        } else if (!code) {
            code = contig_cursor_next_sample(cursor, &have_sample);
            place = (struct catalog_place){place.sample + 1, 0};
        }
    }
    contig_cursor_close(cursor);
    return code;
}

struct index_build {
    struct bytes *entries;
    size_t limit;
};

enum { STOP_TOO_LARGE = 1 };

static int add_hash(struct index_build *b, struct catalog_place place, const char *name,
                    size_t length)
{
    struct index_entry entry = {XXH3_64bits(name, length), place};

    if (b->entries->length + sizeof entry > b->limit)
        return STOP_TOO_LARGE;
    return bytes_append(b->entries, &entry, sizeof entry);
}

static int index_contig(void *context, struct catalog_place place, const char *header,
                        size_t length)
{
    size_t short_length = contig_short_length(header, length);
    int code = add_hash(context, place, header, short_length);

    if (!code && short_length != length)
        code = add_hash(context, place, header, length);
    return code;
}

static int compare_entries(const void *left, const void *right)
{
    const struct index_entry *a = left, *b = right;

    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    if (a->place.sample != b->place.sample)
        return a->place.sample < b->place.sample ? -1 : 1;
    return a->place.row < b->place.row ? -1 : a->place.row > b->place.row;
}

int catalog_index_build(struct catalog_index *index, struct archive *archive, size_t limit,
                        int *too_large)
{
    struct index_build b = {&index->entries, limit};
    int code = each_contig(archive, &b, index_contig);

    *too_large = code == STOP_TOO_LARGE;
    if (code)
        bytes_free(&index->entries);
    else if (index->entries.length)
        qsort(index->entries.data, index->entries.length / sizeof(struct index_entry),
              sizeof(struct index_entry), compare_entries);
    return *too_large ? 0 : code;
}

void catalog_index_free(struct catalog_index *index)
{
    bytes_free(&index->entries);
}

uint64_t catalog_index_find(const struct catalog_index *index, const char *name, size_t length,
                            struct catalog_place *places, size_t max)
{
    const struct index_entry *entries = (const void *)index->entries.data;
    size_t count = index->entries.length / sizeof *entries, low = 0, high = count;
    uint64_t hash = XXH3_64bits(name, length), found = 0;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (entries[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < count && entries[low].hash == hash; low++, found++)
        if (found < max)
            places[found] = entries[low].place;
    return found;
}

struct name_walk {
    const char *name;
    size_t length;
    struct catalog_place *places;
    size_t max;
    uint64_t found;
};

static int compare_contig(void *context, struct catalog_place place, const char *header,
                          size_t length)
{
    struct name_walk *w = context;

    if (!contig_name_matches(header, length, w->name, w->length))
        return 0;
    if (w->found < w->max)
        w->places[w->found] = place;
    w->found++;
    return 0;
}

int catalog_index_walk(struct archive *archive, const char *name, size_t length,
                       struct catalog_place *places, size_t max, uint64_t *count)
{
    struct name_walk w = {name, length, places, max, 0};
    int code = each_contig(archive, &w, compare_contig);

    *count = w.found;
    return code;
}
