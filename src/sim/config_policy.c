/*
 * config_policy.c - kernel.policy: whose memory tasks use.
 */
#include "sim/config_internal.h"

#include "base/bug.h"

#include <errno.h>

int config_bind_policy_nodes(void *base, const struct yaml_node *n,
			     struct err *e)
{
	struct config *c = base;
	u64 nid;

	if (schema_want(n, YAML_LIST, "a list of nodes such as [0, 2]", e))
		return -EINVAL;
	c->policy_nodes = 0;
	for (const struct yaml_node *v = n->child; v; v = v->next) {
		if (schema_u64(v, 0, MM_NODES_MAX - 1, &nid, e))
			return -EINVAL;
		c->policy_nodes |= (u64)1 << nid;
	}
	return 0;
}

void config_write_policy_nodes(FILE *f, const void *base, u32 indent)
{
	const struct config *c = base;
	const char *before = " [";

	(void)indent;
	if (!c->policy_nodes)
		fputs(before, f);
	for (u32 nid = 0; nid < MM_NODES_MAX; nid++) {
		if (!(c->policy_nodes >> nid & 1))
			continue;
		fprintf(f, "%s%u", before, nid);
		before = ", ";
	}
	fputs("]\n", f);
}

int config_check_policy(struct config *c, const struct yaml_node *root,
			struct err *e)
{
	const struct yaml_node *at = config_at(root, "kernel", "policy_nodes");
	u64 with_memory = 0;

	for (u32 nid = 0; nid < c->mm.nr_nodes; nid++)
		if (c->nodes[nid].memory_bytes)
			with_memory |= (u64)1 << nid;
	if (c->policy == MPOL_LOCAL) {
		if (c->policy_nodes)
			return yaml_err(at, e,
					"kernel.policy local has no nodes; "
					"use bind, interleave or preferred");
		return 0;
	}
	if (!c->policy_nodes && c->policy == MPOL_INTERLEAVE)
		c->policy_nodes = with_memory;
	if (!c->policy_nodes)
		return yaml_err(at, e,
				"kernel.policy wants kernel.policy_nodes, a "
				"list of nodes such as [0]");
	if (c->policy_nodes & ~with_memory)
		return yaml_err(
			at, e, "node %d is not there, or has no memory",
			__builtin_ctzll(c->policy_nodes & ~with_memory));
	return 0;
}
