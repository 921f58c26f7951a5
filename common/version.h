/*
 * The version of the program: one place for --version, archive headers and work directories.
 */
#ifndef COMMON_VERSION_H
#define COMMON_VERSION_H

#define VERSION_MAJOR "0"
#define VERSION_MINOR "1"
#define VERSION_PATCH "0"
#define VERSION_TEXT VERSION_MAJOR "." VERSION_MINOR "." VERSION_PATCH

#endif
