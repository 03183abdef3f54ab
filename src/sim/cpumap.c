#include "sim/cpumap.h"

#include "base/bug.h"
#include "base/compiler.h"

/* The @k-th CPU of @node of our machine, counted around; -1: it has none. */
static s32 nth_cpu_of_node(const struct mm_conf *mm, u32 node, u32 k)
{
	u32 nr = 0;

	for (u32 c = 0; c < mm->nr_cpus; c++)
		nr += mm->cpu_to_node[c] == node;
	if (!nr)
		return -1;
	k %= nr;
	for (u32 c = 0; c < mm->nr_cpus; c++)
		if (mm->cpu_to_node[c] == node && !k--)
			return (s32)c;
	BUG();
}

static u32 map_by_node(const struct mm_conf *mm, const struct trace_info *info,
		       u32 cpu)
{
	u32 node = info->cpu_to_node[cpu];
	u32 k = 0;
	s32 ours;

	for (u32 c = 0; c < cpu; c++)
		k += info->cpu_to_node[c] == node;
	ours = nth_cpu_of_node(mm, node % mm->nr_nodes, k);
	/* A node without CPUs: as modulo. */
	return ours < 0 ? cpu % mm->nr_cpus : (u32)ours;
}

static u32 map_cpu(const struct config *config, const struct trace_info *info,
		   u32 cpu)
{
	u32 ours = config->mm.nr_cpus;

	switch (config->cpu_map) {
	case CPU_MAP_MODULO:
		return cpu % ours;
	case CPU_MAP_SPREAD:
		/* Fewer recorded than ours: leave gaps; more: share evenly. */
		return (u32)((u64)cpu * ours / MAX(info->nr_cpus, 1u)) % ours;
	case CPU_MAP_NODE:
		return map_by_node(&config->mm, info, cpu);
	}
	BUG();
}

void cpumap_extend(struct cpumap *map, const struct config *config,
		   const struct trace_info *info)
{
	u32 nr = MIN(info->nr_cpus, TRACE_CPUS_MAX);

	for (u32 c = map->nr_mapped; c < nr; c++)
		map->cpu[c] = (u16)map_cpu(config, info, c);
	map->nr_mapped = MAX(map->nr_mapped, nr);
	for (u32 n = 0; n < TRACE_NODES_MAX; n++)
		map->node[n] = (s16)(n % config->mm.nr_nodes);
}
