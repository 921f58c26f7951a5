/*
 * Cutting a contig; see segmenter.h.
 *
 * Positions are symbols from the contig's start. A cut at c means: the piece before ends at c + k,
 * the piece after begins at c. At any time there is
 *   - a closed piece, waiting in case a neighbour too short to live is added to it,
 *   - the open piece, from open_start on: with a group (mapped), or without a home so far,
 *   - beyond the last commit, symbols whose anchors are still being chained.
 *
 *   event                                   open piece mapped          without a home
 *   hit in the same group and strand        goes on                    -
 *   hit elsewhere, gap below NEW_MIN        cut between the two        becomes mapped there
 *   hit, gap of NEW_MIN or more             cut, new references, cut   new references, cut
 *   no hit for long                         cut                        new references as it grows
 * Where the gap is one of diverged sequence along the reference, not an insertion, it must be of
 * ALONG_MIN symbols: pieces of it would cost more than the differences.
 */
#include "reader/segmenter.h"

#include "common/bytes.h"
#include "common/error.h"
#include "common/kmer.h"
#include "common/symbols.h"
#include "reader/chain.h"
#include "reader/lineage.h"
#include "reader/new_anchors.h"
#include "reader/sampler.h"

#include <stdlib.h>
#include <string.h>

/* A piece of the contig; its end counts the k symbols that overlap with the next one. */
struct piece {
    uint64_t start, end;
    struct hit hit; /* mapped: the last of its hits; its coordinate tells the interval */
    uint8_t mapped;
    uint8_t has_first, has_last; /* a reference to be: that end was cut at a k-mer */
};

struct segmenter {
    struct segmenter_params params;
    uint32_t length_max; /* of a segment */
    struct segmenter_tables *tables;
    struct segment_sink sink;
    const struct unique_kmers *candidates;

    struct bytes window; /* codes from position `base` on */
    uint64_t base;
    uint64_t end;           /* of what was read */
    uint64_t scanned;       /* for anchors */
    struct anchor *anchors; /* of the window, in order; later references need them */
    size_t anchor_count, anchor_capacity;
    struct chain *chain;

    struct piece closed;
    int has_closed;
    struct piece open;    /* its end is not known yet */
    size_t open_interval; /* if mapped */

    uint64_t path_cut; /* where the interval added last ended (its cut), while in one stretch */
    int path_goes_on;
    struct new_anchors waiting;
    uint64_t far_symbols, mapped_symbols; /* of the sample so far */
};

enum { LENGTH_MAX = 3 << 20, LENGTH_MAX_LEAST = 64 * 1024, ANCHOR_BATCH = 129, ANCHOR_STRIDE = 4 };

/* Note on an anchor: looked up, and no reference has it. */
enum { ANCHOR_UNKNOWN = 1 };

static uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

int segmenter_create(struct segmenter **out, const struct segmenter_params *params,
                     struct segmenter_tables *tables, const struct segment_sink *sink)
{
    struct segmenter *s = calloc(1, sizeof *s);
    uint64_t longest = 4 * (uint64_t)params->segment_size;
    int code;

    if (!s)
        return error_set(ERROR_MEMORY, "out of memory for cutting contigs");
    code = chain_create(&s->chain);
    if (code) {
        free(s);
        return code;
    }
    longest = max_u64(longest, LENGTH_MAX_LEAST);
    s->length_max = longest > LENGTH_MAX ? LENGTH_MAX : (uint32_t)longest;
    s->params = *params;
    s->tables = tables;
    s->sink = *sink;
    *out = s;
    return 0;
}

void segmenter_free(struct segmenter *s)
{
    if (!s)
        return;
    bytes_free(&s->window);
    free(s->anchors);
    chain_free(s->chain);
    new_anchors_free(&s->waiting);
    free(s);
}

void segmenter_use_splitters(struct segmenter *s, const struct unique_kmers *candidates)
{
    s->candidates = candidates;
}

static const uint8_t *codes_at(const struct segmenter *s, uint64_t position)
{
    return s->window.data + (position - s->base);
}

/* ---- pieces go out */

/* Adds the interval of piece p to the path and notes its anchors for the index. */
static int add_interval(struct segmenter *s, const struct piece *p, struct interval *interval)
{
    int contiguous = s->path_goes_on && s->path_cut == p->start, code;
    size_t i;

    interval->start = path_next_start(s->tables->path, contiguous);
    interval->length = (uint32_t)(p->end - p->start);
    code = path_add(s->tables->path, interval);
    s->path_goes_on = 1;
    s->path_cut = p->end - s->params.k;
    for (i = 0; !code && i < s->anchor_count; i++) {
        const struct anchor *a = &s->anchors[i];
        struct anchor_entry entry = {a->hash, interval->start + (a->position - p->start),
                                     a->reverse};

        if (a->position < p->start)
            continue;
        if (a->position + ANCHOR_LENGTH > p->end)
            break;
        code = new_anchors_add(&s->waiting, s->tables->index, &entry);
    }
    return code;
}

/* Gives birth to a group whose reference is piece p. */
static int put_reference(struct segmenter *s, const struct piece *p, struct segment *segment)
{
    struct reference_ends ends = {p->has_first, p->has_last};
    struct interval interval = {0};
    int reversed, code;

    if (s->tables->group_count == UINT32_MAX)
        return error_set(ERROR_INPUT, "more groups than the format can number");
    segment->group = s->tables->group_count++;
    segment->role = SEGMENT_NEW_REFERENCE;
    code = splitters_add(s->tables->splitters, segment->group, segment->codes, segment->length,
                         ends, &reversed);
    if (code)
        return code;
    segment->reverse = (uint32_t)reversed;
    code = s->sink.put(s->sink.context, segment);
    if (code)
        return code;
    interval.group = segment->group;
    interval.reversed = (uint8_t)reversed;
    return add_interval(s, p, &interval);
}

/* How far piece p is from all references: anchors that none of them has tell. (Where an anchor lies
 * says less: repeats are found elsewhere than on the chain.) */
static unsigned piece_distance(const struct segmenter *s, const struct piece *p)
{
    unsigned level = anchor_index_level(s->tables->index);
    size_t asked = 0, unknown = 0, i;

    for (i = 0; i < s->anchor_count; i++) {
        const struct anchor *a = &s->anchors[i];

        if (a->position < p->start || anchor_level(a->hash) < level)
            continue;
        if (a->position + ANCHOR_LENGTH > p->end)
            break;
        asked++;
        unknown += a->note == ANCHOR_UNKNOWN;
    }
    return lineage_distance(asked - unknown, asked);
}

/* *founds = 1 if piece p, though mapped, had better be the first reference of its lineage. */
static int founds_lineage(struct segmenter *s, const struct piece *p, int *founds)
{
    unsigned distance, mates;
    int code;

    *founds = 0;
    if (!s->sink.mates || s->candidates || p->end - p->start < LINEAGE_LENGTH_MIN)
        return 0;
    distance = piece_distance(s, p);
    s->mapped_symbols += p->end - p->start;
    if (!lineage_pays(distance, LINEAGE_LOOK_AHEAD))
        return 0;
    s->far_symbols += p->end - p->start;
    if (!lineage_is_sample_far(s->far_symbols, s->mapped_symbols))
        return 0;
    code = s->sink.mates(s->sink.context, &mates);
    *founds = !code && lineage_pays(distance, mates);
    return code;
}

static int put_member(struct segmenter *s, const struct piece *p, struct segment *segment)
{
    size_t number = path_find(s->tables->path, p->hit.coordinate, s->open_interval);
    const struct interval *home = path_interval(s->tables->path, number);
    int founds, code = founds_lineage(s, p, &founds);

    if (code)
        return code;
    if (founds)
        return put_reference(s, p, segment);
    segment->group = home->group;
    segment->role = SEGMENT_MEMBER;
    segment->reverse = p->hit.reverse ^ home->reversed;
    return s->sink.put(s->sink.context, segment);
}

static int put_piece(struct segmenter *s, const struct piece *p)
{
    struct segment segment = {
        .codes = codes_at(s, p->start),
        .length = (uint32_t)(p->end - p->start),
    };

    if (p->mapped)
        return put_member(s, p, &segment);
    /* Only a whole contig is raw: s->end is where it ends. */
    if (p->start > 0 || p->end < s->end || p->end >= SEGMENTER_RAW_BELOW)
        return put_reference(s, p, &segment);
    segment.role = SEGMENT_RAW;
    return s->sink.put(s->sink.context, &segment);
}

static int flush_closed(struct segmenter *s)
{
    if (!s->has_closed)
        return 0;
    s->has_closed = 0;
    return put_piece(s, &s->closed);
}

/* Closes the open piece with a cut at c. A piece too short goes to its neighbour: to the closed one
 * if there is one, else the open piece just goes on. */
static int cut_at(struct segmenter *s, uint64_t c, int at_kmer)
{
    int code;

    if (c < s->open.start + SEGMENTER_PIECE_MIN &&
        (!s->has_closed || s->closed.end - s->closed.start < s->length_max)) {
        if (!s->has_closed)
            return 0;
        s->closed.end = c + s->params.k;
        s->closed.has_last = (uint8_t)at_kmer;
    } else {
        code = flush_closed(s);
        if (code)
            return code;
        s->closed = s->open;
        s->closed.end = c + s->params.k;
        s->closed.has_last = (uint8_t)at_kmer;
        s->has_closed = 1;
    }
    s->open.start = c;
    s->open.has_first = (uint8_t)at_kmer;
    return 0;
}

/* ---- new references */

static uint64_t hash_kmer(uint64_t kmer)
{
    kmer = (kmer ^ (kmer >> 31)) * UINT64_C(0x9fb21c651e98df25);
    return kmer ^ (kmer >> 28);
}

/* The first k-mer in [from, to) that occurs once in the reference sample. */
static int find_splitter(const struct segmenter *s, uint64_t from, uint64_t to, uint64_t *cut)
{
    const uint8_t *codes = codes_at(s, from);
    struct kmer_roll roll;
    uint64_t i, count = to - from + s->params.k - 1;

    kmer_roll_init(&roll, s->params.k);
    for (i = 0; i < count; i++) {
        kmer_roll_push(&roll, codes[i]);
        if (kmer_roll_full(&roll) && unique_kmers_has(s->candidates, kmer_roll_canonical(&roll))) {
            *cut = from + i + 1 - s->params.k;
            return 1;
        }
    }
    return 0;
}

/* The k-mer of least hash in [from, to): an alike sequence has it too. */
static int find_minimum(const struct segmenter *s, uint64_t from, uint64_t to, uint64_t *cut)
{
    const uint8_t *codes = codes_at(s, from);
    struct kmer_roll roll;
    uint64_t i, count = to - from + s->params.k - 1, least = UINT64_MAX;

    kmer_roll_init(&roll, s->params.k);
    for (i = 0; i < count; i++) {
        kmer_roll_push(&roll, codes[i]);
        if (kmer_roll_full(&roll) && hash_kmer(kmer_roll_canonical(&roll)) < least) {
            least = hash_kmer(kmer_roll_canonical(&roll));
            *cut = from + i + 1 - s->params.k;
        }
    }
    return least != UINT64_MAX;
}

/* Cuts the open stretch without a home as far as it is known to reach (`known`): pieces of about
 * segment_size, the last one open. What is cut does not depend on how far `known` is ahead. */
static int cut_stretch(struct segmenter *s, uint64_t known)
{
    uint64_t size = s->params.segment_size, tail = size / 8 + 2 * s->params.k;
    uint64_t from, to, limit, cut = 0;
    int code, found;

    for (;;) {
        from = s->open.start + max_u64(size, SEGMENTER_PIECE_MIN);
        limit = s->open.start + s->length_max;
        to = known < tail ? 0 : known - tail;
        if (to > limit)
            to = limit;
        found = 0;
        if (s->candidates && to > from)
            found = find_splitter(s, from, to, &cut);
        if (!found && (!s->candidates || to == limit)) {
            limit = s->candidates ? limit : from + size / 4 + SEGMENTER_PIECE_MIN;
            if (to < limit)
                return 0;
            found = find_minimum(s, from, limit, &cut);
            if (!found)
                cut = from;
        } else if (!found) {
            return 0;
        }
        code = cut_at(s, cut, found);
        if (code)
            return code;
    }
}

/* ---- hits come in */

static uint64_t hit_end(const struct hit *hit)
{
    return hit->position + ANCHOR_LENGTH;
}

static void open_mapped(struct segmenter *s, size_t interval, const struct hit *hit)
{
    s->open.mapped = 1;
    s->open.hit = *hit;
    s->open_interval = interval;
}

/* Bases in [from, to): runs of N have no home, but need none. */
static uint64_t count_bases(const struct segmenter *s, uint64_t from, uint64_t to)
{
    uint64_t bases = 0;

    for (; from < to; from++)
        bases += s->window.data[from - s->base] != SYMBOL_N;
    return bases;
}

/* From a mapped open piece to one without a home, behind the last hit. The cut is no k-mer that
 * others would find: what stands there stands in the reference, too. */
static int leave_home(struct segmenter *s)
{
    uint64_t end = hit_end(&s->open.hit), start = s->open.start;
    uint64_t c = end > start + s->params.k ? end - s->params.k : start;
    int code = cut_at(s, c, 0);

    s->open.mapped = 0;
    return code;
}

/* Ends a stretch without a home where hit begins. */
static int come_home(struct segmenter *s, const struct hit *hit)
{
    int code = cut_stretch(s, hit->position);

    return code ? code : cut_at(s, hit->position, 0);
}

/* Where to cut between the last hit and one in another interval: where that interval begins (or
 * ends, if it is read backwards), if that lies between; else half way. */
static uint64_t border(const struct segmenter *s, const struct interval *interval,
                       const struct hit *hit)
{
    const struct hit *last = &s->open.hit;
    uint64_t before = hit->reverse
                          ? interval->start + interval->length - (hit->coordinate + ANCHOR_LENGTH)
                          : hit->coordinate - interval->start;

    /* Read backwards, the last hit may lie in the overlap of both intervals: it only has to end
     * there. */
    if (before <= hit->position && hit->position - before >= s->open.start &&
        (hit->position - before >= last->position ||
         hit->position - before + s->params.k >= hit_end(last)))
        return hit->position - before;
    if (hit_end(last) >= hit->position)
        return hit->position;
    return hit_end(last) + (hit->position - hit_end(last)) / 2;
}

/* 1 if reference and contig have about as many symbols each between the last hit and this one: what
 * lies between is the same place in another form, not something inserted. */
static int goes_along(const struct segmenter *s, const struct hit *hit)
{
    const struct hit *last = &s->open.hit;
    uint64_t step = hit->position - last->position;
    uint64_t along =
        hit->reverse ? last->coordinate - hit->coordinate : hit->coordinate - last->coordinate;
    uint64_t drift = step > along ? step - along : along - step;

    return hit->reverse == last->reverse && along < 2 * step && drift <= step / 4;
}

/* The cut, if any, that a hit in interval demands before it joins the open piece. */
static int cut_before(struct segmenter *s, size_t interval, const struct hit *hit)
{
    uint64_t gap_start = s->open.mapped ? hit_end(&s->open.hit) : s->open.start;
    uint64_t new_min =
        s->open.mapped && goes_along(s, hit) ? SEGMENTER_ALONG_MIN : SEGMENTER_NEW_MIN;
    int code;

    if (hit->position >= gap_start + new_min &&
        count_bases(s, gap_start, hit->position) >= SEGMENTER_NEW_MIN) {
        code = s->open.mapped ? leave_home(s) : 0;
        return code ? code : come_home(s, hit);
    }
    if (!s->open.mapped)
        return 0;
    if (interval != s->open_interval || hit->reverse != s->open.hit.reverse)
        return cut_at(s, border(s, path_interval(s->tables->path, interval), hit), 0);
    if (hit->position - s->open.start >= s->length_max)
        return cut_at(s, hit->position, 0);
    return 0;
}

static int on_hit(void *context, const struct hit *hit)
{
    struct segmenter *s = context;
    size_t interval = path_find(s->tables->path, hit->coordinate, s->open_interval);
    int code;

    if (interval == PATH_NONE)
        return 0;
    code = cut_before(s, interval, hit);
    if (code)
        return code;
    open_mapped(s, interval, hit);
    return 0;
}

/* Decides what lies below position `below`; new_min symbols without a hit at its end are without a
 * home. */
static int commit(struct segmenter *s, uint64_t below, uint64_t new_min)
{
    int code = chain_commit(s->chain, below, on_hit, s);

    if (code)
        return code;
    if (s->open.mapped && below >= hit_end(&s->open.hit) + new_min &&
        (count_bases(s, hit_end(&s->open.hit), below) >= new_min ||
         below >= s->open.start + s->length_max)) {
        code = leave_home(s);
        if (code)
            return code;
    }
    return s->open.mapped ? 0 : cut_stretch(s, below);
}

/* ---- symbols come in */

/* Forgets what lies before the closed or the open piece. */
static void trim_window(struct segmenter *s)
{
    uint64_t start = s->has_closed ? s->closed.start : s->open.start;
    size_t gone = (size_t)(start - s->base), i = 0;

    if (gone < s->window.length / 2)
        return;
    memmove(s->window.data, s->window.data + gone, s->window.length - gone);
    s->window.length -= gone;
    s->base = start;
    while (i < s->anchor_count && s->anchors[i].position < start)
        i++;
    s->anchor_count -= i;
    memmove(s->anchors, s->anchors + i, s->anchor_count * sizeof *s->anchors);
}

static int reserve_anchors(struct segmenter *s, size_t extra)
{
    size_t wanted = s->anchor_count + extra;
    struct anchor *grown;

    if (wanted <= s->anchor_capacity)
        return 0;
    grown = realloc(s->anchors, wanted * sizeof *grown);
    if (!grown)
        return error_set(ERROR_MEMORY, "out of memory for %zu anchors of a contig", wanted);
    s->anchors = grown;
    s->anchor_capacity = wanted;
    return 0;
}

/* A looked-up anchor: hit.position is set even if it was not found. */
struct look_up {
    struct hit hit;
    int found;
};

static void look_up(const struct segmenter *s, struct anchor *a, struct look_up *out)
{
    struct anchor_place place = {0, 0};

    out->found = anchor_index_find(s->tables->index, a->hash, &place);
    a->note = out->found ? 0 : ANCHOR_UNKNOWN;
    out->hit = (struct hit){a->position, place.coordinate, a->reverse ^ place.reverse};
}

/* 1 if two anchors lie on one diagonal to the symbol: what is between them need not be asked. */
static int on_one_diagonal(const struct look_up *a, const struct look_up *b)
{
    uint64_t step = b->hit.position - a->hit.position;

    if (!a->found || !b->found || a->hit.reverse != b->hit.reverse || step > CHAIN_NEAR)
        return 0;
    return a->hit.reverse ? a->hit.coordinate - b->hit.coordinate == step
                          : b->hit.coordinate - a->hit.coordinate == step;
}

/* Looks up and chains anchors [from, to) of a batch. */
static int chain_each(struct segmenter *s, struct anchor *const *batch, size_t from, size_t to)
{
    struct look_up one;
    int code = 0;

    for (; from < to && !code; from++) {
        look_up(s, batch[from], &one);
        if (one.found)
            code = chain_push(s->chain, &one.hit);
    }
    return code;
}

/* Chains a batch: every ANCHOR_STRIDE-th anchor is looked up, those between only where their
 * neighbours do not lie on one diagonal. The table's memory is asked for well before it is read. */
static int chain_batch(struct segmenter *s, struct anchor *const *batch, size_t count)
{
    const struct anchor_index *index = s->tables->index;
    struct look_up strides[ANCHOR_BATCH / ANCHOR_STRIDE + 1];
    size_t stride_count = (count + ANCHOR_STRIDE - 1) / ANCHOR_STRIDE, i, j;
    int code = 0;

    for (i = 0; i < stride_count; i++)
        anchor_index_prefetch(index, batch[i * ANCHOR_STRIDE]->hash);
    for (i = 0; i < stride_count; i++) {
        look_up(s, batch[i * ANCHOR_STRIDE], &strides[i]);
        if (i == 0 || on_one_diagonal(&strides[i - 1], &strides[i]))
            continue;
        for (j = (i - 1) * ANCHOR_STRIDE + 1; j < i * ANCHOR_STRIDE; j++)
            anchor_index_prefetch(index, batch[j]->hash);
    }
    for (i = 0; i < stride_count && !code; i++) {
        if (i > 0 && !on_one_diagonal(&strides[i - 1], &strides[i]))
            code = chain_each(s, batch, (i - 1) * ANCHOR_STRIDE + 1, i * ANCHOR_STRIDE);
        if (!code && strides[i].found)
            code = chain_push(s->chain, &strides[i].hit);
    }
    return code ? code : chain_each(s, batch, (stride_count - 1) * ANCHOR_STRIDE + 1, count);
}

/* Looks up the anchors from number `first` on, in batches that the contig alone decides. */
static int chain_anchors(struct segmenter *s, size_t first)
{
    unsigned level = anchor_index_level(s->tables->index);
    struct anchor *batch[ANCHOR_BATCH];
    size_t count = 0, i;
    int code = 0;

    for (i = first; i < s->anchor_count && !code; i++) {
        if (anchor_level(s->anchors[i].hash) < level)
            continue;
        batch[count++] = &s->anchors[i];
        if (count == ANCHOR_BATCH) {
            code = chain_batch(s, batch, count);
            count = 0;
        }
    }
    return count && !code ? chain_batch(s, batch, count) : code;
}

void segmenter_start_sample(struct segmenter *s)
{
    s->far_symbols = s->mapped_symbols = 0;
}

int segmenter_start_contig(struct segmenter *s)
{
    chain_start(s->chain);
    s->window.length = 0;
    s->base = s->end = s->scanned = 0;
    s->anchor_count = 0;
    s->has_closed = 0;
    s->open = (struct piece){0};
    s->open_interval = PATH_NONE;
    s->path_goes_on = 0;
    return 0;
}

/* Scans and chains what the window has beyond what was scanned. */
static int scan_window(struct segmenter *s)
{
    uint64_t from = s->scanned < ANCHOR_LENGTH ? 0 : s->scanned - (ANCHOR_LENGTH - 1);
    size_t before = s->anchor_count, count = (size_t)(s->end - from);
    int code;

    if (s->scanned == s->end)
        return 0; /* an empty contig has no window */
    code = reserve_anchors(s, count);
    if (code)
        return code;
    s->anchor_count += sampler_scan(codes_at(s, from), count, from, s->anchors + before);
    s->scanned = s->end;
    return chain_anchors(s, before);
}

/* Scans and commits stand at multiples of SEGMENTER_LAG: blocks of any size give the same ones. */
int segmenter_push(struct segmenter *s, const uint8_t *codes, size_t count)
{
    while (count) {
        size_t room = SEGMENTER_LAG - (size_t)(s->end % SEGMENTER_LAG);
        size_t some = count < room ? count : room;
        int code = bytes_append(&s->window, codes, some);

        s->end += some;
        if (!code && s->end % SEGMENTER_LAG == 0) {
            code = scan_window(s);
            if (!code && s->end >= 2 * SEGMENTER_LAG)
                code = commit(s, s->end - SEGMENTER_LAG, SEGMENTER_ALONG_MIN);
            trim_window(s);
        }
        if (code)
            return code;
        codes += some;
        count -= some;
    }
    return 0;
}

/* The last piece of a contig. */
static int put_last(struct segmenter *s)
{
    int code;

    if (s->has_closed && s->end < s->open.start + SEGMENTER_PIECE_MIN) {
        s->closed.end = s->end;
        s->closed.has_last = 0;
        return flush_closed(s);
    }
    code = flush_closed(s);
    if (code || s->end == s->open.start)
        return code;
    s->open.end = s->end;
    return put_piece(s, &s->open);
}

int segmenter_end_contig(struct segmenter *s)
{
    int code = scan_window(s);

    if (!code)
        code = commit(s, s->end, SEGMENTER_NEW_MIN);
    return code ? code : put_last(s);
}

const struct anchor_entry *segmenter_new_anchors(const struct segmenter *s, size_t *count)
{
    *count = s->waiting.count;
    return s->waiting.entries;
}

int segmenter_settle(struct segmenter *s)
{
    return new_anchors_settle(&s->waiting, s->tables->index);
}
