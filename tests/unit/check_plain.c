#include "hub/plain.h"

#include <string.h>

#include "unit.h"

static void
is(struct buf *b, const char *want)
{
	ck_assert_str_eq(b->p, want);
	buf_free(b);
}

START_TEST(a_field_is_one_harmless_line)
{
	static const char bad[] = "a\tb\nc\r\x1b[31m\x7f\0z";
	struct buf b = { 0 };

	plain_field(&b, bad, sizeof bad - 1);
	is(&b, "a\\x09b\\x0ac\\x0d\\x1b[31m\\x7f\\x00z");
	plain_field(&b, "", 0);
	plain_field(&b, "é 日本 🤗", strlen("é 日本 🤗"));
	is(&b, "é 日本 🤗");
}
END_TEST

/* U+0085, U+009B, U+202E, U+2066, U+200F, U+2028, U+FFF9, U+E0041 */
START_TEST(c1_and_bidi_controls_are_spelled_out)
{
	static const char bad[] = "\xc2\x85.\xc2\x9b.\xe2\x80\xae."
	    "\xe2\x81\xa6.\xe2\x80\x8f.\xe2\x80\xa8.\xef\xbf\xb9."
	    "\xf3\xa0\x81\x81";
	struct buf b = { 0 };

	plain_text(&b, bad, sizeof bad - 1);
	is(&b, "\\xc2\\x85.\\xc2\\x9b.\\xe2\\x80\\xae.\\xe2\\x81\\xa6."
	    "\\xe2\\x80\\x8f.\\xe2\\x80\\xa8.\\xef\\xbf\\xb9."
	    "\\xf3\\xa0\\x81\\x81");
}
END_TEST

START_TEST(invalid_utf8_is_spelled_out)
{
	struct buf b = { 0 };

	plain_text(&b, "a\x9b\xff\xc0\x80\xed\xa0\x80z", 9);
	is(&b, "a\\x9b\\xff\\xc0\\x80\\xed\\xa0\\x80z");
	plain_text(&b, "\xe2\x80", 2);
	is(&b, "\\xe2\\x80");
}
END_TEST

START_TEST(a_text_keeps_its_lines)
{
	struct buf b = { 0 };

	plain_text(&b, "a\r\n\tb\nc\rd\r", 10);
	is(&b, "a\n\tb\nc\\x0dd\\x0d");
}
END_TEST

START_TEST(json_stays_json)
{
	static const char in[] = "{\"a\xc2\x9b\":\"\xe2\x80\xae\x7f"
	    "\xf3\xa0\x81\x81\xff\"}";
	struct buf b = { 0 };

	plain_json(&b, in, sizeof in - 1);
	is(&b, "{\"a\\u009b\":\"\\u202e\\u007f\\udb40\\udc41\\ufffd\"}");
}
END_TEST

UNIT_MAIN("plain", a_field_is_one_harmless_line,
    c1_and_bidi_controls_are_spelled_out, invalid_utf8_is_spelled_out,
    a_text_keeps_its_lines, json_stays_json)
