/*
 * config_io.c - block devices, and what lies on which: files, swap.
 */
#include "sim/config_internal.h"

#include <errno.h>
#include <string.h>

#define AT(field) .offset = offsetof(struct config_device, field)

#define LATENCY_MAX_NS	((u64)10000000000) /* 10 s */
#define BANDWIDTH_MIN	((u64)4096)	   /* a page a second */
#define BANDWIDTH_MAX	((u64)1 << 40)
#define QUEUE_DEPTH_MAX CONFIG_QUEUE_DEPTH_MAX

const struct schema_row config_device_rows[] = {
	{.key = "name",
	 .type = SCHEMA_STRING,
	 .required = true,
	 AT(name),
	 .max = CONFIG_DEVICE_NAME_MAX},
	{.key = "latency",
	 .type = SCHEMA_NS,
	 AT(latency_ns),
	 .max = LATENCY_MAX_NS},
	{.key = "read_bandwidth",
	 .type = SCHEMA_SIZE,
	 .required = true,
	 AT(read_bandwidth),
	 .min = BANDWIDTH_MIN,
	 .max = BANDWIDTH_MAX},
	{.key = "write_bandwidth",
	 .type = SCHEMA_SIZE,
	 .required = true,
	 AT(write_bandwidth),
	 .min = BANDWIDTH_MIN,
	 .max = BANDWIDTH_MAX},
	{.key = "queue_depth",
	 .type = SCHEMA_U32,
	 AT(queue_depth),
	 .min = 1,
	 .max = QUEUE_DEPTH_MAX},
	{0},
};

static u32 find_device(const struct config *c, const char *name)
{
	for (u32 i = 0; i < c->nr_devices; i++)
		if (!strcmp(c->devices[i].name, name))
			return i;
	return CONFIG_NO_DEVICE;
}

int config_bind_devices(void *base, const struct yaml_node *n, struct err *e)
{
	struct config *c = base;

	if (schema_want(n, YAML_LIST, "a list of {name, latency, ...}", e))
		return -EINVAL;
	c->nr_devices = 0;
	for (const struct yaml_node *v = n->child; v; v = v->next) {
		struct config_device d = {.queue_depth = 1};

		if (c->nr_devices == CONFIG_DEVICES_MAX)
			return yaml_err(v, e, "more than %d devices",
					CONFIG_DEVICES_MAX);
		if (schema_bind(config_device_rows, &d, v, e))
			return -EINVAL;
		if (!*d.name || !strcmp(d.name, "none"))
			return yaml_err(v, e, "a device needs another name");
		if (find_device(c, d.name) != CONFIG_NO_DEVICE)
			return yaml_err(v, e, "there is a device '%s' already",
					d.name);
		c->devices[c->nr_devices++] = d;
	}
	return 0;
}

void config_write_devices(FILE *f, const void *base, u32 indent)
{
	const struct config *c = base;

	fputs(c->nr_devices ? "\n" : " []\n", f);
	for (u32 i = 0; i < c->nr_devices; i++)
		config_write_item(f, config_device_rows, &c->devices[i],
				  indent + 2);
}

/* @name, "none" or a device's; @into: its number. */
static int resolve(const struct config *c, const struct yaml_node *at,
		   const char *name, u32 *into, struct err *e)
{
	*into = find_device(c, name);
	if (*into != CONFIG_NO_DEVICE || !strcmp(name, "none"))
		return 0;
	return yaml_err(at, e, "there is no device '%s'; devices: names them",
			name);
}

int config_check_io(struct config *c, const struct yaml_node *root,
		    struct err *e)
{
	const struct yaml_node *swap = config_at(root, "swap", "size");

	if (resolve(c, config_at(root, "io", "files"), c->io_files,
		    &c->file_device, e) ||
	    resolve(c, config_at(root, "swap", "device"), c->io_swap,
		    &c->swap_device, e))
		return -EINVAL;
	if (c->mm.swap_bytes && c->mm.swap_bytes < 2 * MM_PAGE_SIZE)
		return yaml_err(swap, e,
				"swap of less than two pages: one is its "
				"header");
	if (c->mm.swap_bytes && !c->mm.reclaim)
		return yaml_err(swap, e, "swap needs vm.reclaim: true");
	return 0;
}
