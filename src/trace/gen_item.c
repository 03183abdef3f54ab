/*
 * Workload files: what an item of a mix allocates, and for how long.
 */
#include "trace/gen_internal.h"

#include "trace/names.h"

#include <errno.h>
#include <string.h>

struct item_bind {
	struct gen_item item; /* first: offsets of the rows */
	struct workload *w;
};

static int set_what(struct gen_item *item, enum gen_what what,
		    const struct yaml_node *n, struct err *e)
{
	if (item->what != GEN_NOTHING)
		return yaml_err_key(n, e,
				    "an item has one of cache, kmalloc, "
				    "pages, percpu, mempool");
	item->what = what;
	return 0;
}

static int bind_item_cache(void *base, const struct yaml_node *n, struct err *e)
{
	struct item_bind *b = base;

	if (set_what(&b->item, GEN_CACHE, n, e))
		return -EINVAL;
	return gen_bind_cache_name(b->w, n, &b->item.cache, e);
}

static int bind_item_mempool(void *base, const struct yaml_node *n,
			     struct err *e)
{
	struct item_bind *b = base;

	if (set_what(&b->item, GEN_MEMPOOL, n, e))
		return -EINVAL;
	return gen_bind_mempool_name(b->w, n, &b->item.cache, e);
}

static int bind_size(struct item_bind *b, enum gen_what what,
		     const struct yaml_node *n, struct err *e)
{
	if (set_what(&b->item, what, n, e) ||
	    dist_bind(&b->item.size, n, DIST_BYTES, e))
		return -EINVAL;
	if (b->item.size.at_least < 1)
		b->item.size.at_least = 1;
	if (b->item.size.at_most < 1)
		return yaml_err(n, e, "the largest size is 0");
	return 0;
}

static int bind_kmalloc(void *base, const struct yaml_node *n, struct err *e)
{
	return bind_size(base, GEN_KMALLOC, n, e);
}

static int bind_percpu(void *base, const struct yaml_node *n, struct err *e)
{
	return bind_size(base, GEN_PERCPU, n, e);
}

static int bind_pages(void *base, const struct yaml_node *n, struct err *e)
{
	struct item_bind *b = base;
	double sum = 0;
	u32 order = 0;

	if (set_what(&b->item, GEN_PAGES, n, e) ||
	    schema_want(n, YAML_LIST,
			"weights of order 0, 1, ... such as "
			"[90, 8, 2]",
			e))
		return -EINVAL;
	if (!n->nr || n->nr > GEN_ORDERS_MAX)
		return yaml_err(n, e, "%u weights; 1 to %d are possible", n->nr,
				GEN_ORDERS_MAX);
	for (const struct yaml_node *v = n->child; v; v = v->next) {
		double *weight = &b->item.order_weights[order++];

		if (schema_double(v, 0, 1e12, weight, e))
			return -EINVAL;
		sum += *weight;
	}
	if (sum <= 0)
		return yaml_err(n, e, "all weights are 0");
	b->item.orders = gsl_ran_discrete_preproc(order, b->item.order_weights);
	return 0;
}

static int bind_lifetime(void *base, const struct yaml_node *n, struct err *e)
{
	struct item_bind *b = base;

	return dist_bind(&b->item.lifetime, n, DIST_TIME, e);
}

static int bind_gfp(void *base, const struct yaml_node *n, struct err *e)
{
	struct item_bind *b = base;
	struct err why = {0};

	if (schema_want(n, YAML_SCALAR, "flags such as GFP_KERNEL|__GFP_ZERO",
			e))
		return -EINVAL;
	if (gfp_parse(n->text, strlen(n->text), &b->item.gfp, &why))
		return yaml_err(n, e, "%.300s", why.text);
	return 0;
}

static int bind_node(void *base, const struct yaml_node *n, struct err *e)
{
	struct item_bind *b = base;
	u64 node;

	if (n->kind == YAML_SCALAR && !strcmp(n->text, "any")) {
		b->item.node = -1;
		return 0;
	}
	if (schema_u64(n, 0, TRACE_NODES_MAX - 1, &node, e))
		return -EINVAL;
	b->item.node = (s16)node;
	return 0;
}

#define ITEM_AT(field) .offset = offsetof(struct item_bind, item.field)
const struct schema_row gen_item_rows[] = {
	{.key = "cache", .type = SCHEMA_CUSTOM, .bind = bind_item_cache},
	{.key = "kmalloc", .type = SCHEMA_CUSTOM, .bind = bind_kmalloc},
	{.key = "pages", .type = SCHEMA_CUSTOM, .bind = bind_pages},
	{.key = "percpu", .type = SCHEMA_CUSTOM, .bind = bind_percpu},
	{.key = "mempool", .type = SCHEMA_CUSTOM, .bind = bind_item_mempool},
	{.key = "align",
	 .type = SCHEMA_SIZE32,
	 ITEM_AT(align),
	 .min = 1,
	 .max = 4096},
	{.key = "weight", .type = SCHEMA_DOUBLE, ITEM_AT(weight), .most = 1e12},
	{.key = "lifetime", .type = SCHEMA_CUSTOM, .bind = bind_lifetime},
	{.key = "keep", .type = SCHEMA_BOOL, ITEM_AT(keep)},
	{.key = "remote_free",
	 .type = SCHEMA_DOUBLE,
	 ITEM_AT(remote_free),
	 .most = 1},
	{.key = "gfp", .type = SCHEMA_CUSTOM, .bind = bind_gfp},
	{.key = "node", .type = SCHEMA_CUSTOM, .bind = bind_node},
	{.key = "site",
	 .type = SCHEMA_STRING,
	 ITEM_AT(site_name),
	 .max = GEN_NAME_MAX},
	{0},
};

void gen_item_free(struct gen_item *item)
{
	dist_free(&item->size);
	dist_free(&item->lifetime);
	gsl_ran_discrete_free(item->orders);
}

static int check_item(const struct gen_item *item, const struct yaml_node *n,
		      struct err *e)
{
	if (item->what == GEN_NOTHING)
		return yaml_err(n, e,
				"an item needs one of cache, kmalloc, "
				"pages, percpu, mempool");
	if (item->keep == (item->lifetime.kind != NULL))
		return yaml_err(n, e,
				"an item needs either lifetime or "
				"keep: true");
	if (item->site_name[0] &&
	    !name_is_valid(item->site_name, strlen(item->site_name)))
		return yaml_err(yaml_get(n, "site"), e,
				"the name of a site has no blanks");
	if (item->align & (item->align - 1))
		return yaml_err(yaml_get(n, "align"), e,
				"expected a power of two, not %u", item->align);
	return 0;
}

int gen_item_bind(struct gen_item *item, struct workload *w,
		  const struct yaml_node *n, struct err *e)
{
	struct item_bind b = {.w = w};

	b.item.weight = 1;
	b.item.remote_free = -1;
	b.item.gfp = GFP_KERNEL;
	b.item.node = -1;
	b.item.align = 8;
	if (schema_bind(gen_item_rows, &b, n, e) || check_item(&b.item, n, e)) {
		gen_item_free(&b.item);
		return -EINVAL;
	}
	*item = b.item;
	return 0;
}
