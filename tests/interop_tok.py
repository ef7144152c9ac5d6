"""hf-tokenize and hf-decode against Python's tokenizers, over random strings.

interop_tok.py [--count N] [--seed N] DIR...   folders with a tokenizer.json

Compared are IDs, IDs with special tokens, character offsets, word ids, pairs'
types, and decoding with and without special tokens.
"""
import argparse
import json
import os
import random
import subprocess
import sys

from tokenizers import Tokenizer

POOLS = [
    "abcdefghijklmnopqrstuvwxyz", "ABCXYZ", "0123456789", " ", " \t\n\r",
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "'s't're've'm'll'd",
    "äöüßéèñçøåŁİıſΑΣςσ", "дополнительно", "العربية שלום", "हिन्दी ภาษาไทย",
    "任何由硬盘日本語한국어かなカナー々〇", "\u0301\u0300\u0308\u0323\u093f",
    "\u00a0\u2003\u3000\u200b\u200d\ufeff\u2028\u0085\x0b\x0c\x1f\x7f",
    "😀👩\u200d🌾🇩🇪🏽️①²½Ⅷﬁㄱ각ｶﾞ", "、。，！？「」…—–·", "▁Ġ##<0x41>",
]
WORDS = ("the of and HTTPServer don't I'LL we've 'S '\u017f 3.14159 1234567 "
         "foo_bar x=y+z; http://a.b/c?d=e#f café naïve Привет 你好 ＡＢ "
         "👨\u200d👩\u200d👧 e\u0301 ภาษา 한국어 #include <stdio.h> --- ... "
         "???!!! ß İ ǅ ﬁ").split(" ")


def word(r):
    kind = r.random()
    if kind < 0.15:
        return r.choice(WORDS)
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


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--count", type=int, default=2000)
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("dirs", nargs="+")
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
    return report.other > 0 or report.same == 0


if __name__ == "__main__":
    sys.exit(main())
