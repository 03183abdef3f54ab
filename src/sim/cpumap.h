/*
 * cpumap.h - which of our CPUs and nodes a recorded one becomes.
 *
 * docs/replay.md describes the rules.  A mapping once made never changes,
 * so that an object's CPU stays the same while a text trace still grows.
 */
#ifndef SIM_CPUMAP_H
#define SIM_CPUMAP_H

#include "sim/config.h"
#include "trace/trace.h"

struct cpumap {
	u32 nr_mapped;		   /* recorded CPUs known so far */
	u16 cpu[TRACE_CPUS_MAX];   /* by recorded CPU */
	s16 node[TRACE_NODES_MAX]; /* by recorded node */
};

/** cpumap_extend() - Maps the CPUs that @info has and @map does not. */
void cpumap_extend(struct cpumap *map, const struct config *config,
		   const struct trace_info *info);

#endif
