/*
 * gen.h - synthetic workloads: a YAML description becomes trace records.
 *
 * Seeded: the same file and seed give the same records.  Each use of chance
 * (the arrivals of a CPU in a phase, the sizes of an item, ...) has a stream
 * of its own, seeded by its name, so that changing one leaves the others.
 */
#ifndef TRACE_GEN_H
#define TRACE_GEN_H

#include "trace/trace.h"

struct workload; /* opaque */

/** True when @start looks like a workload YAML (a "workload:" key). */
bool workload_detect(const void *start, size_t len);

/** workload_load() - Parses and validates; NULL with @e. */
struct workload *workload_load(const char *path, struct err *e);
/** workload_parse() - The same from text; @source names it in messages. */
struct workload *workload_parse(const char *source, const char *text,
				size_t len, struct err *e);
/** workload_limit_cpus() - Only its CPUs below @nr take part from now on. */
void workload_limit_cpus(struct workload *w, u32 nr);
void workload_free(struct workload *w);

/**
 * workload_reader() - A reader that generates the records as they are asked
 * for, in constant memory but for the live objects.  Owns @w from now on.
 * @nr_cpus: of the machine it will run on; the workload's cpus map onto it.
 */
struct trace_reader *workload_reader(struct workload *w, u32 nr_cpus,
				     struct err *e);

#endif
