/*
 * Memory to zones: where each node's memory lies, which zone it is, and how
 * much of it the kernel has taken before the first allocation.
 *
 * The map is a PC's.  Nodes lie one after another from address 0.  Memory
 * that would reach into the PCI hole goes on at 4 GiB.  The first MiB is not
 * for allocation (97 of its pages are no RAM at all), and the firmware keeps
 * a little at the end of the memory below 4 GiB.
 *
 * The rule for `reserved: auto` was read off a table of real Linux 6.1
 * kernels (64 MB to 8 GB, 1 to 4 nodes) and gives their managed pages to the
 * page from 128 MB a node on:
 *
 *   memory map     512 pages for each 128 MiB section that the node begins
 *   kernel image   3078 pages, on the node with address 0, in its low zone
 *   page tables    43 pages a node, 4 more on the first of several,
 *                  9 more on the last, 3 more on an only one
 *   above 3 GiB    195 pages more on the last node
 *   bounce buffer  16384 pages below 4 GiB when there is memory above
 *   hash tables    one node only: 8 bytes for each 8 KiB (dentries) and
 *                  for each 16 KiB (inodes), memory rounded up to a power
 *                  of two; more nodes have them in vmalloc space
 *
 *   very little    when the first of several nodes has no more than 16 MiB
 *                  above ZONE_DMA, its memory map lies in ZONE_DMA and 39
 *                  pages of its page tables lie on the last node
 *
 * What is not the low zone's (image and bounce buffer) lies in the node's
 * highest zone that is not Movable or HighMem.
 */
#include "sim/config_internal.h"

#include "base/bug.h"

#include <errno.h>

#define PAGES(bytes)	   ((bytes) >> PAGE_SHIFT)
#define PFN_16M		   4096u
#define PFN_896M	   229376u
#define PFN_3G		   786432u
#define PFN_4G		   1048576u
#define PAE_PAGES_MAX	   ((u64)1 << 24) /* 36 bits of address: 64 GiB */
#define TOTAL_PAGES_MAX	   ((u64)1 << 32) /* pfn_t is 32 bits: 16 TiB */
#define FIRST_MIB_ABSENT   97		  /* 0x9f000 to 1 MiB: VGA, ROMs */
#define FIRST_MIB_RESERVED 255		  /* all of it but page 0 */
#define SECTION_PAGES	   32768u
#define SECTION_MEMMAP	   512u
#define KERNEL_PAGES	   3078u
#define SWIOTLB_PAGES	   16384u
#define ABOVE_3G_PAGES	   195u
#define TINY_NODE_PAGES	   8192u /* 32 MiB from address 0 */
#define TINY_MOVED_PAGES   39u
/* QEMU's and many boards' rule: all below the hole, or 3 GiB and the rest. */
#define HOLE_ALL_BELOW PAGES(3584ull << 20)

struct layout {
	struct config *c;
	const struct yaml_node *root;
	u64 hole_pfn;	 /* start of the hole; PFN_4G: none */
	u64 total_pages; /* of all nodes */
	u64 end_pfn;	 /* past the last page */
	u32 first_node;	 /* with memory */
	u32 last_node;
	u32 swiotlb_node;  /* the last one with memory below 4 GiB */
	u64 sections_from; /* sections before have their memory map already */
	u64 sections[MM_NODES_MAX];
};

static const struct yaml_node *node_at(const struct layout *l, u32 nid,
				       const char *key)
{
	const struct yaml_node *n = yaml_get(l->root, "nodes")->child;

	while (nid--)
		n = n->next;
	return config_at(n, key, NULL);
}

static enum zone_type zone_of(const struct layout *l, u64 pfn, u64 *end)
{
	if (pfn < PFN_16M) {
		*end = PFN_16M;
		return ZONE_DMA;
	}
	if (l->c->zones == ZONES_I386) {
		*end = pfn < PFN_896M ? PFN_896M : UINT64_MAX;
		return pfn < PFN_896M ? ZONE_NORMAL : ZONE_HIGHMEM;
	}
	*end = pfn < PFN_4G ? PFN_4G : UINT64_MAX;
	return pfn < PFN_4G ? ZONE_DMA32 : ZONE_NORMAL;
}

static int add_range(struct layout *l, u32 nid, enum zone_type zone, u64 start,
		     u64 end, struct err *e)
{
	struct mm_conf *mm = &l->c->mm;
	struct mm_range *r = &mm->ranges[mm->nr_ranges];

	if (mm->nr_ranges == MM_RANGES_MAX)
		return yaml_err(node_at(l, nid, "memory"), e,
				"the memory map has more than %d pieces",
				MM_RANGES_MAX);
	mm->nr_ranges++;
	*r = (struct mm_range){
		.nid = nid, .zone = zone, .start_pfn = start, .end_pfn = end};
	if (start == 0) {
		r->start_pfn = 1;
		r->absent_pages = FIRST_MIB_ABSENT;
		r->reserved_pages = FIRST_MIB_RESERVED;
	}
	return 0;
}

/* Memory [start, end) of a node, cut at zone borders and where the last
 * @movable pages begin. */
static int add_memory(struct layout *l, u32 nid, u64 start, u64 end,
		      u64 movable, struct err *e)
{
	u64 movable_from = end - movable;
	enum zone_type zone;
	u64 zone_end, to;

	while (start < end) {
		zone = zone_of(l, start, &zone_end);
		to = MIN(end, zone_end);
		if (start >= movable_from && zone != ZONE_DMA)
			zone = ZONE_MOVABLE;
		else if (to > movable_from && movable_from > start)
			to = movable_from;
		if (add_range(l, nid, zone, start, to, e))
			return -EINVAL;
		start = to;
	}
	return 0;
}

static void count_sections(struct layout *l, u32 nid, u64 start, u64 end)
{
	u64 first = MAX(start / SECTION_PAGES, l->sections_from);
	u64 past = DIV_ROUND_UP(end, SECTION_PAGES);

	if (past > first)
		l->sections[nid] += past - first;
	l->sections_from = MAX(l->sections_from, past);
}

/* Lays node @nid from @*pfn on, over the hole if it must. */
static int lay_node(struct layout *l, u32 nid, u64 *pfn, struct err *e)
{
	const struct config_node *n = &l->c->nodes[nid];
	u64 left = PAGES(n->memory_bytes), movable = PAGES(n->movable_bytes);
	u64 here, movable_here;

	while (left) {
		if (*pfn >= l->hole_pfn && *pfn < PFN_4G)
			*pfn = PFN_4G;
		here = left;
		if (*pfn < l->hole_pfn)
			here = MIN(left, l->hole_pfn - *pfn);
		left -= here;
		movable_here = movable > left ? movable - left : 0;
		if (add_memory(l, nid, *pfn, *pfn + here, movable_here, e))
			return -EINVAL;
		count_sections(l, nid, *pfn, *pfn + here);
		movable -= movable_here;
		if (*pfn < PFN_4G)
			l->swiotlb_node = nid;
		*pfn += here;
	}
	return 0;
}

static int check_node(struct layout *l, u32 nid, struct err *e)
{
	const struct config_node *n = &l->c->nodes[nid];

	if (n->memory_bytes % CONFIG_MEM_UNIT)
		return yaml_err(node_at(l, nid, "memory"), e,
				"a node's memory is a multiple of 4MiB");
	if (n->movable_bytes % CONFIG_MEM_UNIT)
		return yaml_err(node_at(l, nid, "movable"), e,
				"movable memory is a multiple of 4MiB");
	if (n->movable_bytes > n->memory_bytes)
		return yaml_err(node_at(l, nid, "movable"), e,
				"more movable memory than the node has");
	if (n->memory_bytes && !l->total_pages)
		l->first_node = nid;
	if (n->memory_bytes)
		l->last_node = nid;
	l->total_pages += PAGES(n->memory_bytes);
	if (l->total_pages > TOTAL_PAGES_MAX - PFN_4G)
		return yaml_err(node_at(l, nid, "memory"), e,
				"more memory than the 16TiB that page numbers "
				"can count");
	return 0;
}

static int set_hole(struct layout *l, struct err *e)
{
	struct config *c = l->c;

	if (c->hole_bytes == CONFIG_HOLE_AUTO)
		c->hole_bytes =
			l->total_pages >= HOLE_ALL_BELOW ? 3ull << 30 : 0;
	if (c->hole_bytes % CONFIG_MEM_UNIT ||
	    (c->hole_bytes && c->hole_bytes < 64 << 20))
		return yaml_err(config_at(l->root, "memory", "hole"), e,
				"the hole starts at a multiple of 4MiB from "
				"64MiB on; 0 is none");
	l->hole_pfn = c->hole_bytes ? PAGES(c->hole_bytes) : PFN_4G;
	return 0;
}

/* The firmware's piece ends the last memory below 4 GiB. */
static void cut_firmware(struct layout *l)
{
	struct mm_conf *mm = &l->c->mm;
	struct mm_range *last = NULL;
	u64 cut = DIV_ROUND_UP(l->c->firmware_bytes, MM_PAGE_SIZE);

	for (u32 i = 0; i < mm->nr_ranges; i++)
		if (mm->ranges[i].end_pfn <= PFN_4G)
			last = &mm->ranges[i];
	if (last && last->zone != ZONE_DMA)
		last->end_pfn -= cut;
}

/* A zone spans the hole when its node has memory on both sides of it. */
static void span_hole(struct layout *l)
{
	struct mm_conf *mm = &l->c->mm;

	for (u32 i = 0; i + 1 < mm->nr_ranges; i++) {
		struct mm_range *r = &mm->ranges[i];

		if (r->zone == ZONE_DMA32 && r->nid == r[1].nid &&
		    r[1].start_pfn >= PFN_4G)
			r->span_end_pfn = PFN_4G;
	}
}

static u64 hash_table_pages(u64 total)
{
	u64 rounded = 1, scale = 1;

	while (rounded < total)
		rounded <<= 1;
	/* From 64 GiB on the tables double as the memory grows fourfold. */
	for (u64 n = (u64)1 << 24; n < total; n <<= 2)
		scale <<= 1;
	return rounded * 3 / 2048 / scale;
}

/* What lies in the low zone of a node: image, bounce buffer. */
static u64 low_pages(const struct layout *l, u32 nid)
{
	u64 pages = nid == l->first_node ? KERNEL_PAGES : 0;

	if (nid == l->swiotlb_node && l->end_pfn > PFN_4G &&
	    l->c->zones == ZONES_X86_64)
		pages += SWIOTLB_PAGES;
	return pages;
}

/* The first of several nodes has no room for its memory map but in DMA. */
static bool tiny_first_node(const struct layout *l)
{
	return l->first_node != l->last_node &&
	       PAGES(l->c->nodes[l->first_node].memory_bytes) <=
		       TINY_NODE_PAGES;
}

static u64 auto_reserved(const struct layout *l, u32 nid)
{
	bool only = l->first_node == l->last_node;
	u64 pages = 43;

	if (l->c->zones == ZONES_I386) /* struct page is half as large */
		pages += l->sections[nid] * SECTION_MEMMAP / 2;
	else
		pages += l->sections[nid] * SECTION_MEMMAP;
	pages += low_pages(l, nid);
	if (nid == l->first_node && !only)
		pages += 4;
	if (nid == l->last_node)
		pages += 9 + (l->end_pfn > PFN_3G ? ABOVE_3G_PAGES : 0);
	if (only)
		pages += 3 + hash_table_pages(l->total_pages);
	if (nid == l->first_node && tiny_first_node(l))
		pages -= TINY_MOVED_PAGES;
	if (nid == l->last_node && tiny_first_node(l))
		pages += TINY_MOVED_PAGES;
	return pages;
}

/* Takes up to @pages of a range; leaves it at least one. */
static u64 reserve(struct mm_range *r, u64 pages)
{
	u64 has = r->end_pfn - r->start_pfn - r->reserved_pages;
	u64 take = MIN(pages, has - 1);

	r->reserved_pages += take;
	return pages - take;
}

/* Takes up to @want of @pages from one zone of the node; returns the rest. */
static u64 reserve_in(struct layout *l, u32 nid, enum zone_type zone, u64 want,
		      u64 pages)
{
	struct mm_conf *mm = &l->c->mm;
	u64 left = MIN(want, pages);

	pages -= left;
	for (u32 i = 0; i < mm->nr_ranges && left; i++)
		if (mm->ranges[i].nid == nid && mm->ranges[i].zone == zone)
			left = reserve(&mm->ranges[i], left);
	return pages + left;
}

/* Where a node's reserved pages are taken first: high Normal memory. */
static u32 reserve_rank(const struct mm_range *r)
{
	static const u32 rank[MAX_NR_ZONES] = {
		[ZONE_NORMAL] = 0,  [ZONE_DMA32] = 1, [ZONE_HIGHMEM] = 2,
		[ZONE_MOVABLE] = 3, [ZONE_DMA] = 4,
	};

	return rank[r->zone];
}

static int reserve_node(struct layout *l, u32 nid, struct err *e)
{
	struct config_node *n = &l->c->nodes[nid];
	struct mm_conf *mm = &l->c->mm;
	u64 pages;

	if (n->reserved_bytes == CONFIG_RESERVED_AUTO)
		n->reserved_bytes = n->memory_bytes ? auto_reserved(l, nid)
							      << PAGE_SHIFT
						    : 0;
	pages = DIV_ROUND_UP(n->reserved_bytes, MM_PAGE_SIZE);
	if (nid == l->first_node && tiny_first_node(l))
		pages = reserve_in(l, nid, ZONE_DMA,
				   l->sections[nid] * SECTION_MEMMAP, pages);
	pages = reserve_in(l, nid, ZONE_DMA32, low_pages(l, nid), pages);
	for (u32 rank = 0; rank <= 4 && pages; rank++)
		for (u32 i = 0; i < mm->nr_ranges && pages; i++)
			if (mm->ranges[i].nid == nid &&
			    reserve_rank(&mm->ranges[i]) == rank)
				pages = reserve(&mm->ranges[i], pages);
	if (!pages)
		return 0;
	return yaml_err(node_at(l, nid, "memory"), e,
			"the node has too little memory for the %lu KiB that "
			"the kernel reserves on it",
			(unsigned long)(n->reserved_bytes >> 10));
}

int config_layout(struct config *c, const struct yaml_node *root, struct err *e)
{
	struct layout l = {.c = c, .root = root};
	u64 pfn = 0;

	c->mm.nr_ranges = 0;
	for (u32 nid = 0; nid < c->mm.nr_nodes; nid++)
		if (check_node(&l, nid, e))
			return -EINVAL;
	if (!l.total_pages)
		return yaml_err(yaml_get(root, "nodes"), e,
				"no node has memory");
	if (set_hole(&l, e))
		return -EINVAL;
	for (u32 nid = 0; nid < c->mm.nr_nodes; nid++)
		if (lay_node(&l, nid, &pfn, e))
			return -EINVAL;
	l.end_pfn = pfn;
	if (c->zones == ZONES_I386 && pfn > PAE_PAGES_MAX)
		return yaml_err(node_at(&l, l.last_node, "memory"), e,
				"the memory ends above the 64GiB that i386 "
				"can address");
	cut_firmware(&l);
	span_hole(&l);
	for (u32 nid = 0; nid < c->mm.nr_nodes; nid++)
		if (reserve_node(&l, nid, e))
			return -EINVAL;
	return 0;
}
