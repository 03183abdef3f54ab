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
	static const u32 kinds[] = {
		[TRACE_OBJECT_NONE] = 1u << KMT_SLOT_NONE,
		[TRACE_OBJECT_MADE] = 1u << KMT_SLOT_ALLOC |
				      1u << KMT_SLOT_REUSE |
				      1u << KMT_SLOT_FRESH,
		[TRACE_OBJECT_GONE] = 1u << KMT_SLOT_FREE,
		[TRACE_OBJECT_STAYS] = 1u << KMT_SLOT_READ,
	};

	return kinds[trace_op_objects[op]];
}
