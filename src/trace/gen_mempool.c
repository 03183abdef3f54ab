/*
 * Workload files: mempools, made before the first phase.
 */
#include "trace/gen_internal.h"

#include "trace/names.h"

#include <errno.h>
#include <string.h>

struct pool_bind {
	struct gen_mempool pool; /* first: offsets of the rows */
	struct workload *w;
};

static int bind_cache(void *base, const struct yaml_node *n, struct err *e)
{
	struct pool_bind *b = base;

	return gen_bind_cache_name(b->w, n, &b->pool.cache, e);
}

#define POOL_AT(field) .offset = offsetof(struct pool_bind, pool.field)
const struct schema_row gen_mempool_rows[] = {
	{.key = "name",
	 .type = SCHEMA_STRING,
	 .required = true,
	 POOL_AT(name),
	 .max = GEN_NAME_MAX},
	{.key = "min_nr",
	 .type = SCHEMA_U32,
	 .required = true,
	 POOL_AT(min_nr),
	 .min = 1,
	 .max = 1 << 19},
	{.key = "cache", .type = SCHEMA_CUSTOM, .bind = bind_cache},
	{.key = "kmalloc",
	 .type = SCHEMA_SIZE32,
	 POOL_AT(bytes),
	 .min = 1,
	 .max = 4 << 20},
	{.key = "pages",
	 .type = SCHEMA_U32,
	 POOL_AT(order),
	 .max = GEN_ORDERS_MAX - 1},
	{0},
};

static const struct gen_mempool *find_pool(const struct workload *w,
					   const char *name)
{
	for (size_t i = 0; i < w->mempools.nr; i++)
		if (!strcmp(w->mempools.at[i].name, name))
			return &w->mempools.at[i];
	return NULL;
}

static int bind_pool(struct workload *w, const struct yaml_node *n,
		     struct err *e)
{
	struct pool_bind b = {.w = w};
	u32 over = 0;

	b.pool.cache = b.pool.order = GEN_NONE;
	if (schema_bind(gen_mempool_rows, &b, n, e))
		return -EINVAL;
	over += b.pool.cache != GEN_NONE;
	over += b.pool.bytes != 0;
	over += b.pool.order != GEN_NONE;
	if (over != 1)
		return yaml_err(n, e,
				"a mempool is over one of cache, kmalloc, "
				"pages");
	if (!name_is_valid(b.pool.name, strlen(b.pool.name)))
		return yaml_err(yaml_get(n, "name"), e,
				"a mempool's name has no blanks");
	if (find_pool(w, b.pool.name))
		return yaml_err(yaml_get(n, "name"), e,
				"there is a mempool '%s' already", b.pool.name);
	*VEC_PUSH(&w->mempools) = b.pool;
	return 0;
}

int gen_mempools_bind(struct workload *w, const struct yaml_node *root,
		      struct err *e)
{
	const struct yaml_node *n = yaml_get(root, "mempools");

	if (!n)
		return 0;
	if (schema_want(n, YAML_LIST,
			"a list of mempools, each \"- name: ...\"", e))
		return -EINVAL;
	if (n->nr > GEN_POOLS_MAX)
		return yaml_err(n, e, "%u mempools; %d are the most", n->nr,
				GEN_POOLS_MAX);
	for (const struct yaml_node *v = n->child; v; v = v->next)
		if (bind_pool(w, v, e))
			return -EINVAL;
	return 0;
}

int gen_bind_mempool_name(struct workload *w, const struct yaml_node *n,
			  u32 *index, struct err *e)
{
	const char *names[GEN_POOLS_MAX + 1] = {0};

	for (size_t i = 0; i < w->mempools.nr; i++)
		names[i] = w->mempools.at[i].name;
	return gen_bind_name(n, "a mempool", "mempool", "mempools", names,
			     index, e);
}
