/*
 * Goal: the pages about machine and workload files name every key and every
 * distribution that the tables know.
 */
#include "sim/config_internal.h"
#include "trace/gen_internal.h"

#include "base/xmalloc.h"

#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_MAX (1u << 20)

static char *read_page(const char *name)
{
	const char *top = getenv("top_srcdir");
	char *path = xasprintf("%s/docs/%s", top ? top : ".", name);
	char *text = xcalloc(1, PAGE_MAX);
	FILE *f = fopen(path, "r");

	if (!f || !fread(text, 1, PAGE_MAX - 1, f))
		fail_msg("cannot read %s", path);
	fclose(f);
	free(path);
	return text;
}

static void want(const char *page, const char *prefix, const char *key)
{
	char *quoted = xasprintf("`%s%s`", prefix, key);

	if (!strstr(page, quoted))
		fail_msg("%s is not documented", quoted);
	free(quoted);
}

static void want_rows(const char *page, const char *prefix,
		      const struct schema_row *r)
{
	for (; r->key; r++) {
		char *below = xasprintf("%s%s.", prefix, r->key);

		if (r->type == SCHEMA_MAP)
			want_rows(page, below, r->sub);
		else
			want(page, prefix, r->key);
		free(below);
	}
}

static void test_machine_keys(void **state)
{
	char *page = read_page("machine-config.md");

	(void)state;
	want_rows(page, "", config_rows);
	want_rows(page, "nodes[].", config_node_rows);
	want_rows(page, "kernel.slab_tunables[].", config_tunable_rows);
	want_rows(page, "cpu.caches[].", config_cache_rows);
	want_rows(page, "cpu.tlbs[].", config_tlb_rows);
	want_rows(page, "devices[].", config_device_rows);
	free(page);
}

static void test_workload_keys(void **state)
{
	char *page = read_page("workloads.md");

	(void)state;
	want_rows(page, "", gen_workload_rows);
	want_rows(page, "caches[].", gen_cache_rows);
	want_rows(page, "mempools[].", gen_mempool_rows);
	want_rows(page, "files[].", gen_fileset_rows);
	want_rows(page, "tasks[].", gen_task_rows);
	want_rows(page, "phases[].", gen_phase_rows);
	want_rows(page, "phases[].mix[].", gen_item_rows);
	free(page);
}

static void test_distributions(void **state)
{
	char *page = read_page("workloads.md");
	const char *const *names = dist_names();

	(void)state;
	for (u32 i = 0; names[i]; i++) {
		const char *const *params = dist_param_names(names[i]);
		char *row = xasprintf("| `%s` |", names[i]);
		char *at = strstr(page, row);

		if (!at)
			fail_msg("%s is not documented", names[i]);
		*strchr(at, '\n') = 0;
		for (u32 k = 0; params[k]; k++)
			want(at, "", params[k]);
		at[strlen(at)] = '\n';
		free(row);
	}
	free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_machine_keys),
		cmocka_unit_test(test_workload_keys),
		cmocka_unit_test(test_distributions),
	};

	cmocka_run_group_tests(tests, NULL, NULL);
	return 0; /* TAP: the driver counts */
}
