/*
 * percpu.h - memory that every CPU has a copy of (mm/percpu.c, Linux 6.1).
 *
 * An allocation is an offset, the same in the unit of every CPU; a chunk is
 * a set of units.  Simulated addresses play no part: an area is named by its
 * chunk and its offset there.
 */
#ifndef MM_PERCPU_H
#define MM_PERCPU_H

#include "base/vec.h"
#include "mm/percpu_map.h"

#define PCPU_UNIT_BYTES	     (2u << 20) /* x86-64: first chunk in large pages */
#define PCPU_MODULE_RESERVE  (8u << 10)
#define PCPU_DYNAMIC_RESERVE (28u << 10)
#define PCPU_MIN_UNIT_BYTES  (32u << 10)
#define PCPU_EMPTY_POP_LOW   2
#define PCPU_EMPTY_POP_HIGH  4
#define PCPU_SLOTS_MAX	     40

/* Where the units lie: CPUs of a node are a group, side by side. */
struct percpu_layout {
	u32 nr_groups;
	u32 nr_units;
	u64 offset[MM_NODES_MAX];     /* of a group, from the first */
	u64 bytes[MM_NODES_MAX];      /* of a group */
	u64 unit_offset[MM_CPUS_MAX]; /* of a CPU, from the first group */
};

struct percpu {
	struct mm *mm; /* borrowed */
	u32 unit_bytes;
	int sidelined_slot;
	int free_slot;
	int to_depopulate_slot;
	int nr_slots;
	struct pcpu_chunk *slots[PCPU_SLOTS_MAX]; /* heads, owned chains */
	struct pcpu_chunk *slots_tail[PCPU_SLOTS_MAX];
	struct pcpu_chunk *first_chunk;
	struct pcpu_chunk *reserved_chunk; /* of modules; in no slot; or NULL */
	u32 reserved_bytes;
	struct percpu_layout layout;
	struct vmspace *vm;	   /* NULL: no chunk was made yet; owned */
	struct vm_mem pages_array; /* kept from the first use on */
	bool has_pages_array;
	bool traced; /* struct percpu_setup's */
	int nr_empty_pop_pages;
	u64 nr_populated; /* pages, of all chunks, a CPU's share */
	u32 nr_chunks;
	VEC(struct pcpu_chunk *) by_id; /* every chunk ever; NULL: destroyed */
	struct mm_lock mutex;		/* pcpu_alloc_mutex */
	struct mm_lock lock;		/* pcpu_lock */
	bool balance_scheduled; /* the work item waits for its kworker */
	u32 balance_cpu;	/* whose kworker that is */
	bool atomic_alloc_failed;
	u64 nr_alloc;
	u64 nr_free;
	u64 bytes_requested; /* of areas alive, as asked for */
};

/* One area. */
struct pcpu_area {
	struct pcpu_chunk *chunk; /* NULL: the allocation failed */
	u32 offset;		  /* bytes in the chunk */
	u32 bytes;		  /* as asked for */
};

/** What a unit of boot holds, in this order (setup_per_cpu_areas()). */
struct percpu_setup {
	u32 static_bytes;   /* static per-CPU data of the kernel */
	u32 reserved_bytes; /* PERCPU_MODULE_RESERVE; 0: no modules */
	u32 dynamic_bytes;  /* PERCPU_DYNAMIC_RESERVE; more: up to a page */
	/* What chunks take for themselves, a recorded kernel has as events:
	 * nothing is allocated for it here. */
	bool traced;
};

/** percpu_unit_bytes() - Of a unit, when boot's holds @bytes: the fewest
 * large pages decide (pcpu_build_alloc_info()). */
u32 percpu_unit_bytes(const struct mm_conf *conf, u64 bytes);
/** percpu_create() - The allocator with its chunks of boot. */
struct percpu *percpu_create(struct mm *mm, const struct percpu_setup *setup);
/** percpu_create_empty() - No chunk yet: percpu_adopt_chunk() follows. */
struct percpu *percpu_create_empty(struct mm *mm, u32 unit_bytes);
/** percpu_adopt_chunk() - Puts a restored chunk in; hints are rebuilt. */
void percpu_adopt_chunk(struct percpu *p, struct pcpu_chunk *c, bool first,
			int slot);
void percpu_destroy(struct percpu *p);

/**
 * alloc_percpu_gfp() - @size bytes for every CPU, aligned to @align.
 * Return: the area; .chunk is NULL when there is none or the request makes
 * no sense (size 0, above the unit, alignment above a page).
 * Context: populates pages unless @gfp is atomic.
 */
struct pcpu_area alloc_percpu_gfp(struct percpu *p, u32 size, u32 align,
				  gfp_t gfp);
struct pcpu_area alloc_percpu(struct percpu *p, u32 size, u32 align);
/** alloc_reserved_percpu() - As alloc_percpu_gfp(), in the reserved chunk and
 * nowhere else; where there is none, in the others. */
struct pcpu_area alloc_reserved_percpu(struct percpu *p, u32 size, u32 align,
				       gfp_t gfp);
void free_percpu(struct percpu *p, struct pcpu_area area);

/** percpu_balance() - The balance work runs, if it was scheduled. */
void percpu_balance(struct percpu *p);

/** percpu_check() - 0, or -EUCLEAN with the first thing that is wrong. */
int percpu_check(const struct percpu *p, struct err *e);

#endif
