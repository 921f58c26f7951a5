/*
 * What agc-pipeline itself says: one line, one write(), to standard error, with its name in front.
 * Stages say their own things (ipc/stage.h).
 */
#ifndef TOOLS_SAY_H
#define TOOLS_SAY_H

/* "agc-pipeline: text". */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "agc-pipeline: note: text", unless say_quiet(1) was called before. */
void say_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_quiet(int quiet);

/* Called before each line, to wipe what stands on the terminal's last one; NULL: nothing. */
void say_before(void (*wipe)(void));

#endif
