#include "reader/path.h"

#include "common/error.h"

#include <stdlib.h>

struct path {
    unsigned k;
    struct interval *table; /* starts ascend */
    size_t count, capacity;
};

int path_create(struct path **out, unsigned k)
{
    struct path *path = calloc(1, sizeof *path);

    if (!path)
        return error_set(ERROR_MEMORY, "out of memory for the path of references");
    path->k = k;
    *out = path;
    return 0;
}

void path_free(struct path *path)
{
    if (!path)
        return;
    free(path->table);
    free(path);
}

size_t path_count(const struct path *path)
{
    return path->count;
}

const struct interval *path_interval(const struct path *path, size_t number)
{
    return &path->table[number];
}

static int holds(const struct path *path, size_t i, uint64_t coordinate)
{
    const struct interval *v = &path->table[i];

    return coordinate >= v->start && coordinate - v->start < v->length &&
           (i + 1 == path->count || coordinate < v[1].start);
}

size_t path_find(const struct path *path, uint64_t coordinate, size_t hint)
{
    size_t low = 0, high = path->count;

    if (hint < path->count && holds(path, hint, coordinate))
        return hint;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (path->table[middle].start <= coordinate)
            low = middle + 1;
        else
            high = middle;
    }
    return low && holds(path, low - 1, coordinate) ? low - 1 : PATH_NONE;
}

uint64_t path_next_start(const struct path *path, int contiguous)
{
    const struct interval *last;

    if (path->count == 0)
        return 0;
    last = &path->table[path->count - 1];
    return last->start + last->length + (contiguous ? -(uint64_t)path->k : PATH_GAP);
}

int path_add(struct path *path, const struct interval *interval)
{
    size_t wanted = path->capacity + path->capacity / 2 + 64;
    struct interval *grown;

    if (path->count == path->capacity) {
        grown = realloc(path->table, wanted * sizeof *grown);
        if (!grown)
            return error_set(ERROR_MEMORY, "out of memory for %zu references", wanted);
        path->table = grown;
        path->capacity = wanted;
    }
    path->table[path->count++] = *interval;
    return 0;
}
