/*
 * tile - products by register tiles; included once by each vector set.
 *
 * A tile is R rows of x by C vectors of columns, one accumulator in a
 * register each.  The macros name every accumulator, because gcc 12 writes an
 * array of them back to the stack in every step.
 *
 * The set has defined WIDTH (floats in a vector), VEC and vec_zero, vec_load,
 * vec_store, vec_fill (one float everywhere), vec_add and vec_fma.
 */
#define PER (LANES / WIDTH)	/* vectors to a panel */

#define EACH1(X, r) X(0, r)
#define EACH2(X, r) X(0, r) X(1, r)
#define EACH4(X, r) EACH2(X, r) X(2, r) X(3, r)
#define EACH8(X, r) EACH4(X, r) X(4, r) X(5, r) X(6, r) X(7, r)

#define ROWS1(X, C) X(0, C)
#define ROWS2(X, C) ROWS1(X, C) X(1, C)
#define ROWS3(X, C) ROWS2(X, C) X(2, C)
#define ROWS4(X, C) ROWS3(X, C) X(3, C)
#define ROWS5(X, C) ROWS4(X, C) X(4, C)
#define ROWS6(X, C) ROWS5(X, C) X(5, C)
#define ROWS7(X, C) ROWS6(X, C) X(6, C)
#define ROWS8(X, C) ROWS7(X, C) X(7, C)
#define ROWS9(X, C) ROWS8(X, C) X(8, C)
#define ROWS10(X, C) ROWS9(X, C) X(9, C)
#define ROWS11(X, C) ROWS10(X, C) X(10, C)
#define ROWS12(X, C) ROWS11(X, C) X(11, C)

#define AT(c, stride) ((c) / PER * (stride) + (c) % PER * WIDTH)

#define DECLARE1(c, r) VEC sum##r##_##c = vec_zero();
#define DECLARE(r, C) \
	const float *x##r = x + r * t->ldx; \
	EACH##C(DECLARE1, r)

#define LOAD1(c, r) VEC b##c = vec_load(b + AT(c, t->bstride));
#define STEP1(c, r) sum##r##_##c = vec_fma(v, b##c, sum##r##_##c);
#define STEP(r, C) \
	v = vec_fill(x##r[i]); \
	EACH##C(STEP1, r)

#define ADD1(c, r) \
	sum##r##_##c = vec_add(vec_load(to##r + AT(c, t->cstride)), \
	    sum##r##_##c);
#define ADD(r, C) EACH##C(ADD1, r)
#define TO(r, C) float *to##r = c + r * t->ldc;
#define STORE1(c, r) vec_store(to##r + AT(c, t->cstride), sum##r##_##c);
#define STORE(r, C) EACH##C(STORE1, r)

#define TILE(R, C) \
static void \
tile##R##x##C(const struct tiles *t, const float *x, const float *b, float *c) \
{ \
	ROWS##R(DECLARE, C) \
	size_t i; \
\
	for (i = 0; i < t->k; i++, b += LANES) { \
		EACH##C(LOAD1, 0) \
		VEC v; \
		ROWS##R(STEP, C) \
	} \
	ROWS##R(TO, C) \
	if (t->add) { \
		ROWS##R(ADD, C) \
	} \
	ROWS##R(STORE, C) \
}

/* Tiles of this many rows: the wide one spans several panels, narrow one. */
struct tile {
	size_t panels;
	void (*wide)(const struct tiles *t, const float *x, const float *b,
	    float *c);
	void (*narrow)(const struct tiles *t, const float *x, const float *b,
	    float *c);
};

/*
 * Bring into the second cache what falls to these of the t->m rows of the
 * panels after panel p.  Inline always: a function that does nothing but
 * prefetch is pure to gcc 12, which drops the calls.
 */
ALWAYS_INLINE void
fetch(const struct tiles *t, size_t p, size_t step, size_t row, size_t rows)
{
	size_t from = t->k * row / t->m, to = t->k * (row + rows) / t->m, i;
	const float *b;

	for (p += step; step > 0 && p < t->panels; step--, p++)
		for (b = t->b + p * t->bstride, i = from; i < to; i++)
			__builtin_prefetch(b + i * LANES, 0, 2);
}

/* The same for the rows of x that come next: the first panel waits for them. */
ALWAYS_INLINE void
fetch_rows(const struct tiles *t, size_t from, size_t rows)
{
	const float *x = t->x + from * t->ldx;
	size_t i;

	for (; rows > 0 && from < t->m; rows--, from++, x += t->ldx)
		for (i = 0; i < t->k; i += 16)
			__builtin_prefetch(x + i, 0, 2);
}

/* The same for what falls to these of the panels and rows of t->soon. */
ALWAYS_INLINE void
fetch_soon(const struct tiles *t, size_t p, size_t step, size_t row,
    size_t rows)
{
	size_t from = t->n_soon * p / t->panels;
	size_t to = t->n_soon * (p + step) / t->panels, i;
	const float *at = t->soon + row * t->ld_soon;

	for (; rows > 0; rows--, at += t->ld_soon)
		for (i = from; i < to; i += 16)
			__builtin_prefetch(at + i, 0, 2);
}

/*
 * How many of the rows left the next tiles take, and the height of these: full
 * ones, but the last two share evenly, because tiles of few rows wait for
 * their panel.
 */
static inline size_t
cut(size_t left, size_t full, size_t *height)
{
	*height = full;
	if (left % full == 0)
		return left;
	if (left > 2 * full)
		return (left / full - 1) * full;
	*height = left < full ? left : (left + 1) / 2;
	return left / *height * *height;
}

/*
 * kind[r] is for r rows; kind[rows] is used for as many as fit.  The full tiles
 * share a panel while it is in the first cache.
 */
static inline void
tiles_by(const struct tiles *t, const struct tile *kind, size_t rows)
{
	size_t p, r, n, i, step, height;

	for (r = 0; r < t->m; r += n) {
		n = cut(t->m - r, rows, &height);
		for (p = 0; p < t->panels; p += step) {
			const struct tile *k = &kind[height];
			bool fits = t->panels - p >= k->panels;
			const float *b = t->b + p * t->bstride;
			float *c = t->c + p * t->cstride;

			step = fits ? k->panels : 1;
			for (i = r; i < r + n; i += height) {
				if (height == rows) {
					fetch(t, p, step, i, height);
					fetch_soon(t, p, step, i, height);
				}
				if (p == 0 && !t->add)
					fetch_rows(t, i + height, height);
				(fits ? k->wide : k->narrow)(t,
				    t->x + i * t->ldx, b, c + i * t->ldc);
			}
		}
	}
}
