"""Random tokenizers, random texts: IDs, offsets, words, rows, decoding.

interop_components.py [COUNT [SEED]]: that many tokenizers (300), each a
normalizer, pre-tokenizer, model, post-processor and decoder drawn at random;
what the reference refuses or crashes on is passed over and counted.

interop_components.py --files COUNT [SEED]: tokenizer.json files with parts
changed at random; whether both take them, and the IDs if so.
"""
import copy
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

FILES = sys.argv[1:2] == ["--files"]
ARGS = sys.argv[2:] if FILES else sys.argv[1:]
COUNT = int(ARGS[0]) if len(ARGS) > 0 else 300
SEED = int(ARGS[1]) if len(ARGS) > 1 else 1
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


def template(pair):
    """A template with its pieces in any order and number."""
    def pieces(*texts):
        out = list(texts)
        for _ in range(rnd.randint(0, 4)):
            name = rnd.choice(["<s>", "</s>", "two"])
            kind = rnd.choice(["", ":0", ":1", ":2"])
            out.insert(rnd.randint(0, len(out)), name + kind)
        return out
    kind = [rnd.choice(["", ":1", ":3"]) for _ in range(3)]
    both = ["$A" + kind[1], "$B" + kind[2]]
    rnd.shuffle(both)
    two = {"id": "two", "ids": [pair[0][1], pair[1][1]], "tokens": [x for x, _ in pair]}
    return processors.TemplateProcessing(single=pieces("$A" + kind[0]), pair=pieces(*both),
                                         special_tokens=pair + [two])


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
            lambda: template(pair),
            lambda: processors.Sequence([processors.ByteLevel(trim_offsets=level and yes()),
                                         template(pair)]),
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


def row_options(tok):
    """Truncation and padding, for both."""
    how = {"max_length": rnd.randint(5, 24), "stride": rnd.randint(0, 3),
           "strategy": rnd.choice(["longest_first", "only_first"]),
           "direction": rnd.choice(["left", "right"])}
    tok.enable_truncation(**how)
    side, multiple = rnd.choice(["left", "right"]), rnd.choice([None, 3, 8])
    tok.enable_padding(direction=side, pad_id=7, pad_to_multiple_of=multiple)
    return (f"--truncation={how['strategy']} --max-length {how['max_length']} "
            f"--stride {how['stride']} --truncation-side {how['direction']} --overflow "
            f"--padding longest --padding-side {side} --pad-id 7 -b 100000"
            + (f" --pad-to-multiple-of {multiple}" if multiple else ""))


def more(tok, command, kept, encoded, lines, case):
    """Words, pairs and their types, rows cut and padded."""
    out = run(command + "word-ids", lines)
    got = out if isinstance(out, str) else numbers(out)
    want = [[-1 if w is None else w for w in e.word_ids] for e in encoded]
    if compare("words", want, got, kept, case):
        return False
    pairs = list(zip(kept[:40], kept[20:60]))
    try:
        want = tok.encode_batch(pairs)
    except BaseException:
        want = None
    for kind in ("ids", "type-ids") if want else ():
        out = run(command + kind, [json.dumps(x) for x in pairs])
        got = out if isinstance(out, str) else numbers(out)
        if compare("pair " + kind, [e.ids if kind == "ids" else e.type_ids for e in want],
                   got, pairs, case):
            return False
    try:
        options = row_options(tok)
        rows = [r for e in tok.encode_batch(kept) for r in [e] + e.overflowing]
    except BaseException:
        rows = None
    tok.no_truncation()
    tok.no_padding()
    if rows is None:
        return True
    out = run(command + "ids " + options, lines)
    got = out if isinstance(out, str) else numbers(out)
    return not compare("rows " + options, [r.ids for r in rows], got,
                       [options] * len(rows), case)


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
    if not more(tok, command, kept, encoded, lines, case):
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


ODD = [None, True, False, 0, 1, -1, 2**31, 2**32, 2**64, 1.5, 1e3, "", "a", "▁", "ab", [], {},
       [1], ["a"], "Always", "always", "first", "Isolated", "isolated", "Left"]
REGEXES = ["(", "[a", "a{2", "(?<=a)b", "a++", "(?>ab)", r"\h", r"\X", "(?i:ss)", r"\p{Foo}",
           r"\R", "(?i)straße", r"\G", "^$", "[[:alpha:]]", "[a&&b]", r"\x{41}", r"\u0041",
           r"(?<n>a)\k<n>", r"\b", r"\A", r"\Z", "(?m:.)", "(?x: a b)", r"\K", "a{,2}",
           "a{2,1}", "[]a]", "[^]", "(?#c)a", r"\1", "é+", "(?i)É", r"[\p{L}&&[^a]]", r"\d",
           r"[^\S ]", "a|", "(a|b)*?c", r"\O", r"(?~ab)", "[一-龥]", r"\p{Han}"]


# The reference takes such files, and fails or wraps around when it uses them.
KNOWINGLY = ["out of range", "is not among its special tokens", "a matter of chance"]


def places(tree, at=()):
    """The path of each value, but of the vocabulary's."""
    out = []
    pairs = tree.items() if isinstance(tree, dict) else enumerate(
        tree[:6]) if isinstance(tree, list) else ()
    for k, v in pairs:
        if k not in ("vocab", "merges"):
            out += [at + (k,)] + places(v, at + (k,))
    return out


def changed(tree):
    tree = copy.deepcopy(tree)
    for _ in range(rnd.choice([1, 1, 1, 2])):
        *path, key = rnd.choice([p for p in places(tree) if p[-1] != "type"])
        parent = tree
        for k in path:
            parent = parent[k]
        v, kind = parent[key], rnd.random()
        if kind < 0.25:
            del parent[key]
        elif key == "Regex" and kind < 0.8:
            parent[key] = rnd.choice(REGEXES)
        elif isinstance(v, bool) and kind < 0.6:
            parent[key] = not v
        elif isinstance(v, int) and kind < 0.6:
            parent[key] = rnd.choice([v + 1, 0, 1, -1, 2**31, 1.0, "1", None])
        elif isinstance(v, str) and kind < 0.6:
            parent[key] = rnd.choice(["", v + "x", v[:-1], "▁", "é", None, v.lower()])
        elif kind < 0.85 and isinstance(parent, dict):
            parent[rnd.choice(["extra", "content", "add_prefix_space", "split", "invert",
                               "behavior", "delimiter"])] = rnd.choice(ODD)
        else:
            parent[key] = rnd.choice(ODD)
    return tree


def check_file(tree, texts, case):
    """Both take the file, or both refuse it; or the reference breaks later."""
    tok = want = None
    try:
        tok = Tokenizer.from_str(json.dumps(tree))
        tok.no_padding()
        tok.no_truncation()
        want = [tok.encode(t).ids for t in texts]
    except BaseException as e:
        if isinstance(e, KeyboardInterrupt):
            raise
    with tempfile.TemporaryDirectory() as d:
        with open(f"{d}/tokenizer.json", "w") as f:
            json.dump(tree, f)
        out = run(f"hf-tokenize -m {d} --json --print ids", [json.dumps(t) for t in texts])
    if isinstance(out, str) and (want is None or any(x in out for x in KNOWINGLY)):
        return out.startswith("hf-tokenize: ") and "\n" not in out
    if tok is not None and want is None:
        return True
    if isinstance(out, str) or want is None:
        print(f"{case}: {'refused' if want else 'taken'}: {out if want else ''}")
        return False
    return not compare("ids", want, numbers(out), texts, case)


def files():
    """Twenty changes to each of COUNT tokenizers."""
    same = bad = 0
    for i in range(COUNT):
        rnd.seed(SEED * 1000003 + i)
        try:
            base = json.loads(build().to_str())
        except BaseException as e:
            if isinstance(e, KeyboardInterrupt):
                raise
            continue
        texts = [text() for _ in range(12)]
        if yes():
            base["truncation"] = {"direction": "Right", "max_length": 8,
                                  "strategy": "LongestFirst", "stride": 0}
        if yes():
            base["padding"] = {"strategy": "BatchLongest", "direction": "Right", "pad_id": 0,
                               "pad_to_multiple_of": None, "pad_type_id": 0, "pad_token": "x"}
        for k in range(20):
            tree = changed(base)
            ok = check_file(tree, texts, f"{i}.{k}")
            same += ok
            bad += not ok
            if not ok:
                for part in tree:
                    if tree[part] != base.get(part):
                        print("  ", part, str({k: v for k, v in tree[part].items() if k not in (
                            "vocab", "merges")} if isinstance(tree[part], dict)
                                              else tree[part])[:600])
    print(f"{same} files alike, {bad} not")
    return bad > 0


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
    sys.exit(files() if FILES else main())
