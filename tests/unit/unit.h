#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <stdlib.h>

#undef fail	/* ours, not the old name of ck_abort_msg() */

/*
 * One program a module: START_TEST blocks named as sentences, then
 * UNIT_MAIN("module", first_test, second_test, ...)
 */
#define UNIT_MAIN(module, ...)                                                \
	int main(void)                                                        \
	{                                                                     \
		const TTest *list[] = { __VA_ARGS__ };                        \
		Suite *s = suite_create(module);                              \
		TCase *c = tcase_create(module);                              \
		SRunner *r;                                                   \
		size_t i;                                                     \
		int failed;                                                   \
                                                                              \
		tcase_set_timeout(c, 120);                                    \
		for (i = 0; i < sizeof list / sizeof *list; i++)              \
			tcase_add_test(c, list[i]);                           \
		suite_add_tcase(s, c);                                        \
		r = srunner_create(s);                                        \
		srunner_run_all(r, CK_NORMAL);                                \
		failed = srunner_ntests_failed(r);                            \
		srunner_free(r);                                              \
		return failed != 0;                                           \
	}

#endif
