#include "sim/metrics.h"

const char *const fail_reason_names[NR_FAIL_REASONS] = {
	"no memory",	"too large",   "fragmented",
	"node is full", "bad request", "unsupported",
};
