#include "tok/class.h"

#include <string.h>

#define BERT_ONE "@c $A @s"
#define BERT_TWO "@c $A @s $B:1 @s:1"
#define ROBERTA_ONE "@b $A @e"
#define ROBERTA_TWO "@b $A @e @e $B @e"
#define XLMR_PIECES "@b @p @e @u *3 "
#define XLMR_ROLES { "<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>", "<mask>" }
#define BERT_ROLES { NULL, NULL, "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]" }
#define ALBERT_ROLES { "[CLS]", "[SEP]", "<unk>", "[SEP]", "<pad>", "[CLS]", \
    "[MASK]" }
#define TEXT_END "<|endoftext|>"
#define GPT2_ROLES { TEXT_END, TEXT_END, TEXT_END }
#define LANGUAGES "ar_AR cs_CZ de_DE en_XX es_XX et_EE fi_FI fr_XX gu_IN " \
    "hi_IN it_IT ja_XX kk_KZ ko_KR lt_LT lv_LV my_MM ne_NP nl_XX ro_RO " \
    "ru_RU si_LK tr_TR vi_VN zh_CN "
#define LANGUAGES_50 LANGUAGES "af_ZA az_AZ bn_IN fa_IR he_IL hr_HR id_ID " \
    "ka_GE km_KH mk_MK ml_IN mn_MN mr_IN pl_PL ps_AF pt_XX sv_SE sw_KE " \
    "ta_IN te_IN th_TH tl_XX uk_UA ur_PK xh_ZA gl_ES sl_SI "
#define LANGUAGES_100 "__af__ __am__ __ar__ __ast__ __az__ __ba__ __be__ " \
    "__bg__ __bn__ __br__ __bs__ __ca__ __ceb__ __cs__ __cy__ __da__ " \
    "__de__ __el__ __en__ __es__ __et__ __fa__ __ff__ __fi__ __fr__ " \
    "__fy__ __ga__ __gd__ __gl__ __gu__ __ha__ __he__ __hi__ __hr__ " \
    "__ht__ __hu__ __hy__ __id__ __ig__ __ilo__ __is__ __it__ __ja__ " \
    "__jv__ __ka__ __kk__ __km__ __kn__ __ko__ __lb__ __lg__ __ln__ " \
    "__lo__ __lt__ __lv__ __mg__ __mk__ __ml__ __mn__ __mr__ __ms__ " \
    "__my__ __ne__ __nl__ __no__ __ns__ __oc__ __or__ __pa__ __pl__ " \
    "__ps__ __pt__ __ro__ __ru__ __sd__ __si__ __sk__ __sl__ __so__ " \
    "__sq__ __sr__ __ss__ __su__ __sv__ __sw__ __ta__ __th__ __tl__ " \
    "__tn__ __tr__ __uk__ __ur__ __uz__ __vi__ __wo__ __xh__ __yi__ " \
    "__yo__ __zh__ __zu__ "

static const struct tok_class classes[] = {
	/* SentencePiece, most of them Unigram */
	{ .names = "Albert", .files = OLD_SPM, .model = 'u', .unk = 1,
	    .normalizer = "qalc", .splitter = "wm", .scheme = 'A',
	    .decoder = "m", .single = BERT_ONE, .pair = BERT_TWO,
	    .yields = true, .role = ALBERT_ROLES, .lower = true },
	{ .names = "Barthez", .files = OLD_SPM, .model = 'u', .unk = 3,
	    .normalizer = "tnr", .splitter = "m", .scheme = 'A',
	    .decoder = "m", .role = XLMR_ROLES, .mask = 'l' },
	{ .names = "BigBird", .files = OLD_SPM, .model = 'u', .unk = 100,
	    .by_name = true,
	    .normalizer = "_", .splitter = "m", .scheme = 'A',
	    .decoder = "m", .single = BERT_ONE, .pair = BERT_TWO,
	    .role = { "<s>", "</s>", "<unk>", "[SEP]", "<pad>", "[CLS]",
		"[MASK]" }, .mask = 'l' },
	{ .names = "Camembert", .files = OLD_SPM, .model = 'u',
	    .by_name = true,
	    .pieces = "<s>NOTUSED @p </s>NOTUSED @u <unk>NOTUSED *1 @m",
	    .normalizer = "c", .splitter = "wm", .scheme = 'A',
	    .decoder = "m", .single = ROBERTA_ONE, .pair = ROBERTA_TWO,
	    .role = XLMR_ROLES, .mask = 'l' },
	{ .names = "CodeLlama", .files = OLD_SPM, .model = 'b', .unk = -1,
	    .left = true,
	    .bytes = true, .splitter = "f", .scheme = 'F',
	    .decoder = "rbFS", .role = { "<s>", "</s>", "<unk>" },
	    .extra = "* \xe2\x96\x81<PRE> \xe2\x96\x81<MID> "
		"\xe2\x96\x81<SUF> \xe2\x96\x81<EOT> <FILL_ME>",
	    .adds_bos = true },
	{ .names = "DebertaV2", .files = OLD_SPM, .model = 'u', .unk = -1,
	    .by_name = true,
	    .normalizer = "ltnr", .splitter = "pm", .scheme = 'D',
	    .decoder = "m", .single = BERT_ONE, .pair = BERT_TWO,
	    .role = { "[CLS]", "[SEP]", "[UNK]", "[SEP]", "[PAD]", "[CLS]",
		"[MASK]" } },
	{ .names = "Gemma", .files = OLD_SPM, .model = 'b', .unk = -1,
	    .left = true,
	    .bytes = true, .normalizer = "u", .splitter = "g",
	    .decoder = "rbF", .role = { "<bos>", "<eos>", "<unk>", NULL,
		"<pad>", NULL, "<mask>" } },
	{ .names = "Lasr", .files = OLD_SPM, .model = 'u', .unk = 3,
	    .normalizer = "c", .splitter = "wm", .scheme = 'a',
	    .decoder = "m", .single = "$A @e", .pair = "$A @e $B @e",
	    .role = { NULL, "</s>", "<unk>", NULL, "<pad>" },
	    .extra = "* #ids" },
	{ .names = "LayoutXLM", .files = OLD_SPM, .model = 'u', .unk = 3,
	    .pieces = XLMR_PIECES "@m",
	    .normalizer = "r_", .splitter = "m", .scheme = 'A',
	    .decoder = "m", .single = "@c $A @s", .pair = "@c $A @s @s $B @s",
	    .role = XLMR_ROLES, .mask = 'l' },
	{ .names = "Llama", .files = OLD_SPM, .model = 'b', .unk = -1,
	    .left = true,
	    .bytes = true, .no_unk = true, .splitter = "f", .scheme = 'L',
	    .decoder = "rbFs", .role = { "<s>", "</s>", "<unk>" } },
	{ .names = "MBart", .files = OLD_SPM, .model = 'u', .unk = 3,
	    .pieces = XLMR_PIECES LANGUAGES "@m",
	    .splitter = "wm", .scheme = 'a', .decoder = "m",
	    .single = "$A @e @l", .pair = "$A $B @e @l",
	    .role = XLMR_ROLES, .mask = 'l', .extra = LANGUAGES "*",
	    .language = "en_XX", .language_key = "src_lang" },
	{ .names = "MBart50", .files = OLD_SPM, .model = 'u', .unk = 3,
	    .pieces = "@c @p @e @u *3 " LANGUAGES_50 "@m",
	    .normalizer = "cs", .splitter = "m", .scheme = 'a',
	    .decoder = "m", .single = "@l $A @e", .pair = "@l $A $B @e",
	    .role = { NULL, "</s>", "<unk>", "</s>", "<pad>", "<s>",
		"<mask>" }, .mask = 'l', .extra = "* " LANGUAGES_50,
	    .language = "en_XX", .language_key = "src_lang" },
	{ .names = "MLuke", .files = OLD_SPM, .model = 'u',
	    .normalizer = "q", .splitter = "m", .scheme = 'a',
	    .decoder = "m", .single = "@c $A @s",
	    .pair = "@c $A @s @s $B:1 @s:1",
	    .role = XLMR_ROLES, .mask = 'l', .extra = "* \xe2\x96\x81<ent> "
		"\xe2\x96\x81<ent2> [UNK] [PAD] [MASK] [MASK2]" },
	{ .names = "Nllb", .files = OLD_SPM, .model = 'b', .unk = 3,
	    .pieces = "@b @p @e @u *-",
	    .normalizer = "?cs", .splitter = "m", .scheme = 'a',
	    .decoder = "m", .single = "@l $A @e", .pair = "@l $A $B @e",
	    .role = XLMR_ROLES, .mask = 'n',
	    .language = "eng_Latn", .language_key = "src_lang" },
	{ .names = "Pegasus", .files = OLD_SPM, .model = 'u', .unk = -2,
	    .by_name = true, .pieces = "@p @e #masks #unks *2",
	    .normalizer = "cNs", .splitter = "m", .scheme = 'a',
	    .decoder = "m", .single = "$A @e", .pair = "$A $B @e",
	    .role = { NULL, "</s>", "<unk>", NULL, "<pad>", NULL,
		"<mask_2>" }, .extra = "<mask_1> #unks" },
	{ .names = "Reformer", .files = OLD_SPM, .model = 'b', .unk = -1,
	    .normalizer = "?cs", .splitter = "m", .scheme = 'a',
	    .decoder = "m", .role = { NULL, "</s>", "<unk>" } },
	{ .names = "RemBert", .files = OLD_SPM, .model = 'u', .unk = 2,
	    .normalizer = "qsalc", .splitter = "m", .scheme = 'A',
	    .decoder = "m", .role = ALBERT_ROLES, .accents = true },
	{ .names = "SeamlessM4T", .files = OLD_SPM, .model = 'b', .unk = 1,
	    .pieces = "<pad> *0", .normalizer = "M", .splitter = "m",
	    .scheme = 'f', .decoder = "m", .single = "@l $A @e",
	    .pair = "@l $A $B @e",
	    .role = { "<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>" },
	    .language = "eng", .language_key = "src_lang",
	    .underlined = true },
	{ .names = "Siglip2", .files = OLD_SPM, .model = 'b', .unk = -1,
	    .left = true,
	    .bytes = true, .normalizer = "Lu", .splitter = "g",
	    .decoder = "rbF", .role = { "<bos>", "<eos>", "<unk>", NULL,
		"<pad>", NULL, "<mask>" } },
	{ .names = "T5 MT5", .files = OLD_SPM, .model = 'u', .unk = 2,
	    .pieces = "*0 #ids_down",
	    .normalizer = "c", .splitter = "wm", .scheme = 'a',
	    .decoder = "m", .single = "$A @e", .pair = "$A @e $B @e",
	    .role = { NULL, "</s>", "<unk>", NULL, "<pad>" },
	    .extra = "* #ids" },
	{ .names = "Tipsv2", .files = OLD_SPM, .model = 'b', .unk = -1,
	    .bytes = true, .no_unk = true,
	    .normalizer = "lc", .splitter = "wm", .scheme = 'a',
	    .decoder = "mbF", .role = { NULL, NULL, "<unk>", NULL, "<pad>" },
	    .lower = true },
	{ .names = "Udop", .files = OLD_SPM, .model = 'u', .unk = 2,
	    .by_name = true, .splitter = "wm", .scheme = 'a',
	    .decoder = "m", .single = "$A @e", .pair = "$A @e $B @e",
	    .role = { NULL, "</s>", "<unk>", "</s>", "<pad>" } },
	{ .names = "VideoPrism", .files = OLD_SPM, .model = 'u', .unk = 2,
	    .pieces = "*0 #ids_down",
	    .normalizer = "c", .splitter = "wm", .scheme = 'a',
	    .decoder = "m", .role = { NULL, "</s>", "<unk>", NULL, "<pad>" },
	    .extra = "* #ids" },
	{ .names = "XGLM", .files = OLD_SPM, .model = 'u', .unk = 3,
	    .pieces = XLMR_PIECES "#made_up",
	    .normalizer = "cs", .splitter = "m", .scheme = 'A',
	    .decoder = "m", .single = "@e $A", .pair = "@e $A @e @e $B",
	    .role = { "<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>" },
	    .extra = "* #made_up" },
	{ .names = "XLMRoberta", .files = OLD_SPM, .model = 'u', .unk = 3,
	    .pieces = XLMR_PIECES "@m",
	    .normalizer = "c", .splitter = "wm", .scheme = 'A',
	    .decoder = "m", .single = ROBERTA_ONE, .pair = ROBERTA_TWO,
	    .role = XLMR_ROLES },
	{ .names = "XLNet", .files = OLD_SPM, .model = 'u', .unk = -1,
	    .left = true,
	    .normalizer = "qAlc", .splitter = "wm", .scheme = 'a',
	    .decoder = "m", .single = "$A @s @c:2",
	    .pair = "$A @s $B:1 @s:1 @c:2",
	    .role = { "<s>", "</s>", "<unk>", "<sep>", "<pad>", "<cls>",
		"<mask>" }, .mask = 'l' },

	{ .names = "BertGeneration", .files = OLD_SPM, .plain = true,
	    .unk = -1, .role = { "<s>", "</s>", "<unk>", "<::::>",
		"<pad>" } },

	/* SentencePiece cuts, vocab.json numbers */
	{ .names = "Marian", .files = OLD_SPM_VOCAB, .plain = true, .unk = -1,
	    .codes = true,
	    .single = "$A @e", .pair = "$A $B @e",
	    .role = { NULL, "</s>", "<unk>", NULL, "<pad>" } },
	{ .names = "M2M100", .files = OLD_SPM_VOCAB, .plain = true, .unk = -1,
	    .single = "@l $A @e", .pair = "@l $A $B @e",
	    .role = { "<s>", "</s>", "<unk>", "</s>", "<pad>" },
	    .extra = LANGUAGES_100, .language = "en",
	    .language_key = "src_lang", .underlined = true },
	{ .names = "Speech2Text", .files = OLD_SPM_VOCAB, .plain = true,
	    .unk = -1,
	    .single = "$A @e", .pair = "$A $B @e",
	    .role = { "<s>", "</s>", "<unk>", NULL, "<pad>" } },

	/* GGUF files' "llama" and "t5", which are no classes of transformers */
	{ .names = "GgufLlama", .files = OLD_SPM, .unk = -1, .bytes = true,
	    .normalizer = "pu", .decoder = "rbFs", .scheme = 'A',
	    .role = { "<s>", "</s>", "<unk>" }, .adds_bos = true },
	{ .names = "GgufT5", .files = OLD_SPM, .unk = -1,
	    .normalizer = "c", .splitter = "wm", .scheme = 'A',
	    .decoder = "m" },

	/* vocab.txt */
	{ .names = "Bert DistilBert Electra ConvBert MobileBert SqueezeBert "
		"Lxmert RetriBert LayoutLM LayoutLMv2",
	    .files = OLD_WORDPIECE, .normalizer = "b", .splitter = "b",
	    .decoder = "w", .single = BERT_ONE, .pair = BERT_TWO,
	    .role = BERT_ROLES, .lower = true },
	{ .names = "DPRContextEncoder DPRQuestionEncoder DPRReader",
	    .files = OLD_WORDPIECE, .normalizer = "d", .splitter = "b",
	    .decoder = "w", .single = BERT_ONE, .pair = BERT_TWO,
	    .role = BERT_ROLES },
	{ .names = "Funnel",
	    .files = OLD_WORDPIECE, .normalizer = "b", .splitter = "b",
	    .decoder = "w", .single = "@c:2 $A @s",
	    .pair = "@c:2 $A @s $B:1 @s:1",
	    .role = { "<s>", "</s>", "<unk>", "<sep>", "<pad>", "<cls>",
		"<mask>" }, .lower = true },
	{ .names = "MPNet",
	    .files = OLD_WORDPIECE, .normalizer = "b", .splitter = "b",
	    .decoder = "w", .single = "roberta",
	    .role = { "<s>", "</s>", "[UNK]", "</s>", "<pad>", "<s>",
		"<mask>" }, .mask = 'l', .lower = true },
	{ .names = "Splinter",
	    .files = OLD_WORDPIECE, .normalizer = "b", .splitter = "b",
	    .decoder = "w", .single = BERT_ONE,
	    .pair = "@c $A [QUESTION] . @s $B:1 @s:1",
	    .role = BERT_ROLES, .extra = "[QUESTION]", .lower = true },

	/* vocab.json and merges.txt */
	{ .names = "GPT2", .files = OLD_BPE, .splitter = "B",
	    .decoder = "B", .role = GPT2_ROLES },
	{ .names = "CodeGen", .files = OLD_BPE, .splitter = "B",
	    .decoder = "B", .single = "bytes", .yields = true,
	    .role = GPT2_ROLES },
	{ .names = "GPTNeoX", .files = OLD_BPE, .normalizer = "n",
	    .splitter = "B", .decoder = "B",
	    .role = { TEXT_END, TEXT_END, TEXT_END, NULL, "<|padding|>" } },
	{ .names = "Cohere", .files = OLD_BPE, .left = true,
	    .normalizer = "n",
	    .splitter = "dB", .decoder = "B",
	    .role = { "<BOS_TOKEN>", "<|END_OF_TURN_TOKEN|>", "<UNK>",
		"<SEP>", "<PAD>", "<CLS>", "<MASK_TOKEN>" } },
	{ .names = "Roberta Bart LED Longformer Mvp", .files = OLD_BPE,
	    .splitter = "B", .decoder = "B", .single = "roberta",
	    .role = XLMR_ROLES },
	{ .names = "LayoutLMv3", .files = OLD_BPE, .splitter = "B",
	    .decoder = "B", .single = "roberta", .role = XLMR_ROLES,
	    .prefix = true },
	{ .names = "Blenderbot", .files = OLD_BPE, .splitter = "B",
	    .decoder = "B", .role = XLMR_ROLES, .mask = 'l',
	    .prefix = true },
	{ .names = "Deberta", .files = OLD_BPE, .splitter = "B",
	    .decoder = "B", .single = "@c $A @s", .pair = "@c $A @s @s $B @s",
	    .role = { "[CLS]", "[SEP]", "[UNK]", "[SEP]", "[PAD]", "[CLS]",
		"[MASK]" } },
	{ .names = "Qwen2", .files = OLD_BPE, .normalizer = "n",
	    .splitter = "Q", .decoder = "B",
	    .role = { NULL, TEXT_END, TEXT_END, NULL, TEXT_END } },
	{ .names = "Qwen3_5", .files = OLD_BPE, .normalizer = "n",
	    .splitter = "5", .decoder = "B",
	    .role = { NULL, TEXT_END, TEXT_END, NULL, TEXT_END } },
	{ .names = "CLIP", .files = OLD_BPE, .suffix = "</w>",
	    .normalizer = "nkL", .splitter = "C", .decoder = "Bk",
	    .single = "@b $A @e", .pair = "@b $A @e @e $B @e",
	    .role = { "<|startoftext|>", TEXT_END, TEXT_END, NULL,
		TEXT_END } },
	{ .names = "Whisper", .files = OLD_BPE, .splitter = "B",
	    .decoder = "B", .role = GPT2_ROLES,
	    .single = "<|startoftranscript|> <|notimestamps|> $A @e",
	    .pair = "<|startoftranscript|> <|notimestamps|> $A $B:1 @e:1" },
	{ .names = "Herbert", .files = OLD_BPE, .suffix = "</w>",
	    .normalizer = "h", .splitter = "b", .decoder = "e",
	    .single = BERT_ONE, .pair = BERT_TWO,
	    .role = { NULL, NULL, "<unk>", "</s>", "<pad>", "<s>",
		"<mask>" } },
	{ .names = "OpenAIGPT", .files = OLD_BPE, .suffix = "</w>",
	    .normalizer = "o", .splitter = "b", .decoder = "e",
	    .role = { NULL, NULL, "<unk>" } },
	/* Python code that no tokenizer.json can say */
	{ .names = "BertJapanese Bertweet BioGpt BlenderbotSmall ByT5 Canine "
		"CTRL Clvp Cpm CpmAnt Dia Esm Esmc FastSpeech2Conformer "
		"Flaubert FSMT GPTNeoXJapanese GPTSw3 Luke MarkupLM Mgpstr "
		"MyT5 Perceiver Phobert ProphetNet Rag RoCBert RoFormer "
		"Siglip SpeechT5 Tapas Vits Wav2Vec2CTC Wav2Vec2PhonemeCTC "
		"Bartpho PLBart XLM",
	    .refused = "it is a program, not a stack of components" },
	{ .names = "Nougat Parakeet",
	    .refused = "transformers has no stack for its old files" },
	{ .names = NULL }
};

const struct tok_class class_plain = { .files = OLD_SPM, .plain = true,
	.unk = -1 };

/* Is the name one of the words of a list? */
static bool
in_list(const char *list, const char *name, size_t n)
{
	size_t len;

	for (; *list != '\0'; list += len + (list[len] == ' ')) {
		len = strcspn(list, " ");
		if (len == n && memcmp(list, name, n) == 0)
			return true;
	}
	return false;
}

/* A class's name without "Fast" and "Tokenizer". */
static size_t
stem(const char *name)
{
	size_t n = strlen(name);

	if (n > 4 && memcmp(name + n - 4, "Fast", 4) == 0)
		n -= 4;
	return n > 9 && memcmp(name + n - 9, "Tokenizer", 9) == 0 ? n - 9 : 0;
}

const struct tok_class *
class_named(const char *name)
{
	const struct tok_class *c;
	size_t n = stem(name);

	for (c = classes; n > 0 && c->names != NULL; c++)
		if (in_list(c->names, name, n))
			return c;
	return NULL;
}

static const char *
type_class(const char *type)
{
	const struct class_types *t;

	for (t = class_types; t->name != NULL; t++)
		if (in_list(t->types, type, strlen(type)))
			return t->name;
	return NULL;
}

static bool
same_class(const char *a, const char *b)
{
	size_t n = stem(a);

	return n > 0 && n == stem(b) && memcmp(a, b, n) == 0;
}

/*
 * AutoTokenizer: what the configs name, unless the model's type is known for a
 * wrong name or for having no class; else what belongs to the type.
 */
const char *
class_name(json *tokenizer, json *config)
{
	const char *name = json_str(tokenizer, "tokenizer_class",
	    json_str(config, "tokenizer_class", ""));
	const char *type = json_str(config, "model_type", "");
	const char *of = type_class(type);

	if (of == NULL || same_class(name, of))
		return name;
	if (*name == '\0' || stem(of) == 0 ||
	    in_list(class_mistaken, type, strlen(type)))
		return of;
	return name;
}
