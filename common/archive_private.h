/*
 * What the files of the archive reader share: the handle, the stream table, the cursor's parts.
 * Private to archive*.c.
 */
#ifndef COMMON_ARCHIVE_PRIVATE_H
#define COMMON_ARCHIVE_PRIVATE_H

#include "common/archive.h"
#include "common/archive_stream.h"
#include "common/container.h"

/* Streams with a name of their own; one-part streams and collection batches. */
enum archive_named {
    NAMED_INFO,
    NAMED_PARAMS,
    NAMED_SAMPLES, /* 3.0 */
    NAMED_CONTIGS, /* 3.0 */
    NAMED_DETAILS, /* 2.x, 3.0 */
    NAMED_MAIN,    /* 2.x */
    NAMED_DESC,    /* 1.x */
    NAMED_SAMPLE_CHECKS, /* these four: common/EXTENSIONS.md */
    NAMED_CONTIG_CHECKS,
    NAMED_PART_CHECKS,
    NAMED_MADE,
    NAMED_COUNT,
};

/* Footer addresses (of the part count, see container_walk_stream()); 0: no such stream. */
struct archive_group_streams {
    uint64_t at[2]; /* [1] reference, [0] packs */
    uint32_t first[2]; /* number of its first part among all of the footer */
};

/* Where a walk over a stream's parts stood last, so that the next part is found at once. */
struct archive_place {
    uint64_t at;   /* the stream, 0: unused */
    uint64_t next; /* number of the part that walk comes to next */
    struct container_walk walk;
};

enum { ARCHIVE_PLACES = 256, ARCHIVE_CHECKS_WINDOW = 1024 };

/* Checks of parts: where they stand, and those read last. */
struct archive_part_checks {
    enum archive_checks state;
    uint64_t off; /* of the first */
    uint64_t window_first;
    size_t window_count;
    uint8_t window[ARCHIVE_CHECKS_WINDOW * 4];
};

struct archive {
    struct container *container;
    struct archive_params params;

    struct bytes info; /* file_type_info, as stored */
    uint64_t info_pairs;

    uint64_t named[NAMED_COUNT]; /* footer addresses */
    uint32_t named_first[NAMED_COUNT]; /* as in archive_group_streams */
    uint64_t part_count;               /* of all streams but extensions */
    struct archive_part_checks checks;
    struct archive_group_streams *groups;
    uint32_t group_count, group_capacity;
    struct archive_place places[ARCHIVE_PLACES];

    struct bytes names;     /* sample names, each ended by NUL */
    struct bytes name_offs; /* u32[sample_count] into names */
    uint32_t sample_count;
    uint32_t *names_sorted; /* samples in order of their names; made by the first look-up */

    uint32_t details_batch;      /* samples a batch of collection-details (2.x, 3.0) */
    struct bytes batch_segments; /* 2.x: u64 a batch */
};

/* Part number `number` of the stream at a footer address; ERROR_FORMAT if there is none. */
int archive_part_at(struct archive *archive, uint64_t at, uint64_t number,
                    struct container_part *part);
/* Likewise, of a named stream or of a group's, with its check if the archive has one. */
int archive_named_part(struct archive *archive, enum archive_named named, uint64_t number,
                       struct container_part *part);
int archive_group_part_at(struct archive *archive, uint32_t group, int reference, uint64_t number,
                          struct container_part *part);

/* Finds the checks, after the footer was indexed (archive_checks.c). */
int archive_load_checks(struct archive *archive);

/* Where the checks of a batch stand: of samples or of contigs. */
struct archive_batch_checks {
    uint64_t off, size; /* size 0: there are none */
};
int archive_batch_checks(struct archive *archive, enum archive_named named, uint32_t batch,
                         struct archive_batch_checks *checks);

/* Number of parts of the stream at a footer address (0 for address 0). */
int archive_parts_at(struct archive *archive, uint64_t at, uint64_t *parts);

/* Begins stream at part 0 or another of a named stream whose metadata is the raw size. */
int archive_begin_named(struct archive *archive, struct archive_stream *stream,
                        enum archive_named named, uint64_t number);

const char *archive_stream_title(enum archive_named named);

/* Footer walk (archive_index.c): fills named, groups. version_major decides the groups' names. */
int archive_index_footer(struct archive *archive, uint32_t version_major);

/* Sample names, and for 2.x the batches (archive_samples.c). */
int archive_load_samples(struct archive *archive);

/* ---- cursor: what differs between the formats */

enum { CURSOR_LISTS = 5 };

struct contig_cursor {
    struct archive *archive;
    const struct cursor_ops *ops;
    uint32_t sample;
    uint32_t contigs_left, segments_left; /* of the sample, of the contig at hand */
    uint32_t segments;                    /* of the contig at hand, in all */
    uint32_t batch_samples_left;          /* of the batch at hand, not entered yet */
    struct bytes name;                    /* of the contig at hand, ended by NUL */
    struct bytes coded;                   /* 3.0: the name before it is decoded */
    struct archive_stream *main;          /* collection-contigs, -main or -desc */
    struct archive_stream *lists[CURSOR_LISTS];
    struct archive_batch_checks sample_checks, contig_checks;
    uint64_t contigs_done; /* of the batch, the contig at hand included */
    uint32_t *last;       /* 3.0: greatest member of each group in the batch, 0 = not seen */
    uint32_t previous[3]; /* 1.x, 2.x: group, member, length of the segment before */
};

/* Everything of a sample is taken before enter is called for the next, everything of a contig
 * before contig is. */
struct cursor_ops {
    int list_count;
    /* Positions before cursor->sample, so that enter begins it. */
    int (*open)(struct contig_cursor *cursor);
    /* Begins cursor->sample: sets contigs_left. */
    int (*enter)(struct contig_cursor *cursor);
    /* The next contig: sets name and segments. */
    int (*contig)(struct contig_cursor *cursor);
    int (*segment)(struct contig_cursor *cursor, struct archive_segment *segment);
    /* After the last sample: the streams must end here. */
    int (*finish)(struct contig_cursor *cursor);
};

extern const struct cursor_ops archive_cursor_ops_3;
extern const struct cursor_ops archive_cursor_ops_2;
extern const struct cursor_ops archive_cursor_ops_1;

#endif
