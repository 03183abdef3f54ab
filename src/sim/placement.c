/*
 * placement.c - where each operation's object went, in the columns of
 * results.tsv (docs/formats.md).
 */
#include "base/bug.h"
#include "mm/page_alloc.h"
#include "sim/sim_priv.h"

#include <stdio.h>
#include <string.h>

static const char *const type_names[MIGRATE_TYPES] = {
	"Unmovable",
	"Movable",
	"Reclaimable",
	"HighAtomic",
};

static const char *block_type(const struct sim *s, paddr_t addr)
{
	return type_names[get_pageblock_migratetype(
		s->mm, (pfn_t)(addr >> PAGE_SHIFT))];
}

const char *placement_extra_free(struct sim *s, const struct trace_rec *r)
{
	if (r->op != TRACE_FREE_PAGES || !slot_addr(&s->slots[r->slot]))
		return "";
	return block_type(s, slot_addr(&s->slots[r->slot]));
}

/* What the oid column names: the first argument. */
static void fill_id(const struct sim *s, const struct trace_rec *r,
		    struct sim_placement *p)
{
	switch (trace_op_args[r->op][0]) {
	case ARG_OID:
		p->oid = r->slot;
		break;
	case ARG_CACHE:
		p->oid = r->cache;
		break;
	case ARG_FILE:
		p->oid = r->align;
		break;
	case ARG_SIZE:
		p->oid = r->size;
		break;
	case ARG_LABEL:
		p->label = s->info->names.at[r->name];
		break;
	default:
		p->label = "-";
		break;
	}
}

void placement_tell(struct sim *s, const struct trace_rec *r, u64 result,
		    const char *extra)
{
	struct sim_placement p = {
		.op_index = s->record,
		.op = (enum trace_op)r->op,
		.ok = result != OP_FAILED,
		.zone = "-",
	};

	fill_id(s, r, &p);
	if (r->op == TRACE_ALLOC_PERCPU || r->op == TRACE_FREE_PERCPU) {
		/* An area has no page of its own, but a place in its chunk. */
		if (r->op == TRACE_ALLOC_PERCPU && p.ok)
			p.offset = (u32)result & PERCPU_PLACE_MASK;
		result = OP_DONE;
	}
	if (p.ok && result != OP_DONE) {
		p.pfn = result >> PAGE_SHIFT;
		p.offset = (u32)(result & (MM_PAGE_SIZE - 1));
	}
	if (p.pfn) {
		const struct zone *z = pfn_zone(s->mm, (pfn_t)p.pfn);

		p.nid = (s32)z->node;
		p.zone = z->name;
	}
	if (r->op == TRACE_ALLOC_PAGES && p.ok)
		extra = block_type(s, result);
	if (r->op == TRACE_ALLOC_PERCPU && p.ok)
		replay_percpu_extra(s, r, p.extra, sizeof(p.extra));
	else if (r->op == TRACE_MEMPOOL_FREE && !p.ok)
		snprintf(p.extra, sizeof(p.extra), "curr_nr=0");
	else if ((r->op >= TRACE_MEMPOOL_CREATE &&
		  r->op <= TRACE_MEMPOOL_FREE) ||
		 r->op == TRACE_MEMPOOL_RESIZE)
		replay_mempool_extra(s, r, p.extra, sizeof(p.extra));
	else if (r->op == TRACE_CACHE_SHRINK && p.ok)
		snprintf(p.extra, sizeof(p.extra), "ret=%d", s->shrink_result);
	else
		snprintf(p.extra, sizeof(p.extra), "%s", extra);
	if (!s->rc)
		s->rc = s->hooks.placement(s->hooks.arg, &p, s->err);
}
