#include "common/kmer.h"

uint64_t kmer_canonical(const uint8_t *codes, unsigned k)
{
    struct kmer_roll roll;
    unsigned i;

    kmer_roll_init(&roll, k);
    for (i = 0; i < k; i++)
        kmer_roll_push(&roll, codes[i]);
    return kmer_roll_full(&roll) ? kmer_roll_canonical(&roll) : KMER_NONE;
}
