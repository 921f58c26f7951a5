/*
 * The reader's part of `create`: all inputs, in order, become segments.
 *
 * The first input is the reference sample; it is read twice (once for the k-mers that occur once).
 * Inputs that cannot be read twice (standard input, FIFOs) are spooled into the work directory
 * first. Every decision follows from the inputs' sequences and names and the options.
 */
#ifndef READER_CREATE_H
#define READER_CREATE_H

#include "ipc/stage.h"

int reader_create(struct stage *stage);

#endif
