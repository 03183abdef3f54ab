/*
 * procfiles.c - what /proc of Linux 6.1 would show, byte for byte in layout.
 *
 * Which lines there are follows the zone layout of the machine: x86_64 has
 * DMA, DMA32, Normal, Movable, Device; i386 has DMA, Normal, HighMem, Movable.
 * A field that is not modelled reads 0; docs/report.md lists them.
 */
#include "report/frag.h"
#include "report/view.h"

#include "base/compiler.h"

#include <inttypes.h>
#include <string.h>

#define KIB_OF_PAGES(p)	       ((p) << 2)
#define FREECOUNT_MAX	       100000u /* where the kernel stops counting blocks */
#define UNRECLAIMABLE_FAILURES 16      /* kswapd gave up on the node */
#define NO_ZONE		       MAX_NR_ZONES

struct layout_zone {
	const char *name;
	const char *lower; /* in names of events */
	u32 type;	   /* enum zone_type; NO_ZONE: never holds memory */
};

struct layout {
	u32 nr;
	struct layout_zone zones[MAX_NR_ZONES];
};

static const struct layout layouts[] = {
	[ZONES_X86_64] = {5,
			  {{"DMA", "dma", ZONE_DMA},
			   {"DMA32", "dma32", ZONE_DMA32},
			   {"Normal", "normal", ZONE_NORMAL},
			   {"Movable", "movable", ZONE_MOVABLE},
			   {"Device", "device", NO_ZONE}}},
	[ZONES_I386] = {4,
			{{"DMA", "dma", ZONE_DMA},
			 {"Normal", "normal", ZONE_NORMAL},
			 {"HighMem", "high", ZONE_HIGHMEM},
			 {"Movable", "movable", ZONE_MOVABLE}}},
};

static const struct layout *layout_of(const struct report_view *v)
{
	return &layouts[v->config->zones];
}

static const struct zone_snapshot *find_zone(const struct mm_snapshot *s,
					     u32 nid, u32 type)
{
	for (u32 i = 0; i < s->nr_zones; i++)
		if (s->zones[i].node == nid && s->zones[i].type == type &&
		    s->zones[i].present_pages)
			return &s->zones[i];
	return NULL;
}

static u64 not_negative(s64 pages)
{
	return pages > 0 ? (u64)pages : 0;
}

static void write_slabinfo(FILE *to, const struct report_view *v)
{
	fputs("slabinfo - version: 2.1\n"
	      "# name            <active_objs> <num_objs> <objsize> "
	      "<objperslab> <pagesperslab> : tunables <limit> <batchcount> "
	      "<sharedfactor> : slabdata <active_slabs> <num_slabs> "
	      "<sharedavail>\n",
	      to);
	for (u32 i = 0; i < v->snap->nr_caches; i++) {
		const struct cache_snapshot *c = &v->snap->caches[i];
		char name[INSPECT_NAME_MAX];

		/* SLOB has no slabs to tell of (a kernel has no such file). */
		if (!c->objects_per_slab)
			continue;
		/* A name must stay one word on one line. */
		for (u32 k = 0; k < sizeof(name); k++) {
			u8 b = (u8)c->name[k];

			name[k] =
				(char)(b && (b <= ' ' || b == 0x7f) ? '_' : b);
		}
		name[sizeof(name) - 1] = 0;
		fprintf(to,
			"%-17s %6" PRIu64 " %6" PRIu64
			" %6u %4u %4d : tunables %4u %4u %4u : slabdata"
			" %6" PRIu64 " %6" PRIu64 " %6" PRIu64 "\n",
			name, c->active_objs, c->num_objs, c->size,
			c->objects_per_slab, 1 << c->order, c->limit,
			c->batchcount, c->shared, c->active_slabs, c->num_slabs,
			c->shared_avail);
	}
}

/* Calls @row for each zone with memory, by node, then by type. */
static void each_zone(FILE *to, const struct report_view *v,
		      void (*row)(FILE *to, const struct zone_snapshot *z))
{
	const struct layout *l = layout_of(v);

	for (u32 nid = 0; nid < v->snap->nr_nodes; nid++) {
		for (u32 i = 0; i < l->nr; i++) {
			const struct zone_snapshot *z =
				find_zone(v->snap, nid, l->zones[i].type);

			if (!z)
				continue;
			fprintf(to, "Node %u, zone %8s ", nid,
				l->zones[i].name);
			row(to, z);
			fputc('\n', to);
		}
	}
}

static void buddyinfo_row(FILE *to, const struct zone_snapshot *z)
{
	u64 nr_free[MAX_ORDER];

	frag_zone_free(z, nr_free);
	for (u32 o = 0; o < MAX_ORDER; o++)
		fprintf(to, "%6" PRIu64 " ", nr_free[o]);
}

static void write_buddyinfo(FILE *to, const struct report_view *v)
{
	each_zone(to, v, buddyinfo_row);
}

static void unusable_row(FILE *to, const struct zone_snapshot *z)
{
	u64 nr_free[MAX_ORDER];

	frag_zone_free(z, nr_free);
	for (u32 o = 0; o < MAX_ORDER; o++) {
		u32 index = frag_unusable_index(nr_free, o);

		fprintf(to, "%u.%03u ", index / 1000, index % 1000);
	}
}

static void write_unusable_index(FILE *to, const struct report_view *v)
{
	each_zone(to, v, unusable_row);
}

static void extfrag_row(FILE *to, const struct zone_snapshot *z)
{
	u64 nr_free[MAX_ORDER];

	frag_zone_free(z, nr_free);
	for (u32 o = 0; o < MAX_ORDER; o++) {
		s32 index = frag_extfrag_index(nr_free, o);

		/* As the kernel: the sign stands on the whole part only. */
		fprintf(to, "%2d.%03d ", index / 1000, index % 1000);
	}
}

static void write_extfrag_index(FILE *to, const struct report_view *v)
{
	each_zone(to, v, extfrag_row);
}

static const char *const migratetype_names[] = {
	"Unmovable", "Movable", "Reclaimable", "HighAtomic", "Isolate",
};

static void pagetype_free(FILE *to, const struct layout *l, u32 nid,
			  const struct mm_snapshot *s)
{
	fprintf(to, "%-43s ", "Free pages count per migrate type at order");
	for (u32 o = 0; o < MAX_ORDER; o++)
		fprintf(to, "%6u ", o);
	fputc('\n', to);
	for (u32 i = 0; i < l->nr; i++) {
		const struct zone_snapshot *z =
			find_zone(s, nid, l->zones[i].type);

		for (u32 t = 0; z && t < ARRAY_SIZE(migratetype_names); t++) {
			fprintf(to, "Node %4u, zone %8s, type %12s ", nid,
				l->zones[i].name, migratetype_names[t]);
			for (u32 o = 0; o < MAX_ORDER; o++) {
				u64 n = t < MIGRATE_TYPES ? z->nr_free[t][o]
							  : 0;

				/* As the kernel: it walks no further. */
				fprintf(to, "%s%6" PRIu64 " ",
					n >= FREECOUNT_MAX ? ">" : "",
					MIN(n, (u64)FREECOUNT_MAX));
			}
			fputc('\n', to);
		}
	}
}

static void pagetype_blocks(FILE *to, const struct layout *l, u32 nid,
			    const struct mm_snapshot *s)
{
	fprintf(to, "\n%-23s", "Number of blocks type ");
	for (u32 t = 0; t < ARRAY_SIZE(migratetype_names); t++)
		fprintf(to, "%12s ", migratetype_names[t]);
	fputc('\n', to);
	for (u32 i = 0; i < l->nr; i++) {
		const struct zone_snapshot *z =
			find_zone(s, nid, l->zones[i].type);

		if (!z)
			continue;
		fprintf(to, "Node %u, zone %8s ", nid, l->zones[i].name);
		for (u32 t = 0; t < ARRAY_SIZE(migratetype_names); t++)
			fprintf(to, "%12" PRIu64 " ",
				t < MIGRATE_TYPES ? z->pageblocks[t] : 0);
		fputc('\n', to);
	}
}

static bool node_has_memory(const struct mm_snapshot *s, u32 nid)
{
	for (u32 i = 0; i < s->nr_zones; i++)
		if (s->zones[i].node == nid && s->zones[i].present_pages)
			return true;
	return false;
}

static void write_pagetypeinfo(FILE *to, const struct report_view *v)
{
	for (u32 nid = 0; nid < v->snap->nr_nodes; nid++) {
		if (!node_has_memory(v->snap, nid))
			continue;
		fprintf(to, "Page block order: %d\nPages per block:  %d\n\n",
			PAGEBLOCK_ORDER, 1 << PAGEBLOCK_ORDER);
		pagetype_free(to, layout_of(v), nid, v->snap);
		pagetype_blocks(to, layout_of(v), nid, v->snap);
	}
}

/* The counters of a node, as zoneinfo and vmstat list them. */
static const char *const node_stat_names[] = {
	"nr_inactive_anon",
	"nr_active_anon",
	"nr_inactive_file",
	"nr_active_file",
	"nr_unevictable",
	"nr_slab_reclaimable",
	"nr_slab_unreclaimable",
	"nr_isolated_anon",
	"nr_isolated_file",
	"workingset_nodes",
	"workingset_refault_anon",
	"workingset_refault_file",
	"workingset_activate_anon",
	"workingset_activate_file",
	"workingset_restore_anon",
	"workingset_restore_file",
	"workingset_nodereclaim",
	"nr_anon_pages",
	"nr_mapped",
	"nr_file_pages",
	"nr_dirty",
	"nr_writeback",
	"nr_writeback_temp",
	"nr_shmem",
	"nr_shmem_hugepages",
	"nr_shmem_pmdmapped",
	"nr_file_hugepages",
	"nr_file_pmdmapped",
	"nr_anon_transparent_hugepages",
	"nr_vmscan_write",
	"nr_vmscan_immediate_reclaim",
	"nr_dirtied",
	"nr_written",
	"nr_throttled_written",
	"nr_kernel_misc_reclaimable",
	"nr_foll_pin_acquired",
	"nr_foll_pin_released",
	"nr_kernel_stack",
	"nr_page_table_pages",
	"nr_sec_page_table_pages",
	"nr_swapcached",
	"pgpromote_success",
	"pgpromote_candidate",
};

static const char *const zone_stat_names[] = {
	"nr_free_pages",
	"nr_zone_inactive_anon",
	"nr_zone_active_anon",
	"nr_zone_inactive_file",
	"nr_zone_active_file",
	"nr_zone_unevictable",
	"nr_zone_write_pending",
	"nr_mlock",
	"nr_bounce",
	"nr_zspages",
	"nr_free_cma",
};

/* As /proc spells them; sysfs has other names for the last three. */
static const char *const proc_numa_names[NR_NUMA_STATS] = {
	[NUMA_HIT] = "numa_hit",	 [NUMA_MISS] = "numa_miss",
	[NUMA_FOREIGN] = "numa_foreign", [NUMA_INTERLEAVE] = "numa_interleave",
	[NUMA_LOCAL] = "numa_local",	 [NUMA_OTHER] = "numa_other",
};

/* Those of the page cache's memory of what it lost. */
static u64 workingset_stat(const struct node_snapshot *n, const char *name)
{
	const struct refault_stats *of[] = {&n->workingset[0],
					    &n->workingset[1]};
	static const char *const kinds[] = {"anon", "file"};

	if (!strcmp(name, "workingset_nodes"))
		return n->workingset_nodes;
	if (!strcmp(name, "workingset_nodereclaim"))
		return n->workingset_nodereclaim;
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(strrchr(name, '_') + 1, kinds[i]))
			continue;
		if (!strncmp(name, "workingset_refault", 18))
			return of[i]->refaults;
		if (!strncmp(name, "workingset_activate", 19))
			return of[i]->activates;
		if (!strncmp(name, "workingset_restore", 18))
			return of[i]->restores;
	}
	return 0;
}

/* What mm tells of a node by another name than the kernel's. */
static u64 node_gauge(const struct node_snapshot *n, const char *name)
{
	const u64 file = n->lru_pages[INSPECT_LRU_FILE] +
			 n->lru_pages[INSPECT_LRU_FILE + 1];
	const struct {
		const char *name;
		u64 value;
	} gauges[] = {
		{"nr_anon_pages", n->lru_pages[0] + n->lru_pages[1]},
		{"nr_file_pages", file + n->swapcache_pages},
		{"nr_slab_reclaimable", n->slab_reclaimable_pages},
		{"nr_slab_unreclaimable", n->slab_unreclaimable_pages},
		{"nr_dirty", n->dirty_pages},
		{"nr_writeback", n->writeback_pages},
		{"nr_swapcached", n->swapcache_pages},
	};

	for (u32 i = 0; i < ARRAY_SIZE(gauges); i++)
		if (!strcmp(name, gauges[i].name))
			return gauges[i].value;
	return 0;
}

static u64 node_stat(const struct node_snapshot *n, const char *name)
{
	if (!strncmp(name, "workingset_", 11))
		return workingset_stat(n, name);
	for (u32 i = 0; i < INSPECT_LRU_LISTS; i++)
		if (!strcmp(name, node_stat_names[i]))
			return n->lru_pages[i];
	for (u32 i = 0; i < NR_NODE_EVENTS; i++)
		if (!strcmp(name, vm_event_names[VM_EV_FIRST_OF_NODE + i]))
			return n->events[i];
	return node_gauge(n, name);
}

static u64 node_stat_sum(const struct mm_snapshot *s, const char *name)
{
	u64 sum = 0;

	for (u32 nid = 0; nid < s->nr_nodes; nid++)
		sum += node_stat(&s->nodes[nid], name);
	return sum;
}

/* After nr_free_pages: the lists, and what waits for a device. */
static u64 zone_stat(const struct zone_snapshot *z, u32 i)
{
	if (i <= INSPECT_LRU_LISTS)
		return z->lru_pages[i - 1];
	return i == INSPECT_LRU_LISTS + 1 ? z->write_pending_pages : 0;
}

static void zoneinfo_pages(FILE *to, const struct layout *l,
			   const struct zone_snapshot *z)
{
	const u64 *w = z->watermark;

	fprintf(to,
		"\n  pages free     %" PRIu64 "\n        boost    %" PRIu64
		"\n        min      %" PRIu64 "\n        low      %" PRIu64
		"\n        high     %" PRIu64 "\n        spanned  %" PRIu64
		"\n        present  %" PRIu64 "\n        managed  %" PRIu64
		"\n        cma      0\n        protection: (",
		not_negative(z->nr_free_pages), z->watermark_boost,
		w[WMARK_MIN] + z->watermark_boost,
		w[WMARK_LOW] + z->watermark_boost,
		w[WMARK_HIGH] + z->watermark_boost, z->spanned_pages,
		z->present_pages, z->managed_pages);
	for (u32 i = 0; i < l->nr; i++) {
		u32 type = l->zones[i].type;

		/* Device stands above Movable and adds nothing to it. */
		if (type == NO_ZONE)
			type = ZONE_MOVABLE;
		fprintf(to, "%s%" PRIu64, i ? ", " : "",
			z->lowmem_reserve[type]);
	}
	fputc(')', to);
}

static void zoneinfo_counters(FILE *to, const struct mm_snapshot *s,
			      const struct zone_snapshot *z, bool numa_here)
{
	fprintf(to, "\n      %-12s %" PRIu64, zone_stat_names[0],
		not_negative(z->nr_free_pages));
	for (u32 i = 1; i < ARRAY_SIZE(zone_stat_names); i++)
		fprintf(to, "\n      %-12s %" PRIu64, zone_stat_names[i],
			zone_stat(z, i));
	for (u32 i = 0; i < NR_NUMA_STATS; i++)
		fprintf(to, "\n      %-12s %" PRIu64, proc_numa_names[i],
			numa_here ? s->nodes[z->node].numa[i] : 0);
}

static void zoneinfo_pagesets(FILE *to, const struct mm_snapshot *s,
			      const struct zone_snapshot *z)
{
	fputs("\n  pagesets", to);
	for (u32 i = 0; i < s->nr_pcps; i++) {
		const struct pcp_snapshot *p = &s->pcps[i];

		if (&s->zones[p->zone] != z)
			continue;
		fprintf(to,
			"\n    cpu: %u\n              count: %d"
			"\n              high:  %d\n              batch: %d"
			"\n  vm stats threshold: %d",
			p->cpu, p->count, p->high, p->batch, p->stat_threshold);
	}
	fprintf(to,
		"\n  node_unreclaimable:  %d\n  start_pfn:           %" PRIu64,
		s->nodes[z->node].kswapd_failures >= UNRECLAIMABLE_FAILURES,
		z->start_pfn);
}

static void zoneinfo_node(FILE *to, const struct report_view *v, u32 nid)
{
	const struct layout *l = layout_of(v);
	const struct mm_snapshot *s = v->snap;
	const struct zone_snapshot none = {0};
	const struct zone_snapshot *last = NULL;
	bool first = true;

	for (u32 i = 0; i < l->nr; i++) {
		const struct zone_snapshot *z =
			find_zone(s, nid, l->zones[i].type);

		last = z ? z : last;
	}
	for (u32 i = 0; i < l->nr; i++) {
		const struct zone_snapshot *z =
			find_zone(s, nid, l->zones[i].type);

		fprintf(to, "Node %u, zone %8s", nid, l->zones[i].name);
		if (z && first) {
			first = false;
			fputs("\n  per-node stats", to);
			for (u32 k = 0; k < ARRAY_SIZE(node_stat_names); k++)
				fprintf(to, "\n      %-12s %" PRIu64,
					node_stat_names[k],
					node_stat(&s->nodes[nid],
						  node_stat_names[k]));
		}
		zoneinfo_pages(to, l, z ? z : &none);
		if (z) {
			/* NUMA events are counted by node, not by zone. */
			zoneinfo_counters(to, s, z, z == last);
			zoneinfo_pagesets(to, s, z);
		}
		fputc('\n', to);
	}
}

static void write_zoneinfo(FILE *to, const struct report_view *v)
{
	for (u32 nid = 0; nid < v->snap->nr_nodes; nid++)
		if (v->snap->nodes[nid].online)
			zoneinfo_node(to, v, nid);
}

/*
 * The rest of /proc/vmstat.  A '*' stands for the zones in turn.  Any of
 * these that mm counts under the same name is filled in.
 */
static const char *const vmstat_names[] = {
	"pgpgin",
	"pgpgout",
	"pswpin",
	"pswpout",
	"pgalloc_*",
	"allocstall_*",
	"pgskip_*",
	"pgfree",
	"pgactivate",
	"pgdeactivate",
	"pglazyfree",
	"pgfault",
	"pgmajfault",
	"pglazyfreed",
	"pgrefill",
	"pgreuse",
	"pgsteal_kswapd",
	"pgsteal_direct",
	"pgdemote_kswapd",
	"pgdemote_direct",
	"pgscan_kswapd",
	"pgscan_direct",
	"pgscan_direct_throttle",
	"pgscan_anon",
	"pgscan_file",
	"pgsteal_anon",
	"pgsteal_file",
	"zone_reclaim_failed",
	"pginodesteal",
	"slabs_scanned",
	"kswapd_inodesteal",
	"kswapd_low_wmark_hit_quickly",
	"kswapd_high_wmark_hit_quickly",
	"pageoutrun",
	"pgrotated",
	"drop_pagecache",
	"drop_slab",
	"oom_kill",
	"numa_pte_updates",
	"numa_huge_pte_updates",
	"numa_hint_faults",
	"numa_hint_faults_local",
	"numa_pages_migrated",
	"pgmigrate_success",
	"pgmigrate_fail",
	"thp_migration_success",
	"thp_migration_fail",
	"thp_migration_split",
	"compact_migrate_scanned",
	"compact_free_scanned",
	"compact_isolated",
	"compact_stall",
	"compact_fail",
	"compact_success",
	"compact_daemon_wake",
	"compact_daemon_migrate_scanned",
	"compact_daemon_free_scanned",
	"htlb_buddy_alloc_success",
	"htlb_buddy_alloc_fail",
	"unevictable_pgs_culled",
	"unevictable_pgs_scanned",
	"unevictable_pgs_rescued",
	"unevictable_pgs_mlocked",
	"unevictable_pgs_munlocked",
	"unevictable_pgs_cleared",
	"unevictable_pgs_stranded",
	"thp_fault_alloc",
	"thp_fault_fallback",
	"thp_fault_fallback_charge",
	"thp_collapse_alloc",
	"thp_collapse_alloc_failed",
	"thp_file_alloc",
	"thp_file_fallback",
	"thp_file_fallback_charge",
	"thp_file_mapped",
	"thp_split_page",
	"thp_split_page_failed",
	"thp_deferred_split_page",
	"thp_split_pmd",
	"thp_scan_exceed_none_pte",
	"thp_scan_exceed_swap_pte",
	"thp_scan_exceed_share_pte",
	"thp_split_pud",
	"thp_zero_page_alloc",
	"thp_zero_page_alloc_failed",
	"thp_swpout",
	"thp_swpout_fallback",
	"balloon_inflate",
	"balloon_deflate",
	"balloon_migrate",
	"swap_ra",
	"swap_ra_hit",
	"ksm_swpin_copy",
	"cow_ksm",
	"direct_map_level2_splits",
	"direct_map_level3_splits",
	"nr_unstable",
};

static u64 vm_event_named(const struct mm_snapshot *s, const char *name)
{
	for (u32 i = 0; i < NR_VM_EVENTS; i++)
		if (!strcmp(vm_event_names[i], name))
			return s->vm_events[i];
	return 0;
}

/* One name of the list, or one a zone. */
static void vmstat_events(FILE *to, const struct report_view *v,
			  const char *pattern)
{
	const struct layout *l = layout_of(v);
	const char *star = strchr(pattern, '*');
	u32 nr = star ? l->nr : 1;

	for (u32 i = 0; i < nr; i++) {
		char name[64];
		u64 value;

		if (star)
			snprintf(name, sizeof(name), "%.*s%s",
				 (int)(star - pattern), pattern,
				 l->zones[i].lower);
		else
			snprintf(name, sizeof(name), "%s", pattern);
		value = vm_event_named(v->snap, name);
		fprintf(to, "%s %" PRIu64 "\n", name, value);
	}
}

/* Of all nodes. */
static u64 lru_pages(const struct mm_snapshot *s, u32 list)
{
	u64 sum = 0;

	for (u32 nid = 0; nid < s->nr_nodes; nid++)
		sum += s->nodes[nid].lru_pages[list];
	return sum;
}

static void write_vmstat(FILE *to, const struct report_view *v)
{
	const struct mm_snapshot *s = v->snap;
	u64 free_pages = 0;

	for (u32 i = 0; i < s->nr_zones; i++)
		free_pages += not_negative(s->zones[i].nr_free_pages);
	fprintf(to, "%s %" PRIu64 "\n", zone_stat_names[0], free_pages);
	for (u32 i = 1; i < ARRAY_SIZE(zone_stat_names); i++) {
		u64 sum = 0;

		for (u32 z = 0; z < s->nr_zones; z++)
			sum += zone_stat(&s->zones[z], i);
		fprintf(to, "%s %" PRIu64 "\n", zone_stat_names[i], sum);
	}
	for (u32 i = 0; i < NR_NUMA_STATS; i++) {
		u64 sum = 0;

		for (u32 nid = 0; nid < s->nr_nodes; nid++)
			sum += s->nodes[nid].numa[i];
		fprintf(to, "%s %" PRIu64 "\n", proc_numa_names[i], sum);
	}
	for (u32 i = 0; i < ARRAY_SIZE(node_stat_names); i++)
		fprintf(to, "%s %" PRIu64 "\n", node_stat_names[i],
			node_stat_sum(s, node_stat_names[i]));
	fprintf(to,
		"nr_dirty_threshold %" PRIu64
		"\nnr_dirty_background_threshold %" PRIu64 "\n",
		s->dirty_thresh, s->dirty_background_thresh);
	for (u32 i = 0; i < ARRAY_SIZE(vmstat_names); i++)
		vmstat_events(to, v, vmstat_names[i]);
}

struct meminfo {
	u64 free_pages;
	u64 available_pages;
	u64 reclaimable_pages;
	u64 unreclaimable_pages;
	u64 high_pages; /* HighMem and what of Movable lies above it */
	u64 high_free_pages;
};

/* Pages that no ordinary request may have: the kernel's totalreserve. */
static u64 zone_reserve(const struct zone_snapshot *z)
{
	u64 reserve = 0;

	for (u32 t = z->type; t < MAX_NR_ZONES; t++)
		reserve = MAX(reserve, z->lowmem_reserve[t]);
	reserve += z->watermark[WMARK_HIGH] + z->watermark_boost;
	return MIN(reserve, z->managed_pages);
}

static struct meminfo meminfo_of(const struct mm_snapshot *s)
{
	struct meminfo m = {0};
	u64 reserve = 0;
	u64 low = 0;
	s64 available;
	u64 cache;

	for (u32 i = 0; i < s->nr_zones; i++) {
		const struct zone_snapshot *z = &s->zones[i];

		m.free_pages += not_negative(z->nr_free_pages);
		low += z->watermark[WMARK_LOW];
		reserve += zone_reserve(z);
		if (z->type == ZONE_HIGHMEM || z->type == ZONE_MOVABLE) {
			m.high_pages += z->managed_pages;
			m.high_free_pages += not_negative(z->nr_free_pages);
		}
	}
	for (u32 nid = 0; nid < s->nr_nodes; nid++) {
		m.reclaimable_pages += s->nodes[nid].slab_reclaimable_pages;
		m.unreclaimable_pages += s->nodes[nid].slab_unreclaimable_pages;
	}
	available = (s64)m.free_pages - (s64)reserve;
	/* Some of the page cache is better kept. */
	cache = lru_pages(s, INSPECT_LRU_FILE) +
		lru_pages(s, INSPECT_LRU_FILE + 1);
	available += (s64)(cache - MIN(cache / 2, low));
	available +=
		(s64)(m.reclaimable_pages - MIN(m.reclaimable_pages / 2, low));
	m.available_pages = not_negative(available);
	return m;
}

static void meminfo_line(FILE *to, const char *name, u64 kib)
{
	fprintf(to, "%s:%*s%8" PRIu64 " kB\n", name, (int)(15 - strlen(name)),
		"", kib);
}

/* Lines of what is not modelled, in a row. */
static void meminfo_zeros(FILE *to, const char *const *names)
{
	for (; *names; names++)
		meminfo_line(to, *names, 0);
}

static u64 node_kib(const struct mm_snapshot *s, const char *name)
{
	return KIB_OF_PAGES(node_stat_sum(s, name));
}

/* Lines of the page cache and of the lists of pages. */
static void meminfo_lru(FILE *to, const struct mm_snapshot *s)
{
	u64 inactive_anon = KIB_OF_PAGES(lru_pages(s, 0));
	u64 active_anon = KIB_OF_PAGES(lru_pages(s, 1));
	u64 inactive_file = KIB_OF_PAGES(lru_pages(s, INSPECT_LRU_FILE));
	u64 active_file = KIB_OF_PAGES(lru_pages(s, INSPECT_LRU_FILE + 1));
	u64 swapped = node_kib(s, "nr_swapcached");

	meminfo_line(to, "Buffers", 0);
	meminfo_line(to, "Cached", node_kib(s, "nr_file_pages") - swapped);
	meminfo_line(to, "SwapCached", swapped);
	meminfo_line(to, "Active", active_anon + active_file);
	meminfo_line(to, "Inactive", inactive_anon + inactive_file);
	meminfo_line(to, "Active(anon)", active_anon);
	meminfo_line(to, "Inactive(anon)", inactive_anon);
	meminfo_line(to, "Active(file)", active_file);
	meminfo_line(to, "Inactive(file)", inactive_file);
	meminfo_line(to, "Unevictable",
		     KIB_OF_PAGES(lru_pages(s, INSPECT_LRU_LISTS - 1)));
	meminfo_line(to, "Mlocked", 0);
}

static void write_meminfo(FILE *to, const struct report_view *v)
{
	static const char *const after_anon[] = {"Mapped", "Shmem", NULL};
	static const char *const before_commit[] = {"KernelStack",
						    "PageTables",
						    "SecPageTables",
						    "NFS_Unstable",
						    "Bounce",
						    "WritebackTmp",
						    NULL};
	static const char *const vmalloc[] = {"VmallocUsed", "VmallocChunk",
					      NULL};
	static const char *const before_huge[] = {
		"AnonHugePages", "ShmemHugePages", "ShmemPmdMapped",
		"FileHugePages", "FilePmdMapped",  NULL};
	static const char *const last[] = {"Hugetlb", "DirectMap4k",
					   "DirectMap2M", NULL};
	const struct meminfo m = meminfo_of(v->snap);
	const u64 total = v->snap->totalram_pages;
	const bool i386 = v->config->zones == ZONES_I386;

	meminfo_line(to, "MemTotal", KIB_OF_PAGES(total));
	meminfo_line(to, "MemFree", KIB_OF_PAGES(m.free_pages));
	meminfo_line(to, "MemAvailable", KIB_OF_PAGES(m.available_pages));
	meminfo_lru(to, v->snap);
	if (i386) {
		meminfo_line(to, "HighTotal", KIB_OF_PAGES(m.high_pages));
		meminfo_line(to, "HighFree", KIB_OF_PAGES(m.high_free_pages));
		meminfo_line(to, "LowTotal",
			     KIB_OF_PAGES(total - m.high_pages));
		meminfo_line(to, "LowFree",
			     KIB_OF_PAGES(m.free_pages - m.high_free_pages));
	}
	meminfo_line(to, "SwapTotal", KIB_OF_PAGES(v->snap->swap_pages));
	meminfo_line(to, "SwapFree", KIB_OF_PAGES(v->snap->swap_free_pages));
	meminfo_line(to, "Dirty", node_kib(v->snap, "nr_dirty"));
	meminfo_line(to, "Writeback", node_kib(v->snap, "nr_writeback"));
	meminfo_line(
		to, "AnonPages",
		KIB_OF_PAGES(lru_pages(v->snap, 0) + lru_pages(v->snap, 1)));
	meminfo_zeros(to, after_anon);
	meminfo_line(to, "KReclaimable", KIB_OF_PAGES(m.reclaimable_pages));
	meminfo_line(to, "Slab",
		     KIB_OF_PAGES(m.reclaimable_pages + m.unreclaimable_pages));
	meminfo_line(to, "SReclaimable", KIB_OF_PAGES(m.reclaimable_pages));
	meminfo_line(to, "SUnreclaim", KIB_OF_PAGES(m.unreclaimable_pages));
	meminfo_zeros(to, before_commit);
	/* vm.overcommit_ratio is 50. */
	meminfo_line(to, "CommitLimit",
		     KIB_OF_PAGES(total * 50 / 100 + v->snap->swap_pages));
	meminfo_line(to, "Committed_AS", 0);
	/* 32 TiB: what four levels of page tables give on x86_64. */
	meminfo_line(to, "VmallocTotal", i386 ? 0 : 34359738367);
	meminfo_zeros(to, vmalloc);
	meminfo_line(to, "Percpu",
		     KIB_OF_PAGES(v->metrics->percpu.populated_pages *
				  v->snap->nr_cpus));
	meminfo_zeros(to, before_huge);
	fprintf(to,
		"HugePages_Total:   %5d\nHugePages_Free:    %5d\n"
		"HugePages_Rsvd:    %5d\nHugePages_Surp:    %5d\n",
		0, 0, 0, 0);
	meminfo_line(to, "Hugepagesize", 2048);
	meminfo_zeros(to, last);
	if (!i386)
		meminfo_line(to, "DirectMap1G", 0);
}

const struct report_file proc_files[NR_PROC_FILES] = {
	{"slabinfo", write_slabinfo},
	{"buddyinfo", write_buddyinfo},
	{"pagetypeinfo", write_pagetypeinfo},
	{"zoneinfo", write_zoneinfo},
	{"vmstat", write_vmstat},
	{"meminfo", write_meminfo},
	{"unusable_index", write_unusable_index},
	{"extfrag_index", write_extfrag_index},
};
