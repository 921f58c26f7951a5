/*
 * Sequences for tests of the reader: random ones, reverse complements, mutated copies.
 *
 * Everything follows from seeds, so that a failure comes again.
 */
#ifndef TEST_SEQUENCE_FIXTURE_H
#define TEST_SEQUENCE_FIXTURE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline uint64_t random_next(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline size_t random_below(uint64_t *seed, size_t limit)
{
    return (size_t)(random_next(seed) % limit);
}

static inline void random_bases(uint8_t *codes, size_t count, uint64_t seed)
{
    size_t i;

    for (i = 0; i < count; i++)
        codes[i] = (uint8_t)(random_next(&seed) & 3);
}

static inline void mirror_bases(uint8_t *out, const uint8_t *in, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        out[i] = in[count - 1 - i] < 4 ? 3 - in[count - 1 - i] : in[count - 1 - i];
}

/* A contig with room to grow. */
struct sequence {
    uint8_t *codes;
    size_t length, capacity;
};

static inline void sequence_reserve(struct sequence *s, size_t extra)
{
    if (s->codes && s->length + extra <= s->capacity)
        return;
    s->capacity = (s->length + extra) * 2 + 1;
    s->codes = realloc(s->codes, s->capacity);
    if (!s->codes)
        abort();
}

static inline void sequence_add(struct sequence *s, const uint8_t *codes, size_t count)
{
    sequence_reserve(s, count);
    if (count)
        memcpy(s->codes + s->length, codes, count);
    s->length += count;
}

/* A part of the sequence itself, again. */
static inline void sequence_add_copy(struct sequence *s, size_t from, size_t count)
{
    sequence_reserve(s, count);
    memcpy(s->codes + s->length, s->codes + from, count);
    s->length += count;
}

static inline void sequence_add_random(struct sequence *s, size_t count, uint64_t *seed)
{
    sequence_reserve(s, count);
    while (count--)
        s->codes[s->length++] = (uint8_t)(random_next(seed) & 3);
}

static inline void sequence_add_run(struct sequence *s, uint8_t code, size_t count)
{
    sequence_reserve(s, count);
    memset(s->codes + s->length, code, count);
    s->length += count;
}

/* unit again and again, count symbols in all. */
static inline void sequence_add_tandem(struct sequence *s, const uint8_t *unit, size_t unit_length,
                                       size_t count)
{
    size_t first = count < unit_length ? count : unit_length, i;

    sequence_add(s, unit, first);
    sequence_reserve(s, count);
    for (i = first; i < count; i++, s->length++)
        s->codes[s->length] = s->codes[s->length - unit_length];
}

static inline void sequence_add_mirror(struct sequence *s, const uint8_t *codes, size_t count)
{
    uint8_t *mirror = malloc(count + 1);

    if (!mirror)
        abort();
    mirror_bases(mirror, codes, count);
    sequence_add(s, mirror, count);
    free(mirror);
}

static inline void sequence_free(struct sequence *s)
{
    free(s->codes);
    *s = (struct sequence){0};
}

/* One change on the way from `at` on: an insertion, deletion, inversion, duplication, run of N or
 * tandem repeat of up to `large` symbols. Returns where the copy goes on. */
static inline size_t sequence_add_change(struct sequence *s, const uint8_t *codes, size_t length,
                                         size_t at, size_t large, uint64_t *seed)
{
    size_t size = 1 + random_below(seed, large), left = length - at;
    size_t some = size < left ? size : left;

    switch (random_below(seed, 6)) {
    case 0:
        sequence_add_random(s, size, seed);
        return at;
    case 1:
        return at + some;
    case 2:
        sequence_add_mirror(s, codes + at, some);
        return at + some;
    case 3:
        sequence_add(s, codes + at, some);
        return at;
    case 4:
        sequence_add_run(s, (uint8_t)(4 + random_below(seed, 12)), size);
        return at;
    default:
        sequence_add_tandem(s, codes + at, some < 40 ? some + (some == 0) : 40, some ? size : 0);
        return at;
    }
}

/* A copy with a substitution in `per` symbols and changes of up to `large` symbols now and then. */
static inline struct sequence sequence_mutate(const uint8_t *codes, size_t length, size_t per,
                                              size_t large, uint64_t *seed)
{
    struct sequence s = {0};
    size_t at = 0;

    while (at < length) {
        uint8_t code = codes[at++];

        if (random_below(seed, per) == 0 && code < 4)
            code = (uint8_t)((code + 1 + random_below(seed, 3)) & 3);
        sequence_add(&s, &code, 1);
        if (large && random_below(seed, large * 3) == 0)
            at = sequence_add_change(&s, codes, length, at, large, seed);
    }
    return s;
}

#endif
