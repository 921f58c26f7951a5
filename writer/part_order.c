/*
 * Counting sort of part places.
 *
 * next[] holds for every group the slot of its next part: first the groups' beginnings, from the
 * counts, then moved on as parts come. A part belongs to one of 2 + groups + 2 lists;
 * within a list the journal's order is the archive's.
 */
#include "writer/part_order.h"

#include "common/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MEMORY_PLACES = 64 * 1024 };

struct part_order {
    uint64_t count;
    uint64_t checked; /* those before the checks */
    uint64_t taken;
    int fd;                    /* -1: all places are in memory */
    struct part_place *memory; /* all of them, or a window of the file */
    uint64_t window_first, window_count;
    uint64_t *next; /* slots: contigs, details, then each group, then checks */
};

static int no_memory(void)
{
    return error_set(ERROR_MEMORY, "out of memory for the order of the parts");
}

/* A file that nobody else sees. */
static int open_unnamed(int work_fd, int *fd)
{
    static const char name[] = "part-order.tmp";

    *fd = openat(work_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (*fd >= 0)
        return 0;
    *fd = openat(work_fd, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (*fd < 0 || unlinkat(work_fd, name, 0) != 0)
        return error_set_errno(ERROR_IO, "cannot create %s in the work directory", name);
    return 0;
}

/* Turns counts into the first slot of each list. */
static int make_starts(struct part_order *order, const struct part_table *table, uint64_t batches,
                       uint64_t check_batches)
{
    uint32_t groups = part_table_groups(table);
    uint64_t slot = 2 * batches;

    order->next = malloc(((size_t)groups + 4) * sizeof *order->next);
    if (!order->next)
        return no_memory();
    order->next[0] = 0;
    order->next[1] = batches;
    for (uint32_t g = 0; g < groups; g++) {
        order->next[2 + (size_t)g] = slot;
        slot +=
            part_table_parts(table, STREAM_REFERENCE, g) + part_table_parts(table, STREAM_PACK, g);
    }
    order->checked = slot;
    order->next[2 + (size_t)groups] = slot;
    order->next[3 + (size_t)groups] = slot + check_batches;
    order->count = slot + 2 * check_batches;
    return 0;
}

static int put_place(struct part_order *order, uint64_t slot, const struct part_place *place)
{
    ssize_t n;

    if (slot >= order->count)
        return error_set(ERROR_SHARED, "writer.log names more parts than were counted");
    if (order->fd < 0) {
        order->memory[slot] = *place;
        return 0;
    }
    do
        n = pwrite(order->fd, place, sizeof *place, (off_t)(slot * sizeof *place));
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof *place)
        return error_set_errno(ERROR_IO, "cannot write a temporary file in the work directory");
    return 0;
}

/* The list that a part belongs to; behind the last if there is none. */
static size_t list_of(const struct entry_part *part, uint32_t groups)
{
    size_t behind = 4 + (size_t)groups;

    switch (part->stream) {
    case STREAM_CONTIGS:
        return 0;
    case STREAM_DETAILS:
        return 1;
    case STREAM_SAMPLE_CHECKS:
        return 2 + (size_t)groups;
    case STREAM_CONTIG_CHECKS:
        return 3 + (size_t)groups;
    default:
        return part->group < groups ? 2 + (size_t)part->group : behind;
    }
}

static int sort_parts(struct part_order *order, struct journal *journal, uint32_t groups)
{
    struct journal_cursor cursor;
    struct entry entry;
    uint64_t seen = 0;
    int have, code;

    journal_cursor_open(&cursor, journal, 0);
    while ((code = journal_cursor_next(&cursor, &entry, &have)) == 0 && have) {
        struct part_place place = {entry.part.off, entry.part.size, entry.part.check, 0};
        size_t list;

        if (entry.kind != ENTRY_PART)
            continue;
        list = list_of(&entry.part, groups);
        if (list >= 4 + (size_t)groups) {
            code = error_set(ERROR_SHARED, "writer.log names a part of an unknown group");
            break;
        }
        code = put_place(order, order->next[list]++, &place);
        if (code)
            break;
        seen++;
    }
    journal_cursor_close(&cursor);
    if (!code && seen != order->count)
        code = error_set(ERROR_SHARED, "writer.log has other parts than were counted");
    return code;
}

int part_order_create(struct part_order **order, struct journal *journal,
                      const struct part_table *table, uint64_t batches, uint64_t check_batches,
                      int work_fd)
{
    struct part_order *o = calloc(1, sizeof *o);
    int code;

    if (!o)
        return no_memory();
    o->fd = -1;
    code = make_starts(o, table, batches, check_batches);
    if (!code) {
        size_t places = o->count < MEMORY_PLACES ? (size_t)o->count : MEMORY_PLACES;

        o->memory = calloc(places ? places : 1, sizeof *o->memory);
        if (!o->memory)
            code = no_memory();
    }
    if (!code && o->count > MEMORY_PLACES)
        code = open_unnamed(work_fd, &o->fd);
    if (!code)
        code = sort_parts(o, journal, part_table_groups(table));
    free(o->next);
    o->next = NULL;
    if (!code && o->fd < 0)
        o->window_count = o->count;
    if (code)
        part_order_free(o);
    else
        *order = o;
    return code;
}

void part_order_free(struct part_order *order)
{
    if (!order)
        return;
    if (order->fd >= 0)
        close(order->fd);
    free(order->memory);
    free(order->next);
    free(order);
}

static int read_window(struct part_order *order)
{
    uint64_t left = order->count - order->taken;
    size_t bytes = (size_t)(left < MEMORY_PLACES ? left : MEMORY_PLACES) * sizeof *order->memory;
    size_t have = 0;

    while (have < bytes) {
        ssize_t n = pread(order->fd, (uint8_t *)order->memory + have, bytes - have,
                          (off_t)(order->taken * sizeof *order->memory + have));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(ERROR_IO, "cannot read a temporary file back");
        if (n == 0)
            return error_set(ERROR_IO, "a temporary file of part places is cut off");
        have += (size_t)n;
    }
    order->window_first = order->taken;
    order->window_count = bytes / sizeof *order->memory;
    return 0;
}

int part_order_next(struct part_order *order, struct part_place *place)
{
    if (order->taken >= order->count)
        return error_set(ERROR_SHARED, "fewer parts than were counted");
    if (order->taken >= order->window_first + order->window_count) {
        int code = read_window(order);

        if (code)
            return code;
    }
    *place = order->memory[order->taken - order->window_first];
    order->taken++;
    return 0;
}

void part_order_rewind(struct part_order *order)
{
    order->taken = 0;
    if (order->fd >= 0)
        order->window_first = order->window_count = 0;
}

uint64_t part_order_checked(const struct part_order *order)
{
    return order->checked;
}
