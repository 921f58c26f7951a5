/*
 * A small collection, and the streams that reader and workers would make of it: for tests of the
 * writer.
 *
 * The scene is made by hand here: sequences from a seeded generator, cut every SCENE_SEGMENT
 * symbols with an overlap of k, references and literal-only deltas stored uncompressed (spec
 * sections 5 to 7), so that nothing of the encoder under test, or of its colleagues, makes what is
 * expected. Every stream is a list of messages in memory; scene_play() puts one of them into its
 * ring, scene_play_all() all of them.
 */
#ifndef TESTS_UNIT_WRITER_SCENE_H
#define TESTS_UNIT_WRITER_SCENE_H

#include "common/bytes.h"
#include "common/error.h"
#include "common/kmer.h"
#include "ipc/messages.h"
#include "ipc/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SCENE_K = 17,
    SCENE_MIN_MATCH = 15,
    SCENE_PACK = 3,
    SCENE_SEGMENT = 100,
    SCENE_CONTIG = 1000,
    SCENE_CONTIGS = 3,
    SCENE_CONTIG_SEGMENTS = 12, /* that SCENE_CONTIG symbols are cut into */
    SCENE_RINGS_MAX = 1 + 8,
    SCENE_GROUPS_MAX = 4096,
    SCENE_SYMBOLS = 8, /* of the 16 letters, how many occur */
};

static const char scene_letters[] = "ACGTNRYSWKMBDHVU";

struct scene_group {
    struct bytes reference;
    struct bytes pack;
    uint32_t members, entries;
};

struct scene {
    uint32_t workers, samples;
    uint64_t random;
    uint64_t seq;
    struct bytes
        streams[SCENE_RINGS_MAX]; /* kind u32, length u32, seq u64, payload; back to back */
    struct bytes order;           /* u8: the ring of each message, as they were made */
    struct bytes fasta;           /* what must come out, 80 letters a line */
    struct scene_group groups[SCENE_GROUPS_MAX];
    uint32_t group_count;
    struct message_pair pairs[SCENE_GROUPS_MAX];
    uint32_t pair_count;
};

static inline void scene_need(int truth)
{
    if (!truth)
        abort();
}

static inline uint32_t scene_random(struct scene *s, uint32_t below)
{
    s->random = s->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)((s->random >> 33) % below);
}

static inline void scene_message(struct scene *s, uint32_t ring, uint32_t kind, uint64_t seq,
                                 const void *payload, size_t length)
{
    struct message_header header = {kind, (uint32_t)length, seq};

    scene_need(bytes_append(&s->streams[ring], &header, sizeof header) == 0);
    scene_need(bytes_append(&s->streams[ring], payload, length) == 0);
    scene_need(bytes_append_byte(&s->order, (uint8_t)ring) == 0);
}

static inline void scene_part(struct scene *s, uint32_t group, uint32_t kind, const uint8_t *data,
                              size_t length)
{
    uint32_t ring = 1 + group % s->workers;
    struct message_part_begin part = {group, kind, 0, length};

    scene_message(s, ring, MESSAGE_PART_BEGIN, s->seq, &part, sizeof part);
    for (size_t at = 0; at < length; at += 40)
        scene_message(s, ring, MESSAGE_PART_DATA, s->seq, data + at,
                      length - at < 40 ? length - at : 40);
}

static inline void scene_add_entry(struct scene *s, uint32_t group, const uint8_t *entry,
                                   size_t length)
{
    struct scene_group *g = &s->groups[group];

    scene_need(bytes_append(&g->pack, entry, length) == 0);
    scene_need(bytes_append_byte(&g->pack, 0xff) == 0);
    if (++g->entries == SCENE_PACK) {
        scene_part(s, group, PART_PACK, g->pack.data, g->pack.length);
        g->pack.length = 0;
        g->entries = 0;
    }
}

/* What worker and reader say of one segment in its group. */
static inline void scene_segment(struct scene *s, uint32_t group, const uint8_t *codes,
                                 uint32_t length, uint32_t reverse)
{
    struct scene_group *g = &s->groups[group];
    struct message_spine spine = {group, length, reverse, 0};
    struct message_placement placement = {group, 0};
    uint8_t *stored = malloc(length);

    s->seq++;
    scene_message(s, 0, MESSAGE_SPINE, s->seq, &spine, sizeof spine);
    for (uint32_t i = 0; i < length; i++) {
        uint8_t c = codes[reverse ? length - 1 - i : i];

        stored[i] = reverse && c < 4 ? 3 - c : c;
    }
    if (group < 16) {
        placement.member = g->members++;
        scene_add_entry(s, group, stored, length);
    } else if (g->members == 0) {
        g->members = 1;
        scene_need(bytes_append(&g->reference, stored, length) == 0);
        scene_part(s, group, PART_REFERENCE, stored, length);
    } else if (g->reference.length != length || memcmp(g->reference.data, stored, length)) {
        placement.member = g->members++;
        for (uint32_t i = 0; i < length; i++)
            stored[i] += 'A';
        scene_add_entry(s, group, stored, length);
    }
    free(stored);
    scene_message(s, 1 + group % s->workers, MESSAGE_PLACEMENT, s->seq, &placement,
                  sizeof placement);
}

static inline void scene_contig_name(struct scene *s, const char *name, const uint8_t *codes,
                                     uint32_t length)
{
    char line[100];

    scene_message(s, 0, MESSAGE_CONTIG, s->seq + 1, name, strlen(name));
    snprintf(line, sizeof line, ">%s\n", name);
    scene_need(bytes_append(&s->fasta, line, strlen(line)) == 0);
    for (uint32_t i = 0; i < length; i++) {
        scene_need(bytes_append_byte(&s->fasta, (uint8_t)scene_letters[codes[i]]) == 0);
        if (i % 80 == 79 || i + 1 == length)
            scene_need(bytes_append_byte(&s->fasta, '\n') == 0);
    }
}

/* Notes the pair of splitters of a new group, if its reference starts with the smaller one. */
static inline void scene_pair(struct scene *s, uint32_t group)
{
    const struct bytes *text = &s->groups[group].reference;
    uint64_t first, last;

    if (text->length < SCENE_K)
        return;
    first = kmer_canonical(text->data, SCENE_K);
    last = kmer_canonical(text->data + text->length - SCENE_K, SCENE_K);
    if (first != KMER_NONE && last != KMER_NONE && first < last)
        s->pairs[s->pair_count++] = (struct message_pair){first, last, group, 0};
}

/* A contig cut into segments; group first + i takes segment i. */
static inline void scene_contig(struct scene *s, const char *name, const uint8_t *codes,
                                uint32_t length, uint32_t first)
{
    scene_contig_name(s, name, codes, length);
    for (uint32_t at = 0, i = 0; at + SCENE_K < length; at += SCENE_SEGMENT - SCENE_K, i++) {
        uint32_t n = length - at < SCENE_SEGMENT ? length - at : SCENE_SEGMENT;
        int born = s->groups[first + i].members == 0;

        scene_segment(s, first + i, codes + at, n, scene_random(s, 2));
        if (born)
            scene_pair(s, first + i);
        if (first + i >= s->group_count)
            s->group_count = first + i + 1;
        if (at + n == length)
            break;
    }
}

static inline int scene_pair_order(const void *a, const void *b)
{
    const struct message_pair *p = a, *q = b;

    if (p->first != q->first)
        return p->first < q->first ? -1 : 1;
    return p->second < q->second ? -1 : p->second > q->second;
}

/* Splitters, pairs (in two messages), and what stands at the end of each stream. */
static inline void scene_end(struct scene *s)
{
    struct message_end end = {s->group_count, 0, s->seq};
    uint64_t last = 0;

    s->pairs[s->pair_count++] = (struct message_pair){KMER_NONE, KMER_NONE, 0, 0};
    qsort(s->pairs, s->pair_count, sizeof *s->pairs, scene_pair_order);
    for (uint32_t i = 0; i + 1 < s->pair_count; i++)
        if (i == 0 || s->pairs[i].first != last) {
            last = s->pairs[i].first;
            scene_message(s, 0, MESSAGE_SPLITTERS, 0, &last, sizeof last);
        }
    scene_message(s, 0, MESSAGE_PAIRS, 0, s->pairs, s->pair_count / 2 * sizeof *s->pairs);
    scene_message(s, 0, MESSAGE_PAIRS, 0, s->pairs + s->pair_count / 2,
                  (s->pair_count - s->pair_count / 2) * sizeof *s->pairs);
    scene_message(s, 0, MESSAGE_END, 0, &end, sizeof end);
    for (uint32_t g = 0; g < s->group_count; g++) {
        struct message_group done = {g, 0};

        if (s->groups[g].entries)
            scene_part(s, g, PART_PACK, s->groups[g].pack.data, s->groups[g].pack.length);
        scene_message(s, 1 + g % s->workers, MESSAGE_GROUP_DONE, 0, &done, sizeof done);
    }
    for (uint32_t w = 0; w < s->workers; w++)
        scene_message(s, 1 + w, MESSAGE_END, 0, &end, sizeof end);
}

/* Changes some symbols of a contig. */
static inline void scene_mutate(struct scene *s, uint8_t *codes)
{
    for (int i = 0; i < 4; i++)
        codes[scene_random(s, SCENE_CONTIG)] = (uint8_t)scene_random(s, SCENE_SYMBOLS);
}

static inline void scene_sample(struct scene *s, uint32_t number,
                                uint8_t contigs[SCENE_CONTIGS][SCENE_CONTIG])
{
    uint8_t alone[30];
    char name[64];

    snprintf(name, sizeof name, "sample_%u", number);
    scene_message(s, 0, MESSAGE_SAMPLE, s->seq + 1, name, strlen(name));
    for (uint32_t c = 0; c < SCENE_CONTIGS; c++) {
        snprintf(name, sizeof name, "chr%u of sample %u", c, number);
        scene_contig(s, name, contigs[c], SCENE_CONTIG, 16 + c * SCENE_CONTIG_SEGMENTS);
        scene_mutate(s, contigs[c]);
    }
    if (number % 2)
        scene_contig_name(s, "nothing", NULL, 0);
    for (uint32_t i = 0; i < sizeof alone; i++)
        alone[i] = (uint8_t)scene_random(s, SCENE_SYMBOLS);
    scene_contig(s, "short one", alone, sizeof alone, number % 16);
    if (number % 5 == 4) { /* a group that is born late */
        uint32_t group = s->group_count;

        scene_contig(s, "late one", contigs[0], 60, group);
    }
}

static inline void scene_make(struct scene *s, uint32_t workers, uint32_t samples, uint64_t seed)
{
    static const uint8_t placeholder = 0x7f;
    static uint8_t contigs[SCENE_CONTIGS][SCENE_CONTIG];

    memset(s, 0, sizeof *s);
    s->workers = workers;
    s->samples = samples;
    s->random = seed;
    s->group_count = 16 + SCENE_CONTIG_SEGMENTS * SCENE_CONTIGS;
    for (uint32_t g = 0; g < 16; g++) {
        s->groups[g].members = 1;
        scene_add_entry(s, g, &placeholder, 1);
    }
    for (uint32_t c = 0; c < SCENE_CONTIGS; c++)
        for (uint32_t i = 0; i < SCENE_CONTIG; i++)
            contigs[c][i] = (uint8_t)scene_random(s, 4);
    for (uint32_t i = 0; i < samples; i++)
        scene_sample(s, i, contigs);
    scene_end(s);
}

static inline void scene_free(struct scene *s)
{
    for (int i = 0; i < SCENE_RINGS_MAX; i++)
        bytes_free(&s->streams[i]);
    for (int i = 0; i < SCENE_GROUPS_MAX; i++) {
        bytes_free(&s->groups[i].reference);
        bytes_free(&s->groups[i].pack);
    }
    bytes_free(&s->order);
    bytes_free(&s->fasta);
}

/* Puts the message at *at of a stream. */
static inline int scene_put(const struct bytes *stream, size_t *at, struct outbox *out)
{
    struct message_header header;
    struct iovec part;

    memcpy(&header, stream->data + *at, sizeof header);
    part = (struct iovec){stream->data + *at + sizeof header, header.length};
    *at += sizeof header + header.length;
    return outbox_put(out, header.kind, header.seq, &part, 1);
}

/* Puts a whole stream into its ring; blocks while the ring is full. */
static inline int scene_play(const struct scene *s, uint32_t ring, struct ring_shm *shm,
                             const struct ring_wait_ops *wait)
{
    const struct bytes *stream = &s->streams[ring];
    struct outbox out;
    int code = outbox_open(&out, shm, 1, wait, (struct stream_place){0, 0});

    for (size_t at = 0; !code && at < stream->length;)
        code = scene_put(stream, &at, &out);
    return code ? code : outbox_publish(&out);
}

/* All streams by one producer, each message in its turn: where one ring is full all others stand
 * still, as where reader and workers wait for one another. */
struct scene_all {
    struct outbox out[SCENE_RINGS_MAX];
    uint32_t count;
};

static inline int scene_publish_all(void *context)
{
    struct scene_all *all = context;
    int code = 0;

    for (uint32_t i = 0; !code && i < all->count; i++)
        code = outbox_publish(&all->out[i]);
    return code;
}

static inline int scene_play_all(const struct scene *s, struct ring_shm *const *rings,
                                 const struct ring_wait_ops *wait)
{
    static struct scene_all all;
    struct ring_wait_ops ops = *wait;
    size_t at[SCENE_RINGS_MAX] = {0};
    int code = 0;

    ops.context = &all;
    ops.before_sleep = scene_publish_all;
    for (all.count = 0; !code && all.count <= s->workers; all.count++)
        code = outbox_open(&all.out[all.count], rings[all.count], 1, &ops,
                           (struct stream_place){0, 0});
    for (size_t i = 0; !code && i < s->order.length; i++) {
        uint32_t ring = s->order.data[i];

        code = scene_put(&s->streams[ring], &at[ring], &all.out[ring]);
    }
    return code ? code : scene_publish_all(&all);
}

#endif
