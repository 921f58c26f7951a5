#include "reader/route.h"

#include "common/error.h"
#include "ipc/rendezvous.h"

#include <stdlib.h>
#include <string.h>

struct route {
    struct stage *stage;
    uint64_t seq; /* of the next segment */
    uint32_t worker_count;
    struct outbox spine;
    struct outbox workers[]; /* worker_count of them */
};

/* Ring i of the reader: the spine, then worker 0, 1 ... */
static uint32_t ring_number(uint32_t i)
{
    return i == 0 ? run_ring_spine() : run_ring_to_worker(i - 1);
}

int route_known(struct stage *stage, uint64_t *known)
{
    uint32_t i;
    int code = 0;

    for (i = 0; !code && i < 1 + stage->run->worker_count; i++)
        code = rendezvous_known(stage, ring_number(i), &known[i]);
    return code;
}

static struct outbox *outbox_of(struct route *route, uint32_t i)
{
    return i == 0 ? &route->spine : &route->workers[i - 1];
}

static int open_outbox(struct route *route, uint32_t i, struct stream_place from)
{
    struct stage *stage = route->stage;
    uint32_t ring = ring_number(i);
    int code = rendezvous_begin(stage, ring, from.off);

    if (!code)
        code = outbox_open(outbox_of(route, i), run_ring(stage->run, ring), stage->gen,
                           &stage->wait, from);
    if (!code)
        stage_add_outbox(stage, outbox_of(route, i));
    return code;
}

int route_open(struct route **out, struct stage *stage, const struct stream_place *places,
               uint64_t seq)
{
    const struct stream_place beginning = {0, 0};
    uint32_t count = stage->run->worker_count, i;
    struct route *route = calloc(1, sizeof *route + count * sizeof route->workers[0]);
    int code = 0;

    if (!route)
        return error_set(ERROR_MEMORY, "out of memory for %u rings", count);
    route->stage = stage;
    route->worker_count = count;
    route->seq = seq;
    for (i = 0; !code && i < 1 + count; i++)
        code = open_outbox(route, i, places ? places[i] : beginning);
    if (code) {
        free(route);
        return code;
    }
    *out = route;
    return 0;
}

void route_free(struct route *route)
{
    free(route);
}

void route_places(const struct route *route, struct stream_place *places)
{
    uint32_t i;

    places[0] = route->spine.place;
    for (i = 0; i < route->worker_count; i++)
        places[1 + i] = route->workers[i].place;
}

uint64_t route_next_seq(const struct route *route)
{
    return route->seq;
}

static int put(struct outbox *outbox, uint32_t kind, uint64_t seq, const void *data, size_t length)
{
    struct iovec part = {(void *)(uintptr_t)data, length};

    return outbox_put(outbox, kind, seq, &part, 1);
}

static struct outbox *worker_of(struct route *route, uint32_t group)
{
    return &route->workers[group % route->worker_count];
}

int route_sample(struct route *route, const char *name, size_t length)
{
    return put(&route->spine, MESSAGE_SAMPLE, route->seq, name, length);
}

int route_contig(struct route *route, const char *name, size_t length)
{
    return put(&route->spine, MESSAGE_CONTIG, route->seq, name, length);
}

int route_contig_check(struct route *route, uint32_t check)
{
    struct message_check message = {check, 0};

    return put(&route->spine, MESSAGE_CONTIG_CHECK, route->seq, &message, sizeof message);
}

int route_sample_check(struct route *route, const struct sample_check *check)
{
    struct message_check message = {check->low, check->high};

    return put(&route->spine, MESSAGE_SAMPLE_CHECK, route->seq, &message, sizeof message);
}

/* Time asleep because a ring was full. */
static uint64_t waited_ns(const struct route *route)
{
    uint64_t sum = route->spine.ring.wait_ns;
    uint32_t i;

    for (i = 0; i < route->worker_count; i++)
        sum += route->workers[i].ring.wait_ns;
    return sum;
}

static int put_spine(struct route *route, uint32_t group, uint32_t length, uint32_t reverse,
                     uint32_t overlap)
{
    struct message_spine spine = {group, length, reverse, overlap};
    struct stage_counters_shm *counters = &route->stage->shm->counters;
    int code = put(&route->spine, MESSAGE_SPINE, route->seq, &spine, sizeof spine);

    if (code)
        return code;
    atomic_store_explicit(&counters->records, route->seq, memory_order_relaxed);
    atomic_fetch_add_explicit(&counters->bytes_out, length, memory_order_relaxed);
    atomic_store_explicit(&counters->wait_room_ns, waited_ns(route), memory_order_relaxed);
    route->seq++;
    stage_set_seq(route->stage, route->seq);
    return 0;
}

int route_segment(struct route *route, const struct segment *segment)
{
    struct message_segment head = {segment->group, segment->length, segment->reverse,
                                   segment->role};
    struct iovec parts[2] = {
        {&head, sizeof head},
        {(void *)(uintptr_t)segment->codes, segment->length},
    };
    int code = outbox_put(worker_of(route, segment->group), MESSAGE_SEGMENT, route->seq, parts, 2);

    return code ? code : put_spine(route, segment->group, segment->length, segment->reverse, 0);
}

int route_want(struct route *route, const struct message_want *want)
{
    return route_want_overlapping(route, want, 0);
}

int route_lost(struct route *route, const char *text)
{
    return put(&route->spine, MESSAGE_LOST, route->seq, text, strlen(text));
}

int route_want_overlapping(struct route *route, const struct message_want *want, uint32_t overlap)
{
    int code = put(worker_of(route, want->group), MESSAGE_WANT, route->seq, want, sizeof *want);

    return code ? code : put_spine(route, want->group, want->take, want->reverse, overlap);
}

/* An array in messages of whole elements. */
static int put_array(struct route *route, uint32_t kind, const void *data, size_t count,
                     size_t size)
{
    size_t most = MESSAGE_CHUNK_BYTES / size;
    const uint8_t *at = data;
    int code;

    while (count) {
        size_t some = count < most ? count : most;

        code = put(&route->spine, kind, route->seq, at, some * size);
        if (code)
            return code;
        at += some * size;
        count -= some;
    }
    return 0;
}

int route_splitters(struct route *route, const uint64_t *kmers, size_t count)
{
    return put_array(route, MESSAGE_SPLITTERS, kmers, count, sizeof *kmers);
}

int route_pairs(struct route *route, const struct message_pair *pairs, size_t count)
{
    return put_array(route, MESSAGE_PAIRS, pairs, count, sizeof *pairs);
}

int route_end(struct route *route, uint32_t group_count)
{
    struct message_end end = {group_count, 0, route->seq - 1};
    int code = put(&route->spine, MESSAGE_END, route->seq, &end, sizeof end);
    uint32_t i;

    for (i = 0; !code && i < route->worker_count; i++)
        code = put(&route->workers[i], MESSAGE_END, route->seq, &end, sizeof end);
    return code ? code : stage_publish_all(route->stage);
}
