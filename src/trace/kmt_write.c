#include "trace/kmt.h"
#include "trace/ktr.h"

#include <errno.h>
struct trace_writer *kmt_create(struct outfile *out,
				const struct trace_info *info)
{
	return ktr_create(out, info);
}
