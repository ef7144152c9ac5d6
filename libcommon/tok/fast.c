#include "tok/part.h"

struct engine *
bpe_engine(const struct steps *normalizer, const struct steps *pretokenizer,
    const struct tok_model *m)
{
	(void)normalizer, (void)pretokenizer, (void)m;
	return NULL;
}
