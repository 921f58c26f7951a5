/*
 * Starting a stage: see spawn.h.
 *
 * fork + exec with an error pipe: the child writes errno there if exec fails, the pipe closes by
 * itself if it succeeds. So "cannot be executed" is an error here and never a mysterious exit 127.
 */
#include "tools/spawn.h"

#include "common/error.h"
#include "tools/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef LIBEXECDIR
#define LIBEXECDIR "/usr/local/libexec/agc-pipeline"
#endif

/* Folder of the running program, without the closing slash. */
static int own_folder(char *folder, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", folder, size - 1);
    char *slash;

    if (length < 0)
        return error_set_errno(ERROR_IO, "cannot read /proc/self/exe");
    folder[length] = 0;
    slash = strrchr(folder, '/');
    if (slash)
        *slash = 0;
    return 0;
}

static char *candidate(const char *folder, const char *middle, const char *program)
{
    char *path;

    if (asprintf(&path, "%s%s/%s", folder, middle, program) < 0)
        return NULL;
    if (!access(path, X_OK))
        return path;
    free(path);
    return NULL;
}

int spawn_find_program(const char *program, char **path)
{
    const char *wanted = getenv("AGC_PIPELINE_LIBEXEC");
    char folder[PATH_MAX];
    int status;

    if (wanted && *wanted) {
        *path = candidate(wanted, "", program);
        return *path ? 0
                     : error_set(ERROR_NOT_FOUND, "no %s in %s (AGC_PIPELINE_LIBEXEC)", program,
                                 wanted);
    }
    status = own_folder(folder, sizeof folder);
    if (status)
        return status;
    *path = candidate(folder, "", program);
    if (!*path)
        *path = candidate(folder, "/../libexec/agc-pipeline", program);
    if (!*path)
        *path = candidate(LIBEXECDIR, "", program);
    if (!*path)
        return error_set(ERROR_NOT_FOUND, "no %s beside %s/agc-pipeline, in ../libexec/agc-pipeline"
                         " from there, or in %s", program, folder, LIBEXECDIR);
    return 0;
}

/* ---- in the child: async-signal-safe calls only */

static void child_keep(int fd)
{
    if (fd >= 0)
        fcntl(fd, F_SETFD, 0);
}

static void child_null(int fd, int flags)
{
    int null_fd = open("/dev/null", flags | O_CLOEXEC);

    if (null_fd >= 0)
        dup2(null_fd, fd);
}

static void child_exec(const struct spawn_context *context, int stdio, pid_t parent,
                       const char *path, char **arguments, int error_fd)
{
    int fault;
    ssize_t written;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(EXIT_STOPPED); /* it died before the line above */
    if (!(stdio & SPAWN_STDIN))
        child_null(STDIN_FILENO, O_RDONLY);
    if (!(stdio & SPAWN_STDOUT))
        child_null(STDOUT_FILENO, O_WRONLY);
    child_keep(context->run_fd);
    child_keep(context->job_fd);
    child_keep(context->work_fd);
    child_keep(context->lifeline_read_fd);
    signal(SIGINT, SIG_IGN); /* a terminal sends it to the whole group: the supervisor decides */
    signals_restore();
    execvp(path, arguments); /* PATH counts for wrappers alone: a stage's path holds a slash */
    fault = errno;
    written = write(error_fd, &fault, sizeof fault);
    _exit(written == sizeof fault ? 127 : 126);
}

/* ---- in the supervisor */

/* 0, or the errno with which exec failed. */
static int read_fault(int fd)
{
    int fault = 0;
    ssize_t n;

    do
        n = read(fd, &fault, sizeof fault);
    while (n < 0 && errno == EINTR);
    return n == sizeof fault ? fault : 0;
}

static int spawn_exec(const struct spawn_context *context, struct stage_entry *entry, int stdio,
                      const char *path, char **arguments)
{
    int error_pipe[2], fault;
    pid_t parent = getpid(), pid;

    if (pipe2(error_pipe, O_CLOEXEC))
        return error_set_errno(ERROR_IO, "cannot make a pipe for %s", entry->name);
    pid = fork();
    if (pid < 0) {
        close(error_pipe[0]);
        close(error_pipe[1]);
        return error_set_errno(ERROR_IO, "cannot start %s", entry->name);
    }
    if (pid == 0)
        child_exec(context, stdio, parent, path, arguments, error_pipe[1]);
    close(error_pipe[1]);
    fault = read_fault(error_pipe[0]);
    close(error_pipe[0]);
    if (fault) {
        waitpid(pid, NULL, 0);
        errno = fault;
        return error_set_errno(ERROR_IO, "cannot execute %s", path);
    }
    entry->pid = pid;
    entry->state = STAGE_RUNNING;
    return 0;
}

/* Under a command of the user's, if there is one for this stage. */
static int spawn_wrapped(const struct spawn_context *context, struct stage_entry *entry, int stdio,
                         char **arguments)
{
    const char *command = wrap_command(context->wrap, entry->index, context->worker_count);
    char **words;
    int status;

    if (!command)
        return spawn_exec(context, entry, stdio, arguments[0], arguments);
    status = wrap_words(command, entry->index, arguments, &words);
    if (status)
        return status;
    status = spawn_exec(context, entry, stdio, words[0], words);
    wrap_words_free(words, arguments);
    return status;
}

int spawn_stage(const struct spawn_context *context, struct stage_entry *entry, int stdio)
{
    char index[16], run_fd[16], job_fd[16], lifeline_fd[16], work_fd[16];
    char *arguments[] = {(char *)entry->program, "--stage",       index,     "--run-fd",
                         run_fd,                 "--job-fd",      job_fd,    "--lifeline-fd",
                         lifeline_fd,            "--work-fd",     work_fd,   NULL};
    char *path;
    int status = spawn_find_program(entry->program, &path);

    if (status)
        return status;
    snprintf(index, sizeof index, "%u", entry->index);
    snprintf(run_fd, sizeof run_fd, "%d", context->run_fd);
    snprintf(job_fd, sizeof job_fd, "%d", context->job_fd);
    snprintf(lifeline_fd, sizeof lifeline_fd, "%d", context->lifeline_read_fd);
    snprintf(work_fd, sizeof work_fd, "%d", context->work_fd);
    if (context->work_fd < 0)
        arguments[9] = NULL;
    entry->gen++;
    arguments[0] = path;
    status = spawn_wrapped(context, entry, stdio, arguments);
    free(path);
    return status;
}
