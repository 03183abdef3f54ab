/* percpu-start.txt: the chunks of the per-CPU allocator, slot by slot. */
#include "sim/state_slab.h"

#include "mm/percpu.h"

#include <errno.h>

#define CHUNK_PAGES_MAX ((u32)(PCPU_UNIT_BYTES / MM_PAGE_SIZE))

struct percpu_loader {
	struct percpu *p;
	struct scan scan;
	struct pcpu_chunk *c; /* being read, not yet adopted; owned */
	struct pcpu_block_md md;
	bool first;
	u32 slot;
};

/* A recorded chunk is complete: it goes to the tail of its slot. */
static void adopt(struct percpu_loader *l)
{
	struct pcpu_block_md *md;

	if (!l->c)
		return;
	percpu_adopt_chunk(l->p, l->c, l->first, (int)l->slot);
	md = &l->c->chunk_md;
	/* What the kernel knew of the chunk depends on its past. */
	md->contig_hint = l->md.contig_hint;
	md->contig_hint_start = l->md.contig_hint_start;
	md->scan_hint = l->md.scan_hint;
	md->scan_hint_start = l->md.scan_hint_start;
	md->first_free = l->md.first_free;
	l->c = NULL;
}

static bool key(struct scan *s, const char *word, u32 max, u32 *v)
{
	return scan_want(s, word) && scan_u32(s, max, v);
}

/* "chunk 0 slot=12 base=H first=1 nr_pages=8 ... isolated=0" */
static bool chunk_line(struct percpu_loader *l)
{
	struct scan *s = &l->scan;
	u32 skip = 0, first = 0, pages = 0, empty = 0, immutable, isolated = 0;
	char base[32];

	adopt(l);
	if (!scan_u32(s, UINT16_MAX, &skip) ||
	    !key(s, "slot=", (u32)l->p->nr_slots - 1, &l->slot) ||
	    !scan_want(s, "base=") || !scan_token(s, ' ', base, sizeof(base)) ||
	    !key(s, "first=", 1, &first) ||
	    !key(s, "nr_pages=", CHUNK_PAGES_MAX, &pages) ||
	    !key(s, "nr_populated=", CHUNK_PAGES_MAX, &skip) ||
	    !key(s, "nr_empty_pop=", CHUNK_PAGES_MAX, &empty) ||
	    !key(s, "free_bytes=", PCPU_UNIT_BYTES, &skip) ||
	    !key(s, "start_offset=", PCPU_UNIT_BYTES, &skip) ||
	    !key(s, "end_offset=", PCPU_UNIT_BYTES, &skip) ||
	    !key(s, "immutable=", 1, &immutable) ||
	    !key(s, "isolated=", 1, &isolated))
		return false;
	if (!pages)
		return scan_fail(s, "a chunk of no pages");
	l->first = first;
	l->c = pcpu_chunk_new((int)pages);
	l->c->nr_empty_pop_pages = (int)empty;
	l->c->isolated = isolated;
	return true;
}

/* "md contig_hint=c@s scan_hint=c@s first_free=f left=l right=r" */
static bool md_line(struct percpu_loader *l)
{
	struct scan *s = &l->scan;
	u32 bits = (u32)pcpu_chunk_bits(l->c), v[5] = {0};

	if (!key(s, "contig_hint=", bits, &v[0]) || !key(s, "@", bits, &v[1]) ||
	    !key(s, "scan_hint=", bits, &v[2]) || !key(s, "@", bits, &v[3]) ||
	    !key(s, "first_free=", bits, &v[4]))
		return false;
	if (v[0] + v[1] > bits || v[2] + v[3] > bits)
		return scan_fail(s, "a hint reaches beyond the chunk");
	l->md.contig_hint = (int)v[0];
	l->md.contig_hint_start = (int)v[1];
	l->md.scan_hint = (int)v[2];
	l->md.scan_hint_start = (int)v[3];
	l->md.first_free = (int)v[4];
	return true;
}

/* "populated 0-7,12" */
static bool populated_line(struct percpu_loader *l)
{
	struct scan *s = &l->scan;
	u32 last_page = (u32)l->c->nr_pages - 1;

	while (!scan_eol(s)) {
		u32 from = 0, to;

		if (!scan_u32(s, last_page, &from))
			return false;
		to = from;
		if (scan_word(s, "-") && !scan_u32(s, last_page, &to))
			return false;
		for (; from <= to; from++) {
			if (bit_test(l->c->populated, from))
				return scan_fail(s, "page %u is told twice",
						 from);
			bit_set(l->c->populated, from);
			l->c->nr_populated++;
		}
		scan_word(s, ",");
	}
	return true;
}

/* "areas start+length ...", in bytes */
static bool areas_line(struct percpu_loader *l)
{
	struct scan *s = &l->scan;
	u32 bytes = (u32)l->c->nr_pages << PAGE_SHIFT, end = 0;

	while (!scan_eol(s)) {
		u32 start = 0, length = 0;

		if (!scan_u32(s, bytes, &start) || !scan_want(s, "+") ||
		    !scan_u32(s, bytes, &length))
			return false;
		if (start < end || !length || start + length > bytes ||
		    (start | length) % PCPU_MIN_ALLOC_SIZE)
			return scan_fail(s, "areas overlap or leave the chunk");
		end = start + length;
		pcpu_take_bits(l->c, (int)start / PCPU_MIN_ALLOC_SIZE,
			       (int)length / PCPU_MIN_ALLOC_SIZE);
	}
	return true;
}

static bool any_line(struct percpu_loader *l)
{
	struct scan *s = &l->scan;

	scan_blanks(s);
	if (scan_eol(s) || scan_peek(s, "#"))
		return true;
	if (scan_word(s, "chunk "))
		return chunk_line(l);
	if (!l->c)
		return scan_fail(s, "a chunk is expected here");
	if (scan_word(s, "md "))
		return md_line(l);
	if (scan_word(s, "populated"))
		return populated_line(l);
	if (scan_word(s, "areas"))
		return areas_line(l);
	return scan_fail(s, "md, populated or areas is expected here");
}

struct percpu *state_restore_percpu(struct mm *mm, const char *dir,
				    struct err *e)
{
	struct percpu_loader l = {0};
	int rc = scan_open(&l.scan, dir, "percpu-start.txt", e);
	bool good = true;

	if (rc)
		return NULL;
	l.p = percpu_create_empty(mm, PCPU_UNIT_BYTES);
	while (good && scan_next_line(&l.scan))
		good = any_line(&l);
	good = good && !scan_failed(&l.scan);
	adopt(&l);
	scan_close(&l.scan);
	if (good && l.p->first_chunk && !percpu_check(l.p, e))
		return l.p;
	err_set(e, -EINVAL, "%s/percpu-start.txt: damaged", dir);
	percpu_destroy(l.p);
	return NULL;
}
