/*
 * CPU caches and TLBs: lists of a machine file.
 */
#include "sim/config_internal.h"

#include <errno.h>
#include <string.h>

#define CPU_LATENCY_MAX 100000
#define PLRU_WAYS_MAX	64 /* the bits of a set's tree are one word */

/* One CPU cache while it is bound. */
struct cache_bind {
	struct config_cpu_cache cache; /* first: config_bind_shared() */
	u32 type;
	u32 write;
};

static const char *const cache_types[] = {"data", "instruction", "unified",
					  NULL};
static const char cache_type_letters[] = "diu";
static const char *const policy_names[] = {"lru",    "plru",  "fifo",
					   "random", "srrip", NULL};
static const char *const inclusion_names[] = {"none", "inclusive", "exclusive",
					      NULL};
static const char *const write_names[] = {"back", "through", NULL};
static const char *const prefetch_names[] = {"none", "next-line", "stride",
					     NULL};

#define CACHE_AT(field) .offset = offsetof(struct cache_bind, field)
const struct schema_row config_cache_rows[] = {
	{.key = "level",
	 .type = SCHEMA_U32,
	 .required = true,
	 CACHE_AT(cache.level),
	 .min = 1,
	 .max = CONFIG_CACHE_LEVELS_MAX},
	{.key = "type",
	 .type = SCHEMA_ENUM,
	 CACHE_AT(type),
	 .names = cache_types},
	{.key = "size",
	 .type = SCHEMA_SIZE,
	 .required = true,
	 CACHE_AT(cache.size_bytes),
	 .min = 16,
	 .max = 16ull << 30},
	{.key = "line",
	 .type = SCHEMA_SIZE32,
	 CACHE_AT(cache.line_bytes),
	 .min = 8,
	 .max = 4096},
	{.key = "ways",
	 .type = SCHEMA_U32,
	 .required = true,
	 CACHE_AT(cache.ways),
	 .min = 1,
	 .max = 65536},
	{.key = "latency",
	 .type = SCHEMA_U32,
	 .required = true,
	 CACHE_AT(cache.latency_cycles),
	 .min = 1,
	 .max = CPU_LATENCY_MAX},
	{.key = "shared",
	 .type = SCHEMA_CUSTOM,
	 .bind = config_bind_shared,
	 .write = config_write_shared},
	{.key = "policy",
	 .type = SCHEMA_ENUM,
	 CACHE_AT(cache.policy),
	 .names = policy_names},
	{.key = "inclusion",
	 .type = SCHEMA_ENUM,
	 CACHE_AT(cache.inclusion),
	 .names = inclusion_names},
	{.key = "write",
	 .type = SCHEMA_ENUM,
	 CACHE_AT(write),
	 .names = write_names},
	{.key = "allocate", .type = SCHEMA_BOOL, CACHE_AT(cache.allocate)},
	{.key = "prefetch",
	 .type = SCHEMA_ENUM,
	 CACHE_AT(cache.prefetch),
	 .names = prefetch_names},
	{0},
};

static int check_ways(const struct config_cpu_cache *k,
		      const struct yaml_node *n, struct err *e)
{
	if (k->policy != CACHE_PLRU)
		return 0;
	if (k->ways <= PLRU_WAYS_MAX && !(k->ways & (k->ways - 1)))
		return 0;
	return yaml_err(config_at(n, "ways", NULL), e,
			"plru with %u ways; it takes a power of two, %d at "
			"most",
			k->ways, PLRU_WAYS_MAX);
}

static int check_inclusion(const struct config *c,
			   const struct config_cpu_cache *k,
			   const struct yaml_node *n, struct err *e)
{
	const struct yaml_node *at = config_at(n, "inclusion", NULL);

	if (k->inclusion == CACHE_EXCLUSIVE && k->prefetch)
		return yaml_err(config_at(n, "prefetch", NULL), e,
				"an exclusive cache takes only what nearer "
				"ones give up");
	if (k->inclusion == CACHE_INCLUSIVE && !k->allocate)
		return yaml_err(at, e,
				"an inclusive cache must allocate on writes");
	if (k->inclusion != CACHE_EXCLUSIVE)
		return 0;
	for (u32 i = 0; i < c->nr_caches; i++)
		if (c->caches[i].level < k->level && c->caches[i].type != 'i')
			return 0;
	return yaml_err(at, e, "the nearest cache cannot be exclusive");
}

static int check_cache(const struct config *c, const struct cache_bind *b,
		       const struct yaml_node *n, struct err *e)
{
	const struct config_cpu_cache *k = &b->cache;
	u64 way_bytes = (u64)k->line_bytes * k->ways;

	if (k->line_bytes & (k->line_bytes - 1))
		return yaml_err(config_at(n, "line", NULL), e,
				"a line of %u bytes; expected a power of two",
				k->line_bytes);
	if (k->size_bytes % way_bytes)
		return yaml_err(config_at(n, "size", NULL), e,
				"%lu bytes are no multiple of line x ways "
				"(%u x %u = %lu)",
				(unsigned long)k->size_bytes, k->line_bytes,
				k->ways, (unsigned long)way_bytes);
	if (check_ways(k, n, e) || check_inclusion(c, k, n, e))
		return -EINVAL;
	for (u32 i = 0; i < c->nr_caches; i++) {
		const struct config_cpu_cache *o = &c->caches[i];
		bool same =
			o->type == k->type || o->type == 'u' || k->type == 'u';

		if (o->level == k->level && same)
			return yaml_err(n, e,
					"a second level %u cache of "
					"this type",
					k->level);
		if (o->level > k->level)
			return yaml_err(n, e,
					"level %u after level %u; "
					"write the nearest cache first",
					k->level, o->level);
		if (o->level < k->level &&
		    o->latency_cycles >= k->latency_cycles)
			return yaml_err(config_at(n, "latency", NULL), e,
					"%u cycles is not above the %u of "
					"level %u",
					k->latency_cycles, o->latency_cycles,
					o->level);
	}
	return 0;
}

static void write_place(struct config_cpu_cache *k, const struct yaml_node *n)
{
	if (n->line)
		snprintf(k->place, sizeof(k->place), "%s:%u:%u", n->source,
			 n->line, n->column);
	else
		snprintf(k->place, sizeof(k->place), "%s", n->source);
}

int config_bind_caches(void *base, const struct yaml_node *n, struct err *e)
{
	struct config *c = base;
	struct cache_bind b;

	if (schema_want(n, YAML_LIST, "a list of caches, each \"- level: ...\"",
			e))
		return -EINVAL;
	if (n->nr > ARRAY_SIZE(c->caches))
		return yaml_err(n, e, "%u caches; %zu are the most", n->nr,
				ARRAY_SIZE(c->caches));
	c->nr_caches = 0;
	for (const struct yaml_node *v = n->child; v; v = v->next) {
		memset(&b, 0, sizeof(b));
		b.type = 2;
		b.cache.line_bytes = 64;
		b.cache.shared_cpus = 1;
		b.cache.allocate = true;
		if (schema_bind(config_cache_rows, &b, v, e))
			return -EINVAL;
		b.cache.type = cache_type_letters[b.type];
		b.cache.write_through = b.write;
		write_place(&b.cache, v);
		if (check_cache(c, &b, v, e))
			return -EINVAL;
		c->caches[c->nr_caches++] = b.cache;
	}
	return 0;
}

void config_write_caches(FILE *f, const void *base, u32 indent)
{
	const struct config *c = base;
	struct cache_bind b;

	if (!c->nr_caches) {
		fputs(" []\n", f);
		return;
	}
	putc('\n', f);
	for (u32 i = 0; i < c->nr_caches; i++) {
		b.cache = c->caches[i];
		b.write = b.cache.write_through;
		b.type = (u32)(strchr(cache_type_letters, b.cache.type) -
			       cache_type_letters);
		config_write_item(f, config_cache_rows, &b, indent + 2);
	}
}

#define TLB_AT(field) .offset = offsetof(struct config_tlb, field)
const struct schema_row config_tlb_rows[] = {
	{.key = "entries",
	 .type = SCHEMA_U32,
	 .required = true,
	 TLB_AT(entries),
	 .min = 1,
	 .max = 65536},
	{.key = "ways",
	 .type = SCHEMA_U32,
	 .required = true,
	 TLB_AT(ways),
	 .min = 1,
	 .max = 65536},
	{.key = "latency",
	 .type = SCHEMA_U32,
	 TLB_AT(latency_cycles),
	 .max = CPU_LATENCY_MAX},
	{0},
};

int config_bind_tlbs(void *base, const struct yaml_node *n, struct err *e)
{
	struct config *c = base;

	if (schema_want(n, YAML_LIST, "a list of TLBs, each \"- entries: ...\"",
			e))
		return -EINVAL;
	if (n->nr > CONFIG_TLBS_MAX)
		return yaml_err(n, e, "%u TLBs; %d are the most", n->nr,
				CONFIG_TLBS_MAX);
	c->nr_tlbs = 0;
	for (const struct yaml_node *v = n->child; v; v = v->next) {
		struct config_tlb *t = &c->tlbs[c->nr_tlbs++];

		*t = (struct config_tlb){0};
		if (schema_bind(config_tlb_rows, t, v, e))
			return -EINVAL;
		if (t->entries % t->ways)
			return yaml_err(config_at(v, "entries", NULL), e,
					"%u entries are no multiple of %u ways",
					t->entries, t->ways);
	}
	return 0;
}

void config_write_tlbs(FILE *f, const void *base, u32 indent)
{
	const struct config *c = base;

	fputs(c->nr_tlbs ? "\n" : " []\n", f);
	for (u32 i = 0; i < c->nr_tlbs; i++)
		config_write_item(f, config_tlb_rows, &c->tlbs[i], indent + 2);
}
