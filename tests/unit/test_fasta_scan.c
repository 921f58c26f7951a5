/*
 * The vector form of the inner loop against the portable one: every byte at every place, inputs
 * that end where the mapped memory ends, nothing written beyond what is promised.
 */
#include "tests/unit/input_files.h"

#include "reader/fasta_scan.h"

#include <sys/mman.h>

static void test_scan_best_equals_portable(void **state)
{
    enum { LONGEST = 100 };
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    fasta_scan_fn *best = fasta_scan_best();
    uint64_t seed = 1234567;
    size_t length, bad, i;
    int byte;

    (void)state;
    assert_ptr_not_equal(map, MAP_FAILED);
    assert_int_equal(mprotect(map + page, page, PROT_NONE), 0);
    for (length = 0; length <= LONGEST; length++) {
        for (bad = 0; bad <= length; bad += length < 40 ? 1 : 7) {
            for (byte = 0; byte < 256; byte++) {
                uint8_t *in = map + page - length;
                uint8_t one[LONGEST + FASTA_SCAN_SLACK + 1], two[LONGEST + FASTA_SCAN_SLACK + 1];
                uint64_t lower_one = 7, lower_two = 7;
                size_t got;

                for (i = 0; i < length; i++)
                    in[i] = (uint8_t) "ACGTacgtNnRyUuVv"[test_random(&seed) % 16];
                if (bad < length)
                    in[bad] = (uint8_t)byte;
                memset(one, 0xee, sizeof one);
                memset(two, 0xee, sizeof two);
                got = best(in, length, one, &lower_one);
                assert_int_equal(got, fasta_scan_portable(in, length, two, &lower_two));
                assert_int_equal(lower_one, lower_two);
                assert_memory_equal(one, two, got);
                assert_int_equal(one[length + FASTA_SCAN_SLACK], 0xee);
            }
        }
    }
    munmap(map, 2 * page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scan_best_equals_portable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
