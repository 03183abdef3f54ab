/*
 * reclaim.c - one pass of reclaim over a node.
 *
 * What it is
 *	shrink_node() of Linux, cut into pieces that each take a bounded time,
 *	so that kswapd can be an actor among others.
 *
 * How it works
 *	A pass at priority p looks at 2^-p of each list, oldest first, in
 *	pieces of 32 pages:
 *
 *	  active file   ── when larger than inactive: aged to inactive
 *	  inactive file ── taken from the owner, freed
 *	  shrinkers     ── 4 / seeks * count * 2^-p objects each, in batches
 *
 *	A page whose zone is of no use to the request goes back to the head.
 *	The owner of a page hears of its loss by MM_EV_PAGE_RECLAIMED.
 *
 * Lock order
 *	None: one operation runs at a time.
 *
 * Invariants
 *	pgsteal <= pgscan; a reclaimed page was on an inactive list
 *	(BUG_ON in reclaim_page()).
 *
 * What is charged
 *	COST_LRU_SCAN a page looked at, COST_LRU_RECLAIM one taken,
 *	COST_SHRINK_SCAN an object looked at by a shrinker.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1's classic LRU.  There is no swap, so anonymous pages stay.
 *	File pages count as clean: nothing is written back.  Reclaim for
 *	compaction (should_continue_reclaim) and memory cgroups are left out.
 */
#include "mm/reclaim.h"

#include "mm/filemap.h"
#include "mm/page_alloc.h"
#include "mm/page_internal.h"

void register_shrinker(struct mm *mm, struct shrinker *s)
{
	struct shrinker **at = &mm->shrinkers;

	BUG_ON(!s->batch);
	while (*at) /* in the order of registration */
		at = &(*at)->next;
	s->next = NULL;
	*at = s;
}

u64 zone_reclaimable_pages(const struct mm *mm, const struct zone *zone)
{
	const u64 *pages;

	if (!mm->lruvecs)
		return 0;
	pages = mm->lruvecs[zone->node].zone_pages[zone->type];
	return pages[LRU_INACTIVE_FILE] + pages[LRU_ACTIVE_FILE];
}

static u64 int_sqrt(u64 x)
{
	u64 root = 0;

	while ((root + 1) * (root + 1) <= x)
		root++;
	return root;
}

static u64 eligible_pages(const struct lruvec *vec, enum lru_list lru,
			  enum zone_type highest)
{
	u64 pages = 0;

	for (u32 type = 0; type <= (u32)highest; type++)
		pages += vec->zone_pages[type][lru];
	return pages;
}

/* Below 1 GiB half of a file's pages should be inactive, later less. */
static bool inactive_is_low(const struct lruvec *vec)
{
	u64 inactive = vec->nr_pages[LRU_INACTIVE_FILE];
	u64 active = vec->nr_pages[LRU_ACTIVE_FILE];
	u64 gib = (inactive + active) >> (30 - PAGE_SHIFT);
	u64 ratio = gib ? int_sqrt(10 * gib) : 1;

	return inactive * ratio < active;
}

void scan_begin(struct mm *mm, struct scan_control *sc)
{
	const struct lruvec *vec = &mm->lruvecs[sc->nid];

	for (u32 lru = 0; lru < NR_EVICTABLE_LRU_LISTS; lru++)
		sc->nr[lru] = 0;
	for (u32 lru = LRU_INACTIVE_FILE; lru <= LRU_ACTIVE_FILE; lru++)
		sc->nr[lru] = eligible_pages(vec, (enum lru_list)lru,
					     sc->reclaim_idx) >>
			      sc->priority;
	/* Pages that came back soon want room: what is active and old goes. */
	if (!inactive_is_low(vec) && vec->activated_file == vec->activated_then)
		sc->nr[LRU_ACTIVE_FILE] = 0;
	sc->slabs_done = false;
}

void snapshot_refaults(struct mm *mm, u32 nid)
{
	mm->lruvecs[nid].activated_then = mm->lruvecs[nid].activated_file;
}

/* The oldest page of a list that would help @sc; those that would not go to
 * the head.  PFN_NONE: there is none. */
static pfn_t isolate(struct mm *mm, const struct scan_control *sc,
		     enum lru_list lru)
{
	struct lruvec *vec = &mm->lruvecs[sc->nid];

	if (!eligible_pages(vec, lru, sc->reclaim_idx))
		return PFN_NONE;
	for (;;) {
		pfn_t pfn = vec->lists[lru].tail;
		enum zone_type type;

		BUG_ON(pfn == PFN_NONE);
		type = pfn_zone(mm, pfn)->type;
		if (type <= sc->reclaim_idx)
			return pfn;
		mm->vm_events[VM_EV_PGSKIP_DMA + type] +=
			(u64)1 << pfn_to_page(mm, pfn)->order;
		lru_move(mm, pfn_to_page(mm, pfn), lru);
	}
}

/* What becomes of a page that was looked at. */
enum page_fate {
	PAGE_IS_TAKEN,
	PAGE_IS_KEPT,	  /* for another round on the inactive list */
	PAGE_IS_ACTIVATED /* nothing to be had from it soon */
};

/*
 * shrink_folio_list(), for one page that nobody maps.  As the kernel: being
 * referenced saves no clean page; only a second access does, which moves it
 * to the active list at once.
 */
static enum page_fate page_fate(struct page *page)
{
	clear_page_lru_flag(page, LRU_REFERENCED);
	if (likely(!(page->words[LRU_WORD_FLAGS] &
		     (LRU_DIRTY | LRU_WRITEBACK | LRU_LOCKED | LRU_PINNED))))
		return PAGE_IS_TAKEN;
	if (page->words[LRU_WORD_FLAGS] & (LRU_LOCKED | LRU_PINNED))
		return PAGE_IS_KEPT;
	/* To be taken as soon as it is written. */
	set_page_lru_flag(page, LRU_RECLAIM);
	return PAGE_IS_ACTIVATED;
}

static void activate_page(struct mm *mm, struct page *page)
{
	lru_move(mm, page, LRU_ACTIVE_FILE);
	mm->vm_events[VM_EV_PGACTIVATE] += (u64)1 << page->order;
}

static void reclaim_page(struct mm *mm, struct scan_control *sc, pfn_t pfn)
{
	struct page *page = pfn_to_page(mm, pfn);
	u64 pages = (u64)1 << page->order;

	BUG_ON(page_lru(page) != LRU_INACTIVE_FILE);
	note(mm->machine, MM_EV_PAGE_RECLAIMED, pfn, page_owner(page));
	charge(mm->machine, COST_LRU_RECLAIM, (u32)pages);
	if (page->words[LRU_WORD_MAPPING] && !remove_mapping(mm, page))
		BUG();
	free_pages(mm, page, page->order);
	sc->nr_reclaimed += pages;
	mm->vm_events[VM_EV_PGSTEAL_FILE] += pages;
	mm->vm_events[sc->kswapd ? VM_EV_PGSTEAL_KSWAPD
				 : VM_EV_PGSTEAL_DIRECT] += pages;
}

static void shrink_inactive(struct mm *mm, struct scan_control *sc, u64 nr)
{
	struct page *page;
	u64 scanned = 0;

	while (scanned < nr) {
		pfn_t pfn = isolate(mm, sc, LRU_INACTIVE_FILE);

		if (pfn == PFN_NONE)
			break;
		page = pfn_to_page(mm, pfn);
		scanned += (u64)1 << page->order;
		switch (page_fate(page)) {
		case PAGE_IS_TAKEN:
			reclaim_page(mm, sc, pfn);
			break;
		case PAGE_IS_KEPT:
			lru_move(mm, page, LRU_INACTIVE_FILE);
			break;
		case PAGE_IS_ACTIVATED:
			activate_page(mm, page);
			break;
		}
	}
	charge(mm->machine, COST_LRU_SCAN, (u32)scanned);
	sc->nr_scanned += scanned;
	mm->vm_events[VM_EV_PGSCAN_FILE] += scanned;
	mm->vm_events[sc->kswapd ? VM_EV_PGSCAN_KSWAPD : VM_EV_PGSCAN_DIRECT] +=
		scanned;
}

static void shrink_active(struct mm *mm, const struct scan_control *sc, u64 nr)
{
	struct page *page;
	u64 scanned = 0;

	while (scanned < nr) {
		pfn_t pfn = isolate(mm, sc, LRU_ACTIVE_FILE);

		if (pfn == PFN_NONE)
			break;
		page = pfn_to_page(mm, pfn);
		scanned += (u64)1 << page->order;
		set_page_lru_flag(page, LRU_WORKINGSET);
		lru_move(mm, page, LRU_INACTIVE_FILE);
	}
	charge(mm->machine, COST_LRU_SCAN, (u32)scanned);
	mm->vm_events[VM_EV_PGREFILL] += scanned;
	mm->vm_events[VM_EV_PGDEACTIVATE] += scanned;
}

/* do_shrink_slab(): pressure in proportion to that on the page lists. */
static void shrink_one(struct mm *mm, struct scan_control *sc,
		       struct shrinker *s)
{
	u64 freeable = s->count(s, sc->nid, sc->gfp);
	u64 *deferred = &s->nr_deferred[sc->nid];
	u64 delta, total, scanned = 0;

	if (!freeable)
		return;
	delta = s->seeks ? (freeable >> sc->priority) * 4 / s->seeks
			 : freeable / 2;
	total = MIN((*deferred >> sc->priority) + delta, 2 * freeable);
	while (total >= s->batch || total >= freeable) {
		u64 nr = MIN(s->batch, total);

		if (!nr)
			break;
		s->scan(s, sc->nid, nr, sc->gfp);
		charge(mm->machine, COST_SHRINK_SCAN, (u32)nr);
		mm->vm_events[VM_EV_SLABS_SCANNED] += nr;
		sc->nr_scanned_slab += nr;
		scanned += nr;
		total -= nr;
	}
	*deferred =
		*deferred + delta > scanned ? *deferred + delta - scanned : 0;
	*deferred = MIN(*deferred, 2 * freeable);
}

static void shrink_slab(struct mm *mm, struct scan_control *sc)
{
	u64 before = mm->numa_slab_reclaimable[sc->nid], after;

	for (struct shrinker *s = mm->shrinkers; s; s = s->next)
		shrink_one(mm, sc, s);
	after = mm->numa_slab_reclaimable[sc->nid];
	sc->nr_reclaimed += before > after ? before - after : 0;
}

/* kswapd aims high and goes on; who waits for memory stops with enough,
 * but for the first pass, whose share of each list is small anyway. */
static bool has_enough(const struct scan_control *sc)
{
	return sc->nr_reclaimed >= sc->nr_to_reclaim &&
	       (sc->kswapd || sc->priority != DEF_PRIORITY);
}

bool scan_step(struct mm *mm, struct scan_control *sc)
{
	/* As the kernel: lists in their order, a piece of each in turn. */
	for (u32 lru = LRU_INACTIVE_FILE; lru <= LRU_ACTIVE_FILE; lru++) {
		u64 nr = MIN(sc->nr[lru], (u64)SWAP_CLUSTER_MAX);

		if (!nr)
			continue;
		sc->nr[lru] -= nr;
		if (lru == LRU_ACTIVE_FILE)
			shrink_active(mm, sc, nr);
		else
			shrink_inactive(mm, sc, nr);
		if (has_enough(sc))
			sc->nr[LRU_INACTIVE_FILE] = sc->nr[LRU_ACTIVE_FILE] = 0;
		return true;
	}
	if (!sc->slabs_done) {
		sc->slabs_done = true;
		shrink_slab(mm, sc);
	}
	return false;
}
