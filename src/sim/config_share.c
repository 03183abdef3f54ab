/*
 * Which CPUs share a cache: so many neighbours, or lists of CPUs.
 */
#include "sim/config_internal.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define NO_CPU UINT16_MAX

/* The CPUs of one cache while they are bound. */
struct share_bind {
	struct config_cpu_cache *cache;
	u16 group; /* of this list, from 1 */
	u16 nr_cpus;
	u16 group_of[MM_CPUS_MAX]; /* 0: of none yet */
};

static bool is_number(const struct yaml_node *n)
{
	const char *at = n->text;

	if (n->kind != YAML_SCALAR)
		return false;
	while (isdigit((unsigned char)*at))
		at++;
	return at > n->text && !*at;
}

static int add_sharer(void *arg, const struct yaml_node *n, u32 cpu,
		      struct err *e)
{
	struct share_bind *b = arg;

	if (b->group_of[cpu] == b->group)
		return yaml_err(n, e, "CPU %u stands here twice", cpu);
	if (b->group_of[cpu])
		return yaml_err(n, e,
				"CPU %u stands in two lists, and has one cache",
				cpu);
	b->group_of[cpu] = b->group;
	b->nr_cpus++;
	return 0;
}

static int bind_list(struct share_bind *b, const struct yaml_node *n,
		     struct err *e)
{
	b->group++;
	b->nr_cpus = 0;
	if (config_bind_cpus(n, add_sharer, b, e))
		return -EINVAL;
	return b->nr_cpus ? 0 : yaml_err(n, e, "no CPU shares this cache");
}

/* Is it one list of numbers, and not a list of lists? */
static bool is_one_list(const struct yaml_node *n)
{
	if (n->kind != YAML_LIST)
		return true;
	for (const struct yaml_node *v = n->child; v; v = v->next)
		if (!is_number(v))
			return false;
	return true;
}

static void name_groups(const struct share_bind *b)
{
	u16 first[MM_CPUS_MAX + 1];

	memset(first, 0xff, sizeof(first));
	for (u32 cpu = 0; cpu < MM_CPUS_MAX; cpu++) {
		u16 *f = &first[b->group_of[cpu]];

		if (!b->group_of[cpu] || *f == NO_CPU)
			*f = (u16)cpu;
		b->cache->first_cpu[cpu] = *f;
	}
}

int config_bind_shared(void *base, const struct yaml_node *n, struct err *e)
{
	struct share_bind b = {.cache = base};
	u64 cpus;

	b.cache->shared_cpus = 0;
	if (is_number(n)) {
		if (schema_u64(n, 1, MM_CPUS_MAX, &cpus, e))
			return -EINVAL;
		b.cache->shared_cpus = (u32)cpus;
		return 0;
	}
	if (is_one_list(n)) {
		if (bind_list(&b, n, e))
			return -EINVAL;
	} else {
		for (const struct yaml_node *v = n->child; v; v = v->next)
			if (bind_list(&b, v, e))
				return -EINVAL;
	}
	name_groups(&b);
	return 0;
}

/* The CPUs that share @first's cache, as "0-3,8"; false: @first alone. */
static bool write_group(FILE *f, const struct config_cpu_cache *k, u32 first,
			const char *before)
{
	u32 nr = 0, last;

	for (u32 cpu = first; cpu < MM_CPUS_MAX; cpu++)
		nr += k->first_cpu[cpu] == first;
	if (nr < 2)
		return false;
	fprintf(f, "%s\"", before);
	before = "";
	for (u32 cpu = first; cpu < MM_CPUS_MAX; cpu = last + 1) {
		last = cpu;
		if (k->first_cpu[cpu] != first)
			continue;
		while (last + 1 < MM_CPUS_MAX &&
		       k->first_cpu[last + 1] == first)
			last++;
		fprintf(f, "%s%u", before, cpu);
		if (last > cpu)
			fprintf(f, "-%u", last);
		before = ",";
	}
	fputs("\"", f);
	return true;
}

void config_write_shared(FILE *f, const void *base, u32 indent)
{
	const struct config_cpu_cache *k = base;
	const char *before = " [";

	(void)indent;
	if (k->shared_cpus) {
		fprintf(f, " %u\n", k->shared_cpus);
		return;
	}
	for (u32 cpu = 0; cpu < MM_CPUS_MAX; cpu++)
		if (k->first_cpu[cpu] == cpu && write_group(f, k, cpu, before))
			before = ", ";
	fputs(*before == ',' ? "]\n" : " 1\n", f);
}

/* The node of cpu.caches[@i].shared, or what is nearest to it. */
static const struct yaml_node *shared_at(const struct yaml_node *root, u32 i)
{
	const struct yaml_node *n = config_at(root, "cpu", "caches");
	const struct yaml_node *v = n->child;

	while (v && i--)
		v = v->next;
	return v ? config_at(v, "shared", NULL) : n;
}

static int check_cpus(const struct config *c, const struct yaml_node *root,
		      u32 i, struct err *e)
{
	const struct config_cpu_cache *k = &c->caches[i];

	if (k->shared_cpus)
		return 0;
	for (u32 cpu = c->mm.nr_cpus; cpu < MM_CPUS_MAX; cpu++)
		if (k->first_cpu[cpu] != cpu)
			return yaml_err(shared_at(root, i), e,
					"CPU %u shares a cache, and is on no "
					"node",
					cpu);
	return 0;
}

/* Do some accesses that miss in the one go on to the other? */
static bool is_behind(const struct config_cpu_cache *far,
		      const struct config_cpu_cache *near)
{
	return far->type == near->type || far->type == 'u' || near->type == 'u';
}

static int check_nested(const struct config *c, const struct yaml_node *root,
			u32 near, u32 far, struct err *e)
{
	const struct config_cpu_cache *n = &c->caches[near];
	const struct config_cpu_cache *f = &c->caches[far];

	for (u32 cpu = 0; cpu < c->mm.nr_cpus; cpu++) {
		u32 first = config_cache_cpu(n, cpu);

		if (config_cache_cpu(f, cpu) == config_cache_cpu(f, first))
			continue;
		return yaml_err(shared_at(root, far), e,
				"CPUs %u and %u share a level %u cache and no "
				"level %u cache behind it",
				first, cpu, n->level, f->level);
	}
	return 0;
}

int config_check_shared(const struct config *c, const struct yaml_node *root,
			struct err *e)
{
	for (u32 far = 0; far < c->nr_caches; far++) {
		if (check_cpus(c, root, far, e))
			return -EINVAL;
		for (u32 near = 0; near < far; near++)
			if (is_behind(&c->caches[far], &c->caches[near]) &&
			    check_nested(c, root, near, far, e))
				return -EINVAL;
	}
	return 0;
}
