#include "base/units.h"

#include "base/compiler.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit {
	const char *name;
	u64 factor;
};

/* Smallest first; of two names of one unit the one to print comes first. */
static const struct unit size_units[] = {
	{"", 1},
	{"B", 1},
	{"KiB", 1024},
	{"K", 1024},
	{"MiB", 1ull << 20},
	{"M", 1ull << 20},
	{"GiB", 1ull << 30},
	{"G", 1ull << 30},
	{"TiB", 1ull << 40},
	{"T", 1ull << 40},
};

static const struct unit time_units[] = {
	{"ns", 1},	   {"us", 1000},	 {"ms", 1000000},
	{"s", 1000000000}, {"min", 60000000000},
};

static const struct unit hz_units[] = {
	{"Hz", 1},	     {"", 1}, {"kHz", 1000}, {"MHz", 1000000},
	{"GHz", 1000000000},
};

/* Decimal places that are read; more say nothing about any unit here. */
#define FRACTION_DIGITS_MAX 12

bool units_parse_u64(const char *text, u64 *value)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	char *end;

	if (!isdigit((unsigned char)text[0]) || (hex && !text[2]))
		return false;
	errno = 0;
	*value = strtoull(hex ? text + 2 : text, &end, hex ? 16 : 10);
	return !errno && !*end;
}

/* mant.frac x factor, rounded down; false when it does not fit. */
static bool scale(u64 mant, u64 frac, u64 frac_base, u64 factor, u64 *value)
{
	u64 whole;
	u64 part = (u64)((unsigned __int128)frac * factor / frac_base);

	return !__builtin_mul_overflow(mant, factor, &whole) &&
	       !__builtin_add_overflow(whole, part, value);
}

static bool parse_with_unit(const char *text, const struct unit *units,
			    size_t nr_units, u64 *value)
{
	u64 mant, frac = 0, frac_base = 1;
	char *end;
	u32 digits = 0;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	mant = strtoull(text, &end, 10);
	if (errno)
		return false;
	if (*end == '.') {
		for (end++; isdigit((unsigned char)*end); end++) {
			if (++digits > FRACTION_DIGITS_MAX)
				return false;
			frac = frac * 10 + (u64)(*end - '0');
			frac_base *= 10;
		}
		if (!digits)
			return false;
	}
	while (*end == ' ')
		end++;
	for (size_t i = 0; i < nr_units; i++)
		if (!strcmp(end, units[i].name))
			return scale(mant, frac, frac_base, units[i].factor,
				     value);
	return false;
}

bool units_parse_size(const char *text, u64 *bytes)
{
	return parse_with_unit(text, size_units, ARRAY_SIZE(size_units), bytes);
}

bool units_parse_ns(const char *text, u64 *ns)
{
	if (!strcmp(text, "0")) {
		*ns = 0;
		return true;
	}
	return parse_with_unit(text, time_units, ARRAY_SIZE(time_units), ns);
}

bool units_parse_hz(const char *text, u64 *hz)
{
	return parse_with_unit(text, hz_units, ARRAY_SIZE(hz_units), hz);
}

bool units_parse_double(const char *text, double *value)
{
	char *end;

	if (!text[0] || strspn(text, "0123456789+-.eE") != strlen(text))
		return false;
	*value = strtod(text, &end);
	return !*end && end != text && isfinite(*value);
}

bool units_parse_bool(const char *text, bool *value)
{
	static const char *const words[] = {"false", "true", "no",
					    "yes",   "off",  "on"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(text, words[i])) {
			*value = i & 1;
			return true;
		}
	return false;
}

static const char *print_with_unit(u64 value, const struct unit *units,
				   size_t nr_units, char *buf)
{
	const struct unit *best = &units[0];

	for (size_t i = 0; i < nr_units; i++)
		if (value && value % units[i].factor == 0 &&
		    units[i].factor > best->factor)
			best = &units[i];
	snprintf(buf, UNITS_TEXT_MAX, "%" PRIu64 "%s", value / best->factor,
		 best->name);
	return buf;
}

const char *units_print_size(u64 bytes, char *buf)
{
	return print_with_unit(bytes, size_units, ARRAY_SIZE(size_units), buf);
}

const char *units_print_ns(u64 ns, char *buf)
{
	return print_with_unit(ns, time_units, ARRAY_SIZE(time_units), buf);
}

const char *units_print_hz(u64 hz, char *buf)
{
	return print_with_unit(hz, hz_units, ARRAY_SIZE(hz_units), buf);
}
