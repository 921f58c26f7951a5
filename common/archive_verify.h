/*
 * What can be told of an archive's parts without decoding: that all are there, and are what their
 * checks say.
 */
#ifndef COMMON_ARCHIVE_VERIFY_H
#define COMMON_ARCHIVE_VERIFY_H

#include "common/archive.h"

/* Reads every part of every stream of the format once. damage(context) is called for each fault,
 * whose text is error_text(); its result, if it is not 0, ends the walk. Faults of the file system
 * are no damage and end the walk too. */
int archive_verify_parts(struct archive *archive, int (*damage)(void *context), void *context);

#endif
