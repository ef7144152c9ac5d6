#include "head.h"

#include <stdio.h>
#include <string.h>

#include "err.h"
#include "opt.h"

static const struct {
	const char *suffix;
	const char *task;
} heads[] = {
	[HEAD_NONE] = { "Model", "feature-extraction" },
	[HEAD_MASKED_LM] = { "ForMaskedLM", "fill-mask" },
	[HEAD_SEQUENCE] = { "ForSequenceClassification",
	    "text-classification" },
	[HEAD_TOKEN] = { "ForTokenClassification", "token-classification" },
	[HEAD_QA] = { "ForQuestionAnswering", "question-answering" },
};
enum { HEADS = sizeof heads / sizeof *heads };

/* Other names of the same tasks and heads. */
static const struct {
	const char *name;
	enum head head;
} aliases[] = {
	{ "ForPreTraining", HEAD_MASKED_LM },
	{ "sentiment-analysis", HEAD_SEQUENCE },
	{ "ner", HEAD_TOKEN },
};

static int
alias(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof aliases / sizeof *aliases; i++)
		if (strcmp(aliases[i].name, name) == 0)
			return (int)aliases[i].head;
	return -1;
}

int
head_of(json *config)
{
	const char *class = json_text(json_at(json_get(config,
	    "architectures"), 0));
	const char *suffix;
	int i;

	if (class == NULL)
		return HEAD_NONE;
	suffix = strstr(class, "For");
	if (suffix == NULL)
		suffix = strstr(class, "Model");
	for (i = 0; suffix != NULL && i < HEADS; i++)
		if (strcmp(heads[i].suffix, suffix) == 0)
			return i;
	i = suffix != NULL ? alias(suffix) : -1;
	if (i >= 0)
		return i;
	return fail("architectures: %s: is a head that is not known; known "
	    "are Model, ForMaskedLM, ForSequenceClassification, "
	    "ForTokenClassification and ForQuestionAnswering", class);
}

const char *
head_task(enum head h)
{
	return heads[h].task;
}

int
task_head(const char *task)
{
	const char *names[HEADS + 1] = { NULL };
	int i = alias(task);

	if (i >= 0)
		return i;
	for (i = 0; i < HEADS; i++)
		names[i] = heads[i].task;
	return opt_choice(task, names);
}

const char *
head_label(json *config, size_t i, char tmp[LABEL_TEXT])
{
	char key[24];
	const char *s;

	snprintf(key, sizeof key, "%zu", i);
	s = json_str(json_get(config, "id2label"), key, NULL);
	if (s != NULL)
		return s;
	snprintf(tmp, LABEL_TEXT, "LABEL_%zu", i);
	return tmp;
}
