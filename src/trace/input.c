#include "trace/input.h"

#include "base/xmalloc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zstd.h>

#define INPUT_RAW (128u << 10) /* bytes read from the file at a time */

struct input {
	char *path;
	int fd;
	bool is_regular;
	bool raw_ended;
	u64 size;     /* of the file; 0 unless is_regular */
	u64 raw_read; /* bytes read from the file */
	u64 unfolded; /* bytes that came out, peeked ones included */
	u64 offset;   /* bytes handed out */

	char *raw; /* [INPUT_RAW]; what of it is not used yet: */
	size_t raw_at;
	size_t raw_len;

	ZSTD_DStream *zstd; /* NULL: not compressed */
	bool in_frame;	    /* the last frame is not complete yet */

	char *peek; /* [INPUT_PEEK] */
	size_t peek_at;
	size_t peek_len;
	bool peeked;
	struct err late; /* met while peeking; told when its bytes are due */
};

/* Reads more of the file when nothing is left: 0 also at the end. */
static int raw_fill(struct input *in, struct err *e)
{
	ssize_t got;

	if (in->raw_at < in->raw_len || in->raw_ended)
		return 0;
	do
		got = read(in->fd, in->raw, INPUT_RAW);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_sys(e, in->path, "read");
	in->raw_at = 0;
	in->raw_len = (size_t)got;
	in->raw_read += (u64)got;
	in->raw_ended = got == 0;
	return 0;
}

static s64 read_plain(struct input *in, char *buf, size_t len, struct err *e)
{
	size_t done = 0;

	while (done < len) {
		size_t n;

		if (raw_fill(in, e))
			return done ? (s64)done : e ? e->code : -EIO;
		n = MIN(len - done, in->raw_len - in->raw_at);
		if (!n)
			break;
		memcpy(buf + done, in->raw + in->raw_at, n);
		in->raw_at += n;
		done += n;
	}
	return (s64)done;
}

static int check_bomb(struct input *in, size_t more, struct err *e)
{
	u64 limit = INPUT_BOMB_FREE + INPUT_BOMB_RATIO * in->raw_read;

	if (in->unfolded + more <= limit)
		return 0;
	return err_set(
		e, -EFBIG,
		"%s: byte %llu: unfolds to more than %llu times its size;"
		" decompress it yourself if you trust it",
		in->path, (unsigned long long)in->raw_read, INPUT_BOMB_RATIO);
}

/* One step of decompression into @out; 0, or negative with @e. */
static int unfold(struct input *in, ZSTD_outBuffer *out, struct err *e)
{
	ZSTD_inBuffer from = {in->raw, in->raw_len, in->raw_at};
	u64 place = in->raw_read - (in->raw_len - in->raw_at);
	size_t rc = ZSTD_decompressStream(in->zstd, out, &from);

	in->raw_at = from.pos;
	if (ZSTD_isError(rc))
		return err_set(e, -EINVAL,
			       "%s: byte %llu: damaged zstd data: %s", in->path,
			       (unsigned long long)place,
			       ZSTD_getErrorName(rc));
	in->in_frame = rc != 0;
	return 0;
}

static s64 read_zstd(struct input *in, char *buf, size_t len, struct err *e)
{
	ZSTD_outBuffer out = {buf, len, 0};
	int rc = 0;

	while (!rc && out.pos < len) {
		size_t before = out.pos;

		rc = raw_fill(in, e);
		if (rc)
			break;
		if (in->raw_ended && !in->in_frame)
			break;
		rc = unfold(in, &out, e);
		if (rc)
			break;
		rc = check_bomb(in, out.pos, e);
		if (!rc && in->raw_ended && out.pos == before && in->in_frame)
			rc = err_set(e, -EINVAL,
				     "%s: byte %llu: the zstd data is "
				     "truncated",
				     in->path,
				     (unsigned long long)in->raw_read);
	}
	return out.pos || !rc ? (s64)out.pos : rc;
}

/* Some bytes; an error that came after bytes waits in in->late. */
static s64 read_some(struct input *in, char *buf, size_t len, struct err *e)
{
	s64 got;

	if (in->late.code)
		return err_set(e, in->late.code, "%s", in->late.text);
	got = in->zstd ? read_zstd(in, buf, len, &in->late)
		       : read_plain(in, buf, len, &in->late);
	if (got > 0)
		in->unfolded += (u64)got;
	else if (in->late.code)
		return err_set(e, in->late.code, "%s", in->late.text);
	return got;
}

/* Compressed by something that is not unpacked here? */
static int check_packed(const struct input *in, struct err *e)
{
	static const struct {
		const char *name;
		const char *magic;
		size_t len;
	} packed[] = {{"gzip", "\x1f\x8b\x08", 3},
		      {"xz", "\3757zXZ", 6},
		      {"lz4", "\x04\x22\x4d\x18", 4},
		      {"bzip2", "BZh91AY&SY", 10}};

	for (size_t i = 0; i < ARRAY_SIZE(packed); i++)
		if (in->raw_len >= packed[i].len &&
		    !memcmp(in->raw, packed[i].magic, packed[i].len))
			return err_set(e, -EINVAL,
				       "%s: compressed with %s; unpack it, or "
				       "use zstd",
				       in->path, packed[i].name);
	return 0;
}

static int input_start(struct input *in, struct err *e)
{
	static const unsigned char magic[4] = {0x28, 0xb5, 0x2f, 0xfd};
	size_t have = 0;

	/* A pipe may bring the first bytes one at a time. */
	while (have < INPUT_RAW) {
		ssize_t got = read(in->fd, in->raw + have, INPUT_RAW - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(e, in->path, "read");
		if (!got)
			break;
		have += (size_t)got;
	}
	in->raw_len = have;
	in->raw_read = have;
	if (have < sizeof(magic) || memcmp(in->raw, magic, sizeof(magic)) != 0)
		return check_packed(in, e);
	in->zstd = ZSTD_createDStream();
	if (!in->zstd)
		return err_set(e, -ENOMEM, "%s: no memory for zstd", in->path);
	ZSTD_DCtx_setParameter(in->zstd, ZSTD_d_windowLogMax, INPUT_WINDOW_LOG);
	return 0;
}

/* @path, or what became of it when it was compressed since: @path.zst. */
static int open_either(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *packed;

	if (fd >= 0 || errno != ENOENT)
		return fd;
	packed = xasprintf("%s.zst", path);
	fd = open(packed, O_RDONLY | O_CLOEXEC);
	free(packed);
	if (fd < 0)
		errno = ENOENT;
	return fd;
}

struct input *input_open(const char *path, struct err *e)
{
	struct input *in;
	struct stat st;
	int fd = open_either(path);

	if (fd < 0 || fstat(fd, &st)) {
		err_sys(e, path, "open");
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	if (S_ISDIR(st.st_mode)) {
		err_set(e, -EISDIR, "%s: is a directory; name a trace file",
			path);
		close(fd);
		return NULL;
	}
	in = xcalloc(1, sizeof(*in));
	in->path = xstrdup(path);
	in->fd = fd;
	in->is_regular = S_ISREG(st.st_mode);
	in->size = in->is_regular ? (u64)st.st_size : 0;
	in->raw = xmalloc(INPUT_RAW);
	in->peek = xmalloc(INPUT_PEEK);
	if (input_start(in, e)) {
		input_close(in);
		return NULL;
	}
	return in;
}

void input_close(struct input *in)
{
	if (!in)
		return;
	ZSTD_freeDStream(in->zstd);
	close(in->fd);
	free(in->raw);
	free(in->peek);
	free(in->path);
	free(in);
}

const char *input_path(const struct input *in)
{
	return in->path;
}

s64 input_peek(struct input *in, const char **start, struct err *e)
{
	if (!in->peeked) {
		s64 got = read_some(in, in->peek, INPUT_PEEK, e);

		if (got < 0)
			return got;
		in->peek_len = (size_t)got;
		in->peeked = true;
	}
	*start = in->peek;
	return (s64)in->peek_len;
}

s64 input_read(struct input *in, void *buf, size_t len, struct err *e)
{
	size_t n = MIN(len, in->peek_len - in->peek_at);
	s64 got = 0;

	memcpy(buf, in->peek + in->peek_at, n);
	in->peek_at += n;
	while (n < len) {
		got = read_some(in, (char *)buf + n, len - n, n ? NULL : e);
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	in->offset += n;
	return n ? (s64)n : got;
}

u64 input_offset(const struct input *in)
{
	return in->offset;
}

double input_progress(const struct input *in)
{
	u64 left = in->raw_len - in->raw_at;

	if (!in->size)
		return 0;
	return MIN(1.0, (double)(in->raw_read - left) / (double)in->size);
}

static int too_large(struct input *in, u64 max_bytes, struct err *e)
{
	return err_set(e, -EFBIG,
		       "%s: unfolds to more than %llu MiB; decompress it to a "
		       "file and name that",
		       in->path, (unsigned long long)(max_bytes >> 20));
}

/* Writes all of @buf; 0 or negative with @e. */
static int write_all(int fd, const char *buf, size_t len, struct err *e)
{
	while (len) {
		ssize_t put = write(fd, buf, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return err_sys(e, "temporary copy", "write");
		buf += put;
		len -= (size_t)put;
	}
	return 0;
}

static int copy_all(struct input *in, int fd, u64 max_bytes, struct err *e)
{
	char *buf = xmalloc(INPUT_PEEK);
	int rc = 0;

	while (!rc) {
		s64 got = input_read(in, buf, INPUT_PEEK, e);

		if (got <= 0) {
			rc = (int)got;
			break;
		}
		if (in->offset > max_bytes)
			rc = too_large(in, max_bytes, e);
		else
			rc = write_all(fd, buf, (size_t)got, e);
	}
	free(buf);
	return rc;
}

int input_fd(struct input *in, u64 max_bytes, struct err *e)
{
	int fd;

	if (in->is_regular && !in->zstd) {
		fd = fcntl(in->fd, F_DUPFD_CLOEXEC, 0);
		if (fd < 0 || lseek(fd, 0, SEEK_SET) < 0) {
			err_sys(e, in->path, "seek");
			if (fd >= 0)
				close(fd);
			return -EIO;
		}
		return fd;
	}
	fd = memfd_create("kmemsim", MFD_CLOEXEC);
	if (fd < 0)
		return err_sys(e, in->path, "make a temporary copy");
	if (copy_all(in, fd, max_bytes, e) || lseek(fd, 0, SEEK_SET) < 0) {
		close(fd);
		return e && e->code ? e->code : -EIO;
	}
	return fd;
}
