/*
 * state_machine.c - the machine that a recorded state comes from, for a run
 * that names none: its zones from the snapshot, which CPU is on which node
 * from machine.txt beside it (else CPUs are dealt out in order).
 */
#include "sim/state.h"

#include "base/compiler.h"

#include <errno.h>
#include <string.h>

static int add_zone(struct mm_conf *mm, const struct state_zone *z,
		    struct err *e)
{
	if (!z->present)
		return 0;
	if (mm->nr_ranges == MM_RANGES_MAX)
		return err_set(e, -EINVAL, "more than %d zones", MM_RANGES_MAX);
	mm->ranges[mm->nr_ranges++] = (struct mm_range){
		.nid = z->nid,
		.zone = z->type,
		.start_pfn = z->start_pfn,
		.end_pfn = z->start_pfn + z->spanned,
		.reserved_pages = z->spanned - z->managed,
		.absent_pages = z->spanned - z->present,
	};
	return 0;
}

/* "0,2-3" */
static bool cpu_list(struct scan *s, struct mm_conf *mm, u32 nid)
{
	do {
		u32 cpu = 0, last;

		if (!scan_u32(s, MM_CPUS_MAX - 1, &cpu))
			return false;
		last = cpu;
		if (scan_word(s, "-") && !scan_u32(s, MM_CPUS_MAX - 1, &last))
			return false;
		for (; cpu <= last; cpu++)
			mm->cpu_to_node[cpu] = (u8)nid;
	} while (scan_word(s, ","));
	return true;
}

/* The line "node_cpus LIST LIST ..." of machine.txt, if there is one. */
static int place_cpus(struct mm_conf *mm, const char *dir, struct err *e)
{
	struct scan s;
	int rc = scan_open(&s, dir, "machine.txt", e);

	if (rc)
		return rc == -ENOENT ? 0 : rc;
	while (scan_next_line(&s)) {
		if (!scan_word(&s, "node_cpus "))
			continue;
		for (u32 nid = 0; nid < mm->nr_nodes && !scan_eol(&s); nid++)
			if (!cpu_list(&s, mm, nid))
				break;
		break;
	}
	rc = scan_failed(&s) ? -EINVAL : 0;
	scan_close(&s);
	return rc;
}

/* As far as the kernels that states are recorded on go: see docs/formats.md. */
static void recorded_kernel(struct mm_conf *mm)
{
	mm->thp = false;
	mm->memcg_kmem = false;
	mm->slab_nomerge = true;
}

int state_machine(struct config *c, const char *dir, struct err *e)
{
	struct mm_conf *mm = &c->mm;
	struct state *st = state_load(dir, "start", e);
	int rc = 0;

	if (!st)
		return e->code ? e->code : -EINVAL;
	mm->nr_nodes = st->nr_nodes;
	mm->nr_cpus = st->nr_cpus;
	mm->nr_ranges = 0;
	recorded_kernel(mm);
	for (u32 cpu = 0; cpu < mm->nr_cpus; cpu++)
		mm->cpu_to_node[cpu] = (u8)(cpu * mm->nr_nodes / mm->nr_cpus);
	for (u32 a = 0; a < mm->nr_nodes; a++)
		for (u32 b = 0; b < mm->nr_nodes; b++)
			mm->distance[a][b] = a == b ? 10 : 20;
	for (size_t i = 0; !rc && i < st->zones.nr; i++)
		rc = add_zone(mm, &st->zones.at[i], e);
	if (!rc)
		rc = place_cpus(mm, dir, e);
	state_free(st);
	return rc;
}
