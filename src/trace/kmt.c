#include "trace/kmt.h"

#include "base/bug.h"

#define REC(field, width)                                  \
	{                                                  \
		offsetof(struct kmt_template, rec) +       \
			offsetof(struct trace_rec, field), \
			width                              \
	}
const struct kmt_column kmt_template_columns[KMT_TEMPLATE_COLUMNS] = {
	{offsetof(struct kmt_template, kind), 1},
	REC(op, 1),
	REC(flags, 1),
	REC(order, 1),
	REC(node, 2),
	REC(cache, 2),
	REC(size, 4),
	REC(gfp, 4),
	REC(align, 4),
	REC(site, 4),
	REC(name, 4),
};

void kmt_template_set(struct kmt_template *t, enum kmt_slot_kind kind)
{
	bool column = kind == KMT_SLOT_READ || kind == KMT_SLOT_FREE ||
		      kind == KMT_SLOT_ALLOC;

	BUG_ON(kind >= NR_KMT_SLOT_KINDS);
	t->kind = (u8)kind;
	t->read_mask = column ? UINT32_MAX : 0;
	t->column_step = column;
	t->reuse_mask = kind == KMT_SLOT_REUSE ? UINT32_MAX : 0;
	t->fresh_mask = kind == KMT_SLOT_FRESH ? UINT32_MAX : 0;
	t->fresh_step = kind == KMT_SLOT_FRESH || kind == KMT_SLOT_ALLOC;
	t->ring_step = 0;
	if (kind == KMT_SLOT_FREE)
		t->ring_step = 1;
	else if (kind == KMT_SLOT_REUSE)
		t->ring_step = -1;
}

u32 kmt_kinds_of(enum trace_op op)
{
	static const u32 none = 1u << KMT_SLOT_NONE;
	static const u32 frees = 1u << KMT_SLOT_FREE;
	static const u32 allocs = 1u << KMT_SLOT_ALLOC | 1u << KMT_SLOT_REUSE |
				  1u << KMT_SLOT_FRESH;

	switch (op) {
	case TRACE_CACHE_ALLOC:
	case TRACE_KMALLOC:
	case TRACE_ALLOC_PAGES:
	case TRACE_ALLOC_PERCPU:
	case TRACE_MEMPOOL_ALLOC:
		return allocs;
	case TRACE_CACHE_FREE:
	case TRACE_KFREE:
	case TRACE_FREE_PAGES:
	case TRACE_FREE_PERCPU:
	case TRACE_MEMPOOL_FREE:
		return frees;
	case TRACE_KREALLOC:
	case TRACE_GET_CPU_VAR:
	case TRACE_PUT_CPU_VAR:
	case TRACE_READ:
	case TRACE_WRITE:
		return 1u << KMT_SLOT_READ;
	case TRACE_CACHE_CREATE:
	case TRACE_CACHE_DESTROY:
	case TRACE_CACHE_SHRINK:
	case TRACE_MEMPOOL_CREATE:
	case TRACE_MEMPOOL_DESTROY:
	case TRACE_MEMPOOL_RESIZE:
	case TRACE_PAGE_CACHE_READ:
	case TRACE_PAGE_CACHE_WRITE:
	case TRACE_PAGE_CACHE_TRUNCATE:
	case TRACE_PAGE_CACHE_INVALIDATE:
	case TRACE_PAGE_CACHE_SIZE:
	case TRACE_SNAPSHOT:
	case TRACE_IDLE:
	case TRACE_RCU_BARRIER:
	case TRACE_GEOMETRY:
	case TRACE_KMALLOC_CLASS:
		return none;
	case NR_TRACE_OPS:
		break;
	}
	return 0;
}
