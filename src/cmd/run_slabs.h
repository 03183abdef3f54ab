/*
 * run_slabs.h - `run --slab slub,slab,slob`: one run an allocator, compared.
 */
#ifndef CMD_RUN_SLABS_H
#define CMD_RUN_SLABS_H

#include "cmd/cmd.h"

struct run_slabs {
	const char *list; /* "slub,slab": names with commas between */
	const char *out;  /* NULL: the runs are not kept */
	bool quiet;
	/** One run with @slab into @dir; returns its exit status. */
	int (*one)(void *arg, const char *slab, const char *dir);
	void *arg;
};

/** run_slabs() - Runs into OUT/NAME, prints the comparison and leaves it in
 * OUT.  Return: an exit status, after printing what is wrong. */
int run_slabs(const struct run_slabs *s);

#endif
