#include "sim/blockdev.h"

#include "base/bug.h"
#include "base/xmalloc.h"

#include <stdlib.h>

#define NS_PER_S ((u64)1000000000)

void blockdev_init(struct blockdev *d, const struct config_device *conf)
{
	*d = (struct blockdev){.conf = *conf};
	BUG_ON(!conf->queue_depth);
	for (u32 w = 0; w < 2; w++) {
		d->channels[w].ends = xcalloc(conf->queue_depth,
					      sizeof(*d->channels[w].ends));
		d->channels[w].bandwidth =
			w ? conf->write_bandwidth : conf->read_bandwidth;
	}
}

void blockdev_free(struct blockdev *d)
{
	for (u32 w = 0; w < 2; w++) {
		free(d->channels[w].at);
		free(d->channels[w].ends);
	}
}

static u64 transfer_ns(const struct io_channel *c, u64 pages)
{
	return (u64)((unsigned __int128)(pages << PAGE_SHIFT) * NS_PER_S /
		     c->bandwidth);
}

static struct io_request *request(struct io_channel *c, u32 i)
{
	return &c->at[(c->first + i) % c->cap];
}

static struct io_request *push(struct io_channel *c)
{
	if (c->nr == c->cap) {
		u32 cap = c->cap ? 2 * c->cap : 64;
		struct io_request *at = xcalloc(cap, sizeof(*at));

		for (u32 i = 0; i < c->nr; i++)
			at[i] = *request(c, i);
		free(c->at);
		c->at = at;
		c->cap = cap;
		c->first = 0;
	}
	c->nr++;
	c->most = MAX(c->most, c->nr);
	return request(c, c->nr - 1);
}

/* A neighbour of the last request, which has not begun, goes with it. */
static bool merge(struct blockdev *d, struct io_channel *c, u32 object,
		  u32 index, u32 nr, u64 now_ns)
{
	struct io_request *last;
	u64 more;

	if (!c->nr)
		return false;
	last = request(c, c->nr - 1);
	if (last->object != object || last->index + last->nr != index ||
	    last->begin <= now_ns ||
	    last->nr + nr > (object == BLOCKDEV_SWAP ? BLOCKDEV_SWAP_PAGES
						     : BLOCKDEV_FILE_PAGES))
		return false;
	more = transfer_ns(c, nr);
	last->nr += nr;
	last->done += more;
	c->wire_free = last->done;
	c->ends[(c->nr_begun - 1) % d->conf.queue_depth] = last->done;
	c->busy_ns += more;
	c->latency_ns += more;
	c->pages += nr;
	return true;
}

void blockdev_submit(struct blockdev *d, bool write, u32 object, u32 index,
		     u32 nr, u64 now_ns)
{
	struct io_channel *c = &d->channels[write];
	u64 *end = &c->ends[c->nr_begun % d->conf.queue_depth];
	struct io_request *r;

	BUG_ON(!nr);
	if (merge(d, c, object, index, nr, now_ns))
		return;
	r = push(c);
	*r = (struct io_request){.object = object,
				 .index = index,
				 .nr = nr,
				 .arrival = now_ns,
				 .begin = MAX(now_ns, *end)};
	r->done = MAX(r->begin + d->conf.latency_ns, c->wire_free) +
		  transfer_ns(c, nr);
	*end = r->done;
	c->nr_begun++;
	c->wire_free = r->done;
	c->requests++;
	c->pages += nr;
	c->latency_ns += r->done - r->arrival;
	c->busy_ns += transfer_ns(c, nr);
}

u64 blockdev_next(const struct blockdev *d, bool write)
{
	const struct io_channel *c = &d->channels[write];

	return c->nr ? c->at[c->first].done : UINT64_MAX;
}

bool blockdev_pop(struct blockdev *d, bool write, u64 now_ns,
		  struct io_request *r)
{
	struct io_channel *c = &d->channels[write];

	if (blockdev_next(d, write) > now_ns)
		return false;
	*r = c->at[c->first];
	c->first = (c->first + 1) % c->cap;
	c->nr--;
	return true;
}

bool blockdev_congested(const struct blockdev *d, bool write)
{
	return d->channels[write].nr >= BLOCKDEV_NR_REQUESTS;
}
