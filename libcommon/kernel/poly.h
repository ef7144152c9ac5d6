#ifndef POLY_H
#define POLY_H

/*
 * poly - the constants of the house's functions.
 *
 * Polynomials are minimax in the relative error of the function that they
 * serve, fitted with 40 digits and rounded to f32; lowest power first.
 */

/* exp(r) = 1 + r + r^2 P(r), |r| <= ln(2) / 2; to 3e-9 */
#define EXP0 0x1p-1f
#define EXP1 0x1.55548ep-3f
#define EXP2 0x1.55545ep-5f
#define EXP3 0x1.123b96p-7f
#define EXP4 0x1.6db47ep-10f

#define EXP_MIN -105.0f		/* exp is 0 below */
#define EXP_MAX 89.0f		/* and infinite above */
#define LOG2_E 0x1.715476p+0f
#define LN2_HI 0x1.62e4p-1f	/* n times it is exact */
#define LN2_LO 0x1.7f7d1cp-20f

/*
 * x + ROUND leaves in a float's low bits the integer nearest to x plus the
 * exponent's bias; or plus twice that, for 2^n beyond what one float holds.
 */
#define ROUND1 (0x1.8p23f + 127)
#define ROUND2 (0x1.8p23f + 254)

/*
 * The normal distribution's tail: Phi(-x) = exp(-x^2 / 2) N(x) / D(x),
 * 0 <= x <= TAIL_MAX, from where on it counts as 0; to 1e-8.
 */
#define TAIL_MAX 13.25f
#define TAIL_N0 0x1p-1f
#define TAIL_N1 0x1.be2472p-2f
#define TAIL_N2 0x1.7350c6p-3f
#define TAIL_N3 0x1.478c94p-5f
#define TAIL_N4 0x1.077734p-8f
#define TAIL_D0 1.0f
#define TAIL_D1 0x1.ab5468p+0f
#define TAIL_D2 0x1.31c9a0p+0f
#define TAIL_D3 0x1.db8648p-2f
#define TAIL_D4 0x1.9a8d5ap-4f
#define TAIL_D5 0x1.4a3356p-7f

/* erf(x) = x + x P(x^2), |x| <= ERF_NEAR; to 2e-10 */
#define ERF_NEAR 0.86f
#define ERF0 0x1.06eba8p-3f
#define ERF1 -0x1.812746p-2f
#define ERF2 0x1.ce2e9cp-4f
#define ERF3 -0x1.b81bfep-6f
#define ERF4 0x1.555502p-8f
#define ERF5 -0x1.af8dfap-11f
#define ERF6 0x1.6febc0p-14f

/* log(1 + f) = f + f^2 P(f), sqrt(1/2) <= 1 + f < sqrt(2); to 4e-9 */
#define LOG0 -0x1.fffff8p-2f
#define LOG1 0x1.555550p-2f
#define LOG2 -0x1.000428p-2f
#define LOG3 0x1.99a402p-3f
#define LOG4 -0x1.542748p-3f
#define LOG5 0x1.227096p-3f
#define LOG6 -0x1.0f376cp-3f
#define LOG7 0x1.084e38p-3f
#define LOG8 -0x1.383dd4p-4f

/* tanh is 1 from here on */
#define TANH_MAX 9.02f

/* gelu_new(x) = x * sigmoid(2 sqrt(2 / pi) (x + 0.044715 x^3)) */
#define GELU_CUBE 0.044715f
#define GELU_SLOPE 1.5957691216f
#define QUICK_SLOPE 1.702f

#endif
