/*
 * LZ-diff, encoding: a greedy parse that prefers to stay where it is.
 *
 * At every place of the query, in this order:
 *   1. the diagonal: does the query go on at `pred`, where the reference was left, for min_match
 *      symbols or to the reference's end? A match.
 *   2. a run of N.
 *   3. the diagonal again: do nearly all of the next symbols agree? Literals up to and with the next
 *      one that does not. So substitutions, alone or in crowds, need no look-up, and no chance match
 *      elsewhere leads the parse away from them.
 *   4. right behind such a stretch, the diagonals nearby: a short insertion or deletion.
 *   5. the index: the longest agreement with a place of the reference that shares the next key,
 *      extended backwards into the literals not yet put out; but not a short one that hides only a
 *      few differences on the diagonal.
 *   6. a literal.
 * The table of the index is built at the first look-up: alike sequences hardly need it.
 *
 * Nothing but reference, query and min_match decides the parse; whether the table stood already
 * does not.
 */
#include "common/lzdiff.h"

#include "common/lzdiff_index.h"
#include "common/lzdiff_tokens.h"

#include <stdlib.h>
#include <string.h>

enum {
    TO_END_MIN = 3,    /* a match to the end of the reference pays from this length on */
    WINDOW = 32,       /* symbols that step 3 looks at */
    WINDOW_DIFFER = 5, /* of which so many may differ */
    NEAR = 16,         /* symbols inserted or deleted that step 4 finds */
    NEAR_LATE = 4,     /* literals behind the last agreement up to which it is tried */
    SHORT_MATCH = 64,  /* step 5 does not take a shorter match */
    DIFFER_MIN = 4,    /* that hides fewer differences than this */
    AHEAD = 8,         /* slots of the table that are fetched ahead; a power of two */
};

/* State of one encoding: [literals, at) is not put out yet; the reference symbol beside query
 * position i in it is pred + (i - literals). */
struct encoding {
    struct lzdiff_index *index;
    const uint8_t *query;
    size_t length;
    size_t literals, at, pred;
    size_t anchor; /* where the query was last seen to follow the reference */
    struct bytes *out;

    size_t hashed;         /* positions at..hashed-1 have their hash below */
    uint64_t hash[AHEAD];  /* of the key at position i, in [i mod AHEAD] */
    uint8_t valid[AHEAD];
};

struct match {
    size_t at, pos, length; /* query and reference from there on agree */
    size_t back;            /* symbols before, that agree too */
};

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Reference position beside the query's. */
static size_t diagonal(const struct encoding *e)
{
    return e->pred + (e->at - e->literals);
}

/* ---- tokens */

/* Puts the literals before query position end out; pred moves with them. */
static int put_literals(struct encoding *e, size_t end)
{
    const struct lzdiff_index *x = e->index;
    size_t count = end - e->literals, beside = e->pred < x->length ? x->length - e->pred : 0;
    int code = lzdiff_put_literals(e->out, e->query + e->literals, count,
                                   x->reference + (beside ? e->pred : 0), min_size(beside, count));

    e->pred += count;
    e->literals = end;
    return code;
}

static int put_match(struct encoding *e, const struct match *m)
{
    size_t pos = m->pos - m->back, length = m->length + m->back;
    int code = put_literals(e, m->at - m->back);

    if (!code)
        code = lzdiff_put_match(e->out, (int64_t)pos - (int64_t)e->pred,
                                length - e->index->min_match, pos + length == e->index->length);
    e->pred = pos + length;
    e->at = m->at + m->length;
    e->literals = e->anchor = e->at;
    return code;
}

static int put_run(struct encoding *e, size_t count)
{
    int code = put_literals(e, e->at);

    e->at += count;
    e->literals = e->at;
    return code ? code : lzdiff_put_run(e->out, count);
}

/* ---- steps 1 to 4 */

static int diagonal_match(const struct encoding *e, struct match *m)
{
    const struct lzdiff_index *x = e->index;
    size_t pos = diagonal(e), length;

    if (pos >= x->length)
        return 0;
    length = lzdiff_prefix(e->query + e->at, x->reference + pos,
                           min_size(x->length - pos, e->length - e->at));
    *m = (struct match){.at = e->at, .pos = pos, .length = length};
    return length >= x->min_match || (pos + length == x->length && length >= TO_END_MIN);
}

static size_t run_length(const struct encoding *e)
{
    size_t at = e->at;

    while (at < e->length && e->query[at] == LZDIFF_N)
        at++;
    return at - e->at;
}

/* Bit i is set where query and reference differ, i symbols on; beyond *room they count as alike. */
static uint32_t window_differ(const struct encoding *e, size_t *room)
{
    const struct lzdiff_index *x = e->index;
    const uint8_t *query = e->query + e->at, *reference = x->reference + diagonal(e);
    uint32_t differ = 0;

    *room = min_size(x->length - diagonal(e), e->length - e->at);
    if (*room >= WINDOW) {
        *room = WINDOW;
        return ~lzdiff_agreement32(query, reference);
    }
    for (size_t i = 0; i < *room; i++)
        differ |= (uint32_t)(query[i] != reference[i]) << i;
    return differ;
}

/* Literals to put out because the diagonal goes on well, or 0. */
static size_t follow_diagonal(const struct encoding *e)
{
    uint32_t differ, rest;
    size_t room;

    if (diagonal(e) >= e->index->length)
        return 0;
    rest = differ = window_differ(e, &room);
    for (size_t i = 0; i < WINDOW_DIFFER * room / WINDOW; i++)
        rest &= rest - (rest != 0);
    if (rest)
        return 0;
    return differ ? (size_t)__builtin_ctz(differ) + 1 : room;
}

static void consider(const struct encoding *e, size_t at, size_t pos, struct match *best)
{
    const struct lzdiff_index *x = e->index;
    size_t length = lzdiff_prefix(e->query + at, x->reference + pos,
                                  min_size(x->length - pos, e->length - at));

    if (length > best->length)
        *best = (struct match){.at = at, .pos = pos, .length = length};
}

static void extend_back(const struct encoding *e, struct match *m)
{
    m->back = lzdiff_suffix(e->query + m->at, e->index->reference + m->pos,
                            min_size(m->at - e->literals, m->pos));
}

/* The longest agreement behind an insertion or deletion of up to NEAR symbols; the shortest of
 * these where several are as long. */
static int near_match(const struct encoding *e, struct match *best)
{
    const struct lzdiff_index *x = e->index;
    const uint8_t *query = e->query + e->at, *reference;
    size_t pos = diagonal(e);

    if (e->at - e->anchor > NEAR_LATE || pos + NEAR + 8 > x->length ||
        e->at + NEAR + 8 > e->length)
        return 0;
    reference = x->reference + pos;
    best->length = 0;
    for (size_t i = 1; i <= NEAR; i++) {
        if (lzdiff_load64(reference + i) == lzdiff_load64(query))
            consider(e, e->at, pos + i, best);
        if (lzdiff_load64(query + i) == lzdiff_load64(reference))
            consider(e, e->at + i, pos, best);
    }
    if (best->length < x->min_match)
        return 0;
    extend_back(e, best);
    return 1;
}

/* ---- step 5 */

/* Hash of the key at e->at; 0 if there is none. While literals follow one another, the slots of the
 * next keys are fetched ahead. */
static int take_hash(struct encoding *e, uint64_t *hash)
{
    const struct lzdiff_index *x = e->index;
    size_t last;

    if (e->hashed < e->at)
        e->hashed = e->at;
    last = min_size(e->at + min_size(AHEAD, e->at - e->anchor + 1), e->length - x->key_length + 1);
    for (; e->hashed < last; e->hashed++) {
        int valid;
        uint64_t h = lzdiff_hash(lzdiff_key(e->query + e->hashed, x->key_length, &valid));

        __builtin_prefetch(&x->table[lzdiff_slot(x, h)]);
        e->hash[e->hashed % AHEAD] = h;
        e->valid[e->hashed % AHEAD] = (uint8_t)valid;
    }
    *hash = e->hash[e->at % AHEAD];
    return e->valid[e->at % AHEAD];
}

static int better(const struct match *a, const struct match *b, size_t pos)
{
    size_t length_a = a->length + a->back, length_b = b->length + b->back;

    if (length_a != length_b)
        return length_a > length_b;
    return llabs((long long)a->pos - (long long)pos) < llabs((long long)b->pos - (long long)pos);
}

/* The longest agreement that the table knows for this hash; the nearest of those as long. */
static void look_up(const struct encoding *e, uint64_t hash, struct match *best)
{
    const struct lzdiff_index *x = e->index;
    uint32_t place_mask = ((uint32_t)1 << x->position_bits) - 1, tag = lzdiff_tag(x, hash);
    size_t slot = lzdiff_slot(x, hash), pos = diagonal(e);

    for (unsigned probes = 0; probes < LZDIFF_PROBES && x->table[slot]; probes++) {
        uint32_t entry = x->table[slot];
        struct match m = {.at = e->at,
                          .pos = (size_t)((entry & place_mask) - 1) * LZDIFF_STRIDE};

        slot = (slot + 1) & x->mask;
        if ((entry & ~place_mask) != tag)
            continue;
        m.length = lzdiff_prefix(e->query + e->at, x->reference + m.pos,
                                 min_size(x->length - m.pos, e->length - e->at));
        if (m.length < x->key_length)
            continue;
        extend_back(e, &m);
        if (better(&m, best, pos))
            *best = m;
    }
}

/* A match must be told (two numbers), and the way back as well: cheaper than few literals only if it
 * is long. */
static int is_worth_it(const struct encoding *e, const struct match *m)
{
    const struct lzdiff_index *x = e->index;
    size_t length = m->length + m->back, pos = diagonal(e) - m->back, differ = 0;
    const uint8_t *query = e->query + m->at - m->back;

    if (length < x->min_match)
        return 0;
    for (size_t i = 0; length < SHORT_MATCH && i < length; i++)
        differ += pos + i >= x->length || x->reference[pos + i] != query[i];
    return length >= SHORT_MATCH || differ >= DIFFER_MIN;
}

static int find_match(struct encoding *e, struct match *m, int *found)
{
    uint64_t hash;

    *found = 0;
    if (e->index->length < e->index->key_length || e->length - e->at < e->index->key_length)
        return 0;
    if (!e->index->built) {
        int code = lzdiff_index_build(e->index);

        if (code)
            return code;
    }
    if (!take_hash(e, &hash))
        return 0;
    *m = (struct match){0};
    look_up(e, hash, m);
    *found = m->length && is_worth_it(e, m);
    return 0;
}

/* ---- the parse */

static int encode_step(struct encoding *e)
{
    struct match m;
    size_t count;
    int code, found;

    if (diagonal_match(e, &m))
        return put_match(e, &m);
    count = e->query[e->at] == LZDIFF_N ? run_length(e) : 0;
    if (count >= LZDIFF_N_RUN_MIN)
        return put_run(e, count);
    count = follow_diagonal(e);
    if (count) {
        e->at += count;
        e->anchor = e->at;
        return 0;
    }
    if (near_match(e, &m))
        return put_match(e, &m);
    code = find_match(e, &m, &found);
    if (code || found)
        return code ? code : put_match(e, &m);
    e->at++;
    return 0;
}

int lzdiff_encode(struct lzdiff_index *index, const uint8_t *query, size_t length,
                  struct bytes *out)
{
    struct encoding e = {.index = index, .query = query, .length = length, .out = out};
    int code = 0;

    if (length == index->length && !memcmp(query, index->reference, length))
        return 0;
    while (!code && e.at < length)
        code = encode_step(&e);
    return code ? code : put_literals(&e, length);
}
