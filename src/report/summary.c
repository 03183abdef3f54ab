/*
 * summary.c - summary.json: every figure of the report, units in the names.
 */
#include "report/cpucaches.h"
#include "report/frag.h"
#include "report/json.h"
#include "report/view.h"

#include "base/compiler.h"

#include <inttypes.h>
#include <stdlib.h>

#define SITES_LISTED 50 /* sites.tsv has all of them */
#define PAGE_BYTES   4096u

static void put_trace(struct json *j, const struct report_view *v)
{
	const struct trace_info *t = v->trace;
	char hash[40];

	json_object(j, "trace");
	json_string(j, "format", t->source_format);
	json_string(j, "kernel", t->kernel);
	json_u64(j, "cpus_count", t->nr_cpus);
	json_u64(j, "nodes_count", t->nr_nodes);
	json_u64(j, "slots_count", t->nr_slots);
	json_u64(j, "caches_count", t->nr_caches);
	snprintf(hash, sizeof(hash), "records:%016" PRIx64,
		 v->metrics->trace_hash);
	json_string(j, "hash", hash);
	json_u64(j, "events_count", v->metrics->nr_events);
	json_u64(j, "duration_ns", v->metrics->end_ns - v->metrics->start_ns);
	json_object(j, "counts");
#define PUT_COUNT_(id, text) json_u64(j, #id, t->counts.id);
	TRACE_COUNTS(PUT_COUNT_)
#undef PUT_COUNT_
	json_end(j);
	json_end(j);
}

static void put_identity(struct json *j, const struct report_view *v)
{
	char hash[40];

	json_string(j, "kmemsim_version", PACKAGE_VERSION);
	snprintf(hash, sizeof(hash), "fnv1a64:%016" PRIx64,
		 text_hash(v->config_yaml));
	json_string(j, "config_hash", hash);
	put_trace(j, v);
	json_u64(j, "seed", v->config->seed);
	json_bool(j, "complete", !v->partial);
	json_u64(j, "simulated_time_ns", v->time_ns);
}

static void put_machine(struct json *j, const struct report_view *v)
{
	json_object(j, "machine");
	json_string(j, "name", v->config->name);
	json_u64(j, "cpus_count", v->snap->nr_cpus);
	json_u64(j, "nodes_count", v->snap->nr_nodes);
	json_string(j, "allocator", v->snap->slab_name);
	json_string(j, "kernel_profile", profile_name(v->config));
	json_u64(j, "managed_bytes", v->snap->totalram_pages * PAGE_BYTES);
	json_u64(j, "min_free_kib", v->snap->min_free_kbytes);
	json_end(j);
}

static void put_memory(struct json *j, const struct report_view *v)
{
	const struct mm_gauges *g = &v->gauges;
	const struct metrics *m = v->metrics;

	json_object(j, "memory");
	json_u64(j, "free_pages", g->free_pages);
	json_u64(j, "pcp_pages", g->pcp_pages);
	json_u64(j, "slab_pages", g->slab_pages);
	json_u64(j, "large_kmalloc_pages", g->large_pages);
	json_u64(j, "other_pages", g->other_pages);
	json_u64(j, "peak_allocated_pages", m->peak_memory_pages);
	json_u64(j, "alloc_pages_pages_total", m->pages_allocated);
	json_u64(j, "free_pages_pages_total", m->pages_freed);
	json_u64(j, "alloc_pages_live_blocks", m->live_page_blocks);
	json_u64(j, "alloc_pages_live_pages", m->live_pages);
	json_end(j);
}

static void put_waste(struct json *j, const struct report_view *v)
{
	const struct slab_waste w = frag_all_waste(v->snap);
	const struct run_totals t = run_totals(v);

	json_object(j, "waste");
	json_u64(j, "slab_bytes", w.slab_bytes);
	json_u64(j, "slab_object_bytes", w.object_bytes);
	json_u64(j, "slab_pad_bytes", w.pad_bytes);
	json_u64(j, "slab_free_objs_bytes", w.free_bytes);
	json_u64(j, "slab_tail_bytes", w.tail_bytes);
	json_ratio(j, "slab_utilisation_ratio", w.object_bytes, w.slab_bytes);
	json_u64(j, "req_bytes_live", t.slab_req_bytes_live);
	json_u64(j, "alloc_bytes_live", t.slab_alloc_bytes_live);
	json_u64(j, "req_bytes_total", t.req_bytes);
	json_u64(j, "alloc_bytes_total", t.alloc_bytes);
	json_ratio(j, "internal_fragmentation_total_ratio",
		   t.alloc_bytes > t.req_bytes ? t.alloc_bytes - t.req_bytes
					       : 0,
		   t.alloc_bytes);
	json_end(j);
}

/* Present only with SLOB, which has no slabs. */
static void put_slob(struct json *j, const struct report_view *v)
{
	static const char *const names[INSPECT_SLOB_LISTS] = {"small", "medium",
							      "large"};
	const struct slob_snapshot *s = &v->snap->slob;
	u64 free_bytes = 0;

	if (!s->is_slob)
		return;
	json_object(j, "slob");
	json_u64(j, "pages", s->pages);
	json_array(j, "lists");
	for (u32 i = 0; i < INSPECT_SLOB_LISTS; i++) {
		json_object(j, NULL);
		json_string(j, "name", names[i]);
		json_u64(j, "pages", s->listed_pages[i]);
		json_u64(j, "free_bytes", s->free_bytes[i]);
		json_end(j);
		free_bytes += s->free_bytes[i];
	}
	json_end(j);
	json_u64(j, "free_bytes", free_bytes);
	json_end(j);
}

static void put_percpu(struct json *j, const struct percpu_usage *p)
{
	json_object(j, "percpu");
	json_u64(j, "areas_allocated_count", p->nr_alloc);
	json_u64(j, "areas_freed_count", p->nr_free);
	json_u64(j, "chunks_count", p->nr_chunks);
	json_u64(j, "populated_pages_per_cpu", p->populated_pages);
	json_u64(j, "free_bytes_per_cpu", p->free_bytes);
	json_u64(j, "largest_free_bytes", p->largest_free_bytes);
	json_u64(j, "requested_bytes", p->bytes_requested);
	json_u64(j, "unit_bytes", p->unit_bytes);
	json_u64(j, "reserved_bytes", p->reserved_bytes);
	json_u64(j, "reserved_free_bytes", p->reserved_free_bytes);
	json_u64(j, "vmalloc_pages", p->vmalloc_pages);
	json_end(j);
}

static void put_mempools(struct json *j, const struct metrics *m)
{
	json_array(j, "mempools");
	for (u32 i = 0; i < m->mempools.nr; i++) {
		const struct mempool_usage *p = &m->mempools.at[i];

		json_object(j, NULL);
		json_u64(j, "mid", p->mid);
		json_string(j, "over", mempool_kind_names[p->kind]);
		json_u64(j, "element_bytes", p->element_bytes);
		json_u64(j, "min_nr_count", p->min_nr);
		json_u64(j, "curr_nr_count", p->curr_nr);
		json_u64(j, "reserve_bytes", p->curr_nr * p->element_bytes);
		json_u64(j, "in_use_count", p->stats.nr_out);
		json_u64(j, "in_use_max_count", p->stats.nr_out_max);
		json_u64(j, "allocations_count", p->stats.nr_alloc);
		json_u64(j, "saved_count", p->stats.nr_saved);
		json_u64(j, "lowest_count", p->stats.lowest_nr);
		json_u64(j, "failures_count", p->stats.nr_fail);
		json_u64(j, "waits_count", p->stats.nr_waits);
		json_u64(j, "retries_count", p->stats.nr_retries);
		json_u64(j, "waiting_at_end_count", p->stats.nr_waiting);
		json_u64(j, "wait_cycles", p->stats.wait_cycles);
		json_u64(j, "wait_cycles_max", p->stats.wait_cycles_max);
		json_end(j);
	}
	json_end(j);
}

/* first_record: its number; null where there is none. */
static void put_access_bugs(struct json *j, const struct metrics *m)
{
	json_object(j, "access_bugs");
	for (u32 b = 0; b < NR_ACCESS_BUGS; b++) {
		json_object(j, access_bug_names[b]);
		json_u64(j, "count", m->access_bugs[b]);
		if (m->access_bugs[b])
			json_u64(j, "first_record", m->first_access_bug[b]);
		else
			json_null(j, "first_record");
		json_end(j);
	}
	json_end(j);
	json_u64(j, "skipped_accesses_count", m->skipped_accesses);
}

static void put_operations(struct json *j, const struct report_view *v)
{
	const struct metrics *m = v->metrics;
	const struct run_totals t = run_totals(v);

	put_percpu(j, &m->percpu);
	json_page_cache(j, &m->page_cache);
	put_mempools(j, m);
	if (m->held_at_end)
		json_u64(j, "operations_held_at_end_count", m->held_at_end);
	if (m->nr_abandoned)
		json_u64(j, "operations_abandoned_count", m->nr_abandoned);
	json_object(j, "operations");
	for (u32 op = 0; op < NR_TRACE_OPS; op++)
		json_u64(j, trace_op_names[op], m->nr_by_op[op]);
	json_end(j);
	json_u64(j, "preempt_bugs_count", m->nr_preempt_bugs);
	put_access_bugs(j, m);
	json_u64(j, "skipped_frees_count", m->skipped_frees);
	json_u64(j, "remote_frees_count", t.remote_frees);
	json_u64(j, "allocations_count", t.allocs);
	json_u64(j, "failures_count", t.failures);
	json_object(j, "failures_by_reason");
	for (u32 r = 0; r < NR_FAIL_REASONS; r++)
		json_u64(j, fail_reason_names[r], t.failures_by_reason[r]);
	json_end(j);
	json_array(j, "failures");
	for (u32 op = 0; op < NR_TRACE_OPS; op++) {
		for (u32 r = 0; r < NR_FAIL_REASONS; r++) {
			if (!m->failures[op][r])
				continue;
			json_object(j, NULL);
			json_string(j, "operation", trace_op_names[op]);
			json_string(j, "reason", fail_reason_names[r]);
			json_u64(j, "count", m->failures[op][r]);
			json_end(j);
		}
	}
	json_end(j);
}

static void put_orders(struct json *j, const u64 nr_free[MAX_ORDER])
{
	json_u64(j, "free_2mib_blocks", frag_free_huge(nr_free));
	json_array(j, "free_blocks_by_order");
	for (u32 o = 0; o < MAX_ORDER; o++)
		json_u64(j, NULL, nr_free[o]);
	json_end(j);
	json_array(j, "unusable_index_permille_by_order");
	for (u32 o = 0; o < MAX_ORDER; o++)
		json_u64(j, NULL, frag_unusable_index(nr_free, o));
	json_end(j);
	json_array(j, "fragmentation_index_permille_by_order");
	for (u32 o = 0; o < MAX_ORDER; o++)
		json_s64(j, NULL, frag_extfrag_index(nr_free, o));
	json_end(j);
}

static void put_fragmentation(struct json *j, const struct report_view *v)
{
	const struct mm_snapshot *s = v->snap;
	u64 nr_free[MAX_ORDER];

	json_object(j, "fragmentation");
	frag_machine_free(s, nr_free);
	put_orders(j, nr_free);
	json_array(j, "zones");
	for (u32 i = 0; i < s->nr_zones; i++) {
		const struct zone_snapshot *z = &s->zones[i];

		if (!z->present_pages)
			continue;
		frag_zone_free(z, nr_free);
		json_object(j, NULL);
		json_u64(j, "node", z->node);
		json_string(j, "zone", z->name);
		json_u64(j, "managed_pages", z->managed_pages);
		json_s64(j, "free_pages", z->nr_free_pages_exact);
		json_u64(j, "min_pages", z->watermark[WMARK_MIN]);
		json_u64(j, "low_pages", z->watermark[WMARK_LOW]);
		json_u64(j, "high_pages", z->watermark[WMARK_HIGH]);
		put_orders(j, nr_free);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

static void put_numa(struct json *j, const struct report_view *v)
{
	json_array(j, "numa");
	for (u32 nid = 0; nid < v->snap->nr_nodes; nid++) {
		const struct node_snapshot *n = &v->snap->nodes[nid];

		json_object(j, NULL);
		json_u64(j, "node", nid);
		for (u32 i = 0; i < NR_NUMA_STATS; i++)
			json_u64(j, numa_stat_names[i], n->numa[i]);
		json_u64(j, "slab_reclaimable_pages",
			 n->slab_reclaimable_pages);
		json_u64(j, "slab_unreclaimable_pages",
			 n->slab_unreclaimable_pages);
		json_end(j);
	}
	json_end(j);
}

static void put_usage(struct json *j, const struct usage *u)
{
	json_u64(j, "allocs_count", u->allocs);
	json_u64(j, "frees_count", u->frees);
	json_u64(j, "failures_count", u->failures);
	json_u64(j, "req_bytes_total", u->req_bytes);
	json_u64(j, "alloc_bytes_total", u->alloc_bytes);
	json_u64(j, "live_objs", u->live_objs);
	json_u64(j, "req_bytes_live", u->live_req_bytes);
	json_u64(j, "alloc_bytes_live", u->live_alloc_bytes);
	json_u64(j, "alloc_bytes_live_peak", u->peak_live_alloc_bytes);
	json_u64(j, "remote_frees_count", u->remote_frees);
}

static void put_cache_nodes(struct json *j, const struct report_view *v,
			    const struct cache_snapshot *c)
{
	json_array(j, "slabs_filled_by_tenth");
	for (u32 i = 0; i < ARRAY_SIZE(c->occupancy); i++)
		json_u64(j, NULL, c->occupancy[i]);
	json_end(j);
	json_array(j, "nodes");
	for (u32 nid = 0; c->nodes && nid < v->snap->nr_nodes; nid++) {
		json_object(j, NULL);
		json_u64(j, "slabs", c->nodes[nid].nr_slabs);
		json_u64(j, "partial_list_slabs", c->nodes[nid].nr_partial);
		json_u64(j, "objs", c->nodes[nid].total_objects);
		json_end(j);
	}
	json_end(j);
}

static void put_caches(struct json *j, const struct report_view *v)
{
	u32 nr;
	struct usage_row *rows = rank_caches(v, RANK_MEMORY, &nr);

	json_array(j, "caches");
	for (u32 i = 0; i < nr; i++) {
		const struct cache_snapshot *c = rows[i].cache;
		const struct slab_waste w = frag_cache_waste(c);

		json_object(j, NULL);
		json_string(j, "name", c->name);
		json_u64(j, "object_bytes", c->object_size);
		json_u64(j, "size_bytes", c->size);
		json_u64(j, "objs_per_slab", c->objects_per_slab);
		json_u64(j, "order", c->order);
		json_u64(j, "objs", c->num_objs);
		json_u64(j, "handed_out_objs", c->live_objs);
		json_u64(j, "slabs", c->num_slabs);
		json_u64(j, "full_slabs", c->slabs_full);
		json_u64(j, "partial_slabs", c->slabs_partial);
		json_u64(j, "empty_slabs", c->slabs_empty);
		json_u64(j, "slab_bytes", w.slab_bytes);
		json_u64(j, "pad_bytes", w.pad_bytes);
		json_u64(j, "free_objs_bytes", w.free_bytes);
		json_u64(j, "tail_bytes", w.tail_bytes);
		json_u64(j, "slow_allocs_count", c->nr_alloc_slow);
		json_u64(j, "slow_frees_count", c->nr_free_slow);
		put_usage(j, rows[i].usage);
		put_cache_nodes(j, v, c);
		json_end(j);
	}
	json_end(j);
	free(rows);
}

static void put_sites(struct json *j, const struct report_view *v)
{
	u32 nr;
	struct usage_row *rows = rank_sites(v, RANK_RUN_WASTE, &nr);

	json_u64(j, "call_sites_count", nr);
	json_array(j, "call_sites_most_waste");
	for (u32 i = 0; i < MIN(nr, (u32)SITES_LISTED); i++) {
		json_object(j, NULL);
		json_string(j, "name", rows[i].name);
		put_usage(j, rows[i].usage);
		json_end(j);
	}
	json_end(j);
	free(rows);
}

static void put_sizes(struct json *j, const struct report_view *v)
{
	json_array(j, "requests_by_size");
	for (u32 c = 0; c < METRICS_SIZE_CLASSES; c++) {
		if (!v->metrics->allocs_of_size[c])
			continue;
		json_object(j, NULL);
		json_u64(j, "from_bytes", c ? (u64)1 << (c - 1) : 0);
		json_u64(j, "to_bytes", ((u64)1 << c) - 1);
		json_u64(j, "allocs_count", v->metrics->allocs_of_size[c]);
		json_end(j);
	}
	json_end(j);
}

static void put_hist(struct json *j, const char *name, const struct hist *h)
{
	if (!h->count)
		return;
	json_object(j, name);
	json_u64(j, "count", h->count);
	json_u64(j, "min_cycles", h->min);
	json_ratio(j, "mean_cycles", h->sum, h->count);
	json_quantiles(j, h);
	json_end(j);
}

/* How often each path was taken, and what that is at the price list. */
static void put_costs(struct json *j, const struct report_view *v)
{
	u64 total = 0;

	json_object(j, "cost_count");
	for (u32 i = 0; i < NR_COSTS; i++)
		if (i < COST_LRU_SCAN || v->metrics->cost_count[i])
			json_u64(j, cost_names[i], v->metrics->cost_count[i]);
	json_end(j);
	json_object(j, "cost_cycles");
	for (u32 i = 0; i < NR_COSTS; i++) {
		if (i >= COST_LRU_SCAN && !v->metrics->cost_count[i])
			continue;
		json_u64(j, cost_names[i], v->metrics->cost_cycles[i]);
		total += v->metrics->cost_cycles[i];
	}
	json_end(j);
	json_u64(j, "cost_cycles_total", total);
}

static void put_latency(struct json *j, const struct report_view *v)
{
	put_costs(j, v);
	json_u64(j, "busy_cycles", v->metrics->busy_cycles);
	json_object(j, "latency");
	for (u32 op = 0; op < NR_TRACE_OPS; op++)
		put_hist(j, trace_op_names[op],
			 &v->metrics->latency_cycles[op]);
	put_hist(j, "wait_for_cpu", &v->metrics->wait_cycles);
	json_end(j);
}

void write_summary(FILE *to, const struct report_view *v)
{
	struct json j;

	json_init(&j, to);
	json_object(&j, NULL);
	put_identity(&j, v);
	put_machine(&j, v);
	put_memory(&j, v);
	put_waste(&j, v);
	put_slob(&j, v);
	put_operations(&j, v);
	put_fragmentation(&j, v);
	put_reclaim_json(&j, v);
	put_numa(&j, v);
	json_object(&j, "vm_events_count");
	for (u32 i = 0; i < NR_VM_EVENTS; i++)
		if (i < VM_EV_FIRST_OF_RECLAIM || v->snap->vm_events[i])
			json_u64(&j, vm_event_names[i], v->snap->vm_events[i]);
	json_end(&j);
	json_object(&j, "notes_count");
	for (u32 i = 0; v->log && i < NR_MM_EVENTS; i++)
		if (i < MM_EV_FIRST_OF_RECLAIM || v->log->counts[i])
			json_u64(&j, mm_event_names[i], v->log->counts[i]);
	json_end(&j);
	put_latency(&j, v);
	json_times(&j, v);
	cpucaches_json(&j, v);
	put_sizes(&j, v);
	put_caches(&j, v);
	put_sites(&j, v);
	json_end(&j);
}
