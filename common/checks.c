/*
 * Two XXH3 states that go along with the letters; see checks.h.
 *
 * The sample's text is hashed as `getset -l 0` would print it, so that anyone with an xxHash can
 * compute it: `>`, header, line end; letters, line end (an empty contig has no line of letters).
 */
#include "common/checks.h"

#include "common/error.h"
#include "common/symbols.h"

#include <stdlib.h>
#include <xxhash.h>

enum { LETTERS_BYTES = 8192 };

struct sequence_check {
    XXH3_state_t *sample, *contig;
    int in_line; /* letters were given, their line is not ended */
};

int sequence_check_create(struct sequence_check **check)
{
    struct sequence_check *c = calloc(1, sizeof *c);

    if (c) {
        c->sample = XXH3_createState();
        c->contig = XXH3_createState();
    }
    if (!c || !c->sample || !c->contig) {
        sequence_check_free(c);
        return error_set(ERROR_MEMORY, "out of memory for checks");
    }
    sequence_check_sample(c);
    *check = c;
    return 0;
}

void sequence_check_free(struct sequence_check *check)
{
    if (!check)
        return;
    XXH3_freeState(check->sample);
    XXH3_freeState(check->contig);
    free(check);
}

void sequence_check_sample(struct sequence_check *check)
{
    XXH3_128bits_reset(check->sample);
    XXH3_64bits_reset(check->contig);
    check->in_line = 0;
}

static void end_line(struct sequence_check *check)
{
    if (check->in_line)
        XXH3_128bits_update(check->sample, "\n", 1);
    check->in_line = 0;
}

void sequence_check_contig(struct sequence_check *check, const void *header, size_t length)
{
    end_line(check);
    XXH3_128bits_update(check->sample, ">", 1);
    XXH3_128bits_update(check->sample, header, length);
    XXH3_128bits_update(check->sample, "\n", 1);
    XXH3_64bits_reset(check->contig);
}

void sequence_check_letters(struct sequence_check *check, const uint8_t *letters, size_t count)
{
    if (!count)
        return;
    XXH3_128bits_update(check->sample, letters, count);
    XXH3_64bits_update(check->contig, letters, count);
    check->in_line = 1;
}

void sequence_check_codes(struct sequence_check *check, const uint8_t *codes, size_t count)
{
    uint8_t letters[LETTERS_BYTES];

    while (count) {
        size_t n = count < sizeof letters ? count : sizeof letters;

        symbols_to_letters(letters, codes, n);
        sequence_check_letters(check, letters, n);
        codes += n;
        count -= n;
    }
}

uint32_t sequence_check_of_contig(const struct sequence_check *check)
{
    return (uint32_t)XXH3_64bits_digest(check->contig);
}

struct sample_check sequence_check_of_sample(struct sequence_check *check)
{
    XXH128_hash_t hash;

    end_line(check);
    hash = XXH3_128bits_digest(check->sample);
    return (struct sample_check){hash.low64, hash.high64};
}

static void put(uint8_t *out, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        out[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get(const uint8_t *in, int bytes)
{
    uint64_t value = 0;

    for (int i = 0; i < bytes; i++)
        value |= (uint64_t)in[i] << (8 * i);
    return value;
}

void contig_check_put(uint8_t out[CONTIG_CHECK_BYTES], uint32_t check)
{
    put(out, check, CONTIG_CHECK_BYTES);
}

uint32_t contig_check_get(const uint8_t in[CONTIG_CHECK_BYTES])
{
    return (uint32_t)get(in, CONTIG_CHECK_BYTES);
}

void sample_check_put(uint8_t out[SAMPLE_CHECK_BYTES], const struct sample_check *check)
{
    put(out, check->low, 8);
    put(out + 8, check->high, 8);
}

struct sample_check sample_check_get(const uint8_t in[SAMPLE_CHECK_BYTES])
{
    return (struct sample_check){get(in, 8), get(in + 8, 8)};
}

uint32_t part_check(const void *data, size_t length)
{
    return (uint32_t)XXH3_64bits(data, length);
}

int part_hash_begin(struct part_hash *hash)
{
    hash->state = XXH3_createState();
    if (!hash->state)
        return error_set(ERROR_MEMORY, "out of memory for a check");
    XXH3_64bits_reset(hash->state);
    return 0;
}

void part_hash_add(struct part_hash *hash, const void *data, size_t length)
{
    XXH3_64bits_update(hash->state, data, length);
}

uint32_t part_hash_end(struct part_hash *hash)
{
    uint32_t check = hash->state ? (uint32_t)XXH3_64bits_digest(hash->state) : 0;

    XXH3_freeState(hash->state);
    hash->state = NULL;
    return check;
}
