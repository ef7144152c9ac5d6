"""hf-tokenize and hf-decode against Python's tokenizers, over random strings.

interop_tok.py [--count N] [--seed N] DIR...   folders with a tokenizer.json
interop_tok.py --parts N                       made-up stacks of components

Compared are IDs, IDs with special tokens, character offsets, word ids, pairs'
types, and decoding with and without special tokens.
"""
import argparse
import json
import os
import random
import subprocess
import sys
import tempfile

from tokenizers import Tokenizer

POOLS = [
    "abcdefghijklmnopqrstuvwxyz", "ABCXYZ", "0123456789", " ", " \t\n\r",
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "'s't're've'm'll'd",
    "äöüßéèñçøåŁİıſΑΣςσ", "дополнительно", "العربية שלום", "हिन्दी ภาษาไทย",
    "任何由硬盘日本語한국어かなカナー々〇", "\u0301\u0300\u0308\u0323\u093f",
    "\u00a0\u2003\u3000\u200b\u200d\ufeff\u2028\u0085\x0b\x0c\x1f\x7f",
    "😀👩\u200d🌾🇩🇪🏽️①²½Ⅷﬁㄱ각ｶﾞ", "、。，！？「」…—–·", "▁Ġ##<0x41>",
]


def word(r):
    kind = r.random()
    if kind < 0.75:
        pool = r.choice(POOLS)
        return "".join(r.choice(pool) for _ in range(r.randint(1, 12)))
    if kind < 0.9:
        pool = "".join(r.sample(POOLS, 2))
        return "".join(r.choice(pool) for _ in range(r.randint(1, 8)))
    c = r.randrange(0x20, 0x30000)
    while 0xd800 <= c < 0xe000:
        c = r.randrange(0x20, 0x30000)
    return chr(c) * r.randint(1, 3)


def text(r, special):
    if r.random() < 0.01:
        return r.choice("aé中!") * r.randint(90, 400)
    parts = []
    for _ in range(r.randint(0, 12)):
        parts.append(r.choice(special) if special and r.random() < 0.06
                     else word(r))
        if r.random() < 0.6:
            parts.append(" " * r.choice([1, 1, 1, 1, 2, 5]))
    return "".join(parts)


def run(command, lines):
    p = subprocess.run(command, shell=True, input="".join(
        l + "\n" for l in lines).encode(), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE)
    out = p.stdout.split(b"\n")[:-1]
    if p.returncode or len(out) != len(lines):
        sys.stderr.write("%s: exit %d, %d lines for %d: %s\n" % (
            command, p.returncode, len(out), len(lines), p.stderr.decode()))
    return out + [None] * (len(lines) - len(out))


def numbers(line):
    return None if line is None else [int(x) for x in line.split()]


def flat(spans):
    return [x for s in spans for x in s]


def none(values):
    return [-1 if v is None else v for v in values]


class Report:
    def __init__(self):
        self.same = self.other = 0

    def check(self, name, what, source, want, got):
        if want == got:
            self.same += 1
            return
        self.other += 1
        if self.other <= 12:
            print("%s %s: %s\n  want %s\n  got  %s" % (
                name, what, json.dumps(source)[:300], str(want)[:300],
                str(got)[:300]))


def compare(report, folder, texts, name):
    t = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    t.no_padding()
    t.no_truncation()
    try:
        plain = t.encode_batch(texts, add_special_tokens=False)
        whole = t.encode_batch(texts)
    except BaseException as e:          # a panic is one too
        print("%s: the reference fails: %s" % (name, str(e)[:100]))
        return
    lines = [json.dumps(x, ensure_ascii=False) for x in texts]
    base = "hf-tokenize -m '%s' --json --print " % folder
    for what, command, wants in (
        ("ids", base + "ids --no-special-tokens", [e.ids for e in plain]),
        ("special", base + "ids", [e.ids for e in whole]),
        ("offsets", base + "char-offsets", [flat(e.offsets) for e in whole]),
        ("words", base + "word-ids --no-special-tokens",
         [none(e.word_ids) for e in plain]),
    ):
        for x, want, got in zip(texts, wants, run(command, lines)):
            report.check(name, what, x, want, numbers(got))
    pairs = list(zip(texts[:200], texts[100:300]))
    lines = [json.dumps(p, ensure_ascii=False) for p in pairs]
    for x, want, got in zip(pairs, t.encode_batch(pairs),
                            run(base + "type-ids", lines)):
        report.check(name, "types", x, want.type_ids, numbers(got))
    ids = [" ".join(map(str, e.ids)) for e in whole]
    for skip, option in ((False, ""), (True, " --skip-special-tokens")):
        out = run("hf-tokenize -m '%s' --from-ids | hf-decode --json "
                  "--clean-up-tokenization-spaces=no%s" % (folder, option),
                  ids)
        for e, got in zip(whole, out):
            report.check(name, "decode" + option, e.ids, t.decode(
                e.ids, skip_special_tokens=skip),
                None if got is None else json.loads(got))


NORMALIZERS = [
    {"type": "NFC"}, {"type": "NFD"}, {"type": "NFKC"}, {"type": "NFKD"},
    {"type": "Lowercase"}, {"type": "StripAccents"}, {"type": "Nmt"},
    {"type": "Strip", "strip_left": True, "strip_right": False},
    {"type": "Strip", "strip_left": True, "strip_right": True},
    {"type": "Prepend", "prepend": "▁"},
    {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
    {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
    {"type": "Replace", "pattern": {"Regex": "[0-9]"}, "content": "<n>"},
    {"type": "BertNormalizer", "clean_text": True,
     "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
    {"type": "BertNormalizer", "clean_text": False,
     "handle_chinese_chars": True, "strip_accents": True, "lowercase": False},
    {"type": "BertNormalizer", "clean_text": True,
     "handle_chinese_chars": False, "strip_accents": False,
     "lowercase": True},
    {"type": "ByteLevel"},
]
BEHAVIORS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext",
             "Contiguous"]
PRETOKENIZERS = [
    {"type": "BertPreTokenizer"}, {"type": "Whitespace"},
    {"type": "WhitespaceSplit"}, {"type": "UnicodeScripts"},
    {"type": "CharDelimiterSplit", "delimiter": "e"},
    {"type": "Digits", "individual_digits": True},
    {"type": "Digits", "individual_digits": False},
    {"type": "FixedLength", "length": 3},
    {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True,
     "use_regex": True},
    {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
     "use_regex": False},
] + [
    {"type": "Metaspace", "replacement": "▁", "prepend_scheme": p, "split": s}
    for p in ("always", "first", "never") for s in (True, False)
] + [
    {"type": "Punctuation", "behavior": b} for b in BEHAVIORS
] + [
    {"type": "Split", "pattern": p, "behavior": b, "invert": i}
    for p in ({"String": " "}, {"Regex": r"\p{L}+|\p{N}"},
              {"Regex": r"\s+(?!\S)|[aeiou]+"})
    for b in BEHAVIORS for i in (True, False)
]
DECODERS = [
    None, {"type": "ByteLevel", "add_prefix_space": True,
           "trim_offsets": True, "use_regex": True},
    {"type": "WordPiece", "prefix": "##", "cleanup": True},
    {"type": "WordPiece", "prefix": "##", "cleanup": False},
    {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always",
     "split": True},
    {"type": "BPEDecoder", "suffix": "</w>"},
    {"type": "CTC", "pad_token": "a", "word_delimiter_token": "|",
     "cleanup": True},
    {"type": "Sequence", "decoders": [
        {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
        {"type": "ByteFallback"}, {"type": "Fuse"},
        {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
]


def post(r):
    special = {"[CLS]": {"id": "[CLS]", "ids": [1, 2], "tokens": ["x", "y"]},
               "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["z"]}}

    def sp(name, kind):
        return {"SpecialToken": {"id": name, "type_id": kind}}

    def seq(name, kind):
        return {"Sequence": {"id": name, "type_id": kind}}
    template = {"type": "TemplateProcessing", "special_tokens": special,
                "single": [sp("[CLS]", 0), seq("A", 0), sp("[SEP]", 1)],
                "pair": [sp("[CLS]", 2), seq("B", 1), sp("[SEP]", 0),
                         seq("A", 3)]}
    level = {"type": "ByteLevel", "add_prefix_space": r.random() < 0.5,
             "trim_offsets": True, "use_regex": True}
    return r.choice([
        None, template, level,
        {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 1]},
        {"type": "RobertaProcessing", "sep": ["[SEP]", 3],
         "cls": ["[CLS]", 1], "trim_offsets": True,
         "add_prefix_space": r.random() < 0.5},
        {"type": "Sequence", "processors": [level, template]}])


def pieces(r):
    """A small vocabulary with pieces of the pools' characters."""
    out = ["[UNK]", "[CLS]", "[PAD]", "[SEP]", "<s>"]
    for p in POOLS:
        out += list(p)
    for _ in range(600):
        p = r.choice(POOLS)
        w = "".join(r.choice(p) for _ in range(r.randint(2, 4)))
        out += [w, "##" + w, "▁" + w]
    out += ["##" + c for p in POOLS[:8] for c in p]
    return list(dict.fromkeys(x for x in out if x.strip() or x == " "))


def model(r):
    v = pieces(r)
    ids = {p: i for i, p in enumerate(v)}
    kind = r.choice(["WordPiece", "WordLevel", "Unigram", "BPE"])
    if kind == "WordPiece":
        return {"type": kind, "unk_token": "[UNK]", "vocab": ids,
                "continuing_subword_prefix": "##",
                "max_input_chars_per_word": r.choice([5, 20, 100])}
    if kind == "WordLevel":
        return {"type": kind, "unk_token": "[UNK]", "vocab": ids}
    if kind == "Unigram":
        return {"type": kind, "unk_id": 0, "byte_fallback": False,
                "vocab": [[p, -r.randrange(1, 40) / 4] for p in v]}
    merges = []
    for p in v:
        for i in range(1, len(p)):
            if p[:i] in ids and p[i:] in ids:
                merges.append([p[:i], p[i:]])
    r.shuffle(merges)
    return {"type": kind, "dropout": None, "unk_token": r.choice(
        ["[UNK]", None]), "continuing_subword_prefix": None,
        "end_of_word_suffix": None, "fuse_unk": r.random() < 0.5,
        "byte_fallback": False, "ignore_merges": r.random() < 0.5,
        "vocab": ids, "merges": merges}


def some(r, parts, key, most):
    n = r.randint(0, most)
    if n == 0:
        return None
    if n == 1:
        return r.choice(parts)
    return {"type": "Sequence", key: [r.choice(parts) for _ in range(n)]}


def made_up(r):
    m = model(r)
    size = len(m["vocab"])
    added = [("[CLS]", 1, True), ("[SEP]", 3, True), ("<mask>", size, True),
             ("Wort", size + 1, False), ("e", 0, False), ("a b", size + 2,
                                                         False)]
    if isinstance(m["vocab"], dict):
        known = m["vocab"]
    else:
        known = {p: i for i, (p, _) in enumerate(m["vocab"])}
    tokens = []
    next_id = size
    for content, _, special in added:
        id_ = known.get(content)
        if id_ is None:
            id_, next_id = next_id, next_id + 1
        if r.random() < 0.3 and content not in ("[CLS]", "[SEP]"):
            if content not in known:
                next_id -= 1
            continue
        tokens.append({"id": id_, "content": content, "special": special,
                       "single_word": r.random() < 0.3,
                       "lstrip": r.random() < 0.3,
                       "rstrip": r.random() < 0.3,
                       "normalized": r.random() < 0.4})
    return {"version": "1.0", "truncation": None, "padding": None,
            "added_tokens": tokens,
            "normalizer": some(r, NORMALIZERS, "normalizers", 3),
            "pre_tokenizer": some(r, PRETOKENIZERS, "pretokenizers", 3),
            "post_processor": post(r), "decoder": r.choice(DECODERS),
            "model": m}


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--count", type=int, default=2000)
    a.add_argument("--parts", type=int, default=0)
    a.add_argument("--first", type=int, default=0, help="of the stacks")
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--keep", help="folder for the stacks that differ")
    a.add_argument("dirs", nargs="*")
    a = a.parse_args()
    report = Report()
    for d in a.dirs:
        r = random.Random(a.seed)
        with open(os.path.join(d, "tokenizer.json")) as f:
            special = [t["content"] for t in json.load(f)["added_tokens"]]
        name = os.path.basename(os.path.normpath(d))
        for i in range(0, a.count, 5000):
            compare(report, d, [text(r, special[:300]) for _ in
                                range(min(5000, a.count - i))], name)
        print("%s: so far %d the same, %d not" % (
            name, report.same, report.other), flush=True)
    for i in range(a.first, a.first + a.parts):
        r = random.Random(a.seed * 100003 + i)
        with tempfile.TemporaryDirectory() as d:
            made = made_up(r)
            with open(os.path.join(d, "tokenizer.json"), "w") as f:
                json.dump(made, f)
            before = report.other
            compare(report, d, [text(r, ["[CLS]", "<mask>", "Wort", "e",
                                         "a b"]) for _ in range(100)],
                    "stack %d" % i)
            if report.other > before:
                print("stack %d: %s" % (i, json.dumps(
                    {k: v for k, v in made.items() if k != "model"})))
                if a.keep:
                    os.makedirs(a.keep + "/%d" % i, exist_ok=True)
                    with open(a.keep + "/%d/tokenizer.json" % i, "w") as f:
                        json.dump(made, f)
    print("%d the same, %d not" % (report.same, report.other))
    return report.other > 0 or report.same == 0


if __name__ == "__main__":
    sys.exit(main())
