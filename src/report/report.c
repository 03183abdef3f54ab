/*
 * report.c - the run directory: written beside its final name, renamed when
 * whole.
 *
 * DIR is written as DIR.part-XXXXXX, locked (flock) by its writer as long as
 * that lives; the next run with the same DIR removes what a crash left.  An
 * old run at DIR is exchanged and then removed; files in it that no run wrote
 * move over to the new one.
 */
#include "report/report.h"
#include "report/view.h"

#include "base/bug.h"
#include "base/compiler.h"
#include "base/xmalloc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SNAPSHOTS_MAX 10000 /* directories under snap/ */
#define LABEL_MAX     200   /* bytes of a label's directory */
#define REMOVE_FDS    16
#define SIGNATURE     "{\n  \"kmemsim_version\": " /* of summary.json */

struct report {
	char *dir;   /* final name, owned */
	char *tmp;   /* what is being written, owned */
	int lock_fd; /* tmp, open and locked */
	u32 nr_snaps;
};

/* Trees */

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int remove_tree(const char *path)
{
	return nftw(path, remove_one, REMOVE_FDS, FTW_DEPTH | FTW_PHYS);
}

/* 1 empty, 0 not, negative errno. */
static int dir_is_empty(const char *path)
{
	DIR *d = opendir(path);
	const struct dirent *ent;
	int empty = 1;

	if (!d)
		return -errno;
	while (empty && (ent = readdir(d)))
		empty = !strcmp(ent->d_name, ".") || !strcmp(ent->d_name, "..");
	closedir(d);
	return empty;
}

/* Does @dir hold a summary.json of ours? */
static bool dir_is_run(const char *dir)
{
	char *path = xasprintf("%s/summary.json", dir);
	FILE *f = fopen(path, "re");
	char start[sizeof(SIGNATURE)] = "";
	bool ours;

	ours = f && fread(start, 1, sizeof(start) - 1, f) > 0 &&
	       !strcmp(start, SIGNATURE);
	if (f)
		fclose(f);
	free(path);
	return ours;
}

/* Names and paths */

static char *strip_slashes(const char *dir)
{
	char *s = xstrdup(dir);
	size_t n = strlen(s);

	while (n > 1 && s[n - 1] == '/')
		s[--n] = 0;
	return s;
}

/* The real name of @dir: links are followed, so that rename() can work. */
static char *final_name(const char *dir, struct err *e)
{
	char *s;
	char *real;
	struct stat st;

	if (!dir[0]) {
		err_set(e, -EINVAL, "the output directory has no name");
		return NULL;
	}
	s = strip_slashes(dir);
	if (lstat(s, &st)) {
		if (errno == ENOENT)
			return s;
		err_sys(e, dir, "write a run there");
		free(s);
		return NULL;
	}
	real = realpath(s, NULL);
	if (!real)
		err_sys(e, dir, "write a run there");
	free(s);
	return real;
}

static int check_replaceable(const char *dir, struct err *e)
{
	struct stat st;
	int empty;

	if (stat(dir, &st))
		return errno == ENOENT ? 0 : err_sys(e, dir, "look at it");
	if (!S_ISDIR(st.st_mode))
		return err_set(e, -ENOTDIR,
			       "%s: is not a directory; name another with -o",
			       dir);
	empty = dir_is_empty(dir);
	if (empty < 0) {
		errno = -empty;
		return err_sys(e, dir, "read it");
	}
	if (!empty && !dir_is_run(dir))
		return err_set(e, -EEXIST,
			       "%s: holds files that no run wrote; empty it or "
			       "name another directory with -o",
			       dir);
	return 0;
}

/* Every name at the top of a run directory. */
static bool run_writes(const char *name)
{
	static const char *const others[] = {
		"report.txt",	  "summary.json", "config.yaml",  "snap",
		"plots",	  "reclaim.tsv",  "pressure.tsv", "map.tsv",
		"compaction.tsv", "extfrag.tsv"};

	for (u32 i = 0; i < ARRAY_SIZE(others); i++)
		if (!strcmp(name, others[i]))
			return true;
	for (u32 i = 0; i < NR_PROC_FILES; i++)
		if (!strcmp(name, proc_files[i].name))
			return true;
	for (u32 i = 0; i < NR_TSV_FILES; i++)
		if (!strcmp(name, tsv_files[i].name))
			return true;
	return false;
}

/* Does @dir hold nothing but what runs write? */
static bool dir_is_only_run(const char *dir)
{
	DIR *d = opendir(dir);
	const struct dirent *ent;
	bool only = d != NULL;

	while (only && (ent = readdir(d)))
		only = !strcmp(ent->d_name, ".") ||
		       !strcmp(ent->d_name, "..") || run_writes(ent->d_name);
	if (d)
		closedir(d);
	return only;
}

/* What crashed runs left beside @dir, unlocked since they died. */
static void remove_stale(const char *dir)
{
	const char *slash = strrchr(dir, '/');
	char *parent = slash ? xasprintf("%.*s/", (int)(slash - dir), dir)
			     : xstrdup("./");
	char *prefix = xasprintf("%s.part-", slash ? slash + 1 : dir);
	DIR *d = opendir(parent);
	const struct dirent *ent;

	while (d && (ent = readdir(d))) {
		char *path;
		int fd;

		if (strncmp(ent->d_name, prefix, strlen(prefix)) ||
		    strlen(ent->d_name) != strlen(prefix) + 6)
			continue;
		path = xasprintf("%s%s", parent, ent->d_name);
		fd = open(path,
			  O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB) &&
		    dir_is_only_run(path))
			remove_tree(path);
		if (fd >= 0)
			close(fd);
		free(path);
	}
	if (d)
		closedir(d);
	free(parent);
	free(prefix);
}

static void report_free(struct report *r)
{
	if (r->lock_fd >= 0)
		close(r->lock_fd);
	free(r->dir);
	free(r->tmp);
	free(r);
}

/* mkdtemp() makes 0700; a run is as readable as any directory. */
static int open_mode(const char *path)
{
	mode_t mask = umask(0);

	umask(mask);
	return chmod(path, 0777 & ~mask);
}

struct report *report_begin(const char *dir, struct err *e)
{
	struct report *r;
	char *name = final_name(dir, e);

	if (!name)
		return NULL;
	if (check_replaceable(name, e)) {
		free(name);
		return NULL;
	}
	remove_stale(name);
	r = xcalloc(1, sizeof(*r));
	r->dir = name;
	r->tmp = xasprintf("%s.part-XXXXXX", name);
	r->lock_fd = -1;
	if (!mkdtemp(r->tmp)) {
		err_sys(e, dir, "make a directory beside it");
		report_free(r);
		return NULL;
	}
	r->lock_fd = open(r->tmp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->lock_fd < 0 || open_mode(r->tmp)) {
		err_sys(e, r->tmp, "open it");
		report_abandon(r);
		return NULL;
	}
	/* Not every file system has locks; without, nothing is cleaned up. */
	(void)flock(r->lock_fd, LOCK_EX | LOCK_NB);
	return r;
}

/* Files */

static int write_file(const char *dir, const struct report_file *f,
		      const struct report_view *v, struct err *e)
{
	char *path = xasprintf("%s/%s", dir, f->name);
	FILE *to = fopen(path, "wxe");
	int rc = 0;

	if (!to) {
		rc = err_sys(e, path, "make it");
		free(path);
		return rc;
	}
	f->write(to, v);
	if (ferror(to))
		rc = err_sys(e, path, "write it");
	if (fclose(to) && !rc)
		rc = err_sys(e, path, "write it");
	free(path);
	return rc;
}

static int write_files(const char *dir, const struct report_file *files, u32 nr,
		       const struct report_view *v, struct err *e)
{
	for (u32 i = 0; i < nr; i++) {
		int rc = write_file(dir, &files[i], v, e);

		if (rc)
			return rc;
	}
	return 0;
}

static void write_config(FILE *to, const struct report_view *v)
{
	fputs(v->config_yaml, to);
}

int report_write_view(struct report *r, const struct report_view *v,
		      struct err *e)
{
	static const struct report_file main_files[] = {
		{"report.txt", write_text},
		{"config.yaml", write_config},
		{"summary.json", write_summary},
	};
	static const struct report_file reclaim_files[] = {
		{"reclaim.tsv", write_reclaim},
		{"compaction.tsv", write_compaction},
		{"extfrag.tsv", write_extfrag},
		{"pressure.tsv", write_pressure},
		{"map.tsv", write_map},
	};
	int rc;

	rc = write_files(r->tmp, proc_files, NR_PROC_FILES, v, e);
	if (!rc)
		rc = write_files(r->tmp, tsv_files, NR_TSV_FILES, v, e);
	if (!rc && v->config->mm.reclaim)
		rc = write_files(r->tmp, reclaim_files,
				 ARRAY_SIZE(reclaim_files), v, e);
	if (!rc)
		rc = write_files(r->tmp, main_files, ARRAY_SIZE(main_files), v,
				 e);
	return rc;
}

/* Snapshots */

int report_label_encode(const char *label, char *out, size_t size,
			struct err *e)
{
	size_t n = 0;

	if (!label[0])
		return err_set(e, -EINVAL, "a snapshot has an empty label");
	for (const char *p = label; *p; p++) {
		u8 c = (u8)*p;
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9') || c == '_' || c == '-' ||
			     (c == '.' && p != label);

		if (n + 4 > size)
			return err_set(e, -ENAMETOOLONG,
				       "snapshot label '%.40s...' is too long "
				       "for a directory name",
				       label);
		if (plain)
			out[n++] = (char)c;
		else
			n += (size_t)sprintf(&out[n], "%%%02X", c);
	}
	out[n] = 0;
	return 0;
}

/* snap/LABEL, or snap/LABEL~2 and so on when the label comes again. */
static char *make_snap_dir(struct report *r, const char *name, struct err *e)
{
	char *snap = xasprintf("%s/snap", r->tmp);
	char *path = xasprintf("%s/%s", snap, name);

	if (mkdir(snap, 0777) && errno != EEXIST) {
		err_sys(e, snap, "make it");
		free(path);
		path = NULL;
	}
	for (u32 again = 2; path && mkdir(path, 0777); again++) {
		if (errno != EEXIST) {
			err_sys(e, path, "make it");
			free(path);
			path = NULL;
			break;
		}
		free(path);
		path = xasprintf("%s/%s~%u", snap, name, again);
	}
	free(snap);
	return path;
}

int report_snapshot_view(struct report *r, const char *label,
			 const struct report_view *v, struct err *e)
{
	char name[LABEL_MAX + 4];
	char *path;
	int rc = report_label_encode(label, name, sizeof(name), e);

	if (rc)
		return rc;
	if (r->nr_snaps == SNAPSHOTS_MAX)
		return err_set(e, -EINVAL,
			       "snapshot '%s': a run keeps at most %d", name,
			       SNAPSHOTS_MAX);
	r->nr_snaps++;
	path = make_snap_dir(r, name, e);
	if (!path)
		return e && e->code ? e->code : -EIO;
	rc = write_files(path, proc_files, NR_PROC_FILES, v, e);
	if (!rc && v->mm)
		rc = write_files(path, state_files, NR_STATE_FILES, v, e);
	free(path);
	return rc;
}

/* The end */

/* Files in the old run's directory @from that are the user's own. */
static int keep_others(const char *from, const char *into, struct err *e)
{
	DIR *d = opendir(from);
	const struct dirent *ent;
	int rc = 0;

	if (!d)
		return err_sys(e, from, "read it");
	while (!rc && (ent = readdir(d))) {
		char *a;
		char *b;

		if (!strcmp(ent->d_name, ".") || !strcmp(ent->d_name, "..") ||
		    run_writes(ent->d_name))
			continue;
		a = xasprintf("%s/%s", from, ent->d_name);
		b = xasprintf("%s/%s", into, ent->d_name);
		if (rename(a, b))
			rc = err_sys(e, a, "move it to the new run");
		free(a);
		free(b);
	}
	closedir(d);
	return rc;
}

/* Swaps the new run with the old one, then removes the old one. */
static int replace_run(struct report *r, struct err *e)
{
	char *old;
	int rc;

	if (renameat2(AT_FDCWD, r->tmp, AT_FDCWD, r->dir, RENAME_EXCHANGE)) {
		rc = err_sys(e, r->dir, "replace it");
		remove_tree(r->tmp);
		return rc;
	}
	rc = keep_others(r->tmp, r->dir, e);
	if (!rc) {
		if (remove_tree(r->tmp))
			rc = err_sys(e, r->tmp, "remove the old run");
		return rc;
	}
	/* What could not be moved must not go with the old run. */
	old = xasprintf("%s.old", r->dir);
	if (rename(r->tmp, old))
		err_sys(e, r->tmp, "keep it as the old run");
	free(old);
	return rc;
}

int report_commit(struct report *r, struct err *e)
{
	int rc = check_replaceable(r->dir, e);

	if (rc) {
		report_abandon(r);
		return rc;
	}
	/* Over nothing or an empty directory rename() works by itself. */
	if (!rename(r->tmp, r->dir)) {
		report_free(r);
		return 0;
	}
	if (errno != ENOTEMPTY && errno != EEXIST) {
		rc = err_sys(e, r->dir, "put the run there");
		report_abandon(r);
		return rc;
	}
	rc = replace_run(r, e);
	report_free(r);
	return rc;
}

void report_abandon(struct report *r)
{
	if (!r)
		return;
	remove_tree(r->tmp);
	report_free(r);
}

void report_remove(const char *dir)
{
	remove_tree(dir);
}
