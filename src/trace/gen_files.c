/*
 * Workload files: sets of files, and what the items of a mix do with them.
 */
#include "trace/gen_internal.h"

#include "trace/names.h"

#include <errno.h>
#include <string.h>

static int bind_file_size(void *base, const struct yaml_node *n, struct err *e)
{
	struct gen_fileset *f = base;

	if (dist_bind(&f->size, n, DIST_BYTES, e))
		return -EINVAL;
	f->size.at_least = MAX(f->size.at_least, 1.0);
	f->size.at_most = MIN(f->size.at_most, (double)GEN_FILE_MAX);
	if (f->size.at_most < 1)
		return yaml_err(n, e, "the largest file has no byte");
	return 0;
}

static int bind_popularity(void *base, const struct yaml_node *n, struct err *e)
{
	struct gen_fileset *f = base;

	return dist_bind(&f->popularity, n, DIST_COUNT, e);
}

#define FILE_AT(field) .offset = offsetof(struct gen_fileset, field)
const struct schema_row gen_fileset_rows[] = {
	{.key = "name",
	 .type = SCHEMA_STRING,
	 .required = true,
	 FILE_AT(name),
	 .max = GEN_NAME_MAX},
	{.key = "count",
	 .type = SCHEMA_U32,
	 .required = true,
	 FILE_AT(count),
	 .min = 1,
	 .max = TRACE_FILES_MAX},
	{.key = "size",
	 .type = SCHEMA_CUSTOM,
	 .required = true,
	 .bind = bind_file_size},
	{.key = "popularity", .type = SCHEMA_CUSTOM, .bind = bind_popularity},
	{0},
};

static const struct gen_fileset *find_set(const struct workload *w,
					  const char *name)
{
	for (size_t i = 0; i < w->files.nr; i++)
		if (!strcmp(w->files.at[i].name, name))
			return &w->files.at[i];
	return NULL;
}

static int check_set(struct workload *w, struct gen_fileset *f,
		     const struct yaml_node *n, struct err *e)
{
	if (!name_is_valid(f->name, strlen(f->name)))
		return yaml_err(yaml_get(n, "name"), e,
				"the name of a set of files has no blanks");
	if (find_set(w, f->name))
		return yaml_err(yaml_get(n, "name"), e,
				"there are files '%s' already", f->name);
	if (f->count > TRACE_FILES_MAX - w->nr_files)
		return yaml_err(yaml_get(n, "count"), e,
				"more than %u files in all", TRACE_FILES_MAX);
	return 0;
}

static int bind_set(struct workload *w, const struct yaml_node *n,
		    struct err *e)
{
	struct gen_fileset f = {.first = w->nr_files};

	if (schema_bind(gen_fileset_rows, &f, n, e) || check_set(w, &f, n, e)) {
		dist_free(&f.size);
		dist_free(&f.popularity);
		return -EINVAL;
	}
	w->nr_files += f.count;
	f.popularity.at_most = MIN(f.popularity.at_most, (double)f.count - 1);
	*VEC_PUSH(&w->files) = f;
	return 0;
}

int gen_files_bind(struct workload *w, const struct yaml_node *root,
		   struct err *e)
{
	const struct yaml_node *n = yaml_get(root, "files");

	if (!n)
		return 0;
	if (schema_want(n, YAML_LIST,
			"a list of sets of files, each \"- name: ...\"", e))
		return -EINVAL;
	if (n->nr > GEN_FILESETS_MAX)
		return yaml_err(n, e, "%u sets of files; %d are the most",
				n->nr, GEN_FILESETS_MAX);
	for (const struct yaml_node *v = n->child; v; v = v->next)
		if (bind_set(w, v, e))
			return -EINVAL;
	return 0;
}

void gen_files_free(struct workload *w)
{
	for (size_t i = 0; i < w->files.nr; i++) {
		dist_free(&w->files.at[i].size);
		dist_free(&w->files.at[i].popularity);
	}
	VEC_FREE(&w->files);
}

int gen_bind_fileset_name(struct workload *w, const struct yaml_node *n,
			  u32 *index, struct err *e)
{
	const char *names[GEN_FILESETS_MAX + 1] = {0};

	for (size_t i = 0; i < w->files.nr; i++)
		names[i] = w->files.at[i].name;
	return gen_bind_name(n, "a set of files", "files", "files", names,
			     index, e);
}

int gen_bind_access(struct gen_io *io, const struct yaml_node *n, struct err *e)
{
	static const char *const names[] = {"sequential", "random", "append"};

	for (u32 i = 0; n->kind == YAML_SCALAR && i < ARRAY_SIZE(names); i++)
		if (!strcmp(n->text, names[i])) {
			io->access = (enum gen_access)i;
			return 0;
		}
	io->access = GEN_ACCESS_OFFSET;
	return dist_bind(&io->offset, n, DIST_BYTES, e);
}

int gen_bind_io_bytes(struct gen_io *io, const struct yaml_node *n,
		      struct err *e)
{
	const double most = (TRACE_IO_PAGES - 1) * 4096.0;

	if (dist_bind(&io->bytes, n, DIST_BYTES, e))
		return -EINVAL;
	if (io->bytes.at_most < 1)
		return yaml_err(n, e, "the largest operation is of 0 bytes");
	io->bytes.at_least = CLAMP(io->bytes.at_least, 1.0, most);
	io->bytes.at_most = MIN(io->bytes.at_most, most);
	return 0;
}
