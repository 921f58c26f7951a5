/*
 * Lines for people: see say.h. A line is put together first and written at once, so that lines of
 * several processes on one terminal do not mix.
 */
#include "tools/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static int quiet_notes;
static void (*before_line)(void);

static void say_line(const char *prefix, const char *format, va_list arguments)
{
    char line[8192];
    int used = snprintf(line, sizeof line, "agc-pipeline: %s", prefix);
    int n = vsnprintf(line + used, sizeof line - (size_t)used - 1, format, arguments);

    if (n < 0)
        return;
    used += n;
    if (used > (int)sizeof line - 2)
        used = (int)sizeof line - 2;
    line[used++] = '\n';
    if (before_line)
        before_line();
    if (write(STDERR_FILENO, line, (size_t)used) < 0)
        return; /* nobody to tell */
}

void say(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say_line("", format, arguments);
    va_end(arguments);
}

void say_note(const char *format, ...)
{
    va_list arguments;

    if (quiet_notes)
        return;
    va_start(arguments, format);
    say_line("note: ", format, arguments);
    va_end(arguments);
}

void say_quiet(int quiet)
{
    quiet_notes = quiet;
}

void say_before(void (*wipe)(void))
{
    before_line = wipe;
}
