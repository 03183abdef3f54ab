#include "fake_pages.h"

#include "base/bug.h"
#include "base/xmalloc.h"
#include "mm/page_alloc.h"

#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_pages fake;
static struct machine machine;

struct page *alloc_pages_node(struct mm *mm, int nid, gfp_t gfp,
			      unsigned int order)
{
	u32 n = nid < 0 ? numa_mem_id(mm) : (u32)nid;
	struct page *page;
	pfn_t pfn = fake.free[n][order];

	fake.last_gfp = gfp;
	fake.last_order = order;
	if (fake.fail_from_order && order >= fake.fail_from_order)
		return NULL;
	if (pfn) {
		fake.free[n][order] = pfn_to_page(mm, pfn)->next;
	} else {
		pfn = (pfn_t)ALIGN_UP(fake.next[n], 1u << order);
		if (pfn + (1u << order) > (n + 1) * FAKE_NODE_PAGES)
			return NULL;
		fake.next[n] = pfn + (1u << order);
	}
	page = pfn_to_page(mm, pfn);
	memset(page, 0, sizeof(*page));
	page->state = PAGE_ALLOCATED;
	page->order = (u8)order;
	fake.live_pages += 1u << order;
	return page;
}

struct page *alloc_pages(struct mm *mm, gfp_t gfp, unsigned int order)
{
	return alloc_pages_node(mm, NUMA_NO_NODE, gfp, order);
}

void free_pages(struct mm *mm, struct page *page, unsigned int order)
{
	u32 n = pfn_to_nid(mm, page_to_pfn(mm, page));

	BUG_ON(page->state != PAGE_ALLOCATED);
	page->state = PAGE_UNTOUCHED;
	page->next = fake.free[n][order];
	fake.free[n][order] = page_to_pfn(mm, page);
	fake.live_pages -= 1u << order;
}

void free_pages_addr(struct mm *mm, paddr_t addr, unsigned int order)
{
	free_pages(mm, pfn_to_page(mm, (pfn_t)(addr >> PAGE_SHIFT)), order);
}

static void fake_node(struct mm *mm, u32 nid)
{
	struct pglist_data *node = &mm->nodes[nid];
	u32 nr = mm->conf.nr_nodes;

	fake.next[nid] = nid * FAKE_NODE_PAGES + 1024;
	mm->zones[nid].node = nid;
	mm->zones[nid].type = ZONE_NORMAL;
	node->node_id = nid;
	node->has_memory = true;
	node->nr_zonerefs = nr;
	node->zonelist = xcalloc(nr, sizeof(*node->zonelist));
	for (u32 i = 0; i < nr; i++) {
		node->zonelist[i].zone_idx = (nid + i) % nr;
		node->zonelist[i].type = ZONE_NORMAL;
	}
}

struct mm *fake_mm(u32 cpus, u32 nodes)
{
	struct mm *mm = xcalloc(1, sizeof(*mm));
	u64 blocks = nodes * (FAKE_NODE_PAGES >> (MAX_ORDER - 1));

	memset(&fake, 0, sizeof(fake));
	memset(&machine, 0, sizeof(machine));
	for (u32 i = 0; i < NR_COSTS; i++)
		machine.cost_cycles[i] = 1;
	mm->machine = &machine;
	mm->conf.slab_ops = &slub_ops;
	mm->conf.profile = PROFILE_LINUX_6_1;
	mm->conf.nr_cpus = cpus;
	mm->conf.nr_nodes = nodes;
	mm->conf.slub_max_order = 3;
	mm->conf.slub_cpu_partial = true;
	mm->conf.slab_colour = true;
	mm->conf.slab_nomerge = true;
	mm->max_pfn = nodes * FAKE_NODE_PAGES;
	mm->memmap = xmap_lazy(mm->max_pfn * sizeof(struct page));
	mm->nr_zones = nodes;
	mm->zones = xcalloc(nodes, sizeof(*mm->zones));
	mm->zone_of_block = xcalloc(blocks, 1);
	for (u64 b = 0; b < blocks; b++)
		mm->zone_of_block[b] =
			(u8)((b << (MAX_ORDER - 1)) / FAKE_NODE_PAGES);
	for (u32 i = 0; i < nodes; i++)
		fake_node(mm, i);
	for (u32 i = 0; i < cpus; i++)
		mm->conf.cpu_to_node[i] = (u8)(i % nodes);
	return mm;
}

void fake_boot(struct mm *mm)
{
	struct err e = {0};

	assert_int_equal(kmem_cache_init(mm, &e), 0);
}

void fake_mm_free(struct mm *mm)
{
	kmem_cache_exit(mm);
	for (u32 i = 0; i < mm->conf.nr_nodes; i++)
		free(mm->nodes[i].zonelist);
	xunmap(mm->memmap, mm->max_pfn * sizeof(struct page));
	free(mm->zones);
	free(mm->zone_of_block);
	free(mm);
}

void fake_check(const struct mm *mm)
{
	struct err e = {0};

	if (mm->conf.slab_ops->check(mm, &e))
		fail_msg("%s", e.text);
}
