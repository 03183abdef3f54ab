/*
 * caches.c - which kmem_cache each recorded object is of.
 *
 * Linux 6.1 names the cache when an object is freed, not when it is
 * allocated; 5.10 names it nowhere; 6.18 does both.  So, in this order: the
 * name on the event; the name on the later free; the name that frees gave to
 * other objects of the same call site and sizes (a "kind"); a neighbour in
 * the same page; the one named cache of these sizes; else a cache that stands
 * for all objects of these sizes.
 */
#include "trace/importer.h"

#include "base/bug.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A free of an address that nothing is known of: see import_implied_alloc. */
#define GUESS_MAX  256u
#define GUESS_MIN  8u
#define CACHE_LINE 64u

/* Names */

/* "96", "1k", "2M": 0 when it is none. */
static u32 class_size(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end == text || n > IMPORT_SLAB_MAX)
		return 0;
	if (*end == 'k')
		n *= 1024, end++;
	else if (*end == 'M')
		n *= 1024 * 1024, end++;
	return *end ? 0 : (u32)n;
}

static const struct {
	const char *prefix;
	gfp_t gfp;
} kmalloc_types[] = {
	{"kmalloc-cg-", GFP_ACCOUNT},
	{"kmalloc-rcl-", GFP_RECLAIMABLE},
	{"dma-kmalloc-", GFP_DMA},
	{"kmalloc-dma-", GFP_DMA},
	{"kmalloc-", 0},
};

/* "kmalloc-cg-96", "kmalloc-rnd-07-96" (6.6), ... */
static void parse_kmalloc(struct import_cache *c, const char *name)
{
	u32 size;
	size_t k;

	if (!strncmp(name, "kmalloc-rnd-", 12) && strchr(name + 12, '-')) {
		size = class_size(strchr(name + 12, '-') + 1);
		c->kmalloc = size != 0;
		c->bytes_req = c->bytes_alloc = size;
		return;
	}
	for (k = 0; k < ARRAY_SIZE(kmalloc_types); k++) {
		const char *prefix = kmalloc_types[k].prefix;

		if (strncmp(name, prefix, strlen(prefix)) != 0)
			continue;
		size = class_size(name + strlen(prefix));
		if (!size)
			continue;
		c->kmalloc = true;
		c->gfp = kmalloc_types[k].gfp;
		c->bytes_req = c->bytes_alloc = size;
		return;
	}
}

u16 importer_cache(struct importer *im, const char *name, size_t len)
{
	char text[TRACE_NAME_MAX + 1];
	struct u64map_entry *known;
	struct import_cache c = {0};
	bool fresh;
	size_t k;

	if (!len)
		return IMPORT_CACHE_NONE;
	known = u64map_put(&im->cache_of, u64_hash_text(name, len), &fresh);
	if (!fresh)
		return (u16)known->a;
	known->a = IMPORT_CACHE_NONE;
	if (im->caches.nr >= TRACE_CACHES_MAX) {
		im->too_many = true; /* importer_event() fails */
		return IMPORT_CACHE_NONE;
	}
	len = MIN(len, (size_t)TRACE_NAME_MAX);
	for (k = 0; k < len; k++)
		text[k] =
			(char)(name[k] > ' ' && name[k] < 127 ? name[k] : '_');
	text[len] = 0;
	c.name = trace_strings_add(&im->info->names, text, len);
	parse_kmalloc(&c, text);
	c.bio = !strncmp(text, "bio-", 4);
	c.io_end = !strcmp(text, "ext4_io_end");
	known->a = (u32)im->caches.nr;
	*VEC_PUSH(&im->caches) = c;
	return (u16)known->a;
}

/* Kinds */

static gfp_t class_gfp(const struct importer *im, const struct raw_event *ev)
{
	gfp_t gfp = ev->gfp | (ev->accounted ? GFP_ACCOUNT : 0);

	if (im->version && im->version < KERNEL_VERSION_OF(5, 14))
		gfp &= ~GFP_ACCOUNT; /* no kmalloc-cg-* yet */
	if (gfp & GFP_DMA)
		return GFP_DMA;
	return gfp & GFP_RECLAIMABLE ? GFP_RECLAIMABLE : gfp & GFP_ACCOUNT;
}

static u32 kmalloc_cache(struct importer *im, u64 bytes, gfp_t type)
{
	char name[64];
	const char *prefix = "kmalloc-";
	size_t k;
	int len;

	for (k = 0; k < ARRAY_SIZE(kmalloc_types); k++)
		if (kmalloc_types[k].gfp == type) {
			prefix = kmalloc_types[k].prefix;
			break;
		}
	if (bytes >= 1024 && bytes % 1024 == 0)
		len = snprintf(name, sizeof(name), "%s%uk", prefix,
			       (u32)(bytes / 1024));
	else
		len = snprintf(name, sizeof(name), "%s%u", prefix, (u32)bytes);
	return importer_cache(im, name, (size_t)len);
}

static u32 unnamed_cache(struct importer *im, u64 req, u64 alloc)
{
	char name[64];
	u32 cache;
	int len;

	if (alloc == ALIGN_UP(req, 8))
		len = snprintf(name, sizeof(name), "unnamed-%u", (u32)req);
	else
		len = snprintf(name, sizeof(name), "unnamed-%u-%u", (u32)req,
			       (u32)alloc);
	cache = importer_cache(im, name, (size_t)len);
	if (cache != IMPORT_CACHE_NONE) {
		im->caches.at[cache].unnamed = true;
		im->caches.at[cache].bytes_req = (u32)req;
		im->caches.at[cache].bytes_alloc = (u32)alloc;
	}
	return cache;
}

/* What vmalloc() allocates, by the beginnings of its functions' names. */
static enum import_vm vm_part(const char *site)
{
	static const struct {
		const char *name;
		enum import_vm part;
	} sites[] = {
		{"__get_vm_area_node", IMPORT_VM_AREA},
		{"alloc_vmap_area", IMPORT_VM_MAP},
		{"__vmalloc_node_range", IMPORT_VM_ARRAY},
		{"__vmalloc_area_node", IMPORT_VM_ARRAY},
	};

	for (u32 k = 0; k < ARRAY_SIZE(sites); k++)
		if (!strncmp(site, sites[k].name, strlen(sites[k].name)))
			return sites[k].part;
	return IMPORT_VM_NONE;
}

u32 alloc_kind_of(struct importer *im, const struct raw_event *ev)
{
	bool kmalloc = ev->type == RAW_KMALLOC || ev->type == RAW_KMALLOC_NODE;
	u64 key = u64_mix(ev->bytes_req << 32 ^ ev->bytes_alloc) ^ ev->site;
	struct u64map_entry *known;
	struct alloc_kind kind = {0};
	gfp_t type = 0;
	bool accounted;
	bool fresh;

	if (kmalloc) {
		type = class_gfp(im, ev);
		key ^= (u64)(type | 1u << 31) << 32;
	}
	/* Accounted though the flags do not ask for it: the cache does. */
	accounted = ev->accounted && !(ev->gfp & GFP_ACCOUNT);
	key ^= (u64)accounted << 62;
	known = u64map_put(&im->kind_of, key ? key : 1, &fresh);
	if (!fresh)
		return known->a;
	known->a = (u32)im->kinds.nr;
	kind.accounted = accounted;
	kind.site = ev->site;
	kind.bytes_req = (u32)ev->bytes_req;
	kind.bytes_alloc = (u32)ev->bytes_alloc;
	kind.vm = vm_part(im->info->sites.at[ev->site]);
	kind.own_cache =
		kmalloc ? kmalloc_cache(im, ev->bytes_alloc, type)
			: unnamed_cache(im, ev->bytes_req, ev->bytes_alloc);
	*VEC_PUSH(&im->kinds) = kind;
	return (u32)im->kinds.nr - 1;
}

u32 import_kind_cache(const struct importer *im, u32 kind)
{
	const struct alloc_kind *k = &im->kinds.at[kind];

	return k->votes[0].nr ? k->votes[0].cache : k->own_cache;
}

void import_kind_vote(struct importer *im, u32 kind, u32 cache)
{
	struct alloc_kind *k = &im->kinds.at[kind];
	u32 v;

	for (v = 0; v < IMPORT_KIND_VOTES; v++) {
		if (!k->votes[v].nr)
			k->votes[v].cache = cache;
		if (k->votes[v].cache == cache) {
			k->votes[v].nr++;
			if (!im->caches.at[cache].bytes_alloc)
				im->caches.at[cache].bytes_alloc =
					k->bytes_alloc;
			return;
		}
	}
}

/* Implied allocations */

static u64 gcd(u64 a, u64 b)
{
	while (b) {
		u64 t = a % b;

		a = b;
		b = t;
	}
	return a;
}

void import_cache_seen_at(struct importer *im, u32 cache, u64 ptr)
{
	struct import_cache *c = &im->caches.at[cache];

	if (c->last_ptr >> im->page_shift == ptr >> im->page_shift &&
	    c->last_ptr != ptr)
		c->step = (u32)gcd(c->step, c->last_ptr > ptr
						    ? c->last_ptr - ptr
						    : ptr - c->last_ptr);
	c->last_ptr = ptr;
}

void import_implied_alloc(struct importer *im, struct trace_rec *r, u32 cache,
			  u64 ptr)
{
	r->gfp = GFP_KERNEL;
	if (cache == IMPORT_CACHE_NONE) {
		/* The address is a multiple of the size of its class. */
		im->counts->cache_unknown++;
		r->op = TRACE_KMALLOC;
		r->size = (u32)(ptr & -ptr & (2 * GUESS_MAX - 1));
		if (!r->size || im->hashed)
			r->size = GUESS_MAX;
		r->size = CLAMP(r->size, GUESS_MIN, GUESS_MAX);
		return;
	}
	if (im->caches.at[cache].kmalloc) {
		r->op = TRACE_KMALLOC;
		r->size = im->caches.at[cache].bytes_alloc;
		r->gfp |= im->caches.at[cache].gfp;
		return;
	}
	r->op = TRACE_CACHE_ALLOC;
	r->cache = (u16)cache;
	import_cache_seen_at(im, cache, ptr);
}

/* At the end */

void import_note_page(struct importer *im, struct trace_rec *alloc, u64 ptr)
{
	u32 cache;

	if (alloc->op != TRACE_CACHE_ALLOC || alloc->cache != IMPORT_CACHE_NONE)
		return;
	cache = import_touched_cache(im, ptr);
	if (cache == IMPORT_CACHE_NONE || im->caches.at[cache].kmalloc ||
	    im->caches.at[cache].unnamed)
		return;
	alloc->align = cache + 1;
}

u32 import_cache_slot_size(const struct importer *im, u32 cache)
{
	return im->caches.at[cache].bytes_alloc;
}

/* The sizes of each cache: those of the kind with the most votes. */
static void size_caches(struct importer *im)
{
	size_t k;
	u32 v;

	for (k = 0; k < im->kinds.nr; k++) {
		const struct alloc_kind *kind = &im->kinds.at[k];

		for (v = 0; v < IMPORT_KIND_VOTES && kind->votes[v].nr; v++) {
			struct import_cache *c =
				&im->caches.at[kind->votes[v].cache];

			if (kind->accounted)
				c->flags |= SLAB_ACCOUNT;
			if (kind->votes[v].nr <= c->votes || c->unnamed)
				continue;
			c->votes = kind->votes[v].nr;
			c->bytes_req = kind->bytes_req;
			c->bytes_alloc = kind->bytes_alloc;
		}
	}
}

/* The one named cache of these sizes. */
static u32 cache_by_size(const struct importer *im, u32 req, u32 alloc)
{
	u32 found = IMPORT_CACHE_NONE;
	size_t k;

	for (k = 0; k < im->caches.nr; k++) {
		const struct import_cache *c = &im->caches.at[k];

		if (c->kmalloc || c->unnamed || c->bytes_alloc != alloc ||
		    c->bytes_req != req)
			continue;
		if (found != IMPORT_CACHE_NONE)
			return IMPORT_CACHE_NONE;
		found = (u32)k;
	}
	return found;
}

static u32 best_vote(const struct alloc_kind *kind)
{
	u32 best = 0;
	u32 v;

	for (v = 1; v < IMPORT_KIND_VOTES; v++)
		if (kind->votes[v].nr > kind->votes[best].nr)
			best = v;
	return kind->votes[best].nr ? kind->votes[best].cache
				    : IMPORT_CACHE_NONE;
}

static void resolve(struct importer *im, struct trace_rec *r)
{
	const struct alloc_kind *kind = &im->kinds.at[r->name];
	u32 cache = best_vote(kind);
	u32 page = r->align && !(r->flags & TRACE_EARLY) ? r->align - 1
							 : IMPORT_CACHE_NONE;

	if (cache != IMPORT_CACHE_NONE) {
		im->counts->cache_from_site++;
	} else if (page != IMPORT_CACHE_NONE &&
		   im->caches.at[page].bytes_alloc == kind->bytes_alloc) {
		cache = page;
		im->counts->cache_from_page++;
	} else {
		cache = cache_by_size(im, kind->bytes_req, kind->bytes_alloc);
		if (cache != IMPORT_CACHE_NONE || im->nameless)
			im->counts->cache_from_size++;
		else
			im->counts->cache_unknown++;
		if (cache == IMPORT_CACHE_NONE)
			cache = kind->own_cache;
	}
	r->cache = (u16)cache;
}

void import_resolve_caches(struct importer *im)
{
	size_t k;
	u64 i;

	size_caches(im);
	for (i = 0; i <= im->objects.mask; i++) {
		const struct u64map_entry *obj = &im->objects.at[i];

		if (obj->key && import_is_live(obj))
			import_note_page(im, &im->recs.at[obj->a], obj->key);
	}
	for (k = 0; k < im->recs.nr; k++) {
		struct trace_rec *r = &im->recs.at[k];

		if (r->op != TRACE_CACHE_ALLOC)
			continue;
		if (r->cache == IMPORT_CACHE_NONE)
			resolve(im, r);
		im->caches.at[r->cache].used = true;
	}
	for (k = 0; k < im->early.nr; k++)
		if (im->early.at[k].op == TRACE_CACHE_ALLOC)
			im->caches.at[im->early.at[k].cache].used = true;
}

u64 import_nr_creates(struct importer *im)
{
	u64 nr = 0;
	size_t k;

	for (k = 0; k < im->caches.nr; k++)
		nr += im->caches.at[k].used;
	return nr;
}

static u32 hwcache_align(u32 size)
{
	u32 align = CACHE_LINE;

	while (align > 8 && size <= align / 2)
		align /= 2;
	return align;
}

/*
 * The flags and alignment under which a cache of @c's object size has slots
 * of the recorded size.  A word more than the object is a free pointer that
 * may not overlay it: a constructor has the same effect.
 */
void import_cache_guess(const struct import_cache *c, u32 *size, u32 *align,
			slab_flags_t *flags)
{
	slab_flags_t plain = c->flags | SLAB_NO_MERGE;
	u32 extra;

	*size = c->bytes_req;
	*align = 0;
	*flags = plain;
	if (!c->bytes_req) { /* seen in frees only */
		*size = c->step && c->step % 8 == 0 ? c->step : GUESS_MAX;
		return;
	}
	for (extra = 0; extra <= 8; extra += 8) {
		u32 word = ALIGN_UP(c->bytes_req, 8) + extra;

		*flags = plain | (extra ? SLAB_CTOR : 0);
		if (word == c->bytes_alloc)
			return;
		*flags |= SLAB_HWCACHE_ALIGN;
		if (ALIGN_UP(word, hwcache_align(c->bytes_req)) ==
		    c->bytes_alloc)
			return;
	}
	*flags = plain;
	for (*align = 16; *align <= 4096; *align *= 2)
		if (ALIGN_UP(c->bytes_req, *align) == c->bytes_alloc)
			return;
	*align = 0;
	/* Debugging metadata: no alignment gives it. */
	*size = MAX(c->bytes_alloc, c->bytes_req);
}

/* Only the names that records use stay; classes of kmalloc go. */
static void keep_names(struct importer *im)
{
	struct trace_strings all = im->info->names;
	size_t k;

	memset(&im->info->names, 0, sizeof(im->info->names));
	for (k = 0; k < im->caches.nr; k++) {
		struct import_cache *c = &im->caches.at[k];
		const char *name = all.at[c->name];

		if (c->used)
			c->name = trace_strings_add(&im->info->names, name,
						    strlen(name));
	}
	for (k = 0; k < all.nr; k++)
		free(all.at[k]);
	free(all.at);
}

void import_create_caches(struct importer *im, struct trace_rec *recs)
{
	u16 cid = 0;
	size_t k;

	keep_names(im);

	for (k = 0; k < im->caches.nr; k++) {
		struct import_cache *c = &im->caches.at[k];
		struct trace_rec r = {.op = TRACE_CACHE_CREATE, .node = -1};

		if (!c->used)
			continue;
		CHECK(!c->kmalloc);
		import_cache_guess(c, &r.size, &r.align, &r.gfp);
		r.name = c->name;
		r.cache = c->cid = cid;
		recs[cid++] = r;
	}
	im->info->nr_caches = cid;
}
