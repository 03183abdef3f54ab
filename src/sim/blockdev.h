/*
 * blockdev.h - a block device: how long a request takes.
 *
 * Reads and writes each have a channel of their own.  A channel is at
 * queue_depth requests together, in the order of their arrival: each waits
 * the latency, then its bytes go over the wire, one request after another.
 *
 *	ready(i)  = max(arrival(i), done(i - depth)) + latency
 *	done(i)   = max(ready(i), done(i - 1)) + bytes(i) / bandwidth
 *
 * So n requests of s bytes that arrive together are done after
 * latency + n * s / bandwidth while the wire is the bottleneck, and with a
 * depth of 1 after n * (latency + s / bandwidth).
 *
 * A request that has not begun takes in a neighbour behind it, up to
 * BLOCKDEV_FILE_PAGES or BLOCKDEV_SWAP_PAGES.
 *
 * Invariants: requests of a channel are done in their order; done(i) is fixed
 * when the request arrives, but for one that takes in a neighbour.
 */
#ifndef SIM_BLOCKDEV_H
#define SIM_BLOCKDEV_H

#include "sim/config.h"

#define BLOCKDEV_FILE_PAGES 256u /* of one request: 1 MiB */
#define BLOCKDEV_SWAP_PAGES 32u	 /* what reclaim submits together */
/* Requests in line of one direction; beyond, the device is congested. */
#define BLOCKDEV_NR_REQUESTS 128u

struct io_request {
	u32 object; /* whose: a mapping, or BLOCKDEV_SWAP */
	u32 index;  /* in pages */
	u32 nr;
	u64 arrival; /* ns */
	u64 begin;   /* ns: it is one of those the device is at */
	u64 done;    /* ns */
};

#define BLOCKDEV_SWAP UINT32_MAX

struct io_channel {
	struct io_request *at; /* ring of cap, owned */
	u32 first;
	u32 nr;
	u32 cap;
	u64 *ends; /* [depth]: when the last so many are done, a ring; owned */
	u64 nr_begun;  /* requests ever */
	u64 wire_free; /* ns: the last byte is over */
	u64 bandwidth;
	/* What the report tells. */
	u64 requests;
	u64 pages;
	u64 latency_ns; /* sum, from arrival to done */
	u64 busy_ns;	/* bytes on the wire */
	u32 most;	/* in line at a time */
};

struct blockdev {
	struct config_device conf;
	struct io_channel channels[2]; /* read, write */
};

void blockdev_init(struct blockdev *d, const struct config_device *conf);
void blockdev_free(struct blockdev *d);

/** blockdev_submit() - Pages @index.. of @object arrive at @now_ns. */
void blockdev_submit(struct blockdev *d, bool write, u32 object, u32 index,
		     u32 nr, u64 now_ns);
/** blockdev_next() - When the first request is done; UINT64_MAX: none. */
u64 blockdev_next(const struct blockdev *d, bool write);
/**
 * blockdev_pop() - The first request, if it is done by @now_ns.
 * Return: false: it is not.
 */
bool blockdev_pop(struct blockdev *d, bool write, u64 now_ns,
		  struct io_request *r);
/** blockdev_congested() - Whether a request more would be one too many. */
bool blockdev_congested(const struct blockdev *d, bool write);

#endif
