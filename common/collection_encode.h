/*
 * One batch of collection-contigs and collection-details (spec section 8.1), encoded as a stream.
 *
 * Push order: begin(samples), then per sample: sample(contigs), per contig: contig(name, segments),
 * per segment: segment(...). Memory is bounded whatever the batch's size: lists of more than 1 MiB
 * are compressed into temporary files under work_fd. The bytes depend on what was pushed alone.
 */
#ifndef COMMON_COLLECTION_ENCODE_H
#define COMMON_COLLECTION_ENCODE_H

#include "common/bytes.h"

struct collection_encoder;

int collection_encoder_create(struct collection_encoder **encoder, uint32_t k,
                              uint32_t segment_size, int work_fd);
void collection_encoder_free(struct collection_encoder *encoder);

int collection_encoder_begin(struct collection_encoder *encoder, uint32_t samples);
int collection_encoder_sample(struct collection_encoder *encoder, uint32_t contigs);
int collection_encoder_contig(struct collection_encoder *encoder, const char *name, size_t length,
                              uint32_t segments);
int collection_encoder_segment(struct collection_encoder *encoder, uint32_t group, uint32_t member,
                               uint32_t length, uint32_t reverse);

/* What a batch became: two part bodies, taken out in chunks. */
struct collection_part {
    uint64_t metadata;
    uint64_t data_bytes;
};

/* Ends the batch; the encoder may then begin the next one, after both parts were read out. */
int collection_encoder_end(struct collection_encoder *encoder, struct collection_part *contigs,
                           struct collection_part *details);

/* collection-samples in the same bounded way, between batches: begin(count), the names in order
 * (NUL is not allowed in one), end; then read with COLLECTION_SAMPLES. */
int collection_encoder_names_begin(struct collection_encoder *encoder, uint32_t samples);
int collection_encoder_names_add(struct collection_encoder *encoder, const char *name,
                                 size_t length);
int collection_encoder_names_end(struct collection_encoder *encoder,
                                 struct collection_part *samples);

enum collection_which { COLLECTION_CONTIGS, COLLECTION_DETAILS, COLLECTION_SAMPLES };

/* Reads up to capacity bytes of a finished part from its offset off; *length = 0 past the end. */
int collection_encoder_read(struct collection_encoder *encoder, enum collection_which which,
                            uint64_t off, uint8_t *out, size_t capacity, size_t *length);

#endif
