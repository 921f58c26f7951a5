/*
 * Eight threads read ranges at random through one handle; each must be the slice of the contig that
 * one thread read before. Meant for a build with -fsanitize=thread.
 *
 *   threads ARCHIVE CACHE_BYTES RANGES_EACH
 */
#include <agc.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 8, CONTIGS_MAX = 64, RANGE_MAX = 5000 };

struct contig {
    const char *sample, *name;
    char *letters;
    uint64_t length;
};

static agc_t *archive;
static struct contig contigs[CONTIGS_MAX];
static unsigned contig_count;
static int ranges_each;

static int load_contig(const char *sample, const struct agc_contig *c)
{
    struct contig *to = &contigs[contig_count];
    uint64_t got;

    to->sample = sample;
    to->name = c->header;
    to->length = c->length;
    to->letters = malloc(c->length + 1);
    if (!to->letters ||
        agc_range(archive, sample, c->header, 0, c->length, to->letters, &got, NULL))
        return 1;
    contig_count++;
    return got != c->length;
}

/* The lists are kept: contigs[] points into them. */
static int load(void)
{
    uint64_t s, i, count;

    for (s = 0; s < agc_sample_count(archive); s++) {
        const char *sample = agc_sample_name(archive, s);
        struct agc_contig *list;

        if (agc_contigs(archive, sample, &list, &count, NULL))
            return 1;
        for (i = 0; i < count && contig_count < CONTIGS_MAX; i++)
            if (load_contig(sample, &list[i]))
                return 1;
    }
    return contig_count == 0;
}

static void *read_ranges(void *context)
{
    unsigned seed = 1 + (unsigned)(size_t)context;
    char letters[RANGE_MAX];
    int n;

    for (n = 0; n < ranges_each; n++) {
        const struct contig *c = &contigs[(unsigned)rand_r(&seed) % contig_count];
        uint64_t from = (uint64_t)rand_r(&seed) % (c->length + 1), got;
        uint64_t count = (uint64_t)rand_r(&seed) % RANGE_MAX;

        if (agc_range(archive, c->sample, c->name, from, count, letters, &got, NULL) ||
            got != (count < c->length - from ? count : c->length - from) ||
            memcmp(letters, c->letters + from, got) != 0)
            return (void *)1;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    struct agc_settings settings = {argc > 2 ? strtoull(argv[2], NULL, 10) : 0};
    pthread_t threads[THREADS];
    int wrong = 0;
    size_t i;

    ranges_each = argc > 3 ? atoi(argv[3]) : 1000;
    if (argc < 2 || agc_open_file(&archive, argv[1], &settings, NULL) || load()) {
        puts("cannot read");
        return 1;
    }
    for (i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, read_ranges, (void *)i))
            return 1;
    for (i = 0; i < THREADS; i++) {
        void *result;

        pthread_join(threads[i], &result);
        wrong |= result != NULL;
    }
    agc_close(archive);
    puts(wrong ? "wrong letters" : "all the same");
    return wrong;
}
