/*
 * page_alloc.c - the page allocator's front: which zone, and how hard to try.
 *
 * What it is
 *	alloc_pages() and free_pages() and what lies between them and the
 *	per-CPU lists: zonelist walk, watermarks, memory policies, slow path.
 *
 * How it works
 *	  alloc_pages ─ policy: whose zonelist, which nodes
 *	    └ get_page_from_freelist, low watermark     most end here
 *	        └ alloc_pages_slow
 *	            wake kswapd; try with min watermark (less when atomic)
 *	            reserves for PF_MEMALLOC and __GFP_MEMALLOC
 *	            direct reclaim; retry while that might lead somewhere
 *	            out of memory: somebody is killed (oom_kill.c)
 *
 *	get_page_from_freelist() takes the first zone of the list that passes
 *	its watermark and has a block: from the CPU's list (order 0..3) or
 *	from the buddy lists.
 *
 * Lock order
 *	None held across calls.
 *
 * Invariants
 *	A block handed out is PAGE_ALLOCATED with its order in its first page;
 *	only such a block (or a slab's) may be freed.
 *
 * What is charged
 *	COST_PAGE_SLOWPATH, COST_REMOTE_NODE, COST_ZERO_PAGE; of a block
 *	straight from or to the buddy lists COST_PAGE_DIRECT, and
 *	COST_PAGE_CHECK its pages; COST_PAGE_COMPOUND its tails, where it is
 *	compound; the rest by the files below.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1.  No cpusets, no node reclaim.  A retry without end (__GFP_NOFAIL, or no __GFP_FS when
 *	memory is out) stops after NOFAIL_LOOPS_MAX and hands out NULL, as
 *	nobody else frees memory while it goes on.
 */
#include "mm/compaction.h"
#include "mm/lru.h"
#include "mm/oom_kill.h"
#include "mm/page_internal.h"
#include "mm/page_writeback.h"
#include "mm/swap.h"
#include "mm/vmscan.h"

#define NOFAIL_LOOPS_MAX 16

static inline bool zone_watermark_fast(const struct zone *zone, u32 order,
				       const struct alloc_context *ac,
				       u32 alloc_flags, gfp_t gfp)
{
	s64 free_pages = zone_free_pages(zone);
	enum zone_watermark w = alloc_flags & ALLOC_WMARK_MASK;
	u64 mark = wmark_pages(zone, w);

	if (likely(!order)) {
		s64 usable = free_pages;

		if (!(alloc_flags & (ALLOC_HARDER | ALLOC_OOM)))
			usable -=
				MIN(usable, (s64)zone->nr_reserved_highatomic);
		if (likely(usable >
			   (s64)(mark + zone->lowmem_reserve[ac->highest])))
			return true;
	}
	if (zone_watermark_ok_flags(zone, order, mark, ac->highest, alloc_flags,
				    free_pages))
		return true;
	/* Order-0 atomic requests do not feel the boost at the min mark. */
	if (!order && (gfp & GFP_ATOMIC_BIT) && zone->watermark_boost &&
	    w == WMARK_MIN)
		return zone_watermark_ok_flags(
			zone, order, zone->watermark[WMARK_MIN], ac->highest,
			alloc_flags, free_pages);
	return false;
}

static inline void zone_statistics(struct mm *mm, u32 preferred, u32 node)
{
	u32 here = mm->conf.cpu_to_node[mm->machine->cpu];

	if (likely(node == preferred)) {
		mm->numa[node][NUMA_HIT]++;
	} else {
		mm->numa[node][NUMA_MISS]++;
		mm->numa[preferred][NUMA_FOREIGN]++;
	}
	if (likely(node == here)) {
		mm->numa[node][NUMA_LOCAL]++;
	} else {
		mm->numa[node][NUMA_OTHER]++;
		charge(mm->machine, COST_REMOTE_NODE, 1);
	}
}

static pfn_t rmqueue_buddy(struct mm *mm, struct zone *zone, u32 order,
			   enum migratetype mt, u32 alloc_flags)
{
	pfn_t pfn = PFN_NONE;

	spin_lock(mm->machine, &zone->lock, LOCK_ZONE);
	/* As 6.1: order 0 never takes from the high-order reserve. */
	if (order > 0 && (alloc_flags & ALLOC_HARDER))
		pfn = rmqueue_smallest(mm, zone, order, MIGRATE_HIGHATOMIC);
	if (pfn == PFN_NONE)
		pfn = rmqueue_locked(mm, zone, order, mt, alloc_flags);
	if (pfn != PFN_NONE)
		mod_zone_freepage_state(mm, zone, -((s64)1 << order));
	spin_unlock(mm->machine, &zone->lock);
	if (pfn != PFN_NONE)
		charge_page_check(mm, 1u << order);
	charge(mm->machine, COST_PAGE_DIRECT, 1);
	return pfn;
}

/* A block of @zone, from wherever it has one; PFN_NONE: none. */
static inline pfn_t rmqueue(struct mm *mm, struct zone *zone, u32 order,
			    const struct alloc_context *ac, u32 alloc_flags)
{
	pfn_t pfn = PFN_NONE;

	if (likely(pcp_allowed_order(mm, order)))
		pfn = rmqueue_pcplist(mm, zone, order, ac->migratetype,
				      alloc_flags);
	if (unlikely(pfn == PFN_NONE)) {
		pfn = rmqueue_buddy(mm, zone, order, ac->migratetype,
				    alloc_flags);
		if (pfn == PFN_NONE)
			return PFN_NONE;
	}
	mm->vm_events[VM_EV_PGALLOC_DMA + zone->type] += (u64)1 << order;
	zone_statistics(mm, ac->preferred->zone->node, zone->node);
	if (unlikely(zone->boosted_watermark)) {
		zone->boosted_watermark = false;
		wakeup_kswapd(mm, zone, 0, 0, zone->type);
	}
	return pfn;
}

/* A page that joins the LRU lists soon, on this CPU. */
static NO_INLINE void note_lru_page(struct mm *mm, struct page *page, gfp_t gfp)
{
	struct zone *zone = pfn_zone(mm, page_to_pfn(mm, page));

	page->flags |= PG_LRU;
	zone->written |= (gfp & GFP_WRITE) != 0;
	zone->pcpstat[mm->machine->cpu].lru_changed = true;
}

static inline void prep_new_page(struct mm *mm, struct page *page, u32 order,
				 gfp_t gfp, u32 alloc_flags)
{
	page->state = PAGE_ALLOCATED;
	page->order = (u8)order;
	page->flags =
		(u8)((gfp & GFP_COMP && order ? PG_COMPOUND : 0) |
		     (alloc_flags & ALLOC_NO_WATERMARKS ? PG_PFMEMALLOC : 0));
	page_line(mm, page_to_pfn(mm, page));
	if (unlikely(mm->conf.movable_on_lru) && gfp & GFP_MOVABLE)
		note_lru_page(mm, page, gfp);
	if (unlikely(page->flags & PG_COMPOUND))
		charge(mm->machine, COST_PAGE_COMPOUND, (1u << order) - 1);
	if (gfp & GFP_ZERO)
		charge(mm->machine, COST_ZERO_PAGE, 1u << order);
}

static struct page *get_page_from_freelist(struct mm *mm, gfp_t gfp, u32 order,
					   u32 alloc_flags,
					   const struct alloc_context *ac)
{
	const struct zoneref *z;

retry:
	for (z = ac->preferred; z < ac->end;
	     z = next_zones_zonelist(z + 1, ac)) {
		struct zone *zone = z->zone;
		struct page *page;
		pfn_t pfn;

		/* A page to be dirtied: each node has its share of those. */
		if (unlikely(ac->spread_dirty) &&
		    !node_dirty_ok(mm, zone->node))
			continue;
		/* Being near matters more than fragmentation. */
		if ((alloc_flags & ALLOC_NOFRAGMENT) &&
		    mm->nr_online_nodes > 1 &&
		    zone->node != ac->preferred->zone->node) {
			alloc_flags &= ~(u32)ALLOC_NOFRAGMENT;
			goto retry;
		}
		if (!zone_watermark_fast(zone, order, ac, alloc_flags, gfp) &&
		    !(alloc_flags & ALLOC_NO_WATERMARKS))
			continue;
		pfn = rmqueue(mm, zone, order, ac, alloc_flags);
		if (unlikely(pfn == PFN_NONE))
			continue;
		page = pfn_to_page(mm, pfn);
		prep_new_page(mm, page, order, gfp, alloc_flags);
		if (unlikely(order && (alloc_flags & ALLOC_HARDER)))
			reserve_highatomic_pageblock(mm, zone, pfn);
		return page;
	}
	if (alloc_flags & ALLOC_NOFRAGMENT) {
		alloc_flags &= ~(u32)ALLOC_NOFRAGMENT;
		goto retry;
	}
	return NULL;
}

/* Slow path */

/* The flags of one request while it is tried harder and harder. */
struct slow_path {
	gfp_t gfp;
	u32 order;
	u32 alloc_flags;
	u32 no_progress_loops;
	u32 fruitless; /* calls of the OOM killer that killed nobody */
	u32 compaction_retries;
	enum compact_priority prio;
	struct alloc_context *ac;
};

static u32 gfp_to_alloc_flags(gfp_t gfp)
{
	u32 flags = ALLOC_WMARK_MIN | ALLOC_CPUSET;

	flags |= gfp & (GFP_HIGH | GFP_KSWAPD_RECLAIM);
	if (gfp & GFP_ATOMIC_BIT) {
		if (!(gfp & GFP_NOMEMALLOC))
			flags |= ALLOC_HARDER;
		flags &= ~(u32)ALLOC_CPUSET;
	}
	return flags;
}

/* What the task or the request may take from the reserves. */
static u32 gfp_pfmemalloc_flags(const struct mm *mm, gfp_t gfp)
{
	u32 task_flags = mm->machine->task_flags;

	if (gfp & GFP_NOMEMALLOC)
		return 0;
	if (gfp & GFP_MEMALLOC)
		return ALLOC_NO_WATERMARKS;
	if ((task_flags & PF_MEMALLOC) && !(task_flags & PF_IN_INTERRUPT))
		return ALLOC_NO_WATERMARKS;
	return 0;
}

static void wake_all_kswapds(struct mm *mm, const struct slow_path *sp)
{
	const struct alloc_context *ac = sp->ac;
	const struct zoneref *z;
	u32 last = MM_NODES_MAX;

	if (!(sp->alloc_flags & ALLOC_KSWAPD))
		return;
	for (z = ac->preferred; z < ac->end;
	     z = next_zones_zonelist(z + 1, ac)) {
		if (z->zone->managed_pages == 0 || z->zone->node == last)
			continue;
		last = z->zone->node;
		wakeup_kswapd(mm, z->zone, sp->gfp, sp->order, ac->highest);
	}
}

static struct page *slow_try(struct mm *mm, const struct slow_path *sp)
{
	return get_page_from_freelist(mm, sp->gfp, sp->order, sp->alloc_flags,
				      sp->ac);
}

static void set_preferred(struct alloc_context *ac, u64 nodes)
{
	ac->nodes = nodes;
	ac->preferred = next_zones_zonelist(ac->zonelist, ac);
}

/* Without LRU lists there is none to speak of. */
static void count_compaction(struct mm *mm, enum vm_event event)
{
	mm->vm_events[event] += mm->kcompactds != NULL;
}

/* Direct compaction; a block when an attempt after it finds one. */
static struct page *alloc_pages_direct_compact(struct mm *mm,
					       const struct slow_path *sp,
					       enum compact_priority prio,
					       enum compact_result *result)
{
	struct page *page = NULL;
	pfn_t captured;

	*result = COMPACT_SKIPPED;
	if (sp->order == 0)
		return NULL;
	*result = try_to_compact_pages(mm, sp->gfp, sp->order, sp->alloc_flags,
				       sp->ac, prio, &captured);
	if (*result == COMPACT_SKIPPED)
		return NULL;
	count_compaction(mm, VM_EV_COMPACT_STALL);
	if (captured != PFN_NONE) {
		page = pfn_to_page(mm, captured);
		prep_new_page(mm, page, sp->order, sp->gfp, sp->alloc_flags);
	} else {
		page = slow_try(mm, sp);
	}
	if (page) {
		struct zone *zone = pfn_zone(mm, page_to_pfn(mm, page));

		zone->compact_blockskip_flush = false;
		compaction_defer_reset(zone, sp->order, true);
		count_compaction(mm, VM_EV_COMPACT_SUCCESS);
	} else {
		count_compaction(mm, VM_EV_COMPACT_FAIL);
		kswapd_run_woken(mm);
	}
	return page;
}

/*
 * Costly orders and those that would fragment try compaction before reclaim.
 * Return: whether it is worth going on; *@page: what it found.
 */
static bool compact_first(struct mm *mm, struct slow_path *sp,
			  struct page **page)
{
	const bool costly = sp->order > PAGE_ALLOC_COSTLY_ORDER;
	enum compact_result result;

	if (!(sp->gfp & GFP_DIRECT_RECLAIM) || sp->order == 0 ||
	    (!costly && sp->ac->migratetype == MIGRATE_MOVABLE) ||
	    gfp_pfmemalloc_flags(mm, sp->gfp))
		return true;
	*page = alloc_pages_direct_compact(mm, sp, COMPACT_PRIO_ASYNC, &result);
	/* Not more than this for those who would rather do without. */
	if (costly && (sp->gfp & GFP_NORETRY))
		sp->prio = COMPACT_PRIO_ASYNC;
	return *page || !costly || !(sp->gfp & GFP_NORETRY) ||
	       (result != COMPACT_SKIPPED && result != COMPACT_DEFERRED);
}

/* Direct reclaim; a block when it made one available. */
static struct page *alloc_pages_direct_reclaim(struct mm *mm,
					       struct slow_path *sp,
					       u64 *progress)
{
	struct page *page;

	mm->vm_events[VM_EV_ALLOCSTALL]++;
	mm->vm_events[VM_EV_ALLOCSTALL_DMA + sp->ac->highest]++;
	*progress = try_to_free_pages(mm, sp->order, sp->gfp, sp->ac);
	if (!*progress)
		return NULL;
	page = slow_try(mm, sp);
	if (page)
		return page;
	/* What was freed may be pinned on lists or reserved. */
	unreserve_highatomic_pageblock(mm, sp->ac, false);
	drain_all_pages(mm);
	return slow_try(mm, sp);
}

/* Whether another round of reclaim could ever help. */
static bool should_reclaim_retry(struct mm *mm, struct slow_path *sp,
				 u64 progress)
{
	const struct alloc_context *ac = sp->ac;
	const struct zoneref *z;

	if (progress && sp->order <= PAGE_ALLOC_COSTLY_ORDER)
		sp->no_progress_loops = 0;
	else
		sp->no_progress_loops++;
	if (sp->no_progress_loops > MAX_RECLAIM_RETRIES)
		return unreserve_highatomic_pageblock(mm, ac, true);
	for (z = ac->preferred; z < ac->end;
	     z = next_zones_zonelist(z + 1, ac)) {
		if (zone_watermark_ok_flags(
			    z->zone, sp->order, wmark_pages(z->zone, WMARK_MIN),
			    ac->highest, sp->alloc_flags,
			    zone_free_pages_snapshot(mm, z->zone) +
				    (s64)zone_reclaimable_pages(mm, z->zone)))
			return true;
	}
	return false;
}

/*
 * A last look in case somebody freed much meanwhile; then somebody is killed,
 * unless the request can fail as well as that.  What must not fail may now
 * take from the reserves.
 * Return: a block, or NULL; *@progress: it is worth another round.
 */
static struct page *alloc_pages_may_oom(struct mm *mm, struct slow_path *sp,
					bool *progress)
{
	gfp_t gfp = (sp->gfp | GFP_HARDWALL) & ~GFP_DIRECT_RECLAIM;
	u64 kills = mm->vm_events[VM_EV_OOM_KILL];
	struct page *page;

	*progress = false;
	page = get_page_from_freelist(mm, gfp, sp->order,
				      ALLOC_WMARK_HIGH | ALLOC_CPUSET, sp->ac);
	if (page || sp->order > PAGE_ALLOC_COSTLY_ORDER ||
	    (sp->gfp & (GFP_RETRY_MAYFAIL | GFP_THISNODE)) ||
	    sp->ac->highest < ZONE_NORMAL)
		return page;
	*progress = out_of_memory(mm, sp->gfp, sp->order, sp->ac);
	/* Whoever waits for others waits no longer than this. */
	if (*progress && mm->vm_events[VM_EV_OOM_KILL] == kills &&
	    sp->fruitless++ >= NOFAIL_LOOPS_MAX)
		*progress = false;
	if (sp->gfp & GFP_NOFAIL)
		page = get_page_from_freelist(mm, sp->gfp, sp->order,
					      ALLOC_NO_WATERMARKS, sp->ac);
	return page;
}

/*
 * One round: reserves, reclaim, retry as often as it may help, then the OOM
 * killer.
 * Return: a block, or NULL; *@again: another round, as somebody was killed.
 */
static struct page *slow_round(struct mm *mm, struct slow_path *sp, bool *again)
{
	const bool costly = sp->order > PAGE_ALLOC_COSTLY_ORDER;
	enum compact_result result;
	struct page *page;
	u32 reserve;
	u64 progress;

	*again = false;
	do {
		wake_all_kswapds(mm, sp);
		reserve = gfp_pfmemalloc_flags(mm, sp->gfp);
		if (reserve)
			sp->alloc_flags =
				reserve | (sp->alloc_flags & ALLOC_KSWAPD);
		/* Requests of the system itself ignore policies. */
		if (!(sp->alloc_flags & ALLOC_CPUSET) || reserve)
			set_preferred(sp->ac, ALL_NODES);
		page = slow_try(mm, sp);
		if (page)
			return page;
		if (!(sp->gfp & GFP_DIRECT_RECLAIM) ||
		    (mm->machine->task_flags & PF_MEMALLOC))
			return NULL;
		page = alloc_pages_direct_reclaim(mm, sp, &progress);
		if (page)
			return page;
		page = alloc_pages_direct_compact(mm, sp, sp->prio, &result);
		if (page)
			return page;
		if (sp->gfp & GFP_NORETRY)
			return NULL;
		if (costly && !(sp->gfp & GFP_RETRY_MAYFAIL))
			return NULL;
	} while (should_reclaim_retry(mm, sp, progress) ||
		 (progress &&
		  should_compact_retry(mm, sp->ac, sp->order, sp->alloc_flags,
				       result, &sp->prio,
				       &sp->compaction_retries)));
	page = alloc_pages_may_oom(mm, sp, again);
	sp->no_progress_loops = 0;
	return page;
}

/* Rounds until there is a block, or none can be had. */
static struct page *slow_rounds(struct mm *mm, struct slow_path *sp)
{
	struct page *page;
	bool again;

	do {
		page = slow_round(mm, sp, &again);
	} while (!page && again);
	return page;
}

static NO_INLINE struct page *alloc_pages_slow(struct mm *mm, gfp_t gfp,
					       u32 order, u64 nodes,
					       struct alloc_context *ac)
{
	struct slow_path sp = {
		.order = order, .prio = COMPACT_PRIO_SYNC_LIGHT, .ac = ac};
	struct page *page;

	charge(mm->machine, COST_PAGE_SLOWPATH, 1);
	/* Who may sleep is not atomic, whatever he says. */
	if (gfp & GFP_DIRECT_RECLAIM)
		gfp &= ~GFP_ATOMIC_BIT;
	sp.gfp = gfp;
	sp.alloc_flags = gfp_to_alloc_flags(gfp);
	set_preferred(ac, nodes);
	if (ac->preferred == ac->end)
		return NULL;
	wake_all_kswapds(mm, &sp);
	page = slow_try(mm, &sp);
	if (!page && compact_first(mm, &sp, &page) && !page)
		page = slow_rounds(mm, &sp);
	if (page || !(gfp & GFP_NOFAIL) || !(gfp & GFP_DIRECT_RECLAIM))
		return page;
	for (u32 i = 0; i < NOFAIL_LOOPS_MAX && !page; i++) {
		page = get_page_from_freelist(mm, gfp, order,
					      ALLOC_HARDER | ALLOC_CPUSET, ac);
		if (!page)
			page = slow_rounds(mm, &sp);
	}
	return page;
}

/* The front */

static inline gfp_t current_gfp_context(const struct mm *mm, gfp_t gfp)
{
	u32 flags = mm->machine->task_flags;

	if (unlikely(flags & (PF_MEMALLOC_NOIO | PF_MEMALLOC_NOFS))) {
		if (flags & PF_MEMALLOC_NOIO)
			gfp &= ~(GFP_IO | GFP_FS);
		else
			gfp &= ~GFP_FS;
	}
	return gfp;
}

/*
 * The first attempt avoids mixing types within a pageblock, where another
 * zone of the node can serve instead.
 */
static inline u32 alloc_flags_nofragment(const struct mm *mm,
					 const struct zone *zone)
{
	if (!mm->has_dma32 || zone->type != ZONE_NORMAL ||
	    mm->conf.profile < PROFILE_LINUX_5_3)
		return 0;
	if (mm->nr_online_nodes > 1 && !mm->nodes[zone->node].zones[ZONE_DMA32])
		return 0;
	return ALLOC_NOFRAGMENT;
}

struct page *alloc_pages_nodemask(struct mm *mm, gfp_t gfp, unsigned int order,
				  u32 nid, u64 nodes)
{
	const struct pglist_data *pgdat = &mm->nodes[nid];
	struct alloc_context ac;
	struct page *page;
	u32 alloc_flags;

	BUG_ON(nid >= mm->conf.nr_nodes);
	if (unlikely(order >= MAX_ORDER))
		return NULL;
	gfp = current_gfp_context(mm, gfp);
	ac.highest = mm->gfp_zone[gfp & (ARRAY_SIZE(mm->gfp_zone) - 1)];
	ac.migratetype = gfp_migratetype(mm, gfp);
	ac.spread_dirty = gfp & GFP_WRITE;
	if (unlikely(gfp & GFP_THISNODE)) {
		ac.zonelist = pgdat->zonelist_thisnode;
		ac.end = ac.zonelist + pgdat->nr_zonerefs_thisnode;
	} else {
		ac.zonelist = pgdat->zonelist;
		ac.end = ac.zonelist + pgdat->nr_zonerefs;
	}
	set_preferred(&ac, nodes);
	if (likely(ac.preferred < ac.end)) {
		alloc_flags = ALLOC_WMARK_LOW | (gfp & GFP_KSWAPD_RECLAIM) |
			      alloc_flags_nofragment(mm, ac.preferred->zone);
		page = get_page_from_freelist(mm, gfp, order, alloc_flags, &ac);
		if (likely(page))
			return page;
	}
	ac.spread_dirty = false; /* rather too much dirty than none at all */
	page = alloc_pages_slow(mm, gfp, order, nodes, &ac);
	if (!page) {
		mm->vm_events[VM_EV_ALLOC_FAIL]++;
		note(mm->machine, MM_EV_ALLOC_FAIL, gfp, order);
	}
	return page;
}

/* The next node of an interleave policy. */
static u32 interleave_nodes(const struct mm *mm, struct mempolicy *pol)
{
	for (u32 i = 0; i < mm->conf.nr_nodes; i++) {
		u32 nid = pol->next_interleave;

		if (nid >= mm->conf.nr_nodes)
			nid = 0;
		pol->next_interleave = nid + 1;
		if (pol->nodes >> nid & 1)
			return nid;
	}
	return numa_mem_id(mm);
}

static NO_INLINE struct page *alloc_pages_policy(struct mm *mm, gfp_t gfp,
						 unsigned int order)
{
	struct mempolicy *pol = &mm->default_policy;
	u32 here = numa_mem_id(mm);
	u64 nodes = ALL_NODES;
	struct page *page;
	u32 nid;

	switch (pol->mode) {
	case MPOL_INTERLEAVE:
		nid = interleave_nodes(mm, pol);
		page = alloc_pages_nodemask(mm, gfp, order, nid, ALL_NODES);
		if (page && pfn_to_nid(mm, page_to_pfn(mm, page)) == nid)
			mm->numa[nid][NUMA_INTERLEAVE]++;
		return page;
	case MPOL_PREFERRED:
		for (nid = 0; nid < mm->conf.nr_nodes; nid++) {
			if (pol->nodes >> nid & 1) {
				here = nid;
				break;
			}
		}
		break;
	case MPOL_BIND:
		nodes = pol->nodes;
		break;
	case MPOL_LOCAL:
		break;
	}
	return alloc_pages_nodemask(mm, gfp, order, here, nodes);
}

struct page *alloc_pages(struct mm *mm, gfp_t gfp, unsigned int order)
{
	if (unlikely(mm->default_policy.mode != MPOL_LOCAL) &&
	    !(gfp & GFP_THISNODE) &&
	    !(mm->machine->task_flags & PF_IN_INTERRUPT))
		return alloc_pages_policy(mm, gfp, order);
	return alloc_pages_nodemask(mm, gfp, order, numa_mem_id(mm), ALL_NODES);
}

struct page *alloc_pages_node(struct mm *mm, int nid, gfp_t gfp,
			      unsigned int order)
{
	return alloc_pages_nodemask(
		mm, gfp, order,
		nid == NUMA_NO_NODE ? numa_mem_id(mm) : (u32)nid, ALL_NODES);
}

paddr_t get_zeroed_page(struct mm *mm, gfp_t gfp)
{
	struct page *page = alloc_pages(mm, (gfp & ~GFP_HIGHMEM) | GFP_ZERO, 0);

	return page ? page_to_paddr(mm, page) : 0;
}

/* The state that a block must be in to be freed; slabs come as they are. */
static bool page_is_allocated(const struct page *page)
{
	return page->state == PAGE_ALLOCATED || page->state == PAGE_SLAB ||
	       page->state == PAGE_SLOB;
}

void free_page_buddy(struct mm *mm, struct zone *zone, pfn_t pfn, u32 order)
{
	spin_lock(mm->machine, &zone->lock, LOCK_ZONE);
	free_one_page(mm, zone, pfn, order, get_pageblock_migratetype(mm, pfn),
		      false);
	spin_unlock(mm->machine, &zone->lock);
	mm->vm_events[VM_EV_PGFREE] += (u64)1 << order;
}

void note_written_pages(struct mm *mm, bool meta)
{
	u32 cpu = mm->machine->cpu;
	u32 nid = mm->conf.cpu_to_node[cpu];

	if (meta)
		nid = (nid + mm->nr_meta_written[cpu]++) % mm->conf.nr_nodes;
	for (u32 i = 0; i < mm->nr_zones; i++) {
		struct zone *zone = &mm->zones[i];

		if (meta ? zone->node == nid : zone->written)
			zone->pcpstat[cpu].lru_changed = true;
	}
}

static NO_INLINE void leave_lru(struct mm *mm, struct zone *zone,
				struct page *page)
{
	if (page->flags & PG_ON_LRU) {
		if (page_lru_flag(page, LRU_SWAPCACHE))
			delete_from_swap_cache(mm, page);
		lru_del(mm, page);
	}
	if (mm->conf.movable_on_lru)
		zone->pcpstat[mm->machine->cpu].lru_changed = true;
}

void free_pages(struct mm *mm, struct page *page, unsigned int order)
{
	pfn_t pfn = page_to_pfn(mm, page);
	struct zone *zone = pfn_zone(mm, pfn);

	BUG_ON(!page_is_allocated(page));
	BUG_ON(page->order != order);
	if (unlikely(page->flags & (PG_ON_LRU | PG_LRU)))
		leave_lru(mm, zone, page);
	if (page->flags & PG_COMPOUND)
		charge(mm->machine, COST_PAGE_COMPOUND, (1u << order) - 1);
	page->flags = 0;
	if (likely(pcp_allowed_order(mm, order))) {
		free_unref_page(mm, zone, pfn, order);
		return;
	}
	charge(mm->machine, COST_PAGE_DIRECT, 1);
	free_page_buddy(mm, zone, pfn, order);
}

void free_pages_addr(struct mm *mm, paddr_t addr, unsigned int order)
{
	if (addr)
		free_pages(mm, pfn_to_page(mm, (pfn_t)(addr >> PAGE_SHIFT)),
			   order);
}

void split_page(struct mm *mm, struct page *page, unsigned int order)
{
	BUG_ON(!page_is_allocated(page));
	if (unlikely(page->flags & PG_ON_LRU)) /* its parts are on none */
		lru_del(mm, page);
	for (u64 i = 0; i < (u64)1 << order; i++) {
		page[i].state = PAGE_ALLOCATED;
		page[i].order = 0;
		page[i].flags = 0;
	}
}

paddr_t alloc_pages_exact(struct mm *mm, u64 size, gfp_t gfp)
{
	unsigned int order = get_order(size);
	u64 pages = DIV_ROUND_UP(size, MM_PAGE_SIZE);
	struct page *page;

	if (size == 0)
		return 0;
	page = alloc_pages(mm, gfp & ~(GFP_COMP | GFP_HIGHMEM), order);
	if (!page)
		return 0;
	split_page(mm, page, order);
	for (u64 i = pages; i < (u64)1 << order; i++)
		free_pages(mm, page + i, 0);
	return page_to_paddr(mm, page);
}

void free_pages_exact(struct mm *mm, paddr_t addr, u64 size)
{
	for (u64 i = 0; i < DIV_ROUND_UP(size, MM_PAGE_SIZE); i++)
		free_pages_addr(mm, addr + i * MM_PAGE_SIZE, 0);
}
