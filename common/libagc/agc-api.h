/*
 * The C interface that programs written against AGC's own library include: same names, same
 * meaning. Lengths are ints, as there: a contig of 2^31 letters or more is an error here; agc.h has
 * 64 bits, and messages.
 *
 * Differences, all where AGC's own library goes wrong: agc_string_destroy() exists,
 * agc_list_destroy() stops at the list's end, agc_close(NULL) returns -1, and a sample of NULL is
 * taken by every function as all samples together.
 */
#ifndef AGC_API_H
#define AGC_API_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct agc_t agc_t;

/* NULL on error. prefetching is accepted; what is read is kept in any case. */
agc_t *agc_open(char *fn, int prefetching);
int agc_close(agc_t *agc);

/* Letters of a contig. -1: no such contig; -2: sample is NULL and the archive has several of that
 * name. Of several in one sample the first is meant. */
int agc_get_ctg_len(const agc_t *agc, const char *sample, const char *name);

/* Letters start .. end, counted from 0, both taken; past the end they are left out. Both negative,
 * or start after end: the whole contig; one negative: the contig's start, or its end. buf gets them
 * and a NUL. Returns their number, or -1. */
int agc_get_ctg_seq(const agc_t *agc, const char *sample, const char *name, int start, int end,
                    char *buf);

int agc_n_sample(const agc_t *agc);
int agc_n_ctg(const agc_t *agc, const char *sample);

/* Name of the reference sample; to be given back by agc_string_destroy(). */
char *agc_reference_sample(const agc_t *agc);

/* Arrays that end with NULL; to be given back by agc_list_destroy(). NULL on error. Samples are
 * sorted by name, contigs are whole headers in order. */
char **agc_list_sample(const agc_t *agc, int *n_sample);
char **agc_list_ctg(const agc_t *agc, const char *sample, int *n_ctg);

int agc_list_destroy(char **list);
int agc_string_destroy(char *sample);

#ifdef __cplusplus
}
#endif

#endif
