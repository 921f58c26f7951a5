/*
 * agc-reader: the first stage. Creates: FASTA -> contigs -> segments -> the group of each segment.
 * Queries: the list of segments that are wanted. See ../ARCHITECTURE.md.
 */
#include "common/error.h"
#include "ipc/stage.h"
#include "reader/create.h"
#include "reader/query_plan.h"

int main(int argc, char **argv)
{
    struct stage stage;
    int code = stage_open(&stage, "agc-reader", argc, argv);

    if (code)
        return error_exit_status(code);
    code = stage.run->mode == RUN_CREATE ? reader_create(&stage) : reader_query(&stage);
    return stage_close(&stage, code);
}
