/*
 * The log's own struct and the steps that its files share. See log.c.
 */
#ifndef IPC_LOG_PRIVATE_H
#define IPC_LOG_PRIVATE_H

#include "ipc/log.h"
#include "ipc/log_scan.h"

enum { LOG_KEEP_BYTES = 2 * LOG_BUFFER_BYTES }; /* larger buffers are given back after use */

struct log {
    int fd;
    int dir_fd; /* directory to be synced with the first sync, else -1 */
    char *name;
    uint64_t file_end; /* frames in the file end here */
    uint64_t chain;    /* check of the last frame, or of the file header */
    struct bytes gathered;
    struct bytes scratch;
};

/* Frames of the file from off up to `end`, in order; *scan tells where the sound ones ended. */
int log_scan_frames(struct log *log, uint64_t off, uint64_t end, int chain_known,
                    int (*visit)(void *context, const struct log_frame *frame), void *context,
                    struct log_scan *scan);

/* Cuts the file at end. */
int log_cut(struct log *log, uint64_t end);

void log_give_back(struct bytes *b);

#endif
