/*
 * Samples and contigs under one lock: see catalog.h.
 *
 * An entry is in the list and in entries[] of its sample, or, thrown out while somebody held it,
 * in neither: then the last release frees it. Look-ups without a sample use an index of all
 * contigs, made by one walk when first needed: a hash and a place each, sorted. If that would take
 * more than a quarter of the cache, there is none, and such a look-up walks the archive.
 */
#include "common/catalog.h"

#include "common/error.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    struct contig_table *table;
    struct entry *newer, *older;
    uint32_t holders;
    int listed;
};

enum index_state { INDEX_NOT_TRIED, INDEX_THERE, INDEX_TOO_LARGE };

struct catalog {
    struct archive *archive;
    pthread_mutex_t lock;
    size_t limit, used;
    struct entry **entries; /* by sample; NULL: not kept */
    struct entry *newest, *oldest;
    uint8_t *missed; /* by batch: a table of it was asked for and not there */
    enum index_state index_state;
    struct catalog_index index;
};

int catalog_open(struct catalog **catalog, const char *path, size_t cache_bytes, int checked)
{
    struct catalog *c = calloc(1, sizeof *c);
    uint32_t samples;
    int code;

    if (!c)
        return error_set(ERROR_MEMORY, "out of memory for an archive");
    pthread_mutex_init(&c->lock, NULL);
    c->limit = cache_bytes;
    code = checked ? archive_open(&c->archive, path) : archive_open_unchecked(&c->archive, path);
    if (!code)
        code = archive_keep_footer(c->archive, cache_bytes / 4);
    samples = code ? 0 : archive_sample_count(c->archive);
    if (!code) {
        c->entries = calloc((size_t)samples + 1, sizeof(struct entry *));
        c->missed = calloc((size_t)samples / archive_params(c->archive)->pack + 1, 1);
        if (!c->entries || !c->missed)
            code = error_set(ERROR_MEMORY, "out of memory for %u samples", samples);
    }
    if (!code && samples) /* sorts the names, so that looking them up changes nothing */
        code = archive_find_sample(c->archive, archive_sample_name(c->archive, 0), &samples);
    if (code)
        catalog_close(c);
    else
        *catalog = c;
    return code;
}

static void free_entry(struct entry *entry)
{
    contig_table_free(entry->table);
    free(entry);
}

void catalog_close(struct catalog *catalog)
{
    struct entry *entry, *older;

    if (!catalog)
        return;
    for (entry = catalog->newest; entry; entry = older) {
        older = entry->older;
        free_entry(entry);
    }
    archive_close(catalog->archive);
    catalog_index_free(&catalog->index);
    free(catalog->entries);
    free(catalog->missed);
    pthread_mutex_destroy(&catalog->lock);
    free(catalog);
}

const struct archive_params *catalog_params(const struct catalog *catalog)
{
    return archive_params(catalog->archive);
}

uint32_t catalog_sample_count(const struct catalog *catalog)
{
    return archive_sample_count(catalog->archive);
}

const char *catalog_sample_name(const struct catalog *catalog, uint32_t sample)
{
    return archive_sample_name(catalog->archive, sample);
}

enum archive_checks catalog_checks(const struct catalog *catalog)
{
    return archive_checks(catalog->archive);
}

const char *catalog_info_key(const struct catalog *catalog, size_t index, const char **value)
{
    return archive_info_key(catalog->archive, index, value);
}

int catalog_find_sample(const struct catalog *catalog, const char *name, uint32_t *sample)
{
    return archive_find_sample(catalog->archive, name, sample);
}

const struct archive *catalog_archive(const struct catalog *catalog)
{
    return catalog->archive;
}

int catalog_part_find(struct catalog *catalog, uint32_t group, int reference, uint64_t part,
                      struct container_part *place)
{
    int code;

    pthread_mutex_lock(&catalog->lock);
    code = archive_group_part_find(catalog->archive, group, reference, part, place);
    pthread_mutex_unlock(&catalog->lock);
    return code;
}

/* ---- tables; the lock is held */

static void unlist(struct catalog *c, struct entry *e)
{
    *(e->newer ? &e->newer->older : &c->newest) = e->older;
    *(e->older ? &e->older->newer : &c->oldest) = e->newer;
}

static void list_newest(struct catalog *c, struct entry *e)
{
    e->newer = NULL;
    e->older = c->newest;
    *(c->newest ? &c->newest->newer : &c->oldest) = e;
    c->newest = e;
}

static void throw_out(struct catalog *c, struct entry *e)
{
    unlist(c, e);
    e->listed = 0;
    c->entries[e->table->sample] = NULL;
    c->used -= e->table->bytes;
    if (!e->holders)
        free_entry(e);
}

/* Keeps a table; older ones leave for it, but not one of the same batch: *kept = 0 (and the table
 * is freed) if that is all there is, and it is not the one that is wanted. */
static int keep(struct catalog *c, struct contig_table *table, int wanted, int *kept)
{
    struct entry *e = calloc(1, sizeof *e);
    uint32_t pack = archive_params(c->archive)->pack;

    *kept = 1;
    if (!e) {
        contig_table_free(table);
        return error_set(ERROR_MEMORY, "out of memory for a table of contigs");
    }
    e->table = table;
    table->keeper = e;
    while (c->oldest && c->used + table->bytes > c->limit &&
           (wanted || c->oldest->table->sample / pack != table->sample / pack))
        throw_out(c, c->oldest);
    if (!wanted && c->used + table->bytes > c->limit) {
        free_entry(e);
        *kept = 0;
        return 0;
    }
    e->listed = 1;
    c->entries[table->sample] = e;
    c->used += table->bytes;
    list_newest(c, e);
    return 0;
}

/* Decodes the cursor's sample, unless it is there. */
static int load_one(struct catalog *c, struct contig_cursor *cursor, int wanted, int *kept)
{
    struct contig_table *table;
    int code;

    *kept = 1;
    if (c->entries[contig_cursor_sample(cursor)])
        return 0;
    code = contig_table_build(&table, cursor, archive_params(c->archive)->k);
    return code ? code : keep(c, table, wanted, kept);
}

/* The whole batch of a sample, as far as it fits; the sample itself in any case. */
static int load_batch(struct catalog *c, uint32_t sample)
{
    uint32_t pack = archive_params(c->archive)->pack, first = sample - sample % pack;
    struct contig_cursor *cursor;
    int code = contig_cursor_open(&cursor, c->archive, first), have = 1, kept = 1;

    if (code)
        return code;
    while (!code && have && contig_cursor_sample(cursor) - first < pack) {
        int wanted = contig_cursor_sample(cursor) == sample;

        if (kept || wanted)
            code = load_one(c, cursor, wanted, &kept);
        if (!kept && contig_cursor_sample(cursor) >= sample)
            break;
        if (!code && contig_cursor_sample(cursor) - first + 1 == pack)
            break;
        if (!code)
            code = contig_cursor_next_sample(cursor, &have);
    }
    contig_cursor_close(cursor);
    return code;
}

static int load_sample(struct catalog *c, uint32_t sample)
{
    struct contig_cursor *cursor;
    int kept, code = contig_cursor_open(&cursor, c->archive, sample);

    if (code)
        return code;
    code = load_one(c, cursor, 1, &kept);
    contig_cursor_close(cursor);
    return code;
}

static int hold(struct catalog *c, uint32_t sample, struct entry **entry)
{
    uint32_t batch = sample / archive_params(c->archive)->pack;
    int code = 0;

    if (sample >= archive_sample_count(c->archive))
        return error_set(ERROR_NOT_FOUND, "no sample number %u", sample);
    if (!c->entries[sample]) {
        code = c->missed[batch] ? load_batch(c, sample) : load_sample(c, sample);
        c->missed[batch] = 1;
    }
    if (code)
        return code;
    *entry = c->entries[sample];
    if (*entry != c->newest) {
        unlist(c, *entry);
        list_newest(c, *entry);
    }
    (*entry)->holders++;
    return 0;
}

int catalog_hold(struct catalog *catalog, uint32_t sample, const struct contig_table **table)
{
    struct entry *e = NULL;
    int code;

    pthread_mutex_lock(&catalog->lock);
    code = hold(catalog, sample, &e);
    pthread_mutex_unlock(&catalog->lock);
    if (!code)
        *table = e->table;
    return code;
}

void catalog_release(struct catalog *catalog, const struct contig_table *table)
{
    struct entry *e;

    if (!table)
        return;
    e = table->keeper;
    pthread_mutex_lock(&catalog->lock);
    if (--e->holders == 0 && !e->listed)
        free_entry(e);
    pthread_mutex_unlock(&catalog->lock);
}

/* ---- look-ups without a sample; the lock is held */

static int index_contigs(struct catalog *c)
{
    int too_large, code;

    if (c->index_state != INDEX_NOT_TRIED)
        return 0;
    code = catalog_index_build(&c->index, c->archive, c->limit / 4, &too_large);
    if (!code)
        c->index_state = too_large ? INDEX_TOO_LARGE : INDEX_THERE;
    return code;
}

int catalog_find_contig(struct catalog *catalog, const char *name, size_t length,
                        struct catalog_place *places, size_t max, uint64_t *count)
{
    int code;

    pthread_mutex_lock(&catalog->lock);
    code = index_contigs(catalog);
    if (!code && catalog->index_state == INDEX_THERE)
        *count = catalog_index_find(&catalog->index, name, length, places, max);
    else if (!code)
        code = catalog_index_walk(catalog->archive, name, length, places, max, count);
    pthread_mutex_unlock(&catalog->lock);
    return code;
}
