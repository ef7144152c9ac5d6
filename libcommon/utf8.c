#include "utf8.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool
tail(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

int
utf8_decode(const char *s, size_t n, uint32_t *c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char b;
	uint32_t v;
	int i, len;

	if (n == 0)
		return 0;
	b = (unsigned char)s[0];
	if (b < 0x80) {
		*c = b;
		return 1;
	}
	len = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : 2;
	if (b < 0xc2 || b > 0xf4 || (size_t)len > n)
		return 0;
	v = b & (0x7fu >> len);
	for (i = 1; i < len; i++) {
		if (!tail(s[i]))
			return 0;
		v = v << 6 | ((unsigned char)s[i] & 0x3f);
	}
	if (v < least[len] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
		return 0;
	*c = v;
	return len;
}

int
utf8_encode(uint32_t c, char *out)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

size_t
utf8_valid(const char *s, size_t n)
{
	size_t i = 0;
	uint64_t w;
	uint32_t c;
	int len;

	while (i < n) {
		if (n - i >= 8) {
			memcpy(&w, s + i, 8);
			if ((w & 0x8080808080808080u) == 0) {
				i += 8;
				continue;
			}
		}
		len = utf8_decode(s + i, n - i, &c);
		if (len == 0)
			return i;
		i += (size_t)len;
	}
	return n;
}

size_t
utf8_count(const char *s, size_t n)
{
	size_t i, count = 0;

	for (i = 0; i < n; i++)
		count += !tail(s[i]);
	return count;
}

size_t
utf8_printable(char *out, size_t room, const char *s, size_t n)
{
	size_t i = 0, o = 0;
	uint32_t c;
	int len;

	while (i < n) {
		len = utf8_decode(s + i, n - i, &c);
		if (len == 0 || c < 0x20 || (c >= 0x7f && c < 0xa0)) {
			if (room - o < 5)
				break;
			o += (size_t)snprintf(out + o, 5, "\\x%02x",
			    (unsigned)(unsigned char)s[i]);
			i++;
			continue;
		}
		if (room - o < (size_t)len + 1)
			break;
		memcpy(out + o, s + i, (size_t)len);
		o += (size_t)len;
		i += (size_t)len;
	}
	return o;
}
