/*
 * The work directory of a run: `OUT.work/` beside the output, or where --work-dir says.
 *
 * It holds the job, the stages' files and the archive while it grows. Its file `lock` carries an
 * fcntl record lock for as long as the run lives, so a second run on the same output refuses, and a
 * run that was killed leaves no lock behind: what it left in the directory is what `resume` goes on
 * from. A folder that is not empty and has no `lock` was not
 * made by us and is never touched.
 */
#ifndef TOOLS_WORKDIR_H
#define TOOLS_WORKDIR_H

struct workdir {
    char *path;  /* absolute */
    int fd;      /* of the directory */
    int lock_fd; /* must stay open, and `lock` must be opened nowhere else in this process */
};

/* Makes the directory, or takes over what an ended run left there, and locks it. ERROR_INPUT if another
 * run holds it or it is not a work directory; ERROR_IO, ERROR_SPACE. */
int workdir_open(struct workdir *workdir, const char *path);

/* The same, but ERROR_NOT_FOUND if it is not there. */
int workdir_open_existing(struct workdir *workdir, const char *path);

/* Makes and locks a fresh directory under TMPDIR (or /tmp). */
int workdir_open_temporary(struct workdir *workdir);

/* Deletes all that is in it but the lock. */
int workdir_empty(const struct workdir *workdir);

int workdir_has(const struct workdir *workdir, const char *name);

/* True if a file's name begins and ends so. */
int workdir_has_like(const struct workdir *workdir, const char *begin, const char *end);

/* Gives up the lock and frees; what is in it stays. */
void workdir_keep(struct workdir *workdir);

/* Deletes the directory with all that is in it, and frees. */
int workdir_remove(struct workdir *workdir);

#endif
