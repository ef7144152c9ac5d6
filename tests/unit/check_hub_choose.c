#include "unit.h"

#include <string.h>

#include "err.h"
#include "hub/choose.h"
#include "util.h"

static void
tree_of(struct tree *t, const char *const *paths)
{
	*t = (struct tree){ 0 };
	for (; *paths != NULL; paths++) {
		GROW(t->file, t->n, t->cap);
		t->file[t->n++] = (struct tree_file){ .path =
		    xstrdup(*paths), .size = 1, .oid = "0" };
	}
	ck_assert_int_eq(tree_sort(t), 0);
}

/* What is chosen, joined by blanks; or the error. */
static char *
chosen(const char *const *paths, const struct choice *c)
{
	const struct tree_file **list;
	const char *missing;
	struct buf b = { 0 };
	struct tree t;
	ptrdiff_t n, i;

	tree_of(&t, paths);
	n = choose_files(&t, c, &list, &missing);
	if (n < 0)
		buf_str(&b, errstr());
	for (i = 0; i < n; i++)
		buf_printf(&b, "%s%s", i ? " " : "", list[i]->path);
	if (n >= 0)
		free(list);
	tree_free(&t);
	return b.p;
}

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define WANT(text, ...)                                                       \
	do {                                                                  \
		char *have = chosen(__VA_ARGS__);                              \
		ck_assert_str_eq(have, text);                                  \
		free(have);                                                   \
	} while (0)

static const struct choice usual = { .type = HUB_MODEL };

/* The files of google-bert/bert-base-uncased and the like. */
START_TEST(a_model_brings_what_these_tools_use_once)
{
	WANT("LICENSE README.md config.json model.safetensors tokenizer.json "
	    "tokenizer_config.json vocab.txt",
	    LIST(".gitattributes", "LICENSE", "README.md", "config.json",
	    "coreml/fill-mask/model.mlmodel", "flax_model.msgpack",
	    "model.onnx", "model.safetensors", "pytorch_model.bin",
	    "rust_model.ot", "tf_model.h5", "tokenizer.json",
	    "tokenizer_config.json", "vocab.txt", "training_args.bin"),
	    &usual);
}
END_TEST

START_TEST(half_precision_and_the_authors_format_are_the_same_weights)
{
	WANT("model-00001-of-00002.safetensors "
	    "model-00002-of-00002.safetensors model.safetensors.index.json "
	    "tokenizer.model",
	    LIST("consolidated.safetensors",
	    "model-00001-of-00002.safetensors",
	    "model-00002-of-00002.safetensors",
	    "model.fp16-00001-of-00002.safetensors",
	    "model.safetensors.index.json", "tokenizer.model",
	    "original/consolidated.00.pth", "original/params.json",
	    "pytorch_model.bin.index.json"), &usual);
	WANT("config.json model.safetensors",
	    LIST("config.json", "model.fp16.safetensors", "model.safetensors",
	    "model-00001-of-00002.safetensors",
	    "model.safetensors.index.json"), &usual);
	WANT("consolidated.safetensors params.json",
	    LIST("consolidated.safetensors", "params.json"), &usual);
}
END_TEST

START_TEST(folders_of_sentence_transformers_are_taken)
{
	WANT("1_Pooling/config.json 2_Dense/config.json "
	    "2_Dense/model.safetensors model.safetensors modules.json",
	    LIST("1_Pooling/config.json", "2_Dense/config.json",
	    "2_Dense/model.safetensors", "2_Dense/pytorch_model.bin",
	    "model.safetensors", "modules.json", "onnx/model.onnx",
	    "onnx/config.json", "openvino/config.json", ".github/x.json"),
	    &usual);
}
END_TEST

START_TEST(pickle_alone_is_refused)
{
	char *got = chosen(LIST("config.json", "pytorch_model.bin"), &usual);

	ck_assert_ptr_nonnull(strstr(got, "only pickle weights"));
	ck_assert_ptr_nonnull(strstr(got, "pytorch_model.bin"));
	free(got);
	got = chosen(LIST("config.json", "tf_model.h5"), &usual);
	ck_assert_ptr_nonnull(strstr(got, "another framework"));
	free(got);
	WANT("tokenizer.json", LIST("tokenizer.json", "training_args.bin",
	    "run.py"), &usual);
}
END_TEST

START_TEST(one_gguf_is_taken_of_several_one_must_be_named)
{
	char *got;

	WANT("README.md x.Q4.gguf", LIST("README.md", "x.Q4.gguf"), &usual);
	WANT("x-00001-of-00002.gguf x-00002-of-00002.gguf",
	    LIST("x-00001-of-00002.gguf", "x-00002-of-00002.gguf"), &usual);
	WANT("model.safetensors", LIST("model.safetensors", "x.gguf"),
	    &usual);
	got = chosen(LIST("x.Q4.gguf", "x.Q8.gguf"), &usual);
	ck_assert_ptr_nonnull(strstr(got, "2 GGUF files"));
	free(got);
}
END_TEST

START_TEST(globs_are_pythons_and_code_must_be_asked_for)
{
	struct choice all = { .include = LIST("*"), .ninclude = 1 };
	struct choice bin = { .include = LIST("*.bin"), .ninclude = 1 };
	struct choice not = { .include = LIST("*"), .ninclude = 1,
		.exclude = LIST("b/"), .nexclude = 1 };
	const char *const *files = LIST("a.py", "b/c.txt", "w.bin", "x.h5",
	    "y.txt");

	WANT("b/c.txt y.txt", files, &all);
	WANT("w.bin", files, &bin);
	WANT("y.txt", files, &not);
	ck_assert(glob_match("*.json", "a/b.json"));
	ck_assert(glob_match("a?[!x]*", "abc"));
	ck_assert(!glob_match("a?[!x]*", "abx"));
	ck_assert(glob_match("a\\b", "a\\b"));
	ck_assert(glob_match(".*", ".git"));
	ck_assert(glob_match("*", ".git"));
}
END_TEST

START_TEST(names_are_taken_as_they_are)
{
	struct choice two = { .named = LIST("w.bin", "onnx/"), .nnamed = 2 };
	struct choice none = { .named = LIST("nothing"), .nnamed = 1 };
	const char *const *files = LIST("onnx/m.onnx", "onnx/x.py", "w.bin");

	WANT("onnx/m.onnx w.bin", files, &two);
	WANT("has no file nothing", files, &none);
}
END_TEST

UNIT_MAIN("hub_choose", a_model_brings_what_these_tools_use_once,
    half_precision_and_the_authors_format_are_the_same_weights,
    folders_of_sentence_transformers_are_taken, pickle_alone_is_refused,
    one_gguf_is_taken_of_several_one_must_be_named,
    globs_are_pythons_and_code_must_be_asked_for,
    names_are_taken_as_they_are)
