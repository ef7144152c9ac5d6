#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "jinja/filters.h"

static const struct jv bad = { .kind = JV_ERR };

struct jv
jf_abs(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	int64_t i;

	(void)arg;
	(void)c;
	if (self.kind == JV_FLOAT)
		return jv_float(fabs(self.f));
	if (jv_integer(self, &i))
		return i < 0 ? jop_unary(r, OP_NEG, jv_int(i)) : jv_int(i);
	if (self.kind == JV_UNDEF)
		return jv_undef_error(self);
	return JV_FAIL("bad operand type for abs(): '%s'", jv_type(self));
}

struct jv
jf_filesizeformat(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	static const char prefixes[] = "kMGTPEZY";
	bool binary = jv_truth(arg[0]);
	double base = binary ? 1024 : 1000, n, unit;
	struct jv v = jf_float(r, self, arg, &(struct jcall){ .how = 1 });
	char tmp[400];
	size_t i = 0;

	(void)c;
	if (jv_bad(v))
		return v;
	n = v.f;
	if (n == 1)
		return jrun_str(r, "1 Byte");
	if (n < base) {
		snprintf(tmp, sizeof tmp, "%.0f Bytes", trunc(n) + 0.0);
		return jrun_text(r, tmp, strlen(tmp));
	}
	for (unit = base * base; i < 7 && n >= unit; unit *= base)
		i++;
	snprintf(tmp, sizeof tmp, "%.1f %c%sB", base * n / unit,
	    binary && prefixes[i] == 'k' ? 'K' : prefixes[i],
	    binary ? "i" : "");
	return jrun_text(r, tmp, strlen(tmp));
}

/* Python's float() of a text: no hexadecimal, single _ between digits. */
static bool
parse_float(const struct jstr *s, double *f)
{
	static const char *const words[] = { "inf", "infinity", "nan" };
	char tmp[400], *end;
	size_t i, n = 0, sign;

	if (s->n == 0 || s->n >= sizeof tmp)
		return false;
	for (i = 0; i < s->n; i++) {
		if (s->p[i] == '_' && i > 0 && i + 1 < s->n &&
		    s->p[i - 1] >= '0' && s->p[i - 1] <= '9' &&
		    s->p[i + 1] >= '0' && s->p[i + 1] <= '9')
			continue;
		tmp[n++] = s->p[i];
	}
	tmp[n] = '\0';
	if (strlen(tmp) != n)
		return false;
	sign = tmp[0] == '+' || tmp[0] == '-';
	for (i = 0; i < 3; i++)
		if (strcasecmp(tmp + sign, words[i]) == 0)
			break;
	if (i == 3 && (tmp[strspn(tmp, "+-0123456789.eE")] != '\0'))
		return false;
	*f = strtod(tmp, &end);
	return *end == '\0' && end > tmp;
}

/* how: 1 to fail where there is no default. */
struct jv
jf_float(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	double f;

	if (jv_number(self, &f))
		return jv_float(f);
	if (self.kind == JV_UNDEF)
		return jv_undef_error(self);
	if (self.kind == JV_STR &&
	    parse_float(ju_strip(r, self.s, NULL, true, true), &f))
		return jv_float(f);
	if (c->how == 1)
		return JV_FAIL("could not convert %s to float", jv_type(self));
	return arg[0].kind != JV_MISSING ? arg[0] : jv_float(0);
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

static bool
prefixed(const char *p, int base)
{
	char x = (char)(p[1] | 0x20);

	return p[0] == '0' && ((base == 16 && x == 'x') ||
	    (base == 8 && x == 'o') || (base == 2 && x == 'b'));
}

/* Python's int() of a text: 1 and *out, 0 when it is none, -1 too big. */
static int
parse_int(const struct jstr *s, int base, int64_t *out)
{
	char tmp[400], *p = tmp;
	bool minus, under;

	if (s->n == 0 || s->n >= sizeof tmp)
		return 0;
	memcpy(tmp, s->p, s->n);
	tmp[s->n] = '\0';
	minus = *p == '-';
	p += *p == '-' || *p == '+';
	if (base == 0)
		base = prefixed(p, 16) ? 16
		    : prefixed(p, 8)   ? 8
		    : prefixed(p, 2)   ? 2
				       : 10;
	under = prefixed(p, base);
	p += under ? 2 : 0;
	*out = 0;
	if (*p == '\0')
		return 0;
	for (; p < tmp + s->n; p++) {
		if (*p == '_' && under) {
			under = false;
			if (p[1] == '\0')
				return 0;
			continue;
		}
		if (digit(*p) >= base)
			return 0;
		under = true;
		if (__builtin_mul_overflow(*out, base, out) ||
		    __builtin_sub_overflow(*out, digit(*p), out))
			return -1;
	}
	if (!minus && __builtin_sub_overflow(0, *out, out))
		return -1;
	return 1;
}

static struct jv
truncated(double f, struct jv otherwise)
{
	if (isnan(f) || isinf(f))
		return otherwise;
	if (fabs(f) >= 0x1p63)
		return JV_FAIL("integers beyond 64 bits are not supported");
	return jv_int((int64_t)f);
}

struct jv
jf_int(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	struct jv otherwise = arg[0].kind != JV_MISSING ? arg[0] : jv_int(0);
	int64_t i, base;
	struct jv v;
	double f;
	int got;

	(void)c;
	if (jarg_int(arg[1], 10, &base) < 0)
		return bad;
	if (self.kind == JV_BIG)
		return self;
	if (jv_integer(self, &i))
		return jv_int(i);
	if (jv_number(self, &f))
		return truncated(f, otherwise);
	if (self.kind == JV_UNDEF)
		return jv_undef_error(self);
	if (self.kind != JV_STR)
		return otherwise;
	if (base != 0 && (base < 2 || base > 36))
		return otherwise;
	v = jv_str(ju_strip(r, self.s, NULL, true, true));
	got = parse_int(v.s, (int)base, &i);
	if (got < 0)
		return JV_FAIL("integers beyond 64 bits are not supported");
	if (got > 0)
		return jv_int(i);
	return parse_float(v.s, &f) ? truncated(f, otherwise) : otherwise;
}

/* To the nearest multiple of 10^-digits; a tie goes to the even one. */
static double
round_float(double f, int64_t digits)
{
	char tmp[400], *e;
	int64_t exponent, keep;

	if (!isfinite(f) || digits > 323)
		return f;
	if (digits >= 0) {
		snprintf(tmp, sizeof tmp, "%.*f",
		    digits > 330 ? 330 : (int)digits, f);
		return strtod(tmp, NULL);
	}
	snprintf(tmp, sizeof tmp, "%.17e", f);
	e = strchr(tmp, 'e');
	exponent = strtol(e + 1, NULL, 10);
	keep = exponent + 1 + digits;
	if (keep < 0)
		return copysign(0, f);
	if (keep == 0)	/* all digits go: half of the next ten, or more? */
		return fabs(f) > 5 * pow(10, (double)exponent)
		    ? copysign(pow(10, (double)exponent + 1), f)
		    : copysign(0, f);
	snprintf(tmp, sizeof tmp, "%.*e", (int)keep - 1, f);
	return strtod(tmp, NULL);
}

static struct jv
round_int(int64_t i, int64_t digits)
{
	int64_t ten = 1, rest;

	if (digits >= 0)
		return jv_int(i);
	while (digits++ < 0)
		if (__builtin_mul_overflow(ten, 10, &ten))
			return jv_int(0);
	rest = i % ten;
	rest += rest < 0 ? ten : 0;
	i -= rest;
	if (rest > ten - rest || (rest == ten - rest && i / ten % 2 != 0))
		i += ten;
	return jv_int(i);
}

struct jv
jf_round(struct jrun *r, struct jv self, const struct jv *arg,
    const struct jcall *c)
{
	int64_t digits, i;
	double f, ten;

	(void)r;
	(void)c;
	if (jarg_int(arg[0], 0, &digits) < 0)
		return bad;
	if (self.kind == JV_UNDEF)
		return jv_undef_error(self);
	if (arg[1].kind == JV_MISSING || jv_is(arg[1], "common")) {
		if (jv_integer(self, &i))
			return round_int(i, digits);
		if (!jv_number(self, &f))
			return JV_FAIL("type %s doesn't define __round__ "
			    "method", jv_type(self));
		return jv_float(round_float(f, digits));
	}
	if (!jv_is(arg[1], "ceil") && !jv_is(arg[1], "floor"))
		return JV_FAIL("method must be common, ceil or floor");
	if (!jv_number(self, &f))
		return JV_FAIL("must be real number, not %s", jv_type(self));
	ten = pow(10, (double)digits);
	f = jv_is(arg[1], "ceil") ? ceil(f * ten) : floor(f * ten);
	return jv_float((f + 0.0) / ten);	/* no -0: an int in Python */
}
