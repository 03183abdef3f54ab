/*
 * config_slab.c - kernel.slab_tunables: what somebody would write to
 * /proc/slabinfo of a kernel with SLAB.
 */
#include "sim/config_internal.h"

#include <errno.h>
#include <string.h>

#define AT(field) .offset = offsetof(struct slab_tunable, field)

const struct schema_row config_tunable_rows[] = {
	{.key = "cache",
	 .type = SCHEMA_STRING,
	 .required = true,
	 AT(cache),
	 .max = sizeof(((struct slab_tunable *)0)->cache)},
	{.key = "limit",
	 .type = SCHEMA_U32,
	 .required = true,
	 AT(limit),
	 .min = 1,
	 .max = SLAB_TUNE_LIMIT_MAX},
	{.key = "batchcount",
	 .type = SCHEMA_U32,
	 .required = true,
	 AT(batchcount),
	 .min = 1,
	 .max = SLAB_TUNE_LIMIT_MAX},
	{.key = "sharedfactor",
	 .type = SCHEMA_U32,
	 .required = true,
	 AT(sharedfactor),
	 .max = SLAB_TUNE_SHARED_MAX},
	{0},
};

int config_bind_tunables(void *base, const struct yaml_node *n, struct err *e)
{
	struct config *c = base;
	struct slab_tunable *t;

	if (schema_want(n, YAML_LIST, "a list of {cache, limit, ...}", e))
		return -EINVAL;
	c->mm.nr_slab_tunables = 0;
	for (const struct yaml_node *v = n->child; v; v = v->next) {
		if (c->mm.nr_slab_tunables == SLAB_TUNABLES_MAX)
			return yaml_err(v, e, "more than %d tunables",
					SLAB_TUNABLES_MAX);
		t = &c->mm.slab_tunables[c->mm.nr_slab_tunables++];
		memset(t, 0, sizeof(*t));
		if (schema_bind(config_tunable_rows, t, v, e))
			return -EINVAL;
		if (t->batchcount > t->limit)
			return yaml_err(v, e,
					"batchcount %u is above limit %u; the "
					"kernel wants it within",
					t->batchcount, t->limit);
	}
	return 0;
}

void config_write_tunables(FILE *f, const void *base, u32 indent)
{
	const struct config *c = base;

	fputs(c->mm.nr_slab_tunables ? "\n" : " []\n", f);
	for (u32 i = 0; i < c->mm.nr_slab_tunables; i++) {
		const struct slab_tunable *t = &c->mm.slab_tunables[i];

		fprintf(f, "%*s- cache: ", (int)indent + 2, "");
		schema_write_text(f, t->cache);
		fprintf(f, "\n%*slimit: %u\n", (int)indent + 4, "", t->limit);
		fprintf(f, "%*sbatchcount: %u\n", (int)indent + 4, "",
			t->batchcount);
		fprintf(f, "%*ssharedfactor: %u\n", (int)indent + 4, "",
			t->sharedfactor);
	}
}
