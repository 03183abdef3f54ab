/*
 * Workload files: the keys, their limits, and what only the whole can tell.
 */
#include "trace/gen_internal.h"

#include "trace/names.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const at_end_names[] = {"keep", "free", "drain", NULL};

/* Items refer to caches by name, so caches are read before phases. */
struct phase_bind {
	struct gen_phase phase; /* first: offsets of the rows */
	struct workload *w;
};

/* Caches */

static int bind_flags(void *base, const struct yaml_node *n, struct err *e)
{
	struct gen_cache *c = base;
	struct err why = {0};

	if (schema_want(n, YAML_SCALAR, "flags such as HWCACHE_ALIGN,ACCOUNT",
			e))
		return -EINVAL;
	if (slab_flags_parse(n->text, strlen(n->text), &c->flags, &why))
		return yaml_err(n, e, "%.300s", why.text);
	return 0;
}

#define CACHE_AT(field) .offset = offsetof(struct gen_cache, field)
const struct schema_row gen_cache_rows[] = {
	{.key = "name",
	 .type = SCHEMA_STRING,
	 .required = true,
	 CACHE_AT(name),
	 .max = GEN_NAME_MAX},
	{.key = "size",
	 .type = SCHEMA_SIZE32,
	 .required = true,
	 CACHE_AT(size),
	 .min = 1,
	 .max = 4 << 20},
	{.key = "align", .type = SCHEMA_SIZE32, CACHE_AT(align), .max = 4096},
	{.key = "flags", .type = SCHEMA_CUSTOM, .bind = bind_flags},
	{0},
};

struct gen_cache *gen_find_cache(struct workload *w, const char *name)
{
	for (size_t i = 0; i < w->caches.nr; i++)
		if (!strcmp(w->caches.at[i].name, name))
			return &w->caches.at[i];
	return NULL;
}

int gen_bind_name(const struct yaml_node *n, const char *a_thing,
		  const char *thing, const char *under,
		  const char *const *names, u32 *index, struct err *e)
{
	const char *near;
	char expected[64];

	snprintf(expected, sizeof(expected), "the name of %s", a_thing);
	if (schema_want(n, YAML_SCALAR, expected, e))
		return -EINVAL;
	for (u32 i = 0; names[i]; i++) {
		if (!strcmp(names[i], n->text)) {
			*index = i;
			return 0;
		}
	}
	near = schema_nearest(n->text, names);
	return yaml_err(n, e, "no %s '%.60s' under '%s'%s%s%s", thing, n->text,
			under, near ? "; did you mean '" : "", near ? near : "",
			near ? "'?" : "");
}

int gen_bind_cache_name(struct workload *w, const struct yaml_node *n,
			u32 *index, struct err *e)
{
	const char *names[GEN_CACHES_MAX + 1] = {0};

	for (size_t i = 0; i < w->caches.nr; i++)
		names[i] = w->caches.at[i].name;
	return gen_bind_name(n, "a cache", "cache", "caches", names, index, e);
}

static int bind_cache(struct workload *w, const struct yaml_node *n,
		      struct err *e)
{
	struct gen_cache c = {0};

	if (schema_bind(gen_cache_rows, &c, n, e))
		return -EINVAL;
	if (!name_is_valid(c.name, strlen(c.name)))
		return yaml_err(yaml_get(n, "name"), e,
				"a cache's name has no blanks");
	if (gen_find_cache(w, c.name))
		return yaml_err(yaml_get(n, "name"), e,
				"there is a cache '%s' already", c.name);
	if (c.align & (c.align - 1))
		return yaml_err(yaml_get(n, "align"), e,
				"expected a power of two, not %u", c.align);
	*VEC_PUSH(&w->caches) = c;
	return 0;
}

static int bind_caches(void *base, const struct yaml_node *n, struct err *e)
{
	if (schema_want(n, YAML_LIST, "a list of caches, each \"- name: ...\"",
			e))
		return -EINVAL;
	if (n->nr > GEN_CACHES_MAX)
		return yaml_err(n, e, "%u caches; %d are the most", n->nr,
				GEN_CACHES_MAX);
	for (const struct yaml_node *v = n->child; v; v = v->next)
		if (bind_cache(base, v, e))
			return -EINVAL;
	return 0;
}

/* Phases */

static int bind_mix(void *base, const struct yaml_node *n, struct err *e)
{
	struct phase_bind *b = base;
	double weights[GEN_ITEMS_MAX], sum = 0;
	struct gen_item item;

	if (schema_want(n, YAML_LIST, "a list of what is allocated", e))
		return -EINVAL;
	if (!n->nr || n->nr > GEN_ITEMS_MAX)
		return yaml_err(n, e, "%u items; 1 to %d are possible", n->nr,
				GEN_ITEMS_MAX);
	for (const struct yaml_node *v = n->child; v; v = v->next) {
		if (gen_item_bind(&item, b->w, v, e))
			return -EINVAL;
		*VEC_PUSH(&b->phase.mix) = item;
	}
	for (size_t i = 0; i < b->phase.mix.nr; i++) {
		weights[i] = b->phase.mix.at[i].weight;
		sum += weights[i];
	}
	if (sum <= 0)
		return yaml_err(n, e, "all weights are 0");
	b->phase.choice = gsl_ran_discrete_preproc(b->phase.mix.nr, weights);
	return 0;
}

static int bind_phase_cpus(void *base, const struct yaml_node *n, struct err *e)
{
	struct phase_bind *b = base;
	const char *at = n->text;
	u64 first, last;
	char *end;

	if (schema_want(n, YAML_SCALAR, "CPUs such as \"0-3,8\"", e))
		return -EINVAL;
	memset(b->phase.on_cpu, 0, sizeof(b->phase.on_cpu));
	do {
		first = last = strtoull(at, &end, 10);
		if (*end == '-' && isdigit((unsigned char)end[1]))
			last = strtoull(end + 1, &end, 10);
		if (!isdigit((unsigned char)*at) || last < first ||
		    (*end && *end != ','))
			return yaml_err(n, e,
					"expected CPUs such as "
					"\"0-3,8\", not '%.100s'",
					n->text);
		if (last >= (b->w->nr_cpus ? b->w->nr_cpus : TRACE_CPUS_MAX))
			return yaml_err(n, e,
					"CPU %lu is not one of the "
					"workload's %u",
					(unsigned long)last, b->w->nr_cpus);
		memset(b->phase.on_cpu + first, 1, last - first + 1);
		at = end + 1;
	} while (*end);
	return 0;
}

static int bind_interarrival(void *base, const struct yaml_node *n,
			     struct err *e)
{
	struct phase_bind *b = base;

	if (dist_bind(&b->phase.interarrival, n, DIST_TIME, e))
		return -EINVAL;
	if (b->phase.interarrival.at_most < 1)
		return yaml_err(n, e, "the longest time is 0");
	return 0;
}

static int bind_burst(void *base, const struct yaml_node *n, struct err *e)
{
	struct phase_bind *b = base;

	if (dist_bind(&b->phase.burst, n, DIST_COUNT, e))
		return -EINVAL;
	if (b->phase.burst.at_most > 1e6)
		b->phase.burst.at_most = 1e6;
	return 0;
}

static int bind_cpu_speed(void *base, const struct yaml_node *n, struct err *e)
{
	struct phase_bind *b = base;

	if (schema_want(n, YAML_LIST, "a list such as [1, 0.5]", e))
		return -EINVAL;
	if (!n->nr || n->nr > TRACE_CPUS_MAX)
		return yaml_err(n, e, "%u speeds; 1 to %u are possible", n->nr,
				TRACE_CPUS_MAX);
	b->phase.cpu_speed.nr = 0;
	for (const struct yaml_node *v = n->child; v; v = v->next)
		if (schema_double(v, 1e-6, 1e6, VEC_PUSH(&b->phase.cpu_speed),
				  e))
			return -EINVAL;
	return 0;
}

#define PHASE_AT(field) .offset = offsetof(struct phase_bind, phase.field)
const struct schema_row gen_phase_rows[] = {
	{.key = "name",
	 .type = SCHEMA_STRING,
	 PHASE_AT(name),
	 .max = GEN_NAME_MAX},
	{.key = "duration",
	 .type = SCHEMA_NS,
	 PHASE_AT(duration_ns),
	 .min = 1,
	 .max = 1000000000000000},
	{.key = "operations",
	 .type = SCHEMA_U64,
	 PHASE_AT(operations),
	 .min = 1,
	 .max = 1ull << 40},
	{.key = "cpus", .type = SCHEMA_CUSTOM, .bind = bind_phase_cpus},
	{.key = "interarrival",
	 .type = SCHEMA_CUSTOM,
	 .bind = bind_interarrival},
	{.key = "burst", .type = SCHEMA_CUSTOM, .bind = bind_burst},
	{.key = "cpu_speed", .type = SCHEMA_CUSTOM, .bind = bind_cpu_speed},
	{.key = "remote_free",
	 .type = SCHEMA_DOUBLE,
	 PHASE_AT(remote_free),
	 .most = 1},
	{.key = "free_kept",
	 .type = SCHEMA_DOUBLE,
	 PHASE_AT(free_kept),
	 .most = 1},
	{.key = "snapshot",
	 .type = SCHEMA_STRING,
	 PHASE_AT(snapshot),
	 .max = GEN_NAME_MAX},
	{.key = "mix", .type = SCHEMA_CUSTOM, .bind = bind_mix},
	{0},
};

static void phase_free(struct gen_phase *p)
{
	for (size_t i = 0; i < p->mix.nr; i++)
		gen_item_free(&p->mix.at[i]);
	VEC_FREE(&p->mix);
	VEC_FREE(&p->cpu_speed);
	dist_free(&p->interarrival);
	dist_free(&p->burst);
	gsl_ran_discrete_free(p->choice);
}

static int check_phase(const struct gen_phase *p, const struct yaml_node *n,
		       struct err *e)
{
	if (!p->duration_ns == !p->operations)
		return yaml_err(n, e,
				"a phase needs either duration or "
				"operations");
	if (p->operations && !p->mix.nr)
		return yaml_err(n, e, "a phase of operations needs a mix");
	if (p->mix.nr && !p->interarrival.kind)
		return yaml_err(n, e, "a phase with a mix needs interarrival");
	if (p->snapshot[0] && !label_is_valid(p->snapshot, strlen(p->snapshot)))
		return yaml_err(yaml_get(n, "snapshot"), e,
				"a label is made of letters, digits and "
				"._+-=,:@");
	if (p->name[0] && !name_is_valid(p->name, strlen(p->name)))
		return yaml_err(yaml_get(n, "name"), e,
				"the name of a phase has no blanks");
	return 0;
}

static int bind_phase(struct workload *w, const struct yaml_node *n,
		      struct err *e)
{
	struct phase_bind b = {.w = w};

	memset(b.phase.on_cpu, 1, sizeof(b.phase.on_cpu));
	snprintf(b.phase.name, GEN_NAME_MAX, "phase%zu", w->phases.nr);
	dist_constant(&b.phase.burst, DIST_COUNT, 1);
	if (schema_bind(gen_phase_rows, &b, n, e) ||
	    check_phase(&b.phase, n, e)) {
		phase_free(&b.phase);
		return -EINVAL;
	}
	*VEC_PUSH(&w->phases) = b.phase;
	return 0;
}

/* The workload */

/* Read after all other keys: phases need caches and cpus. */
static int bind_phases(struct workload *w, const struct yaml_node *root,
		       struct err *e)
{
	const struct yaml_node *n = yaml_get(root, "phases");
	u64 total = 0;

	if (schema_want(n, YAML_LIST,
			"a list of phases, each \"- duration: "
			"...\"",
			e))
		return -EINVAL;
	if (!n->nr || n->nr > GEN_PHASES_MAX)
		return yaml_err(n, e, "%u phases; 1 to %d are possible", n->nr,
				GEN_PHASES_MAX);
	for (const struct yaml_node *v = n->child; v; v = v->next) {
		if (bind_phase(w, v, e))
			return -EINVAL;
		total += w->phases.at[w->phases.nr - 1].duration_ns;
	}
	if (total && w->repeat > GEN_TIME_MAX / total)
		return yaml_err(n, e,
				"all phases together, repeated, last "
				"longer than 126 years");
	return 0;
}

/* Others are read after all other keys: they name caches and CPUs. */
static int bind_later(void *base, const struct yaml_node *n, struct err *e)
{
	(void)base;
	(void)n;
	(void)e;
	return 0;
}

#define AT(field) .offset = offsetof(struct workload, field)
const struct schema_row gen_workload_rows[] = {
	{.key = "workload",
	 .type = SCHEMA_STRING,
	 .required = true,
	 AT(name),
	 .max = GEN_NAME_MAX},
	{.key = "seed", .type = SCHEMA_U64, AT(seed)},
	{.key = "cpus",
	 .type = SCHEMA_U32,
	 AT(nr_cpus),
	 .min = 1,
	 .max = TRACE_CPUS_MAX,
	 .word = "all",
	 .word_value = 0},
	{.key = "repeat",
	 .type = SCHEMA_U32,
	 AT(repeat),
	 .min = 1,
	 .max = GEN_REPEAT_MAX},
	{.key = "at_end",
	 .type = SCHEMA_ENUM,
	 AT(at_end),
	 .names = at_end_names},
	{.key = "caches", .type = SCHEMA_CUSTOM, .bind = bind_caches},
	{.key = "tasks", .type = SCHEMA_CUSTOM, .bind = gen_bind_tasks},
	{.key = "mempools", .type = SCHEMA_CUSTOM, .bind = bind_later},
	{.key = "files", .type = SCHEMA_CUSTOM, .bind = bind_later},
	{.key = "phases",
	 .type = SCHEMA_CUSTOM,
	 .required = true,
	 .bind = bind_later},
	{0},
};

void workload_free(struct workload *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->phases.nr; i++)
		phase_free(&w->phases.at[i]);
	VEC_FREE(&w->phases);
	VEC_FREE(&w->caches);
	VEC_FREE(&w->mempools);
	gen_files_free(w);
	VEC_FREE(&w->tasks);
	free(w);
}

static int bind_workload(struct workload *w, const struct yaml_node *root,
			 struct err *e)
{
	if (schema_bind(gen_workload_rows, w, root, e) ||
	    gen_mempools_bind(w, root, e) || gen_files_bind(w, root, e) ||
	    bind_phases(w, root, e))
		return -EINVAL;
	if (!name_is_valid(w->name, strlen(w->name)))
		return yaml_err(yaml_get(root, "workload"), e,
				"the name of a workload has no blanks");
	return 0;
}

static struct workload *from_tree(struct yaml_tree *t, struct err *e)
{
	struct workload *w;

	if (!t)
		return NULL;
	w = xcalloc(1, sizeof(*w));
	w->seed = 1;
	w->repeat = 1;
	if (bind_workload(w, yaml_tree_root(t), e)) {
		workload_free(w);
		w = NULL;
	}
	yaml_tree_free(t);
	return w;
}

struct workload *workload_load(const char *path, struct err *e)
{
	return from_tree(yaml_tree_load(path, e), e);
}

struct workload *workload_parse(const char *source, const char *text,
				size_t len, struct err *e)
{
	return from_tree(yaml_tree_parse(source, text, len, e), e);
}

bool workload_detect(const void *start, size_t len)
{
	static const char key[] = "workload:";
	const char *at = start;
	const char *end = at + len;

	while ((size_t)(end - at) >= sizeof(key) - 1) {
		if (!memcmp(at, key, sizeof(key) - 1))
			return true;
		at = memchr(at, '\n', (size_t)(end - at));
		if (!at)
			return false;
		at++;
	}
	return false;
}
