/*
 * cpucaches.h - what model full counted: levels of CPU caches, misses by
 * kmem_cache, sets; private to report/.
 */
#ifndef REPORT_CPUCACHES_H
#define REPORT_CPUCACHES_H

#include "report/json.h"
#include "report/view.h"

/** cpucaches_json() - "cpu_caches" of summary.json; nothing without a model. */
void cpucaches_json(struct json *j, const struct report_view *v);
/** cpucaches_text() - The same for report.txt. */
void cpucaches_text(FILE *to, const struct report_view *v);
/** cpucaches_colors() - colors.tsv. */
void cpucaches_colors(FILE *to, const struct report_view *v);
/** cpucaches_misses() - misses.tsv. */
void cpucaches_misses(FILE *to, const struct report_view *v);
/** cpucaches_sharing() - sharing.tsv. */
void cpucaches_sharing(FILE *to, const struct report_view *v);

#endif
