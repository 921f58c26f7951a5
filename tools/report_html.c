/*
 * The report of a run: see report_html.h. The page is a file of its own, so that it can be read and
 * changed as one; the assembler puts it into the program.
 */
#include "tools/report_html.h"

#include <string.h>

__asm__(".section .rodata\n"
        "report_page_begin:\n"
        ".incbin \"tools/report.html\"\n"
        "report_page_end:\n"
        ".byte 0\n"
        ".previous\n");

extern const char report_page_begin[], report_page_end[];

static const char place[] = "@STATS@"; /* stands in the page once, where a JSON value may stand */

void report_html_write(const struct stats *stats, FILE *out)
{
    const char *room = strstr(report_page_begin, place);
    size_t before = room ? (size_t)(room - report_page_begin) : 0;
    const char *after = report_page_begin + before + (room ? sizeof place - 1 : 0);

    fwrite(report_page_begin, 1, before, out);
    if (room)
        stats_json_write(stats, out);
    fwrite(after, 1, (size_t)(report_page_end - after), out);
}
