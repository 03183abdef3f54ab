#include "trace/writer.h"

#include "base/xmalloc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OUTFILE_BUF (256u << 10)

struct outfile {
	char *path;
	char *tmp;     /* its name while it is written */
	bool is_named; /* tmp exists in the directory */
	bool direct;   /* path is written itself */
	int fd;
	size_t used;
	char buf[OUTFILE_BUF];
};

/* The directory of @path, owned by the caller. */
static char *dir_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	if (slash == path)
		return xstrdup("/");
	return xasprintf("%.*s", (int)(slash - path), path);
}

/* A descriptor to write to, without a name if that can be. */
static int open_tmp(struct outfile *o)
{
	char *dir = dir_of(o->path);

	o->fd = open(dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
	free(dir);
	if (o->fd >= 0)
		return 0;
	o->fd = open(o->tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	o->is_named = o->fd >= 0;
	return o->fd < 0 ? -1 : 0;
}

/* Where @path really leads, so that a symbolic link stays one. */
static char *resolve(const char *path)
{
	char *real = realpath(path, NULL);
	char *copy = xstrdup(real ? real : path);

	free(real);
	return copy;
}

/* Is @path no place to put a new file at: a device, a pipe, or anything of
 * the kernel's own directories (/dev/stdout may lead to a regular file)? */
static bool is_direct(const char *path, const char *real)
{
	static const char *const kernel_dirs[] = {"/dev/", "/proc/", "/sys/"};
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(kernel_dirs); i++) {
		size_t len = strlen(kernel_dirs[i]);

		if (!strncmp(path, kernel_dirs[i], len) ||
		    !strncmp(real, kernel_dirs[i], len))
			return strncmp(real, "/dev/shm/", 9) != 0;
	}
	return !stat(real, &st) && !S_ISREG(st.st_mode);
}

struct outfile *outfile_create(const char *path, struct err *e)
{
	struct outfile *o = xcalloc(1, sizeof(*o));
	int rc;

	o->path = resolve(path);
	o->tmp = xasprintf("%s.tmp-%ld", o->path, (long)getpid());
	o->fd = -1;
	o->direct = is_direct(path, o->path);
	if (o->direct) {
		o->fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
		rc = o->fd < 0 ? -1 : 0;
	} else {
		rc = open_tmp(o);
	}
	if (!rc)
		return o;
	err_sys(e, path, "create");
	outfile_abandon(o);
	return NULL;
}

const char *outfile_path(const struct outfile *o)
{
	return o->path;
}

int outfile_spool(const struct outfile *o, struct err *e)
{
	char *dir = dir_of(o->path);
	char *name;
	int fd = -1;

	if (!o->direct)
		fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	free(dir);
	if (fd >= 0)
		return fd;
	name = o->direct ? xstrdup("/tmp/kmemsim-XXXXXX")
			 : xasprintf("%s.XXXXXX", o->tmp);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0)
		unlink(name);
	free(name);
	return fd >= 0 ? fd : err_sys(e, o->path, "create its temporary part");
}

static int flush(struct outfile *o, struct err *e)
{
	size_t done = 0;

	while (done < o->used) {
		ssize_t put = write(o->fd, o->buf + done, o->used - done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return err_sys(e, o->path, "write");
		done += (size_t)put;
	}
	o->used = 0;
	return 0;
}

int outfile_write(struct outfile *o, const void *buf, size_t len, struct err *e)
{
	const char *from = buf;

	while (len) {
		size_t n = MIN(len, OUTFILE_BUF - o->used);

		memcpy(o->buf + o->used, from, n);
		o->used += n;
		from += n;
		len -= n;
		if (o->used == OUTFILE_BUF && flush(o, e))
			return e ? e->code : -EIO;
	}
	return 0;
}

/* Gives an unnamed file its temporary name. */
static int give_name(struct outfile *o)
{
	char proc[64];

	if (o->is_named)
		return 0;
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", o->fd);
	unlink(o->tmp);
	if (linkat(AT_FDCWD, proc, AT_FDCWD, o->tmp, AT_SYMLINK_FOLLOW))
		return -1;
	o->is_named = true;
	return 0;
}

int outfile_commit(struct outfile *o, struct err *e)
{
	int rc = flush(o, e);

	if (!rc && !o->direct && (give_name(o) || rename(o->tmp, o->path)))
		rc = err_sys(e, o->path, "write");
	else if (!rc)
		o->is_named = false; /* it has its own name now */
	outfile_abandon(o);
	return rc;
}

void outfile_abandon(struct outfile *o)
{
	if (!o)
		return;
	if (o->fd >= 0)
		close(o->fd);
	if (o->is_named)
		unlink(o->tmp);
	free(o->path);
	free(o->tmp);
	free(o);
}
