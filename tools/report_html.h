/*
 * The report of a run: --report FILE.html.
 *
 * One page that needs nothing else: report.html, with the statistics of stats_json.h set in where
 * it has room for them. Its script draws from those; so everything on the page can be had as
 * numbers too.
 */
#ifndef TOOLS_REPORT_HTML_H
#define TOOLS_REPORT_HTML_H

#include "tools/stats_json.h"

/* Errors are found by ferror(out). */
void report_html_write(const struct stats *stats, FILE *out);

#endif
