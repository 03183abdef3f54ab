/*
 * What the items of a mix do with files: reads, writes and removals, by bytes
 * that become pages only in the record.
 *
 * An item that goes through its files in order has one open on each CPU, from
 * its start to its end; then the next is chosen.
 */
#include "trace/gen_state.h"

#include "base/bug.h"

#include <string.h>

#define PAGE_BYTES 4096u

static u32 pages_of(u64 bytes)
{
	return (u32)((bytes + PAGE_BYTES - 1) / PAGE_BYTES);
}

static const struct gen_fileset *set_of_file(const struct gen *g, u32 file)
{
	const struct gen_fileset *f = g->w->files.at;

	while (file >= f->first + f->count)
		f++;
	return f;
}

static void tell_size(struct gen *g, u32 file, const struct gen_cpu *cpu)
{
	struct trace_rec *r =
		gen_emit(g, TRACE_PAGE_CACHE_SIZE, cpu->machine_cpu);

	r->align = file;
	r->size = pages_of(g->file_bytes[file]);
	r->task = cpu->task;
}

bool gen_create_file(struct gen *g)
{
	const struct gen_fileset *f;
	u32 file = g->cursor;

	if (file == g->w->nr_files)
		return false;
	f = set_of_file(g, file);
	if (file == f->first)
		gen_seed(g, g->kept_rng, "files", (u32)(f - g->w->files.at));
	g->file_bytes[file] = dist_sample(&f->size, g->kept_rng);
	tell_size(g, file, &g->cpus[0]);
	g->cursor++;
	return true;
}

void gen_close_files(struct gen *g)
{
	if (g->w->nr_files)
		memset(g->readers, 0,
		       (size_t)g->nr_item_rng * g->nr_cpus *
			       sizeof(*g->readers));
}

static u32 choose_file(const struct gen_fileset *f, gsl_rng *rng)
{
	if (f->popularity.kind)
		return f->first + (u32)dist_sample(&f->popularity, rng);
	return f->first + (u32)gsl_rng_uniform_int(rng, f->count);
}

/* One operation, in bytes. */
struct range {
	u32 file;
	u64 at;
	u64 bytes;
};

/* The next part of the file that is open, or of another one. */
static void next_part(const struct gen *g, const struct gen_item *item,
		      struct gen_reader *rd, gsl_rng *rng, struct range *r)
{
	if (!rd->open || rd->at >= g->file_bytes[rd->file]) {
		rd->file = choose_file(&g->w->files.at[item->io.set], rng);
		rd->at = 0;
		rd->open = true;
	}
	r->file = rd->file;
	r->at = rd->at;
	r->bytes = MIN(r->bytes, g->file_bytes[rd->file] - rd->at);
	rd->at += r->bytes;
}

static void choose_range(struct gen *g, const struct gen_item *item,
			 struct gen_reader *rd, gsl_rng *rng, struct range *r)
{
	u64 size;

	if (item->io.access == GEN_ACCESS_SEQUENTIAL) {
		next_part(g, item, rd, rng, r);
		return;
	}
	r->file = choose_file(&g->w->files.at[item->io.set], rng);
	size = g->file_bytes[r->file];
	if (item->io.access == GEN_ACCESS_APPEND) {
		r->at = MIN(size, GEN_FILE_MAX - r->bytes);
		g->file_bytes[r->file] = r->at + r->bytes;
		return;
	}
	if (item->io.access == GEN_ACCESS_RANDOM)
		r->at = gsl_rng_uniform_int(rng, pages_of(size)) *
			(u64)PAGE_BYTES;
	else
		r->at = dist_sample(&item->io.offset, rng);
	r->at = MIN(r->at, size - 1);
	r->bytes = MIN(r->bytes, size - r->at);
}

/* The file goes, and a new one takes its number. */
static void remove_file(struct gen *g, const struct gen_item *item, u32 file,
			const struct gen_cpu *cpu, gsl_rng *rng)
{
	struct trace_rec *r =
		gen_emit(g, TRACE_PAGE_CACHE_TRUNCATE, cpu->machine_cpu);

	r->align = file;
	r->site = item->site;
	r->task = gen_task_of(g, item, cpu);
	g->file_bytes[file] =
		dist_sample(&g->w->files.at[item->io.set].size, rng);
	tell_size(g, file, cpu);
}

void gen_io(struct gen *g, u32 idx, u32 cpu)
{
	const struct gen_item *item = &gen_phase_of(g)->mix.at[idx];
	const struct gen_cpu *c = &g->cpus[cpu];
	gsl_rng *rng = g->item_rng[idx][USE_FILE];
	struct range range;
	struct trace_rec *r;

	if (item->what == GEN_FILE_REMOVE) {
		remove_file(g, item,
			    choose_file(&g->w->files.at[item->io.set], rng), c,
			    rng);
		return;
	}
	range.bytes = dist_sample(&item->io.bytes, g->item_rng[idx][USE_SIZE]);
	choose_range(g, item, &g->readers[(size_t)idx * g->nr_cpus + cpu], rng,
		     &range);
	r = gen_emit(g,
		     item->what == GEN_FILE_READ ? TRACE_PAGE_CACHE_READ
						 : TRACE_PAGE_CACHE_WRITE,
		     c->machine_cpu);
	r->align = range.file;
	r->gfp = (u32)(range.at / PAGE_BYTES);
	r->size = pages_of(range.at % PAGE_BYTES + range.bytes);
	r->site = item->site;
	r->task = gen_task_of(g, item, c);
}
