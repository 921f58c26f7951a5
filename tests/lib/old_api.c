/*
 * A program as people write them against AGC's own C interface: lists an archive, and puts out
 * pieces of it.
 *
 *   old_api ARCHIVE                            samples, contigs, lengths
 *   old_api ARCHIVE SAMPLE CONTIG START END    letters; SAMPLE - is none
 */
#include <agc-api.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void list(const agc_t *agc)
{
    char *reference = agc_reference_sample(agc);
    int samples, contigs;
    char **names = agc_list_sample(agc, &samples);

    printf("%d samples, reference %s\n", samples, reference);
    for (char **name = names; *name; name++) {
        char **contig = agc_list_ctg(agc, *name, &contigs), **at;

        printf("%s: %d %d\n", *name, contigs, agc_n_ctg(agc, *name));
        for (at = contig; *at; at++)
            printf("  %s: %d\n", *at, agc_get_ctg_len(agc, *name, *at));
        agc_list_destroy(contig);
    }
    agc_list_destroy(names);
    agc_string_destroy(reference);
}

static int put(const agc_t *agc, char **words)
{
    const char *sample = strcmp(words[0], "-") == 0 ? NULL : words[0];
    int length = agc_get_ctg_len(agc, sample, words[1]), got;
    char *letters;

    if (length < 0) {
        printf("length %d\n", length);
        return 1;
    }
    letters = malloc((size_t)length + 1);
    if (!letters)
        return 1;
    got = agc_get_ctg_seq(agc, sample, words[1], atoi(words[2]), atoi(words[3]), letters);
    if (got >= 0)
        printf("%d of %d: %s\n", got, length, letters);
    free(letters);
    return got < 0;
}

int main(int argc, char **argv)
{
    agc_t *agc = argc > 1 ? agc_open(argv[1], 0) : NULL;
    int status = 0;

    if (!agc) {
        puts("cannot open");
        return 1;
    }
    if (argc < 6)
        list(agc);
    else
        status = put(agc, argv + 2);
    return agc_close(agc) || status;
}
