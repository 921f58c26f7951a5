/*
 * Reading an archive: footer, parameters, samples, contigs, segments, parts.
 *
 * Formats 1.x, 2.x and 3.0. The archive is not loaded: the footer is indexed (some bytes a group),
 * collection batches are decoded as streams, parts are read with pread when asked for. Every number
 * from the file is checked before use. A handle is for one thread; open one each.
 */
#ifndef COMMON_ARCHIVE_H
#define COMMON_ARCHIVE_H

#include "common/bytes.h"
#include "common/checks.h"

enum { ARCHIVE_RAW_GROUPS = 16 };

struct archive;

struct archive_params {
    uint32_t k, min_match, pack, segment_size; /* segment_size 0 in format 1.x */
    uint32_t version_major, version_minor;
};

struct archive_segment {
    uint32_t group, member, reverse, length;
};

int archive_open(struct archive **archive, const char *path);

/* Takes what stands in the archive without comparing it with its checks. */
int archive_open_unchecked(struct archive **archive, const char *path);

/* Whether parts, contigs and samples have checks (common/EXTENSIONS.md). Those of parts are compared
 * whenever a part is read. */
enum archive_checks {
    ARCHIVE_CHECKS_NONE,  /* there are none */
    ARCHIVE_CHECKS_THERE,
    ARCHIVE_CHECKS_STALE, /* a program that does not know them changed the archive since */
    ARCHIVE_CHECKS_OFF,   /* not looked at, as was asked for */
};
enum archive_checks archive_checks(const struct archive *archive);

void archive_close(struct archive *archive);
const struct archive_params *archive_params(const struct archive *archive);

/* file_type_info, in file order; NULL past the end. Borrowed. */
const char *archive_info_key(const struct archive *archive, size_t index, const char **value);

/* Samples in archive order; sample 0 is the reference. Borrowed strings. */
uint32_t archive_sample_count(const struct archive *archive);
const char *archive_sample_name(const struct archive *archive, uint32_t sample);
int archive_find_sample(const struct archive *archive, const char *name, uint32_t *sample);

uint32_t archive_group_count(const struct archive *archive);

/* Samples whose collection is decoded together: what damage to it may take along. */
uint32_t archive_batch_samples(const struct archive *archive);

/* Walks contigs and segments of one sample, or of consecutive samples. Decodes as a stream: opening
 * at a sample skips those before it in its batch; going on to the next sample costs nothing. */
struct contig_cursor;
int contig_cursor_open(struct contig_cursor **cursor, struct archive *archive, uint32_t sample);
void contig_cursor_close(struct contig_cursor *cursor);
/* Next contig of the current sample: *have = 0 when there is none left. name is the whole header,
 * borrowed until the next call, terminated by NUL. Segments not yet taken are skipped. */
int contig_cursor_next(struct contig_cursor *cursor, int *have, const char **name, size_t *length,
                       uint32_t *segments);
int contig_cursor_segment(struct contig_cursor *cursor, struct archive_segment *segment);
/* The check of the contig at hand, or of the current sample; *have = 0 if there is none. */
int contig_cursor_contig_check(struct contig_cursor *cursor, int *have, uint32_t *check);
int contig_cursor_sample_check(struct contig_cursor *cursor, int *have, struct sample_check *check);

/* Goes on to the sample after the current one; *have = 0 after the last. */
int contig_cursor_next_sample(struct contig_cursor *cursor, int *have);
uint32_t contig_cursor_sample(const struct contig_cursor *cursor);

/* Number of parts of the r (reference = 1) or d (0) stream of a group; 0 if there is no stream. */
int archive_group_parts(struct archive *archive, uint32_t group, int reference, uint64_t *parts);

/* Data of one part as stored (replaces *data) and its metadata. A size above limit is refused
 * before allocating. */
int archive_group_part(struct archive *archive, uint32_t group, int reference, uint64_t part,
                       size_t limit, struct bytes *data, uint64_t *metadata);

/* The same in two steps, for threads that share an archive: looking up is for one thread at a time
 * (under the caller's lock), reading needs no lock. */
struct container_part;
int archive_group_part_find(struct archive *archive, uint32_t group, int reference, uint64_t part,
                            struct container_part *place);
int archive_group_part_read(const struct archive *archive, const struct container_part *place,
                            size_t limit, struct bytes *data, uint64_t *metadata);

/* Keeps the whole footer in memory if it has no more than limit bytes: parts are then found without
 * reading. */
int archive_keep_footer(struct archive *archive, uint64_t limit);

#endif
