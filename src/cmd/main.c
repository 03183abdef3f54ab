/*
 * main.c - dispatches to a subcommand, and holds the map of the house.
 *
 * base/	what any C program needs and libc lacks; includes nothing
 *   bitmap.c		searches in bitmaps
 *   bug.c		assertions; the only file that aborts
 *   compiler.h		attributes under readable names
 *   err.c		how mistakes of users and hosts travel
 *   gfp.c		gfp flags: names, numbers of kernels 2.6 to 6.18
 *   hist.c		histograms with three digits
 *   json_read.c		a JSON file as a tree
 *   rng.h		a small seeded generator
 *   schema.c		tables of YAML keys: types, ranges, units
 *   slabflags.c	flags of kmem_cache_create() as words
 *   units.c		"64MiB", "10ms", "2.2GHz"
 *   utf8.c		what is a character
 *   vec.h  xmalloc.c	host memory
 *   yaml_tree.c	a YAML file with the place of every node
 * mm/		the allocators; knows nothing of sim, trace or files
 *   memmap.h		where the kernel's own structures lie
 *   machine.h  lock.h	all that mm may ask of the machine under it
 *   mm.c  mmzone.c	nodes, zones, zonelists, boot
 *   watermark.c	watermarks, reserves, sizes of per-CPU lists
 *   page_alloc.c	alloc_pages(): zonelist walk, slow path, policies
 *   buddy.c		free areas: split, merge
 *   migratetype.c	fallback, stealing, the high-atomic reserve
 *   pcp.c		per-CPU page lists
 *   vmscan.c		kswapd, direct reclaim
 *   compaction.c  compact_scan.c  compact_fast.c  kcompactd.c  migrate.c
 *			pages moved together, on demand and in the background
 *   lru.c  reclaim.c	LRU lists, and one pass of reclaim over a node
 *   shrink_page.c  reclaim_throttle.c	what becomes of a page; waiting
 *   swap.c		slots for anonymous pages
 *   oom_kill.c		whose memory goes when there is none
 *   filemap.c  readahead.c  truncate.c	the page cache: pages of files
 *   xarray.c		where a file's pages are found; its nodes make slabs
 *   workingset.c	pages that come back soon after they were reclaimed
 *   page_writeback.c	pages of files that are to be written
 *   dirty_limits.c  dirty_throttle.c  flusher.c	how many, who waits, who writes
 *   slab_common.c	the front of SLUB, SLAB and SLOB: registry, merging
 *   slab_sizes.c  kmalloc.c	classes and kmalloc
 *   slub.c  slub_cache.c  slub_layout.c	SLUB
 *   slub_check.c  slub_walk.c  slub_restore.c	its walks and its loader
 *   slab.c  slab_cache.c  slab_cpucache.c	SLAB
 *   slab_layout.c  slab_layout_old.c	how its slabs are laid out
 *   slab_reap.c  slab_report.c  slab_lines.c  slab_state.c	its reaper, walks and loader
 *   slob.c		SLOB
 *   percpu.c  percpu_map.c	alloc_percpu() and the map of a chunk
 *   vmalloc.c		where chunks of per-CPU memory lie
 *   percpu_counter.c	counters with a part a CPU
 *   mempool.c		elements in reserve
 *   check.c		the invariants, walked
 *   inspect.c  inspect_lists.c  inspect_map.c  inspect_io.c
 *   slab_inspect.c	read-only snapshots
 *   restore.c		the page allocator's state, set from outside
 *   vmstat.c		names of counters
 * trace/	trace formats
 *   trace.c  input.c	finds out what a file is, unpacks it
 *   ktr.c  ktr_write.c	the text format
 *   kmt.c  kmt_head.c  kmt_read.c  kmt_write.c	the binary format
 *   names.c  outfile.c  xxh64.c	strings, whole files or none, checksums
 *   stats.c		what `info` counts
 *   lackey.c		address streams of valgrind's lackey
 *   import.c		a recording becomes records
 *   import_dat.c  dat_head.c	trace.dat
 *   import_text.c	ftrace and perf script text
 *   pair.c  u64map.c	frees to their allocations
 *   caches.c  pages.c	which cache, which page was whose
 *   unknown.c  bulk_pages.c	frees that nothing was known of; pages in bulk
 *   phase.c  kfree_rcu.c	when CPUs did their vmstat work; unseen frees
 *   gen.c  gen_dist.c  gen_heap.c  gen_item.c  gen_mempool.c  gen_setup.c
 *   gen_files.c  gen_io.c  gen_task.c  gen_touch.c  gen_yaml.c
 *			synthetic workloads
 * sim/		the machine and the run
 *   config.c  config_schema.c  config_topology.c  config_layout.c
 *			machine files: keys, nodes and CPUs, memory to zones
 *   config_cpu.c  config_share.c	CPU caches and TLBs, who shares them
 *   config_io.c		block devices, swap
 *   config_slab.c	kernel.slab_*: tunables and layouts of SLAB
 *   config_policy.c	kernel.policy: whose memory tasks use
 *   cpucache.c  cpucache_access.c  cpucache_set.h  cpucache_replace.c
 *   cpucache_dir.c  cpucache_mem.c  cpucache_prefetch.c  cpucache_whole.c
 *			CPU caches, coherence, TLBs, memory by distance
 *   cpucache_shadow.c  cpucache_check.c	why they missed; their invariants
 *   sim.c		a run from its boot to its end
 *   replay.c		one record becomes one call into mm
 *   replay_rare.c  replay_percpu.c  replay_mempool.c	the seldom ones
 *   sleepers.c		who sleeps for an element, who waits behind
 *   replay_access.c	read and write
 *   replay_filemap.c	operations on files
 *   split.c		blocks of pages freed in parts
 *   timed.c  event.c	records by when their CPU gets to them
 *   locks.c		locks in time
 *   compactor.c		kcompactd in time, and why there was compaction
 *   pressure.c		reclaim beside a trace: kswapd in time, who took memory
 *   oom.c		which task holds which pages
 *   io.c  io_sleep.c  blockdev.c	devices and the flusher in time
 *   swapped.c		slots whose pages are on the swap device
 *   shrink.c		unused objects and their shrinkers
 *   daemons.c  reaper.c  refresh.c
 *			what happens when time passes
 *   calibrate.c		prices from measurements
 *   machine.c  eventlog.c	hears mm
 *   touch.c		what is touched, through the CPU caches
 *   cpumap.c		recorded CPUs and nodes onto ours
 *   metrics.c  sample.c	what is counted, and when
 *   placement.c	where each object went
 *   state.c  state_parse.c  state_scan.c  state_snap.c  state_lists.c
 *   state_slabs.c  state_check.c  state_slab.c  state_slob.c  state_percpu.c
 *   state_machine.c
 *			a recorded kernel's state, read and loaded
 *   procsnap.c  before.c  holes.c  adopt.c	a live machine's /proc instead
 * report/	what a run leaves behind
 *   report.c  run_view.c	the directory, whole or not at all
 *   text.c  summary.c  tsv.c  json.c  table.c	report.txt, summary.json, *.tsv
 *   compact_tsv.c	compaction.tsv, extfrag.tsv
 *   reclaim_tsv.c  reclaim_sum.c	reclaim.tsv: who made kswapd run
 *   writeback_text.c	what the devices did, and who waited for them
 *   page_cache.c		hits, misses, readahead
 *   procfiles.c	/proc files in the kernel's formats
 *   oracle_state.c	snapshots in the formats of recorded states
 *   latency.c  plot_time.c	what operations took, and locks
 *   cpucaches.c  plot_caches.c	CPU caches: misses, coloring
 *   frag.c  rank.c	fragmentation, and who stands out
 *   compare.c  compare_figures.c	runs side by side
 *   plot.c  plotdata.c  plot_cost.c  plot_pressure.c  plot_map.c
 *   plot_events.c  plot_locks.c	charts by gnuplot
 *   validate.c		a replay beside what the machine did
 * cmd/		one file a subcommand
 *   run.c  compare.c  plot.c  info.c  import.c  geometry.c  validate.c
 *   validate_early.c
 *   geometry_slub.c  geometry_slab.c  geometry_slob.c	geometry of each
 *   cachesim.c		an address stream through CPU caches
 *   advise.c		which caches waste most
 *   run_slabs.c		run with several allocators
 *   opts.c  interrupt.c	options from tables, signals
 *   calibrate.c		prices from measurements, for people
 *   placements.c  progress.c  self.c  table_file.c	what they share
 */
#include "base/compiler.h"
#include "cmd/cmd.h"

#include "base/schema.h"

#include <stdio.h>
#include <string.h>

static const struct command commands[] = {
	{"run", "replay a trace or workload on a machine", cmd_run},
	{"compare", "set runs of one trace side by side", cmd_compare},
	{"plot", "draw the charts of one or several runs", cmd_plot},
	{"info", "say what is in a trace", cmd_info},
	{"import", "turn a recording into a .kmt", cmd_import},
	{"calibrate", "fit the prices of a machine to measurements",
	 cmd_calibrate},
	{"geometry", "show how a cache would be laid out", cmd_geometry},
	{"cachesim", "send an address stream through CPU caches", cmd_cachesim},
	{"validate", "set a replayed recording beside what the machine did",
	 cmd_validate},
};

static void print_usage(FILE *to)
{
	fputs("usage: kmemsim COMMAND ...\n\n", to);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].help);
	fputs("\n`kmemsim COMMAND --help` says more.\n", to);
}

static int unknown_command(const char *name)
{
	const char *names[ARRAY_SIZE(commands) + 1] = {NULL};
	const char *near;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		names[i] = commands[i].name;
	near = schema_nearest(name, names);
	fprintf(stderr, "kmemsim: unknown command '%s'%s%s%s\n", name,
		near ? "; did you mean '" : "", near ? near : "",
		near ? "'?" : "");
	print_usage(stderr);
	return EXIT_USAGE;
}

static int dispatch(int argc, char **argv)
{
	if (!strcmp(argv[1], "--version")) {
		puts(PACKAGE_STRING);
		return EXIT_OK;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_usage(stdout);
		return EXIT_OK;
	}
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].main(argc - 1, argv + 1);
	return unknown_command(argv[1]);
}

/* What was printed into a full disk was not said. */
static int finish(int status)
{
	struct err e = {0};
	bool failed = ferror(stdout);

	if (!fflush(stdout) && !failed)
		return status;
	err_sys(&e, "standard output", "write");
	return cmd_fail(&e, EXIT_RUN);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	return finish(dispatch(argc, argv));
}
