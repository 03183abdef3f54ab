/* slabs-start.txt of SLOB: pages with free space, list by list. */
#include "sim/state_slab.h"

#include "mm/slob.h"

#include <errno.h>

#define SLOB_BLOCKS_MAX 1024u /* free blocks of a page: they never touch */

/* "unit_offset+units,..." */
static bool block_list(struct scan *s, struct slob_block *blocks, u32 *nr)
{
	*nr = 0;
	do {
		u32 start = 0, units = 0;

		if (!scan_u32(s, UINT16_MAX, &start) || !scan_want(s, "+") ||
		    !scan_u32(s, UINT16_MAX, &units))
			return false;
		if (*nr == SLOB_BLOCKS_MAX)
			return scan_fail(s, "too many free blocks");
		blocks[(*nr)++] = (struct slob_block){(u16)start, (u16)units};
	} while (scan_word(s, ","));
	return true;
}

/* "small 7453 nid=0 units=1173 free=229+3,..." */
static bool page_line(struct mm *mm, struct scan *s, struct err *e)
{
	static const char *const names[NR_SLOB_LISTS] = {"small ", "medium ",
							 "large "};
	struct slob_block blocks[SLOB_BLOCKS_MAX];
	u32 pfn = 0, nr = 0, list = 0;
	u64 skip;

	while (list < NR_SLOB_LISTS && !scan_word(s, names[list]))
		list++;
	if (list == NR_SLOB_LISTS)
		return scan_fail(s, "small, medium or large is expected here");
	if (!scan_u32(s, STATE_PFN_MAX, &pfn) || !scan_want(s, "nid=") ||
	    !scan_u64(s, MM_NODES_MAX, &skip) || !scan_want(s, "units=") ||
	    !scan_u64(s, UINT16_MAX, &skip) || !scan_want(s, "free=") ||
	    !block_list(s, blocks, &nr))
		return false;
	return !slob_state_page(mm, (enum slob_list)list, pfn, blocks, nr, e);
}

static int load_pages(struct mm *mm, const char *dir, struct err *e)
{
	struct scan s;
	int rc = scan_open(&s, dir, "slabs-start.txt", e);
	bool good = true;

	if (rc == -ENOENT)
		return err_set(e, rc, "%s: no slabs-start.txt there", dir);
	if (rc)
		return rc;
	while (good && scan_next_line(&s))
		if (!scan_eol(&s) && !scan_peek(&s, "#"))
			good = page_line(mm, &s, e);
	good = good && !scan_failed(&s);
	scan_close(&s);
	if (good)
		return 0;
	return err_set(e, -EINVAL, "%s/slabs-start.txt: damaged", dir);
}

int state_restore_slob(struct mm *mm, const struct state *st, const char *dir,
		       struct err *e)
{
	slob_state_begin(mm);
	for (size_t i = 0; i < st->caches.nr; i++)
		if (!slob_state_cache(mm, st->caches.at[i].name,
				      st->caches.at[i].object_size,
				      st->caches.at[i].align,
				      st->caches.at[i].flags, e))
			return -EINVAL;
	/* The kernel's first kmem_cache is static and on no list. */
	if (!slob_state_cache(mm, "kmem_cache", SLOB_KMEM_CACHE_BYTES,
			      SLOB_MINALIGN, 0, e))
		return -EINVAL;
	return load_pages(mm, dir, e);
}
