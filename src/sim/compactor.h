/*
 * compactor.h - kcompactd as an actor in time, and what is kept of each
 * compaction and of each fallback to another migrate type.
 *
 * Only with vm.reclaim, like pressure.h.
 */
#ifndef SIM_COMPACTOR_H
#define SIM_COMPACTOR_H

#include "sim/sim_priv.h"

struct compactor; /* opaque */

void compactor_create(struct sim *s);
void compactor_destroy(struct sim *s);
/** compactor_start() - Each node's daemon begins its first wait. */
void compactor_start(struct sim *s);
/** compactor_note() - mm noted something that is about compaction. */
void compactor_note(struct sim *s, enum mm_event ev, u64 a, u64 b);
/**
 * compactor_event() - The event numbered @seq of kcompactd/@nid is due; until
 * @horizon nothing else happens.
 */
void compactor_event(struct sim *s, u32 nid, u64 seq, u64 horizon);

#endif
