/*
 * vmstat.c - the names of the counters.
 *
 * What it is
 *	The tables that vmstat.h's X macro spells out, once for all.
 *
 * How it works
 *	A counter is an array element of struct mm; who counts adds to it.
 *
 * Lock order
 *	None.
 *
 * Invariants
 *	One name a counter, in the order of the enums.
 *
 * What is charged
 *	Nothing.
 *
 * What is left out, and which kernel this follows
 *	Linux 6.1's names; counters of what is not modelled are not here.
 */
#include "mm/vmstat.h"

#define VM_EVENT_NAME_(id, name) name,
const char *const vm_event_names[NR_VM_EVENTS] = {VM_EVENTS(VM_EVENT_NAME_)};

const char *const numa_stat_names[NR_NUMA_STATS] = {
	"numa_hit",	  "numa_miss",	"numa_foreign",
	"interleave_hit", "local_node", "other_node",
};
