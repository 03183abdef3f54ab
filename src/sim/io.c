#include "sim/io.h"

#include "base/bug.h"
#include "base/xmalloc.h"
#include "mm/filemap.h"
#include "mm/flusher.h"
#include "mm/io.h"
#include "mm/page_writeback.h"
#include "mm/swap.h"
#include "sim/blockdev.h"
#include "sim/pressure.h"

#include <stdlib.h>
#include <string.h>

/* From wake-up to running, as kswapd. */
#define FLUSHER_START_NS ((u64)20000)

struct io {
	struct mm_io base; /* mm has a pointer to it */
	struct sim *sim;
	struct blockdev devices[CONFIG_DEVICES_MAX];
	u32 nr_devices;
	struct blockdev *files; /* NULL: takes no time */
	struct blockdev *swap;
	u64 armed[CONFIG_DEVICES_MAX][2]; /* ns: its event, UINT64_MAX: none */
	u64 nr_events;			  /* breaks ties */
	u64 flusher_expected;		  /* seq of the event that counts */
	bool flusher_blocked;		  /* until a write is done */
};

enum flusher_event {
	FLUSHER_TURN, /* its next step */
	FLUSHER_ALARM /* time to look for old pages */
};

static struct io *io_of(const struct mm_io *base)
{
	return (struct io *)(uintptr_t)base;
}

static u64 now_ns(const struct sim *s)
{
	return io_time_ns(&s->machine);
}

static void push(struct sim *s, enum event_class class, u64 at_ns, u32 arg)
{
	event_push(&s->events,
		   (struct event){.time = MAX(ns_to_ticks(s, at_ns), s->now),
				  .class = class,
				  .seq = s->io->nr_events++,
				  .arg = arg});
	s->wake = event_next_time(&s->events);
}

/* Requests */

static void arm(struct io *io, u32 device, bool write)
{
	u64 next = blockdev_next(&io->devices[device], write);

	/* A request that grew is late: its event finds that out. */
	if (next >= io->armed[device][write])
		return;
	io->armed[device][write] = next;
	push(io->sim, EVENT_IO, next, 2 * device + write);
}

static void submit(struct io *io, struct blockdev *d, bool write, u32 object,
		   u32 index, u32 nr)
{
	blockdev_submit(d, write, object, index, nr, now_ns(io->sim));
	arm(io, (u32)(d - io->devices), write);
}

/* Pages of a file arrived where they were to go; some may be gone. */
static void file_done(struct mm *mm, bool write, const struct io_request *r)
{
	struct address_space *m = filemap_find_mapping(mm, r->object);

	for (u32 i = 0; m && i < r->nr; i++) {
		struct page *page = find_get_page(mm, m, (u64)r->index + i);

		if (!page)
			continue;
		if (write && page_lru_flag(page, LRU_WRITEBACK))
			end_page_writeback(mm, page);
		if (!write && page_lru_flag(page, LRU_LOCKED))
			end_page_read(mm, page);
	}
}

static void request_done(struct mm *mm, bool write, const struct io_request *r)
{
	if (r->object != BLOCKDEV_SWAP)
		file_done(mm, write, r);
	else if (write)
		end_swap_write(mm, r->index, r->nr);
	else
		end_swap_read(mm, r->index, r->nr);
}

void io_event(struct sim *s, const struct event *e)
{
	struct io *io = s->io;
	u32 device = e->arg / 2;
	bool write = e->arg & 1, any = false;
	u64 ns = io->armed[device][write]; /* ticks may be coarser */
	struct io_request r;

	s->rec = NULL; /* no operation of the trace is at it */
	io->armed[device][write] = UINT64_MAX;
	while (blockdev_pop(&io->devices[device], write, ns, &r)) {
		request_done(s->mm, write, &r);
		any = true;
	}
	arm(io, device, write);
	if (any && write && io->flusher_blocked) {
		io->flusher_blocked = false;
		io->flusher_expected = io->nr_events;
		push(s, EVENT_FLUSHER, ns, FLUSHER_TURN);
	}
}

/* What mm asks */

static void submit_file(struct mm_io *base, bool write,
			struct address_space *mapping, u32 index, u32 nr)
{
	struct io *io = io_of(base);
	struct io_request all = {
		.object = mapping->id, .index = index, .nr = nr};

	if (!io->files) {
		file_done(io->sim->mm, write, &all);
		return;
	}
	while (nr) {
		u32 part = MIN(nr, BLOCKDEV_FILE_PAGES);

		submit(io, io->files, write, mapping->id, index, part);
		index += part;
		nr -= part;
	}
}

static void submit_read_file(struct mm_io *base, struct address_space *mapping,
			     u32 index, u32 nr, bool sync)
{
	(void)sync;
	submit_file(base, false, mapping, index, nr);
}

static void submit_write_file(struct mm_io *base, struct address_space *mapping,
			      u32 index, u32 nr)
{
	submit_file(base, true, mapping, index, nr);
}

static void submit_swap(struct mm_io *base, bool write, u32 slot, u32 nr)
{
	struct io *io = io_of(base);
	struct io_request r = {
		.object = BLOCKDEV_SWAP, .index = slot, .nr = nr};

	if (io->swap)
		submit(io, io->swap, write, r.object, slot, nr);
	else
		request_done(io->sim->mm, write, &r);
}

static bool files_congested(struct mm_io *base)
{
	const struct io *io = io_of(base);

	return io->files && blockdev_congested(io->files, true);
}

static bool swap_congested(struct mm_io *base)
{
	const struct io *io = io_of(base);

	return io->swap && blockdev_congested(io->swap, true);
}

static bool is_read(const void *page)
{
	return !page_lru_flag(page, LRU_LOCKED);
}

static bool is_written(const void *page)
{
	return !page_lru_flag(page, LRU_WRITEBACK);
}

static void wait_on_page(struct mm_io *base, struct page *page)
{
	struct machine *m = &io_of(base)->sim->machine;

	io_sleep(m, is_read(page) ? is_written : is_read, page, UINT64_MAX);
}

static const struct io_ops io_ops = {
	.submit_read = submit_read_file,
	.submit_write = submit_write_file,
	.wait_on_page = wait_on_page,
	.congested = files_congested,
	.submit_swap = submit_swap,
	.swap_congested = swap_congested,
};

static struct blockdev *device(struct io *io, u32 i)
{
	return i == CONFIG_NO_DEVICE ? NULL : &io->devices[i];
}

void io_create(struct sim *s)
{
	const struct config *c = &s->config;
	struct io *io = xcalloc(1, sizeof(*io));

	s->io = io;
	io->base.ops = &io_ops;
	io->sim = s;
	io->nr_devices = c->nr_devices;
	for (u32 i = 0; i < c->nr_devices; i++) {
		blockdev_init(&io->devices[i], &c->devices[i]);
		io->armed[i][false] = io->armed[i][true] = UINT64_MAX;
	}
	io->files = device(io, c->file_device);
	io->swap = device(io, c->swap_device);
	if (io->files || io->swap)
		s->mm->io = &io->base;
}

void io_destroy(struct sim *s)
{
	if (!s->io)
		return;
	for (u32 i = 0; i < s->io->nr_devices; i++)
		blockdev_free(&s->io->devices[i]);
	free(s->io);
	s->io = NULL;
}

void io_count(const struct sim *s, struct metrics *m)
{
	const struct flusher *f = flusher_stats(s->mm);

	for (u32 i = 0; i < s->io->nr_devices; i++) {
		struct device_usage *u = &m->devices[i];

		for (u32 w = 0; w < 2; w++) {
			const struct io_channel *c =
				&s->io->devices[i].channels[w];

			u->requests[w] = c->requests;
			u->pages[w] = c->pages;
			u->latency_ns[w] = c->latency_ns;
			u->busy_ns[w] = c->busy_ns;
			u->most[w] = c->most;
		}
	}
	if (!f)
		return;
	memcpy(m->writeback.runs, f->runs, sizeof(f->runs));
	memcpy(m->writeback.pages, f->pages, sizeof(f->pages));
	m->writeback.pauses = f->pauses;
	m->writeback.pause_ns = f->pause_ns;
}

/* The flusher */

void io_flusher_wake(struct sim *s, u64 at_ns)
{
	struct io *io = s->io;

	if (at_ns) {
		push(s, EVENT_FLUSHER, at_ns, FLUSHER_ALARM);
		return;
	}
	io->flusher_blocked = false;
	io->flusher_expected = io->nr_events;
	push(s, EVENT_FLUSHER, now_ns(s) + FLUSHER_START_NS, FLUSHER_TURN);
}

/* One step; how many ticks it took. */
static enum flusher_verdict flusher_works(struct sim *s, u64 *ticks)
{
	struct daemon_turn turn;
	enum flusher_verdict verdict;

	s->rec = NULL;
	s->site = 0;
	turn = daemon_begins(s, 0, 0);
	verdict = flusher_step(s->mm);
	*ticks = cycles_to_ticks(s, daemon_ends(s, &turn));
	return verdict;
}

void io_flusher_event(struct sim *s, const struct event *e)
{
	struct io *io = s->io;
	enum flusher_verdict verdict;
	u64 ticks;

	if (e->arg == FLUSHER_TURN ? e->seq != io->flusher_expected
				   : flusher_stats(s->mm)->awake)
		return;
	verdict = flusher_works(s, &ticks);
	if (verdict == FLUSHER_BLOCKED) {
		io->flusher_blocked = true;
	} else if (verdict == FLUSHER_MORE) {
		io->flusher_expected = io->nr_events;
		event_push(&s->events,
			   (struct event){.time = s->now + MAX(ticks, (u64)1),
					  .class = EVENT_FLUSHER,
					  .seq = io->nr_events++,
					  .arg = FLUSHER_TURN});
		s->wake = event_next_time(&s->events);
	}
}
