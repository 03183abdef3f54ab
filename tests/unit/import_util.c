#include "import_util.h"

#include "base/xmalloc.h"

#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int import_bytes(const void *bytes, size_t len, struct imported *im,
		 struct err *e)
{
	FILE *f = tmpfile();
	int rc;

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	fflush(f);
	assert_int_equal(lseek(fileno(f), 0, SEEK_SET), 0);
	rc = import_recording(fileno(f), "t.txt", import_detect(bytes, len),
			      NULL, im, e);
	fclose(f);
	return rc;
}

void import_ok(const char *text, struct imported *im)
{
	struct err e = {0};

	if (import_bytes(text, strlen(text), im, &e))
		fail_msg("%s", e.text);
	check_stream(im);
}

const struct trace_rec *nth(const struct imported *im, enum trace_op op, u32 n)
{
	u64 k;

	for (k = 0; k < im->nr_recs; k++)
		if (im->recs[k].op == op && !n--)
			return &im->recs[k];
	return NULL;
}

u32 count_op(const struct imported *im, enum trace_op op)
{
	u32 n = 0;

	while (nth(im, op, n))
		n++;
	return n;
}

const struct trace_rec *cache_named(const struct imported *im, const char *name)
{
	const struct trace_rec *r;
	u32 k;

	for (k = 0; (r = nth(im, TRACE_CACHE_CREATE, k)); k++)
		if (!strcmp(im->info.names.at[r->name], name))
			return r;
	return NULL;
}

static bool is_alloc(u8 op)
{
	return op == TRACE_CACHE_ALLOC || op == TRACE_KMALLOC ||
	       op == TRACE_ALLOC_PAGES || op == TRACE_ALLOC_PERCPU;
}

void check_stream(const struct imported *im)
{
	u8 *live = xcalloc(im->info.nr_slots + 1u, 1);
	u64 last = 0;
	u64 k;

	for (k = 0; k < im->nr_recs; k++) {
		const struct trace_rec *r = &im->recs[k];

		assert_true(r->time_ns >= last);
		last = r->time_ns;
		assert_true(r->op < NR_TRACE_OPS);
		assert_true(r->cpu < im->info.nr_cpus);
		assert_true(r->site < im->info.sites.nr);
		assert_true(r->task < im->info.tasks.nr);
		if (r->op == TRACE_CACHE_CREATE) {
			assert_true(r->cache < im->info.nr_caches);
			assert_true(r->name < im->info.names.nr);
			continue;
		}
		assert_true(r->slot < im->info.nr_slots);
		/* An allocation is kept in .live as its operation + 1. */
		if (is_alloc(r->op)) {
			assert_int_equal(live[r->slot], 0);
			live[r->slot] = (u8)(r->op + 1);
			if (r->op == TRACE_CACHE_ALLOC)
				assert_true(r->cache < im->info.nr_caches);
		} else {
			assert_int_equal(live[r->slot], r->op);
			live[r->slot] = 0;
		}
	}
	free(live);
}
