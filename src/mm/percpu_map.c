/*
 * percpu_map.c - the map of one per-CPU chunk (Linux 6.1, mm/percpu.c).
 *
 * What it is
 *	First fit in a bitmap, made short by remembering for each page-sized
 *	block, and for the whole chunk, the longest free run and a second one
 *	that lies before it.
 *
 * How it works
 *	block 0              block 1              block 2
 *	│▓▓░░▓▓▓░░░░▓▓▓▓░░░░│░░░░░░░▓▓▓▓▓▓▓▓▓░░░░│▓▓▓▓
 *	   ↑    ↑        └ right_free + left_free ┘
 *	   │    contig_hint (longest)      an area may cross blocks
 *	   scan_hint (shorter, before it): a longer request starts behind it
 *
 *	Hints may be stale in one direction only: a run that exists may not
 *	be known, a run that is known exists.
 *
 * Lock order
 *	pcpu_lock, held by the caller.
 *
 * Invariants
 *	contig_hint_start .. + contig_hint is free	(pcpu_chunk_check)
 *	left_free is exact, first_free no later than it	(pcpu_chunk_check)
 *	free_bytes == 4 * clear bits			(pcpu_chunk_check)
 *
 * What is charged
 *	Nothing here: percpu.c charges an operation as a whole.
 *
 * What is left out
 *	The reserved chunk of modules.
 */
#include "mm/percpu_map.h"

#include "base/bug.h"
#include "base/xmalloc.h"

#include <stdlib.h>

struct pcpu_chunk *pcpu_chunk_new(int nr_pages)
{
	struct pcpu_chunk *c = xcalloc(1, sizeof(*c));
	size_t bits = (size_t)nr_pages * PCPU_BLOCK_BITS;

	c->nr_pages = nr_pages;
	c->free_bytes = (int)(bits * PCPU_MIN_ALLOC_SIZE);
	c->alloc_map = xcalloc(BITMAP_WORDS(bits), sizeof(u64));
	c->bound_map = xcalloc(BITMAP_WORDS(bits + 1), sizeof(u64));
	c->populated = xcalloc(BITMAP_WORDS(nr_pages), sizeof(u64));
	c->md_blocks = xcalloc((size_t)nr_pages, sizeof(*c->md_blocks));
	bit_set(c->bound_map, bits);
	pcpu_rebuild_hints(c);
	return c;
}

void pcpu_chunk_delete(struct pcpu_chunk *c)
{
	free(c->alloc_map);
	free(c->bound_map);
	free(c->populated);
	free(c->md_blocks);
	free(c->pages);
	free(c->areas);
	free(c);
}

/* Bits from the start of @c's map to the start of block @i. */
static int block_start(int i)
{
	return i * PCPU_BLOCK_BITS;
}

static int block_of(int bit)
{
	return bit / PCPU_BLOCK_BITS;
}

static int in_block(int bit)
{
	return bit % PCPU_BLOCK_BITS;
}

static const u64 *block_map(const struct pcpu_chunk *c, int i)
{
	return c->alloc_map + (size_t)block_start(i) / 64;
}

static int align_up(int x, int align)
{
	return (x + align - 1) / align * align;
}

static bool overlap(int a, int a_end, int b, int b_end)
{
	return a < b_end && b < a_end;
}

/* Is @start better aligned than @than? 0 is aligned to everything. */
static bool aligned_better(int start, int than)
{
	if (!than)
		return false;
	return !start || __builtin_ctz((unsigned int)start) >
				 __builtin_ctz((unsigned int)than);
}

/* A longer run than any known: the old one may live on as scan_hint. */
static void promote(struct pcpu_block_md *b, int start, int contig)
{
	if (start > b->contig_hint_start) {
		if (b->contig_hint > b->scan_hint) {
			b->scan_hint_start = b->contig_hint_start;
			b->scan_hint = b->contig_hint;
		} else if (start < b->scan_hint_start) {
			b->scan_hint = 0; /* it must lie before contig_hint */
		}
	} else {
		b->scan_hint = 0;
	}
	b->contig_hint_start = start;
	b->contig_hint = contig;
}

/* A run as long as the longest: keep the better aligned as contig_hint. */
static void same_length(struct pcpu_block_md *b, int start, int contig)
{
	if (aligned_better(start, b->contig_hint_start)) {
		b->contig_hint_start = start;
		if (start < b->scan_hint_start && b->contig_hint > b->scan_hint)
			b->scan_hint = 0;
	} else if (start > b->scan_hint_start ||
		   b->contig_hint > b->scan_hint) {
		b->scan_hint_start = start;
		b->scan_hint = contig;
	}
}

/* [@start, @end) of this block (or chunk) is free: pcpu_block_update(). */
static void block_update(struct pcpu_block_md *b, int start, int end)
{
	int contig = end - start;

	b->first_free = MIN(b->first_free, start);
	if (start == 0)
		b->left_free = contig;
	if (end == b->nr_bits)
		b->right_free = contig;
	if (contig > b->contig_hint) {
		promote(b, start, contig);
	} else if (contig == b->contig_hint) {
		same_length(b, start, contig);
	} else if (start < b->contig_hint_start &&
		   (contig > b->scan_hint ||
		    (contig == b->scan_hint && start > b->scan_hint_start))) {
		b->scan_hint_start = start;
		b->scan_hint = contig;
	}
}

/* Walks the free runs that cross blocks; false at the end of the map. */
static bool next_free_region(const struct pcpu_chunk *c, int *bit_off,
			     int *bits)
{
	int i = block_of(*bit_off), off = in_block(*bit_off);

	*bits = 0;
	for (; i < c->nr_pages; i++) {
		const struct pcpu_block_md *b = &c->md_blocks[i];

		if (*bits) {
			*bits += b->left_free;
			if (b->left_free == PCPU_BLOCK_BITS)
				continue;
			return true;
		}
		*bits = b->contig_hint;
		if (*bits && b->contig_hint_start >= off &&
		    *bits + b->contig_hint_start < PCPU_BLOCK_BITS) {
			*bit_off = block_start(i) + b->contig_hint_start;
			return true;
		}
		off = 0; /* the rest of this block was seen before */
		*bits = b->right_free;
		*bit_off = block_start(i + 1) - b->right_free;
	}
	return *bits != 0;
}

/* Finds the chunk's hints again; @full: scan_hint is not to be trusted. */
static void chunk_refresh_hint(struct pcpu_chunk *c, bool full)
{
	struct pcpu_block_md *md = &c->chunk_md;
	int bit_off, bits;

	if (!full && md->scan_hint) {
		bit_off = md->scan_hint_start + md->scan_hint;
		md->contig_hint_start = md->scan_hint_start;
		md->contig_hint = md->scan_hint;
		md->scan_hint = 0;
	} else {
		bit_off = md->first_free;
		md->contig_hint = 0;
	}
	while (bit_off < pcpu_chunk_bits(c) &&
	       next_free_region(c, &bit_off, &bits)) {
		block_update(md, bit_off, bit_off + bits);
		bit_off += bits + 1;
	}
}

static void block_refresh_hint(struct pcpu_chunk *c, int i)
{
	struct pcpu_block_md *b = &c->md_blocks[i];
	const u64 *map = block_map(c, i);
	size_t start, end;

	if (b->scan_hint) {
		start = (size_t)(b->scan_hint_start + b->scan_hint);
		b->contig_hint_start = b->scan_hint_start;
		b->contig_hint = b->scan_hint;
		b->scan_hint = 0;
	} else {
		start = (size_t)b->first_free;
		b->contig_hint = 0;
	}
	b->right_free = 0;
	for (;;) {
		start = find_next_zero_bit(map, PCPU_BLOCK_BITS, start);
		if (start >= (size_t)PCPU_BLOCK_BITS)
			return;
		end = find_next_bit(map, PCPU_BLOCK_BITS, start);
		block_update(b, (int)start, (int)end);
		start = end;
	}
}

/* Search */

static bool hint_fits(const struct pcpu_block_md *b, int bits, int align)
{
	int pad = align_up(b->contig_hint_start, align) - b->contig_hint_start;

	return pad + bits <= b->contig_hint;
}

/* Where in the block a search for @bits has to begin. */
static int next_hint(const struct pcpu_block_md *b, int bits)
{
	if (b->scan_hint && b->contig_hint_start > b->scan_hint_start &&
	    bits > b->scan_hint)
		return b->scan_hint_start + b->scan_hint;
	return b->first_free;
}

/* The next place from *@bit_off on where @want bits may fit. */
static void next_fit_region(const struct pcpu_chunk *c, int want, int align,
			    int *bit_off, int *bits)
{
	int i = block_of(*bit_off), off = in_block(*bit_off);

	*bits = 0;
	for (; i < c->nr_pages; i++) {
		const struct pcpu_block_md *b = &c->md_blocks[i];

		if (*bits) {
			*bits += b->left_free;
			if (*bits >= want)
				return;
			if (b->left_free == PCPU_BLOCK_BITS)
				continue;
		}
		*bits = align_up(b->contig_hint_start, align) -
			b->contig_hint_start;
		if (b->contig_hint && b->contig_hint_start >= off &&
		    b->contig_hint >= *bits + want) {
			int start = next_hint(b, want);

			*bits += want + b->contig_hint_start - start;
			*bit_off = block_start(i) + start;
			return;
		}
		off = 0;
		*bit_off = align_up(PCPU_BLOCK_BITS - b->right_free, align);
		*bits = PCPU_BLOCK_BITS - *bit_off;
		*bit_off += block_start(i);
		if (*bits >= want)
			return;
	}
	*bit_off = pcpu_chunk_bits(c);
}

/* Are all pages of these bits there?  Else *@next is where to go on. */
static bool is_populated(const struct pcpu_chunk *c, int bit_off, int bits,
			 int *next)
{
	size_t start = (size_t)bit_off / PCPU_BLOCK_BITS;
	size_t end =
		DIV_ROUND_UP((size_t)(bit_off + bits), (size_t)PCPU_BLOCK_BITS);

	start = find_next_zero_bit(c->populated, end, start);
	if (start >= end)
		return true;
	end = find_next_bit(c->populated, end, start + 1);
	*next = (int)end * PCPU_BLOCK_BITS;
	return false;
}

int pcpu_find_block_fit(const struct pcpu_chunk *c, int want, int align,
			bool pop_only)
{
	int bit_off, bits = 0, next = 0;

	if (!hint_fits(&c->chunk_md, want, align))
		return -1;
	bit_off = next_hint(&c->chunk_md, want);
	for (;;) {
		next_fit_region(c, want, align, &bit_off, &bits);
		if (bit_off >= pcpu_chunk_bits(c))
			return -1;
		if (!pop_only || is_populated(c, bit_off, bits, &next))
			return bit_off;
		bit_off = next;
		if (bit_off >= pcpu_chunk_bits(c))
			return -1;
	}
}

struct largest {
	size_t off;
	size_t bits;
};

static void remember_largest(struct largest *l, size_t off, size_t bits)
{
	if (bits > l->bits || (bits == l->bits && l->off &&
			       aligned_better((int)off, (int)l->off)))
		*l = (struct largest){off, bits};
}

/* First fit in [@start, @size); the largest run that was too short in @l. */
static size_t find_zero_area(const u64 *map, size_t size, size_t start,
			     size_t nr, size_t align, struct largest *l)
{
	for (;;) {
		size_t at = find_next_zero_bit(map, size, start), used;

		at = ALIGN_UP(at, align);
		if (at + nr > size)
			return at + nr; /* beyond: nothing found */
		used = find_next_bit(map, at + nr, at);
		if (used >= at + nr)
			return at;
		remember_largest(l, at, used - at);
		start = used + 1;
	}
}

/* A run met on the way, too short: it may serve as scan_hint. */
static void update_scan(struct pcpu_chunk *c, int bit_off, int bits)
{
	int start = in_block(bit_off), end = start + bits;
	int i = block_of(bit_off);
	size_t last;

	if (end > PCPU_BLOCK_BITS)
		return;
	last = find_last_bit(block_map(c, i), (size_t)start);
	start = (size_t)start == last ? 0 : (int)last + 1;
	block_update(&c->md_blocks[i], start, end);
}

/* Allocation */

static void alloc_first_block(struct pcpu_chunk *c, int i, int start, int bits,
			      int end_in_block)
{
	struct pcpu_block_md *b = &c->md_blocks[i];

	if (start == b->first_free)
		b->first_free = (int)find_next_zero_bit(block_map(c, i),
							PCPU_BLOCK_BITS,
							(size_t)(start + bits));
	if (overlap(b->scan_hint_start, b->scan_hint_start + b->scan_hint,
		    start, start + bits))
		b->scan_hint = 0;
	if (overlap(b->contig_hint_start, b->contig_hint_start + b->contig_hint,
		    start, start + bits)) {
		if (!start)
			b->left_free = 0;
		block_refresh_hint(c, i);
		return;
	}
	b->left_free = MIN(b->left_free, start);
	b->right_free = end_in_block < 0 ? 0
					 : MIN(b->right_free,
					       PCPU_BLOCK_BITS - end_in_block);
}

static void alloc_last_block(struct pcpu_chunk *c, int i, int end)
{
	struct pcpu_block_md *b = &c->md_blocks[i];

	b->first_free = (int)find_next_zero_bit(block_map(c, i),
						PCPU_BLOCK_BITS, (size_t)end);
	if (end > b->scan_hint_start)
		b->scan_hint = 0;
	b->left_free = 0;
	if (end > b->contig_hint_start)
		block_refresh_hint(c, i);
	else
		b->right_free = MIN(b->right_free, PCPU_BLOCK_BITS - end);
}

static void block_full(struct pcpu_block_md *b)
{
	b->scan_hint = b->contig_hint = 0;
	b->left_free = b->right_free = 0;
}

/* Hints after [@bit_off, +@bits) was taken; returns pages no longer empty. */
static int update_hint_alloc(struct pcpu_chunk *c, int bit_off, int bits)
{
	struct pcpu_block_md *md = &c->chunk_md;
	int first = block_of(bit_off), last = block_of(bit_off + bits - 1);
	int end = in_block(bit_off + bits - 1) + 1, empty = 0;

	if (c->md_blocks[first].contig_hint == PCPU_BLOCK_BITS)
		empty++;
	alloc_first_block(c, first, in_block(bit_off), bits,
			  first == last ? end : -1);
	if (first != last) {
		int full_end = last;

		if (c->md_blocks[last].contig_hint == PCPU_BLOCK_BITS)
			empty++;
		if (end == PCPU_BLOCK_BITS) {
			c->md_blocks[last].first_free = PCPU_BLOCK_BITS;
			full_end++;
		} else {
			alloc_last_block(c, last, end);
		}
		empty += last - first - 1;
		for (int i = first + 1; i < full_end; i++)
			block_full(&c->md_blocks[i]);
	}
	if (overlap(md->scan_hint_start, md->scan_hint_start + md->scan_hint,
		    bit_off, bit_off + bits))
		md->scan_hint = 0;
	if (overlap(md->contig_hint_start,
		    md->contig_hint_start + md->contig_hint, bit_off,
		    bit_off + bits))
		chunk_refresh_hint(c, false);
	return empty;
}

void pcpu_take_bits(struct pcpu_chunk *c, int start, int bits)
{
	bitmap_set(c->alloc_map, (size_t)start, (size_t)bits);
	bit_set(c->bound_map, (size_t)start);
	bitmap_clear(c->bound_map, (size_t)start + 1, (size_t)bits - 1);
	bit_set(c->bound_map, (size_t)(start + bits));
	c->free_bytes -= bits * PCPU_MIN_ALLOC_SIZE;
}

int pcpu_alloc_area(struct pcpu_chunk *c, int bits, int align, int start,
		    int *empty_pages_change)
{
	struct largest l = {0, 0};
	size_t end = MIN((size_t)(start + bits + PCPU_BLOCK_BITS),
			 (size_t)pcpu_chunk_bits(c));
	size_t at = find_zero_area(c->alloc_map, end, (size_t)start,
				   (size_t)bits, (size_t)align, &l);
	int bit_off = (int)at;

	if (at + (size_t)bits > end)
		return -1;
	if (l.bits)
		update_scan(c, (int)l.off, (int)l.bits);
	pcpu_take_bits(c, bit_off, bits);
	if (bit_off == c->chunk_md.first_free)
		c->chunk_md.first_free = (int)find_next_zero_bit(
			c->alloc_map, (size_t)pcpu_chunk_bits(c),
			(size_t)(bit_off + bits));
	*empty_pages_change = -update_hint_alloc(c, bit_off, bits);
	return bit_off * PCPU_MIN_ALLOC_SIZE;
}

/* Freeing */

static void block_empty(struct pcpu_block_md *b)
{
	b->first_free = b->scan_hint = b->contig_hint_start = 0;
	b->contig_hint = PCPU_BLOCK_BITS;
	b->left_free = b->right_free = PCPU_BLOCK_BITS;
}

/* Where the free run that now ends behind @start begins, in its block. */
static int run_start(const struct pcpu_chunk *c, int i, int start)
{
	const struct pcpu_block_md *b = &c->md_blocks[i];
	size_t last;

	if (start == b->contig_hint + b->contig_hint_start)
		return b->contig_hint_start;
	last = find_last_bit(block_map(c, i), (size_t)start);
	return (size_t)start == last ? 0 : (int)last + 1;
}

static int run_end(const struct pcpu_chunk *c, int i, int end)
{
	const struct pcpu_block_md *b = &c->md_blocks[i];

	if (end == b->contig_hint_start)
		return b->contig_hint_start + b->contig_hint;
	return (int)find_next_bit(block_map(c, i), PCPU_BLOCK_BITS,
				  (size_t)end);
}

/* Hints after [@bit_off, +@bits) was freed; returns pages now empty. */
static int update_hint_free(struct pcpu_chunk *c, int bit_off, int bits)
{
	int first = block_of(bit_off), last = block_of(bit_off + bits - 1);
	int start = run_start(c, first, in_block(bit_off));
	int end = run_end(c, last, in_block(bit_off + bits - 1) + 1);
	int first_end = first == last ? end : PCPU_BLOCK_BITS, empty = 0;

	if (!start && first_end == PCPU_BLOCK_BITS)
		empty++;
	block_update(&c->md_blocks[first], start, first_end);
	if (first != last) {
		if (end == PCPU_BLOCK_BITS)
			empty++;
		block_update(&c->md_blocks[last], 0, end);
		empty += last - first - 1;
		for (int i = first + 1; i < last; i++)
			block_empty(&c->md_blocks[i]);
	}
	/*
	 * As the kernel: the end is given relative to its block, so that for
	 * any block but the first only first_free is updated here.
	 */
	if (end - start >= PCPU_BLOCK_BITS || first != last)
		chunk_refresh_hint(c, true);
	else
		block_update(&c->chunk_md, block_start(first) + start, end);
	return empty;
}

int pcpu_free_area(struct pcpu_chunk *c, int off, int *empty_pages_change)
{
	int bit_off = off / PCPU_MIN_ALLOC_SIZE;
	int end, bits;

	BUG_ON(!bit_test(c->bound_map, (size_t)bit_off));
	BUG_ON(!bit_test(c->alloc_map, (size_t)bit_off));
	end = (int)find_next_bit(c->bound_map, (size_t)pcpu_chunk_bits(c),
				 (size_t)bit_off + 1);
	bits = end - bit_off;
	bitmap_clear(c->alloc_map, (size_t)bit_off, (size_t)bits);
	c->free_bytes += bits * PCPU_MIN_ALLOC_SIZE;
	c->chunk_md.first_free = MIN(c->chunk_md.first_free, bit_off);
	*empty_pages_change = update_hint_free(c, bit_off, bits);
	return bits * PCPU_MIN_ALLOC_SIZE;
}

void pcpu_rebuild_hints(struct pcpu_chunk *c)
{
	struct pcpu_block_md *md = &c->chunk_md;

	for (int i = 0; i < c->nr_pages; i++) {
		struct pcpu_block_md *b = &c->md_blocks[i];

		block_full(b);
		b->nr_bits = PCPU_BLOCK_BITS;
		b->first_free = (int)find_next_zero_bit(block_map(c, i),
							PCPU_BLOCK_BITS, 0);
		block_refresh_hint(c, i);
	}
	block_full(md);
	md->nr_bits = pcpu_chunk_bits(c);
	md->first_free = (int)find_next_zero_bit(c->alloc_map,
						 (size_t)pcpu_chunk_bits(c), 0);
	chunk_refresh_hint(c, true);
}

static const char *check_block(const struct pcpu_chunk *c, int i)
{
	const struct pcpu_block_md *b = &c->md_blocks[i];
	const u64 *map = block_map(c, i);
	size_t end = (size_t)(b->contig_hint_start + b->contig_hint);

	if (end > (size_t)PCPU_BLOCK_BITS)
		return "contig_hint reaches beyond its block";
	if (b->contig_hint &&
	    find_next_bit(map, end, (size_t)b->contig_hint_start) < end)
		return "contig_hint is not free";
	if ((size_t)b->left_free != find_next_bit(map, PCPU_BLOCK_BITS, 0))
		return "left_free is wrong";
	/* As the kernel: of a block filled from end to end it stays stale. */
	if (b->contig_hint &&
	    b->first_free != (int)find_next_zero_bit(map, PCPU_BLOCK_BITS, 0))
		return "first_free is wrong";
	return NULL;
}

const char *pcpu_chunk_check(const struct pcpu_chunk *c)
{
	size_t bits = (size_t)pcpu_chunk_bits(c), at = 0, used = 0;

	while ((at = find_next_bit(c->alloc_map, bits, at)) < bits) {
		size_t end = find_next_zero_bit(c->alloc_map, bits, at);

		used += end - at;
		at = end;
	}
	if (c->free_bytes != (int)((bits - used) * PCPU_MIN_ALLOC_SIZE))
		return "free_bytes is not what the map has";
	for (int i = 0; i < c->nr_pages; i++) {
		const char *wrong = check_block(c, i);

		if (wrong)
			return wrong;
	}
	return NULL;
}
