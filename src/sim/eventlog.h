/*
 * eventlog.h - what mm noted while the run went on: the lines of events.tsv.
 *
 * Bounded: the first EVENTLOG_MAX are kept, the rest is only counted, so the
 * memory of a run does not grow with the trace.
 */
#ifndef SIM_EVENTLOG_H
#define SIM_EVENTLOG_H

#include "mm/machine.h"

#define EVENTLOG_MAX 65536u

struct eventlog_entry {
	u64 time_ns;
	u64 a; /* as said at the event in enum mm_event */
	u64 b;
	u32 site; /* call site of the operation, index in the trace's sites */
	u16 cpu;  /* of the simulated machine */
	u16 ev;	  /* enum mm_event */
};

struct eventlog {
	struct eventlog_entry *at; /* [nr], owned */
	u32 nr;
	u32 cap;
	u64 counts[NR_MM_EVENTS];  /* all that happened */
	u64 dropped[NR_MM_EVENTS]; /* not kept: the log was full */
};

extern const char *const mm_event_names[NR_MM_EVENTS];

void eventlog_add(struct eventlog *log, const struct eventlog_entry *e);
void eventlog_free(struct eventlog *log);

#endif
