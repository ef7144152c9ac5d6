#ifndef HEAD_H
#define HEAD_H

#include <stddef.h>

#include "json.h"

/*
 * head - what stands on top of a model's stack, and so what its outputs mean.
 * It is the suffix of the class that config.json names in "architectures".
 */
enum head {
	HEAD_NONE,		/* Model */
	HEAD_MASKED_LM,		/* ForMaskedLM, ForPreTraining */
	HEAD_SEQUENCE,		/* ForSequenceClassification */
	HEAD_TOKEN,		/* ForTokenClassification */
	HEAD_QA,		/* ForQuestionAnswering */
};

/* The head, or -1 with errstr(), which lists the classes' suffixes. */
int head_of(json *config);

/*
 * The task of the pipeline that serves this head (text-classification, ...),
 * and the head of a task; NULL and -1 (with errstr()) when there is none.
 */
const char *head_task(enum head h);
int task_head(const char *task);

/*
 * The label of class i (id2label) written into tmp or borrowed from config;
 * LABEL_i when the config has none.
 */
enum { LABEL_TEXT = 32 };
const char *head_label(json *config, size_t i, char tmp[LABEL_TEXT]);

#endif
