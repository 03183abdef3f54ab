/* slabs-start.txt of SLAB: arrays, nodes, slabs; straight into the mm. */
#include "sim/state_slab.h"

#include "mm/slab_state.h"

#include <errno.h>
#include <string.h>

struct slab_loader {
	struct mm *mm;
	const struct state *st;
	struct scan scan;
	struct slab_cache *c; /* of the lines being read */
	struct err *e;
};

static bool management_of(const char *name, enum slab_management *m)
{
	static const char *const names[] = {"objfreelist", "off", "on"};

	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(name, names[i])) {
			*m = (enum slab_management)i;
			return true;
		}
	}
	return false;
}

static struct slab_cache *add_cache(struct slab_loader *l,
				    const struct state_cache *from)
{
	struct slab_state_cache g = {
		.name = from->name,
		.size = from->size,
		.align = from->align,
		.gfporder = from->order,
		.num = from->objects,
		.colour = from->colour,
		.colour_off = from->colour_off,
		.limit = from->limit,
		.batchcount = from->batchcount,
		.shared = from->shared,
	};

	if (!management_of(from->mgmt, &g.management)) {
		err_set(l->e, -EINVAL, "cache %s: management '%s' is unknown",
			from->name, from->mgmt);
		return NULL;
	}
	return slab_state_add(l->mm, &g, l->e);
}

/* "0,1,2" or "-": at most @max numbers. */
static bool slot_list(struct scan *s, u16 *slots, u32 max, u32 *nr)
{
	*nr = 0;
	if (scan_word(s, "-"))
		return true;
	do {
		u32 slot = 0;

		if (!scan_u32(s, SLAB_OBJ_MAX_NUM, &slot))
			return false;
		if (*nr == max)
			return scan_fail(s, "more than %u slots", max);
		slots[(*nr)++] = (u16)slot;
	} while (scan_word(s, ","));
	return true;
}

/* "objs=pfn:slot,..." or "objs=-", from entry[0] up. */
static bool array_objects(struct slab_loader *l, struct array_cache *ac)
{
	struct scan *s = &l->scan;

	if (!scan_want(s, "objs="))
		return false;
	if (scan_word(s, "-"))
		return true;
	do {
		u32 pfn = 0, slot = 0;

		if (!scan_u32(s, STATE_PFN_MAX, &pfn) || !scan_want(s, ":") ||
		    !scan_u32(s, SLAB_OBJ_MAX_NUM, &slot))
			return false;
		if (slab_state_push(l->c, ac, pfn, slot, l->e))
			return false;
	} while (scan_word(s, ","));
	return true;
}

/* "avail=a limit=l batchcount=b touched=t objs=..." */
static bool array_line(struct slab_loader *l, struct array_cache *ac)
{
	struct scan *s = &l->scan;
	u32 avail = 0, touched = 0;
	u64 skip;

	if (!scan_want(s, "avail=") || !scan_u32(s, UINT16_MAX, &avail) ||
	    !scan_want(s, "limit=") || !scan_u64(s, UINT32_MAX, &skip) ||
	    !scan_want(s, "batchcount=") || !scan_u64(s, UINT32_MAX, &skip) ||
	    !scan_want(s, "touched=") || !scan_u32(s, 1, &touched))
		return false;
	if (!ac)
		return scan_fail(s, "this machine has no such array");
	ac->touched = touched;
	return array_objects(l, ac);
}

/* "colour_next=c free_objects=f free_limit=l free_touched=t next_reap_in=j" */
static bool node_line(struct slab_loader *l, u32 nid)
{
	struct scan *s = &l->scan;
	struct slab_state_node n = {0};
	u32 touched = 0;
	u64 skip;
	s64 reap_jiffies = 0;

	if (!scan_want(s, "colour_next=") ||
	    !scan_u32(s, UINT16_MAX, &n.colour_next) ||
	    !scan_want(s, "free_objects=") || !scan_u64(s, UINT32_MAX, &skip) ||
	    !scan_want(s, "free_limit=") ||
	    !scan_u64(s, UINT32_MAX, &n.free_limit) ||
	    !scan_want(s, "free_touched=") || !scan_u32(s, 1, &touched) ||
	    !scan_want(s, "next_reap_in=") ||
	    !scan_s64(s, INT64_MAX / 2, &reap_jiffies))
		return false;
	n.free_touched = touched;
	/* 100 jiffies a second; one that is over is due at once. */
	n.next_reap_ms = reap_jiffies > 0 ? (u64)reap_jiffies * 10 : 0;
	return !slab_state_set_node(l->c, nid, &n, l->e);
}

/* "<pfn> o<order> active=a/b s_mem_off=m free=..." */
static bool slab_line(struct slab_loader *l, enum slab_list_id list)
{
	struct scan *s = &l->scan;
	struct slab_state_slab p = {.list = list};
	u16 slots[SLAB_OBJ_MAX_NUM + 1];
	u32 order = 0, num = 0;

	if (!scan_u32(s, STATE_PFN_MAX, &p.pfn) || !scan_want(s, "o") ||
	    !scan_u32(s, MAX_ORDER - 1, &order) || !scan_want(s, "active=") ||
	    !scan_u32(s, SLAB_OBJ_MAX_NUM, &p.active) || !scan_want(s, "/") ||
	    !scan_u32(s, SLAB_OBJ_MAX_NUM, &num) ||
	    !scan_want(s, "s_mem_off=") ||
	    !scan_u32(s, UINT16_MAX, &p.s_mem_off) || !scan_want(s, "free=") ||
	    !slot_list(s, slots, ARRAY_SIZE(slots), &p.nr_slots))
		return false;
	if (order != l->c->layout.gfporder || num != l->c->layout.num)
		return scan_fail(s, "a slab of another geometry");
	p.slots = slots;
	return !slab_state_set_slab(l->c, &p, l->e);
}

static bool any_node_line(struct slab_loader *l)
{
	static const struct {
		const char *word;
		enum slab_list_id id;
	} lists[] = {{"full ", SLABS_FULL},
		     {"partial ", SLABS_PARTIAL},
		     {"free ", SLABS_FREE}};
	struct scan *s = &l->scan;
	const struct slab_node *n;
	u32 nid = 0, other = 0;

	if (!scan_want(s, "node") || !scan_u32(s, MM_NODES_MAX - 1, &nid))
		return false;
	if (nid >= l->mm->conf.nr_nodes || !l->c->nodes[nid])
		return scan_fail(s, "there is no node %u", nid);
	n = l->c->nodes[nid];
	if (scan_word(s, "shared "))
		return array_line(l, n->shared);
	if (scan_word(s, "alien")) {
		if (!scan_u32(s, MM_NODES_MAX - 1, &other))
			return false;
		if (other >= l->mm->conf.nr_nodes || !n->alien)
			return scan_fail(s, "no array for node %u", other);
		return array_line(l, n->alien[other]);
	}
	for (u32 i = 0; i < ARRAY_SIZE(lists); i++)
		if (scan_word(s, lists[i].word))
			return slab_line(l, lists[i].id);
	return node_line(l, nid);
}

/* Arrays name objects of slabs that stand below them: two passes. */
static bool is_array(const struct scan *s)
{
	const char *eol = strchr(s->at, '\n');
	const char *found = strstr(s->at, " avail=");

	return found && (!eol || found < eol);
}

static bool cache_line(struct slab_loader *l, bool arrays)
{
	struct scan *s = &l->scan;
	u32 cpu = 0;

	if (is_array(s) != arrays)
		return true;
	if (!scan_word(s, "cpu"))
		return any_node_line(l);
	if (!scan_u32(s, STATE_CPUS_MAX, &cpu) || !scan_want(s, "ac "))
		return false;
	if (cpu >= l->mm->conf.nr_cpus)
		return scan_fail(s, "there is no CPU %u", cpu);
	return array_line(l, &l->c->cpu_cache[cpu]);
}

static bool one_pass(struct slab_loader *l, bool arrays)
{
	struct scan *s = &l->scan;
	struct kmem_cache *next = l->mm->cache_list;
	char name[STATE_NAME_MAX];

	while (scan_next_line(s)) {
		if (scan_eol(s) || scan_peek(s, "#"))
			continue;
		scan_blanks(s);
		if (!scan_word(s, "cache ")) {
			if (!l->c)
				return scan_fail(s, "a cache is expected here");
			if (!cache_line(l, arrays))
				return false;
			continue;
		}
		if (!scan_token(s, ' ', name, sizeof(name)))
			return false;
		if (!next || strcmp(name, next->name))
			return scan_fail(s, "the snapshot's next cache is '%s'",
					 next ? next->name : "none");
		l->c = slab_cache_of(next);
		next = next->next;
	}
	return !scan_failed(s);
}

static int load_file(struct slab_loader *l, const char *dir, bool arrays)
{
	int rc = scan_open(&l->scan, dir, "slabs-start.txt", l->e);
	bool good;

	if (rc == -ENOENT)
		return err_set(l->e, rc, "%s: no slabs-start.txt there", dir);
	if (rc)
		return rc;
	l->c = NULL;
	good = one_pass(l, arrays);
	scan_close(&l->scan);
	if (good)
		return 0;
	return err_set(l->e, -EINVAL, "%s/slabs-start.txt: damaged", dir);
}

int state_restore_slab(struct mm *mm, const struct state *st, const char *dir,
		       struct err *e)
{
	struct slab_loader l = {.mm = mm, .st = st, .e = e};
	int rc = 0;

	slab_state_begin(mm);
	for (size_t i = 0; i < st->caches.nr; i++)
		if (!add_cache(&l, &st->caches.at[i]))
			return -EINVAL;
	rc = load_file(&l, dir, false);
	if (!rc)
		rc = load_file(&l, dir, true);
	return rc ? rc : slab_state_end(mm, e);
}
