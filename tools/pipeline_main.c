/*
 * agc-pipeline: makes AGC archives and reads them. This file finds the command and ends the process.
 *
 * Exit status: 0 done, 1 failed, 2 the command line is wrong. Results go to standard output or to
 * the file of -o, everything else to standard error. Writing to a pipe that nobody reads ends
 * quietly with 1.
 *
 * Read on in command_create.c (a run from options to archive) and supervisor.h (the processes).
 */
#include "common/error.h"
#include "common/version.h"
#include "tools/command.h"
#include "tools/say.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
};

static const struct command commands[] = {
    {"create", command_create, "make an archive from FASTA files"},
    {"resume", command_resume, "go on with a create that was interrupted"},
    {"getcol", command_getcol, "get all samples back"},
    {"getset", command_getset, "get some samples back"},
    {"getctg", command_getctg, "get contigs, or regions of them"},
    {"faidx", command_faidx, "the same with samtools' regions and headers"},
    {"verify", command_verify, "look for damage in an archive"},
    {"listref", command_listref, "name the reference sample"},
    {"listset", command_listset, "name the samples"},
    {"listctg", command_listctg, "name the contigs of samples"},
    {"info", command_info, "show the parameters of an archive"},
    {"ps", command_ps, "show the runs that are going on"},
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void print_usage(FILE *out)
{
    int i;

    fprintf(out, "agc-pipeline %s: archives of alike genomes, in the AGC format\n\n"
                 "Usage: agc-pipeline COMMAND [options] ...\n\nCommands:\n",
            VERSION_TEXT);
    for (i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].summary);
    fprintf(out, "\n`agc-pipeline COMMAND --help` tells more; --version prints the version.\n");
}

/* Standard descriptors that are closed would be taken by the next open(): fill them. */
static void fill_standard_descriptors(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO)
        close(fd);
}

static int finish(const char *name, int status)
{
    if (status == 0 && fflush(stdout)) {
        status = error_set_errno(ERROR_IO, "cannot write to standard output");
    }
    switch (status) {
    case 0:
        return EXIT_DONE;
    case ERROR_STOPPED:
    case ERROR_PIPE:
        return EXIT_FAILED;
    case ERROR_USAGE:
        say("%s: %s", name, error_text());
        say("see agc-pipeline %s --help", name);
        return EXIT_USAGE;
    default:
        say("%s: %s", name, error_text());
        return EXIT_FAILED;
    }
}

int main(int argc, char **argv)
{
    int i;

    fill_standard_descriptors();
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2) {
        print_usage(stderr);
        return EXIT_USAGE;
    }
    if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
        puts(VERSION_TEXT);
        return finish(argv[1], 0);
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
        print_usage(stdout);
        return finish(argv[1], 0);
    }
    for (i = 0; i < COMMAND_COUNT; i++)
        if (!strcmp(argv[1], commands[i].name))
            return finish(argv[1], commands[i].run(argc - 1, argv + 1));
    say("there is no command '%s'; see agc-pipeline --help", argv[1]);
    return EXIT_USAGE;
}
