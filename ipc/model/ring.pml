/*
 * One ring: producer, consumer, supervisor; either end killed at any step, KILLS times in all.
 *
 * A slot carries one unit of the stream; unit i is the number i. Counters run modulo 8 and start at 7, so
 * that they wrap. Checked: the consumer's log receives 0, 1, 2 ... UNITS-1, each once and in order; words that a
 * successor reads are never impossible; nobody sleeps for ever (spin's invalid end states). Sleeps here have
 * NO time limit: what is shown is that wake-ups and the supervisor's waking after each death suffice, and
 * that the bounded waits of the program are a second safety only.
 *
 * Numbers in brackets are transitions of ../PROTOCOL.md. spin's memory is sequentially consistent; where the
 * program uses less than that, PROTOCOL.md says why it suffices.
 *
 * -DSLOTS=1|2|4 -DUNITS=n -DKILLS=n. Each -DBUG_... below breaks one rule and must be found:
 *   SINGLE_PLACE       one word for the published place instead of two in turn
 *   HEAD_BEFORE_PLACE  [P4] before [P3]
 *   HEAD_BEFORE_SLOT   [P4] before the slot is written
 *   TAIL_BEFORE_PLACE  [C4] before [C3]
 *   RELEASE_TWO        two slots released with one move of the tail
 *   RELEASE_BEFORE_LOG a slot is given back before the log has what was in it
 *   NO_RECHECK         [W3] left out: sleeps without looking again
 *   LATE_BELL          [W1] after [W3]
 *   LOOK_THEN_STORE    the producer looks for waiters before it moves the head
 *   NO_BELL            wakes without changing the bell word
 *   NO_REAP_WAKE       the supervisor does not wake after a death
 */
#ifndef SLOTS
#define SLOTS 2
#endif
#ifndef UNITS
#define UNITS 4
#endif
#ifndef KILLS
#define KILLS 2
#endif

#define MOD 8
#define START 7
#define INC(x) (((x) + 1) % MOD)
#define DIFF(a, b) (((a) - (b) + MOD) % MOD)
#define TORN 255

/* The ring */
byte head = START, tail = START;
byte published[2], released[2];
byte slot[SLOTS];

/* Two event counts: [DATA] the consumer waits, [ROOM] the producer waits */
#define DATA 0
#define ROOM 1
byte bell[2];
bit waiting[2];
bit asleep[2]; /* the kernel's list of sleepers */

byte logged; /* the consumer's log: outlives it */

#define ALIVE 0
#define CONDEMNED 1
#define DEAD 2
byte fate[2]; /* [DATA] of the consumer, [ROOM] of the producer: by the event that it waits on */

inline ring_the_bell(event)
{
    if
    :: waiting[event] ->
        atomic { had = waiting[event]; waiting[event] = 0 } /* exchange */
        if
        :: had ->
#ifndef BUG_NO_BELL
            bell[event] = (bell[event] + 1) % MOD;
#endif
            asleep[event] = 0 /* wake */
        :: else
        fi
    :: else
    fi;
    had = 0
}

/* Sleeps while counter == stuck: [W1] to [W5] */
inline sleep_while(event, counter, stuck)
{
    do
    :: true ->
#ifndef BUG_LATE_BELL
        heard = bell[event]; /* [W1] */
#endif
        waiting[event] = 1; /* [W2] */
#ifndef BUG_NO_RECHECK
        if
        :: counter != stuck -> break /* [W3] */
        :: else
        fi;
#endif
#ifdef BUG_LATE_BELL
        heard = bell[event];
#endif
        atomic { /* [W4] the kernel compares and queues in one step */
            if
            :: bell[event] == heard -> asleep[event] = 1
            :: else
            fi
        }
        asleep[event] == 0;
        if
        :: counter != stuck -> break
        :: else
        fi
    od;
    waiting[event] = 0; /* [W5] */
    heard = 0
}

proctype Producer()
{
    byte h, at, heard;
    bit had;

start:
    {
        h = head; /* [P0] */
#ifdef BUG_SINGLE_PLACE
        at = published[0];
#else
        at = published[h & 1];
#endif
        do
        :: at < UNITS ->
            if
            :: DIFF(h, tail) == SLOTS -> sleep_while(ROOM, tail, DIFF(h, SLOTS)) /* [P1] */
            :: else
            fi;
            assert(DIFF(h, tail) < SLOTS);
#ifdef BUG_HEAD_BEFORE_SLOT
            published[INC(h) & 1] = at + 1;
            head = INC(h);
#endif
            slot[h % SLOTS] = TORN;
            slot[h % SLOTS] = at; /* [P2] */
#ifdef BUG_LOOK_THEN_STORE
            had = waiting[DATA];
#endif
#ifdef BUG_HEAD_BEFORE_PLACE
            head = INC(h);
            published[INC(h) & 1] = at + 1;
#else
#ifdef BUG_SINGLE_PLACE
            published[0] = at + 1;
#else
            published[INC(h) & 1] = at + 1; /* [P3] */
#endif
            head = INC(h); /* [P4] */
#endif
            h = INC(h);
            at++;
#ifdef BUG_LOOK_THEN_STORE
            if
            :: had -> waiting[DATA] = 0; bell[DATA] = (bell[DATA] + 1) % MOD; asleep[DATA] = 0
            :: else
            fi;
            had = 0
#else
            ring_the_bell(DATA) /* [P5] */
#endif
        :: else -> break
        od
    } unless { fate[ROOM] == CONDEMNED }
end:
    fate[ROOM] == CONDEMNED; /* having done all, or wherever it was */
    d_step { asleep[ROOM] = 0; h = 0; at = 0; heard = 0; had = 0; fate[ROOM] = DEAD }
    fate[ROOM] != DEAD;
    goto start
}

inline log_unit()
{
    if
    :: off > logged -> assert(off == logged + 1); logged = off /* one step: the log's own checksum */
    :: else
    fi
}

proctype Consumer()
{
    byte t, next, off, given, heard;
    bit had;

start:
    {
        t = tail; /* [C0] */
        next = t;
        given = released[t & 1];
        off = given;
        assert(off <= logged); /* else something was given back that nobody has */
        do
        :: off < UNITS ->
            if
            :: head == next -> sleep_while(DATA, head, next) /* [C1] */
            :: else
            fi;
            assert(DIFF(head, tail) <= SLOTS);
            assert(slot[next % SLOTS] == off); /* [C2] offset and checksum */
            next = INC(next);
            off++;
#ifndef BUG_RELEASE_BEFORE_LOG
            log_unit();
#endif
            if
            :: DIFF(next, t) < SLOTS && off < UNITS /* keeps the slot */
            :: true ->
#ifdef BUG_RELEASE_TWO
                if
                :: DIFF(next, t) == 2 ->
                    released[next & 1] = off;
                    tail = next;
                    t = next;
                    given = off
                :: else
                fi;
#endif
                do
                :: t != next ->
                    given++;
#ifdef BUG_TAIL_BEFORE_PLACE
                    tail = INC(t);
                    released[INC(t) & 1] = given;
#else
                    released[INC(t) & 1] = given; /* [C3] */
                    tail = INC(t); /* [C4] */
#endif
                    t = INC(t)
                :: else -> break
                od;
                ring_the_bell(ROOM) /* [C5] */
            fi;
#ifdef BUG_RELEASE_BEFORE_LOG
            log_unit();
#endif
        :: else -> break
        od
    } unless { fate[DATA] == CONDEMNED }
end:
    fate[DATA] == CONDEMNED;
    d_step {
        asleep[DATA] = 0;
        t = 0; next = 0; off = 0; given = 0; heard = 0; had = 0;
        fate[DATA] = DEAD
    }
    fate[DATA] != DEAD;
    goto start
}

/* Kills whom it likes when it likes; reaps, wakes everyone, starts the successor. */
proctype Supervisor()
{
    byte kills, who;

    do
    :: kills < KILLS ->
        if
        :: who = DATA
        :: who = ROOM
        fi;
        fate[who] = CONDEMNED;
        kills++;
        fate[who] == DEAD;
#ifndef BUG_NO_REAP_WAKE
        bell[DATA] = (bell[DATA] + 1) % MOD;
        asleep[DATA] = 0;
        bell[ROOM] = (bell[ROOM] + 1) % MOD;
        asleep[ROOM] = 0;
#endif
        fate[who] = ALIVE
    :: break
    od
}

/* The consumer comes to its end only with all units logged; whoever cannot come to an end is found as an
 * invalid end state. */
init
{
    atomic { run Producer(); run Consumer(); run Supervisor() }
}
