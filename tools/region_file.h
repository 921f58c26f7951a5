/*
 * Regions from a file: words as on the command line, or BED.
 */
#ifndef TOOLS_REGION_FILE_H
#define TOOLS_REGION_FILE_H

#include "tools/contig_query.h"

/* Words point into text, which must stay while they are used. */
struct region_list {
    struct contig_query *queries;
    size_t count, capacity;
    struct bytes text;
};

int region_list_add(struct region_list *list, const struct contig_query *query);

/* Reads path ("-": standard input) and adds a query a line. bed: BED, else words of style. Called
 * once a list. ERROR_INPUT names the line that is no BED. */
int region_list_read(struct region_list *list, const char *path, enum query_style style, int bed);

void region_list_free(struct region_list *list);

#endif
