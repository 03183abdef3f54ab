#include "cmd/placements.h"

#include "base/xmalloc.h"
#include "trace/writer.h"

#include <stdio.h>
#include <stdlib.h>

#define LINE_MAX_BYTES 512 /* a label is at most TRACE_NAME_MAX long */

struct placements {
	struct outfile *file;
};

struct placements *placements_create(const char *path, struct err *e)
{
	static const char head[] =
		"op_index\top\toid\tok\tpfn\toffset\tnid\tzone\textra\n";
	struct placements *p = xcalloc(1, sizeof(*p));

	p->file = outfile_create(path, e);
	if (p->file && !outfile_write(p->file, head, sizeof(head) - 1, e))
		return p;
	placements_abandon(p);
	return NULL;
}

int placements_add(struct placements *p, const struct sim_placement *at,
		   struct err *e)
{
	char line[LINE_MAX_BYTES], oid[16];
	int len;

	snprintf(oid, sizeof(oid), "%u", at->oid);
	len = snprintf(line, sizeof(line),
		       "%llu\t%s\t%s\t%d\t%llu\t%u\t%d\t%s\t%s\n",
		       (unsigned long long)at->op_index, trace_op_names[at->op],
		       at->label ? at->label : oid, at->ok,
		       (unsigned long long)at->pfn, at->offset, (int)at->nid,
		       at->zone, *at->extra ? at->extra : "-");
	return outfile_write(p->file, line, (size_t)len, e);
}

int placements_finish(struct placements *p, struct err *e)
{
	int rc = outfile_commit(p->file, e);

	free(p);
	return rc;
}

void placements_abandon(struct placements *p)
{
	if (p->file)
		outfile_abandon(p->file);
	free(p);
}
