/*
 * agc-worker: one of the N stages between reader and writer.
 *
 * In create it owns the groups g with g mod N == its number: references, LZ-diff, packs, zstd. In
 * queries it decodes what the reader asks for. Started by agc-pipeline (ipc/stage.h); ends with a
 * status of enum exit_status. create.c and query.c have the two ways of working.
 */
#include "common/error.h"
#include "worker/create.h"
#include "worker/query.h"

int main(int argc, char **argv)
{
    struct stage stage;
    int code = stage_open(&stage, "agc-worker", argc, argv);

    if (code)
        return error_exit_status(code);
    if (stage.index < 1 || stage.index > stage.run->worker_count)
        code = error_set(ERROR_USAGE, "stage %u is no worker", stage.index);
    else if (stage.run->mode == RUN_CREATE)
        code = worker_create(&stage);
    else
        code = worker_query(&stage);
    return stage_close(&stage, code);
}
