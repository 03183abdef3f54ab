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
				    "pages, percpu, mempool, read, write, "
				    "remove");
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

static int bind_io(struct item_bind *b, enum gen_what what,
		   const struct yaml_node *n, struct err *e)
{
	if (set_what(&b->item, what, n, e))
		return -EINVAL;
	return gen_bind_fileset_name(b->w, n, &b->item.io.set, e);
}

static int bind_read(void *base, const struct yaml_node *n, struct err *e)
{
	return bind_io(base, GEN_FILE_READ, n, e);
}

static int bind_write(void *base, const struct yaml_node *n, struct err *e)
{
	return bind_io(base, GEN_FILE_WRITE, n, e);
}

static int bind_remove(void *base, const struct yaml_node *n, struct err *e)
{
	return bind_io(base, GEN_FILE_REMOVE, n, e);
}

static int bind_access(void *base, const struct yaml_node *n, struct err *e)
{
	struct item_bind *b = base;

	return gen_bind_access(&b->item.io, n, e);
}

static int bind_io_bytes(void *base, const struct yaml_node *n, struct err *e)
{
	struct item_bind *b = base;

	return gen_bind_io_bytes(&b->item.io, n, e);
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

static int bind_touches(void *base, const struct yaml_node *n, struct err *e)
{
	struct gen_touches *t = &((struct item_bind *)base)->item.touch;

	return dist_bind(&t->nr, n, DIST_COUNT, e);
}

static int bind_interval(void *base, const struct yaml_node *n, struct err *e)
{
	struct gen_touches *t = &((struct item_bind *)base)->item.touch;

	if (dist_bind(&t->interval, n, DIST_TIME, e))
		return -EINVAL;
	if (t->interval.at_least < 1)
		t->interval.at_least = 1;
	if (t->interval.at_most < 1)
		return yaml_err(n, e, "the longest time is 0");
	return 0;
}

static int bind_offset(void *base, const struct yaml_node *n, struct err *e)
{
	static const char *const words[] = {[GEN_HOT] = "hot",
					    [GEN_UNIFORM] = "uniform",
					    [GEN_SEQUENTIAL] = "sequential"};
	struct gen_touches *t = &((struct item_bind *)base)->item.touch;

	for (u32 i = 0; n->kind == YAML_SCALAR && i < ARRAY_SIZE(words); i++) {
		if (strcmp(n->text, words[i]))
			continue;
		t->where = (enum gen_where)i;
		return 0;
	}
	if (n->kind == YAML_SCALAR && !(n->text[0] >= '0' && n->text[0] <= '9'))
		return yaml_err(n, e,
				"expected hot, uniform, sequential or a "
				"distribution of bytes, not '%.60s'",
				n->text);
	t->where = GEN_OFFSET;
	return dist_bind(&t->offset, n, DIST_BYTES, e);
}

static int bind_bytes(void *base, const struct yaml_node *n, struct err *e)
{
	struct gen_touches *t = &((struct item_bind *)base)->item.touch;

	if (dist_bind(&t->bytes, n, DIST_BYTES, e))
		return -EINVAL;
	if (t->bytes.at_least < 1)
		t->bytes.at_least = 1;
	if (t->bytes.at_most < 1)
		return yaml_err(n, e, "the longest access has 0 bytes");
	return 0;
}

static int bind_task(void *base, const struct yaml_node *n, struct err *e)
{
	struct item_bind *b = base;

	return gen_task_named(b->w, n, &b->item.task, e);
}

#define ITEM_AT(field) .offset = offsetof(struct item_bind, item.field)
const struct schema_row gen_item_rows[] = {
	{.key = "cache", .type = SCHEMA_CUSTOM, .bind = bind_item_cache},
	{.key = "kmalloc", .type = SCHEMA_CUSTOM, .bind = bind_kmalloc},
	{.key = "pages", .type = SCHEMA_CUSTOM, .bind = bind_pages},
	{.key = "percpu", .type = SCHEMA_CUSTOM, .bind = bind_percpu},
	{.key = "mempool", .type = SCHEMA_CUSTOM, .bind = bind_item_mempool},
	{.key = "read", .type = SCHEMA_CUSTOM, .bind = bind_read},
	{.key = "write", .type = SCHEMA_CUSTOM, .bind = bind_write},
	{.key = "remove", .type = SCHEMA_CUSTOM, .bind = bind_remove},
	{.key = "access", .type = SCHEMA_CUSTOM, .bind = bind_access},
	{.key = "io_bytes", .type = SCHEMA_CUSTOM, .bind = bind_io_bytes},
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
	{.key = "task", .type = SCHEMA_CUSTOM, .bind = bind_task},
	{.key = "hot_bytes",
	 .type = SCHEMA_SIZE32,
	 ITEM_AT(touch.hot_bytes),
	 .max = GEN_HOT_MAX},
	{.key = "touches", .type = SCHEMA_CUSTOM, .bind = bind_touches},
	{.key = "touch_interval", .type = SCHEMA_CUSTOM, .bind = bind_interval},
	{.key = "touch_offset", .type = SCHEMA_CUSTOM, .bind = bind_offset},
	{.key = "touch_bytes", .type = SCHEMA_CUSTOM, .bind = bind_bytes},
	{.key = "touch_reads",
	 .type = SCHEMA_DOUBLE,
	 ITEM_AT(touch.reads),
	 .most = 1},
	{.key = "touch_remote",
	 .type = SCHEMA_DOUBLE,
	 ITEM_AT(touch.remote),
	 .most = 1},
	{0},
};

void gen_item_free(struct gen_item *item)
{
	dist_free(&item->io.offset);
	dist_free(&item->io.bytes);
	dist_free(&item->touch.nr);
	dist_free(&item->touch.interval);
	dist_free(&item->touch.offset);
	dist_free(&item->touch.bytes);
	dist_free(&item->size);
	dist_free(&item->lifetime);
	gsl_ran_discrete_free(item->orders);
}

/* Keys that an operation on files has no use for, and those only it has. */
static int check_io(const struct gen_item *item, const struct yaml_node *n,
		    struct err *e)
{
	static const char *const others[] = {
		"lifetime",	  "keep",	  "remote_free", "gfp",
		"node",		  "align",	  "hot_bytes",	 "touches",
		"touch_interval", "touch_offset", "touch_bytes", "touch_reads",
		"touch_remote"};
	static const char *const own[] = {"access", "io_bytes"};
	bool io = gen_is_io(item->what);
	u32 nr = io ? (u32)ARRAY_SIZE(others) : (u32)ARRAY_SIZE(own);

	for (u32 i = 0; i < nr; i++) {
		const struct yaml_node *v =
			yaml_get(n, io ? others[i] : own[i]);

		if (v)
			return yaml_err(v, e,
					io ? "an operation on files has no %s"
					   : "only read and write have %s",
					io ? others[i] : own[i]);
	}
	if (item->io.access == GEN_ACCESS_APPEND && item->what == GEN_FILE_READ)
		return yaml_err(yaml_get(n, "access"), e, "only writes append");
	return 0;
}

static int check_item(const struct gen_item *item, const struct yaml_node *n,
		      struct err *e)
{
	if (item->what == GEN_NOTHING)
		return yaml_err(n, e,
				"an item needs one of cache, kmalloc, "
				"pages, percpu, mempool, read, write, "
				"remove");
	if (check_io(item, n, e))
		return -EINVAL;
	if (!gen_is_io(item->what) &&
	    item->keep == (item->lifetime.kind != NULL))
		return yaml_err(n, e,
				"an item needs either lifetime or "
				"keep: true");
	if (item->touch.nr.kind && item->touch.interval.kind)
		return yaml_err(yaml_get(n, "touch_interval"), e,
				"touches says how many, touch_interval how "
				"often: one of them");
	if (item->touch.nr.kind && item->keep)
		return yaml_err(yaml_get(n, "touches"), e,
				"an object that is kept has no lifetime to "
				"spread touches over; give touch_interval");
	if (item->touch.where == GEN_HOT && !item->touch.hot_bytes &&
	    (item->touch.nr.kind || item->touch.interval.kind))
		return yaml_err(yaml_get(n, "hot_bytes"), e,
				"no hot bytes to touch; give touch_offset");
	if (item->site_name[0] &&
	    !name_is_valid(item->site_name, strlen(item->site_name)))
		return yaml_err(yaml_get(n, "site"), e,
				"the name of a site has no blanks");
	if (item->align & (item->align - 1))
		return yaml_err(yaml_get(n, "align"), e,
				"expected a power of two, not %u", item->align);
	return 0;
}

/* A key of the model of touches: then all of it holds. */
static bool tells(const struct yaml_node *n)
{
	static const char *const keys[] = {
		"hot_bytes",   "touches",     "touch_interval", "touch_offset",
		"touch_bytes", "touch_reads", "touch_remote"};

	for (u32 i = 0; i < ARRAY_SIZE(keys); i++)
		if (yaml_get(n, keys[i]))
			return true;
	return false;
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
	dist_constant(&b.item.io.bytes, DIST_BYTES, GEN_IO_BYTES);
	b.item.touch.hot_bytes = GEN_HOT_BYTES;
	b.item.touch.reads = GEN_TOUCH_READS;
	dist_constant(&b.item.touch.bytes, DIST_BYTES, GEN_TOUCH_BYTES);
	if (schema_bind(gen_item_rows, &b, n, e) || check_item(&b.item, n, e)) {
		gen_item_free(&b.item);
		return -EINVAL;
	}
	*item = b.item;
	item->touch.told = tells(n);
	return 0;
}
