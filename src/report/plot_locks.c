/*
 * plot_locks.c - data of the chart compare-locks: what the operations of each
 * run waited for each kind of lock, against the CPUs that were at work.
 */
#include "report/plotdata.h"

#include "base/compiler.h"
#include "base/json_read.h"
#include "base/xmalloc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LOCKS_DRAWN	8u  /* as many line styles as style.gp has */
#define LOCKS_MAX	32u /* kinds of a summary that are looked at */
#define LOCK_NAME_BYTES 32u

struct run_waits {
	u64 cpus;
	u64 operations;
	u64 wait_cycles[LOCKS_MAX];
	u32 place;
};

struct lock_names {
	char at[LOCKS_MAX][LOCK_NAME_BYTES];
	u32 nr;
};

/* Number of the lock @name, a new one's too; LOCKS_MAX: no room. */
static u32 lock_of(struct lock_names *names, const char *name)
{
	u32 i;

	for (i = 0; i < names->nr; i++)
		if (!strcmp(names->at[i], name))
			return i;
	if (i < LOCKS_MAX) {
		snprintf(names->at[i], LOCK_NAME_BYTES, "%s", name);
		names->nr++;
	}
	return i;
}

/* All operations that took time. */
static u64 operations(const struct json_doc *d)
{
	const struct json_value *all = json_get(json_root(d), "latency");
	u64 sum = 0;

	for (const struct json_value *v = all ? all->first : NULL; v;
	     v = v->next) {
		const struct json_value *count = json_get(v, "count");

		if (count && v->key && strcmp(v->key, "wait_for_cpu"))
			sum += count->u64;
	}
	return sum;
}

static int load_run(const char *dir, struct lock_names *names,
		    struct run_waits *r, struct err *e)
{
	char *path = xasprintf("%s/summary.json", dir);
	struct json_doc *d = json_read_file(path, e);
	const struct json_value *locks;
	u64 machine = 0;
	int rc = d ? 0 : e->code ? e->code : -EINVAL;

	free(path);
	if (!rc)
		rc = json_get_u64(d, "trace.cpus_count", &r->cpus, e);
	if (!rc)
		rc = json_get_u64(d, "machine.cpus_count", &machine, e);
	if (!rc) {
		r->cpus = MIN(r->cpus, machine);
		r->operations = operations(d);
		locks = json_get(json_root(d), "locks");
		for (const struct json_value *v = locks ? locks->first : NULL;
		     v; v = v->next) {
			const struct json_value *sum =
				json_get(v, "wait.sum_cycles");
			u32 i = sum && sum->u64 && v->key
					? lock_of(names, v->key)
					: LOCKS_MAX;

			if (i < LOCKS_MAX)
				r->wait_cycles[i] = sum->u64;
		}
	}
	json_doc_free(d);
	return rc;
}

static int by_cpus(const void *a, const void *b)
{
	const struct run_waits *x = a, *y = b;

	if (x->cpus != y->cpus)
		return x->cpus < y->cpus ? -1 : 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

static double mean_wait(const struct run_waits *r, u32 lock)
{
	return r->operations
		       ? (double)r->wait_cycles[lock] / (double)r->operations
		       : 0.0;
}

/* Where there are too many locks those that were waited for least go. */
static void keep_most_waited(struct lock_names *names, struct run_waits *runs,
			     u32 nr_runs)
{
	while (names->nr > LOCKS_DRAWN) {
		double waits[LOCKS_MAX] = {0};
		u32 least = 0, after;

		for (u32 k = 0; k < names->nr; k++) {
			for (u32 i = 0; i < nr_runs; i++)
				waits[k] += mean_wait(&runs[i], k);
			if (waits[k] < waits[least])
				least = k;
		}
		after = --names->nr - least;
		memmove(names->at + least, names->at + least + 1,
			after * sizeof(*names->at));
		for (u32 i = 0; i < nr_runs; i++) {
			u64 *at = &runs[i].wait_cycles[least];

			memmove(at, at + 1, after * sizeof(*at));
		}
	}
}

/* Runs on as many CPUs each say nothing about their number. */
s64 make_compare_locks(const char *const *dirs, u32 nr_dirs, FILE *data,
		       FILE *head, struct err *e)
{
	struct run_waits runs[COMPARE_DIRS_MAX] = {0};
	struct lock_names names = {.nr = 0};

	for (u32 i = 0; i < nr_dirs; i++) {
		int rc = load_run(dirs[i], &names, &runs[i], e);

		if (rc)
			return rc;
		runs[i].place = i;
	}
	keep_most_waited(&names, runs, nr_dirs);
	qsort(runs, nr_dirs, sizeof(*runs), by_cpus);
	fputs("cpus", data);
	for (u32 k = 0; k < names.nr; k++) {
		fputc('\t', data);
		plot_put_name(data, names.at[k]);
	}
	for (u32 i = 0; i < nr_dirs; i++) {
		fprintf(data, "\n%" PRIu64, runs[i].cpus);
		for (u32 k = 0; k < names.nr; k++)
			fprintf(data, "\t%.6g", mean_wait(&runs[i], k));
	}
	fputc('\n', data);
	fprintf(head, "nr_locks = %u\n", names.nr);
	return names.nr && runs[0].cpus != runs[nr_dirs - 1].cpus ? (s64)nr_dirs
								  : 0;
}
