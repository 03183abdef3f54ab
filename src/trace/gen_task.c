/*
 * Workload files: tasks, which hold what the items of a mix allocate.
 */
#include "trace/gen_internal.h"

#include "trace/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OOM_SCORE_ADJ_MOST 1000

/* A whole number with a sign. */
static int bind_adj(void *base, const struct yaml_node *n, struct err *e)
{
	struct gen_task *t = base;
	char *end;
	long value;

	if (schema_want(n, YAML_SCALAR, "a number from -1000 to 1000", e))
		return -EINVAL;
	value = strtol(n->text, &end, 10);
	if (end == n->text || *end || value < -OOM_SCORE_ADJ_MOST ||
	    value > OOM_SCORE_ADJ_MOST)
		return yaml_err(n, e,
				"expected a number from -1000 to 1000, not "
				"'%.60s'",
				n->text);
	t->oom_score_adj = (s16)value;
	return 0;
}

#define TASK_AT(field) .offset = offsetof(struct gen_task, field)
const struct schema_row gen_task_rows[] = {
	{.key = "name",
	 .type = SCHEMA_STRING,
	 .required = true,
	 TASK_AT(name),
	 .max = GEN_NAME_MAX},
	{.key = "oom_score_adj", .type = SCHEMA_CUSTOM, .bind = bind_adj},
	{0},
};

static struct gen_task *find_task(struct workload *w, const char *name)
{
	for (size_t i = 0; i < w->tasks.nr; i++)
		if (!strcmp(w->tasks.at[i].name, name))
			return &w->tasks.at[i];
	return NULL;
}

static int bind_task(struct workload *w, const struct yaml_node *n,
		     struct err *e)
{
	struct gen_task t = {0};

	if (schema_bind(gen_task_rows, &t, n, e))
		return -EINVAL;
	if (!name_is_valid(t.name, strlen(t.name)))
		return yaml_err(yaml_get(n, "name"), e,
				"a task's name has no blanks");
	if (find_task(w, t.name))
		return yaml_err(yaml_get(n, "name"), e,
				"there is a task '%s' already", t.name);
	*VEC_PUSH(&w->tasks) = t;
	return 0;
}

int gen_bind_tasks(void *base, const struct yaml_node *n, struct err *e)
{
	if (schema_want(n, YAML_LIST, "a list of tasks, each \"- name: ...\"",
			e))
		return -EINVAL;
	if (n->nr > GEN_TASKS_MAX)
		return yaml_err(n, e, "%u tasks; %d are the most", n->nr,
				GEN_TASKS_MAX);
	for (const struct yaml_node *v = n->child; v; v = v->next)
		if (bind_task(base, v, e))
			return -EINVAL;
	return 0;
}

int gen_task_named(struct workload *w, const struct yaml_node *n, u32 *one_more,
		   struct err *e)
{
	const char *names[GEN_TASKS_MAX + 1] = {0};
	u32 index = 0;
	int rc;

	for (size_t i = 0; i < w->tasks.nr; i++)
		names[i] = w->tasks.at[i].name;
	rc = gen_bind_name(n, "a task", "task", "tasks", names, &index, e);
	if (!rc)
		*one_more = index + 1;
	return rc;
}

void gen_name_tasks(struct workload *w, struct trace_info *info)
{
	for (size_t i = 0; i < w->tasks.nr; i++) {
		struct gen_task *t = &w->tasks.at[i];

		t->task = trace_strings_add(&info->tasks, t->name,
					    strlen(t->name));
		if (t->oom_score_adj)
			*VEC_PUSH(&info->oom_adjs) = (struct trace_oom_adj){
				.task = t->task, .adj = t->oom_score_adj};
	}
}
