#include "tok/protobuf.h"

#include <string.h>

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

void
protobuf_init(struct protobuf *b, const void *p, size_t n)
{
	*b = (struct protobuf){ .p = p, .end = (const unsigned char *)p + n };
}

static uint64_t
varint(struct protobuf *b)
{
	uint64_t v = 0;
	int shift;

	for (shift = 0; shift < 64 && b->p < b->end; shift += 7) {
		v |= (uint64_t)(*b->p & 0x7f) << shift;
		if ((*b->p++ & 0x80) == 0)
			return v;
	}
	b->bad = true;
	return 0;
}

/* The next n bytes, or NULL. */
static const unsigned char *
take(struct protobuf *b, uint64_t n)
{
	const unsigned char *p = b->p;

	if (b->bad || n > (uint64_t)(b->end - b->p)) {
		b->bad = true;
		return NULL;
	}
	b->p += n;
	return p;
}

static void
skip(struct protobuf *b)
{
	switch (b->wire) {
	case VARINT:
		varint(b);
		break;
	case FIXED64:
		take(b, 8);
		break;
	case BYTES:
		take(b, varint(b));
		break;
	case FIXED32:
		take(b, 4);
		break;
	default:
		b->bad = true;
	}
}

bool
protobuf_field(struct protobuf *b)
{
	uint64_t key;

	if (b->unread)
		skip(b);
	b->unread = false;
	if (b->bad || b->p == b->end)
		return false;
	key = varint(b);
	if (key >> 3 == 0 || key >> 3 > UINT32_MAX)
		b->bad = true;
	b->field = (uint32_t)(key >> 3);
	b->wire = key & 7;
	b->unread = true;
	return !b->bad;
}

static bool
is(struct protobuf *b, unsigned wire)
{
	b->unread = false;
	if (b->wire != wire)
		b->bad = true;
	return !b->bad;
}

int64_t
protobuf_int(struct protobuf *b)
{
	return is(b, VARINT) ? (int64_t)varint(b) : 0;
}

float
protobuf_float(struct protobuf *b)
{
	const unsigned char *p = is(b, FIXED32) ? take(b, 4) : NULL;
	uint32_t bits;
	float v;

	if (p == NULL)
		return 0;
	bits = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
	memcpy(&v, &bits, 4);
	return v;
}

struct slice
protobuf_bytes(struct protobuf *b)
{
	uint64_t n = is(b, BYTES) ? varint(b) : 0;
	const unsigned char *p = take(b, n);

	return p == NULL ? (struct slice){ "", 0 }
			 : (struct slice){ (const char *)p, n };
}
