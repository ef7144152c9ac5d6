#include <string.h>

#include "tok/ggufvocab.h"

#define CONTRACTIONS "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
#define REST " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
#define WORD "[^\\r\\n\\p{L}\\p{N}]?"
#define UPPER "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]"
#define LOWER "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]"
#define REST_O " ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"

#define LLAMA3 { CONTRACTIONS "|" WORD "\\p{L}+|\\p{N}{1,3}|" REST }
#define QWEN2 { CONTRACTIONS "|" WORD "\\p{L}+|\\p{N}|" REST }
#define QWEN35 { CONTRACTIONS "|" WORD "[\\p{L}\\p{M}]+|\\p{N}" \
    "| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+" }
#define TEKKEN { WORD UPPER "*" LOWER "+|" WORD UPPER "+" LOWER "*|\\p{N}|" \
    REST_O }
#define GPT4O { WORD UPPER "*" LOWER "+" CONTRACTIONS "?|" \
    WORD UPPER "+" LOWER "*" CONTRACTIONS "?|\\p{N}{1,3}|" REST_O }
#define DEEPSEEK3 { "\\p{N}{1,3}", \
    "[\xe4\xb8\x80-\xe9\xbe\xa5\xe3\x81\x80-\xe3\x82\x9f" \
    "\xe3\x82\xa0-\xe3\x83\xbf]+", \
    "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+" \
    "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*" \
    "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+" }
#define BLOOM { " ?[^(\\s|.,!?\xe2\x80\xa6\xe3\x80\x82\xef\xbc\x8c" \
    "\xe3\x80\x81\xe0\xa5\xa4\xdb\x94\xd8\x8c)]+" }

/* llama.cpp's names, which its converter takes from a hash of the output. */
static const struct gguf_split splits[] = {
	{ .name = "" },
	{ .name = "default" },
	{ .name = "gpt-2" },
	{ .name = "gigachat" },
	{ .name = "jais" },
	{ .name = "jina-es" },
	{ .name = "jina-de" },
	{ .name = "jina-v1-en" },
	{ .name = "jina-v2-code" },
	{ .name = "jina-v2-de" },
	{ .name = "jina-v2-es" },
	{ .name = "mpt" },
	{ .name = "olmo" },
	{ .name = "phi-2" },
	{ .name = "roberta-bpe" },
	{ .name = "codeshell", .digits = true },
	{ .name = "command-r", .digits = true },
	{ .name = "exaone", .digits = true },
	{ .name = "refact", .digits = true },
	{ .name = "smollm", .digits = true },
	{ .name = "starcoder", .digits = true },
	{ .name = "chatglm-bpe", .re = LLAMA3 },
	{ .name = "dbrx", .re = LLAMA3 },
	{ .name = "falcon3", .re = LLAMA3, .ignore_merges = true },
	{ .name = "glm4", .re = LLAMA3 },
	{ .name = "lfm2", .re = LLAMA3, .ignore_merges = true },
	{ .name = "llama-bpe", .re = LLAMA3, .ignore_merges = true },
	{ .name = "llama-v3", .re = LLAMA3, .ignore_merges = true },
	{ .name = "llama3", .re = LLAMA3, .ignore_merges = true },
	{ .name = "pixtral", .re = LLAMA3, .ignore_merges = true },
	{ .name = "smaug-bpe", .re = LLAMA3 },
	{ .name = "deepseek-r1-qwen", .re = QWEN2 },
	{ .name = "megrez", .re = QWEN2 },
	{ .name = "qwen2", .re = QWEN2, .nfc = true },
	{ .name = "qwen35", .re = QWEN35, .nfc = true },
	{ .name = "stablelm2", .re = QWEN2, .nfc = true },
	{ .name = "tekken", .re = TEKKEN, .ignore_merges = true },
	{ .name = "gpt-4o", .re = GPT4O },
	{ .name = "llama4", .re = GPT4O },
	{ .name = "minimax-m2", .re = GPT4O },
	{ .name = "deepseek-v3", .re = DEEPSEEK3 },
	{ .name = "hunyuan-dense", .re = DEEPSEEK3 },
	{ .name = "bloom", .re = BLOOM },
	{ .name = "gpt3-finnish", .re = BLOOM },
	{ .name = "poro-chat", .re = BLOOM },
	{ .name = NULL }
};

const struct gguf_split *
gguf_split(struct slice name)
{
	const struct gguf_split *s;

	for (s = splits; s->name != NULL; s++)
		if (strlen(s->name) == name.n &&
		    memcmp(s->name, name.p, name.n) == 0)
			return s;
	return NULL;
}
