/*
 * import_dat.c - trace.dat files, through libtracecmd and libtraceevent.
 *
 * The file carries the format of each event of the kernel that wrote it, so
 * fields are looked up by name once for each event and then read at their
 * offsets.  Streams (CPUs, of all buffer instances) are merged by time; ties
 * go to the lower CPU, and events of one CPU keep the order of the file.
 */
#include "trace/importer.h"

#include <errno.h>

#ifndef HAVE_TRACECMD

int import_dat(int fd, const char *path, struct importer *im)
{
	(void)fd;
	return err_set(im->e, -ENOTSUP,
		       "%s: this kmemsim was built without libtracecmd, which "
		       "reads trace.dat; import the text that 'trace-cmd "
		       "report -R' prints instead",
		       path);
}

#else

#include "trace/dat_head.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <trace-cmd.h>
#include <unistd.h>

#define DAT_EVENT_IDS	65536u
#define PROBE_SECONDS	20u /* of CPU time, to open a file */
#define DAT_STREAMS_MAX (4 * TRACE_CPUS_MAX)
/* Bits of common_flags and common_preempt_count. */
#define CONTEXT_SOFTIRQ 0x10u
#define PREEMPT_DEPTH	0x0fu

/* A field of an event; size 0: the event has none such. */
struct dat_field {
	u16 offset;
	u8 size;
	bool is_signed;
};

enum dat_field_id {
	F_PTR,
	F_CALL_SITE,
	F_REQ,
	F_ALLOC,
	F_GFP,
	F_NODE,
	F_ACCOUNTED,
	F_NAME,
	F_ORDER,
	F_REFILL,
	F_BASE,
	F_OFF,
	NR_DAT_FIELDS
};

/* Names by event class: of slabs and pages, then of per-CPU events. */
static const char *const field_names[2][NR_DAT_FIELDS] = {
	{"ptr", "call_site", "bytes_req", "bytes_alloc", "gfp_flags", "node",
	 "accounted", "name", "order", "percpu_refill", NULL, NULL},
	{NULL, "call_site", "size", "align", NULL, NULL, NULL, NULL, NULL, NULL,
	 "base_addr", "off"},
};

struct dat_format {
	u8 type;
	u16 least_size; /* of a record that holds all fields */
	struct dat_field fields[NR_DAT_FIELDS];
};

struct dat_stream {
	struct tracecmd_input *input;
	struct tep_record *next;
	u32 cpu;
};

struct dat {
	struct importer *im;
	const char *path;
	struct tracecmd_input *input;
	struct tep_handle *tep;
	struct dat_field pid;
	struct dat_field context; /* common_flags */
	struct dat_field preempt; /* common_preempt_count */
	struct dat_field id;
	u8 type_of[DAT_EVENT_IDS]; /* event id to raw_type */
	struct dat_format formats[NR_RAW_TYPES];
	struct dat_stream *heap; /* [nr_streams], earliest first */
	u32 nr_streams;
	u64 missed;
};

/* Formats */

static struct dat_field field_of(const struct tep_format_field *f)
{
	struct dat_field d = {0};

	if (!f || f->offset < 0 || f->offset > 4096 ||
	    (f->size != 1 && f->size != 2 && f->size != 4 && f->size != 8))
		return d;
	d.offset = (u16)f->offset;
	d.size = (u8)f->size;
	d.is_signed = (f->flags & TEP_FIELD_IS_SIGNED) != 0;
	return d;
}

static void read_format(struct dat *dat, enum raw_type type,
			struct tep_event *event)
{
	bool percpu = type == RAW_PERCPU_ALLOC || type == RAW_PERCPU_FREE;
	struct dat_format *fmt = &dat->formats[type];
	u32 least = 0;
	u32 k;

	fmt->type = (u8)type;
	for (k = 0; k < NR_DAT_FIELDS; k++) {
		const char *name = field_names[percpu][k];
		struct tep_format_field *f = NULL;

		if (name)
			f = tep_find_field(event, name);
		if (!f && k == F_PTR && !percpu)
			f = tep_find_field(event, "pfn");
		fmt->fields[k] = field_of(f);
		if (fmt->fields[k].size)
			least = MAX(least, (u32)fmt->fields[k].offset +
						   fmt->fields[k].size);
	}
	fmt->least_size = (u16)least;
	dat->type_of[(u32)event->id & (DAT_EVENT_IDS - 1)] = (u8)type;
}

static int read_formats(struct dat *dat)
{
	static const char *const systems[] = {"kmem", "percpu", "compaction",
					      NULL};
	struct tep_event *event;
	bool any = false;
	u32 type;
	u32 s;

	memset(dat->type_of, RAW_OTHER, sizeof(dat->type_of));
	for (type = 0; type < NR_RAW_TYPES; type++) {
		event = NULL;
		for (s = 0; systems[s] && !event; s++)
			event = tep_find_event_by_name(dat->tep, systems[s],
						       raw_type_names[type]);
		if (!event || event->id < 0 || event->id >= (int)DAT_EVENT_IDS)
			continue;
		read_format(dat, type, event);
		if (!any) {
			dat->pid = field_of(
				tep_find_common_field(event, "common_pid"));
			dat->id = field_of(
				tep_find_common_field(event, "common_type"));
			dat->context = field_of(
				tep_find_common_field(event, "common_flags"));
			dat->preempt = field_of(tep_find_common_field(
				event, "common_preempt_count"));
		}
		any = true;
	}
	if (!any || !dat->id.size)
		return err_set(dat->im->e, -EINVAL,
			       "%s: no event of the kernel's allocators in it; "
			       "record with trace-cmd record -e kmem",
			       dat->path);
	dat->im->nameless = !dat->formats[RAW_CACHE_FREE].fields[F_NAME].size &&
			    !dat->formats[RAW_CACHE_ALLOC].fields[F_NAME].size;
	return 0;
}

/* Values */

static u64 field_get(const struct dat *dat, struct dat_field f, const u8 *data)
{
	u64 v8;
	u32 v4;

	if (unlikely(tep_is_file_bigendian(dat->tep) !=
		     tep_is_local_bigendian(dat->tep))) {
		v8 = tep_read_number(dat->tep, data + f.offset, f.size);
		return f.is_signed && f.size == 4 ? (u64)(s64)(s32)v8 : v8;
	}
	switch (f.size) {
	case 8:
		memcpy(&v8, data + f.offset, 8);
		return v8;
	case 4:
		memcpy(&v4, data + f.offset, 4);
		return f.is_signed ? (u64)(s64)(s32)v4 : v4;
	case 2: {
		u16 v2;

		memcpy(&v2, data + f.offset, 2);
		return v2;
	}
	case 1:
		return data[f.offset];
	default:
		return 0;
	}
}

static u32 site_of(struct dat *dat, u64 addr)
{
	struct u64map_entry *known;
	const char *func;
	char text[TRACE_NAME_MAX + 1];
	bool fresh;

	if (!addr)
		return 0;
	known = u64map_put(&dat->im->site_of, addr, &fresh);
	if (!fresh || dat->im->info->sites.nr >= TRACE_SITES_MAX)
		return known->a;
	func = tep_find_function(dat->tep, addr);
	if (func)
		snprintf(text, sizeof(text), "%s+0x%llx", func,
			 (unsigned long long)addr -
				 tep_find_function_address(dat->tep, addr));
	else
		snprintf(text, sizeof(text), "0x%llx",
			 (unsigned long long)addr);
	known->a = trace_strings_add(&dat->im->info->sites, text, strlen(text));
	return known->a;
}

static u32 task_of(struct dat *dat, u32 pid, u32 cpu)
{
	const struct u64map_entry *known;
	const char *comm;

	known = u64map_get(&dat->im->task_of, pid ? pid : (1ull << 32) + cpu);
	if (known)
		return known->a;
	comm = tep_data_comm_from_pid(dat->tep, (int)pid);
	comm = comm ? comm : "<...>";
	return importer_task(dat->im, pid, cpu, comm, strlen(comm));
}

/* A __data_loc text: its offset and length are in one word. */
static u16 cache_of(struct dat *dat, const struct tep_record *rec,
		    struct dat_field f)
{
	u32 where = (u32)field_get(dat, f, rec->data);
	u32 offset = where & 0xffffu;
	u32 len = where >> 16;
	const char *name;

	if (!len || offset + len > (u32)rec->size)
		return IMPORT_CACHE_NONE;
	name = (const char *)rec->data + offset;
	return importer_cache(dat->im, name, strnlen(name, len));
}

static void fill_slab(struct dat *dat, const struct dat_format *fmt,
		      const struct tep_record *rec, struct raw_event *ev)
{
	const struct dat_field *f = fmt->fields;
	const u8 *data = rec->data;

	ev->site = site_of(dat, field_get(dat, f[F_CALL_SITE], data));
	if (f[F_NAME].size)
		ev->cache = cache_of(dat, rec, f[F_NAME]);
	if (ev->type >= RAW_KFREE)
		return;
	ev->bytes_req = field_get(dat, f[F_REQ], data);
	ev->bytes_alloc = field_get(dat, f[F_ALLOC], data);
	if (f[F_NODE].size)
		ev->node = (s32)field_get(dat, f[F_NODE], data);
	if (ev->node < -1 || ev->node >= (s32)TRACE_NODES_MAX)
		ev->node = -1;
	ev->gfp = importer_gfp_raw(dat->im, field_get(dat, f[F_GFP], data));
	ev->accounted = f[F_ACCOUNTED].size
				? field_get(dat, f[F_ACCOUNTED], data) != 0
				: (ev->gfp & GFP_ACCOUNT) != 0;
}

static void fill_page(struct dat *dat, const struct dat_format *fmt,
		      const struct tep_record *rec, struct raw_event *ev)
{
	const struct dat_field *f = fmt->fields;
	u64 order = field_get(dat, f[F_ORDER], rec->data);

	ev->order = order > IMPORT_ORDER_MAX ? 255 : (u8)order;
	if (ev->type == RAW_PAGE_ALLOC)
		ev->gfp = importer_gfp_raw(dat->im,
					   field_get(dat, f[F_GFP], rec->data));
	else if (ev->type == RAW_PAGE_ZONE_LOCKED)
		ev->refill = f[F_REFILL].size
				     ? field_get(dat, f[F_REFILL], rec->data)
				     : !order;
}

static void fill_percpu(struct dat *dat, const struct dat_format *fmt,
			const struct tep_record *rec, struct raw_event *ev)
{
	const struct dat_field *f = fmt->fields;

	ev->ptr = field_get(dat, f[F_BASE], rec->data) +
		  field_get(dat, f[F_OFF], rec->data);
	ev->site = site_of(dat, field_get(dat, f[F_CALL_SITE], rec->data));
	ev->bytes_req = field_get(dat, f[F_REQ], rec->data);
	ev->bytes_alloc = field_get(dat, f[F_ALLOC], rec->data);
}

/* Whether it is in a softirq, and what that interrupted. */
static void fill_context(const struct dat *dat, const struct tep_record *rec,
			 struct raw_event *ev)
{
	ev->softirq = field_get(dat, dat->context, rec->data) & CONTEXT_SOFTIRQ;
	ev->interrupts =
		ev->softirq &&
		field_get(dat, dat->preempt, rec->data) & PREEMPT_DEPTH;
}

static int import_record(struct dat *dat, const struct dat_stream *stream)
{
	const struct tep_record *rec = stream->next;
	struct raw_event ev = {.type = RAW_OTHER,
			       .node = -1,
			       .cache = IMPORT_CACHE_NONE,
			       .cpu = (u16)stream->cpu};
	const struct dat_format *fmt;

	ev.time_ns = MAX(rec->ts, dat->im->last_ns);
	if (rec->missed_events)
		dat->missed +=
			rec->missed_events > 0 ? (u64)rec->missed_events : 1;
	if (rec->size < dat->id.offset + dat->id.size)
		return importer_event(dat->im, &ev);
	ev.type = dat->type_of[field_get(dat, dat->id, rec->data) &
			       (DAT_EVENT_IDS - 1)];
	if (ev.type == RAW_OTHER)
		return importer_event(dat->im, &ev);
	fmt = &dat->formats[ev.type];
	if (rec->size < fmt->least_size) {
		ev.type = RAW_OTHER;
		return importer_event(dat->im, &ev);
	}
	ev.pid = (u32)field_get(dat, dat->pid, rec->data);
	ev.ptr = field_get(dat, fmt->fields[F_PTR], rec->data);
	ev.task = task_of(dat, ev.pid, ev.cpu);
	fill_context(dat, rec, &ev);
	if (ev.type <= RAW_CACHE_FREE)
		fill_slab(dat, fmt, rec, &ev);
	else if (ev.type >= RAW_PERCPU_ALLOC)
		fill_percpu(dat, fmt, rec, &ev);
	else
		fill_page(dat, fmt, rec, &ev);
	return importer_event(dat->im, &ev);
}

/* Streams */

static bool stream_before(const struct dat_stream *a,
			  const struct dat_stream *b)
{
	if (a->next->ts != b->next->ts)
		return a->next->ts < b->next->ts;
	return a->cpu < b->cpu;
}

static void sift_down(struct dat *dat, u32 i)
{
	struct dat_stream moving = dat->heap[i];

	for (;;) {
		u32 child = 2 * i + 1;

		if (child >= dat->nr_streams)
			break;
		if (child + 1 < dat->nr_streams &&
		    stream_before(&dat->heap[child + 1], &dat->heap[child]))
			child++;
		if (!stream_before(&dat->heap[child], &moving))
			break;
		dat->heap[i] = dat->heap[child];
		i = child;
	}
	dat->heap[i] = moving;
}

static int open_streams(struct dat *dat, struct tracecmd_input *input)
{
	int cpus = tep_get_cpus(tracecmd_get_tep(input));
	int cpu;

	if (cpus < 0 || cpus > (int)TRACE_CPUS_MAX)
		return err_set(dat->im->e, -EINVAL,
			       "%s: of %d CPUs; %u are the most", dat->path,
			       cpus, TRACE_CPUS_MAX);
	dat->im->info->nr_cpus = MAX(dat->im->info->nr_cpus, (u32)cpus);
	for (cpu = 0; cpu < cpus && dat->nr_streams < DAT_STREAMS_MAX; cpu++) {
		struct dat_stream s = {.input = input, .cpu = (u32)cpu};

		s.next = tracecmd_read_cpu_first(input, cpu);
		if (s.next)
			dat->heap[dat->nr_streams++] = s;
	}
	return 0;
}

static int merge_streams(struct dat *dat)
{
	int rc = 0;
	u32 k;

	for (k = dat->nr_streams / 2; k-- > 0;)
		sift_down(dat, k);
	while (dat->nr_streams && !rc) {
		struct dat_stream *s = &dat->heap[0];

		rc = import_record(dat, s);
		tracecmd_free_record(s->next);
		s->next = tracecmd_read_data(s->input, (int)s->cpu);
		if (!s->next)
			*s = dat->heap[--dat->nr_streams];
		if (dat->nr_streams > 1)
			sift_down(dat, 0);
	}
	for (k = 0; k < dat->nr_streams; k++)
		tracecmd_free_record(dat->heap[k].next);
	return rc;
}

static int open_instances(struct dat *dat)
{
	int nr = tracecmd_buffer_instances(dat->input);
	int rc = open_streams(dat, dat->input);
	int k;

	for (k = 0; k < nr && !rc; k++) {
		struct tracecmd_input *input =
			tracecmd_buffer_instance_handle(dat->input, k);

		if (input)
			rc = open_streams(dat, input);
	}
	return rc;
}

static int import_open(struct dat *dat)
{
	int rc;

	dat->tep = tracecmd_get_tep(dat->input);
	rc = read_formats(dat);
	if (rc)
		return rc;
	dat->heap = xcalloc(DAT_STREAMS_MAX, sizeof(*dat->heap));
	rc = open_instances(dat);
	if (!rc)
		rc = merge_streams(dat);
	free(dat->heap);
	return rc;
}

/* Standard error into the void, so that the libraries cannot chat. */
static int quiet_begin(void)
{
	int saved = dup(STDERR_FILENO);
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (null >= 0) {
		dup2(null, STDERR_FILENO);
		close(null);
	}
	return saved;
}

static void quiet_end(int saved)
{
	if (saved < 0)
		return;
	dup2(saved, STDERR_FILENO);
	close(saved);
}

static struct tracecmd_input *open_input(int fd)
{
	struct tracecmd_input *input;
	int own = dup(fd);

	if (own < 0)
		return NULL;
	lseek(own, 0, SEEK_SET);
	input = tracecmd_open_fd(own, TRACECMD_FL_LOAD_NO_PLUGINS);
	return input;
}

static void read_streams(struct tracecmd_input *input)
{
	int cpus =
		MIN(tep_get_cpus(tracecmd_get_tep(input)), (int)TRACE_CPUS_MAX);
	int cpu;

	for (cpu = 0; cpu < cpus; cpu++) {
		struct tep_record *rec = tracecmd_read_cpu_first(input, cpu);

		while (rec) {
			tracecmd_free_record(rec);
			rec = tracecmd_read_data(input, cpu);
		}
	}
}

static void read_all(struct tracecmd_input *input)
{
	int nr = tracecmd_buffer_instances(input);
	int k;

	read_streams(input);
	for (k = 0; k < nr; k++) {
		struct tracecmd_input *instance =
			tracecmd_buffer_instance_handle(input, k);

		if (instance)
			read_streams(instance);
	}
}

/*
 * The libraries' parsers crash on some damaged files (found by fuzzing:
 * tep_parse_event(), the cleanup of tracecmd_open_fd(), kbuffer_load_subbuffer()).
 * So a child opens the file first, with limits, and reads all of it if its
 * pages could not be checked beforehand.
 * Return: whether it survived.
 */
static bool survives(int fd, const struct dat_head *head)
{
	const struct rlimit no_core = {0, 0};
	const struct rlimit seconds = {PROBE_SECONDS, PROBE_SECONDS};
	struct tracecmd_input *input;
	int status = 0;
	pid_t child = fork();

	if (child < 0)
		return true; /* cannot tell */
	if (!child) {
		setrlimit(RLIMIT_CORE, &no_core);
		setrlimit(RLIMIT_CPU, &seconds);
		signal(SIGSEGV, SIG_DFL);
		signal(SIGABRT, SIG_DFL);
		input = open_input(fd);
		if (input && !head->pages_checked)
			read_all(input);
		_exit(input ? 0 : 1);
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

/* libtracecmd leaks a few bytes when it opens a file: no news to anyone. */
#if defined(__SANITIZE_ADDRESS__)
#define LEAKS_OF_OTHERS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LEAKS_OF_OTHERS 1
#endif
#endif

#ifdef LEAKS_OF_OTHERS
#include <sanitizer/lsan_interface.h>
#define leaks_ignore() __lsan_disable()
#define leaks_report() __lsan_enable()
#else
#define leaks_ignore() ((void)0)
#define leaks_report() ((void)0)
#endif

static struct tracecmd_input *open_guarded(int fd, const struct dat_head *head)
{
	struct tracecmd_input *input = NULL;
	int saved;

	tracecmd_set_loglevel(TEP_LOG_NONE);
	tep_set_loglevel(TEP_LOG_NONE);
	saved = quiet_begin();
	leaks_ignore();
	if (survives(fd, head))
		input = open_input(fd);
	leaks_report();
	quiet_end(saved);
	return input;
}

int import_dat(int fd, const char *path, struct importer *im)
{
	struct dat_head head;
	struct dat *dat;
	int rc;

	rc = dat_head_read(fd, path, &head, im->e);
	if (rc)
		return rc;
	im->version = head.kernel_version;
	im->page_shift = head.page_shift;
	memcpy(im->info->kernel, head.release, sizeof(im->info->kernel));
	dat = xcalloc(1, sizeof(*dat));
	dat->im = im;
	dat->path = path;
	dat->input = open_guarded(fd, &head);
	if (!dat->input) {
		free(dat);
		return err_set(im->e, -EINVAL,
			       "%s: libtracecmd cannot read it: truncated or "
			       "damaged",
			       path);
	}
	rc = import_open(dat);
	im->counts->events_lost = MAX(dat->missed, head.lost);
	tracecmd_close(dat->input);
	free(dat);
	return rc;
}

#endif
