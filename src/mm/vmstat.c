#include "mm/vmstat.h"

#define VM_EVENT_NAME_(id, name) name,
const char *const vm_event_names[NR_VM_EVENTS] = {VM_EVENTS(VM_EVENT_NAME_)};

const char *const numa_stat_names[NR_NUMA_STATS] = {
	"numa_hit",	  "numa_miss",	"numa_foreign",
	"interleave_hit", "local_node", "other_node",
};
