/*
 * The keys of a machine file, in the order in which config_write() prints
 * them.  docs/machine-config.md explains each; a test compares the two.
 */
#include "sim/config_internal.h"

#include "base/bug.h"
#include "mm/swap.h"

#include <errno.h>

#define AT(field)	 .offset = offsetof(struct config, field)
#define CYCLES_MAX	 1000000000
#define DIRTY_BYTES_MAX	 ((u64)1 << 44)
#define MAPPING_SMALLEST ((u64)4096)
#define MAPPING_STEP	 9	      /* bits: 4 KiB, 2 MiB, 1 GiB */
#define MIN_FREE_MAX	 (1ull << 32) /* kB: 4 TiB */

static const char *const profile_names[] = {
	[PROFILE_LINUX_2_6] = "linux-2.6",
	[PROFILE_LINUX_3_8] = "linux-3.8",
	[PROFILE_LINUX_5_3] = "linux-5.3",
	[PROFILE_LINUX_6_1] = "linux-6.1",
	[NR_PROFILES] = NULL,
};
static const char *const zone_layout_names[] = {"x86_64", "i386", NULL};
static const char *const policy_names[] = {
	[MPOL_LOCAL] = "local",
	[MPOL_BIND] = "bind",
	[MPOL_INTERLEAVE] = "interleave",
	[MPOL_PREFERRED] = "preferred",
	NULL,
};
static const char *const model_names[] = {"none", "costs", "full", NULL};
static const char *const timing_names[] = {"recorded", "closed", NULL};
static const char *const cpu_map_names[] = {"modulo", "spread", "node", NULL};

static int bind_ratios(void *base, const struct yaml_node *n, struct err *e)
{
	struct config *c = base;
	u32 i = 0;
	u64 value;

	if (schema_want(n, YAML_LIST,
			"a list such as [256, 256, 32, 0, 0] (DMA, DMA32, "
			"Normal, HighMem, Movable)",
			e))
		return -EINVAL;
	if (n->nr > MAX_NR_ZONES)
		return yaml_err(n, e, "%u ratios; there are %d zones", n->nr,
				(int)MAX_NR_ZONES);
	for (const struct yaml_node *v = n->child; v; v = v->next) {
		if (schema_u64(v, 0, INT32_MAX, &value, e))
			return -EINVAL;
		c->mm.lowmem_reserve_ratio[i++] = (u32)value;
	}
	return 0;
}

static void write_ratios(FILE *f, const void *base, u32 indent)
{
	const struct config *c = base;

	(void)indent;
	for (u32 i = 0; i < MAX_NR_ZONES; i++)
		fprintf(f, "%s%u", i ? ", " : " [",
			c->mm.lowmem_reserve_ratio[i]);
	fputs("]\n", f);
}

static const char *const mapping_names[] = {"4KiB", "2MiB", "1GiB", NULL};

static int bind_mapping(void *base, const struct yaml_node *n, struct err *e)
{
	struct config *c = base;
	u32 idx;

	if (schema_enum(n, mapping_names, &idx, e))
		return -EINVAL;
	c->mapping_bytes = MAPPING_SMALLEST << (MAPPING_STEP * idx);
	return 0;
}

static void write_mapping(FILE *f, const void *base, u32 indent)
{
	const struct config *c = base;
	u32 idx = 0;

	(void)indent;
	while (c->mapping_bytes > MAPPING_SMALLEST << (MAPPING_STEP * idx))
		idx++;
	fprintf(f, " %s\n", mapping_names[idx]);
}

static const struct schema_row cpu_rows[] = {
	{.key = "frequency",
	 .type = SCHEMA_HZ,
	 AT(cpu_hz),
	 .min = 1000000,
	 .max = 100000000000},
	{.key = "caches",
	 .type = SCHEMA_CUSTOM,
	 .bind = config_bind_caches,
	 .write = config_write_caches},
	{.key = "tlbs",
	 .type = SCHEMA_CUSTOM,
	 .bind = config_bind_tlbs,
	 .write = config_write_tlbs},
	{.key = "mapping",
	 .type = SCHEMA_CUSTOM,
	 .bind = bind_mapping,
	 .write = write_mapping},
	{.key = "walk", .type = SCHEMA_U32, AT(walk_cycles), .max = CYCLES_MAX},
	{0},
};

static const struct schema_row memory_rows[] = {
	{.key = "zones",
	 .type = SCHEMA_ENUM,
	 AT(zones),
	 .names = zone_layout_names},
	{.key = "hole",
	 .type = SCHEMA_SIZE,
	 AT(hole_bytes),
	 .max = 4ull << 30,
	 .word = "auto",
	 .word_value = CONFIG_HOLE_AUTO},
	{.key = "firmware",
	 .type = SCHEMA_SIZE,
	 AT(firmware_bytes),
	 .max = 2 << 20},
	{.key = "latency",
	 .type = SCHEMA_U32,
	 AT(local_latency_cycles),
	 .min = 1,
	 .max = 100000},
	{.key = "bandwidth",
	 .type = SCHEMA_SIZE,
	 AT(bandwidth),
	 .min = 1 << 20,
	 .max = 64ull << 40,
	 .word = "none",
	 .word_value = 0},
	{0},
};

static const struct schema_row kernel_rows[] = {
	{.key = "profile",
	 .type = SCHEMA_ENUM,
	 AT(mm.profile),
	 .names = profile_names},
	{.key = "slab", .type = SCHEMA_STRING, AT(slab), .max = 16},
	{.key = "hz", .type = SCHEMA_U32, AT(hz), .min = 24, .max = 10000},
	{.key = "thp", .type = SCHEMA_BOOL, AT(mm.thp)},
	{.key = "memcg_kmem", .type = SCHEMA_BOOL, AT(mm.memcg_kmem)},
	{.key = "modules", .type = SCHEMA_BOOL, AT(modules)},
	{.key = "percpu_static",
	 .type = SCHEMA_SIZE32,
	 AT(percpu_static_bytes),
	 .max = 1ull << 20},
	{.key = "slub_cpu_partial",
	 .type = SCHEMA_BOOL,
	 AT(mm.slub_cpu_partial)},
	{.key = "slab_freelist_random",
	 .type = SCHEMA_BOOL,
	 AT(mm.slab_freelist_random)},
	{.key = "slab_colour", .type = SCHEMA_BOOL, AT(mm.slab_colour)},
	{.key = "slab_textbook", .type = SCHEMA_BOOL, AT(mm.slab_textbook)},
	{.key = "slab_tunables",
	 .type = SCHEMA_CUSTOM,
	 .bind = config_bind_tunables,
	 .write = config_write_tunables},
	{.key = "policy",
	 .type = SCHEMA_ENUM,
	 AT(policy),
	 .names = policy_names},
	{.key = "policy_nodes",
	 .type = SCHEMA_CUSTOM,
	 .bind = config_bind_policy_nodes,
	 .write = config_write_policy_nodes},
	{.key = "random_seed", .type = SCHEMA_U64, AT(mm.hash_seed)},
	{0},
};

static const struct schema_row vm_rows[] = {
	{.key = "min_free_kbytes",
	 .type = SCHEMA_U64,
	 AT(mm.min_free_kbytes),
	 .max = MIN_FREE_MAX,
	 .word = "auto",
	 .word_value = UINT64_MAX},
	{.key = "watermark_scale_factor",
	 .type = SCHEMA_U32,
	 AT(mm.watermark_scale_factor),
	 .min = 1,
	 .max = 3000},
	{.key = "watermark_boost_factor",
	 .type = SCHEMA_U32,
	 AT(mm.watermark_boost_factor),
	 .max = INT32_MAX},
	{.key = "lowmem_reserve_ratio",
	 .type = SCHEMA_CUSTOM,
	 .bind = bind_ratios,
	 .write = write_ratios},
	{.key = "percpu_pagelist_high_fraction",
	 .type = SCHEMA_U32,
	 AT(mm.percpu_pagelist_high_fraction),
	 .max = INT32_MAX},
	{.key = "reclaim", .type = SCHEMA_BOOL, AT(mm.reclaim)},
	{.key = "read_ahead_kb",
	 .type = SCHEMA_U32,
	 AT(mm.read_ahead_kb),
	 .max = 65536},
	{.key = "oom_kill_allocating_task",
	 .type = SCHEMA_BOOL,
	 AT(mm.oom_kill_allocating_task)},
	{.key = "compaction_proactiveness",
	 .type = SCHEMA_U32,
	 AT(mm.compaction_proactiveness),
	 .max = 100},
	{.key = "extfrag_threshold",
	 .type = SCHEMA_U32,
	 AT(mm.extfrag_threshold),
	 .max = 1000},
	{.key = "compact_unevictable_allowed",
	 .type = SCHEMA_BOOL,
	 AT(mm.compact_unevictable_allowed)},
	{.key = "dirty_ratio",
	 .type = SCHEMA_U32,
	 AT(mm.dirty_ratio),
	 .max = 100,
	 .word = "auto",
	 .word_value = DIRTY_RATIO_AUTO},
	{.key = "dirty_background_ratio",
	 .type = SCHEMA_U32,
	 AT(mm.dirty_background_ratio),
	 .max = 100},
	{.key = "dirty_bytes",
	 .type = SCHEMA_SIZE,
	 AT(mm.dirty_bytes),
	 .max = DIRTY_BYTES_MAX},
	{.key = "dirty_background_bytes",
	 .type = SCHEMA_SIZE,
	 AT(mm.dirty_background_bytes),
	 .max = DIRTY_BYTES_MAX},
	{.key = "dirty_expire_centisecs",
	 .type = SCHEMA_U32,
	 AT(mm.dirty_expire_centisecs),
	 .max = INT32_MAX},
	{.key = "dirty_writeback_centisecs",
	 .type = SCHEMA_U32,
	 AT(mm.dirty_writeback_centisecs),
	 .max = INT32_MAX},
	{.key = "swappiness",
	 .type = SCHEMA_U32,
	 AT(mm.swappiness),
	 .max = 200},
	{.key = "slab_unused",
	 .type = SCHEMA_U32,
	 AT(slab_unused_percent),
	 .max = 100},
	{0},
};

static const struct schema_row io_rows[] = {
	{.key = "files",
	 .type = SCHEMA_STRING,
	 AT(io_files),
	 .max = CONFIG_DEVICE_NAME_MAX},
	{0},
};

static const struct schema_row swap_rows[] = {
	{.key = "size",
	 .type = SCHEMA_SIZE,
	 AT(mm.swap_bytes),
	 .max = SWAP_BYTES_MAX},
	{.key = "device",
	 .type = SCHEMA_STRING,
	 AT(io_swap),
	 .max = CONFIG_DEVICE_NAME_MAX},
	{0},
};

static const struct schema_row boot_rows[] = {
	{.key = "slab_nomerge", .type = SCHEMA_BOOL, AT(mm.slab_nomerge)},
	{.key = "slub_min_order",
	 .type = SCHEMA_U32,
	 AT(mm.slub_min_order),
	 .max = MAX_ORDER - 1},
	{.key = "slub_max_order",
	 .type = SCHEMA_U32,
	 AT(mm.slub_max_order),
	 .max = MAX_ORDER - 1},
	{.key = "slub_min_objects",
	 .type = SCHEMA_U32,
	 AT(mm.slub_min_objects),
	 .max = 32767},
	{.key = "slub_debug", .type = SCHEMA_BOOL, AT(mm.slub_debug)},
	{.key = "page_alloc_shuffle",
	 .type = SCHEMA_BOOL,
	 AT(mm.shuffle_page_allocator)},
	{.key = "page_group_by_mobility_disabled",
	 .type = SCHEMA_BOOL,
	 AT(mm.page_group_by_mobility_disabled)},
	{0},
};

#define COST(name, id)                                                  \
	{                                                               \
		.key = (name), .type = SCHEMA_U32, AT(cost_cycles[id]), \
		.max = CYCLES_MAX                                       \
	}
const struct schema_row config_cost_rows[] = {
	COST("slab_fast", COST_SLAB_FAST),
	COST("slab_array", COST_SLAB_ARRAY),
	COST("slab_slow", COST_SLAB_SLOW),
	COST("slab_partial", COST_SLAB_PARTIAL),
	COST("slab_new", COST_SLAB_NEW),
	COST("slab_discard", COST_SLAB_DISCARD),
	COST("page_pcp", COST_PAGE_PCP),
	COST("page_pcp_free", COST_PAGE_PCP_FREE),
	COST("page_buddy", COST_PAGE_BUDDY),
	COST("page_buddy_free", COST_PAGE_BUDDY_FREE),
	COST("page_direct", COST_PAGE_DIRECT),
	COST("page_compound", COST_PAGE_COMPOUND),
	COST("page_check", COST_PAGE_CHECK),
	COST("foreign_page", COST_FOREIGN_PAGE),
	COST("buddy_split", COST_BUDDY_SPLIT),
	COST("buddy_merge", COST_BUDDY_MERGE),
	COST("page_steal", COST_PAGE_STEAL),
	COST("page_slowpath", COST_PAGE_SLOWPATH),
	COST("remote_node", COST_REMOTE_NODE),
	COST("zero_page", COST_ZERO_PAGE),
	COST("percpu", COST_PERCPU),
	COST("mempool", COST_MEMPOOL),
	COST("lru_scan", COST_LRU_SCAN),
	COST("lru_reclaim", COST_LRU_RECLAIM),
	COST("shrink_scan", COST_SHRINK_SCAN),
	COST("compact_scan", COST_COMPACT_SCAN),
	COST("page_migrate", COST_PAGE_MIGRATE),
	COST("page_cache_lookup", COST_PAGE_CACHE_LOOKUP),
	COST("page_cache_insert", COST_PAGE_CACHE_INSERT),
	COST("write_page", COST_WRITE_PAGE),
	{.key = "lock", .type = SCHEMA_U32, AT(lock.cycles), .max = CYCLES_MAX},
	{.key = "lock_transfer",
	 .type = SCHEMA_U32,
	 AT(lock.transfer_cycles),
	 .max = CYCLES_MAX},
	{.key = "lock_transfer_remote",
	 .type = SCHEMA_U32,
	 AT(lock.transfer_remote_cycles),
	 .max = CYCLES_MAX},
	{0},
};
_Static_assert(ARRAY_SIZE(config_cost_rows) == NR_COSTS + NR_LOCK_COSTS + 1,
	       "a cost has no key");

static const struct schema_row touch_rows[] = {
	{.key = "hot_bytes",
	 .type = SCHEMA_SIZE32,
	 AT(hot_bytes),
	 .max = 4 << 20},
	{0},
};

static const struct schema_row sim_rows[] = {
	{.key = "model", .type = SCHEMA_ENUM, AT(model), .names = model_names},
	{.key = "timing",
	 .type = SCHEMA_ENUM,
	 AT(timing),
	 .names = timing_names},
	{.key = "think_time", .type = SCHEMA_BOOL, AT(think_time)},
	{.key = "cpu_map",
	 .type = SCHEMA_ENUM,
	 AT(cpu_map),
	 .names = cpu_map_names},
	{.key = "seed", .type = SCHEMA_U64, AT(seed)},
	{.key = "sample_points",
	 .type = SCHEMA_U32,
	 AT(sample_points),
	 .min = 2,
	 .max = 100000},
	{.key = "sample_interval",
	 .type = SCHEMA_NS,
	 AT(sample_interval_ns),
	 .word = "auto",
	 .word_value = 0},
	{.key = "costs", .type = SCHEMA_MAP, .sub = config_cost_rows},
	{.key = "touch", .type = SCHEMA_MAP, .sub = touch_rows},
	{.key = "miss_classes", .type = SCHEMA_BOOL, AT(miss_classes)},
	{0},
};

const struct schema_row config_rows[] = {
	{.key = "name",
	 .type = SCHEMA_STRING,
	 AT(name),
	 .max = CONFIG_NAME_MAX},
	{.key = "nodes",
	 .type = SCHEMA_CUSTOM,
	 .required = true,
	 .bind = config_bind_nodes,
	 .write = config_write_nodes},
	{.key = "distances",
	 .type = SCHEMA_CUSTOM,
	 .bind = config_bind_distances,
	 .write = config_write_distances},
	{.key = "memory", .type = SCHEMA_MAP, .sub = memory_rows},
	{.key = "cpu", .type = SCHEMA_MAP, .sub = cpu_rows},
	{.key = "kernel", .type = SCHEMA_MAP, .sub = kernel_rows},
	{.key = "vm", .type = SCHEMA_MAP, .sub = vm_rows},
	{.key = "devices",
	 .type = SCHEMA_CUSTOM,
	 .bind = config_bind_devices,
	 .write = config_write_devices},
	{.key = "io", .type = SCHEMA_MAP, .sub = io_rows},
	{.key = "swap", .type = SCHEMA_MAP, .sub = swap_rows},
	{.key = "boot", .type = SCHEMA_MAP, .sub = boot_rows},
	{.key = "sim", .type = SCHEMA_MAP, .sub = sim_rows},
	{0},
};
