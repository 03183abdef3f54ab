/*
 * config_internal.h - what the files of config*.c share.
 */
#ifndef SIM_CONFIG_INTERNAL_H
#define SIM_CONFIG_INTERNAL_H

#include "base/schema.h"
#include "sim/config.h"

#define CONFIG_RESERVED_AUTO UINT64_MAX
#define CONFIG_HOLE_AUTO     UINT64_MAX

/* workloads/machines/default.yaml, made into C by the makefile. */
extern const char config_default_yaml[];

/* The keys of a machine file, for binding, writing and the test of the docs. */
extern const struct schema_row config_rows[];
/* Those below sim.costs: prices, u32 each. */
extern const struct schema_row config_cost_rows[];

/* config_topology.c: keys that are more than one value. */
int config_bind_nodes(void *base, const struct yaml_node *n, struct err *e);
void config_write_nodes(FILE *f, const void *base, u32 indent);
/** A CPU of a list, at @n. */
typedef int config_cpu_fn(void *arg, const struct yaml_node *n, u32 cpu,
			  struct err *e);
/** config_bind_cpus() - Calls @add for each CPU of "0-3,8" or [0, 1, 8]. */
int config_bind_cpus(const struct yaml_node *n, config_cpu_fn *add, void *arg,
		     struct err *e);
int config_bind_distances(void *base, const struct yaml_node *n, struct err *e);
void config_write_distances(FILE *f, const void *base, u32 indent);

/* config_cpu.c: the same of the CPUs' caches and TLBs. */
int config_bind_policy_nodes(void *base, const struct yaml_node *n,
			     struct err *e);
void config_write_policy_nodes(FILE *f, const void *base, u32 indent);
/** config_check_policy() - Whether the policy's nodes are there, with memory. */
int config_check_policy(struct config *c, const struct yaml_node *root,
			struct err *e);
int config_bind_caches(void *base, const struct yaml_node *n, struct err *e);
void config_write_caches(FILE *f, const void *base, u32 indent);
int config_bind_tlbs(void *base, const struct yaml_node *n, struct err *e);
void config_write_tlbs(FILE *f, const void *base, u32 indent);
extern const struct schema_row config_cache_rows[];
extern const struct schema_row config_tlb_rows[];
/** An item of a list: the first key stands after "- ". */
void config_write_item(FILE *f, const struct schema_row *rows, const void *base,
		       u32 indent);
extern const struct schema_row config_node_rows[];

/* config_share.c: which CPUs share a cache; @base begins with the cache. */
int config_bind_shared(void *base, const struct yaml_node *n, struct err *e);
void config_write_shared(FILE *f, const void *base, u32 indent);
/** config_check_shared() - The CPUs are there, and no farther cache parts
 * those of a nearer one. */
int config_check_shared(const struct config *c, const struct yaml_node *root,
			struct err *e);

/* config_slab.c: SLAB's tunables. */
int config_bind_tunables(void *base, const struct yaml_node *n, struct err *e);
void config_write_tunables(FILE *f, const void *base, u32 indent);
extern const struct schema_row config_tunable_rows[];

/* config_io.c: block devices. */
int config_bind_devices(void *base, const struct yaml_node *n, struct err *e);
void config_write_devices(FILE *f, const void *base, u32 indent);
extern const struct schema_row config_device_rows[];
/** config_check_io() - The devices that are named are there. */
int config_check_io(struct config *c, const struct yaml_node *root,
		    struct err *e);

/** config_check_topology() - What only the whole file can tell. */
int config_check_topology(struct config *c, const struct yaml_node *root,
			  struct err *e);
/** config_layout() - Memory to zones: fills mm.ranges and reservations. */
int config_layout(struct config *c, const struct yaml_node *root,
		  struct err *e);
/** The node at a key of a key of the root, else the nearest above it. */
const struct yaml_node *config_at(const struct yaml_node *root, const char *a,
				  const char *b);

#endif
