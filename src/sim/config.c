#include "sim/config.h"

#include "base/bug.h"
#include "mm/slab.h"
#include "sim/config_internal.h"
#include "sim/cpucache.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_SOURCE "(default machine)"

/*
 * Prices in cycles, for `sim.model: costs`.  They are round figures of the
 * size that is published for x86 servers of about 2015 to 2022, not
 * measurements of one machine: docs/machine-config.md gives the reasons.
 */
static const u32 default_costs[NR_COSTS] = {
	[COST_SLAB_FAST] = 34,
	[COST_SLAB_ARRAY] = 60,
	[COST_SLAB_SLOW] = 150,
	[COST_SLAB_PARTIAL] = 200,
	[COST_SLAB_NEW] = 1200,
	[COST_SLAB_DISCARD] = 500,
	[COST_PAGE_PCP] = 80,
	[COST_PAGE_PCP_FREE] = 80,
	[COST_PAGE_BUDDY] = 60,
	[COST_PAGE_BUDDY_FREE] = 60,
	[COST_PAGE_DIRECT] = 60,
	[COST_PAGE_COMPOUND] = 5,
	[COST_PAGE_CHECK] = 160,
	[COST_FOREIGN_PAGE] = 60,
	[COST_BUDDY_SPLIT] = 25,
	[COST_BUDDY_MERGE] = 30,
	[COST_PAGE_STEAL] = 1000,
	[COST_PAGE_SLOWPATH] = 800,
	[COST_REMOTE_NODE] = 130,
	[COST_ZERO_PAGE] = 260,
	[COST_PERCPU] = 250,
	[COST_MEMPOOL] = 100,
	[COST_LRU_SCAN] = 100,
	[COST_LRU_RECLAIM] = 900,
	[COST_SHRINK_SCAN] = 150,
	[COST_COMPACT_SCAN] = 20,
	[COST_PAGE_MIGRATE] = 7000,
	[COST_PAGE_CACHE_LOOKUP] = 60,
	[COST_PAGE_CACHE_INSERT] = 400,
	[COST_WRITE_PAGE] = 1500,
};

static void set_defaults(struct config *c, const char *source)
{
	static const u32 ratios[MAX_NR_ZONES] = {256, 256, 32, 0, 0};

	memset(c, 0, sizeof(*c));
	snprintf(c->source, sizeof(c->source), "%s", source);
	snprintf(c->name, sizeof(c->name), "machine");
	snprintf(c->slab, sizeof(c->slab), "slub");
	c->cpu_hz = 2500000000;
	c->local_latency_cycles = 220;
	c->mapping_bytes = 2 << 20;
	c->walk_cycles = 30;
	c->zones = ZONES_X86_64;
	c->hole_bytes = CONFIG_HOLE_AUTO;
	c->firmware_bytes = 128 << 10;
	c->hz = 250;
	c->mm.profile = PROFILE_LINUX_6_1;
	c->mm.hash_seed = 0; /* 0: no dice, always the likelier */
	c->mm.min_free_kbytes = -1;
	c->mm.watermark_scale_factor = 10;
	c->mm.watermark_boost_factor = 15000;
	memcpy(c->mm.lowmem_reserve_ratio, ratios, sizeof(ratios));
	c->mm.dirty_ratio = DIRTY_RATIO_AUTO;
	c->mm.dirty_background_ratio = 10;
	c->mm.dirty_expire_centisecs = 3000;
	c->mm.dirty_writeback_centisecs = 500;
	c->mm.swappiness = 60;
	snprintf(c->io_files, sizeof(c->io_files), "none");
	snprintf(c->io_swap, sizeof(c->io_swap), "none");
	c->mm.thp = true;
	c->mm.compaction_proactiveness = 20;
	c->mm.extfrag_threshold = 500;
	c->mm.compact_unevictable_allowed = true;
	c->mm.read_ahead_kb = 128;
	c->mm.slub_max_order = 3;
	c->mm.slub_cpu_partial = true;
	c->mm.slab_colour = true;
	c->mm.memcg_kmem = true;
	c->modules = true;
	c->percpu_static_bytes = 208896; /* 51 pages: a distribution's */
	c->seed = 1;
	c->hot_bytes = 64;
	c->miss_classes = true;
	c->sample_points = 200;
	memcpy(c->cost_cycles, default_costs, sizeof(default_costs));
	c->lock = (struct config_lock_costs){.cycles = 20,
					     .transfer_cycles = 150,
					     .transfer_remote_cycles = 400};
}

const struct yaml_node *config_at(const struct yaml_node *root, const char *a,
				  const char *b)
{
	const struct yaml_node *n = yaml_get(root, a);
	const struct yaml_node *leaf = n && b ? yaml_get(n, b) : NULL;

	if (leaf)
		return leaf;
	return n ? n : root;
}

static int check_slab(struct config *c, const struct yaml_node *root,
		      struct err *e)
{
	static const char *const known[] = {"slub", "slab", "slob", NULL};
	const struct yaml_node *n = config_at(root, "kernel", "slab");
	u32 idx;

	if (n->key && !strcmp(n->key, "slab") && schema_enum(n, known, &idx, e))
		return -EINVAL;
	c->mm.slab_ops = slab_ops_by_name(c->slab);
	if (!c->mm.slab_ops)
		return yaml_err(n, e,
				"kernel.slab '%s' is not in this "
				"version of kmemsim; use slub",
				c->slab);
	return 0;
}

static int check_limits(const struct config *c, const struct yaml_node *root,
			struct err *e)
{
	u32 fraction = c->mm.percpu_pagelist_high_fraction;

	if (fraction && fraction < 8)
		return yaml_err(
			config_at(root, "vm", "percpu_pagelist_high_fraction"),
			e, "'%u' is out of range: 0, or 8 and more", fraction);
	if (c->mm.slub_min_order > c->mm.slub_max_order)
		return yaml_err(config_at(root, "boot", "slub_min_order"), e,
				"slub_min_order %u is above slub_max_order %u",
				c->mm.slub_min_order, c->mm.slub_max_order);
	return 0;
}

static int check_model(const struct config *c, const struct yaml_node *root,
		       struct err *e)
{
	if (c->model != MODEL_FULL)
		return 0;
	for (u32 i = 0; i < c->nr_caches; i++)
		if (c->caches[i].type != 'i')
			return 0;
	return yaml_err(config_at(root, "sim", "model"), e,
			"model full needs cpu.caches with a data cache");
}

static int config_from_tree(struct config *c, struct yaml_tree *t,
			    const char *const *sets, u32 nr_sets, struct err *e)
{
	const struct yaml_node *root = yaml_tree_root(t);

	for (u32 i = 0; i < nr_sets; i++)
		if (yaml_tree_set(t, sets[i], e))
			return -EINVAL;
	if (schema_bind(config_rows, c, root, e) || check_slab(c, root, e) ||
	    check_limits(c, root, e) || check_model(c, root, e) ||
	    config_check_io(c, root, e) || config_check_topology(c, root, e) ||
	    config_check_shared(c, root, e) || config_check_policy(c, root, e))
		return -EINVAL;
	if (c->model == MODEL_FULL && cpucache_fits(c, e))
		return -EINVAL;
	return config_layout(c, root, e);
}

static int load_tree(struct config *c, const char *source, struct yaml_tree *t,
		     const char *const *sets, u32 nr_sets, struct err *e)
{
	int rc;

	if (!t)
		return e && e->code ? e->code : -EINVAL;
	set_defaults(c, source);
	rc = config_from_tree(c, t, sets, nr_sets, e);
	yaml_tree_free(t);
	return rc;
}

int config_parse(struct config *c, const char *source, const char *text,
		 size_t len, const char *const *sets, u32 nr_sets,
		 struct err *e)
{
	return load_tree(c, source, yaml_tree_parse(source, text, len, e), sets,
			 nr_sets, e);
}

int config_load(struct config *c, const char *path, const char *const *sets,
		u32 nr_sets, struct err *e)
{
	if (!path)
		return config_parse(c, DEFAULT_SOURCE, config_default_yaml,
				    strlen(config_default_yaml), sets, nr_sets,
				    e);
	return load_tree(c, path, yaml_tree_load(path, e), sets, nr_sets, e);
}

char *config_write(const struct config *c)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		BUG();
	fputs("# Everything resolved: running this file again gives the same "
	      "machine.\n",
	      f);
	schema_write(f, config_rows, c, 0);
	if (fclose(f))
		BUG();
	return text;
}
