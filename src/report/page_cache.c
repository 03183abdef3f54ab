/*
 * The page cache in report.txt and summary.json: only of runs that named a
 * file.
 */
#include "report/json.h"
#include "report/view.h"

#include <inttypes.h>

static double percent_of(u64 part, u64 whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

static void put_row(FILE *to, const char *what, u64 pages, u64 part, u64 whole)
{
	fprintf(to, "  %-18s %12" PRIu64 "  %5.1f %%\n", what, pages,
		percent_of(part, whole));
}

void put_page_cache(FILE *to, const struct report_view *v)
{
	const struct page_cache_usage *u = &v->metrics->page_cache;
	u64 asked = u->hits + u->misses;

	if (!u->files)
		return;
	fprintf(to,
		"\nPAGE CACHE: %" PRIu64 " files, %" PRIu64 " reads, %" PRIu64
		" writes\n  pages                             share\n",
		u->files, u->reads, u->writes);
	put_row(to, "asked for", asked, asked, asked);
	put_row(to, "  there already", u->hits, u->hits, asked);
	put_row(to, "  missing", u->misses, u->misses, asked);
	put_row(to, "read ahead", u->ra_pages, u->ra_pages, u->device_reads);
	put_row(to, "  and used", u->ra_used, u->ra_used, u->ra_pages);
	put_row(to, "refaulted", u->refaults, u->refaults, u->device_reads);
	put_row(to, "  active at once", u->activated, u->activated,
		u->refaults);
	if (u->failed)
		put_row(to, "without memory", u->failed, u->failed,
			asked + u->failed);
	fprintf(to,
		"  read from devices  %12" PRIu64 " pages in %" PRIu64
		" requests\n  at the end         %12" PRIu64
		" pages; trees have %" PRIu64 " nodes, %" PRIu64
		" shadows of pages reclaimed\n",
		u->device_reads, u->device_requests, u->pages, u->tree_nodes,
		u->shadows);
}

void json_page_cache(struct json *j, const struct page_cache_usage *u)
{
	if (!u->files)
		return;
	json_object(j, "page_cache");
	json_u64(j, "files_count", u->files);
	json_u64(j, "pages", u->pages);
	json_u64(j, "reads_count", u->reads);
	json_u64(j, "writes_count", u->writes);
	json_u64(j, "hit_pages", u->hits);
	json_u64(j, "missed_pages", u->misses);
	json_u64(j, "failed_pages", u->failed);
	json_u64(j, "readahead_pages", u->ra_pages);
	json_u64(j, "readahead_used_pages", u->ra_used);
	json_u64(j, "readahead_sync_count", u->ra_sync);
	json_u64(j, "readahead_async_count", u->ra_async);
	json_u64(j, "device_read_pages", u->device_reads);
	json_u64(j, "device_requests_count", u->device_requests);
	json_u64(j, "truncated_pages", u->truncated);
	json_u64(j, "refaulted_pages", u->refaults);
	json_u64(j, "activated_pages", u->activated);
	json_u64(j, "shadows_count", u->shadows);
	json_u64(j, "tree_nodes_count", u->tree_nodes);
	json_end(j);
}
