#include "report/cpucaches.h"

#include "sim/cpucache.h"
#include "sim/touch.h"

#include <stdlib.h>

typedef unsigned long long ull;

#define CACHES_SHOWN 6u

static const char *level_name(const struct report_view *v, u32 level, char *buf,
			      size_t len)
{
	const struct config_cpu_cache *k = &v->config->caches[level];
	char type[2] = {k->type == 'u' ? '\0' : k->type, '\0'};

	snprintf(buf, len, "L%u%s", k->level, type);
	return buf;
}

static u64 accesses_of(const struct cpucache_use *u)
{
	return u->accesses[0] + u->accesses[1] + u->accesses[2];
}

static u64 misses_of(const struct cpucache_use *u)
{
	return u->misses[0] + u->misses[1] + u->misses[2];
}

/* The owners of a report, by number: kmem_caches in their order, then what
 * lies in none ("-"). */
static u32 nr_owners(const struct report_view *v)
{
	return v->snap->nr_caches + 1;
}

static u32 owner_idx(const struct report_view *v, u32 i)
{
	return i < v->snap->nr_caches ? v->snap->caches[i].idx : TOUCH_NO_OWNER;
}

static const char *owner_name(const struct report_view *v, u32 i)
{
	return i < v->snap->nr_caches ? v->snap->caches[i].name : "-";
}

static struct cpucache_set_use sets_sum(const struct report_view *v, u32 owner,
					u32 *nr_used)
{
	const struct cpucache_set_use *sets = cpucache_sets(v->cpucache, owner);
	u64 nr = cpucache_watched_sets(v->cpucache);
	struct cpucache_set_use sum = {0};

	*nr_used = 0;
	for (u64 s = 0; s < nr; s++) {
		*nr_used += sets[s].heads > 0;
		sum.heads += sets[s].heads;
		sum.hits += sets[s].hits;
		sum.misses += sets[s].misses;
		sum.evictions += sets[s].evictions;
		sum.collisions += sets[s].collisions;
	}
	return sum;
}

/* Tables */

void cpucaches_colors(FILE *to, const struct report_view *v)
{
	u64 nr;

	fputs("cache\tset\theads\thits\tmisses\tevictions\tcollisions\n", to);
	if (!v->cpucache)
		return;
	nr = cpucache_watched_sets(v->cpucache);
	for (u32 i = 0; i < nr_owners(v); i++) {
		const struct cpucache_set_use *sets =
			cpucache_sets(v->cpucache, owner_idx(v, i));
		u32 used;
		struct cpucache_set_use sum =
			sets_sum(v, owner_idx(v, i), &used);

		if (!sum.hits && !sum.misses && !sum.evictions)
			continue;
		for (u64 s = 0; s < nr; s++) {
			tsv_put_name(to, owner_name(v, i));
			fprintf(to, "\t%llu\t%llu\t%llu\t%llu\t%llu\t%llu\n",
				(ull)s, (ull)sets[s].heads, (ull)sets[s].hits,
				(ull)sets[s].misses, (ull)sets[s].evictions,
				(ull)sets[s].collisions);
		}
	}
}

void cpucaches_misses(FILE *to, const struct report_view *v)
{
	fputs("cache\tlevel\taccesses\tmisses\tcompulsory\tcapacity\tconflict\t"
	      "coherence\n",
	      to);
	for (u32 i = 0; v->cpucache && i < nr_owners(v); i++)
		for (u32 level = 0; level < v->config->nr_caches; level++) {
			const struct cpucache_use *u = cpucache_use(
				v->cpucache, level, owner_idx(v, i));
			char name[16];

			if (!accesses_of(u))
				continue;
			tsv_put_name(to, owner_name(v, i));
			fprintf(to, "\t%s\t%llu\t%llu",
				level_name(v, level, name, sizeof(name)),
				(ull)accesses_of(u), (ull)misses_of(u));
			for (u32 k = 0; k < NR_MISS_CLASSES; k++)
				fprintf(to, "\t%llu", (ull)u->classes[k]);
			putc('\n', to);
		}
}

void cpucaches_sharing(FILE *to, const struct report_view *v)
{
	fputs("cache\tupgrades\ttrue_sharing\tfalse_sharing\tmemory_lines\t"
	      "remote_memory_lines\n",
	      to);
	for (u32 i = 0; v->cpucache && i < nr_owners(v); i++) {
		const struct cpucache_sharing *h =
			cpucache_sharing(v->cpucache, owner_idx(v, i));

		if (!h->upgrades && !h->true_sharing && !h->false_sharing &&
		    !h->memory_reads)
			continue;
		tsv_put_name(to, owner_name(v, i));
		fprintf(to, "\t%llu\t%llu\t%llu\t%llu\t%llu\n",
			(ull)h->upgrades, (ull)h->true_sharing,
			(ull)h->false_sharing, (ull)h->memory_reads,
			(ull)h->memory_remote);
	}
}

/* summary.json */

static void json_use(struct json *j, const struct cpucache_use *u)
{
	json_u64(j, "accesses_count", accesses_of(u));
	json_u64(j, "misses_count", misses_of(u));
	json_object(j, "misses_by_class_count");
	for (u32 k = 0; k < NR_MISS_CLASSES; k++)
		json_u64(j, miss_class_names[k], u->classes[k]);
	json_end(j);
}

static void json_level(struct json *j, const struct report_view *v, u32 level)
{
	const struct cpucache_level *l = cpucache_level(v->cpucache, level);
	struct cpucache_use u;
	char name[16];

	cpucache_sum(v->cpucache, level, &u);
	json_object(j, NULL);
	json_string(j, "cache", level_name(v, level, name, sizeof(name)));
	json_use(j, &u);
	json_u64(j, "evictions_count", l->evictions);
	json_u64(j, "writebacks_count", l->writebacks);
	json_u64(j, "invalidations_count", l->invalidations);
	json_u64(j, "back_invalidations_count", l->back_invalidations);
	json_u64(j, "transfers_count", l->transfers);
	json_u64(j, "prefetches_count", l->prefetches);
	json_u64(j, "prefetch_hits_count", l->prefetch_hits);
	json_end(j);
}

static void json_sharing(struct json *j, const struct report_view *v)
{
	json_array(j, "sharing");
	for (u32 i = 0; i < nr_owners(v); i++) {
		const struct cpucache_sharing *h =
			cpucache_sharing(v->cpucache, owner_idx(v, i));

		if (!h->upgrades && !h->true_sharing && !h->false_sharing &&
		    !h->memory_reads)
			continue;
		json_object(j, NULL);
		json_string(j, "cache", owner_name(v, i));
		json_u64(j, "upgrades_count", h->upgrades);
		json_u64(j, "true_sharing_count", h->true_sharing);
		json_u64(j, "false_sharing_count", h->false_sharing);
		json_u64(j, "memory_reads_lines", h->memory_reads);
		json_u64(j, "memory_remote_reads_lines", h->memory_remote);
		json_end(j);
	}
	json_end(j);
}

static void json_colors(struct json *j, const struct report_view *v)
{
	json_array(j, "coloring");
	for (u32 i = 0; i < nr_owners(v); i++) {
		u32 used;
		struct cpucache_set_use s = sets_sum(v, owner_idx(v, i), &used);

		if (!s.heads)
			continue;
		json_object(j, NULL);
		json_string(j, "cache", owner_name(v, i));
		json_u64(j, "heads_count", s.heads);
		json_u64(j, "sets_with_heads_count", used);
		json_u64(j, "evictions_count", s.evictions);
		json_u64(j, "collisions_count", s.collisions);
		json_end(j);
	}
	json_end(j);
}

void cpucaches_json(struct json *j, const struct report_view *v)
{
	const struct cpucache_totals *t;

	if (!v->cpucache)
		return;
	t = cpucache_totals(v->cpucache);
	json_object(j, "cpu_caches");
	json_u64(j, "accesses_count", t->accesses);
	json_u64(j, "latency_cycles", t->cycles);
	json_u64(j, "memory_reads_lines", t->memory_reads);
	json_u64(j, "memory_remote_reads_lines", t->memory_remote);
	json_u64(j, "memory_writes_lines", t->memory_writes);
	json_u64(j, "bandwidth_wait_cycles", t->bandwidth_wait);
	json_u64(j, "upgrades_count", t->upgrades);
	json_u64(j, "true_sharing_count", t->true_sharing);
	json_u64(j, "false_sharing_count", t->false_sharing);
	json_u64(j, "tlb_accesses_count", t->tlb_accesses);
	json_u64(j, "tlb1_misses_count", t->tlb_misses[0]);
	json_u64(j, "tlb2_misses_count", t->tlb_misses[1]);
	json_array(j, "levels");
	for (u32 i = 0; i < v->config->nr_caches; i++)
		json_level(j, v, i);
	json_end(j);
	json_sharing(j, v);
	json_colors(j, v);
	json_end(j);
}

/* report.txt */

static void text_level(FILE *to, const struct report_view *v, u32 level)
{
	struct cpucache_use u;
	char name[16];
	u64 permyriad;

	cpucache_sum(v->cpucache, level, &u);
	if (!accesses_of(&u))
		return;
	permyriad = misses_of(&u) * 10000 / accesses_of(&u);
	fprintf(to, "  %-4s %10llu %10llu %3llu.%02llu%%",
		level_name(v, level, name, sizeof(name)), (ull)accesses_of(&u),
		(ull)misses_of(&u), (ull)(permyriad / 100),
		(ull)(permyriad % 100));
	for (u32 k = 0; k < NR_MISS_CLASSES; k++)
		fprintf(to, " %10llu", (ull)u.classes[k]);
	putc('\n', to);
}

struct collider {
	const char *name;
	struct cpucache_set_use sum;
	u32 used;
	u32 place;
};

static int by_collisions(const void *a, const void *b)
{
	const struct collider *x = a, *y = b;

	if (x->sum.collisions != y->sum.collisions)
		return x->sum.collisions < y->sum.collisions ? 1 : -1;
	return x->place < y->place ? -1 : x->place > y->place;
}

static void text_collisions(FILE *to, const struct report_view *v)
{
	struct collider *all = calloc(nr_owners(v), sizeof(*all));
	u64 sets = cpucache_watched_sets(v->cpucache);

	if (!all)
		return;
	for (u32 i = 0; i < nr_owners(v); i++) {
		all[i].name = owner_name(v, i);
		all[i].sum = sets_sum(v, owner_idx(v, i), &all[i].used);
		all[i].place = i;
	}
	qsort(all, nr_owners(v), sizeof(*all), by_collisions);
	for (u32 i = 0; i < MIN(nr_owners(v), CACHES_SHOWN); i++) {
		if (!all[i].sum.collisions)
			break;
		if (!i)
			fprintf(to,
				"  coloring collisions, of evictions; sets "
				"of %llu with object heads\n",
				(ull)sets);
		fprintf(to, "  %-24.24s %12llu %12llu %6u\n", all[i].name,
			(ull)all[i].sum.collisions, (ull)all[i].sum.evictions,
			all[i].used);
	}
	free(all);
}

struct sharer {
	const char *name;
	const struct cpucache_sharing *h;
	u32 place;
};

static int by_false_sharing(const void *a, const void *b)
{
	const struct sharer *x = a, *y = b;

	if (x->h->false_sharing != y->h->false_sharing)
		return x->h->false_sharing < y->h->false_sharing ? 1 : -1;
	return x->place < y->place ? -1 : x->place > y->place;
}

static void text_sharing(FILE *to, const struct report_view *v)
{
	struct sharer *all = calloc(nr_owners(v), sizeof(*all));

	if (!all)
		return;
	for (u32 i = 0; i < nr_owners(v); i++)
		all[i] = (struct sharer){
			owner_name(v, i),
			cpucache_sharing(v->cpucache, owner_idx(v, i)), i};
	qsort(all, nr_owners(v), sizeof(*all), by_false_sharing);
	for (u32 i = 0; i < MIN(nr_owners(v), CACHES_SHOWN); i++) {
		if (!all[i].h->false_sharing)
			break;
		if (!i)
			fputs("  lines taken from another CPU: falsely, "
			      "truly shared; upgrades\n",
			      to);
		fprintf(to, "  %-24.24s %12llu %12llu %12llu\n", all[i].name,
			(ull)all[i].h->false_sharing,
			(ull)all[i].h->true_sharing, (ull)all[i].h->upgrades);
	}
	free(all);
}

void cpucaches_text(FILE *to, const struct report_view *v)
{
	const struct cpucache_totals *t;

	if (!v->cpucache)
		return;
	t = cpucache_totals(v->cpucache);
	fprintf(to, "\nCPU CACHES accesses     misses        ");
	for (u32 k = 0; k < NR_MISS_CLASSES; k++)
		fprintf(to, " %10s", miss_class_names[k]);
	putc('\n', to);
	for (u32 i = 0; i < v->config->nr_caches; i++)
		text_level(to, v, i);
	fprintf(to,
		"  memory: %llu lines read, %llu remote; sharing: %llu true, "
		"%llu false\n",
		(ull)t->memory_reads, (ull)t->memory_remote,
		(ull)t->true_sharing, (ull)t->false_sharing);
	text_sharing(to, v);
	text_collisions(to, v);
}
