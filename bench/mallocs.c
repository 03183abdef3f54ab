/*
 * mallocs.c - the slab operations of a trace, through a user-space malloc and
 * through the simulator, each in a plain loop from an array read beforehand.
 *
 *	mallocs malloc TRACE RUNS	whatever malloc() is (LD_PRELOAD)
 *	mallocs sim TRACE RUNS		the simulated machine, default.yaml
 *
 * Prints the median over RUNS of nanoseconds of CPU time an operation.
 * malloc'ed memory is not touched: the simulator has no memory to touch.
 */
#include "base/vec.h"
#include "sim/sim.h"
#include "trace/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RUNS_MAX 101

static VEC(struct trace_rec) recs;
static u64 nr_slab_ops;
static u32 nr_slots;

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* How the loop of malloc sees a record; others are not its business. */
enum kind {
	KIND_OTHER,
	KIND_ALLOC,
	KIND_FREE
};

static enum kind kind_of(const struct trace_rec *r)
{
	if (r->op == TRACE_CACHE_ALLOC || r->op == TRACE_KMALLOC)
		return KIND_ALLOC;
	if (r->op == TRACE_CACHE_FREE || r->op == TRACE_KFREE)
		return KIND_FREE;
	return KIND_OTHER;
}

/* Slab operations and what makes their caches; sizes looked up. */
static void keep(const struct trace_rec *r, u32 *sizes)
{
	struct trace_rec *mine;

	if (r->op == TRACE_CACHE_CREATE)
		sizes[r->cache] = r->size;
	else if (kind_of(r) == KIND_OTHER)
		return;
	mine = VEC_PUSH(&recs);
	*mine = *r;
	if (r->op == TRACE_CACHE_ALLOC)
		mine->size = sizes[r->cache];
	nr_slab_ops += kind_of(r) != KIND_OTHER;
	if (r->slot >= nr_slots)
		nr_slots = r->slot + 1;
}

static int read_all(struct trace_reader *reader, struct err *e)
{
	u32 *sizes = xcalloc(TRACE_CACHES_MAX, sizeof(*sizes));
	const struct trace_rec *batch;
	s64 nr;

	while ((nr = trace_read(reader, &batch, e)) > 0)
		for (s64 i = 0; i < nr; i++)
			keep(&batch[i], sizes);
	free(sizes);
	return nr < 0 ? -1 : 0;
}

static double run_malloc(void)
{
	void **objects = xcalloc(nr_slots, sizeof(*objects));
	double start = cpu_seconds(), took;

	for (size_t i = 0; i < recs.nr; i++) {
		const struct trace_rec *r = &recs.at[i];

		switch (kind_of(r)) {
		case KIND_ALLOC:
			objects[r->slot] = malloc(r->size);
			break;
		case KIND_FREE:
			free(objects[r->slot]);
			objects[r->slot] = NULL;
			break;
		case KIND_OTHER:
			break;
		}
	}
	took = cpu_seconds() - start;
	for (u32 i = 0; i < nr_slots; i++)
		free(objects[i]);
	free(objects);
	return took;
}

/* A reader of the array above. */
struct array_reader {
	struct trace_reader reader;
	size_t at;
};

static s64 array_read(struct trace_reader *r, const struct trace_rec **out,
		      struct err *e)
{
	struct array_reader *a = (struct array_reader *)r;
	size_t nr = MIN(recs.nr - a->at, (size_t)TRACE_BATCH);

	(void)e;
	*out = recs.at + a->at;
	a->at += nr;
	return (s64)nr;
}

static double array_progress(const struct trace_reader *r)
{
	(void)r;
	return 0;
}

static double run_sim(const struct config *config, struct trace_info *info,
		      struct err *e)
{
	static const struct trace_reader_ops ops = {
		.read = array_read,
		.progress = array_progress,
	};
	struct array_reader a = {.reader = {.ops = &ops, .info = info}};
	struct sim *s = sim_create(config, &a.reader, NULL, NULL, e);
	double start = cpu_seconds();

	if (!s || sim_run(s, e)) {
		fprintf(stderr, "mallocs: %s\n", e->text);
		exit(1);
	}
	start = cpu_seconds() - start;
	sim_destroy(s);
	return start;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int main(int argc, char **argv)
{
	static struct config config;
	struct trace_reader *reader;
	struct err e = {0};
	double took[RUNS_MAX];
	int runs = argc == 4 ? atoi(argv[3]) : 0;
	bool sim = argc == 4 && !strcmp(argv[1], "sim");

	if (runs < 1 || runs > RUNS_MAX) {
		fputs("usage: mallocs malloc|sim TRACE RUNS\n", stderr);
		return 2;
	}
	reader = trace_open(argv[2], &e);
	if (!reader || read_all(reader, &e) ||
	    config_load(&config, NULL, NULL, 0, &e)) {
		fprintf(stderr, "mallocs: %s\n", e.text);
		return 1;
	}
	for (int i = 0; i < runs; i++)
		took[i] =
			sim ? run_sim(&config, reader->info, &e) : run_malloc();
	qsort(took, (size_t)runs, sizeof(took[0]), compare);
	printf("%llu operations, %.2f ns each\n",
	       (unsigned long long)nr_slab_ops,
	       took[runs / 2] * 1e9 / (double)MAX(nr_slab_ops, (u64)1));
	VEC_FREE(&recs);
	trace_close(reader);
	return 0;
}
