/*
 * percpu_map.h - one chunk of the per-CPU allocator: its bitmaps and the
 * hints that keep searches short (mm/percpu.c, Linux 6.1).
 *
 * A bit is PCPU_MIN_ALLOC_SIZE bytes; a block is a page's worth of bits.
 * The alloc map has a bit set for what is in use; the bound map marks where
 * each area begins and where the last one ends.
 *
 * Invariants, for each block and, over the whole map, for the chunk:
 *	contig_hint is the longest free run known; scan_hint, if not 0, is a
 *	shorter one that lies before it and behind which no longer one but
 *	contig_hint lies; first_free is the first free bit.
 */
#ifndef MM_PERCPU_MAP_H
#define MM_PERCPU_MAP_H

#include "base/bitmap.h"
#include "mm/mm.h"
#include "mm/vmalloc.h"

#define PCPU_MIN_ALLOC_SIZE 4
#define PCPU_BLOCK_BITS	    ((int)(MM_PAGE_SIZE / PCPU_MIN_ALLOC_SIZE))

struct pcpu_block_md {
	int scan_hint;
	int scan_hint_start;
	int contig_hint;
	int contig_hint_start;
	int left_free;	/* free bits at the block's start */
	int right_free; /* free bits at its end */
	int first_free;
	int nr_bits;
};

enum pcpu_map {
	PCPU_MAP_CHUNK, /* the struct, with the bitmap of populated pages */
	PCPU_MAP_ALLOC,
	PCPU_MAP_BOUND,
	PCPU_MAP_BLOCKS,
	PCPU_MAP_CGROUPS, /* who pays for an area; with memcg only */
	NR_PCPU_MAPS
};

struct pcpu_chunk {
	struct pcpu_chunk *next; /* list of its slot */
	struct pcpu_chunk *prev;
	int slot;
	u32 id;	  /* k-th chunk of this machine, for reports */
	u64 base; /* unit of CPU 0; a name only, nothing is mapped */
	int nr_pages;
	int nr_populated;
	int nr_empty_pop_pages;
	int free_bytes;
	bool immutable; /* the first chunk: never (de)populated */
	bool isolated;
	struct pcpu_block_md chunk_md;
	struct pcpu_block_md *md_blocks; /* [nr_pages], owned */
	u64 *alloc_map;			 /* owned */
	u64 *bound_map;			 /* owned, one bit more */
	u64 *populated;			 /* bit a page, owned */
	pfn_t *pages; /* [nr_pages * nr_cpus], page then CPU; owned or NULL */
	/* What Linux takes for the chunk itself; nothing for those of boot. */
	struct vm_mem maps[NR_PCPU_MAPS];
	paddr_t vms;		 /* array of pointers to the areas' structs */
	struct vm_block **areas; /* [nr_groups], owned; its units */
};

static inline int pcpu_chunk_bits(const struct pcpu_chunk *c)
{
	return c->nr_pages * PCPU_BLOCK_BITS;
}

struct pcpu_chunk *pcpu_chunk_new(int nr_pages);
void pcpu_chunk_delete(struct pcpu_chunk *c);

/**
 * pcpu_find_block_fit() - Where to look for @bits aligned to @align bits.
 * @pop_only: only where all pages are populated.
 * Return: the bit to start at, or -1.
 */
int pcpu_find_block_fit(const struct pcpu_chunk *c, int bits, int align,
			bool pop_only);
/** pcpu_alloc_area() - Takes them, from @start on. Bytes offset, or -1. */
int pcpu_alloc_area(struct pcpu_chunk *c, int bits, int align, int start,
		    int *empty_pages_change);
/** pcpu_free_area() - Frees the area at byte @off; returns its bytes. */
int pcpu_free_area(struct pcpu_chunk *c, int off, int *empty_pages_change);
/** pcpu_take_bits() - Marks [@start, @start + @bits) in use, no hints. */
void pcpu_take_bits(struct pcpu_chunk *c, int start, int bits);
/** pcpu_rebuild_hints() - All hints anew from the alloc map. */
void pcpu_rebuild_hints(struct pcpu_chunk *c);
/** The first thing wrong with @c's maps and hints, or NULL. */
const char *pcpu_chunk_check(const struct pcpu_chunk *c);

#endif
