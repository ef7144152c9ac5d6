#ifndef TOK_PROTOBUF_H
#define TOK_PROTOBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pull.h"

/*
 * protobuf - a reader of the wire format, as far as SentencePiece models use
 * it: varints, strings and nested messages, 32- and 64-bit numbers.
 *
 *	protobuf_init(&b, p, n);
 *	while (protobuf_field(&b))
 *		switch (b.field) {
 *		case 1: name = protobuf_bytes(&b); break;
 *		case 2: count = protobuf_int(&b); break;
 *		}
 *	if (b.bad)
 *		...
 *
 * A field that is not asked for is skipped; one of another wire type than the
 * one asked for is damage, and so is a length beyond the end.
 */
struct protobuf {
	const unsigned char *p, *end;
	uint32_t field;
	unsigned wire;
	bool unread;		/* the field's value is still to come */
	bool bad;
};
void protobuf_init(struct protobuf *b, const void *p, size_t n);
bool protobuf_field(struct protobuf *b);

int64_t protobuf_int(struct protobuf *b);
float protobuf_float(struct protobuf *b);
struct slice protobuf_bytes(struct protobuf *b);

#endif
