/*
 * lanes - row operations on sixteen lanes; included once by each vector set.
 *
 * What ref.c says, with the same operations in the same order.  The set has
 * defined struct lanes (LANES floats) and its v_ functions: v_set, v_load,
 * v_store, v_load_n and v_store_n (the first n lanes; others read as 0),
 * v_keep (the first n lanes of a, the others of b), v_add, v_sub, v_mul,
 * v_div, v_fma(a, b, c) = a * b + c, v_max and v_min (a > b ? a : b and so
 * on, which hands on a NaN in b), v_abs, v_sign (a with the sign of b),
 * v_pow2 (bits << 23), v_pow2_half and v_pow2_rest (the factors that op_exp
 * has), v_sum and v_top (of all lanes, by the tree).
 */
static inline struct lanes
v_horner(struct lanes p, struct lanes x, float c)
{
	return v_fma(p, x, v_set(c));
}

static inline struct lanes
v_exp_tail(struct lanes r)
{
	struct lanes p = v_set(EXP4);

	p = v_horner(p, r, EXP3);
	p = v_horner(p, r, EXP2);
	p = v_horner(p, r, EXP1);
	p = v_horner(p, r, EXP0);
	return v_fma(p, v_mul(r, r), r);
}

static inline struct lanes
v_reduce(struct lanes x, struct lanes n)
{
	return v_fma(n, v_set(-LN2_LO), v_fma(n, v_set(-LN2_HI), x));
}

static inline struct lanes
v_exp(struct lanes x)
{
	struct lanes t, p;

	x = v_min(v_set(EXP_MAX), v_max(v_set(EXP_MIN), x));
	t = v_fma(x, v_set(LOG2_E), v_set(ROUND2));
	p = v_exp_tail(v_reduce(x, v_sub(t, v_set(ROUND2))));
	p = v_add(v_set(1.0f), p);
	return v_mul(v_mul(p, v_pow2_half(t)), v_pow2_rest(t));
}

static inline struct lanes
v_normal_tail(struct lanes x)
{
	struct lanes s = v_mul(x, x), n = v_set(TAIL_N4), d = v_set(TAIL_D5);
	struct lanes rest = v_fma(x, x, v_sub(v_set(-0.0f), s));
	struct lanes t = v_fma(s, v_set(-0.5f * LOG2_E), v_set(ROUND1));
	struct lanes r =
	    v_reduce(v_mul(v_set(-0.5f), s), v_sub(t, v_set(ROUND1)));

	r = v_fma(rest, v_set(-0.5f), r);
	n = v_horner(n, x, TAIL_N3);
	n = v_horner(n, x, TAIL_N2);
	n = v_horner(n, x, TAIL_N1);
	n = v_horner(n, x, TAIL_N0);
	d = v_horner(d, x, TAIL_D4);
	d = v_horner(d, x, TAIL_D3);
	d = v_horner(d, x, TAIL_D2);
	d = v_horner(d, x, TAIL_D1);
	d = v_horner(d, x, TAIL_D0);
	n = v_fma(v_exp_tail(r), n, n);
	return v_div(v_mul(n, v_pow2(t)), d);
}

static inline struct lanes
v_gelu(struct lanes x)
{
	struct lanes a = v_min(v_set(TAIL_MAX), v_abs(x));

	return v_fma(
	    v_sub(v_set(-0.0f), a), v_normal_tail(a), v_max(v_set(0.0f), x));
}

static inline struct lanes
v_tanh(struct lanes x)
{
	struct lanes a = v_min(v_set(TANH_MAX), v_abs(x)), t, s, e;

	a = v_mul(v_set(2.0f), a);
	t = v_fma(a, v_set(LOG2_E), v_set(ROUND1));
	s = v_pow2(t);
	e = v_exp_tail(v_reduce(a, v_sub(t, v_set(ROUND1))));
	e = v_fma(s, e, v_sub(s, v_set(1.0f)));
	return v_sign(v_div(e, v_add(e, v_set(2.0f))), x);
}

static inline struct lanes
v_sigmoid(struct lanes x)
{
	struct lanes e = v_exp(v_sub(v_set(-0.0f), x));

	return v_div(v_set(1.0f), v_add(v_set(1.0f), e));
}

static inline struct lanes
v_gelu_new(struct lanes x)
{
	struct lanes c = v_mul(v_set(GELU_CUBE), v_mul(x, x));

	return v_mul(x, v_sigmoid(v_mul(v_set(GELU_SLOPE), v_fma(c, x, x))));
}

static inline struct lanes
v_act(enum act a, struct lanes x)
{
	switch (a) {
	case ACT_NONE:
		break;
	case ACT_GELU:
		return v_gelu(x);
	case ACT_GELU_NEW:
		return v_gelu_new(x);
	case ACT_QUICK_GELU:
		return v_mul(x, v_sigmoid(v_mul(v_set(QUICK_SLOPE), x)));
	case ACT_RELU:
		return v_max(v_set(0.0f), x);
	case ACT_SILU:
		return v_mul(x, v_sigmoid(x));
	case ACT_TANH:
		return v_tanh(x);
	case ACT_SIGMOID:
		return v_sigmoid(x);
	}
	return x;
}

/* The lanes of x[i..n), of which there may be fewer than LANES. */
static inline struct lanes
v_get(const float *x, size_t i, size_t n)
{
	return n - i >= LANES ? v_load(x + i) : v_load_n(x + i, n - i);
}

static inline void
v_put(float *x, size_t i, size_t n, struct lanes v)
{
	if (n - i >= LANES)
		v_store(x + i, v);
	else
		v_store_n(x + i, n - i, v);
}

static inline struct lanes
v_trim(struct lanes v, size_t i, size_t n, float other)
{
	return n - i >= LANES ? v : v_keep(v, n - i, v_set(other));
}

static void
set_act(enum act a, float *x, size_t n)
{
	size_t i;

	for (i = 0; i < n; i += LANES)
		v_put(x, i, n, v_act(a, v_get(x, i, n)));
}

/* Columns j.. of row r. */
static inline void
finish_lanes(const struct finish *f, size_t r, size_t j)
{
	const struct epilogue *e = &f->e;
	struct lanes v = v_load(f->c + j / LANES * f->cstride + r * f->ldc);

	if (e->bias != NULL)
		v = v_add(v, v_get(e->bias, j, f->n));
	v = v_act(e->act, v);
	if (e->residual != NULL)
		v = v_add(v, v_get(e->residual + r * e->ld_residual, j, f->n));
	v_put(f->y + r * f->ldy, j, f->n, v);
}

static void
set_finish(const struct finish *f)
{
	size_t r, j;

	for (r = 0; r < f->m; r++)
		for (j = 0; j < f->n; j += LANES)
			finish_lanes(f, r, j);
}

static inline float
row_sum(const float *x, size_t n)
{
	struct lanes s = v_set(0.0f);
	size_t i;

	for (i = 0; i < n; i += LANES)
		s = v_add(s, v_get(x, i, n));
	return v_sum(s);
}

/* of (x - a)^2 */
static inline float
row_squares(const float *x, size_t n, float a)
{
	struct lanes s = v_set(0.0f), d;
	size_t i;

	for (i = 0; i < n; i += LANES) {
		d = v_sub(v_get(x, i, n), v_set(a));
		d = v_trim(d, i, n, 0.0f);
		s = v_fma(d, d, s);
	}
	return v_sum(s);
}

static inline float
row_top(const float *x, size_t n)
{
	struct lanes m = v_set(-INFINITY);
	size_t i;

	for (i = 0; i < n; i += LANES)
		m = v_max(m, v_trim(v_get(x, i, n), i, n, -INFINITY));
	return v_top(m);
}

static void
set_layer_norm(const float *x, size_t n, const float *w, const float *b,
    float eps, float *y)
{
	float mean = row_sum(x, n) / (float)n;
	float var = row_squares(x, n, mean) / (float)n;
	float s = 1.0f / sqrtf(var + eps);
	struct lanes v;
	size_t i;

	for (i = 0; i < n; i += LANES) {
		v = v_sub(v_get(x, i, n), v_set(mean));
		v = v_mul(v, v_set(s));
		v = b != NULL ? v_fma(v, v_get(w, i, n), v_get(b, i, n))
			      : v_mul(v, v_get(w, i, n));
		v_put(y, i, n, v);
	}
}

static void
set_rms_norm(const float *x, size_t n, const float *w, float eps, float *y)
{
	float s = 1.0f / sqrtf(row_squares(x, n, 0.0f) / (float)n + eps);
	size_t i;

	for (i = 0; i < n; i += LANES)
		v_put(y, i, n,
		    v_mul(v_mul(v_get(x, i, n), v_set(s)), v_get(w, i, n)));
}

/* x = exp(x - max); the sum */
static inline float
row_exp(float *x, size_t n, float max)
{
	struct lanes s = v_set(0.0f), e;
	size_t i;

	for (i = 0; i < n; i += LANES) {
		e = v_exp(v_sub(v_get(x, i, n), v_set(max)));
		v_put(x, i, n, e);
		s = v_add(s, v_trim(e, i, n, 0.0f));
	}
	return v_sum(s);
}

static void
set_scale(const float *x, size_t n, float a, float *y)
{
	size_t i;

	for (i = 0; i < n; i += LANES)
		v_put(y, i, n, v_mul(v_set(a), v_get(x, i, n)));
}

static void
set_blend(const float *x, size_t n, float a, float *y)
{
	size_t i;

	for (i = 0; i < n; i += LANES)
		v_put(y, i, n, v_fma(v_get(y, i, n), v_set(a), v_get(x, i, n)));
}

static void
set_divide(const float *x, size_t n, float a, float *y)
{
	size_t i;

	for (i = 0; i < n; i += LANES)
		v_put(y, i, n, v_div(v_get(x, i, n), v_set(a)));
}

static void
set_softmax(float *x, size_t n)
{
	set_divide(x, n, row_exp(x, n, row_top(x, n)), x);
}

static void
set_l2_normalize(float *x, size_t n, float eps)
{
	float norm = sqrtf(row_squares(x, n, 0.0f));

	set_divide(x, n, eps > norm ? eps : norm, x);
}

static float
set_soften(struct soft *s, float *score, size_t n)
{
	float m = row_top(score, n), shrink[LANES];

	m = s->max > m ? s->max : m;
	v_store(shrink, v_exp(v_set(s->max - m)));
	s->sum = fmaf(s->sum, shrink[0], row_exp(score, n, m));
	s->max = m;
	return shrink[0];
}
