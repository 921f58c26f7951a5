/*
 * All of an archive as FASTA with lines of 80, read by agc.h a piece at a time; or the message of
 * what is wrong with it.
 */
#include <agc.h>

#include <stdio.h>

enum { PIECE = 80 * 61 };

static int put_contig(const agc_t *archive, const char *sample, const struct agc_contig *contig,
                      struct agc_error *error)
{
    char letters[PIECE];
    uint64_t from, got, at;

    printf(">%s\n", contig->header);
    for (from = 0; from < contig->length; from += got) {
        int code = agc_range(archive, sample, contig->header, from, PIECE, letters, &got, error);

        if (code)
            return code;
        for (at = 0; at < got; at += 80)
            printf("%.*s\n", (int)(got - at < 80 ? got - at : 80), letters + at);
    }
    return AGC_OK;
}

static int put_sample(const agc_t *archive, const char *sample, struct agc_error *error)
{
    struct agc_contig *contigs;
    uint64_t count, i;
    int code = agc_contigs(archive, sample, &contigs, &count, error);

    if (code)
        return code;
    for (i = 0; !code && i < count; i++)
        code = put_contig(archive, sample, &contigs[i], error);
    agc_contigs_free(contigs);
    return code;
}

int main(int argc, char **argv)
{
    struct agc_error error;
    agc_t *archive = NULL;
    int code = agc_open_file(&archive, argc > 1 ? argv[1] : NULL, NULL, &error);
    uint64_t i;

    for (i = 0; !code && i < agc_sample_count(archive); i++)
        code = put_sample(archive, agc_sample_name(archive, i), &error);
    if (code)
        fprintf(stderr, "%d %s\n", error.code, error.text);
    agc_close(archive);
    return code != AGC_OK;
}
