/*
 * Goal: each rule of docs/import.md does what it says.
 * Method: a recording of a few lines for each, written here as the text that
 * trace-cmd report -R prints, and the records that must come out.
 */
#include "import_util.h"

#include "trace/importer.h"

#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>

/* The kernel's direct map in these texts: page p is at BASE + p * 4096. */
#define P(page_and_offset)     "0xffff8880" page_and_offset
#define T(comm_pid, cpu, time) comm_pid " [00" cpu "] " time ": "
#define ON0(time)	       T("sh-7", "0", time)
#define ON1(time)	       T("cc1-8", "1", time)

#define KMALLOC(ptr)                        \
	"kmalloc: call_site=f+0x1 ptr=" ptr \
	" bytes_req=100 bytes_alloc=128 gfp_flags=0xcc0 node=-1\n"
#define KFREE(ptr) "kfree: call_site=g+0x1 ptr=" ptr "\n"
#define CALLOC(site, ptr)                               \
	"kmem_cache_alloc: call_site=" site " ptr=" ptr \
	" bytes_req=40 bytes_alloc=40 gfp_flags=0xcc0 node=-1 accounted=0\n"
#define CFREE(ptr, name) \
	"kmem_cache_free: call_site=h+0x1 ptr=" ptr " name=" name "\n"
#define PALLOC(pfn, order, gfp)                                     \
	"mm_page_alloc: pfn=" pfn " order=" order " gfp_flags=" gfp \
	" migratetype=0\n"
#define PFREE(pfn, order) "mm_page_free: pfn=" pfn " order=" order "\n"

/* Three new slabs at pages 0x11..0x13: enough votes for the base. */
/* clang-format off */
#define BASE_VOTES                                                          \
	ON0("1.0") PALLOC("0x11", "0", "0xcc0")                             \
	ON0("1.1") KMALLOC(P("00011100"))                                   \
	ON0("1.2") PALLOC("0x12", "0", "0xcc0")                             \
	ON0("1.3") KMALLOC(P("00012200"))                                   \
	ON0("1.4") PALLOC("0x13", "0", "0xcc0")                             \
	ON0("1.5") KMALLOC(P("00013300"))
/* clang-format on */

/* 1. Bulk allocation: a free of an address that was seen, but is not live. */
static void test_bulk_alloc_is_implied(void **state)
{
	struct imported im;

	(void)state;
	import_ok(ON0("1.0") CALLOC("f+0x1", P("00001000")) ON0("2.0")
			  CFREE(P("00001000"), "maple_node") ON0("3.0")
				  CFREE(P("00001000"), "maple_node"),
		  &im);
	assert_int_equal(im.info.counts.implied_allocs, 1);
	assert_int_equal(im.info.counts.frees_before_start, 0);
	assert_int_equal(count_op(&im, TRACE_CACHE_ALLOC), 2);
	assert_int_equal(count_op(&im, TRACE_CACHE_FREE), 2);
	assert_int_equal(nth(&im, TRACE_CACHE_ALLOC, 1)->flags, TRACE_IMPLIED);
	assert_int_equal(nth(&im, TRACE_CACHE_ALLOC, 1)->time_ns, 2000000000);
	imported_free(&im);
}

/* 1b. A free of an address never seen: allocated before the start. */
static void test_never_seen_is_allocated_at_the_start(void **state)
{
	const struct trace_rec *r;
	struct imported im;

	(void)state;
	import_ok(ON0("1.0") KMALLOC(P("00001000")) ON0("2.0")
			  CFREE(P("00002000"), "dentry") ON0("2.5") CFREE(
				  P("000020c0"), "dentry") ON0("2.6")
				  CFREE(P("00002240"), "dentry") ON0("3.0")
					  CFREE(P("00003000"), "kmalloc-cg-96"),
		  &im);
	assert_int_equal(im.info.counts.frees_before_start, 4);
	r = nth(&im, TRACE_CACHE_ALLOC, 0);
	assert_int_equal(r->time_ns, 0);
	assert_int_equal(r->flags, TRACE_IMPLIED | TRACE_EARLY);
	/* No allocation told the size: the distances in the page do. */
	assert_int_equal(cache_named(&im, "dentry")->size, 192);
	/* A kmalloc class is no cache of the trace's own. */
	assert_null(cache_named(&im, "kmalloc-cg-96"));
	assert_int_equal(nth(&im, TRACE_KMALLOC, 0)->size, 96);
	assert_int_equal(nth(&im, TRACE_KMALLOC, 0)->gfp, GFP_KERNEL_ACCOUNT);
	imported_free(&im);
}

/* 2. kfree_rcu: a live address is allocated again. */
static void test_live_address_allocated_again(void **state)
{
	const struct trace_rec *r;
	struct imported im;

	(void)state;
	import_ok(ON0("1.0") KMALLOC(P("00001000")) ON1("2.0")
			  KMALLOC(P("00001000")),
		  &im);
	assert_int_equal(im.info.counts.double_allocs, 1);
	assert_int_equal(im.info.counts.implied_frees, 1);
	assert_int_equal(im.info.counts.never_freed, 1);
	r = nth(&im, TRACE_KFREE, 0);
	assert_int_equal(r->flags, TRACE_IMPLIED);
	assert_int_equal(r->time_ns, 1000000000);
	assert_ptr_equal(r + 1, nth(&im, TRACE_KMALLOC, 1));
	imported_free(&im);
}

/*
 * 2f. kfree_rcu: of a call site whose objects are never freed by an event 9
 * were found gone, 1 to 9 s old, and 3 are left: one of 10 s, which is older
 * than nine in ten (rank 8 of 0..8: 9 s), is gone after a batch's 5 s; one of
 * exactly 9 s and a younger one are not.
 */
static void test_rest_of_unseen_frees(void **state)
{
	const struct trace_rec *r;
	struct imported im;
	char text[8192];
	size_t n = 0;

	(void)state;
	for (u32 k = 1; k <= 9; k++) /* all found gone at 10 s */
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      ON0("%u.0") KMALLOC(P("0000%u000")), k,
				      k);
	for (u32 k = 1; k <= 9; k++)
		n += (size_t)snprintf(
			text + n, sizeof(text) - n,
			ON0("10.%u") CALLOC("g+0x1", P("0000%u000")), 0u, k);
	n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s%s%s",
			      ON0("11.0") KMALLOC(P("00011000")),
			      ON1("12.0") KMALLOC(P("00012000")),
			      ON0("13.0") KMALLOC(P("00013000")),
			      ON0("21.0") KFREE("0"));
	assert_true(n < sizeof(text));
	import_ok(text, &im);
	assert_int_equal(im.info.counts.double_allocs, 9);
	assert_int_equal(im.info.counts.implied_frees, 10);
	assert_int_equal(count_op(&im, TRACE_KFREE), 10);
	r = nth(&im, TRACE_KFREE, 9);
	assert_int_equal(r->time_ns, 15000000000); /* 16 less the first, 1 */
	assert_int_equal(r->flags, TRACE_IMPLIED);
	assert_int_equal(r->slot, nth(&im, TRACE_KMALLOC, 9)->slot);
	imported_free(&im);
}

/* 3. Bulk page allocation, pages of before the start, split blocks. */
static void test_pages_without_alloc(void **state)
{
	struct imported im;

	(void)state;
	import_ok(ON0("1.0") PALLOC("0x50", "0", "0xcc0") ON0("1.1")
			  PFREE("0x50", "0") ON0("1.2") PFREE("0x50", "0")
				  ON0("1.3") PFREE("0x60", "1"),
		  &im);
	assert_int_equal(im.info.counts.implied_page_allocs, 1);
	assert_int_equal(im.info.counts.page_frees_before_start, 1);
	assert_int_equal(count_op(&im, TRACE_ALLOC_PAGES), 3);
	assert_int_equal(nth(&im, TRACE_ALLOC_PAGES, 0)->order, 1);
	assert_int_equal(nth(&im, TRACE_ALLOC_PAGES, 0)->time_ns, 0);
	imported_free(&im);
}

/* 3c. vmalloc's array of pages tells how many were taken in bulk, and its
 * kfree which frees were theirs. */
#define VMALLOC(ptr, bytes, node)                                \
	"kmalloc: call_site=__vmalloc_node_range+0x1ce ptr=" ptr \
	" bytes_req=" bytes " bytes_alloc=64 gfp_flags=0xdc0 node=" node "\n"

static void test_vmalloc(void **state)
{
	struct imported im;

	(void)state;
	/* clang-format off */
	import_ok(ON0("1.0") VMALLOC(P("00001000"), "24", "1")
		  ON0("1.1") CALLOC("f+0x1", P("00002000"))
		  ON1("2.0") PFREE("0x60", "0")
		  ON1("2.1") PFREE("0x61", "0")
		  ON1("2.2") PFREE("0x62", "0")
		  ON1("2.3") PFREE("0x63", "0")
		  ON1("2.4") KFREE(P("00001000")), &im);
	/* clang-format on */
	/* Of four frees the last three are the array's. */
	assert_int_equal(im.info.counts.page_frees_before_start, 1);
	assert_int_equal(im.info.counts.implied_page_allocs, 3);
	assert_int_equal(count_op(&im, TRACE_ALLOC_PAGES), 4);
	assert_int_equal(count_op(&im, TRACE_FREE_PAGES), 4);
	assert_int_equal(nth(&im, TRACE_ALLOC_PAGES, 0)->flags,
			 TRACE_IMPLIED | TRACE_EARLY);
	for (u32 k = 1; k <= 3; k++) {
		const struct trace_rec *r = nth(&im, TRACE_ALLOC_PAGES, k);

		assert_int_equal(r->time_ns, 0);
		assert_int_equal(r->cpu, 0);
		assert_int_equal(r->node, 1);
		assert_int_equal(r->flags, TRACE_IMPLIED);
		assert_int_equal(r->slot, nth(&im, TRACE_FREE_PAGES, k)->slot);
		assert_int_equal(nth(&im, TRACE_FREE_PAGES, k)->cpu, 1);
	}
	imported_free(&im);
}

/* 3d. Pages with events of their own are not taken twice; what the array's
 * kfree finds still taken went unseen. */
static void test_vmalloc_one_by_one(void **state)
{
	struct imported im;

	(void)state;
	/* clang-format off */
	import_ok(ON0("1.0") VMALLOC(P("00001000"), "24", "-1")
		  ON0("1.1") PALLOC("0x50", "0", "0xcc0")
		  ON0("1.2") PALLOC("0x51", "0", "0xcc0")
		  ON0("1.3") CALLOC("f+0x1", P("00002000"))
		  ON0("1.4") PALLOC("0x52", "0", "0xcc0")
		  ON1("2.0") PFREE("0x50", "0")
		  ON1("2.1") PFREE("0x51", "0")
		  ON1("2.2") KFREE(P("00001000")), &im);
	/* clang-format on */
	assert_int_equal(im.info.counts.implied_page_allocs, 1);
	assert_int_equal(count_op(&im, TRACE_ALLOC_PAGES), 4);
	assert_int_equal(count_op(&im, TRACE_FREE_PAGES), 3);
	assert_int_equal(nth(&im, TRACE_FREE_PAGES, 2)->flags, TRACE_IMPLIED);
	assert_int_equal(nth(&im, TRACE_FREE_PAGES, 2)->slot,
			 nth(&im, TRACE_ALLOC_PAGES, 0)->slot);
	imported_free(&im);
}

#define VM_AREA(ptr)                                          \
	"kmalloc: call_site=__get_vm_area_node+0x7b ptr=" ptr \
	" bytes_req=64 bytes_alloc=64 gfp_flags=0xdc0 node=-1\n"

/* An area right after another is for the array of the first: two pages of it
 * name 1024 pages. */
static void test_vmalloc_of_an_array(void **state)
{
	struct imported im;

	(void)state;
	/* clang-format off */
	import_ok(ON0("1.0") VM_AREA(P("00001000"))
		  ON0("1.1") VM_AREA(P("00001040"))
		  ON0("1.2") VMALLOC(P("00002000"), "16", "-1")
		  ON0("1.3") VM_AREA(P("00001080"))
		  ON0("1.4") KFREE("0")
		  ON0("1.5") VM_AREA(P("000010c0"))
		  ON0("1.6") VMALLOC(P("00002040"), "16", "-1"), &im);
	/* clang-format on */
	assert_int_equal(im.info.counts.implied_page_allocs, 1026 + 2);
	assert_int_equal(count_op(&im, TRACE_ALLOC_PAGES), 1026 + 2);
	imported_free(&im);
}

static void test_split_block(void **state)
{
	struct imported im;

	(void)state;
	import_ok(ON0("1.0") PALLOC("0x50", "3", "0xcc0") ON0("1.1")
			  PFREE("0x52", "0") ON0("1.2") PFREE("0x54", "2")
				  ON0("1.3") PFREE("0x50", "0") ON0("1.4")
					  PFREE("0x51", "0") ON0("1.5")
						  PFREE("0x53", "0"),
		  &im);
	assert_int_equal(im.info.counts.split_frees, 1);
	/* 0x50-57 becomes 0x54-57, 0x50-51, 0x53, 0x52; then 0x50 | 0x51. */
	assert_int_equal(count_op(&im, TRACE_ALLOC_PAGES), 7);
	assert_int_equal(count_op(&im, TRACE_FREE_PAGES), 7);
	imported_free(&im);
}

static void test_live_page_allocated_again(void **state)
{
	struct imported im;

	(void)state;
	import_ok(ON0("1.0") PALLOC("0x50", "1", "0xcc0") ON0("1.1")
			  PALLOC("0x50", "0", "0xcc0") ON0("1.2") PALLOC(
				  "0x60", "2", "0xcc0") ON0("1.3")
				  PALLOC("0x62", "0", "0xcc0") ON0("1.4")
					  PALLOC("0x60", "2", "0xcc0"),
		  &im);
	/* The order-1 block; the order-2 block but for 0x60-61 and 0x63; these
	 * two and 0x62. */
	assert_int_equal(im.info.counts.implied_page_frees, 5);
	imported_free(&im);
}

static void test_memblock_frees_of_boot(void **state)
{
	struct imported im;

	(void)state;
	import_ok(ON0("0.000000") PFREE("0x400", "10") ON0("0.1")
			  PALLOC("0x400", "0", "0xcc0"),
		  &im);
	assert_int_equal(im.info.counts.page_frees_before_start, 1);
	assert_int_equal(im.nr_recs, 1);
	imported_free(&im);
	/* Single pages (the initramfs) go the way of all, but for those of
	 * the threads that make struct pages. */
	import_ok(ON0("0.000000") KMALLOC(P("00001000")) ON0("0.1")
			  PFREE("0x400", "0") T("pgdatinit0-9", "0", "0.2")
				  PFREE("0x500", "0"),
		  &im);
	assert_int_equal(count_op(&im, TRACE_ALLOC_PAGES), 1);
	assert_int_equal(nth(&im, TRACE_ALLOC_PAGES, 0)->flags,
			 TRACE_IMPLIED | TRACE_EARLY);
	assert_int_equal(count_op(&im, TRACE_FREE_PAGES), 1);
	imported_free(&im);
}

/* 3b. Compaction moves pages without an event for the new place. */
static void test_compaction_moves(void **state)
{
	struct imported im;

	(void)state;
	import_ok(
		ON0("1.0") PALLOC("0x50", "0", "0x1100cca")
			ON1("1.1") "mm_compaction_begin: zone_start=0x0\n" ON1(
				"1.2") PFREE("0x50", "0") ON1("1.3")
				PFREE("0x70", "0") /* taken, not used */
		ON1("1.4") "mm_compaction_end: zone_start=0x0\n" ON0("1.5")
			PFREE("0x80", "0"),
		&im);
	assert_int_equal(im.info.counts.moved_pages, 1);
	assert_int_equal(im.info.counts.page_frees_before_start, 0);
	/* A page goes from the buddy lists to the CPU's; the moved one stays. */
	assert_int_equal(count_op(&im, TRACE_ALLOC_PAGES), 2);
	assert_int_equal(nth(&im, TRACE_ALLOC_PAGES, 1)->flags,
			 TRACE_IMPLIED | TRACE_IN_FLUSH);
	assert_int_equal(count_op(&im, TRACE_FREE_PAGES), 2);
	assert_int_equal(nth(&im, TRACE_FREE_PAGES, 0)->time_ns, 200000000);
	assert_int_equal(nth(&im, TRACE_FREE_PAGES, 1)->time_ns, 500000000);
	assert_int_equal(nth(&im, TRACE_FREE_PAGES, 1)->slot,
			 nth(&im, TRACE_ALLOC_PAGES, 0)->slot);
	imported_free(&im);
}

/* 4. Extra events: batched frees, zone_locked, pcpu_drain, extfrag. */
static void test_extra_page_events(void **state)
{
	struct imported im;

	(void)state;
	import_ok(
		ON0("1.0") PALLOC("0x50", "0", "0xcc0") ON0(
			"1.1") "mm_page_alloc_zone_locked: pfn=0x51 order=0 "
			       "migratetype=0 percpu_refill=1\n" ON0(
				       "1.2") "mm_page_alloc_zone_locked: pfn=0x52 order=3 "
					      "migratetype=0 percpu_refill=0\n" ON0(
						      "1.3") "mm_page_free_batched: pfn=0x50\n" ON0("1.4")
						      PFREE("0x50", "0") ON0(
							      "1.5") "mm_page_pcpu_drain: pfn=0x50 order=0 "
								     "migratetype=1\n" ON0("1.6") "mm_page_alloc_extfrag: pfn=0x99\n" ON0(
									     "1.7") "sched_switch: prev_comm=a b\n",
		&im);
	assert_int_equal(im.nr_recs, 2);
	assert_int_equal(im.info.counts.batched_frees, 1);
	assert_int_equal(im.info.counts.pcp_refills, 1);
	assert_int_equal(im.info.counts.pcp_drains, 1);
	assert_int_equal(im.info.counts.extfrag_events, 1);
	assert_int_equal(im.info.counts.events_skipped, 1);
	assert_int_equal(im.info.counts.events_read, 8);
	imported_free(&im);
}

/* 5. kfree(NULL) and kmalloc(0) are nothing, however they are printed. */
static void test_null_frees(void **state)
{
	struct imported im;

	(void)state;
	import_ok(ON0("1.0") KMALLOC(P("00001000")) ON0("1.1") KFREE("(nil)")
			  ON0("1.2") KFREE("0000000000000000") ON0("1.3")
				  KFREE("0x10") ON0("1.4") KFREE(P("00001000")),
		  &im);
	assert_int_equal(im.info.counts.null_frees, 3);
	assert_int_equal(im.info.counts.slab_frees, 1);
	assert_int_equal(im.nr_recs, 2);
	imported_free(&im);
}

/* 6. Hashed pointers pair, and are told. */
static void test_hashed_pointers(void **state)
{
	struct imported im;

	(void)state;
	import_ok(ON0("1.0") PALLOC("0x50", "0",
				    "GFP_KERNEL|__GFP_NOWARN|"
				    "__GFP_NORETRY|__GFP_COMP") ON0("1.0")
			  KMALLOC("0000000030c410d4") ON0("1.1")
				  KFREE("0000000030c410d4"),
		  &im);
	assert_int_equal(im.info.counts.hashed_pointers, 2);
	assert_int_equal(im.info.counts.frees_before_start, 0);
	/* The order of events and the flags tell the page of a new slab. */
	assert_int_equal(im.info.counts.pages_of_slabs, 1);
	assert_int_equal(im.nr_recs, 2);
	imported_free(&im);
}

/* 6b. 5.10 prints pfn in decimal. */
static void test_decimal_pfn(void **state)
{
	struct imported im;

	(void)state;
	import_ok(ON0("1.0") PALLOC("6562", "0", "0xcc0") ON0("1.1")
			  PFREE("0x19a2", "0"),
		  &im);
	assert_int_equal(im.info.counts.page_frees_before_start, 0);
	imported_free(&im);
}

/* 8. The cache: from the free, the site, a neighbour, the size, or unknown.*/
static void test_cache_names(void **state)
{
	struct imported im;
	u32 k;

	(void)state;
	import_ok(
		ON0("1.0") CALLOC("a+0x1", P("00001000")) ON0("1.1") CALLOC(
			"a+0x1", P("00001100")) ON0("1.2") CALLOC("b+0x1",
								  P("00001200"))
			ON0("1.3") CALLOC("c+0x1", P("00009000"))
				ON0("1.4") "kmem_cache_alloc: call_site=d+0x1 ptr=" P(
					"0000a000") " bytes_req=56 bytes_alloc=56 "
						    "gfp_flags=0xcc0 node=-1 accounted=0\n" ON0(
							    "2.0")
							    CFREE(P("00001000"),
								  "filp"),
		&im);
	assert_int_equal(im.info.counts.cache_from_free, 1);
	assert_int_equal(im.info.counts.cache_from_site, 1);
	/* b shares a page with a filp; c has the size of the one named cache;
	 * nothing tells of d. */
	assert_int_equal(im.info.counts.cache_from_page, 1);
	assert_int_equal(im.info.counts.cache_from_size, 1);
	assert_int_equal(im.info.counts.cache_unknown, 1);
	assert_int_equal(im.info.nr_caches, 2);
	for (k = 0; k < 4; k++)
		assert_int_equal(nth(&im, TRACE_CACHE_ALLOC, k)->cache,
				 cache_named(&im, "filp")->cache);
	assert_non_null(cache_named(&im, "unnamed-56"));
	imported_free(&im);
}

/* 8a. 5.10 names caches nowhere: objects of one size go to one cache. */
static void test_no_names_at_all(void **state)
{
	struct imported im;

	(void)state;
	import_ok(
		ON0("1.0") "kmem_cache_alloc: call_site=a+0x1 ptr=" P(
			"00001000") " bytes_req=40 bytes_alloc=64 "
				    "gfp_flags=0xcc0\n" ON0("1.1") "kmem_cache_alloc_node: call_site=b+0x1 ptr=" P(
					    "00002000") " bytes_req=40 bytes_alloc=64 "
							"gfp_flags=0xcc0 node=1\n" ON0("1.2") "kmem_cache_free: call_site=c+0x1 ptr=" P(
								"00001000") "\n",
		&im);
	assert_int_equal(im.info.nr_caches, 1);
	assert_non_null(cache_named(&im, "unnamed-40-64"));
	assert_int_equal(nth(&im, TRACE_CACHE_ALLOC, 0)->node, -1);
	assert_int_equal(nth(&im, TRACE_CACHE_ALLOC, 1)->node, 1);
	imported_free(&im);
}

/* 11. bytes_alloc is the size of a slot: what alignment and flags give it? */
static void test_cache_geometry(void **state)
{
	static const struct {
		u32 req;
		u32 alloc;
		u32 size;
		u32 align;
		slab_flags_t flags;
	} cases[] = {
		{192, 192, 192, 0, 0},
		{1104, 1152, 1104, 0, SLAB_HWCACHE_ALIGN},
		{20, 32, 20, 0, SLAB_HWCACHE_ALIGN},
		{776, 784, 776, 0, SLAB_CTOR}, /* 776 + free pointer */
		{96, 104, 96, 0, SLAB_CTOR},
		{700, 768, 700, 0, SLAB_HWCACHE_ALIGN | SLAB_CTOR},
		{120, 256, 120, 256, 0},
		{100, 100, 100, 0, 0}, /* nothing gives that */
		{64, 8000, 8000, 0, 0},
	};
	size_t k;

	(void)state;
	for (k = 0; k < ARRAY_SIZE(cases); k++) {
		struct import_cache c = {.bytes_req = cases[k].req,
					 .bytes_alloc = cases[k].alloc};
		slab_flags_t flags;
		u32 size;
		u32 align;

		import_cache_guess(&c, &size, &align, &flags);
		assert_int_equal(size, cases[k].size);
		assert_int_equal(align, cases[k].align);
		/* Distinct names: the kernel had not merged them. */
		assert_int_equal(flags, cases[k].flags | SLAB_NO_MERGE);
	}
}

/* 8b. A name that disagrees does not break the pair; kfree() of a
 * kmem_cache object is legal. */
static void test_names_do_not_pair(void **state)
{
	struct imported im;

	(void)state;
	import_ok(
		ON0("1.0") "kmem_cache_alloc: call_site=a+0x1 ptr=" P(
			"00001000") " name=filp bytes_req=256 "
				    "bytes_alloc=256 gfp_flags=0xcc0 node=1 "
				    "accounted=true\n" ON0("1.1") CFREE(
					    P("00001000"), "dentry") ON0("1.2")
					    CALLOC("b+0x1", P("00002000")) ON0(
						    "1.3") KFREE(P("00002000")),
		&im);
	assert_int_equal(im.info.counts.frees_before_start, 0);
	assert_int_equal(count_op(&im, TRACE_CACHE_FREE), 2);
	assert_int_equal(nth(&im, TRACE_CACHE_ALLOC, 0)->node, 1);
	assert_non_null(cache_named(&im, "filp"));
	assert_true(cache_named(&im, "filp")->gfp & SLAB_ACCOUNT);
	assert_null(cache_named(&im, "dentry"));
	imported_free(&im);
}

/* 10. kmalloc: accounted ones say so in their flags; large ones take pages
 * whose events are dropped. */
static void test_kmalloc(void **state)
{
	struct imported im;

	(void)state;
	import_ok(
		BASE_VOTES ON0("2.0") PALLOC("0x100", "2", "0x40cc0")
			ON0("2.1") "kmalloc: call_site=f+0x1 ptr=" P(
				"00100000") " bytes_req=16000 bytes_alloc=16384 "
					    "gfp_flags=0xcc0 node=-1\n" ON0(
						    "2.2") KFREE(P("00100000"))
						    ON0("2.3") PFREE("0x100",
								     "2")
							    ON0("2.4") "kmalloc: call_site=f+0x1 ptr=" P(
								    "00011080") " bytes_req=20 bytes_alloc=32 gfp_flags= "
										"node=-1 accounted=true\n",
		&im);
	assert_int_equal(im.info.counts.pages_of_large_kmalloc, 1);
	assert_int_equal(im.info.counts.pages_of_slabs, 3);
	assert_int_equal(count_op(&im, TRACE_ALLOC_PAGES), 0);
	assert_int_equal(count_op(&im, TRACE_FREE_PAGES), 0);
	assert_int_equal(nth(&im, TRACE_KMALLOC, 3)->size, 16000);
	assert_int_equal(nth(&im, TRACE_KMALLOC, 4)->gfp, GFP_KERNEL_ACCOUNT);
	imported_free(&im);
}

/* The pages of slabs: recognised by address, also if an object comes late;
 * given back without a record; other pages are kept. */
static void test_slab_pages(void **state)
{
	struct imported im;

	(void)state;
	import_ok(BASE_VOTES ON0("2.0") PALLOC("0x200", "1", "0xcc0") ON0("2.1")
			  PALLOC("0x300", "0", "0xcc0") ON1("2.2") KMALLOC(
				  P("00201080")) /* second page of 0x200 */
		  ON1("2.3") KFREE(P("00201080")) ON1("2.4") PFREE("0x200", "1")
			  ON0("2.5") PFREE("0x300", "0") ON0("2.6")
				  KFREE(P("00777000")) /* slab of before */
		  ON0("2.7") PFREE("0x777", "0"),
		  &im);
	assert_int_equal(im.info.counts.pages_of_slabs, 4);
	assert_int_equal(im.info.counts.page_frees_before_start, 0);
	assert_int_equal(count_op(&im, TRACE_ALLOC_PAGES), 1);
	assert_int_equal(count_op(&im, TRACE_FREE_PAGES), 1);
	imported_free(&im);
}

/* 2b. A slab that is given back has no live object: kfree_rcu again. */
static void test_slab_given_back(void **state)
{
	const struct trace_rec *r;
	struct imported im;

	(void)state;
	import_ok(BASE_VOTES ON0("2.0") KMALLOC(P("00011180")) ON0("2.1")
			  KFREE(P("00011100")) ON1("2.2") PFREE("0x11", "0")
				  ON0("2.3") PALLOC("0x11", "0", "0xcc0")
					  ON0("2.4") KMALLOC(P("00011180")),
		  &im);
	assert_int_equal(im.info.counts.implied_frees, 1);
	r = nth(&im, TRACE_KFREE, 1);
	assert_int_equal(r->flags, TRACE_IMPLIED);
	assert_int_equal(r->time_ns, 1200000000);
	/* What the events say is counted as they say it. */
	assert_int_equal(im.info.counts.double_allocs, 1);
	assert_int_equal(im.info.counts.never_freed, 3);
	assert_int_equal(im.info.counts.pages_of_slabs, 4);
	imported_free(&im);
}

/* 2c. What was freed in a page is of the cache that a later event of the page
 * names, but not once the page was given back. */
static void test_page_tells_later(void **state)
{
	struct imported im;

	(void)state;
	import_ok(BASE_VOTES ON0("2.0") KFREE(P("00021080")) ON0("2.1") KFREE(
			  P("00022080")) ON0("2.2") PFREE("0x22", "0")
			  ON0("2.3") KFREE(P("00023010")) ON0("2.4")
				  CFREE(P("00023040"), "dentry") ON0("2.5")
					  KMALLOC(P("00021180")) ON0("2.6")
						  KMALLOC(P("00022100")),
		  &im);
	assert_int_equal(im.info.counts.frees_before_start, 4);
	assert_int_equal(im.info.counts.cache_unknown, 1);
	/* 0x21: kmalloc-128, of which f+0x1 allocates 100 bytes. */
	assert_int_equal(nth(&im, TRACE_KMALLOC, 0)->size, 128);
	/* 0x22: by the address alone. */
	assert_int_equal(nth(&im, TRACE_KMALLOC, 1)->size, 128);
	/* 0x23: kfree() of an object of a named cache. */
	assert_int_equal(count_op(&im, TRACE_CACHE_ALLOC), 2);
	assert_int_equal(count_op(&im, TRACE_CACHE_FREE), 2);
	imported_free(&im);
}

/* 2d. Nothing is known of the page: a call site that only frees kmalloc-128
 * frees one more; not where none can lie. */
static void test_call_site_tells(void **state)
{
	struct imported im;

	(void)state;
	import_ok(BASE_VOTES ON0("1.6") KMALLOC(P("00013100")) ON0("2.0")
			  KFREE(P("00011100")) ON0("2.1") KFREE(P("00012200"))
				  ON0("2.2") KFREE(P("00013300")) ON0("2.3")
					  KFREE(P("00013100")) ON0("2.4") KFREE(
						  P("00031400")) ON0("2.5")
						  KFREE(P("00032040")),
		  &im);
	assert_int_equal(im.info.counts.cache_unknown, 1);
	assert_int_equal(nth(&im, TRACE_KMALLOC, 0)->size, 128);
	assert_int_equal(nth(&im, TRACE_KMALLOC, 1)->size, 64);
	imported_free(&im);
}

/* 2e. Requests that wrote: ext4's of data, and any of a journal's thread. */
static void test_writes_are_over(void **state)
{
	struct imported im;

	(void)state;
	/* clang-format off */
	import_ok(ON0("1.0") CALLOC("f+0x1", P("00001000"))
		  ON0("1.1") CALLOC("f+0x1", P("00001040"))
		  T("jbd2/vda-8-9", "1", "1.2") CALLOC("f+0x1", P("00001080"))
		  ON0("2.0") CFREE(P("00001000"), "ext4_io_end")
		  ON0("2.1") CFREE(P("00001040"), "bio-192")
		  ON0("2.2") CFREE(P("00001080"), "bio-192"), &im);
	/* clang-format on */
	assert_int_equal(nth(&im, TRACE_CACHE_FREE, 0)->flags, TRACE_IO_END);
	assert_int_equal(nth(&im, TRACE_CACHE_FREE, 1)->flags, 0);
	assert_int_equal(nth(&im, TRACE_CACHE_FREE, 2)->flags,
			 TRACE_IO_END | TRACE_IO_META);
	imported_free(&im);
}

/* 12. Equal times keep the order of the file; time never goes back. */
static void test_order(void **state)
{
	struct imported im;

	(void)state;
	import_ok(ON1("1.000000") KMALLOC(P("00001000")) ON0("1.000000")
			  KFREE(P("00001000")) ON0("0.900000")
				  KMALLOC(P("00001000")),
		  &im);
	assert_int_equal(im.info.counts.cross_cpu_frees, 1);
	assert_int_equal(im.nr_recs, 3);
	assert_int_equal(im.recs[2].time_ns, 0);
	imported_free(&im);
}

/* Per-CPU memory pairs by base and offset. */
static void test_percpu(void **state)
{
	struct imported im;

	(void)state;
	import_ok(
		ON0("1.0") "percpu_alloc_percpu: call_site=f+0x1 reserved=0 "
			   "is_atomic=0 size=64 align=8 base_addr=0xff10 "
			   "off=32 ptr=0x7\n" ON0(
				   "1.1") "percpu_free_percpu: base_addr=0xff10 off=32 "
					  "ptr=0x7\n" ON0(
						  "1.2") "percpu_free_percpu: base_addr=0xff10 off=64 "
							 "ptr=0x8\n",
		&im);
	assert_int_equal(nth(&im, TRACE_ALLOC_PERCPU, 0)->size, 64);
	assert_int_equal(nth(&im, TRACE_ALLOC_PERCPU, 0)->align, 8);
	assert_int_equal(count_op(&im, TRACE_FREE_PERCPU), 1);
	imported_free(&im);
}

/* Slot numbers are used again, the last freed first. */
static void test_slots_are_reused(void **state)
{
	struct imported im;

	(void)state;
	import_ok(ON0("1.0") KMALLOC(P("00001000")) ON0("1.1")
			  KMALLOC(P("00002000")) ON0("1.2") KFREE(P("00001000"))
				  ON0("1.3") KMALLOC(P("00003000")),
		  &im);
	assert_int_equal(im.info.nr_slots, 2);
	assert_int_equal(nth(&im, TRACE_KMALLOC, 2)->slot, 0);
	imported_free(&im);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bulk_alloc_is_implied),
		cmocka_unit_test(test_never_seen_is_allocated_at_the_start),
		cmocka_unit_test(test_live_address_allocated_again),
		cmocka_unit_test(test_rest_of_unseen_frees),
		cmocka_unit_test(test_pages_without_alloc),
		cmocka_unit_test(test_vmalloc),
		cmocka_unit_test(test_vmalloc_one_by_one),
		cmocka_unit_test(test_vmalloc_of_an_array),
		cmocka_unit_test(test_split_block),
		cmocka_unit_test(test_live_page_allocated_again),
		cmocka_unit_test(test_memblock_frees_of_boot),
		cmocka_unit_test(test_compaction_moves),
		cmocka_unit_test(test_extra_page_events),
		cmocka_unit_test(test_null_frees),
		cmocka_unit_test(test_hashed_pointers),
		cmocka_unit_test(test_decimal_pfn),
		cmocka_unit_test(test_cache_names),
		cmocka_unit_test(test_no_names_at_all),
		cmocka_unit_test(test_cache_geometry),
		cmocka_unit_test(test_names_do_not_pair),
		cmocka_unit_test(test_kmalloc),
		cmocka_unit_test(test_slab_pages),
		cmocka_unit_test(test_slab_given_back),
		cmocka_unit_test(test_page_tells_later),
		cmocka_unit_test(test_call_site_tells),
		cmocka_unit_test(test_writes_are_over),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_percpu),
		cmocka_unit_test(test_slots_are_reused),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
