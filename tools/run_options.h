/*
 * Options that every run of the three stages has, and what follows from them.
 */
#ifndef TOOLS_RUN_OPTIONS_H
#define TOOLS_RUN_OPTIONS_H

#include "ipc/run.h"
#include "tools/budget.h"
#include "tools/options.h"
#include "tools/wrap.h"

struct run_options {
    uint64_t workers;                     /* 0, before run_options_settle(): not said */
    uint64_t memory_bytes;                /* of all processes together */
    uint64_t segment_size;                /* create: as asked for; 0: the default, or a query */
    uint64_t ring_slots, ring_slot_bytes; /* 0: as the memory allows */
    uint64_t verbosity;                   /* 0..2 */
    int quiet;
    const char *stats, *report; /* files; NULL: none */
    struct wrap wrap;           /* commands that stages are started under */
};

/* The defaults. */
struct run_options run_options_default(void);

/* Rows of an option table, to be placed among a command's own. */
#define RUN_OPTION_ENTRIES(o)                                                                      \
    {.letter = 't', .name = "threads", .kind = OPTION_NUMBER, .target = &(o)->workers,             \
     .argument = "N", .help = "workers; default: what cores and memory allow", .min = 1,           \
     .max = RUN_WORKERS_MAX},                                                                      \
    {.name = "memory", .kind = OPTION_SIZE, .target = &(o)->memory_bytes, .argument = "SIZE",      \
     .help = "most memory that all processes hold together", .min = 1, .max = UINT64_MAX},         \
    {.letter = 'v', .name = "verbose", .kind = OPTION_VERBOSE, .target = &(o)->verbosity,          \
     .argument = "[N]", .help = "say more; a summary of each process", .min = 0, .max = 2},        \
    {.letter = 'q', .name = "quiet", .kind = OPTION_FLAG, .target = &(o)->quiet,                   \
     .help = "no notes, no progress"},                                                             \
    {.name = "stats", .kind = OPTION_TEXT, .target = &(o)->stats, .argument = "FILE",              \
     .help = "what the run cost, as JSON"},                                                        \
    {.name = "report", .kind = OPTION_TEXT, .target = &(o)->report, .argument = "FILE",            \
     .help = "the same as a web page with plots"},                                                 \
    {.name = "wrap-reader", .kind = OPTION_TEXT, .target = &(o)->wrap.reader,                      \
     .argument = "COMMAND", .help = "start the reader under a command; %i: its number"},           \
    {.name = "wrap-worker", .kind = OPTION_TEXT, .target = &(o)->wrap.worker,                      \
     .argument = "COMMAND", .help = "the same for the workers"},                                   \
    {.name = "wrap-writer", .kind = OPTION_TEXT, .target = &(o)->wrap.writer,                      \
     .argument = "COMMAND", .help = "the same for the writer"},                                    \
    {.name = "ring-slots", .kind = OPTION_NUMBER, .target = &(o)->ring_slots, .argument = "N",     \
     .min = 1, .max = 1 << 20},                                                                    \
    {.name = "ring-slot-bytes", .kind = OPTION_NUMBER, .target = &(o)->ring_slot_bytes,            \
     .argument = "N", .min = 1, .max = 1 << 30}

/* To be called after the options were parsed: sets the number of workers, if it was not said, to the
 * cores less one that the memory has room for. ERROR_USAGE if a command of --wrap-* cannot be. */
int run_options_settle(struct run_options *options, enum run_mode mode);

/* How the memory is shared out. ERROR_USAGE, naming the least workable size, if it is too little. */
int run_options_budget(const struct run_options *options, enum run_mode mode,
                       struct budget *budget);

/* Geometry of the run's region. ERROR_USAGE for too little memory, or an impossible one (slots no
 * power of two ...). */
int run_options_geometry(const struct run_options *options, enum run_mode mode,
                         struct run_geometry *geometry);

/* Tells how the memory is shared out, for -v. */
void run_options_tell_budget(const struct run_options *options, enum run_mode mode);

/* The commands for struct supervisor_plan, or NULL if there is none. */
const struct wrap *run_options_wrap(const struct run_options *options);

#endif
