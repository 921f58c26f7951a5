/*
 * Where the streams of a create run begin: agreed by the two ends of each ring.
 *
 * A run may go on from the logs of an earlier one, so no ring begins before its consumer has said
 * what its log holds of the stream, and its producer has chosen a place at or before that from which
 * it can make the stream again. Per ring:
 *
 *   1  consumer  opens its log; rendezvous_tell(): known_off, then told = 1 (release), wakes
 *   2  producer  rendezvous_known(): waits for told (acquire), reads known_off
 *   3  producer  rendezvous_begin(): makes the ring empty with its stream at base_off <= known_off,
 *                then begun = 1 (release), wakes
 *   4  consumer  rendezvous_wait(): waits for begun (acquire); may open the ring now
 *
 * Nobody but the producer touches a ring that is not begun, so one that dies between making it and
 * step 3's word leaves it to its successor to make again. Once begun, the words stay: a stage that
 * starts again later finds the ring as it is, and step 2 gives what is published.
 *
 * The writer tells before it waits for anything; a worker needs the writer's word only; the reader
 * needs the workers' and the writer's: so nobody waits in a circle. Queries begin all rings at once.
 */
#ifndef IPC_RENDEZVOUS_H
#define IPC_RENDEZVOUS_H

#include "ipc/stage.h"

void rendezvous_tell(struct stage *stage, uint32_t ring, uint64_t known_off);

/* The offset that the producer may begin at, at most. Blocks; ERROR_STOPPED. */
int rendezvous_known(struct stage *stage, uint32_t ring, uint64_t *off);

/* Does nothing if the ring is begun already. */
int rendezvous_begin(struct stage *stage, uint32_t ring, uint64_t base_off);

int rendezvous_wait(struct stage *stage, uint32_t ring);

#endif
