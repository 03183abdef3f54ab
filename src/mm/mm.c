/*
 * mm.c - one machine's memory: made, given up, and the kernel's defaults.
 *
 * What it is
 *	mm_create() is the boot: memory first, then the slab allocator.
 *
 * How it works
 *	mmzone_init() builds nodes, zones and free lists; kmem_cache_init()
 *	makes the caches, out of simulated pages like everything else.
 *
 * Lock order
 *	None.
 *
 * Invariants
 *	All state of a machine hangs from struct mm.
 *
 * What is charged
 *	The boot is free: the machine's cost counters are put back.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1; other profiles as their files say.
 */
#include "mm/mm.h"

#include "base/xmalloc.h"
#include "mm/compaction.h"
#include "mm/filemap.h"
#include "mm/lru.h"
#include "mm/page_internal.h"
#include "mm/page_writeback.h"
#include "mm/slab.h"
#include "mm/swap.h"
#include "mm/vmscan.h"

#include <stdlib.h>
#include <string.h>

void mm_conf_defaults(struct mm_conf *conf, enum kernel_profile profile)
{
	static const u32 reserve_ratio[MAX_NR_ZONES] = {
		[ZONE_DMA] = 256,
		[ZONE_DMA32] = 256,
		[ZONE_NORMAL] = 32,
	};

	memset(conf, 0, sizeof(*conf));
	conf->profile = profile;
	conf->nr_cpus = 1;
	conf->nr_nodes = 1;
	for (u32 i = 0; i < MM_NODES_MAX; i++) {
		for (u32 j = 0; j < MM_NODES_MAX; j++)
			conf->distance[i][j] = i == j ? 10 : 20;
	}
	conf->min_free_kbytes = -1;
	conf->watermark_scale_factor = 10;
	/* The boost came with 5.0. */
	conf->watermark_boost_factor = profile >= PROFILE_LINUX_5_3 ? 15000 : 0;
	memcpy(conf->lowmem_reserve_ratio, reserve_ratio,
	       sizeof(reserve_ratio));
	/* Proactive compaction came with 5.9. */
	conf->compaction_proactiveness = profile >= PROFILE_LINUX_6_1 ? 20 : 0;
	conf->extfrag_threshold = 500;
	conf->compact_unevictable_allowed = true;
	conf->slub_max_order = 3;
	conf->slub_cpu_partial = true;
	conf->read_ahead_kb = 128;
	conf->dirty_ratio = DIRTY_RATIO_AUTO;
	conf->dirty_background_ratio = 10;
	conf->dirty_expire_centisecs = 3000;
	conf->dirty_writeback_centisecs = 500;
	conf->swappiness = 60;
	conf->slab_colour = true;
}

struct mm *mm_create(struct machine *machine, const struct mm_conf *conf,
		     struct err *e)
{
	struct mm *mm = xcalloc(1, sizeof(*mm));
	struct machine before = *machine;

	mm->machine = machine;
	mm->conf = *conf;
	mm->shuffle_state = conf->hash_seed;
	machine->cpu = 0;
	if (mmzone_init(mm, e) || (conf->slab_ops && kmem_cache_init(mm, e))) {
		mm_destroy(mm);
		mm = NULL;
	}
	*machine = before;
	if (mm) {
		lru_init(mm);
		kswapd_init(mm);
		compaction_init(mm);
		if (swap_init(mm, e)) {
			mm_destroy(mm);
			mm = NULL;
		}
	}
	return mm;
}

void mm_destroy(struct mm *mm)
{
	if (!mm)
		return;
	filemap_exit(mm);
	if (mm->conf.slab_ops)
		kmem_cache_exit(mm);
	compaction_exit(mm);
	swap_exit(mm);
	writeback_exit(mm);
	kswapd_exit(mm);
	lru_exit(mm);
	mmzone_exit(mm);
	free(mm);
}
