#include "npy.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

#include "err.h"
#include "util.h"

enum { MAGIC = 10, ALIGN = 64, GROWTH = 21 };

static const char *const descr[DT_COUNT] = {
	[DT_BOOL] = "|b1",
	[DT_U8] = "|u1",
	[DT_I8] = "|i1",
	[DT_F8_E5M2] = "<f4",
	[DT_F8_E4M3] = "<f4",
	[DT_I16] = "<i2",
	[DT_U16] = "<u2",
	[DT_F16] = "<f2",
	[DT_BF16] = "<f4",
	[DT_I32] = "<i4",
	[DT_U32] = "<u4",
	[DT_F32] = "<f4",
	[DT_F64] = "<f8",
	[DT_I64] = "<i8",
	[DT_U64] = "<u8",
};

/*
 * The spaces are NumPy's own: first as many as a longer first dimension would
 * take (GROWTH_AXIS_MAX_DIGITS), then up to the alignment, at least one.
 */
size_t
npy_header(char out[NPY_HEADER_MAX], enum dtype d, int rank,
    const size_t *dim)
{
	size_t room = NPY_HEADER_MAX, n = MAGIC, grow = 0;
	int i;

	n += (size_t)snprintf(out + n, room - n,
	    "{'descr': '%s', 'fortran_order': False, 'shape': (", descr[d]);
	for (i = 0; i < rank; i++)
		n += (size_t)snprintf(out + n, room - n, "%s%zu",
		    i ? ", " : "", dim[i]);
	n += (size_t)snprintf(out + n, room - n, "%s), }",
	    rank == 1 ? "," : "");
	if (rank > 0)
		grow = GROWTH - (size_t)snprintf(NULL, 0, "%zu", dim[0]);
	n += grow;
	n = (n + 1) / ALIGN * ALIGN + ALIGN;
	for (i = (int)strlen(out + MAGIC) + MAGIC; i < (int)n - 1; i++)
		out[i] = ' ';
	out[n - 1] = '\n';
	memcpy(out, "\x93NUMPY\1\0", 8);
	out[8] = (char)((n - MAGIC) & 0xff);
	out[9] = (char)((n - MAGIC) >> 8);
	return n;
}

static bool
widened(enum dtype d)
{
	return d == DT_BF16 || d == DT_F8_E4M3 || d == DT_F8_E5M2;
}

static int
write_widened(int fd, const struct tensor *t)
{
	enum { PIECE = 4096 };
	float piece[PIECE];
	size_t i, n, count = tensor_count(t);

	for (i = 0; i < count; i += n) {
		n = count - i < PIECE ? count - i : PIECE;
		tensor_f32(t, i, n, piece);
		if (write_all(fd, piece, n * sizeof *piece) < 0)
			return -1;
	}
	return 0;
}

int
npy_write(int fd, const struct tensor *t)
{
	char head[NPY_HEADER_MAX];
	size_t n = npy_header(head, t->dtype, t->rank, t->dim);
	struct iovec v[2] = { { head, n }, { t->data, t->bytes } };

	if (!widened(t->dtype))
		return writev_all(fd, v, 2);
	if (write_all(fd, head, n) < 0)
		return -1;
	return write_widened(fd, t);
}
