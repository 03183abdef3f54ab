/*
 * workingset.c - pages that come back soon after they were reclaimed.
 *
 * What it is
 *	mm/workingset.c of Linux: tells apart what was used once from what
 *	belongs to the set that is used over and over, although the inactive
 *	list was too short to see it used twice.
 *
 * How it works
 *
 *	   new ──► inactive ──► evicted ────── away ──────► refault
 *	              ▲            │ shadow: age E            │ age R
 *	              └── active ◄─┘                          ▼
 *	                                      distance = R - E pages
 *
 *	A node's age counts its evictions and activations: each moves the
 *	inactive list by one page.  A page that is back after a distance of at
 *	most the size of the active list would have been used twice, had the
 *	active list made room for it; so it starts there.
 *
 *	Nodes of trees that hold nothing but shadows are listed, oldest last,
 *	and a shrinker frees them when there are more than an eighth of the
 *	memory at 64 shadows each can be of use for.
 *
 * Lock order
 *	None.
 *
 * Invariants
 *	See workingset.h; filemap_check() walks the lists.
 *
 * What is charged
 *	The shrinker's: COST_SHRINK_SCAN a node.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1 without memory cgroups.  3.15 was the first with shadows, so
 *	profiles up to 3.8 leave none.
 */
#include "mm/workingset.h"

#include "base/xmalloc.h"
#include "mm/page_internal.h"
#include "mm/reclaim.h"
#include "mm/swap.h"

#include <stdlib.h>

#define NODE_BITS     10u /* NODES_SHIFT of a distribution's kernel */
#define MEMCG_ID_BITS 16u
#define SHRINK_BATCH  128u

_Static_assert(WORKINGSET_AGE_BITS + NODE_BITS + MEMCG_ID_BITS + 1 == 63,
	       "a shadow fills a value entry");

#define AGE_MASK (((u64)1 << WORKINGSET_AGE_BITS) - 1)

xa_entry pack_shadow(const struct shadow *shadow)
{
	u64 value = shadow->eviction & AGE_MASK;

	value = value << MEMCG_ID_BITS; /* the root's */
	value = value << NODE_BITS | shadow->nid;
	value = value << 1 | shadow->workingset;
	return xa_value_entry(value);
}

struct shadow unpack_shadow(xa_entry entry)
{
	u64 value = xa_to_value(entry);

	return (struct shadow){
		.workingset = value & 1,
		.nid = (u32)(value >> 1) & ((1u << NODE_BITS) - 1),
		.eviction = value >> (1 + NODE_BITS + MEMCG_ID_BITS),
	};
}

static bool has_shadows(const struct mm *mm)
{
	return mm->lruvecs && mm->conf.profile >= PROFILE_LINUX_5_3;
}

void workingset_age_nonresident(struct mm *mm, u32 nid, u64 nr)
{
	mm->lruvecs[nid].nonresident_age += nr;
}

xa_entry workingset_eviction(struct mm *mm, const struct page *page)
{
	u32 nid = pfn_to_nid(mm, page_to_pfn(mm, page));
	struct shadow shadow = {
		.nid = nid,
		.workingset = page_lru_flag(page, LRU_WORKINGSET),
	};

	if (!has_shadows(mm))
		return 0;
	shadow.eviction = mm->lruvecs[nid].nonresident_age;
	workingset_age_nonresident(mm, nid, (u64)1 << page->order);
	return pack_shadow(&shadow);
}

/* Pages that those which are away compete with. */
static u64 workingset_size(const struct mm *mm, const struct lruvec *vec,
			   bool file)
{
	u64 size = vec->nr_pages[LRU_ACTIVE_FILE];

	if (!file)
		size += vec->nr_pages[LRU_INACTIVE_FILE];
	/* Anonymous pages could make room, too. */
	if (swap_nr_free(mm)) {
		size += vec->nr_pages[LRU_ACTIVE_ANON];
		if (file)
			size += vec->nr_pages[LRU_INACTIVE_ANON];
	}
	return size;
}

void workingset_refault(struct mm *mm, struct page *page, xa_entry entry)
{
	struct shadow shadow = unpack_shadow(entry);
	enum lru_list lru = page_lru(page);
	bool file = lru == LRU_INACTIVE_FILE;
	u64 nr = (u64)1 << page->order;
	const struct lruvec *then;
	struct lruvec *vec;
	u64 distance;

	if (!has_shadows(mm))
		return;
	BUG_ON(shadow.nid >= mm->conf.nr_nodes);
	BUG_ON(!file && lru != LRU_INACTIVE_ANON);
	then = &mm->lruvecs[shadow.nid];
	vec = &mm->lruvecs[pfn_to_nid(mm, page_to_pfn(mm, page))];
	distance = (then->nonresident_age - shadow.eviction) & AGE_MASK;
	mm->vm_events[file ? VM_EV_WORKINGSET_REFAULT_FILE
			   : VM_EV_WORKINGSET_REFAULT_ANON] += nr;
	vec->workingset[file].refaults += nr;
	if (distance > workingset_size(mm, then, file))
		return;
	lru_move(mm, page, (enum lru_list)(lru + 1));
	vec->nonresident_age += nr;
	vec->workingset[file].activates += nr;
	mm->vm_events[file ? VM_EV_WORKINGSET_ACTIVATE_FILE
			   : VM_EV_WORKINGSET_ACTIVATE_ANON] += nr;
	if (!shadow.workingset)
		return;
	set_page_lru_flag(page, LRU_WORKINGSET);
	/* That it went is what reclaim of its kind cost. */
	lru_note_cost(mm, pfn_to_nid(mm, page_to_pfn(mm, page)), file, nr);
	mm->vm_events[file ? VM_EV_WORKINGSET_RESTORE_FILE
			   : VM_EV_WORKINGSET_RESTORE_ANON] += nr;
	vec->workingset[file].restores += nr;
}

/* Nodes of shadows */

static u32 node_nid(const struct mm *mm, const struct xa_node *node)
{
	return pfn_to_nid(mm, (pfn_t)(node->self >> PAGE_SHIFT));
}

static void list_node(struct shadow_list *list, struct xa_node *node)
{
	node->listed = true;
	node->prev = NULL;
	node->next = list->head;
	if (list->head)
		list->head->prev = node;
	else
		list->tail = node;
	list->head = node;
	list->nr++;
}

static void unlist_node(struct shadow_list *list, struct xa_node *node)
{
	node->listed = false;
	if (node->prev)
		node->prev->next = node->next;
	else
		list->head = node->next;
	if (node->next)
		node->next->prev = node->prev;
	else
		list->tail = node->prev;
	list->nr--;
}

void workingset_update_node(struct mm *mm, struct xa_node *node)
{
	bool only_shadows = node->count && node->count == node->nr_values;
	struct shadow_list *list;

	if (only_shadows == node->listed)
		return;
	list = &mm->filemap->shadow_nodes[node_nid(mm, node)];
	if (only_shadows)
		list_node(list, node);
	else
		unlist_node(list, node);
}

/* The shrinker */

struct shadow_shrinker {
	struct shrinker s; /* first */
	struct mm *mm;
};

static u64 count_shadow_nodes(struct shrinker *s, u32 nid, gfp_t gfp)
{
	const struct mm *mm = ((struct shadow_shrinker *)s)->mm;
	const struct lruvec *vec = &mm->lruvecs[nid];
	u64 nodes = mm->filemap->shadow_nodes[nid].nr;
	u64 pages = mm->numa_slab_reclaimable[nid] +
		    mm->numa_slab_unreclaimable[nid];
	u64 max_nodes;

	(void)gfp;
	for (u32 lru = 0; lru < NR_LRU_LISTS; lru++)
		pages += vec->nr_pages[lru];
	/*
	 * As many shadows as the memory has pages are enough to see every
	 * refault that matters; taken to be in nodes an eighth full.
	 */
	max_nodes = pages >> (XA_CHUNK_SHIFT - 3);
	return nodes > max_nodes ? nodes - max_nodes : 0;
}

static u64 scan_shadow_nodes(struct shrinker *s, u32 nid, u64 nr, gfp_t gfp)
{
	struct mm *mm = ((struct shadow_shrinker *)s)->mm;
	struct shadow_list *list = &mm->filemap->shadow_nodes[nid];
	u64 freed = 0;

	(void)gfp;
	for (; freed < nr && list->tail; freed++) {
		struct xa_node *node = list->tail;
		struct address_space *m =
			container_of(node->array, struct address_space, pages);

		BUG_ON(node->count != node->nr_values);
		m->nr_shadows -= node->nr_values;
		xa_delete_node(mm, node);
		mm->vm_events[VM_EV_WORKINGSET_NODERECLAIM]++;
		mm->lruvecs[nid].workingset_nodereclaim++;
	}
	return freed;
}

void workingset_init(struct mm *mm)
{
	struct shadow_shrinker *s;

	if (!has_shadows(mm))
		return;
	s = xcalloc(1, sizeof(*s));
	s->mm = mm;
	s->s = (struct shrinker){
		.count = count_shadow_nodes,
		.scan = scan_shadow_nodes,
		.seeks = 0, /* what is counted is of no use at all */
		.batch = SHRINK_BATCH,
	};
	mm->filemap->shadow_shrinker = s;
	register_shrinker(mm, &s->s);
}

void workingset_exit(struct mm *mm)
{
	free(mm->filemap->shadow_shrinker);
}
