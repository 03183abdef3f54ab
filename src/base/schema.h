/*
 * schema.h - tables that say which keys a YAML mapping may have, and bind
 * them to the fields of a struct; and the way back.
 *
 * One row a key: name, type, place in the struct, range.  What is wrong is
 * said with file:line:column and what was expected; for a key that is not
 * known also the nearest that is.  Keys that the file leaves out keep the
 * value that the struct has already (its default).
 *
 * Invariant: schema_write() prints every row, and what it prints binds to the
 * same struct.
 */
#ifndef BASE_SCHEMA_H
#define BASE_SCHEMA_H

#include "base/yaml_tree.h"

#include <stdio.h>

enum schema_type {
	SCHEMA_BOOL,   /* bool */
	SCHEMA_U32,    /* u32, a count */
	SCHEMA_U64,    /* u64, a count */
	SCHEMA_SIZE,   /* u64 bytes: 64MiB */
	SCHEMA_SIZE32, /* u32 bytes */
	SCHEMA_NS,     /* u64: 10ms */
	SCHEMA_HZ,     /* u64: 2.2GHz */
	SCHEMA_DOUBLE, /* double */
	SCHEMA_ENUM,   /* an enum (u32): one of names */
	SCHEMA_STRING, /* char[max] */
	SCHEMA_MAP,    /* a mapping with rows of its own, in the same struct */
	SCHEMA_CUSTOM  /* bind() reads it, write() writes it */
};

struct schema_row {
	const char *key;
	enum schema_type type;
	bool required;
	size_t offset; /* of the field in the struct */
	u64 min;       /* counts, sizes, times, frequencies */
	u64 max;       /* 0: no limit; SCHEMA_STRING: bytes of the array */
	double least;  /* SCHEMA_DOUBLE: the range, both included */
	double most;
	const char *word; /* also allowed instead of a number ("auto") */
	u64 word_value;	  /* what the field is then */
	const char *const *names;     /* SCHEMA_ENUM: ends with NULL */
	const struct schema_row *sub; /* SCHEMA_MAP: ends with a NULL key */
	int (*bind)(void *base, const struct yaml_node *n, struct err *e);
	/* After "key:" at @indent; writes the rest with its line ends. */
	void (*write)(FILE *f, const void *base, u32 indent);
};

/** schema_bind() - Fills the struct at @base from mapping @n. */
int schema_bind(const struct schema_row *rows, void *base,
		const struct yaml_node *n, struct err *e);
/** schema_write() - Writes the struct as YAML, each line after @indent. */
void schema_write(FILE *f, const struct schema_row *rows, const void *base,
		  u32 indent);

/* One value, for bind(); each says what was expected. */

int schema_u64(const struct yaml_node *n, u64 min, u64 max, u64 *value,
	       struct err *e);
int schema_double(const struct yaml_node *n, double least, double most,
		  double *value, struct err *e);
/** The index of the scalar in @names (ends with NULL). */
int schema_enum(const struct yaml_node *n, const char *const *names, u32 *value,
		struct err *e);
/** 0 when @n is a scalar / list / mapping, else the error. */
int schema_want(const struct yaml_node *n, enum yaml_kind kind,
		const char *expected, struct err *e);
/** schema_unknown() - Says that the key of @n is not one of @rows. */
int schema_unknown(const struct schema_row *rows, const struct yaml_node *n,
		   struct err *e);
/** schema_nearest() - The name within a few letters of @word, or NULL. */
const char *schema_nearest(const char *word, const char *const *names);
/** schema_write_text() - A string, quoted where YAML would not take it. */
void schema_write_text(FILE *f, const char *text);

#endif
