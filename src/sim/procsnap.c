#include "sim/procsnap.h"

#include "base/vec.h"
#include "base/xmalloc.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_LEN_MAX 4096
#define LINE_LEN_MAX 4096

/* A file read line by line; knows its place for messages. */
struct lines {
	char path[PATH_LEN_MAX];
	FILE *f;
	u64 nr;
	char text[LINE_LEN_MAX];
};

/*
 * Opens DIR/NAME+SUFFIX if it is there, else DIR/NAME.
 * Return: 1 opened, 0 not there, negative with @e.
 */
static int lines_open(struct lines *l, const char *dir, const char *name,
		      const char *suffix, struct err *e)
{
	const char *tries[2] = {suffix, ""};

	for (u32 i = *suffix ? 0 : 1; i < 2; i++) {
		int n = snprintf(l->path, sizeof(l->path), "%s/%s%s", dir, name,
				 tries[i]);

		if (n < 0 || (size_t)n >= sizeof(l->path))
			return err_set(e, -ENAMETOOLONG, "%s: name too long",
				       dir);
		l->nr = 0;
		l->f = fopen(l->path, "r");
		if (l->f)
			return 1;
		if (errno != ENOENT)
			return err_sys(e, l->path, "read");
	}
	return 0;
}

static bool lines_next(struct lines *l)
{
	if (!fgets(l->text, sizeof(l->text), l->f))
		return false;
	l->nr++;
	l->text[strcspn(l->text, "\n")] = '\0';
	return true;
}

static COLD int bad_line(const struct lines *l, const char *what, struct err *e)
{
	return err_set(e, -EINVAL, "%s:%" PRIu64 ": %s", l->path, l->nr, what);
}

static const char *skip_spaces(const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

/* The value behind @key at the start of the line, past spaces and ':'. */
static bool line_value(const char *line, const char *key, u64 *value)
{
	size_t len = strlen(key);
	const char *s = skip_spaces(line);

	if (strncmp(s, key, len) || (s[len] != ' ' && s[len] != ':'))
		return false;
	s = skip_spaces(s + len + (s[len] == ':'));
	if (!isdigit((unsigned char)*s))
		return false;
	*value = strtoull(s, NULL, 10);
	return true;
}

static int zone_type_of(const char *name)
{
	static const char *const names[MAX_NR_ZONES] = {
		"DMA", "DMA32", "Normal", "HighMem", "Movable",
	};

	for (int i = 0; i < MAX_NR_ZONES; i++)
		if (!strcmp(name, names[i]))
			return i;
	return -1;
}

static struct procsnap_zone *find_zone(const struct procsnap *p, u32 nid,
				       const char *name)
{
	for (u32 i = 0; i < p->nr_zones; i++)
		if (p->zones[i].nid == nid && !strcmp(p->zones[i].name, name))
			return &p->zones[i];
	return NULL;
}

/* "Node 0, zone   DMA32 ..."; what follows the name goes to @rest. */
static bool parse_zone_head(const char *line, u32 *nid, char name[16],
			    const char **rest)
{
	int end = 0;

	if (sscanf(line, "Node %" SCNu32 ", zone %15[A-Za-z0-9]%n", nid, name,
		   &end) != 2)
		return false;
	*rest = line + end;
	return true;
}

/* zoneinfo */

struct zoneinfo_state {
	struct procsnap *p;
	struct procsnap_zone *zone; /* NULL before the first */
	u32 cpu;
	bool in_pagesets;
};

static int zoneinfo_head(struct zoneinfo_state *st, const struct lines *l,
			 u32 nid, const char *name, struct err *e)
{
	struct procsnap *p = st->p;
	int type = zone_type_of(name);

	st->zone = NULL;
	if (!strcmp(name, "Device"))
		return 0; /* device memory: no page allocator */
	if (type < 0)
		return bad_line(l, "unknown kind of zone", e);
	if (nid >= MM_NODES_MAX || p->nr_zones == PROCSNAP_ZONES_MAX)
		return bad_line(l, "too many nodes or zones", e);
	if (find_zone(p, nid, name))
		return bad_line(l, "this zone stands here twice", e);
	st->zone = &p->zones[p->nr_zones++];
	st->zone->nid = nid;
	st->zone->type = (enum zone_type)type;
	snprintf(st->zone->name, sizeof(st->zone->name), "%s", name);
	st->zone->pcp = xcalloc(MM_CPUS_MAX, sizeof(*st->zone->pcp));
	st->in_pagesets = false;
	p->nr_nodes = MAX(p->nr_nodes, nid + 1);
	return 0;
}

static void zoneinfo_protection(struct procsnap_zone *z, const char *s)
{
	while (*s && z->nr_protection < MAX_NR_ZONES) {
		if (!isdigit((unsigned char)*s)) {
			s++;
			continue;
		}
		z->protection[z->nr_protection++] =
			strtoull(s, (char **)&s, 10);
	}
}

static int zoneinfo_pageset(struct zoneinfo_state *st, const struct lines *l,
			    struct err *e)
{
	u64 v;
	struct procsnap_pcp *pcp;

	if (line_value(l->text, "cpu", &v)) {
		if (v >= MM_CPUS_MAX)
			return bad_line(l, "CPU number too large", e);
		st->cpu = (u32)v;
		st->p->nr_cpus = MAX(st->p->nr_cpus, st->cpu + 1);
		return 0;
	}
	pcp = &st->zone->pcp[st->cpu];
	if (line_value(l->text, "count", &v))
		pcp->count = (s32)MIN(v, INT32_MAX);
	else if (line_value(l->text, "high", &v))
		pcp->high = (s32)MIN(v, INT32_MAX);
	else if (line_value(l->text, "batch", &v))
		pcp->batch = (s32)MIN(v, INT32_MAX);
	else if (line_value(l->text, "vm stats threshold", &v))
		st->zone->stat_threshold = (s32)MIN(v, INT32_MAX);
	else
		line_value(l->text, "start_pfn", &st->zone->start_pfn);
	return 0;
}

static int zoneinfo_line(struct zoneinfo_state *st, const struct lines *l,
			 struct err *e)
{
	struct procsnap_zone *z = st->zone;
	const char *text = skip_spaces(l->text);

	if (!z)
		return 0;
	if (!strncmp(text, "pagesets", 8)) {
		st->in_pagesets = true;
		return 0;
	}
	if (st->in_pagesets)
		return zoneinfo_pageset(st, l, e);
	if (!strncmp(text, "protection:", 11)) {
		zoneinfo_protection(z, text);
		return 0;
	}
	if (line_value(text, "pages free", &z->free) ||
	    line_value(text, "boost", &z->boost) ||
	    line_value(text, "min", &z->min) ||
	    line_value(text, "low", &z->low) ||
	    line_value(text, "high", &z->high) ||
	    line_value(text, "spanned", &z->spanned) ||
	    line_value(text, "present", &z->present))
		return 0;
	line_value(text, "managed", &z->managed);
	return 0;
}

static int load_zoneinfo(struct procsnap *p, const char *dir,
			 const char *suffix, struct err *e)
{
	struct lines *l = xcalloc(1, sizeof(*l));
	struct zoneinfo_state st = {.p = p};
	int rc = lines_open(l, dir, "zoneinfo", suffix, e);

	if (rc == 0)
		rc = err_set(e, -ENOENT,
			     "%s/zoneinfo: not there; collect it "
			     "with contrib/snapshot.sh",
			     dir);
	p->zones = xcalloc(PROCSNAP_ZONES_MAX, sizeof(*p->zones));
	while (rc >= 0 && lines_next(l)) {
		u32 nid;
		char name[16];
		const char *rest;

		if (parse_zone_head(l->text, &nid, name, &rest))
			rc = zoneinfo_head(&st, l, nid, name, e);
		else
			rc = zoneinfo_line(&st, l, e);
	}
	if (rc >= 0 && !p->nr_zones)
		rc = bad_line(l, "no zone in it: not a /proc/zoneinfo", e);
	if (l->f)
		fclose(l->f);
	free(l);
	return MIN(rc, 0);
}

/* buddyinfo and pagetypeinfo */

static u32 parse_counts(const char *s, u64 *into, u32 max)
{
	u32 n = 0;

	for (;;) {
		s = skip_spaces(s);
		if (!isdigit((unsigned char)*s) || n == max)
			return n;
		into[n++] = strtoull(s, (char **)&s, 10);
	}
}

static int load_buddyinfo(struct procsnap *p, const char *dir,
			  const char *suffix, struct err *e)
{
	struct lines *l = xcalloc(1, sizeof(*l));
	int rc = lines_open(l, dir, "buddyinfo", suffix, e);

	while (rc > 0 && lines_next(l)) {
		u32 nid;
		char name[16];
		const char *rest;
		struct procsnap_zone *z = NULL;

		if (parse_zone_head(l->text, &nid, name, &rest))
			z = find_zone(p, nid, name);
		if (!z)
			rc = bad_line(l, "no such zone in zoneinfo", e);
		else
			parse_counts(rest, z->free_blocks[MIGRATE_MOVABLE],
				     MAX_ORDER);
	}
	if (l->f)
		fclose(l->f);
	free(l);
	return MIN(rc, 0);
}

static int migratetype_of(const char *name)
{
	static const char *const names[MIGRATE_TYPES] = {
		[MIGRATE_UNMOVABLE] = "Unmovable",
		[MIGRATE_MOVABLE] = "Movable",
		[MIGRATE_RECLAIMABLE] = "Reclaimable",
		[MIGRATE_HIGHATOMIC] = "HighAtomic",
	};

	for (int i = 0; i < MIGRATE_TYPES; i++)
		if (!strcmp(name, names[i]))
			return i;
	return -1;
}

/* The types are told; the totals by order stay those of buddyinfo. */
static void pagetype_row(struct procsnap_zone *z, int mt, const u64 *counts)
{
	u64 *movable = z->free_blocks[MIGRATE_MOVABLE];

	if (mt < 0 || mt == MIGRATE_MOVABLE)
		return;
	for (u32 o = 0; o < MAX_ORDER; o++) {
		u64 n = MIN(counts[o], movable[o]);

		z->free_blocks[mt][o] = n;
		movable[o] -= n;
	}
}

static void pagetypeinfo_line(struct procsnap *p, const char *line)
{
	static const enum migratetype columns[MIGRATE_TYPES] = {
		MIGRATE_UNMOVABLE, MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE,
		MIGRATE_HIGHATOMIC};
	u32 nid;
	char name[16], type[16];
	const char *rest;
	struct procsnap_zone *z;
	u64 counts[MAX_ORDER] = {0};
	int end = 0;

	if (!parse_zone_head(line, &nid, name, &rest))
		return;
	z = find_zone(p, nid, name);
	if (!z)
		return;
	if (sscanf(rest, ", type %15[A-Za-z]%n", type, &end) == 1) {
		parse_counts(rest + end, counts, MAX_ORDER);
		pagetype_row(z, migratetype_of(type), counts);
	} else if (parse_counts(rest, counts, MIGRATE_TYPES) == MIGRATE_TYPES) {
		for (u32 i = 0; i < MIGRATE_TYPES; i++)
			z->pageblocks[columns[i]] = counts[i];
	}
}

static int load_pagetypeinfo(struct procsnap *p, const char *dir, struct err *e)
{
	struct lines *l = xcalloc(1, sizeof(*l));
	int rc = lines_open(l, dir, "pagetypeinfo", "", e);

	while (rc > 0 && lines_next(l))
		pagetypeinfo_line(p, l->text);
	if (l->f)
		fclose(l->f);
	free(l);
	return MIN(rc, 0);
}

/* slabinfo and slab.sysfs */

static int load_slabinfo(struct procsnap *p, const char *dir,
			 const char *suffix, struct err *e)
{
	struct lines *l = xcalloc(1, sizeof(*l));
	int rc = lines_open(l, dir, "slabinfo", suffix, e);

	p->caches = xcalloc(PROCSNAP_CACHES_MAX, sizeof(*p->caches));
	while (rc > 0 && lines_next(l)) {
		struct procsnap_cache *c = &p->caches[p->nr_caches];

		if (l->text[0] == '#' || !strncmp(l->text, "slabinfo", 8))
			continue;
		if (p->nr_caches == PROCSNAP_CACHES_MAX) {
			rc = bad_line(l, "too many caches", e);
			break;
		}
		if (sscanf(l->text,
			   "%63s %" SCNu64 " %" SCNu64 " %" SCNu32 " %" SCNu32
			   " %" SCNu32 " : tunables %*u %*u %*u : slabdata "
			   "%*u %" SCNu64,
			   c->name, &c->active_objs, &c->num_objs, &c->objsize,
			   &c->objs_per_slab, &c->pages_per_slab,
			   &c->num_slabs) != 7) {
			rc = bad_line(l, "not a line of slabinfo 2.1", e);
			break;
		}
		p->nr_caches++;
	}
	if (l->f)
		fclose(l->f);
	free(l);
	return MIN(rc, 0);
}

static int load_aliases(struct procsnap *p, const char *dir, struct err *e)
{
	struct lines *l = xcalloc(1, sizeof(*l));
	int rc = lines_open(l, dir, "slab.aliases", "", e);

	p->aliases = xcalloc(PROCSNAP_CACHES_MAX, sizeof(*p->aliases));
	while (rc > 0 && lines_next(l)) {
		struct procsnap_alias *a = &p->aliases[p->nr_aliases];

		if (p->nr_aliases < PROCSNAP_CACHES_MAX &&
		    sscanf(l->text, "%63s -> %63s", a->name, a->target) == 2)
			p->nr_aliases++;
	}
	if (l->f)
		fclose(l->f);
	free(l);
	return MIN(rc, 0);
}

/* "16 N0=7 N1=9": the total is returned, the nodes' parts go to @node. */
static u64 parse_by_node(const char *s, u64 *node)
{
	u64 total = strtoull(s, (char **)&s, 10);

	while ((s = strchr(s, 'N')) != NULL) {
		u64 nid = strtoull(s + 1, (char **)&s, 10);

		if (*s == '=' && nid < MM_NODES_MAX && node)
			node[nid] = strtoull(s + 1, (char **)&s, 10);
	}
	return total;
}

static void sysfs_attr(struct procsnap_cache *c, const char *attr,
		       const char *value)
{
	const struct {
		const char *name;
		u32 *number;
		bool *flag;
	} attrs[] = {
		{"object_size", &c->object_size, NULL},
		{"slab_size", &c->slab_size, NULL},
		{"order", &c->order, NULL},
		{"align", &c->align, NULL},
		{"cpu_partial", &c->cpu_partial, NULL},
		{"min_partial", &c->min_partial, NULL},
		{"aliases", &c->aliases, NULL},
		{"reclaim_account", NULL, &c->reclaim_account},
		{"hwcache_align", NULL, &c->hwcache_align},
		{"destroy_by_rcu", NULL, &c->destroy_by_rcu},
		{"cache_dma", NULL, &c->cache_dma},
		{"sanity_checks", NULL, &c->sanity_checks},
	};

	c->in_sysfs = true;
	for (u32 i = 0; i < ARRAY_SIZE(attrs); i++) {
		if (strcmp(attr, attrs[i].name))
			continue;
		if (attrs[i].number)
			*attrs[i].number = (u32)strtoul(value, NULL, 10);
		else
			*attrs[i].flag = *value == '1';
		return;
	}
	if (!strcmp(attr, "slabs"))
		parse_by_node(value, c->slabs_node);
	else if (!strcmp(attr, "partial"))
		c->partial = parse_by_node(value, NULL);
	else if (!strcmp(attr, "ctor"))
		c->ctor = *value != '\0';
}

/* The directory of /sys/kernel/slab that the cache called @name lives in. */
static const char *sysfs_dir(const struct procsnap *p, const char *name)
{
	for (u32 i = 0; i < p->nr_aliases; i++)
		if (!strcmp(p->aliases[i].name, name))
			return p->aliases[i].target;
	return name;
}

static void sysfs_line(struct procsnap *p, char *line)
{
	char *slash = strchr(line, '/');
	char *colon = slash ? strchr(slash, ':') : NULL;

	if (!colon)
		return;
	*slash = *colon = '\0';
	for (u32 i = 0; i < p->nr_caches; i++)
		if (!strcmp(sysfs_dir(p, p->caches[i].name), line))
			sysfs_attr(&p->caches[i], slash + 1, colon + 1);
}

static int load_sysfs(struct procsnap *p, const char *dir, struct err *e)
{
	struct lines *l = xcalloc(1, sizeof(*l));
	int rc = lines_open(l, dir, "slab.sysfs", "", e);

	while (rc > 0 && lines_next(l))
		sysfs_line(p, l->text);
	if (l->f)
		fclose(l->f);
	free(l);
	return MIN(rc, 0);
}

/* node*.cpulist and node*.distance */

static void parse_cpulist(struct procsnap *p, u32 nid, const char *s)
{
	while (isdigit((unsigned char)*s)) {
		u64 first = strtoull(s, (char **)&s, 10), last = first;

		if (*s == '-')
			last = strtoull(s + 1, (char **)&s, 10);
		for (u64 cpu = first; cpu <= last && cpu < MM_CPUS_MAX; cpu++) {
			p->cpu_to_node[cpu] = (u8)nid;
			p->nr_cpus = MAX(p->nr_cpus, (u32)cpu + 1);
		}
		if (*s == ',')
			s++;
	}
}

static int load_node(struct procsnap *p, const char *dir, u32 nid,
		     struct err *e)
{
	struct lines *l = xcalloc(1, sizeof(*l));
	char name[32];
	u64 distance[MM_NODES_MAX] = {0};
	int rc;

	snprintf(name, sizeof(name), "node%u.cpulist", nid);
	rc = lines_open(l, dir, name, "", e);
	if (rc > 0) {
		if (lines_next(l))
			parse_cpulist(p, nid, l->text);
		fclose(l->f);
	}
	snprintf(name, sizeof(name), "node%u.distance", nid);
	if (rc >= 0)
		rc = lines_open(l, dir, name, "", e);
	if (rc > 0) {
		if (lines_next(l))
			parse_counts(l->text, distance, MM_NODES_MAX);
		fclose(l->f);
	}
	for (u32 i = 0; i < MM_NODES_MAX; i++)
		p->distance[nid][i] = (u8)MIN(distance[i], 255);
	free(l);
	return MIN(rc, 0);
}

/* "pgfree 246589"; a name that we do not count is no error. */
static void parse_vm_event(struct procsnap *p, const char *text)
{
	size_t len = strcspn(text, " ");

	for (u32 i = 0; i < NR_VM_EVENTS; i++) {
		if (strncmp(vm_event_names[i], text, len) ||
		    vm_event_names[i][len])
			continue;
		parse_counts(text + len, &p->vm_events[i], 1);
	}
}

/* What the kernel was built with shows in the counters it has. */
static int load_vmstat(struct procsnap *p, const char *dir, const char *suffix,
		       struct err *e)
{
	struct lines *l = xcalloc(1, sizeof(*l));
	int rc = lines_open(l, dir, "vmstat", suffix, e);

	while (rc > 0 && lines_next(l)) {
		p->thp |= !strncmp(l->text, "thp_fault_alloc ", 16);
		parse_vm_event(p, l->text);
	}
	if (l->f)
		fclose(l->f);
	free(l);
	return MIN(rc, 0);
}

static void free_zones(struct procsnap *p)
{
	for (u32 i = 0; p->zones && i < p->nr_zones; i++)
		free(p->zones[i].pcp);
	free(p->zones);
}

/* Which per-CPU lists were used between the plain zoneinfo and @p's own. */
static int load_moved(struct procsnap *p, const char *dir, const char *suffix,
		      struct err *e)
{
	struct procsnap was = {0};
	int rc = *suffix ? load_zoneinfo(&was, dir, "", e) : 0;

	for (u32 i = 0; *suffix && !rc && i < p->nr_zones; i++) {
		struct procsnap_zone *z = &p->zones[i];
		const struct procsnap_zone *w =
			find_zone(&was, z->nid, z->name);

		for (u32 cpu = 0; w && cpu < p->nr_cpus; cpu++)
			z->pcp[cpu].moved =
				z->pcp[cpu].count != w->pcp[cpu].count;
	}
	free_zones(&was);
	return rc;
}

int procsnap_load(struct procsnap *p, const char *dir, const char *suffix,
		  struct err *e)
{
	int rc;

	memset(p, 0, sizeof(*p));
	rc = load_zoneinfo(p, dir, suffix, e);
	if (!rc)
		rc = load_moved(p, dir, suffix, e);
	if (!rc)
		rc = load_buddyinfo(p, dir, suffix, e);
	if (!rc)
		rc = load_pagetypeinfo(p, dir, e);
	if (!rc)
		rc = load_slabinfo(p, dir, suffix, e);
	if (!rc)
		rc = load_vmstat(p, dir, suffix, e);
	if (!rc)
		rc = load_aliases(p, dir, e);
	if (!rc)
		rc = load_sysfs(p, dir, e);
	for (u32 n = 0; !rc && n < p->nr_nodes; n++)
		rc = load_node(p, dir, n, e);
	if (rc)
		procsnap_free(p);
	return rc;
}

void procsnap_free(struct procsnap *p)
{
	free_zones(p);
	free(p->caches);
	free(p->aliases);
	memset(p, 0, sizeof(*p));
}

const struct procsnap_cache *procsnap_cache(const struct procsnap *p,
					    const char *name)
{
	const char *dir = sysfs_dir(p, name);

	for (u32 i = 0; i < p->nr_caches; i++)
		if (!strcmp(p->caches[i].name, name))
			return &p->caches[i];
	for (u32 i = 0; i < p->nr_caches; i++)
		if (!strcmp(sysfs_dir(p, p->caches[i].name), dir))
			return &p->caches[i];
	return NULL;
}
