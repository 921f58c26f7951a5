/*
 * libagc: reading AGC archives (Assembled Genomes Compressor), formats 1, 2 and 3.
 *
 * This header has 64-bit lengths, error codes and messages. agc-api.h beside it has the functions
 * of AGC's own C interface; one handle serves both.
 *
 * Threads: a handle may be used by any number of threads at once; agc_close() by one, when no other
 * uses it. Handles are independent of each other, also on the same file. The library prints
 * nothing, never ends the process and has no state outside its handles (messages, while they are
 * made, apart: those are the thread's).
 *
 * Cost: agc_open_file() reads the end of the file (footer and names of samples). A range costs the
 * decoding of the segments that it touches; decoded references, packs and tables of contigs are
 * kept up to agc_settings.cache_bytes, and what the calls in progress hold may come on top.
 *
 * Names: a contig is found by its header up to the first blank, or by its whole header. sample NULL
 * (or "") means any: then the name must stand once in the whole archive.
 */
#ifndef AGC_H
#define AGC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct agc_t agc_t;

/* Results. Every function that returns int returns one of these; outputs are set on AGC_OK alone.
 */
enum agc_code {
    AGC_OK = 0,
    AGC_IO = -1,        /* a file cannot be read */
    AGC_MEMORY = -2,    /* malloc failed */
    AGC_FORMAT = -3,    /* not an archive, or a damaged one */
    AGC_VERSION = -4,   /* an archive of a format to come */
    AGC_NOT_FOUND = -5, /* no such sample or contig; a range that begins past the contig's end */
    AGC_AMBIGUOUS = -6, /* more than one contig of that name */
    AGC_ARGUMENT = -7,  /* NULL where something must be */
};

/* Where a message goes to; any function takes NULL for it. */
struct agc_error {
    int code;
    char text[512]; /* ended by NUL, without line end */
};

struct agc_settings {
    uint64_t cache_bytes; /* 0: 256 MiB */
};

/* A contig, as agc_contigs() lists it. */
struct agc_contig {
    const char *header; /* whole, without '>' */
    uint64_t length;    /* letters */
};

/* settings: NULL for defaults. */
int agc_open_file(agc_t **archive, const char *path, const struct agc_settings *settings,
                  struct agc_error *error);

/* 0; -1 for NULL, which does nothing. */
int agc_close(agc_t *archive);

/* Samples, numbered in the archive's order; 0 is the reference. The name is borrowed from the
 * handle; NULL past the end. */
uint64_t agc_sample_count(const agc_t *archive);
const char *agc_sample_name(const agc_t *archive, uint64_t number);

/* Nothing is decoded but the list of contigs. */
int agc_contig_count(const agc_t *archive, const char *sample, uint64_t *count,
                     struct agc_error *error);
int agc_contig_length(const agc_t *archive, const char *sample, const char *contig,
                      uint64_t *length, struct agc_error *error);

/* All contigs of a sample in order: one block of memory, to be given back by agc_contigs_free(). */
int agc_contigs(const agc_t *archive, const char *sample, struct agc_contig **contigs,
                uint64_t *count, struct agc_error *error);
void agc_contigs_free(struct agc_contig *contigs);

/* Letters from .. from + count of a contig, from 0, into the caller's buffer of count bytes, upper
 * case, no NUL behind. What lies past the contig's end is left out: *got says how many there are.
 * from == length gives 0 letters; from > length is AGC_NOT_FOUND. */
int agc_range(const agc_t *archive, const char *sample, const char *contig, uint64_t from,
              uint64_t count, char *buffer, uint64_t *got, struct agc_error *error);

#ifdef __cplusplus
}
#endif

#endif
