/*
 * The commands of agc-pipeline.
 *
 * A command gets its own words (argv[0] is its name) and returns 0 or an error code
 * whose text has not been printed, but for ERROR_STOPPED (the user has been told already) and
 * ERROR_PIPE (nobody need be told).
 */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

int command_create(int argc, char **argv);
int command_resume(int argc, char **argv);
int command_getcol(int argc, char **argv);
int command_getset(int argc, char **argv);
int command_getctg(int argc, char **argv);
int command_faidx(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_listref(int argc, char **argv);
int command_listset(int argc, char **argv);
int command_listctg(int argc, char **argv);
int command_info(int argc, char **argv);
int command_ps(int argc, char **argv);

#endif
