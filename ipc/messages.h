/*
 * What the stages say to one another: the messages on the rings, in order.
 *
 * A ring carries one stream of bytes: messages back to back, each a struct message_header and its
 * payload. A stream is a deterministic function of the inputs and options of the run: that is what
 * lets a restarted producer make the same bytes again and skip what the ring already took.
 * All numbers are little endian, naturally aligned relative to the payload's start, and checked by
 * the receiver before use.
 *
 * create:
 *   ring 0        reader -> writer     per sample: SAMPLE, per contig: (CONTIG SPINE* CONTIG_CHECK),
 *                                      SAMPLE_CHECK; then SPLITTERS*, PAIRS*, END
 *   ring 1..N     reader -> worker i   SEGMENT ..., END
 *   ring N+1..2N  worker i -> writer   per segment: (PART_BEGIN PART_DATA+)* PLACEMENT;
 *                                      after END, per group of the worker in group order:
 *                                      (PART_BEGIN PART_DATA+)? GROUP_DONE; then END
 * query:
 *   ring 0        reader -> writer     SAMPLE, CONTIG, SPINE ..., END; CONTIG_CHECK, SAMPLE_CHECK
 *                                      as in create where the archive has them
 *   ring 1..N     reader -> worker i   WANT ..., END
 *   ring N+1..2N  worker i -> writer   per WANT: BASES+ (one empty BASES if nothing is taken), END
 *
 * verify is a query of everything in which damage does not end the run: MESSAGE_LOST may stand on
 * ring 0 between any two messages (it is of the archive before the first SAMPLE, else of the contig
 * or sample at work), and from a worker in the place of the BASES of a segment.
 *
 * Group g belongs to worker g mod N. seq numbers the segments 1, 2, 3 ... in input order; SAMPLE
 * and CONTIG carry the seq of the next segment to come. The writer takes from ring 0; for every
 * SPINE of seq q and group g it then takes from worker g mod N up to and with PLACEMENT q (or the
 * BASES of q).
 */
#ifndef IPC_MESSAGES_H
#define IPC_MESSAGES_H

#include <stdint.h>

enum message_kind {
    MESSAGE_SAMPLE = 1,  /* payload: sample name, no terminator */
    MESSAGE_CONTIG,      /* payload: the whole header line without '>' */
    MESSAGE_SPINE,       /* struct message_spine */
    MESSAGE_SPLITTERS,   /* u64[]: canonical k-mers, sorted over all these messages together */
    MESSAGE_PAIRS,       /* struct message_pair[]: sorted over all these messages together */
    MESSAGE_SEGMENT,     /* struct message_segment, then length symbol codes */
    MESSAGE_PLACEMENT,   /* struct message_placement */
    MESSAGE_PART_BEGIN,  /* struct message_part_begin; data_bytes of PART_DATA follow */
    MESSAGE_PART_DATA,   /* at most MESSAGE_CHUNK_BYTES of the part's data */
    MESSAGE_GROUP_DONE,  /* struct message_group */
    MESSAGE_WANT,        /* struct message_want */
    MESSAGE_BASES,       /* at most MESSAGE_CHUNK_BYTES upper-case letters of segment seq */
    MESSAGE_END,         /* struct message_end */
    MESSAGE_CONTIG_CHECK, /* struct message_check: of the contig that ends here */
    MESSAGE_SAMPLE_CHECK, /* struct message_check: of the sample that ends here */
    MESSAGE_LOST,        /* verify: a text that says what is damaged */
};

enum {
    MESSAGE_CHUNK_BYTES = 32 * 1024,
    MESSAGE_NAME_BYTES_MAX = 1 << 20, /* a longer header line is refused by the reader */
    MESSAGE_SEGMENT_MAX = 4 << 20,    /* symbols; the reader cuts below this in create */
};

struct message_header {
    uint32_t kind;
    uint32_t length; /* bytes of payload */
    uint64_t seq;
};

struct message_spine {
    uint32_t group;
    uint32_t length;  /* create: symbols of the segment (raw length). query: letters to be put out */
    uint32_t reverse; /* 1: the stored text is the reverse complement */
    uint32_t overlap; /* verify: letters at the front that the segment before ends with; else 0 */
};

enum segment_role {
    SEGMENT_MEMBER = 0,        /* a delta against the group's reference */
    SEGMENT_NEW_REFERENCE = 1, /* the first of an LZ group (number >= 16): becomes member 0 */
    SEGMENT_RAW = 2,           /* groups 0..15 */
};

struct message_segment {
    uint32_t group;
    uint32_t length;  /* symbols that follow, in input orientation */
    uint32_t reverse; /* 1: the worker stores the reverse complement */
    uint32_t role;    /* enum segment_role */
};

struct message_placement {
    uint32_t group;
    uint32_t member; /* in-group number: 0 = equals the reference */
};

enum part_kind { PART_REFERENCE = 0, PART_PACK = 1 };

struct message_part_begin {
    uint32_t group;
    uint32_t kind;       /* enum part_kind */
    uint64_t metadata;   /* as it stands before the data in the archive */
    uint64_t data_bytes; /* marker byte included; >= 1 */
};

struct message_pair {
    uint64_t first;  /* canonical k-mer or KMER_NONE; first <= second when both are k-mers */
    uint64_t second;
    uint32_t group;
    uint32_t reserved; /* 0 */
};

struct message_group {
    uint32_t group;
    uint32_t reserved; /* 0 */
};

struct message_want {
    uint32_t group;
    uint32_t member;
    uint32_t reverse;
    uint32_t raw_length; /* of the whole segment, as the collection says */
    uint32_t skip;       /* letters to leave out at the front, after orientation */
    uint32_t take;       /* letters to put out from there; skip + take <= raw_length */
};

/* What common/checks.h computes of the letters. */
struct message_check {
    uint64_t low;  /* of a contig: 32 bits */
    uint64_t high; /* of a contig: 0 */
};

struct message_end {
    uint32_t group_count; /* groups 0..group_count-1 exist (create; >= 16) */
    uint32_t reserved;    /* 0 */
    uint64_t segment_count;
};

#endif
