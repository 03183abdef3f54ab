/*
 * tsv.c - the tables: one header line, tabs between, units in the names.
 */
#include "report/cpucaches.h"
#include "report/frag.h"
#include "report/view.h"

#include "base/compiler.h"

#include <inttypes.h>
#include <stdlib.h>

void tsv_put_name(FILE *to, const char *name)
{
	for (; *name; name++) {
		u8 c = (u8)*name;

		if (c == '\t')
			fputs("\\t", to);
		else if (c == '\n')
			fputs("\\n", to);
		else if (c == '\\')
			fputs("\\\\", to);
		else if (c < ' ' || c == 0x7f)
			fprintf(to, "\\x%02x", c);
		else
			fputc(c, to);
	}
}

static void put_numbers(FILE *to, const u64 *at, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		fprintf(to, "\t%" PRIu64, at[i]);
}

static void write_series(FILE *to, const struct report_view *v)
{
	fputs("time_ns\tevents\tfree_pages\tpcp_pages\tslab_pages\t"
	      "large_kmalloc_pages\tother_pages\treq_bytes_live\t"
	      "alloc_bytes_live",
	      to);
	for (u32 o = 0; o < MAX_ORDER; o++)
		fprintf(to, "\tfree_blocks_order%u", o);
	for (u32 o = 0; o < MAX_ORDER; o++)
		fprintf(to, "\tunusable_permille_order%u", o);
	fputs("\tnuma_local_blocks\tnuma_other_blocks\tremote_frees", to);
	fputs(v->cpucache ? "\tmemory_local_lines\tmemory_remote_lines\n"
			  : "\n",
	      to);
	for (u32 i = 0; i < v->metrics->nr_samples; i++) {
		const struct sample *s = &v->metrics->samples[i];
		const u64 row[] = {s->events,	      s->g.free_pages,
				   s->g.pcp_pages,    s->g.slab_pages,
				   s->g.large_pages,  s->g.other_pages,
				   s->req_bytes_live, s->alloc_bytes_live};

		fprintf(to, "%" PRIu64, s->time_ns);
		put_numbers(to, row, ARRAY_SIZE(row));
		put_numbers(to, s->g.nr_free, MAX_ORDER);
		for (u32 o = 0; o < MAX_ORDER; o++)
			fprintf(to, "\t%u", s->unusable_index[o]);
		put_numbers(to,
			    (const u64[]){s->numa_local, s->numa_other,
					  s->remote_frees,
					  s->memory_lines - s->memory_remote,
					  s->memory_remote},
			    v->cpucache ? 5 : 3);
		fputc('\n', to);
	}
}

static void write_slabs(FILE *to, const struct report_view *v)
{
	fputs("time_ns\tcache\tcache_idx\tslabs\tfull_slabs\tpartial_slabs\t"
	      "empty_slabs\n",
	      to);
	for (u32 i = 0; i < v->metrics->nr_cache_samples; i++) {
		const struct cache_sample *s = &v->metrics->cache_samples[i];

		for (u32 k = 0; k < s->nr; k++) {
			fprintf(to, "%" PRIu64 "\t", s->time_ns);
			tsv_put_name(to, s->cache[k].name);
			fprintf(to,
				"\t%u\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64
				"\t%" PRIu64 "\n",
				s->cache[k].idx, s->cache[k].num_slabs,
				s->cache[k].full, s->cache[k].partial,
				s->cache[k].empty);
		}
	}
}

/* The same by node, where a node has slabs of the cache. */
static void write_slabs_by_node(FILE *to, const struct report_view *v)
{
	fputs("time_ns\tcache\tcache_idx\tnode\tslabs\tfull_slabs\t"
	      "partial_slabs\tempty_slabs\n",
	      to);
	for (u32 i = 0; i < v->metrics->nr_cache_samples; i++) {
		const struct cache_sample *s = &v->metrics->cache_samples[i];

		for (u32 k = 0; k < s->nr * v->snap->nr_nodes; k++) {
			u32 c = k / v->snap->nr_nodes;
			u32 nid = k % v->snap->nr_nodes;
			const struct slab_states *n =
				&metrics_node_states(v->metrics, i, c)[nid];

			if (!n->slabs)
				continue;
			fprintf(to, "%" PRIu64 "\t", s->time_ns);
			tsv_put_name(to, s->cache[c].name);
			fprintf(to, "\t%u\t%u\t%u\t%u\t%u\t%u\n",
				s->cache[c].idx, nid, n->slabs, n->full,
				n->partial, n->empty);
		}
	}
}

static void put_usage(FILE *to, const struct usage *u)
{
	const u64 row[] = {u->allocs,
			   u->frees,
			   u->failures,
			   u->req_bytes,
			   u->alloc_bytes,
			   u->live_objs,
			   u->live_req_bytes,
			   u->live_alloc_bytes,
			   u->peak_live_alloc_bytes,
			   u->remote_frees};

	put_numbers(to, row, ARRAY_SIZE(row));
}

#define USAGE_COLUMNS                                    \
	"\tallocs\tfrees\tfailures\treq_bytes_total\t"   \
	"alloc_bytes_total\tlive_objs\treq_bytes_live\t" \
	"alloc_bytes_live\talloc_bytes_live_peak\tremote_frees"

static void write_caches(FILE *to, const struct report_view *v)
{
	u32 nr;
	struct usage_row *rows = rank_caches(v, RANK_MEMORY, &nr);

	fputs("cache\tcache_idx\tobject_bytes\tsize_bytes\tobjs_per_slab\t"
	      "order\tslabs\tfull_slabs\tpartial_slabs\tempty_slabs\tobjs\t"
	      "handed_out_objs\tslab_bytes\tpad_bytes\tfree_objs_bytes\t"
	      "tail_bytes\tslow_allocs\tslow_frees\tremote_slow_frees\t"
	      "slabs_made\tslabs_freed" USAGE_COLUMNS,
	      to);
	for (u32 i = 0; i < 10; i++)
		fprintf(to, "\tslabs_filled_%u_%u_percent", i * 10,
			i * 10 + 10);
	fputc('\n', to);
	for (u32 i = 0; i < nr; i++) {
		const struct cache_snapshot *c = rows[i].cache;
		const struct slab_waste w = frag_cache_waste(c);
		const u64 row[] = {
			c->idx,		 c->object_size,
			c->size,	 c->objects_per_slab,
			c->order,	 c->num_slabs,
			c->slabs_full,	 c->slabs_partial,
			c->slabs_empty,	 c->num_objs,
			c->live_objs,	 w.slab_bytes,
			w.pad_bytes,	 w.free_bytes,
			w.tail_bytes,	 c->nr_alloc_slow,
			c->nr_free_slow, c->nr_free_remote,
			c->nr_slab_new,	 c->nr_slab_freed,
		};

		tsv_put_name(to, c->name);
		put_numbers(to, row, ARRAY_SIZE(row));
		put_usage(to, rows[i].usage);
		put_numbers(to, c->occupancy, ARRAY_SIZE(c->occupancy));
		fputc('\n', to);
	}
	free(rows);
}

static void write_nodes(FILE *to, const struct report_view *v)
{
	u32 nr;
	struct usage_row *rows = rank_caches(v, RANK_MEMORY, &nr);

	fputs("cache\tcache_idx\tnode\tslabs\tpartial_list_slabs\tobjs\t"
	      "partial_list_free_objs\n",
	      to);
	for (u32 i = 0; i < nr; i++) {
		const struct cache_snapshot *c = rows[i].cache;

		for (u32 nid = 0; c->nodes && nid < v->snap->nr_nodes; nid++) {
			const struct cache_node_snapshot *n = &c->nodes[nid];
			const u64 row[] = {
				c->idx,		  nid,
				n->nr_slabs,	  n->nr_partial,
				n->total_objects, n->free_on_partial};

			if (!n->nr_slabs)
				continue;
			tsv_put_name(to, c->name);
			put_numbers(to, row, ARRAY_SIZE(row));
			fputc('\n', to);
		}
	}
	free(rows);
}

static void write_sites(FILE *to, const struct report_view *v)
{
	u32 nr;
	struct usage_row *rows = rank_sites(v, RANK_RUN_WASTE, &nr);

	fputs("call_site" USAGE_COLUMNS "\n", to);
	for (u32 i = 0; i < nr; i++) {
		tsv_put_name(to, rows[i].name);
		put_usage(to, rows[i].usage);
		fputc('\n', to);
	}
	free(rows);
}

static void write_sizes(FILE *to, const struct report_view *v)
{
	fputs("from_bytes\tto_bytes\tallocs\n", to);
	for (u32 c = 0; c < METRICS_SIZE_CLASSES; c++)
		fprintf(to, "%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n",
			c ? (u64)1 << (c - 1) : 0, ((u64)1 << c) - 1,
			v->metrics->allocs_of_size[c]);
}

static void put_event(FILE *to, const char *kind, const char *name,
		      const char *reason, u64 count)
{
	fprintf(to, "%s\t%s\t%s\t%" PRIu64 "\n", kind, name, reason, count);
}

static void write_counts(FILE *to, const struct report_view *v)
{
	const struct metrics *m = v->metrics;

	fputs("kind\tname\treason\tcount\n", to);
	for (u32 op = 0; op < NR_TRACE_OPS; op++)
		put_event(to, "operation", trace_op_names[op], "-",
			  m->nr_by_op[op]);
	for (u32 op = 0; op < NR_TRACE_OPS; op++)
		for (u32 r = 0; r < NR_FAIL_REASONS; r++)
			if (m->failures[op][r])
				put_event(to, "failure", trace_op_names[op],
					  fail_reason_names[r],
					  m->failures[op][r]);
	put_event(to, "replay", "skipped_frees", "-", m->skipped_frees);
	for (u32 i = 0; v->log && i < NR_MM_EVENTS; i++) {
		if (i >= MM_EV_FIRST_OF_RECLAIM && !v->log->counts[i])
			continue;
		put_event(to, "note", mm_event_names[i], "-",
			  v->log->counts[i]);
		put_event(to, "note_not_kept", mm_event_names[i], "-",
			  v->log->dropped[i]);
	}
	for (u32 i = 0; i < NR_VM_EVENTS; i++)
		if (i < VM_EV_FIRST_OF_RECLAIM || v->snap->vm_events[i])
			put_event(to, "vm", vm_event_names[i], "-",
				  v->snap->vm_events[i]);
#define PUT_COUNT_(id, text) \
	put_event(to, "trace", #id, "-", v->trace->counts.id);
	TRACE_COUNTS(PUT_COUNT_)
#undef PUT_COUNT_
}

/* What mm noted as it went; a and b are as docs/report.md says by event. */
static void write_events(FILE *to, const struct report_view *v)
{
	fputs("time_ns\tcpu\tevent\ta\tb\tcall_site\n", to);
	for (u32 i = 0; v->log && i < v->log->nr; i++) {
		const struct eventlog_entry *n = &v->log->at[i];

		fprintf(to, "%" PRIu64 "\t%u\t%s\t%" PRIu64 "\t%" PRIu64 "\t",
			n->time_ns, n->cpu, mm_event_names[n->ev], n->a, n->b);
		tsv_put_name(to, n->site < v->trace->sites.nr
					 ? v->trace->sites.at[n->site]
					 : "?");
		fputc('\n', to);
	}
}

const struct report_file tsv_files[NR_TSV_FILES] = {
	{"series.tsv", write_series},
	{"slabs.tsv", write_slabs},
	{"slabs_by_node.tsv", write_slabs_by_node},
	{"caches.tsv", write_caches},
	{"nodes.tsv", write_nodes},
	{"sites.tsv", write_sites},
	{"sizes.tsv", write_sizes},
	{"events.tsv", write_events},
	{"counts.tsv", write_counts},
	{"latency.tsv", write_latency},
	{"locks.tsv", write_locks},
	{"colors.tsv", cpucaches_colors},
	{"misses.tsv", cpucaches_misses},
	{"sharing.tsv", cpucaches_sharing},
};
