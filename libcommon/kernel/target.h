#ifndef TARGET_H
#define TARGET_H

/*
 * target - compile the rest of this file for more than the compiler assumes.
 *
 *	TARGET_BEGIN("avx2,fma,f16c")
 *	...
 *	TARGET_END
 *
 * gcc takes a pragma; clang ignores that one and takes an attribute, which
 * must come after immintrin.h.
 */
#define PRAGMA(x) _Pragma(#x)

#if defined __clang__
#define TARGET_BEGIN(isa) \
	PRAGMA(clang attribute push(__attribute__((target(isa))), \
	    apply_to = function))
#define TARGET_END PRAGMA(clang attribute pop)
#else
#define TARGET_BEGIN(isa) \
	PRAGMA(GCC push_options) \
	PRAGMA(GCC target(isa))
#define TARGET_END PRAGMA(GCC pop_options)
#endif

#define ALWAYS_INLINE static inline __attribute__((always_inline))

#endif
