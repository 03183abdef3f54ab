/*
 * cachesim.c - kmemsim cachesim: an address stream through the CPU caches of
 * a machine file, and nothing else.
 */
#include "cmd/cmd.h"

#include "report/json.h"
#include "sim/cpucache.h"
#include "trace/lackey.h"

#include "base/bug.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define USAGE "cachesim [-m MACHINE.yaml] [--set KEY=VALUE]... STREAM"

typedef unsigned long long ull;

struct cachesim {
	const char *machine;
	struct opt_list sets;
	bool json;
	bool data_only;
	bool fetch_only;
	bool by_line;
	bool no_classes;
	bool verbose;
	struct config config;
	struct cpucache *caches;
	u64 by_kind[4]; /* records replayed: I, L, S, M */
	clock_t clocks; /* spent in the caches */
};

static void replay_batch(struct cachesim *c, const struct lackey_rec *recs,
			 s64 nr)
{
	static const enum cpucache_how how[] = {
		CPUCACHE_FETCH, CPUCACHE_READ, CPUCACHE_WRITE, CPUCACHE_MODIFY};
	cycles_t now = cpucache_totals(c->caches)->cycles;
	clock_t start = clock();

	for (s64 i = 0; i < nr; i++) {
		const struct lackey_rec *r = &recs[i];
		u32 kind = r->kind == 'I'   ? 0
			   : r->kind == 'L' ? 1
			   : r->kind == 'S' ? 2
					    : 3;

		if (kind ? c->fetch_only : c->data_only)
			continue;
		c->by_kind[kind]++;
		now += cpucache_access(c->caches, 0, r->addr, r->bytes,
				       how[kind], 0, now);
	}
	c->clocks += clock() - start;
}

static int replay_stream(struct cachesim *c, const char *path, struct err *e)
{
	struct lackey *l =
		lackey_open(strcmp(path, "-") ? path : "/dev/stdin", e);
	const struct lackey_rec *recs;
	s64 nr;

	if (!l)
		return -1;
	while ((nr = lackey_read(l, &recs, e)) > 0)
		replay_batch(c, recs, nr);
	lackey_close(l);
	return (int)nr;
}

/* A cache's name: L1d, L1i, L2. */
static const char *cache_name(const struct config_cpu_cache *k, char *buf,
			      size_t len)
{
	char type[2] = {k->type == 'u' ? '\0' : k->type, '\0'};

	snprintf(buf, len, "L%u%s", k->level, type);
	return buf;
}

/* For people */

static void print_ratio(u64 part, u64 whole)
{
	if (whole)
		printf(" %8.3f", 100.0 * (double)part / (double)whole);
	else
		printf(" %8s", "-");
}

static void print_row(const char *cache, const char *what, u64 accesses,
		      u64 misses)
{
	printf("%-5s %-6s %14llu %14llu %14llu", cache, what, (ull)accesses,
	       (ull)(accesses - misses), (ull)misses);
	print_ratio(misses, accesses);
	putchar('\n');
}

static void print_level(const struct cachesim *c, u32 level)
{
	static const char *const what[] = {"read", "write", "fetch"};
	struct cpucache_use u;
	u64 accesses = 0, misses = 0;
	char name[16];

	cache_name(&c->config.caches[level], name, sizeof(name));
	cpucache_sum(c->caches, level, &u);
	for (u32 i = 0; i < ARRAY_SIZE(what); i++) {
		accesses += u.accesses[i];
		misses += u.misses[i];
		if (u.accesses[i])
			print_row(name, what[i], u.accesses[i], u.misses[i]);
	}
	print_row(name, "all", accesses, misses);
}

static void print_classes(const struct cachesim *c)
{
	struct cpucache_use u;
	char name[16];

	printf("\n%-5s %14s %14s %14s %14s %14s\n", "cache",
	       miss_class_names[MISS_COMPULSORY],
	       miss_class_names[MISS_CAPACITY], miss_class_names[MISS_CONFLICT],
	       "evictions", "writebacks");
	for (u32 i = 0; i < c->config.nr_caches; i++) {
		const struct cpucache_level *l = cpucache_level(c->caches, i);

		cpucache_sum(c->caches, i, &u);
		printf("%-5s %14llu %14llu %14llu %14llu %14llu\n",
		       cache_name(&c->config.caches[i], name, sizeof(name)),
		       (ull)u.classes[MISS_COMPULSORY],
		       (ull)u.classes[MISS_CAPACITY],
		       (ull)u.classes[MISS_CONFLICT], (ull)l->evictions,
		       (ull)l->writebacks);
	}
}

static void print_rest(const struct cachesim *c)
{
	const struct cpucache_totals *t = cpucache_totals(c->caches);

	for (u32 i = 0; i < c->config.nr_caches; i++) {
		const struct cpucache_level *l = cpucache_level(c->caches, i);
		char name[16];

		if (l->prefetches)
			printf("\n%s prefetched %llu lines, %llu of them used",
			       cache_name(&c->config.caches[i], name,
					  sizeof(name)),
			       (ull)l->prefetches, (ull)l->prefetch_hits);
	}
	if (t->tlb_accesses)
		printf("\nTLB accesses %llu, misses %llu of the first level, "
		       "%llu of the second",
		       (ull)t->tlb_accesses, (ull)t->tlb_misses[0],
		       (ull)t->tlb_misses[1]);
	printf("\nmemory reads %llu, writes %llu; %llu cycles of latency, ",
	       (ull)t->memory_reads, (ull)t->memory_writes, (ull)t->cycles);
	printf("%.2f an access\n",
	       t->accesses ? (double)t->cycles / (double)t->accesses : 0.0);
}

static void print_table(const struct cachesim *c)
{
	printf("instructions %llu, loads %llu, stores %llu, modifies %llu; "
	       "accesses of two lines count %s\n\n",
	       (ull)c->by_kind[0], (ull)c->by_kind[1], (ull)c->by_kind[2],
	       (ull)c->by_kind[3],
	       cpucache_is_whole(c->caches) ? "once, as cachegrind does"
					    : "once for each line");
	printf("%-5s %-6s %14s %14s %14s %8s\n", "cache", "what", "accesses",
	       "hits", "misses", "miss %");
	for (u32 i = 0; i < c->config.nr_caches; i++)
		print_level(c, i);
	if (!c->no_classes)
		print_classes(c);
	print_rest(c);
}

/* For programs */

static void json_use(struct json *j, const struct cpucache_use *u, u32 how,
		     const char *key)
{
	json_object(j, key);
	json_u64(j, "accesses", u->accesses[how]);
	json_u64(j, "hits", u->accesses[how] - u->misses[how]);
	json_u64(j, "misses", u->misses[how]);
	json_end(j);
}

static void json_level(struct json *j, const struct cachesim *c, u32 level)
{
	const struct config_cpu_cache *k = &c->config.caches[level];
	const struct cpucache_level *l = cpucache_level(c->caches, level);
	struct cpucache_use u;
	char name[16];
	u64 accesses, misses;

	cpucache_sum(c->caches, level, &u);
	accesses = u.accesses[0] + u.accesses[1] + u.accesses[2];
	misses = u.misses[0] + u.misses[1] + u.misses[2];
	json_object(j, NULL);
	json_string(j, "cache", cache_name(k, name, sizeof(name)));
	json_u64(j, "size_bytes", k->size_bytes);
	json_u64(j, "line_bytes", k->line_bytes);
	json_u64(j, "ways", k->ways);
	json_u64(j, "sets", cpucache_nr_sets(c->caches, level));
	json_u64(j, "accesses", accesses);
	json_u64(j, "hits", accesses - misses);
	json_u64(j, "misses", misses);
	json_use(j, &u, CPUCACHE_READ, "read");
	json_use(j, &u, CPUCACHE_WRITE, "write");
	json_use(j, &u, CPUCACHE_FETCH, "fetch");
	if (!c->no_classes) {
		json_object(j, "miss_classes");
		for (u32 i = 0; i < NR_MISS_CLASSES; i++)
			json_u64(j, miss_class_names[i], u.classes[i]);
		json_end(j);
	}
	json_u64(j, "evictions", l->evictions);
	json_u64(j, "writebacks", l->writebacks);
	json_u64(j, "written_through", l->written_through);
	json_u64(j, "back_invalidations", l->back_invalidations);
	json_u64(j, "prefetches", l->prefetches);
	json_u64(j, "prefetch_hits", l->prefetch_hits);
	json_end(j);
}

static void print_json(const struct cachesim *c)
{
	const struct cpucache_totals *t = cpucache_totals(c->caches);
	struct json j;

	json_init(&j, stdout);
	json_object(&j, NULL);
	json_u64(&j, "instructions", c->by_kind[0]);
	json_u64(&j, "loads", c->by_kind[1]);
	json_u64(&j, "stores", c->by_kind[2]);
	json_u64(&j, "modifies", c->by_kind[3]);
	json_bool(&j, "counted_as_cachegrind", cpucache_is_whole(c->caches));
	json_array(&j, "caches");
	for (u32 i = 0; i < c->config.nr_caches; i++)
		json_level(&j, c, i);
	json_end(&j);
	json_u64(&j, "memory_reads", t->memory_reads);
	json_u64(&j, "memory_writes", t->memory_writes);
	json_u64(&j, "tlb_accesses", t->tlb_accesses);
	json_u64(&j, "tlb1_misses", t->tlb_misses[0]);
	json_u64(&j, "tlb2_misses", t->tlb_misses[1]);
	json_u64(&j, "bandwidth_wait", t->bandwidth_wait);
	json_u64(&j, "latency_cycles", t->cycles);
	json_end(&j);
	putchar('\n');
}

/* One CPU of the machine: a stream has no more.  Its accesses follow one
 * another. */
static int load_machine(struct cachesim *c, struct err *e)
{
	struct cpucache_options opt = {
		.classes = !c->no_classes, .whole = !c->by_line, .watch = -1};

	if (config_load(&c->config, c->machine, c->sets.at, c->sets.nr, e))
		return -1;
	c->config.mm.nr_cpus = 1;
	c->caches = cpucache_create(&c->config, &opt, e);
	return c->caches ? 0 : -1;
}

static void say_speed(const struct cachesim *c)
{
	double seconds = (double)c->clocks / CLOCKS_PER_SEC;
	u64 nr = cpucache_totals(c->caches)->accesses;

	if (c->verbose)
		fprintf(stderr,
			"kmemsim: %llu accesses in %.3f s of CPU time in the "
			"caches: %.1f million a second\n",
			(ull)nr, seconds,
			seconds > 0 ? (double)nr / seconds / 1e6 : 0.0);
}

static int replay_and_print(struct cachesim *c, const char *path)
{
	struct err e = {0};

	if (replay_stream(c, path, &e) < 0)
		return cmd_fail(&e, EXIT_RUN);
	if (!cpucache_check(c->caches, &e))
		BUG_FMT("%s", e.text);
	if (c->json)
		print_json(c);
	else
		print_table(c);
	say_speed(c);
	return EXIT_OK;
}

int cmd_cachesim(int argc, char **argv)
{
	static struct cachesim c;
	struct err e = {0};
	const struct opt opts[] = {
		{'m', "machine", "FILE", "the machine whose caches they are",
		 OPT_STRING, &c.machine},
		{0, "set", "KEY=VALUE", "set a key of the machine", OPT_LIST,
		 &c.sets},
		{0, "json", NULL, "print JSON", OPT_FLAG, &c.json},
		{0, "data", NULL, "leave instructions out", OPT_FLAG,
		 &c.data_only},
		{0, "instructions", NULL, "instructions only", OPT_FLAG,
		 &c.fetch_only},
		{0, "by-line", NULL, "an access of two lines is two", OPT_FLAG,
		 &c.by_line},
		{0, "no-classes", NULL, "do not explain misses", OPT_FLAG,
		 &c.no_classes},
		{'v', "verbose", NULL, "say how fast it was", OPT_FLAG,
		 &c.verbose},
	};
	const char *stream;
	int rc = opts_parse_one(opts, ARRAY_SIZE(opts), USAGE,
				"cachesim needs one STREAM", argc, argv,
				&stream);
	int status;

	if (rc)
		return rc == -2 ? EXIT_OK : EXIT_USAGE;
	if (c.data_only && c.fetch_only) {
		fprintf(stderr, "usage: kmemsim %s\n", USAGE);
		return EXIT_USAGE;
	}
	if (load_machine(&c, &e))
		return cmd_fail(&e, EXIT_USAGE);
	status = replay_and_print(&c, stream);
	cpucache_destroy(c.caches);
	return status;
}
