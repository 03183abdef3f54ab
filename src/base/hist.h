/*
 * hist.h - a log-linear histogram of u64 values: HDR layout, three
 * significant digits, bounded memory, exact count and sum.
 *
 * Invariant: count == sum of all buckets; min and max are exact.
 */
#ifndef BASE_HIST_H
#define BASE_HIST_H

#include "base/types.h"

struct hist {
	u64 count;
	u64 sum;
	u64 min; /* meaningless while count is 0 */
	u64 max;
	u32 **blocks; /* of buckets, owned; NULL until the first value */
};

void hist_add(struct hist *h, u64 value);
/** The value at or below which @permille / 1000 of all values lie. */
u64 hist_permille(const struct hist *h, u32 permille);
void hist_free(struct hist *h);

#endif
