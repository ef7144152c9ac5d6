#include "unit.h"

#include <string.h>

#include "utf8.h"

START_TEST(every_code_point_survives)
{
	char s[4];
	uint32_t c, d;
	int n;

	for (c = 0; c < 0x110000; c++) {
		n = utf8_encode(c, s);
		ck_assert_int_eq(n, c < 0x80 ? 1 : c < 0x800 ? 2
		    : c < 0x10000	     ? 3
					     : 4);
		if (c >= 0xd800 && c < 0xe000) {
			ck_assert_int_eq(utf8_decode(s, 4, &d), 0);
			continue;
		}
		ck_assert_int_eq(utf8_decode(s, (size_t)n, &d), n);
		ck_assert_uint_eq(d, c);
		ck_assert_int_eq(utf8_decode(s, (size_t)n - 1, &d), 0);
	}
}
END_TEST

/* Table 3-7 of the Unicode Standard: ranges of the first bytes. */
static int
by_table(const unsigned char *s)
{
	static const struct {
		unsigned char b[4][2];
		int n;
	} rows[] = {
		{ { { 0x00, 0x7f } }, 1 },
		{ { { 0xc2, 0xdf }, { 0x80, 0xbf } }, 2 },
		{ { { 0xe0, 0xe0 }, { 0xa0, 0xbf }, { 0x80, 0xbf } }, 3 },
		{ { { 0xe1, 0xec }, { 0x80, 0xbf }, { 0x80, 0xbf } }, 3 },
		{ { { 0xed, 0xed }, { 0x80, 0x9f }, { 0x80, 0xbf } }, 3 },
		{ { { 0xee, 0xef }, { 0x80, 0xbf }, { 0x80, 0xbf } }, 3 },
		{ { { 0xf0, 0xf0 }, { 0x90, 0xbf }, { 0x80, 0xbf },
		      { 0x80, 0xbf } }, 4 },
		{ { { 0xf1, 0xf3 }, { 0x80, 0xbf }, { 0x80, 0xbf },
		      { 0x80, 0xbf } }, 4 },
		{ { { 0xf4, 0xf4 }, { 0x80, 0x8f }, { 0x80, 0xbf },
		      { 0x80, 0xbf } }, 4 },
	};
	size_t r;
	int i;

	for (r = 0; r < sizeof rows / sizeof *rows; r++) {
		for (i = 0; i < rows[r].n; i++)
			if (s[i] < rows[r].b[i][0] || s[i] > rows[r].b[i][1])
				break;
		if (i == rows[r].n)
			return i;
	}
	return 0;
}

START_TEST(what_is_valid_is_what_the_standards_table_says)
{
	static const unsigned char last[] = { 0, 0x7f, 0x80, 0xbf, 0xc0, 0xff };
	unsigned char s[4];
	uint32_t i, c;
	size_t k;

	for (i = 0; i < 1 << 24; i++)
		for (k = 0; k < (i < 0xf00000 ? 1 : sizeof last); k++) {
			s[0] = (unsigned char)(i >> 16);
			s[1] = (unsigned char)(i >> 8);
			s[2] = (unsigned char)i;
			s[3] = last[k];
			if (utf8_decode((char *)s, 4, &c) != by_table(s))
				ck_abort_msg("%02x %02x %02x %02x", s[0], s[1],
				    s[2], s[3]);
		}
}
END_TEST

START_TEST(the_first_invalid_byte_is_found)
{
	static const char s[] = "plain text, na\xc3\xafve \xf0\x9f\x98\x80.....";
	size_t i, n = sizeof s - 1;
	char t[sizeof s];

	ck_assert_uint_eq(utf8_valid(s, n), n);
	ck_assert_uint_eq(utf8_valid(s, 0), 0);
	ck_assert_uint_eq(utf8_count(s, n), n - 4);
	for (i = 0; i < n; i++) {
		memcpy(t, s, sizeof s);
		t[i] = (char)0xff;
		/* In a character, it is its first byte that is invalid. */
		ck_assert_uint_eq(utf8_valid(t, n), i == 15 ? 14
		    : i > 19 && i < 23			    ? 19
							    : i);
	}
	ck_assert_uint_eq(utf8_valid(s, 15), 14);
}
END_TEST

START_TEST(what_is_not_printable_is_escaped)
{
	static const char s[] = "a\x1b[\n\x7f\xc2\x9b\xff\xc3\xaf";
	static const char want[] =
	    "a\\x1b[\\x0a\\x7f\\xc2\\x9b\\xff\xc3\xaf";
	char out[64];
	size_t n, room;

	n = utf8_printable(out, sizeof out, s, sizeof s - 1);
	ck_assert_uint_eq(n, sizeof want - 1);
	ck_assert(memcmp(out, want, n) == 0);
	for (room = 0; room < sizeof out; room++) {
		memset(out, '#', sizeof out);
		n = utf8_printable(out, room, s, sizeof s - 1);
		ck_assert(n <= room && memcmp(out, want, n) == 0);
		ck_assert(room == sizeof out || out[room] == '#');
	}
}
END_TEST

UNIT_MAIN("utf8", every_code_point_survives,
    what_is_valid_is_what_the_standards_table_says,
    the_first_invalid_byte_is_found, what_is_not_printable_is_escaped)
