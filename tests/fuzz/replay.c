/*
 * Runs a fuzz target over files, without libFuzzer: its seeds and findings, under any compiler,
 * valgrind or a debugger. A folder stands for the files in it.
 *
 *     fuzz_fasta-replay FILE-OR-FOLDER...
 *
 * Exit 0 when every file went through; a finding aborts. Files of more than REPLAY_BYTES_MAX are
 * passed over, for a fuzzer would not make them either.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { REPLAY_BYTES_MAX = 16 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long replayed;

static int replay_file(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(size ? size : 1);
    size_t got;

    if (!file || !data) {
        perror(path);
        free(data);
        if (file)
            fclose(file);
        return 1;
    }
    got = fread(data, 1, size, file);
    fclose(file);
    LLVMFuzzerTestOneInput(data, got);
    free(data);
    replayed++;
    return 0;
}

static int replay(const char *path);

static int replay_folder(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    char inside[4096];
    int failed = 0;

    if (!folder) {
        perror(path);
        return 1;
    }
    while ((entry = readdir(folder))) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name);
        failed |= replay(inside);
    }
    closedir(folder);
    return failed;
}

static int replay(const char *path)
{
    struct stat status;

    if (stat(path, &status)) {
        perror(path);
        return 1;
    }
    if (S_ISDIR(status.st_mode))
        return replay_folder(path);
    if (status.st_size > REPLAY_BYTES_MAX)
        return 0;
    return replay_file(path, (size_t)status.st_size);
}

int main(int argc, char **argv)
{
    int i, failed = 0;

    for (i = 1; i < argc; i++)
        failed |= replay(argv[i]);
    printf("%lu files replayed\n", replayed);
    return failed;
}
