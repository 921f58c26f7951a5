/*
 * The merge along the spine: reader, two workers, writer, five bounded rings; does it ever get stuck, and
 * does the writer take everything in the order of seq?
 *
 *     ring 0       reader -> writer     one record per segment: the spine
 *     ring 1, 2    reader -> worker w   the segment, 1 or LONG records (a long one does not fit the ring)
 *     ring 3, 4    worker w -> writer   0 or LONG part records, then the placement
 *
 * Every segment goes to either worker, is long or short, and leaves parts or not, in all combinations. A
 * ring has SLOTS slots of BATCH records. A producer gathers records in an open slot, which is one of the
 * SLOTS; it is published when full, or when its owner must sleep on any ring. A consumer keeps the slots that it
 * has read until it holds them all. How a sleeper is woken is ring.pml's matter: here
 * waiting is a condition. Checked: no invalid end state, order.
 *
 * -DSLOTS=n -DBATCH=n -DSEGMENTS=n. Each -DBUG_... breaks one rule and must be found:
 *   NO_PUBLISH_READER  the reader sleeps with records in open slots
 *   NO_PUBLISH_WORKER  a worker does
 *   NO_SETTLE          who holds all slots of a ring waits for more
 *   OTHER_FIRST        the writer takes from the other worker if that has something
 *   SPINE_LAST         the reader sends all spine records at the end
 */
#ifndef SLOTS
#define SLOTS 1
#endif
#ifndef BATCH
#define BATCH 2
#endif
#ifndef SEGMENTS
#define SEGMENTS 4
#endif
#define LONG (SLOTS * BATCH + 1)
#define RINGS 5
#define LAST 128 /* marks the last record of a segment, and a placement */

/* A slot: how many records, and which */
typedef slot_t {
    byte count;
    byte record[BATCH]
}
typedef ring_t {
    slot_t slot[SLOTS];
    byte head, tail; /* counted for ever: few enough here */
    byte next, at;   /* the consumer's: slot being read, records of it read */
    byte open        /* the producer's: records in the open slot */
}
ring_t ring[RINGS];

byte owner[SEGMENTS + 1]; /* worker of each segment: known to the writer by the spine's group number */

inline publish(r)
{
    d_step {
        if
        :: ring[r].open > 0 ->
            ring[r].slot[ring[r].head % SLOTS].count = ring[r].open;
            ring[r].open = 0;
            ring[r].head++
        :: else
        fi
    }
}

#define READER 0
#define WORKER 1 /* and 2 */
#define WRITER 3

/* Publishes all that `who` holds in open slots: before it sleeps on any ring. */
inline publish_all(who)
{
    if
#ifndef BUG_NO_PUBLISH_READER
    :: who == READER ->
        publish(0);
        publish(1);
        publish(2)
#endif
#ifndef BUG_NO_PUBLISH_WORKER
    :: who == WORKER -> publish(3)
    :: who == WORKER + 1 -> publish(4)
#endif
    :: else
    fi
}

/* One record; `who` puts it. */
inline put(who, r, value)
{
    atomic {
        if
        :: ring[r].open > 0 || ring[r].head - ring[r].tail < SLOTS
        :: else ->
            publish_all(who);
            ring[r].head - ring[r].tail < SLOTS /* sleeps */
        fi;
        ring[r].slot[ring[r].head % SLOTS].record[ring[r].open] = value;
        ring[r].open++;
        if
        :: ring[r].open == BATCH -> publish(r)
        :: else
        fi
    }
}

/* One record; `who` takes it. The slots that it holds are settled, that is its output published and all
 * given back, only when they are all there are: the worst that it may do to others. */
inline take(who, r, value)
{
    atomic {
        if
#ifndef BUG_NO_SETTLE
        :: ring[r].next - ring[r].tail == SLOTS ->
            publish_all(who);
            ring[r].tail = ring[r].next
#endif
        :: else
        fi;
        if
        :: ring[r].head != ring[r].next
        :: else ->
            publish_all(who);
            ring[r].head != ring[r].next /* sleeps */
        fi;
        value = ring[r].slot[ring[r].next % SLOTS].record[ring[r].at];
        ring[r].slot[ring[r].next % SLOTS].record[ring[r].at] = 0; /* fewer states */
        ring[r].at++;
        if
        :: ring[r].at == ring[r].slot[ring[r].next % SLOTS].count ->
            ring[r].at = 0;
            ring[r].next++
        :: else
        fi
    }
}

proctype Reader()
{
    byte seq = 1, w, n;

    do
    :: seq <= SEGMENTS ->
        if
        :: w = 0
        :: w = 1
        fi;
        if
        :: n = 1
        :: n = LONG
        fi;
        owner[seq] = w;
#ifndef BUG_SPINE_LAST
        put(READER, 0, seq);
#endif
        do
        :: n > 1 -> put(READER, 1 + w, seq); n--
        :: n == 1 -> put(READER, 1 + w, seq | LAST); n--
        :: else -> break
        od;
        seq++
    :: else -> break
    od;
#ifdef BUG_SPINE_LAST
    seq = 1;
    do
    :: seq <= SEGMENTS -> put(READER, 0, seq); seq++
    :: else -> break
    od;
#endif
    put(READER, 1, LAST);
    put(READER, 2, LAST);
    publish(0);
    publish(1);
    publish(2)
}

proctype Worker(byte w)
{
    byte value, seq, n, expected;

    do
    :: take(WORKER + w, 1 + w, value);
        if
        :: value & LAST ->
            seq = value - LAST;
            if
            :: seq == 0 -> break /* the end */
            :: else
            fi;
            assert(seq >= expected && owner[seq] == w);
            expected = seq + 1;
            if
            :: n = 0
            :: n = LONG
            fi;
            do
            :: n > 0 -> put(WORKER + w, 3 + w, seq); n--
            :: else -> break
            od;
            put(WORKER + w, 3 + w, seq | LAST);
            seq = 0
        :: else
        fi;
        value = 0
    od;
    publish(3 + w)
}

proctype Writer()
{
    byte seq = 1, value, from;

    do
    :: seq <= SEGMENTS ->
        take(WRITER, 0, value);
        assert(value == seq);
        do
        :: true ->
            from = 3 + owner[seq];
#ifdef BUG_OTHER_FIRST
            if
            :: ring[7 - from].head != ring[7 - from].next -> from = 7 - from
            :: else
            fi;
#endif
            take(WRITER, from, value);
            assert((value & ~LAST) == seq);
            if
            :: value & LAST -> break
            :: else
            fi
        od;
        seq++;
        value = 0
    :: else -> break
    od
}

init
{
    atomic { run Reader(); run Worker(0); run Worker(1); run Writer() }
}
