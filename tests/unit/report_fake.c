#include "report_fake.h"

#include "base/xmalloc.h"

#include <stdlib.h>
#include <string.h>

static const u64 dma_free[MAX_ORDER] = {0, 0, 0, 0, 0, 0, 1, 1, 0, 1, 3};
static const u64 node0_free[MAX_ORDER] = {2, 2, 1, 3, 2, 2, 0, 1, 0, 1, 168};
static const u64 node1_free[MAX_ORDER] = {2, 1, 1, 0, 2, 1, 2, 3, 1, 0, 185};

static u64 pages_of(const u64 nr_free[MAX_ORDER])
{
	u64 pages = 0;

	for (u32 o = 0; o < MAX_ORDER; o++)
		pages += nr_free[o] << o;
	return pages;
}

static void make_zone(struct zone_snapshot *z, u32 node, enum zone_type type,
		      u64 start, u64 spanned, u64 present, u64 managed,
		      const u64 nr_free[MAX_ORDER])
{
	strcpy(z->name, type == ZONE_DMA ? "DMA" : "DMA32");
	z->node = node;
	z->type = type;
	z->start_pfn = start;
	z->spanned_pages = spanned;
	z->present_pages = present;
	z->managed_pages = managed;
	memcpy(z->nr_free[MIGRATE_MOVABLE], nr_free,
	       sizeof(z->nr_free[MIGRATE_MOVABLE]));
	z->nr_free_pages = z->nr_free_pages_exact = (s64)pages_of(nr_free);
}

static void make_zones(struct mm_snapshot *s)
{
	static const u64 protection[] = {0, 959, 959, 959, 959};
	static const u64 marks[3][4] = {{129, 161, 193, 225},
					{8202, 10252, 12302, 14352},
					{8564, 10705, 12846, 14987}};
	static const u64 blocks[3][MIGRATE_TYPES] = {
		{1, 7, 0, 0}, {134, 360, 10, 0}, {122, 384, 6, 0}};

	s->nr_zones = 3;
	s->zones = xcalloc(3, sizeof(*s->zones));
	make_zone(&s->zones[0], 0, ZONE_DMA, 1, 4095, 3998, 3840, dma_free);
	make_zone(&s->zones[1], 0, ZONE_DMA32, 4096, 258048, 258048, 245740,
		  node0_free);
	make_zone(&s->zones[2], 1, ZONE_DMA32, 262144, 262106, 262106, 257644,
		  node1_free);
	memcpy(s->zones[0].lowmem_reserve, protection, sizeof(protection));
	for (u32 i = 0; i < 3; i++) {
		memcpy(s->zones[i].watermark, marks[i], sizeof(marks[i]));
		memcpy(s->zones[i].pageblocks, blocks[i], sizeof(blocks[i]));
	}
	s->nr_pcps = 6;
	s->pcps = xcalloc(6, sizeof(*s->pcps));
	for (u32 i = 0; i < 6; i++)
		s->pcps[i] = (struct pcp_snapshot){
			.zone = i / 2,
			.cpu = i % 2,
			.count = i < 2 ? 0 : 100 + (s32)i,
			.high = (s32)marks[i / 2][WMARK_LOW],
			.batch = i < 2 ? 1 : 63,
			.stat_threshold = i < 2 ? 4 : 16,
		};
}

static void make_cache(struct cache_snapshot *c, const char *name, u32 idx,
		       u32 object, u32 size, u32 per_slab, u64 slabs, u64 live)
{
	memset(c, 0, sizeof(*c));
	snprintf(c->name, sizeof(c->name), "%s", name);
	c->idx = idx;
	c->refcount = 1;
	c->object_size = object;
	c->size = size;
	c->objects_per_slab = per_slab;
	c->num_slabs = c->active_slabs = slabs;
	c->num_objs = slabs * per_slab;
	c->active_objs = c->live_objs = live;
	c->slab_pages = slabs;
	c->slabs_full = live / per_slab;
	c->slabs_partial = live % per_slab ? 1 : 0;
	c->slabs_empty = slabs - c->slabs_full - c->slabs_partial;
	c->occupancy[9] = c->slabs_full;
	c->nodes = xcalloc(2, sizeof(*c->nodes));
}

static void make_caches(struct mm_snapshot *s)
{
	s->nr_caches = 4;
	s->caches = xcalloc(4, sizeof(*s->caches));
	make_cache(&s->caches[0], "ext4_groupinfo_4k", 7, 184, 184, 22, 3, 40);
	make_cache(&s->caches[1], FAKE_EVIL_NAME, 3, 50, 56, 73, 10, 300);
	make_cache(&s->caches[2], "kmalloc-1k", 2, 1024, 1024, 4, 900, 2000);
	make_cache(&s->caches[3], "empty", 1, 128, 128, 32, 0, 0);
}

static void make_snap(struct mm_snapshot *s)
{
	s->slab_name = "slub";
	s->min_free_kbytes = 5632;
	s->totalram_pages = 507224;
	s->nr_cpus = 2;
	s->nr_nodes = 2;
	make_zones(s);
	make_caches(s);
	s->nodes = xcalloc(2, sizeof(*s->nodes));
	for (u32 n = 0; n < 2; n++) {
		s->nodes[n].online = true;
		s->nodes[n].numa[NUMA_HIT] = 1000 + n;
		s->nodes[n].numa[NUMA_LOCAL] = 900;
		s->nodes[n].numa[NUMA_OTHER] = 100 + n;
		s->nodes[n].slab_reclaimable_pages = n ? 2373 : 1118;
		s->nodes[n].slab_unreclaimable_pages = n ? 1753 : 1980;
	}
	s->vm_events[VM_EV_PGALLOC_DMA32] = 175916;
	s->vm_events[VM_EV_ALLOCSTALL] = 5;
	s->vm_events[VM_EV_ALLOCSTALL_NORMAL] = 5;
}

static void make_cache_sample(struct metrics *m, u32 i, u32 n)
{
	static const char *const names[] = {"kmalloc-1k", FAKE_EVIL_NAME,
					    "dentry", "inode_cache",
					    "vm_area_struct"};
	struct cache_sample *c = &m->cache_samples[i];

	c->nr = 5;
	for (u32 k = 0; k < 5; k++) {
		u64 slabs = 20 + (u64)i * (5 - k) * 100 / n;

		snprintf(c->cache[k].name, sizeof(c->cache[k].name), "%s",
			 names[k]);
		c->cache[k].idx = 2 + k;
		c->cache[k].num_slabs = slabs;
		c->cache[k].partial = slabs / (2 + k);
		c->cache[k].empty = i % 5;
		metrics_node_states(m, i, k)[1].slabs = 3;
		metrics_node_states(m, i, k)[1].full = 3;
		c->cache[k].full =
			slabs - c->cache[k].partial - c->cache[k].empty;
	}
}

static void make_samples(struct metrics *m, u32 n)
{
	m->nr_samples = m->nr_cache_samples = n;
	m->samples = xcalloc(n, sizeof(*m->samples));
	m->cache_samples = xcalloc(n, sizeof(*m->cache_samples));
	m->nr_nodes = 2;
	m->node_samples = xcalloc((size_t)n * METRICS_TOP_CACHES * m->nr_nodes,
				  sizeof(*m->node_samples));
	for (u32 i = 0; i < n; i++) {
		struct sample *s = &m->samples[i];

		s->time_ns = (u64)i * 41000000;
		s->events = (u64)i * 1000;
		s->g.slab_pages = 5000 + (u64)i * 40;
		s->g.other_pages = 20000 + (u64)(i % 60) * 100;
		s->g.large_pages = 600 + (u64)(i % 17) * 10;
		s->g.pcp_pages = 400 + (u64)(i % 23);
		s->g.free_pages = 480000 - s->g.slab_pages - s->g.other_pages;
		for (u32 o = 0; o < MAX_ORDER; o++) {
			s->g.nr_free[o] = (2000u >> o) + (i * (o + 3)) % 37;
			s->unusable_index[o] =
				MIN(o * 90u + i * o * 20u / (n + 1), 1000u);
		}
		m->cache_samples[i].time_ns = s->time_ns;
		make_cache_sample(m, i, n);
	}
	m->end_ns = n ? m->samples[n - 1].time_ns : 0;
}

static void make_metrics(struct metrics *m, u32 samples)
{
	m->nr_events = 4711;
	m->nr_by_op[TRACE_KMALLOC] = 4000;
	m->nr_by_op[TRACE_KFREE] = 711;
	m->failures[TRACE_KMALLOC][FAIL_NO_MEMORY] = 3;
	m->failures[TRACE_ALLOC_PAGES][FAIL_FRAGMENTED] = 2;
	m->peak_memory_pages = 90000;
	m->by_cache = xcalloc(MM_CACHES_MAX, sizeof(*m->by_cache));
	m->nr_caches = 3;
	m->by_cache[2] = (struct usage){.allocs = 3000,
					.frees = 1000,
					.req_bytes = 2100000,
					.alloc_bytes = 3072000,
					.live_objs = 2000,
					.live_req_bytes = 1400000,
					.live_alloc_bytes = 2048000};
	m->nr_sites = 3;
	m->by_site = xcalloc(3, sizeof(*m->by_site));
	m->by_site[1] = m->by_cache[2];
	m->by_site[2] =
		(struct usage){.allocs = 9, .req_bytes = 90, .alloc_bytes = 96};
	for (u32 c = 3; c < 14; c++)
		m->allocs_of_size[c] = (u64)1 << ((c * 7) % 19);
	make_samples(m, samples);
}

static struct eventlog_entry notes[] = {
	{.time_ns = 5,
	 .a = 1,
	 .b = 2,
	 .site = 2,
	 .cpu = 1,
	 .ev = MM_EV_EXTFRAG},
	{.time_ns = 9, .ev = MM_EV_KSWAPD_WAKE},
};
static const struct eventlog log_of_two = {
	.at = notes, .nr = 2, .counts = {[MM_EV_EXTFRAG] = 1}};

struct report_view *fake_view(u32 samples)
{
	struct report_view *v = xcalloc(1, sizeof(*v));
	struct config *c = xcalloc(1, sizeof(*c));
	struct metrics *m = xcalloc(1, sizeof(*m));
	struct trace_info *t = xcalloc(1, sizeof(*t));
	struct mm_snapshot *s = xcalloc(1, sizeof(*s));

	strcpy(c->name, "m2");
	c->mm.profile = PROFILE_LINUX_6_1;
	c->seed = 1;
	make_snap(s);
	make_metrics(m, samples);
	trace_info_init(t);
	strcpy(t->source_format, "trace.dat");
	strcpy(t->kernel, "6.1.0-\"\x1b[31m");
	t->nr_cpus = 2;
	if (!t->sites.nr)
		trace_strings_add(&t->sites, "?", 1);
	trace_strings_add(&t->sites, "alloc_skb+0x52", 14);
	trace_strings_add(&t->sites, FAKE_EVIL_NAME, strlen(FAKE_EVIL_NAME));
	*v = (struct report_view){.config = c,
				  .metrics = m,
				  .trace = t,
				  .snap = s,
				  .log = &log_of_two,
				  .config_yaml = "machine: m2\n",
				  .time_ns = m->end_ns};
	v->gauges = (struct mm_gauges){.free_pages = 366732,
				       .pcp_pages = 412,
				       .slab_pages = 913,
				       .large_pages = 5,
				       .other_pages = 139574};
	return v;
}

void fake_view_free(struct report_view *v)
{
	struct metrics *m = (struct metrics *)(uintptr_t)v->metrics;
	struct mm_snapshot *s = (struct mm_snapshot *)(uintptr_t)v->snap;
	struct trace_info *t = (struct trace_info *)(uintptr_t)v->trace;

	for (u32 i = 0; i < s->nr_caches; i++)
		free(s->caches[i].nodes);
	free(s->caches);
	free(s->zones);
	free(s->pcps);
	free(s->nodes);
	free(s);
	free(m->by_cache);
	free(m->by_site);
	free(m->samples);
	free(m->cache_samples);
	free(m->node_samples);
	free(m);
	trace_info_free(t);
	free(t);
	free((void *)(uintptr_t)v->config);
	free(v);
}

char *fake_text(void (*write)(FILE *to, const struct report_view *v),
		const struct report_view *v)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	write(to, v);
	fclose(to);
	return text;
}

char *fake_file(const char *name, const struct report_view *v)
{
	for (u32 i = 0; i < NR_PROC_FILES; i++)
		if (!strcmp(proc_files[i].name, name))
			return fake_text(proc_files[i].write, v);
	for (u32 i = 0; i < NR_TSV_FILES; i++)
		if (!strcmp(tsv_files[i].name, name))
			return fake_text(tsv_files[i].write, v);
	return NULL;
}
