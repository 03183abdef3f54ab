#include "trace/gen.h"

#include <errno.h>

/* Until the generator is in: to be removed by the commit that adds it. */
bool workload_detect(const void *start, size_t len)
{
	(void)start;
	(void)len;
	return false;
}

struct workload *workload_load(const char *path, struct err *e)
{
	err_set(e, -ENOSYS, "%s: cannot be generated", path);
	return NULL;
}

void workload_free(struct workload *w)
{
	(void)w;
}

struct trace_reader *workload_reader(struct workload *w, u32 nr_cpus,
				     struct err *e)
{
	(void)w;
	(void)nr_cpus;
	(void)e;
	return NULL;
}
