/*
 * Nodes and their CPUs, distances: the keys of a machine file that are more
 * than one value.
 */
#include "sim/config_internal.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DISTANCE_LOCAL	10 /* as ACPI's SLIT */
#define DISTANCE_REMOTE 20
#define NODE_NONE	255 /* in cpu_to_node while the nodes are read */

_Static_assert(MM_NODES_MAX <= NODE_NONE, "a node looks like none");

/* One node while it is bound: the config and which node. */
struct node_bind {
	struct config_node node; /* first: the rows' offsets start here */
	struct config *config;
	u32 nid;
};

static int add_cpu(void *arg, const struct yaml_node *n, u32 cpu, struct err *e)
{
	struct node_bind *b = arg;
	struct mm_conf *mm = &b->config->mm;

	if (mm->cpu_to_node[cpu] == b->nid)
		return yaml_err(n, e, "CPU %u stands here twice", cpu);
	if (mm->cpu_to_node[cpu] != NODE_NONE)
		return yaml_err(n, e, "CPU %u is on node %u and on node %u",
				cpu, mm->cpu_to_node[cpu], b->nid);
	mm->cpu_to_node[cpu] = (u8)b->nid;
	mm->nr_cpus = MAX(mm->nr_cpus, cpu + 1);
	return 0;
}

/* The CPUs @first to @last stand at @n. */
static int add_range(const struct yaml_node *n, u64 first, u64 last,
		     config_cpu_fn *add, void *arg, struct err *e)
{
	if (last >= MM_CPUS_MAX)
		return yaml_err(n, e, "CPU %lu is out of range: 0 to %d",
				(unsigned long)last, MM_CPUS_MAX - 1);
	for (u64 cpu = first; cpu <= last; cpu++)
		if (add(arg, n, (u32)cpu, e))
			return -EINVAL;
	return 0;
}

static int bad_cpu_list(const struct yaml_node *n, struct err *e)
{
	return yaml_err(n, e,
			"expected CPUs such as \"0-3,8\" or none, "
			"not '%.100s'",
			n->text);
}

/* "0-3,8": as the kernel prints CPU lists. */
static int bind_cpu_list(const struct yaml_node *n, config_cpu_fn *add,
			 void *arg, struct err *e)
{
	const char *at = n->text;
	u64 first, last;
	char *end;

	if (!strcmp(at, "none"))
		return 0;
	do {
		if (!isdigit((unsigned char)*at))
			return bad_cpu_list(n, e);
		first = last = strtoull(at, &end, 10);
		if (*end == '-' && isdigit((unsigned char)end[1]))
			last = strtoull(end + 1, &end, 10);
		if (last < first)
			return bad_cpu_list(n, e);
		if (add_range(n, first, last, add, arg, e))
			return -EINVAL;
		at = end + 1;
	} while (*end == ',');
	return *end ? bad_cpu_list(n, e) : 0;
}

int config_bind_cpus(const struct yaml_node *n, config_cpu_fn *add, void *arg,
		     struct err *e)
{
	u64 cpu;

	if (n->kind == YAML_SCALAR)
		return bind_cpu_list(n, add, arg, e);
	if (schema_want(n, YAML_LIST, "CPUs such as \"0-3,8\"", e))
		return -EINVAL;
	for (const struct yaml_node *v = n->child; v; v = v->next)
		if (schema_u64(v, 0, MM_CPUS_MAX - 1, &cpu, e) ||
		    add_range(v, cpu, cpu, add, arg, e))
			return -EINVAL;
	return 0;
}

static int bind_cpus(void *base, const struct yaml_node *n, struct err *e)
{
	return config_bind_cpus(n, add_cpu, base, e);
}

static void write_cpus(FILE *f, const void *base, u32 indent)
{
	const struct node_bind *b = base;
	const struct mm_conf *mm = &b->config->mm;
	const char *before = " \"";
	u32 last;

	(void)indent;
	for (u32 cpu = 0; cpu < mm->nr_cpus; cpu++) {
		if (mm->cpu_to_node[cpu] != b->nid)
			continue;
		for (last = cpu; last + 1 < mm->nr_cpus &&
				 mm->cpu_to_node[last + 1] == b->nid;
		     last++)
			;
		fprintf(f, "%s%u", before, cpu);
		if (last > cpu)
			fprintf(f, "-%u", last);
		before = ",";
		cpu = last;
	}
	fputs(*before == ',' ? "\"\n" : " none\n", f);
}

#define NODE_AT(field) .offset = offsetof(struct node_bind, node.field)
#define NODE_MEM_MAX   (64ull << 40)
const struct schema_row config_node_rows[] = {
	{.key = "cpus",
	 .type = SCHEMA_CUSTOM,
	 .required = true,
	 .bind = bind_cpus,
	 .write = write_cpus},
	{.key = "memory",
	 .type = SCHEMA_SIZE,
	 .required = true,
	 NODE_AT(memory_bytes),
	 .max = NODE_MEM_MAX},
	{.key = "reserved",
	 .type = SCHEMA_SIZE,
	 NODE_AT(reserved_bytes),
	 .max = NODE_MEM_MAX,
	 .word = "auto",
	 .word_value = CONFIG_RESERVED_AUTO},
	{.key = "movable",
	 .type = SCHEMA_SIZE,
	 NODE_AT(movable_bytes),
	 .max = NODE_MEM_MAX},
	{0},
};

int config_bind_nodes(void *base, const struct yaml_node *n, struct err *e)
{
	struct config *c = base;
	struct node_bind b = {.config = c};

	if (schema_want(n, YAML_LIST, "a list of nodes, each \"- cpus: ...\"",
			e))
		return -EINVAL;
	if (!n->nr || n->nr > MM_NODES_MAX)
		return yaml_err(n, e, "%u nodes; 1 to %d are possible", n->nr,
				MM_NODES_MAX);
	memset(c->mm.cpu_to_node, NODE_NONE, sizeof(c->mm.cpu_to_node));
	for (const struct yaml_node *v = n->child; v; v = v->next) {
		b.node = (struct config_node){0};
		b.node.reserved_bytes = CONFIG_RESERVED_AUTO;
		if (schema_bind(config_node_rows, &b, v, e))
			return -EINVAL;
		c->nodes[b.nid++] = b.node;
	}
	c->mm.nr_nodes = b.nid;
	return 0;
}

void config_write_item(FILE *f, const struct schema_row *rows, const void *base,
		       u32 indent)
{
	struct schema_row first[2] = {rows[0], {0}};

	fprintf(f, "%*s- ", (int)indent, "");
	schema_write(f, first, base, 0);
	schema_write(f, rows + 1, base, indent + 2);
}

void config_write_nodes(FILE *f, const void *base, u32 indent)
{
	struct config c = *(const struct config *)base;
	struct node_bind b = {.config = &c};

	putc('\n', f);
	for (b.nid = 0; b.nid < c.mm.nr_nodes; b.nid++) {
		b.node = c.nodes[b.nid];
		config_write_item(f, config_node_rows, &b, indent + 2);
	}
}

static int bind_distance_row(struct config *c, const struct yaml_node *row,
			     u32 from, u32 nr, struct err *e)
{
	u32 to = 0;
	u64 d;

	if (schema_want(row, YAML_LIST, "a row such as [10, 20]", e))
		return -EINVAL;
	if (row->nr != nr)
		return yaml_err(row, e, "%u distances in a matrix of %u rows",
				row->nr, nr);
	for (const struct yaml_node *v = row->child; v; v = v->next, to++) {
		if (schema_u64(v, DISTANCE_LOCAL, 255, &d, e))
			return -EINVAL;
		if (from == to && d != DISTANCE_LOCAL)
			return yaml_err(v, e,
					"a node's distance to itself is "
					"%d",
					DISTANCE_LOCAL);
		if (from != to && d == DISTANCE_LOCAL)
			return yaml_err(v, e,
					"the distance to another node "
					"is above %d",
					DISTANCE_LOCAL);
		if (to < from && c->mm.distance[to][from] != d)
			return yaml_err(v, e,
					"asymmetric: %u to %u is %u, "
					"but %u to %u is %u",
					from, to, (u32)d, to, from,
					c->mm.distance[to][from]);
		c->mm.distance[from][to] = (u8)d;
	}
	return 0;
}

int config_bind_distances(void *base, const struct yaml_node *n, struct err *e)
{
	struct config *c = base;
	u32 from = 0;

	if (schema_want(n, YAML_LIST, "a matrix such as [[10, 20], [20, 10]]",
			e))
		return -EINVAL;
	if (!n->nr || n->nr > MM_NODES_MAX)
		return yaml_err(n, e, "%u rows; 1 to %d are possible", n->nr,
				MM_NODES_MAX);
	for (const struct yaml_node *v = n->child; v; v = v->next)
		if (bind_distance_row(c, v, from++, n->nr, e))
			return -EINVAL;
	return 0;
}

void config_write_distances(FILE *f, const void *base, u32 indent)
{
	const struct config *c = base;

	putc('\n', f);
	for (u32 from = 0; from < c->mm.nr_nodes; from++) {
		fprintf(f, "%*s- [", (int)indent + 2, "");
		for (u32 to = 0; to < c->mm.nr_nodes; to++)
			fprintf(f, "%s%u", to ? ", " : "",
				c->mm.distance[from][to]);
		fputs("]\n", f);
	}
}

static int check_distances(struct config *c, const struct yaml_node *root,
			   struct err *e)
{
	const struct yaml_node *n = yaml_get(root, "distances");

	if (n && n->nr != c->mm.nr_nodes)
		return yaml_err(n, e, "a matrix of %u rows for %u nodes", n->nr,
				c->mm.nr_nodes);
	if (n)
		return 0;
	for (u32 i = 0; i < c->mm.nr_nodes; i++)
		for (u32 j = 0; j < c->mm.nr_nodes; j++)
			c->mm.distance[i][j] =
				i == j ? DISTANCE_LOCAL : DISTANCE_REMOTE;
	return 0;
}

int config_check_topology(struct config *c, const struct yaml_node *root,
			  struct err *e)
{
	const struct yaml_node *nodes = yaml_get(root, "nodes");
	u32 last =
		c->nr_caches ? c->caches[c->nr_caches - 1].latency_cycles : 0;

	if (!c->mm.nr_cpus)
		return yaml_err(nodes, e, "no node has a CPU");
	for (u32 cpu = 0; cpu < c->mm.nr_cpus; cpu++)
		if (c->mm.cpu_to_node[cpu] == NODE_NONE)
			return yaml_err(nodes, e,
					"CPU %u is on no node, but "
					"CPU %u is; number them without gaps",
					cpu, c->mm.nr_cpus - 1);
	memset(c->mm.cpu_to_node + c->mm.nr_cpus, 0,
	       sizeof(c->mm.cpu_to_node) - c->mm.nr_cpus);
	if (last && c->local_latency_cycles <= last)
		return yaml_err(config_at(root, "memory", "latency"), e,
				"memory of %u cycles is not slower than the "
				"last cache (%u)",
				c->local_latency_cycles, last);
	return check_distances(c, root, e);
}
