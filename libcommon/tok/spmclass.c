#include <string.h>

#include "tok/spm.h"

#define XLMR_HEAD "<s> <pad> </s> <unk>"
#define BERT_ONE "[CLS]:0 $A:0 [SEP]:0"
#define BERT_TWO "[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1"
#define ROBERTA_ONE "<s> $A </s>"
#define ROBERTA_TWO "<s> $A </s> </s> $B </s>"
#define LANGUAGES "ar_AR cs_CZ de_DE en_XX es_XX et_EE fi_FI fr_XX gu_IN " \
    "hi_IN it_IT ja_XX kk_KZ ko_KR lt_LT lv_LV my_MM ne_NP nl_XX ro_RO " \
    "ru_RU si_LK tr_TR vi_VN zh_CN "
#define LANGUAGES_50 LANGUAGES "af_ZA az_AZ bn_IN fa_IR he_IL hr_HR id_ID " \
    "ka_GE km_KH mk_MK ml_IN mn_MN mr_IN pl_PL ps_AF pt_XX sv_SE sw_KE " \
    "ta_IN te_IN th_TH tl_XX uk_UA ur_PK xh_ZA gl_ES sl_SI "

/* convert_slow_tokenizer.py's converters, and their classes' defaults. */
static const struct spm_class classes[] = {
	{ .name = "Albert", .normalizer = 'a', .split = 'm', .commas = true,
	    .lower = true,
	    .single = BERT_ONE, .pair = BERT_TWO, .unk = -1,
	    .bos = "[CLS]", .eos = "[SEP]", .unk_token = "<unk>",
	    .sep = "[SEP]", .pad = "<pad>", .cls = "[CLS]", .mask = "[MASK]" },
	{ .name = "Barthez", .normalizer = 's', .split = 'm', .unk = 3,
	    .single = ROBERTA_ONE, .pair = ROBERTA_TWO,
	    .bos = "<s>", .eos = "</s>", .unk_token = "<unk>",
	    .pad = "<pad>", .mask = "<mask>" },
	{ .name = "BertGeneration", .normalizer = 's', .split = 'm', .unk = -1,
	    .bos = "<s>", .eos = "</s>", .unk_token = "<unk>",
	    .pad = "<pad>" },
	{ .name = "BigBird", .normalizer = 's', .split = 'm', .unk = -1,
	    .single = BERT_ONE, .pair = BERT_TWO,
	    .bos = "<s>", .eos = "</s>", .unk_token = "<unk>",
	    .sep = "[SEP]", .pad = "<pad>", .cls = "[CLS]", .mask = "[MASK]" },
	{ .name = "Camembert", .normalizer = 's', .split = 'm', .unk = 3,
	    .head = "<s>NOTUSED <pad> </s>NOTUSED <unk> <unk>NOTUSED",
	    .skip = 1, .tail = "<mask>",
	    .single = ROBERTA_ONE, .pair = ROBERTA_TWO,
	    .bos = "<s>", .eos = "</s>", .unk_token = "<unk>",
	    .pad = "<pad>", .mask = "<mask>" },
	{ .name = "CodeLlama", .normalizer = 'l', .split = 'l', .unk = -1,
	    .adds_bos = true,
	    .bos = "<s>", .eos = "</s>", .unk_token = "<unk>" },
	{ .name = "DebertaV2", .normalizer = 'd', .split = 'd', .unk = -1,
	    .single = BERT_ONE, .pair = BERT_TWO,
	    .bos = "[CLS]", .eos = "[SEP]", .unk_token = "[UNK]",
	    .sep = "[SEP]", .pad = "[PAD]", .cls = "[CLS]", .mask = "[MASK]" },
	{ .name = "FNet", .normalizer = 'a', .split = 'm', .commas = true,
	    .accents = true,
	    .single = BERT_ONE, .pair = BERT_TWO, .unk = -1,
	    .unk_token = "<unk>", .sep = "[SEP]", .pad = "<pad>",
	    .cls = "[CLS]", .mask = "[MASK]" },
	{ .name = "Gemma", .normalizer = 'g', .split = 'g', .unk = 3,
	    .adds_bos = true,
	    .head = "<pad> <eos> <bos>", .skip = 3,
	    .bos = "<bos>", .eos = "<eos>", .unk_token = "<unk>",
	    .pad = "<pad>" },
	/* no class of transformers: a GGUF file's "t5" */
	{ .name = "Gguf", .normalizer = 'p', .split = 'w', .unk = -1 },
	{ .name = "LayoutXLM", .normalizer = 's', .split = 'm', .unk = 3,
	    .head = XLMR_HEAD, .skip = 3, .tail = "<mask>",
	    .single = ROBERTA_ONE, .pair = ROBERTA_TWO,
	    .bos = "<s>", .eos = "</s>", .unk_token = "<unk>",
	    .pad = "<pad>", .mask = "<mask>" },
	{ .name = "Llama", .normalizer = 'l', .split = 'l', .unk = -1,
	    .adds_bos = true,
	    .bos = "<s>", .eos = "</s>", .unk_token = "<unk>" },
	{ .name = "MBart", .normalizer = 's', .split = 'm', .unk = 3,
	    .head = XLMR_HEAD, .skip = 3, .tail = LANGUAGES "<mask>",
	    .single = "$A </s> en_XX", .pair = "$A $B </s> en_XX",
	    .bos = "<s>", .eos = "</s>", .unk_token = "<unk>",
	    .pad = "<pad>", .mask = "<mask>" },
	{ .name = "MBart50", .normalizer = 's', .split = 'm', .unk = 3,
	    .head = XLMR_HEAD, .skip = 3, .tail = LANGUAGES_50 "<mask>",
	    .single = "en_XX $A </s>", .pair = "en_XX $A $B </s>",
	    .eos = "</s>", .unk_token = "<unk>", .cls = "<s>",
	    .pad = "<pad>", .mask = "<mask>" },
	{ .name = "MT5", .normalizer = 's', .split = 'm', .unk = -1,
	    .single = "$A </s>", .pair = "$A </s> $B </s>",
	    .eos = "</s>", .unk_token = "<unk>", .pad = "<pad>" },
	{ .name = "Pegasus", .normalizer = 's', .split = 'w', .unk = -1,
	    .head = "<pad> </s> <mask_1> <mask_2>", .skip = 2,
	    .single = "$A </s>", .pair = "$A $B </s>",
	    .eos = "</s>", .unk_token = "<unk>", .pad = "<pad>",
	    .mask = "<mask_2>" },
	{ .name = "Reformer", .normalizer = 's', .split = 'm', .unk = -1,
	    .eos = "</s>", .unk_token = "<unk>" },
	{ .name = "RemBert", .normalizer = 'b', .split = 'm', .unk = -1,
	    .lower = true,
	    .single = BERT_ONE, .pair = BERT_TWO,
	    .bos = "[CLS]", .eos = "[SEP]", .unk_token = "<unk>",
	    .sep = "[SEP]", .pad = "<pad>", .cls = "[CLS]", .mask = "[MASK]" },
	{ .name = "T5", .normalizer = 's', .split = 'm', .unk = -1,
	    .single = "$A </s>", .pair = "$A </s> $B </s>",
	    .eos = "</s>", .unk_token = "<unk>", .pad = "<pad>" },
	{ .name = "XGLM", .normalizer = 's', .split = 'm', .unk = 3,
	    .head = XLMR_HEAD, .skip = 3,
	    .tail = "<madeupword0> <madeupword1> <madeupword2> <madeupword3> "
		"<madeupword4> <madeupword5> <madeupword6>",
	    .single = "</s> $A", .pair = "</s> $A </s> </s> $B",
	    .bos = "<s>", .eos = "</s>", .unk_token = "<unk>",
	    .pad = "<pad>" },
	{ .name = "XLMRoberta", .normalizer = 's', .split = 'm', .unk = 3,
	    .head = XLMR_HEAD, .skip = 3, .tail = "<mask>",
	    .single = ROBERTA_ONE, .pair = ROBERTA_TWO,
	    .bos = "<s>", .eos = "</s>", .unk_token = "<unk>",
	    .pad = "<pad>", .mask = "<mask>" },
	{ .name = "XLNet", .normalizer = 'a', .split = 'm', .commas = true,
	    .single = "$A:0 <sep>:0 <cls>:2",
	    .pair = "$A:0 <sep>:0 $B:1 <sep>:1 <cls>:2", .unk = -1,
	    .bos = "<s>", .eos = "</s>", .unk_token = "<unk>",
	    .sep = "<sep>", .pad = "<pad>", .cls = "<cls>", .mask = "<mask>" },
	{ .name = NULL }
};

const struct spm_class *
spm_class(const char *tokenizer_class)
{
	const struct spm_class *c;
	const char *rest;

	for (c = classes; c->name != NULL; c++) {
		if (strncmp(tokenizer_class, c->name, strlen(c->name)) != 0)
			continue;
		rest = tokenizer_class + strlen(c->name);
		if (strcmp(rest, "Tokenizer") == 0 ||
		    strcmp(rest, "TokenizerFast") == 0)
			return c;
	}
	return NULL;
}
