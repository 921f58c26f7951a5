/*
 * Checks of what an archive holds: of parts, contigs and samples (common/EXTENSIONS.md).
 *
 *   part     low 32 bits of the XXH3-64 of its bytes as they stand: metadata integer, then data
 *   contig   low 32 bits of the XXH3-64 of its upper-case letters
 *   sample   XXH3-128 of its FASTA text with every contig on one line
 *
 * A struct sequence_check is fed contig by contig as letters pass; it keeps two hash states,
 * whatever the length. Nothing here fails but for memory.
 */
#ifndef COMMON_CHECKS_H
#define COMMON_CHECKS_H

#include <stddef.h>
#include <stdint.h>

enum { CONTIG_CHECK_BYTES = 4, PART_CHECK_BYTES = 4, SAMPLE_CHECK_BYTES = 16 };

/* XXH3-128, low half first. */
struct sample_check {
    uint64_t low, high;
};

struct sequence_check;

int sequence_check_create(struct sequence_check **check);
void sequence_check_free(struct sequence_check *check);

/* A sample begins: forgets what was before. */
void sequence_check_sample(struct sequence_check *check);

/* A contig of the sample begins, with its whole header line. Ends the one before. */
void sequence_check_contig(struct sequence_check *check, const void *header, size_t length);

/* Upper-case letters of the contig, or the same as symbol codes. */
void sequence_check_letters(struct sequence_check *check, const uint8_t *letters, size_t count);
void sequence_check_codes(struct sequence_check *check, const uint8_t *codes, size_t count);

/* The check of the contig begun last, as far as it was given. */
uint32_t sequence_check_of_contig(const struct sequence_check *check);

/* The check of the sample; ends it. */
struct sample_check sequence_check_of_sample(struct sequence_check *check);

/* As they stand in the archive: little endian. */
void contig_check_put(uint8_t out[CONTIG_CHECK_BYTES], uint32_t check);
uint32_t contig_check_get(const uint8_t in[CONTIG_CHECK_BYTES]);
void sample_check_put(uint8_t out[SAMPLE_CHECK_BYTES], const struct sample_check *check);
struct sample_check sample_check_get(const uint8_t in[SAMPLE_CHECK_BYTES]);

/* A part all of whose bytes are at data. */
uint32_t part_check(const void *data, size_t length);

/* The same in pieces. part_hash_end() frees it and is called once after part_hash_begin(), even if
 * that failed. */
struct part_hash {
    void *state;
};

int part_hash_begin(struct part_hash *hash);
void part_hash_add(struct part_hash *hash, const void *data, size_t length);
uint32_t part_hash_end(struct part_hash *hash);

#endif
