"""Random tokenizers, random texts: IDs, offsets, decoding.

interop_components.py [COUNT [SEED]]: that many tokenizers (300), each a
normalizer, pre-tokenizer, model, post-processor and decoder drawn at random;
what the reference refuses or crashes on is passed over and counted.
"""
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

import tokenizers
from tokenizers import (AddedToken, Regex, Tokenizer, decoders, models,
                        normalizers, pre_tokenizers, processors, trainers)

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 300
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 1
TEXTS = 120
rnd = random.Random(SEED)

# What tells components apart: case, marks, white space, digits, scripts.
PARTS = ("a b c e A B É é ß İ ﬁ ① ½ 中 国 日 ひ カ ー 가 ᄀ ᅡ ᆨ я Я Ω ς अ ् क ้ "
         "0 1 23 ٣ Ⅷ . , ! ? ' \" - _ $ + ` ~ “ … 、 。 ¿ # ▁ Ġ Ċ <s> </s> <unk> "
         "[CLS] [X] ## the The 's 't don't hello world").split() + [
    " ", " ", " ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\u2028",
    "\u0301", "\u0327", "\u0345", "\u200b", "\u200d", "\u200c", "\ufeff",
    "\u00ad", "\x00", "\x1f", "\x7f", "\x85", "\ufffd", "\ue000", "\U0001f600",
    "\U0001f468\u200d\U0001f469", "\U0001f1e6\U0001f1e7", "\U0001d400", "\ufe0f",
    "\u0600", "\u0e33", "a\u0301", "e\u0327\u0301"]


def text(most=14):
    return "".join(rnd.choice(PARTS) for _ in range(rnd.randint(0, most)))


def double_array(keys):
    """A darts-clone trie of {bytes: value}, small and slow."""
    root, units, used = {}, [0] * 256, {0}
    for key, value in keys.items():
        node = root
        for b in key:
            node = node.setdefault(b, {})
        node[-1] = value

    def place(at, node):
        labels = [max(b, 0) for b in node]
        offset = next(o for o in range(1, 1 << 20)
                      if all(at ^ o ^ x not in used for x in labels))
        base = at ^ offset
        while len(units) <= max(base ^ x for x in labels):
            units.extend([0] * 256)
        units[at] |= offset << 10 | (1 << 8 if -1 in node else 0)
        used.update(base ^ x for x in labels)
        for b in node:
            units[base ^ max(b, 0)] = node[b] | 1 << 31 if b == -1 else b
        for b in node:
            if b != -1:
                place(base ^ b, node[b])

    place(0, root)
    return units


def charsmap():
    keys, texts = {}, b""
    for _ in range(rnd.randint(1, 20)):
        key = text(2).replace("\0", "").encode()[:6]
        key = key.decode("utf-8", "ignore").encode()
        if key:
            keys[key] = len(texts)
            texts += text(2).replace("\0", "").encode() + b"\0"
    if not keys:
        keys, texts = {b"a": 0}, b"A\0"
    units = double_array(keys)
    return struct.pack(f"<{len(units) + 1}I", 4 * len(units), *units) + texts


def yes():
    return rnd.random() < 0.5


PATTERNS = [r"\s+", r"\p{L}+", r"[0-9]", r"\d+|\p{P}", r"a|b", r"(?i:the)", r"[^\w\s]+",
            r" ?\p{L}+| ?\p{N}+|\s+(?!\S)|\s+", r"(?=b)", r"\p{Lu}\p{Ll}*", " {2,}", r"a$",
            r"[一-龥]+", r"^\s", r"(a)(b)?", r".", r"\p{M}", r"\w+|[^\w\s]+"]
LITERALS = [" ", "a", "the", "▁", "é", "  ", "中", "\n", "''"]


def pattern():
    return rnd.choice(LITERALS) if yes() else Regex(rnd.choice(PATTERNS))


def normalizer(depth=0):
    n = normalizers
    kinds = [
        lambda: n.BertNormalizer(yes(), yes(), rnd.choice([None, True, False]), yes()),
        n.NFC, n.NFD, n.NFKC, n.NFKD, n.Lowercase, n.StripAccents, n.Nmt, n.ByteLevel,
        lambda: n.Strip(yes(), yes()),
        lambda: n.Replace(pattern(), rnd.choice(["", " ", "▁", "xy", "é"])),
        lambda: n.Prepend(rnd.choice(["▁", "ab", " "])),
        lambda: n.Precompiled(charsmap()),
    ]
    if depth == 0 and rnd.random() < 0.5:
        return n.Sequence([normalizer(1) for _ in range(rnd.randint(1, 3))])
    return rnd.choice(kinds)()


BEHAVIORS = ["removed", "isolated", "merged_with_previous", "merged_with_next",
             "contiguous"]


def metaspace():
    scheme = rnd.choice(["always", "first", "never"])
    return {"replacement": rnd.choice("▁▁▁_"), "prepend_scheme": scheme}


def splitter(depth=0):
    p = pre_tokenizers
    kinds = [
        p.BertPreTokenizer, p.Whitespace, p.WhitespaceSplit, p.UnicodeScripts,
        lambda: p.ByteLevel(add_prefix_space=yes(), use_regex=yes()),
        lambda: p.Metaspace(split=yes(), **metaspace()),
        lambda: p.CharDelimiterSplit(rnd.choice(" a▁é")),
        lambda: p.Digits(individual_digits=yes()),
        lambda: p.Punctuation(behavior=rnd.choice(BEHAVIORS)),
        lambda: p.Split(pattern(), rnd.choice(BEHAVIORS), invert=yes()),
        lambda: p.FixedLength(length=rnd.randint(1, 4)),
    ]
    if depth == 0 and rnd.random() < 0.5:
        return p.Sequence([splitter(1) for _ in range(rnd.randint(1, 3))])
    return rnd.choice(kinds)()


def decoder(depth=0):
    d = decoders
    kinds = [
        d.ByteLevel, d.ByteFallback, d.Fuse,
        lambda: d.WordPiece(prefix=rnd.choice(["##", "_"]), cleanup=yes()),
        lambda: d.Strip(content=rnd.choice(" ▁a"), left=rnd.randint(0, 2),
                        right=rnd.randint(0, 2)),
        lambda: d.Replace(pattern(), rnd.choice(["", " ", "x"])),
        lambda: d.Metaspace(**metaspace()),
        lambda: d.BPEDecoder(suffix=rnd.choice(["</w>", "e"])),
        lambda: d.CTC(pad_token="<pad>", word_delimiter_token="|", cleanup=yes()),
    ]
    if depth == 0 and rnd.random() < 0.4:
        return d.Sequence([decoder(1) for _ in range(rnd.randint(1, 3))])
    return rnd.choice(kinds)()


def bytes_pieces():
    return [f"<0x{b:02X}>" for b in range(256)]


def model_and_trainer(corpus):
    kind = rnd.choice(["bpe", "bpe", "wordpiece", "unigram", "unigram", "wordlevel"])
    unk = "<unk>"
    if kind == "bpe":
        # With a prefix or suffix the reference's byte_fallback counts their
        # bytes as the text's, and gives offsets behind its end.
        fallback = yes()
        affix = not fallback and yes()
        affixes = {k: v for k, v in [("continuing_subword_prefix", "##"),
                                     ("end_of_word_suffix", "</w>")] if affix and yes()}
        t = trainers.BpeTrainer(vocab_size=rnd.randint(80, 600), show_progress=False,
                                special_tokens=[unk] + (bytes_pieces() if fallback else []),
                                limit_alphabet=rnd.randint(20, 300), **affixes)
        m = models.BPE(unk_token=rnd.choice([unk, unk, None]), fuse_unk=yes(),
                       byte_fallback=fallback, ignore_merges=yes(), **affixes)
        return m, t
    if kind == "wordpiece":
        return (models.WordPiece(unk_token=unk, max_input_chars_per_word=rnd.choice([5, 100])),
                trainers.WordPieceTrainer(vocab_size=rnd.randint(80, 600), show_progress=False,
                                          special_tokens=[unk], limit_alphabet=200))
    if kind == "wordlevel":
        return (models.WordLevel(unk_token=unk),
                trainers.WordLevelTrainer(vocab_size=200, show_progress=False,
                                          special_tokens=[unk]))
    pieces = {unk}
    for s in corpus:
        for _ in range(4):
            i = rnd.randint(0, len(s))
            pieces.add(s[i:i + rnd.randint(1, 5)].replace(" ", "▁"))
    pieces.discard("")
    score = rnd.choice([lambda: -rnd.random() * 15, lambda: -rnd.choice([1.1, 2.2, 3.3])])
    vocab = [(unk, 0.0)] + [(p, score()) for p in sorted(pieces - {unk})]
    fallback = yes()
    if fallback:
        vocab += [(p, -5.0) for p in bytes_pieces() if p not in pieces]
    return models.Unigram(vocab, 0, fallback), None


def added(tok):
    # Offsets are trimmed by a token's text.  For Unigram's unk and an added
    # token that took white space along, after a normalizer, ours has another.
    level = not isinstance(tok.model, models.Unigram) and tok.normalizer is None
    out, forms = [], set()
    for content in rnd.sample(["<s>", "</s>", "[CLS]", "[X]", "the", "é", "a b", "  ", "中",
                               "hello", "Hello"], rnd.randint(0, 5)):
        # The reference looks for one that is normalized away everywhere, and of
        # two that become the same it takes either.
        form = tok.normalizer.normalize_str(content) if tok.normalizer else content
        gone = form == "" or form in forms
        forms.add(form)
        out.append(AddedToken(content, single_word=yes(), lstrip=yes(), rstrip=yes(),
                              normalized=not gone and yes(), special=yes()))
    tok.add_tokens(out)
    special = [x for x in ("<s>", "</s>") if tok.token_to_id(x) is not None]
    if len(special) == 2 and yes():
        pair = [(x, tok.token_to_id(x)) for x in special]
        tok.post_processor = rnd.choice([
            lambda: processors.TemplateProcessing(single="<s> $A </s>",
                                                  pair="<s> $A </s> $B:1 </s>:1",
                                                  special_tokens=pair),
            lambda: processors.BertProcessing(pair[1], pair[0]),
            lambda: processors.RobertaProcessing(pair[1], pair[0],
                                                 trim_offsets=level and yes(),
                                                 add_prefix_space=yes()),
        ])()
    elif level and yes():
        tok.post_processor = processors.ByteLevel(trim_offsets=yes())


def build():
    corpus = [text(20) for _ in range(200)]
    model, trainer = model_and_trainer(corpus)
    tok = Tokenizer(model)
    if rnd.random() < 0.75:
        tok.normalizer = normalizer()
    if rnd.random() < 0.75:
        tok.pre_tokenizer = splitter()
    if trainer is None and yes():  # the stacks of T5 and XLM-RoBERTa
        meta = pre_tokenizers.Metaspace()
        white = pre_tokenizers.WhitespaceSplit()
        tok.pre_tokenizer = pre_tokenizers.Sequence([white, meta]) if yes() else meta
        tok.normalizer = rnd.choice([None, normalizers.Precompiled(charsmap()), tok.normalizer])
    if rnd.random() < 0.8:
        tok.decoder = decoder()
    if trainer is not None:
        tok.train_from_iterator(corpus, trainer)
    added(tok)
    return Tokenizer.from_str(tok.to_str())  # as it is loaded


def run(command, lines):
    r = subprocess.run(command, input="".join(x + "\n" for x in lines).encode(),
                       capture_output=True, shell=True)
    if r.returncode != 0:
        return r.stderr.decode(errors="replace").strip()
    return r.stdout.decode().split("\n")[:-1]


def numbers(lines):
    return [[int(x) for x in line.split()] for line in lines]


def compare(name, want, got, shown, case):
    """Report the first difference: whether there was one."""
    if isinstance(got, str):
        print(f"{case}: {name}: {got}")
        return True
    for w, g, s in zip(want, got, shown):
        if w != g:
            print(f"{case}: {name}: {s!a}\n  want {w!a}\n  got  {g!a}")
            return True
    return len(want) != len(got)


def check(tok, directory, case):
    texts = [text() for _ in range(TEXTS)] + [text(600) for _ in range(3)]
    encoded, kept = [], []
    for t in texts:
        try:
            encoded.append(tok.encode(t))
            kept.append(t)
        except BaseException as e:  # a panic is none of Exception
            if isinstance(e, KeyboardInterrupt):
                raise
    if not kept:
        return None
    tok.save(f"{directory}/tokenizer.json")
    lines = [json.dumps(t) for t in kept]
    command = f"hf-tokenize -m {directory} --json --print "
    ids = run(command + "ids", lines)
    got = ids if isinstance(ids, str) else numbers(ids)
    if compare("ids", [e.ids for e in encoded], got, kept, case):
        return False
    off = run(command + "char-offsets", lines)
    got = off if isinstance(off, str) else numbers(off)
    want = [[x for o in e.offsets for x in o] for e in encoded]
    if compare("offsets", want, got, kept, case):
        return False
    some = [[rnd.randrange(tok.get_vocab_size() + 3) for _ in range(rnd.randint(0, 9))]
            for _ in range(40)] + [e.ids for e in encoded]
    for skip in (False, True):
        try:
            want = [tok.decode(x, skip_special_tokens=skip) for x in some]
        except BaseException:
            continue
        out = run(f"hf-tokenize -m {directory} --from-ids | hf-decode --json"
                  + (" --skip-special-tokens" if skip else ""),
                  [" ".join(map(str, x)) for x in some])
        got = out if isinstance(out, str) else [json.loads(x) for x in out]
        if compare("decode", want, got, some, case):
            return False
    return True


def main():
    bad = passed = skipped = 0
    print(f"tokenizers {tokenizers.__version__}, seed {SEED}")
    for i in range(COUNT):
        rnd.seed(SEED * 1000003 + i)
        with tempfile.TemporaryDirectory() as d:
            try:
                tok = build()
            except BaseException as e:
                if isinstance(e, KeyboardInterrupt):
                    raise
                if os.environ.get("WHY"):
                    print(f"{i}: passed over: {str(e)[:200]}")
                skipped += 1
                continue
            ok = check(tok, d, i)
            if ok is False:
                bad += 1
                keep = os.environ.get("KEEP")
                if keep:
                    tok.save(f"{keep}/{i}.json")
                print("   ", {k: v for k, v in json.loads(tok.to_str())["model"].items()
                              if k not in ("vocab", "merges")})
                for k, v in json.loads(tok.to_str()).items():
                    if k in ("added_tokens", "normalizer", "pre_tokenizer", "decoder", "post_processor"):
                        print("  ", k, str(v)[:1000])
            elif ok is None:
                skipped += 1
            else:
                passed += 1
    print(f"{passed} tokenizers equal, {bad} not, {skipped} passed over")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
