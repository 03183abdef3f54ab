#include "trace/trace.h"

#define TRACE_OP_NAME_(id, text) text,
const char *const trace_op_names[NR_TRACE_OPS] = {TRACE_OPS(TRACE_OP_NAME_)};
