/*
 * slab_layout_old.c - how SLAB laid out a cache before 3.13, and the paper
 * that it comes from.
 *
 * What it is
 *	Arithmetic for the profiles linux-2.6 and linux-3.8, where a slab has
 *	a descriptor, struct slab, with the free indexes (kmem_bufctl_t)
 *	behind it; and for Bonwick's slab of 1994.
 *
 * How it works
 *	objects below an eighth of a page:
 *	  |colour|struct slab, index[num], pad|obj|obj| ... |left over|
 *	others: descriptor from kmalloc, unless it fits into what is left over
 *
 *	textbook: |colour|obj|obj| ... |obj|left over|32 bytes|
 *	  the colour steps by the alignment, up to all that is left over
 *
 * Lock order
 *	None.
 *
 * Invariants
 *	num * size + head_bytes + left_over == slab	(unit tests)
 *	left_over * 8 <= slab, or the largest order	(unit tests)
 *
 * What is charged
 *	Nothing.
 *
 * What is left out, and which kernel this follows
 *	2.6.18 on x86-64, without debugging: struct slab has 48 bytes, an
 *	index 4.  A slab holds SLAB_INDEX_MAX objects at most (there: 4096),
 *	which no cache reaches.  The paper: J. Bonwick, The Slab Allocator,
 *	USENIX Summer 1994, sections 3.2 and 4.1.
 */
#include "mm/slab_cache.h"

#include "mm/page_alloc.h"
#include "mm/slab_sizes.h"

#define DESCRIPTOR_BYTES     48u /* struct slab, x86-64 */
#define BUFCTL_BYTES	     4u	 /* kmem_bufctl_t */
#define OFF_SLAB_MIN	     (MM_PAGE_SIZE / 8)
#define TEXTBOOK_SLAB_BYTES  32u /* kmem_slab at the slab's end */
#define TEXTBOOK_LARGE_BYTES (MM_PAGE_SIZE / 8)

static u32 descriptor_bytes(u32 num, u32 align)
{
	return slab_align(DESCRIPTOR_BYTES + num * BUFCTL_BYTES, align);
}

/* cache_estimate(): objects in a slab of @bytes, and what is left over. */
static u32 estimate(const struct slab_layout *l, u32 bytes, u32 *left_over)
{
	u32 num, mgmt = 0;

	if (l->management == SLAB_MGMT_OFF) {
		num = bytes / l->size;
	} else {
		num = (bytes - DESCRIPTOR_BYTES) / (l->size + BUFCTL_BYTES);
		mgmt = descriptor_bytes(num, l->align);
		if (num && mgmt + num * l->size > bytes) {
			num--;
			mgmt = descriptor_bytes(num, l->align);
		}
	}
	num = MIN(num, SLAB_INDEX_MAX);
	if (num)
		*left_over = bytes - num * l->size - mgmt;
	return num;
}

static void search_order(struct slab_layout *l, slab_flags_t flags,
			 u32 max_order)
{
	u32 off_max = l->size > DESCRIPTOR_BYTES
			      ? (l->size - DESCRIPTOR_BYTES) / BUFCTL_BYTES
			      : 0;

	for (u32 order = 0; order < MAX_ORDER; order++) {
		u32 bytes = (u32)MM_PAGE_SIZE << order, left;
		u32 num = estimate(l, bytes, &left);

		if (!num)
			continue;
		/* A descriptor must not be larger than the objects. */
		if (l->management == SLAB_MGMT_OFF && num > off_max)
			break;
		l->num = num;
		l->gfporder = order;
		l->left_over = left;
		if ((flags & SLAB_RECLAIM_ACCOUNT) || order >= max_order ||
		    left * 8 <= bytes)
			break;
	}
}

bool slab_layout_descriptor(struct slab_layout *l, u32 size, u32 align,
			    slab_flags_t flags, u32 max_order)
{
	u32 mgmt;

	*l = (struct slab_layout){.align = MAX(align, SLAB_WORD),
				  .index_bytes = BUFCTL_BYTES};
	l->size = slab_align(slab_align(size, SLAB_WORD), l->align);
	l->management = size >= OFF_SLAB_MIN ? SLAB_MGMT_OFF : SLAB_MGMT_ON;
	search_order(l, flags, max_order);
	if (!l->num)
		return false;
	mgmt = descriptor_bytes(l->num, l->align);
	if (l->management == SLAB_MGMT_OFF && l->left_over >= mgmt) {
		l->management = SLAB_MGMT_ON;
		l->left_over -= mgmt;
	}
	if (l->management == SLAB_MGMT_OFF)
		mgmt = DESCRIPTOR_BYTES + l->num * BUFCTL_BYTES;
	else
		l->head_bytes = mgmt;
	l->freelist_bytes = mgmt;
	l->colour_off = MAX(SLAB_CACHE_LINE, l->align);
	l->colour = l->left_over / l->colour_off;
	return true;
}

/*
 * A small object's slab is a page.  A large one's grows until it holds eight
 * and wastes at most one part of the slab in as many as it has objects.
 */
bool slab_layout_textbook(struct slab_layout *l, u32 size, u32 align)
{
	*l = (struct slab_layout){.align = MAX(align, SLAB_WORD),
				  .index_bytes = 1,
				  .freelist_bytes = TEXTBOOK_SLAB_BYTES,
				  .management = SLAB_MGMT_ON};
	l->size = slab_align(slab_align(size, SLAB_WORD), l->align);
	for (u32 order = 0; order < MAX_ORDER; order++) {
		u32 room = ((u32)MM_PAGE_SIZE << order) - TEXTBOOK_SLAB_BYTES;

		l->gfporder = order;
		l->num = MIN(room / l->size, SLAB_INDEX_MAX);
		l->left_over = room - l->num * l->size;
		if (l->num && (l->size < TEXTBOOK_LARGE_BYTES ||
			       l->left_over * 8 <= (u32)MM_PAGE_SIZE << order))
			break;
	}
	l->colour_off = l->align;
	l->colour =
		l->left_over / l->colour_off + 1; /* 0 counts, as the last */
	return l->num != 0;
}
