#!/usr/bin/env python3
# Compare hf-tokenize --chat --render with transformers' own rendering: every
# filter, test, method and operator over many values, statements by hand, chat
# templates of the shapes in use over random conversations.  A line for each
# difference; exit 1 if there was one.
#	scripts/interop-chat [-n CONVERSATIONS] [-v]
# --golden writes what tests/unit/check_jinja.c reads: the snippets written by
# hand and some conversations, with what Python makes of them.
#	scripts/interop-chat --golden >tests/data/jinja.jsonl
import argparse
import copy
import itertools
import json
import os
import random
import re
import subprocess
import sys
import tempfile

import jinja2
import transformers
from transformers.utils.chat_template_utils import (
    _compile_jinja_template, render_jinja_template)

VARS = {
    "s": "Hello, wörld! \"it's\"\n  foo_bar <b>x & y</b> 12\t",
    "t": "the quick-brown fox jumps\nover the lazy dog",
    "u": "ΑΣ ß ǆ ﬁ İı 漢字 😀 e\u0301",
    "e": "", "i": 42, "n": -7, "z": 0, "f": 3.14159, "g": 1e16, "h": -0.5,
    "b": True, "c": False, "none": None,
    "l": [3, 1, 2], "w": ["b", "A", "c", "a", "B"], "m": [1, "1", 1.0, True],
    "x": [], "y": {}, "d": {"b": 1, "a": [1, {"k": "v"}], "C": None},
    "p": [{"name": "Zoe", "age": 30, "city": {"n": "x"}},
          {"name": "adam", "age": 4, "city": {"n": "Y"}},
          {"name": "Bob", "age": 30, "city": {"n": "y"}}],
    "digits": "0x1F", "num": " 12_3 ", "fl": "1.5e3", "long": "abc " * 30,
}
VALUES = [k for k in VARS if k != "none"] + [
    "none", "undef", "range(4)", "(1, 'a')", "1.0", "1e300", "-1", "'%s-%d'",
    "l|map('string')", "d.items()", "'A'"]

FILTERS = """abs attr('upper') attr('b') batch(2) batch(2,'-') capitalize
center center(9) center(20) count d('x') default('x') default('x',true)
dictsort dictsort(true) dictsort(false,'value') dictsort(by='value',reverse=true)
e escape filesizeformat filesizeformat(true) first float float(2.5) forceescape
format(1) format('a') format(a=1) groupby('age') groupby('city.n')
groupby('zz',default=1) indent indent(2) indent(2,true) indent('> ',true,true)
indent(width=1,blank=true) int int(7) int(0,16) int(base=2) items join join(', ')
join('-',attribute='name') last length list lower map('upper')
map(attribute='name') map(attribute='age',default=0) map('int') max
max(attribute='age') min min(case_sensitive=true) min(attribute='name')
reject('odd') reject rejectattr('age','gt',5) rejectattr('zz')
replace('l','LL') replace('','-') replace('o','0',1) reverse round round(1)
round(2,'floor') round(-1) round(0,'ceil') safe select select('string')
select('in',[1,2]) selectattr('name') selectattr('age','equalto',30)
selectattr('city.n','eq','x') slice(2) slice(3,'-') sort sort(reverse=true)
sort(case_sensitive=true) sort(attribute='name') sort(attribute='age,name')
string striptags sum sum(attribute='age') sum(start=10) title tojson
tojson(indent=2) tojson(true) tojson(sort_keys=true)
tojson(separators=(',',':')) tojson(ensure_ascii=true) trim trim('Hd')
truncate truncate(9) truncate(12,true) truncate(5,true,'') truncate(9,leeway=0)
truncate(14,false,'..',0) unique unique(true) unique(attribute='age') upper
urlencode wordcount wordwrap(10) wordwrap(5,false) wordwrap(5,true,'|')
wordwrap(8,break_on_hyphens=false) xmlattr xmlattr(false) nonesuch
random(1,2) center(x=1) replace(1)""".split()

TESTS = """boolean callable defined divisibleby(2) divisibleby(0) eq(42)
equalto('') escaped even false filter float ge(1) gt(1) greaterthan(1)
in([1,42,'']) in('42abc') integer iterable le(1) lower lt(1) lessthan(2)
mapping ne(1) none number odd sameas(none) sameas(true) sequence string test
true undefined upper nonesuch""".split()

METHODS = """capitalize() casefold() center(30,'*') count('o') count('')
count('l',3) endswith('t') endswith(('x','\\t')) expandtabs() expandtabs(4)
find('o') find('o',6) find('zz') find('',100) find('o',-5,-1) index('l')
index('zz') isalnum() isalpha() isascii() isdecimal() isdigit() isidentifier()
islower() isnumeric() isprintable() isspace() istitle() isupper() join(w)
join(l) join('abc') ljust(25,'.') lower() lstrip() lstrip('He') partition(',')
partition('zz') removeprefix('Hello') removesuffix('\\t') replace('o','0')
replace('o','0',1) replace('','.') rfind('o') rfind('zz') rindex('l')
rjust(50) rpartition('o') rsplit() rsplit('o') rsplit(None,1) rsplit('o',1)
rstrip() rstrip('\\t21') split() split('o') split('o',1) split(None,2)
split(',',maxsplit=1) split('') splitlines() splitlines(true)
splitlines(keepends=true) startswith('He') startswith('w',7) startswith(('a','H'))
strip() strip('H\\t') swapcase() title() upper() zfill(60) format(1) get('a')
get('zz') get('zz',5) get('b','c','d') items() keys() values() copy() append(1)
pop() update({}) clear() sort() insert(0,1) index(1) index(3,1) count(1)
bit_length() is_integer() nonesuch() __class__ __len__() _x mro() name.upper()
""".split()

OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", "<=",
             ">", ">=", "in", "not in", "and", "or"]
OPERANDS = ["1", "-3", "2.5", "0", "true", "none", "'a'", "'ab'", "'%d|'", "x",
            "l", "(1,)", "d", "undef", "'3'", "1.0", "0.0"]

PYTHON_FORMATS = ["%s", "%d", "%5d", "%-5d|", "%05d", "%+d", "% d", "%x", "%#x",
                  "%o", "%X", "%e", "%.2f", "%10.3f", "%-10.2f|", "%g", "%G",
                  "%c", "%r", "%%", "%i", "%u", "%.3s", "%8.2s|", "%a", "%q",
                  "%", "%(k)s", "%*d", "%s %s", "%.0f", "%#.0f", "%010.2f"]
STR_FORMATS = ["{}", "{:d}", "{:5}", "{:<5}|", "{:^7}|", "{:>7}|", "{:*^9}",
               "{:+}", "{: }", "{:,}", "{:_}", "{:x}", "{:#x}", "{:b}", "{:o}",
               "{:08.3f}", "{:.2f}", "{:.1%}", "{:e}", "{:g}", "{:G}", "{:n}",
               "{:c}", "{!r}", "{!s:>6}|", "{!r:^9}", "{0}{0}", "{1}", "{a}",
               "{:{w}}|", "{0.real}", "{0[0]}", "{", "}", "{{}}", "{:q}",
               "{:.3}", "{:05}", "{:=+6}", "{:é^5}", "{!x}", "{0", "{:,.2f}",
               "{:.0f}", "{:#.3g}", "{:<05}|"]
FORMAT_ARGS = ["1", "-42", "3.14159", "1234567.891", "'abc'", "'é'", "true",
               "none", "[1]", "1e20", "65", "0.0001", "100.0", "'漢'"]

SNIPPETS = r"""
{{ 1 }}{{ 1.0 }}{{ 1e16 }}{{ 1e15 }}{{ 1e-4 }}{{ 1e-5 }}{{ 123456789012345678 }}{{ 0.1+0.2 }}
{{ 0x1f }}{{ 0b101 }}{{ 0o17 }}{{ 1_000 }}{{ 1_0.5_0 }}{{ 1e+3 }}{{ 00 }}
{{ 007 }}
{{ 9223372036854775807 }}|{{ -9223372036854775807 }}
{{ 'a\n\t\\\'\"\x41\u00e9\U0001F600\101\q\0' }}
{{ "a" 'b' "c" }}
{{ '\é' }}|{{ '\x' }}
{{ 'é\
x' }}
{{ true }}{{ True }}{{ false }}{{ None }}{{ none }}
{{ [1,2,] }}{{ (1,) }}{{ () }}{{ (1) }}{{ {} }}{{ {'a':1,} }}{{ {1:2, 1.0:3, true:4} }}
{{ 1, 2 }}
{{ [1, 'a\'b', "q\"", 'it\'s "x"', none, 1.5, {'k': (1,)}] }}
{{ 'tab\there' }}{{ ['tab\there\x00\x7f\xa0\xad\u200b\u3000é'] }}
{{ 2**3**2 }} {{ -2**2 }} {{ 2**-1 }} {{ (-1)|abs }} {{ -1|abs }} {{ -l[0] }} {{ +1 }} {{ - -1 }} {{ not not 1 }}
{{ 7//2 }} {{ -7//2 }} {{ 7%-3 }} {{ -7%3 }} {{ 7.5//2 }} {{ -7.5%2 }} {{ 1/3 }} {{ 6/2 }} {{ 0.0/5 }}
{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 1 == 1.0 == true }} {{ 'a' < 'b' }} {{ [1,2] < [1,3] }} {{ 2 in [1,2] == true }}
{{ 1 if true }}|{{ 1 if false }}|{{ 1 if false else 2 if false else 3 }}
{{ (1 if false) is defined }}|{{ (1 if false).x }}
{{ not 1 in [1] }} {{ not (1 in [1]) }} {{ 1 not in [2] }} {{ 1 is not none and 2 is odd or false }}
{{ 1 ~ 'a' ~ none ~ undef ~ [1] }} {{ 'a' ~ 1 + 2 }}
{{ undef }}|{{ undef|default('x') }}|{{ undef is defined }}|{{ d.zz }}|{{ d['zz'] }}|{{ l[10] }}
{{ undef.x }}
{{ undef['x'] }}
{{ d.zz.y }}
{{ undef + 1 }}
{{ undef == undef }}{{ undef != 1 }}{{ undef in [1] }}{{ not undef }}{{ undef|length }}{{ undef|list }}
{{ undef() }}
{{ d.zz() }}
{{ l.append(1) }}
{{ d.update({}) is defined }}|{{ l.append is defined }}
{{ d.items }}
{{ s.__class__ }}|{{ s.__class__.__mro__ }}
{{ ''.__class__ is defined }}
{{ l[0] }}{{ l[-1] }}{{ l[1:] }}{{ l[:1] }}{{ l[::-1] }}{{ l[::2] }}{{ l[5:] }}{{ l[-2:] }}{{ l[2:0:-1] }}{{ l[:-1] }}{{ l[1:2:1] }}
{{ s[0] }}{{ s[-1] }}{{ s[2:9] }}{{ u[::-1] }}{{ u[1:12:3] }}{{ u[-3:] }}{{ u|length }}{{ u[10] }}{{ u[13:16] }}
{{ l['a'] }}|{{ s['upper']() }}|{{ d['items'] is defined }}
{{ range(10)[2:8:2] }}{{ range(5)[::-1]|list }}{{ range(3) }}{{ range(1,5,2) }}{{ range(5,0,-2)|list }}{{ 3 in range(5) }}{{ range(2,2)|list }}
{{ range(100001) }}
{{ range(100000)|length }}
{{ range(1,2,0) }}
{{ l[::0] }}
{{ none[1:] }}
{{ l[1.5] }}
{{ d[[1]] }}
{{ {[1]:2} }}
{{ (1,2)[0] }}{{ l.0 }}{{ p.0.name }}{{ p[0].city.n }}{{ p[0]['city']['n'] }}
{{ dict(a=1, b=2) }}{{ dict([('x', 1)], y=2) }}{{ dict(d, z=1)|length }}{{ dict([1]) }}
{{ namespace(a=1) }}
{{ namespace(_a=1) }}
{% set ns = namespace(a=1, b='x') %}{{ ns.a }}{% set ns.a = ns.a + 1 %}{{ ns.a }}{{ ns.c }}{{ ns['b'] }}{% set ns.c = [ns.a] %}{{ ns.c }}
{% set ns = namespace() %}{% set ns._x = 1 %}
{% set q = {} %}{% set q.x = 1 %}
{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set (a, (c2, d2)) = (3, (4, 5)) %}{{ a }}{{ c2 }}{{ d2 }}
{% set a, b = [1] %}
{% set a, b = [1,2,3] %}
{% set a, b = 'xy' %}{{ a }}{{ b }}
{% set a = 1, %}{{ a }}
{% set a %}x{{ 1 }}{% endset %}[{{ a }}]{{ a is string }}
{% set a | upper | replace('X','y') %}x{{ 1 }}{% endset %}[{{ a }}]
{% set a = 1 %}{% if true %}{% set a = 2 %}{% endif %}{{ a }}
{% set a = 1 %}{% for i in l %}{% set a = i %}{{ a }}{% endfor %}{{ a }}
{% for i in l %}{{ a }}{% set a = i %}{{ a }}{% endfor %}
{% for i in l %}{{ i }}{% if not loop.last %},{% endif %}{% endfor %}
{% for i in x %}a{% else %}b{% endfor %}{% for i in l %}{% else %}c{% endfor %}
{% for i in l %}{% break %}{% else %}c{% endfor %}{% for i in l %}{{ i }}{% break %}{% endfor %}
{% for i in l %}{% if i == 1 %}{% continue %}{% endif %}{{ i }}{% endfor %}{% for i in l %}{% continue %}{% else %}e{% endfor %}
{% for i in l %}{{ i }}{% if i == 1 %}{% break %}{% endif %}{% else %}e{% endfor %}
{% break %}
{% for i in l %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}
{% for i in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.depth }}{{ loop.depth0 }}{% endfor %}
{% for i in l %}{{ loop.previtem }}-{{ loop.nextitem }};{{ loop.previtem is defined }}{% endfor %}
{% for i in [1,1,2] %}{{ loop.changed(i) }}{{ loop.cycle('a','b') }}{% endfor %}
{% for i in l|map('string') %}{{ loop.length }}{{ i }}{{ loop.last }}{% endfor %}
{% for i in l|select %}{{ loop.last }}{{ loop.nextitem }}{% endfor %}
{% for i in l if i > 1 %}{{ i }}{{ loop.index }}{{ loop.length }}{% else %}none{% endfor %}
{% for i in l if i > 9 %}{{ i }}{% else %}none{% endfor %}
{% for i in l if loop.index %}{{ i }}{% endfor %}
{% for k in d %}{{ k }}{% endfor %}{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}{% for k, v in d|items %}{{ k }}{% endfor %}{% for v in d.values() %}{{ v }}{% endfor %}
{% for k, v in d|dictsort %}{{ k }}={{ v }};{% endfor %}
{% for c in u %}[{{ c }}]{% endfor %}{% for i in range(3) %}{{ i }}{% endfor %}{% for i in undef %}x{% endfor %}
{% for i in none %}{% endfor %}
{% for i in 5 %}{% endfor %}
{% for a, b in [1, 2] %}{% endfor %}
{% for a, (b, c) in [(1,(2,3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}
{% for loop in l %}{% endfor %}
{% for i in l %}{% for j in l %}{{ loop.index }}{% endfor %}{{ loop.index }}{% endfor %}
{% for i in l recursive %}{{ i }}{% endfor %}
{% for i in [{'n':1,'c':[{'n':2,'c':[]},{'n':3,'c':[{'n':4,'c':[]}]}]}] recursive %}{{ i.n }}@{{ loop.depth }}[{{ loop(i.c) }}]{% endfor %}
{% for i in l %}{{ loop(l) }}{% endfor %}
{% for i in l[:2] %}{% set z = loop %}{% for j in l[:2] %}{{ z.index }}{{ loop.index }} {% endfor %}{% endfor %}
{% if x %}a{% elif l %}b{% else %}c{% endif %}{% if x %}a{% elif y %}b{% else %}c{% endif %}{% if 0.0 %}1{% endif %}{% if '' %}2{% endif %}{% if none %}3{% endif %}{% if ' ' %}4{% endif %}
{% if 1, 2 %}t{% endif %}
{% macro m(a, b=2, c='x') %}[{{ a }}{{ b }}{{ c }}]{% endmacro %}{{ m(1) }}{{ m(1, c=3) }}{{ m() }}{{ m(b=1, a=2) }}{{ m(1,2,3) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, zz=2) }}
{% macro m(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, 3, x=4) }}{{ m() }}
{% macro m(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}{{ m.name }}{{ m.arguments }}
{% macro m() %}{{ q }}{% endmacro %}{% set q = 5 %}{{ m() }}{% set q = 6 %}{{ m() }}
{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}body{{ i }}{% endcall %}
{% macro m() %}{% for i in l %}{{ caller(i) }}{% endfor %}{% endmacro %}{% call(q) m() %}<{{ q }}>{% endcall %}
{% macro m() %}x{% endmacro %}{% call m() %}body{% endcall %}
{% macro m() %}{{ caller() }}{% endmacro %}{{ m() }}
{% macro m() %}{{ caller is defined }}{% endmacro %}{{ m() }}
{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(5) }}
{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(5) }}
{% macro m() %}{% set l = 1 %}{{ l }}{% endmacro %}{{ m() }}{{ l }}
{% macro m(x) %}{{ x }}{% endmacro %}{{ l|map('string')|map('upper')|join }}{{ [m(1), m(2)]|join('+') }}{{ m }}
{% call 1 %}{% endcall %}
{% macro m(a=1, b) %}{% endmacro %}
{% filter upper %}abc{{ 'd' }}{% endfilter %}{% filter replace('a','b')|upper %}aa{% endfilter %}
{% filter nonesuch %}{% endfilter %}
{% with a = 1, b = 2 %}{{ a }}{{ b }}{% endwith %}{{ a }}{% with %}{% set zq = 1 %}{% endwith %}{{ zq }}
{% with a = 1, b = a %}{{ b }}{% endwith %}
{% generation %}gen{{ i }}{% set r = 1 %}{% endgeneration %}{{ r }}
{%- generation -%} gen {%- endgeneration -%} x
{% block b1 %}in{{ i }}{% endblock %}{% block b2 %}x{% endblock b2 %}
{% print 1, 'a' %}{% print %}
{% raw %}{{ x }}{% if %}{% endraw %}|{%- raw -%}  a  {%- endraw -%}  b
{% raw %}
 x
 {% endraw %}
{% raw %}a
{# c #}a{#- c -#} b {# x
y #}
c
  {% if true %}
  a
  {% endif %}
b
  {%+ if true %}
x{% endif +%}
y
a {%- if true -%} b {%- endif -%} c
a{{- ' b ' -}} c
 {{ 1 }} 
{{ 1 }}
	{# c #}
	x
{% set a = 1 %}


x
{%- set a = 1 %}
{{+ 1 }}
{{ 1 +}}
{{ 1 -}}  x
a  {#- c #}
x  {%- if true %}y{%- endif %}
{{ '}}' }}{{ "{%" }}{{ {'a':{'b':1}}.a.b }}
{{ {'a':1}}}
{{ [1, 2 }}
{{ (1 }}
{{ 1) }}
{{ [1) }}
{{
{{ 1
{% if
{% if x
{% if x %}
{% for %}
{% for i in %}{% endfor %}
{% endif %}
{% if x %}{% endfor %}
{% nonesuch %}
{% include 'x' %}
{% import 'x' as y %}
{% from 'x' import y %}
{% extends 'x' %}
{# unclosed
{{ }}
{% %}
{{ 1 2 }}
{{ a b }}
{{ 'abc }}
{{ ! }}
{{ a = 1 }}
{{ 1 | }}
{{ x. }}
{{ x.'a' }}
{{ x[] }}
{{ f(a=1, 2) }}
{{ f(**d, *l) }}
{{ dict(**{'a': 1}) }}{{ dict(*[[('b', 2)]]) }}{{ "%s %s"|format(*[1,2]) }}{{ cycler(*l).next() }}
{{ dict(a=1, a=2) }}
{{ 1 is defined is defined }}
{{ 1 is divisibleby 1 }}{{ 4 is divisibleby 2 and true }}{{ 1 is not defined }}{{ 5 is in [5] }}{{ 1 is sameas 1 }}{{ 'a' is eq 'a' }}{{ 3 is gt 2 }}
{{ x is nonesuch }}
{% if false %}{{ x|nonesuch }}{% endif %}ok
{% if false %}{{ x is nonesuch }}{% endif %}ok
{% for i in x %}{{ i|nonesuch }}{% endfor %}ok
{% if false %}{% for i in x %}{{ i|nonesuch }}{% endfor %}{% endif %}ok
{{ 1 if true else x|nonesuch }}
{% if true %}{{ x|nonesuch }}{% endif %}
{{ 'upper' is filter }}{{ 'zz' is filter }}{{ 'odd' is test }}
{{ raise_exception('boo ' ~ i) }}
{{ raise_exception() }}
{% set c1 = cycler('a','b') %}{{ c1.next() }}{{ c1.current }}{{ c1.next() }}{{ c1.next() }}{{ c1.reset() }}{{ c1.current }}
{{ cycler() }}
{% set j = joiner('|') %}{{ j() }}a{{ j() }}b{{ j() }}{% set k = joiner() %}{{ k() }}{{ k() }}
{{ s|escape }}|{{ (s|escape)|escape }}|{{ (s|safe)|escape }}|{{ ('<'|escape) + '<' }}|{{ '<' + ('<'|safe) }}|{{ ('<'|escape) ~ '<' }}|{{ (s|safe) is escaped }}
{{ p|selectattr('age','equalto',30)|map(attribute='name')|list }}{{ p|rejectattr('age','lt',5)|list|length }}
{{ p|map(attribute='city.n')|join('/') }}{{ p|sum(attribute='age') }}{{ p|map('length')|list }}
{% set g = l|map('string') %}{{ g|list }}{{ g|list }}
{{ l|map('nonesuch') is defined }}
{{ l|map('nonesuch')|list }}
{{ (l|select('odd'))|length }}
{{ l|map|list }}
{{ p|groupby('age') }}{% for a, b in p|groupby('age') %}{{ a }}:{{ b|length }};{% endfor %}{% for g in p|groupby('city.n') %}{{ g.grouper }}{{ g.list|length }}{% endfor %}
{{ '%s is %d and %.2f'|format('a', 3, 2.5) }}{{ '%(x)s'|format(x=1) }}{{ '%s' % 'a' }}{{ '%s %s' % (1, 2) }}{{ '%d%%' % 5 }}
{{ '{} {0}'.format(1) }}
{{ '{a.b} {d[b]} {l[0]}'.format(a={'b':1}, d=d, l=l) }}{{ '{:>{w}}'.format('x', w=5) }}{{ '{x}'.format_map({'x': 1}) }}
{{ '{0.__class__}'.format(1) }}
{{ d|tojson }}{{ s|tojson }}{{ u|tojson }}{{ [1.0,1e16,none,true,'\x7f\u2028']|tojson }}{{ {1:2,none:3,true:4,1.5:5}|tojson }}
{{ d|tojson(indent=2) }}{{ []|tojson(indent=2) }}{{ {}|tojson(indent=4) }}{{ [[],{}]|tojson(indent=1) }}{{ [1,[2]]|tojson(indent=0) }}{{ [1]|tojson(indent='--') }}
{{ undef|tojson }}
{{ range(3)|tojson }}
{{ (l|map('int'))|tojson }}
{{ (1,2)|tojson }}{{ p|tojson(separators=(',', ':')) }}{{ {'b':1,'a':2}|tojson(sort_keys=true) }}
{{ {'b':1,2:2}|tojson(sort_keys=true) }}
{{ d.items()|list }}{{ d.keys()|list }}{{ d.values()|list }}{{ d.items() }}{{ d.keys() }}{{ 'a' in d }}{{ 'a' in d.keys() }}{{ d|list }}{{ d|length }}{{ d.keys()|length }}
{{ d == {'C': none, 'b': 1, 'a': [1, {'k': 'v'}]} }}{{ [1] == (1,) }}{{ 'a' == 1 }}{{ 1 == true }}{{ {'a':1} == {'a':1.0} }}
{{ [3,1,2]|sort|first }}{{ w|sort }}{{ w|sort(case_sensitive=true) }}{{ w|unique|list }}{{ [1,'a']|sort }}
{{ m|unique|list }}{{ m|map('string')|list }}
{{ 'a,b,,c'.split(',') }}{{ ' a  b '.split() }}{{ 'a  b '.split(' ') }}{{ '<think>x</think>y'.split('</think>')[-1].lstrip('\n') }}
{{ s.split('\n')[0] }}{{ s.strip().title() }}{{ 'abc'.replace('b', '') }}{{ 'x'.join(['a','b']) }}{{ ', '.join(d) }}
{{ 'abc' is string and 'abc' is sequence and 'abc' is iterable and d is mapping and d is not string }}
{{ s is lower }}{{ 'ABC' is upper }}{{ '123' is upper }}{{ 'abc1' is lower }}
{{ 5|string + 'a' }}{{ '5'|int + 1 }}{{ '5.7'|int }}{{ 'x'|int }}{{ '1f'|int(0,16) }}{{ none|int }}{{ 'inf'|int(5) }}{{ 3.99|int }}{{ true|int }}
{{ 42.55|round }}{{ 42.55|round(1) }}{{ 2.5|round }}{{ 3.5|round }}{{ 0.5|round }}{{ 42|round }}{{ 15|round(-1) }}{{ 25|round(-1) }}{{ 42.7|round|int }}{{ 2.675|round(2) }}{{ 1234.5|round(-2) }}{{ 50.0|round(-2) }}{{ 51.0|round(-2) }}{{ 5.0|round(-3) }}
{{ 1e22 }}{{ 123456.789e3 }}{{ 5e-324 }}{{ 1.7976931348623157e308 }}{{ 1e308*10 }}{{ -0.0 }}{{ 100.0 }}{{ 1e2 }}{{ 0.00001234 }}{{ 1e400 }}
{{ 10**18 }}{{ 7 * 6 }}{{ 'ab' * 3 }}{{ 3 * [1] }}{{ 'a' * -1 }}{{ [1] + [2] }}{{ (1,) + (2,) }}
{{ 1 + 'a' }}
{{ 'a' + 1 }}
{{ none + 'a' }}
{{ [1] + (2,) }}
{{ 1 / 0 }}
{{ 'a' < 1 }}
{{ 1 in 'abc' }}
{{ 1 in 5 }}
{{ s|length > 3 and l|length == 3 }}{{ l|length - 1 }}{{ (l|length - 1) - 0 }}
{{ strftime_now('%Y-%m-%d %H:%M:%S %f %z|%Z %d %b %Y %j %A %%') }}
{{ lipsum }}
{{ l|first }}{{ x|first }}{{ x|last }}{{ l|last }}{{ s|first }}{{ u|last }}{{ d|first }}{{ d|last }}{{ x|max }}{{ l|min }}{{ w|max }}{{ range(5)|last }}
{{ (l|map('int'))|last }}
{{ l|reverse|list }}{{ u|reverse }}{{ d|reverse|list }}{{ range(3)|reverse|list }}{{ (l|select)|reverse }}
{{ (l|reverse)|length }}
{{ 'hello world-foo (bar) [x] {y} <z> a_b o\'neil'|title }}{{ 'hELLO'|capitalize }}{{ u|title }}{{ u|capitalize }}{{ u|upper }}{{ u|lower }}{{ u.title() }}{{ u.swapcase() }}{{ 'ΑΣΣ ΑΣ.Α Σ'|lower }}
{{ t|wordcount }}{{ u|wordcount }}{{ '漢字 и mots_1 ½'|wordcount }}
{{ 'foo bar baz qux'|truncate(9) }}{{ 'foo bar baz qux'|truncate(9, True) }}{{ 'foo bar baz qux'|truncate(11) }}{{ 'foo bar baz qux'|truncate(11, False, '...', 0) }}
{{ 'foo'|truncate(2) }}
{{ t|wordwrap(12) }}|{{ 'well-known re-use a--b c -- d---e x-y-z'|wordwrap(6) }}|{{ 'aaaaaaaaaaaaaaaaaaaa bb'|wordwrap(5) }}|{{ 'a   b    c'|wordwrap(3) }}|{{ '   lead'|wordwrap(4) }}|{{ ''|wordwrap }}|{{ 'super-long-hyphenated-thing'|wordwrap(9) }}
{{ 'x'|wordwrap(0) }}
{{ 'a b/c?d=é&f'|urlencode }}{{ {'a b':'c/d','e':1}|urlencode }}{{ [('k','v w')]|urlencode }}{{ 5|urlencode }}
{{ '<p>Hello &amp; <b>world</b> <!-- c -->  x </p>'|striptags }}{{ 'a < b'|striptags }}{{ '&#65;&#x42;&lt;'|striptags }}
{{ {'class':'a b','id':none,'x':'<"'}|xmlattr }}{{ {'a b':1}|xmlattr }}
{{ 999|filesizeformat }}{{ 1|filesizeformat }}{{ 1000|filesizeformat }}{{ 1500000|filesizeformat }}{{ 1024|filesizeformat(true) }}{{ 1e15|filesizeformat }}{{ '123'|filesizeformat }}{{ 1e30|filesizeformat }}
{{ 'a\nb\n\nc'|indent }}|{{ 'a\nb\n\nc'|indent(2, true, true) }}|{{ ''|indent(2,true) }}|{{ 'a\r\nb\u2028c'|indent(1) }}
{{ [1,2,3,4,5]|batch(2)|list }}{{ [1,2,3,4,5]|batch(2,'x')|list }}{{ [1,2,3,4,5]|slice(2)|list }}{{ [1,2,3,4,5]|slice(3,'x')|list }}{{ []|batch(2)|list }}{{ []|slice(2)|list }}
{{ d|attr('items') is defined }}{{ d|attr('b') }}{{ s|attr('upper')() }}{{ undef|attr('x') }}
{% set messages = [1,2] %}{{ messages[0] }}{% set messages = messages[1:] %}{{ messages }}
{% for i in range(3) %}{% set ns = namespace(x=i) %}{{ ns.x }}{% endfor %}
{%if true%}a{%endif%}{%-if true-%} b {%-endif-%}
{% if true: %}a{% endif %}
{{ [1,2,3][1] }}{{ {'a':1}['a'] }}{{ 'abc'[1] }}{{ (1,2,3)[-1] }}{{ [[1,2],[3]][0][1] }}{{ "a".upper().lower() }}{{ [1,2].count(1) }}
{{ l|length|string|length }}{{ -l|length }}
{{ true and 'x' or 'y' }}{{ '' or none or 0 }}{{ 1 and 0 and x }}{{ false or [] }}
{{ 1.__class__ }}
{{ 1 .x }}|{{ 1.5.x }}
{{ loop }}
{{ i.real }}
{{ a if b else c }}{{ 'y' if c else 'n' }}{{ ('a' if b) ~ ('b' if c) }}
{{ ('a', 'b') }}{{ ('a') }}{{ 'é' }}{{ ['é', '\n', '漢'] }}{{ [u] }}
{{ p[1:] | map(attribute='name') | join(', ') }}{{ p | selectattr('name', 'in', ['Zoe']) | list | length }}{{ p | selectattr('city', 'mapping') | list | length }}
{% set content = 'a' %}{% set content = content + 'b' %}{% for i in l %}{% set content = content + 'c' %}{% endfor %}{{ content }}
{% set x = 5 %}{% macro show() %}{{ x }}{% endmacro %}{% for i in l %}{% set x = i %}{{ show() }}{% endfor %}
{% for i in l %}{% macro mm() %}{{ i }}{% endmacro %}{{ mm() }}{% endfor %}
{{ "%s" % l }}|{{ "%s" % (l,) }}|{{ "%s" % d }}|{{ "x" % d }}|{{ "x" % l }}
{{ "x" % 1 }}
{{ "%s %s" % 1 }}
{{ [none, true]|map('string')|join(',') }}{{ [[1],[2]]|sum(start=[]) }}{{ ['a']|sum(start='') }}
{{ l is iterable }}{{ 5 is iterable }}{{ range is callable }}{{ undef is callable }}{{ undef is sequence }}{{ undef is iterable }}{{ range(2) is sequence }}{{ d.items() is sequence }}
{{ 'a' 'b' ~ 'c' }}
{{ {'a': 1}.a }}{{ {'items': 1}.items is callable }}{{ {'items': 1}['items'] }}
{% set a = namespace(items=5) %}{{ a.items }}
{{ 3 * 'ab' ~ 1 }}{{ 1 - 1 ~ 2 }}{{ 10 // 3 * 2 }}{{ 10 % 4 ** 2 }}{{ 2 * 3 % 4 }}
{{ -1 ** 2 }}{{ not true == false }}{{ 1 + 2 == 3 and 2 * 2 == 4 }}
""".strip("\n")

# A line of SNIPPETS is a template; these take several.
MULTILINE = [
    "a\n  {% if true %}\n    b\n  {% endif %}\nc\n",
    "{% for i in l %}\n  {{ i }}\n{% endfor %}\n",
    "{%- for i in l -%}\n  {{ i }}\n{%- endfor -%}\n",
    "x\r\n{% if true %}\r\ny\r{% endif %}\r\n\r\n",
    "\n\n{{ 1 }}\n\n", "\n", "", "a\n\n", "  {# c #}\n  b", "{# c #}  \n b",
    "  {%- set a = 1 -%}  \n  b", "{% raw %}\n x\n{% endraw %}\ny",
    "  {% raw %}  {{ a }}  {% endraw %}  ", "a {%+ raw %} b {% endraw +%}\nc",
    "{% raw -%}\n\n x{%- endraw -%}\n\ny", " \u00a0{% if true %}x{% endif %}",
    "é {%- if true %} x{% endif %}", "\ufeff{{ 1 }}",
    "{{ 1 }}\n{{ 2 }}\n", "{{ 1 -}}\n{{ 2 }}", "{{ 1 }}\n{{- 2 }}",
    "{% set x -%}\n a \n{%- endset %}[{{ x }}]",
    "{{\n  1\n  +\n  2\n}}", "{%\n if true\n%}x{% endif %}",
    "{# a {# b #} c #}", "{# {{ x }} #}a", "{{ '{#' }}{{ '#}' }}",
    "{{ '%}' }}{% if '%}' %}x{% endif %}", "{ {{ 1 }} } {% if true %}%{% endif %}",
    "{% if true %}\n\nx\n\n{% endif %}\n\ny", "\t{% if true %}\t\nx{% endif %}",
    "a\x0b{% if true -%}\x0c\x1c b{% endif %}",
    "{%- if true %}a{%- else %}b{%- endif %}",
]

# Chat templates of the shapes that models come with.
TEMPLATES = {
    "chatml": "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
    "zephyr": "{% for message in messages %}\n{% if message['role'] == 'user' %}\n{{ '<|user|>\n' + message['content'] + eos_token }}\n{% elif message['role'] == 'system' %}\n{{ '<|system|>\n' + message['content'] + eos_token }}\n{% elif message['role'] == 'assistant' %}\n{{ '<|assistant|>\n'  + message['content'] + eos_token }}\n{% endif %}\n{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}",
    "llama2": "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}{% for message in loop_messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if loop.index0 == 0 and system_message != false %}{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}",
    "llama3.1": """{{- bos_token }}
{%- if custom_tools is defined %}
    {%- set tools = custom_tools %}
{%- endif %}
{%- if not tools_in_user_message is defined %}
    {%- set tools_in_user_message = true %}
{%- endif %}
{%- if not date_string is defined %}
    {%- set date_string = "26 Jul 2024" %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}
{#- This block extracts the system message, so we can slot it into the right place. #}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{#- System message + builtin tools #}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{%- if builtin_tools is defined or tools is not none %}
    {{- "Environment: ipython\\n" }}
{%- endif %}
{%- if builtin_tools is defined %}
    {{- "Tools: " + builtin_tools | reject('equalto', 'code_interpreter') | join(", ") + "\\n\\n"}}
{%- endif %}
{{- "Cutting Knowledge Date: December 2023\\n" }}
{{- "Today Date: " + date_string + "\\n\\n" }}
{%- if tools is not none and not tools_in_user_message %}
    {{- "You have access to the following functions." }}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\\n\\n" }}
    {%- endfor %}
{%- endif %}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- if tools_in_user_message and not tools is none %}
    {%- if messages | length != 0 %}
        {%- set first_user_message = messages[0]['content']|trim %}
        {%- set messages = messages[1:] %}
    {%- else %}
        {{- raise_exception("Cannot put tools in the first user message when there's no first user message!") }}
{%- endif %}
    {{- '<|start_header_id|>user<|end_header_id|>\\n\\n' -}}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\\n\\n" }}
    {%- endfor %}
    {{- first_user_message + "<|eot_id|>"}}
{%- endif %}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls|length == 1 %}
            {{- raise_exception("This model only supports single tool-calls at once!") }}
        {%- endif %}
        {%- set tool_call = message.tool_calls[0].function %}
        {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' -}}
        {{- '{"name": "' + tool_call.name + '", ' }}
        {{- '"parameters": ' }}
        {{- tool_call.arguments | tojson }}
        {{- "}" }}
        {{- "<|eot_id|>" }}
    {%- elif message.role == "tool" or message.role == "ipython" %}
        {{- "<|start_header_id|>ipython<|end_header_id|>\\n\\n" }}
        {%- if message.content is mapping or message.content is iterable %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
        {{- "<|eot_id|>" }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
""",
    "mistral": """{%- if messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}
{%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}
{%- set ns = namespace() %}
{%- set ns.index = 0 %}
{%- for message in loop_messages %}
    {%- if not (message.role == "tool" or message.role == "tool_results" or (message.tool_calls is defined and message.tool_calls is not none)) %}
        {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
            {{- raise_exception("After the optional system message, conversation roles must alternate user/assistant/user/assistant/...") }}
        {%- endif %}
        {%- set ns.index = ns.index + 1 %}
    {%- endif %}
{%- endfor %}
{{- bos_token }}
{%- for message in loop_messages %}
    {%- if message["role"] == "user" %}
        {%- if tools is not none and (message == user_messages[-1]) %}
            {{- "[AVAILABLE_TOOLS] [" }}
            {%- for tool in tools %}
                {%- set tool = tool.function %}
                {{- '{"type": "function", "function": {' }}
                {%- for key, val in tool.items() if key != "return" %}
                    {%- if val is string %}
                        {{- '"' + key + '": "' + val + '"' }}
                    {%- else %}
                        {{- '"' + key + '": ' + val|tojson }}
                    {%- endif %}
                    {%- if not loop.last %}
                        {{- ", " }}
                    {%- endif %}
                {%- endfor %}
                {{- "}}" }}
                {%- if not loop.last %}
                    {{- ", " }}
                {%- else %}
                    {{- "]" }}
                {%- endif %}
            {%- endfor %}
            {{- "[/AVAILABLE_TOOLS]" }}
        {%- endif %}
        {%- if loop.last and system_message is defined %}
            {{- "[INST] " + system_message + "\\n\\n" + message["content"] + "[/INST]" }}
        {%- else %}
            {{- "[INST] " + message["content"] + "[/INST]" }}
        {%- endif %}
    {%- elif message.tool_calls is defined and message.tool_calls is not none %}
        {{- "[TOOL_CALLS] [" }}
        {%- for tool_call in message.tool_calls %}
            {%- set out = tool_call.function|tojson %}
            {{- out[:-1] }}
            {%- if not tool_call.id is defined or tool_call.id|length != 9 %}
                {{- raise_exception("Tool call IDs should be alphanumeric strings with length 9!") }}
            {%- endif %}
            {{- ', "id": "' + tool_call.id + '"}' }}
            {%- if not loop.last %}
                {{- ", " }}
            {%- else %}
                {{- "]" + eos_token }}
            {%- endif %}
        {%- endfor %}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"]|trim + eos_token}}
    {%- elif message["role"] == "tool_results" or message["role"] == "tool" %}
        {%- if message.content is defined and message.content.content is defined %}
            {%- set content = message.content.content %}
        {%- else %}
            {%- set content = message.content %}
        {%- endif %}
        {{- '[TOOL_RESULTS] {"content": ' + content|string + ", " }}
        {{- '"call_id": "' + message.tool_call_id|default('none') + '"}[/TOOL_RESULTS]' }}
    {%- else %}
        {{- raise_exception("Only user and assistant roles are supported, with the exception of an initial optional system message!") }}
    {%- endif %}
{%- endfor %}
""",
    "gemma": """{{ bos_token }}
{%- if messages[0]['role'] == 'system' -%}
    {%- if messages[0]['content'] is string -%}
        {%- set first_user_prefix = messages[0]['content'] + '

' -%}
    {%- else -%}
        {%- set first_user_prefix = messages[0]['content'][0]['text'] + '

' -%}
    {%- endif -%}
    {%- set loop_messages = messages[1:] -%}
{%- else -%}
    {%- set first_user_prefix = "" -%}
    {%- set loop_messages = messages -%}
{%- endif -%}
{%- for message in loop_messages -%}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}
        {{ raise_exception("Conversation roles must alternate user/assistant/user/assistant/...") }}
    {%- endif -%}
    {%- if (message['role'] == 'assistant') -%}
        {%- set role = "model" -%}
    {%- else -%}
        {%- set role = message['role'] -%}
    {%- endif -%}
    {{ '<start_of_turn>' + role + '
' + (first_user_prefix if loop.first else "") }}
    {%- if message['content'] is string -%}
        {{ message['content'] | trim }}
    {%- elif message['content'] is iterable -%}
        {%- for item in message['content'] -%}
            {%- if item['type'] == 'image' -%}
                {{ '<start_of_image>' }}
            {%- elif item['type'] == 'text' -%}
                {{ item['text'] | trim }}
            {%- endif -%}
        {%- endfor -%}
    {%- else -%}
        {{ raise_exception("Invalid content type") }}
    {%- endif -%}
    {{ '<end_of_turn>
' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{'<start_of_turn>model
'}}
{%- endif -%}
""",
    "phi3": "{% for message in messages %}{% if message['role'] == 'system' and message['content'] %}{{'<|system|>\n' + message['content'] + '<|end|>\n'}}{% elif message['role'] == 'user' %}{{'<|user|>\n' + message['content'] + '<|end|>\n'}}{% elif message['role'] == 'assistant' %}{{'<|assistant|>\n' + message['content'] + '<|end|>\n'}}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}",
    "deepseek": "{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}{% set ns = namespace(is_first=false, is_tool=false, is_output_first=true, system_prompt='') %}{%- for message in messages %}{%- if message['role'] == 'system' %}{% set ns.system_prompt = message['content'] %}{%- endif %}{%- endfor %}{{bos_token}}{{ns.system_prompt}}{%- for message in messages %}{%- if message['role'] == 'user' %}{%- set ns.is_tool = false -%}{{'<｜User｜>' + message['content']}}{%- endif %}{%- if message['role'] == 'assistant' and message['content'] is none %}{%- set ns.is_tool = false -%}{%- for tool in message['tool_calls']%}{%- if not ns.is_first %}{{'<｜Assistant｜><｜tool▁calls▁begin｜>' + tool['type'] + tool['function']['name'] + '\\n' + '```json' + '\\n' + tool['function']['arguments']|string + '\\n' + '```'}}{%- set ns.is_first = true -%}{%- else %}{{'\\n' + tool['type']}}{%- endif %}{%- endfor %}{%- endif %}{%- if message['role'] == 'assistant' and message['content'] is not none %}{%- if ns.is_tool %}{{'<｜tool▁outputs▁end｜>' + message['content'] + '<｜end▁of▁sentence｜>'}}{%- set ns.is_tool = false -%}{%- else %}{% set content = message['content'] %}{% if '</think>' in content %}{% set content = content.split('</think>')[-1] %}{% endif %}{{'<｜Assistant｜>' + content + '<｜end▁of▁sentence｜>'}}{%- endif %}{%- endif %}{%- if message['role'] == 'tool' %}{%- set ns.is_tool = true -%}{%- if ns.is_output_first %}{{'<｜tool▁outputs▁begin｜>' + message['content']|string}}{%- set ns.is_output_first = false %}{%- else %}{{'\\n' + message['content']|string}}{%- endif %}{%- endif %}{%- endfor -%}{% if ns.is_tool %}{{'<｜tool▁outputs▁end｜>'}}{% endif %}{% if add_generation_prompt and not ns.is_tool %}{{'<｜Assistant｜><think>\\n'}}{% endif %}",
    "command-r": """{{ bos_token }}{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = '## Task and Context\\nYou help people.' %}{% endif %}{{ '<|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|># Safety Preamble' }}{{ '\\n' + system_message }}{{ '\\n\\n## Available Tools\\nHere is a list of tools:\\n\\n' }}{% for tool in tools or [] %}{% if loop.index0 != 0 %}{{ '\\n\\n' }}{% endif %}{{ '```python\\ndef ' + tool.function.name + '(' }}{% for param_name, param_fields in tool.function.parameters.properties.items() %}{% if loop.index0 != 0 %}{{ ', ' }}{% endif %}{{ param_name }}: {% if not param_name in tool.function.parameters.required | default([]) %}{{ 'Optional[' + param_fields.type | replace('string', 'str') + '] = None' }}{% else %}{{ param_fields.type }}{% endif %}{% endfor %}{{ ') -> List[Dict]:\\n    \"\"\"' }}{{ tool.function.description }}{% if tool.function.parameters.properties | length != 0 %}{{ '\\n\\n    Args:\\n        ' }}{% for n, f in tool.function.parameters.properties | dictsort %}{% if loop.index0 != 0 %}{{ '\\n        ' }}{% endif %}{{ n + ' (' + f.type + '): ' + f.description | default('') }}{% endfor %}{% endif %}{{ '\\n    \"\"\"\\n    pass\\n```' }}{% endfor %}{% for message in loop_messages %}{% set content = message['content'] %}{% if message['role'] == 'user' %}{{ '<|USER_TOKEN|>' + content.strip() }}{% elif message['role'] == 'assistant' %}{{ '<|CHATBOT_TOKEN|>' }}{% if content %}{{ content.strip() }}{% endif %}{% if message.tool_calls %}{{ '\\nAction: ```json\\n[\\n' }}{% for tc in message.tool_calls %}{{ '{' | indent(4, first=true) }}{{ '\"parameters\": ' + tc.function.arguments | tojson(indent=4) | indent(8) }}{{ '}' }}{% endfor %}{% endif %}{% elif message['role'] == 'tool' %}{{ '<results>' }}{{ content }}{{ '</results>' }}{% endif %}{% endfor %}{% if documents %}{% for doc in documents %}{{ 'Document: ' ~ loop.index0 }}{% for key, value in doc.items() %}{{ '\\n' ~ key ~ ': ' ~ value }}{% endfor %}{% endfor %}{% endif %}""",
    "hermes": """{%- macro json_to_python_type(json_spec) %}
{%- set basic_type_map = {
    "string": "str",
    "number": "float",
    "integer": "int",
    "boolean": "bool"
} %}
{%- if basic_type_map[json_spec.type] is defined %}
    {{- basic_type_map[json_spec.type] }}
{%- elif json_spec.type == "array" %}
    {{- "list[" +  json_to_python_type(json_spec|items) + "]"}}
{%- elif json_spec.type == "object" %}
    {%- if json_spec.additionalProperties is defined %}
        {{- "dict[str, " + json_to_python_type(json_spec.additionalProperties) + ']'}}
    {%- else %}
        {{- "dict" }}
    {%- endif %}
{%- elif json_spec.type is iterable %}
    {{- "Union[" }}
    {%- for t in json_spec.type %}
      {{- json_to_python_type({"type": t}) }}
      {%- if not loop.last %}
        {{- "," }}
    {%- endif %}
    {%- endfor %}
    {{- "]" }}
{%- else %}
    {{- "Any" }}
{%- endif %}
{%- endmacro %}
{{- bos_token }}
{{- '<|im_start|>system\\n' }}
{%- for tool in tools or [] %}
    {%- if tool.function is defined %}
        {%- set tool = tool.function %}
    {%- endif %}
    {{- '{"type": "function", "function": ' }}
    {{- '{"name": "' + tool.name + '", ' }}
    {{- '"description": "' + tool.name + '(' }}
    {%- for param_name, param_fields in tool.parameters.properties|items %}
        {{- param_name + ": " + json_to_python_type(param_fields) }}
        {%- if not loop.last %}
            {{- ", " }}
        {%- endif %}
    {%- endfor %}
    {{- ")" }}
    {{- '", "parameters": ' }}
    {%- if tool.parameters.properties | length == 0 %}
        {{- "{}" }}
    {%- else %}
        {{- tool.parameters | tojson }}
    {%- endif %}
    {{- "}" }}
    {%- if not loop.last %}
        {{- "\\n" }}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.role == "user" or message.role == "system" or (message.role == "assistant" and message.tool_calls is not defined) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {{- '<|im_start|>' + message.role }}
    {%- for tool_call in message.tool_calls %}
       {{- '\\n<tool_call>\\n' }}
           {%- if tool_call.function is defined %}
                {%- set tool_call = tool_call.function %}
            {%- endif %}
            {{- '{' }}
            {{- '"name": "' }}
            {{- tool_call.name }}
            {{- '"' }}
            {{- ', '}}
            {%- if tool_call.arguments is defined %}
                {{- '"arguments": ' }}
                {%- if tool_call.arguments is string %}
                    {{- tool_call.arguments }}
                {%- else %}
                    {{- tool_call.arguments|tojson }}
                {%- endif %}
            {%- endif %}
             {{- '}' }}
            {{- '\\n</tool_call>' }}
    {%- endfor %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == "tool" %}
        {%- if loop.previtem and loop.previtem.role != "tool" %}
            {{- '<|im_start|>tool\\n' }}
        {%- endif %}
        {{- '<tool_response>\\n' }}
        {{- message.content }}
        {%- if not loop.last %}
            {{- '\\n</tool_response>\\n' }}
        {%- else %}
            {{- '\\n</tool_response>' }}
        {%- endif %}
        {%- if not loop.last and loop.nextitem.role != "tool" %}
            {{- '<|im_end|>' }}
        {%- elif loop.last %}
            {{- '<|im_end|>' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
""",
    "smollm3": """{%- if enable_thinking is not defined -%}{%- set enable_thinking = true -%}{%- endif -%}
{%- if messages[0].role == "system" -%}
{%- set system_message = messages[0].content -%}
{%- if "/no_think" in system_message -%}{%- set reasoning_mode = "/no_think" -%}
{%- elif "/think" in system_message -%}{%- set reasoning_mode = "/think" -%}
{%- else -%}{%- set reasoning_mode = "/think" if enable_thinking else "/no_think" -%}{%- endif -%}
{%- set custom_instructions = system_message.replace("/no_think", "").replace("/think", "").rstrip() -%}
{%- else -%}{%- set reasoning_mode = "/think" if enable_thinking else "/no_think" -%}{%- endif -%}
{{- "<|im_start|>system\\n" -}}
{%- set today = strftime_now("%d %B %Y") -%}
{{- "Today: " ~ today ~ " Mode: " + reasoning_mode + "\\n" -}}
{%- if custom_instructions -%}{{- custom_instructions + "\\n\\n" -}}{%- endif -%}
{%- for message in messages -%}
  {%- set content = message.content if message.content is string else "" -%}
  {%- if message.role == "user" -%}
    {{ "<|im_start|>" + message.role + "\\n" + content + "<|im_end|>\\n" }}
  {%- elif message.role == "assistant" -%}
    {% generation %}
    {%- if reasoning_mode == "/think" -%}
    {{ "<|im_start|>assistant\\n" + content.lstrip("\\n") + "<|im_end|>\\n" }}
    {%- else -%}
    {{ "<|im_start|>assistant\\n" + "<think>\\n\\n</think>\\n" + content.lstrip("\\n") + "<|im_end|>\\n" }}
    {%- endif -%}
    {% endgeneration %}
  {%- elif message.role == "tool" -%}
  {{ "<|im_start|>" + "user\\n"  + content + "<|im_end|>\\n" }}
  {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ "<|im_start|>assistant\\n" ~ ("" if reasoning_mode == "/think" else "<think>\\n\\n</think>\\n") }}{%- endif -%}
""",
}

WORDS = ["Hello", "wörld", "", " ", "\n", "<think>a</think>\n\nb", "漢字",
         "😀", "{{ x }}", "<|im_end|>", "it's \"q\"", "/no_think", "\t x ",
         "1.5", "\\n", "[INST]", "a\u2028b"]
TOOLS = [{"type": "function", "function": {
    "name": "get_weather", "description": "Get the weather — \"now\"",
    "parameters": {"type": "object", "properties": {
        "city": {"type": "string", "description": "Città <é>"},
        "days": {"type": ["integer", "string"], "default": 1},
        "opts": {"type": "object", "additionalProperties": {"type": "number"}}},
        "required": ["city"]}}},
    {"type": "function", "function": {
        "name": "now", "description": "", "parameters": {
            "type": "object", "properties": {}}}}]


def text(rng):
    return "".join(rng.choice(WORDS) for _ in range(rng.randint(0, 5)))


def message(rng, role):
    m = {"role": role, "content": text(rng)}
    k = rng.random()
    if role == "assistant" and k < 0.25:
        m["tool_calls"] = [{"type": "function", "id": "abcdefgh%d" % i,
                            "function": {"name": "now", "arguments":
                                         {"a": text(rng), "n": 1.0}}}
                           for i in range(rng.randint(1, 2))]
        if k < 0.1:
            m["content"] = None
    elif role == "assistant" and k < 0.35:
        m[rng.choice(["reasoning_content", "thinking"])] = text(rng)
    elif k > 0.95:
        m["content"] = [{"type": "text", "text": text(rng)}, {"type": "image"}]
    return m


def conversation(rng):
    record = {"messages": []}
    if rng.random() < 0.4:
        record["messages"].append(message(rng, "system"))
    for i in range(rng.randint(0, 5)):
        role = ("user", "assistant")[i % 2]
        if rng.random() < 0.1:
            role = rng.choice(["tool", "user", "assistant", "other"])
        record["messages"].append(message(rng, role))
    if not record["messages"]:
        record["messages"].append(message(rng, "user"))
    if rng.random() < 0.4:
        record["tools"] = TOOLS[:rng.randint(0, 2)]
    if rng.random() < 0.2:
        record["documents"] = [{"title": "T", "text": text(rng)}]
    if rng.random() < 0.3:
        record["enable_thinking"] = rng.random() < 0.5
    record["add_generation_prompt"] = rng.random() < 0.5
    return record


def conversation_expected(template, record, tokens):
    messages = [{k: v for k, v in m.items() if v is not None}
                for m in record["messages"]]
    rest = {k: v for k, v in record.items() if k != "messages"}
    try:
        out, _ = render_jinja_template([messages], chat_template=template,
                                       **{**tokens, **rest})
        return out[0]
    except Exception as e:
        return e


def expected(template, variables):
    try:
        # A copy, since some filters change a list that they are given.
        out = _compile_jinja_template(template).render(
            **copy.deepcopy(variables))
        out.encode()
        return out
    except RecursionError as e:
        return e
    except Exception as e:
        return e


class Ours:
    """hf-tokenize on a model's directory that holds nothing but a template."""

    def __init__(self):
        self.dir = tempfile.TemporaryDirectory()
        self.template = None
        self.command = ["hf-tokenize", "-m", self.dir.name, "--render", "-0"]

    def render(self, template, record, tokens=None):
        if self.template != template:
            with open(self.dir.name + "/chat_template.jinja", "w",
                      newline="") as f:
                f.write(template)
            with open(self.dir.name + "/tokenizer_config.json", "w") as f:
                json.dump(tokens or {}, f)
            self.template = template
        r = subprocess.run(self.command, capture_output=True,
                           input=json.dumps(record).encode() + b"\0")
        if r.returncode == 0:
            return r.stdout.decode()[:-1]
        err = r.stderr.decode()
        if r.returncode != 1 or err.count("\n") != 1:
            return "CRASH %d %s" % (r.returncode, err)
        return Exception(err)


def snippets():
    yield from SNIPPETS.split("\n")
    yield from MULTILINE
    for f, v in itertools.product(FILTERS, VALUES):
        # These two show how Python spells a generator's address.
        if v == "l|map('string')" and f in ("replace('','-')", "wordcount"):
            continue
        yield "{{ %s|%s }}" % (v, f)
        if f.split("(")[0] in ("batch", "groupby", "items", "map", "reject",
                               "rejectattr", "reverse", "select",
                               "selectattr", "slice", "unique"):
            yield "{{ (%s|%s)|list }}" % (v, f)
    for t, v in itertools.product(TESTS, VALUES):
        yield "{{ %s is %s }}" % (v, t)
    for m, v in itertools.product(METHODS, ["s", "t", "u", "e", "d", "l", "i",
                                            "f", "(1,2)", "'aXb'", "p", "x"]):
        yield "{{ %s.%s }}" % (v if v not in "if" else "(%s)" % v, m)
    for o, a, b in itertools.product(OPERATORS, OPERANDS, OPERANDS):
        yield "{{ %s %s %s }}" % (a, o, b)
    for f, a in itertools.product(PYTHON_FORMATS, FORMAT_ARGS):
        yield "{{ '%s' %% %s }}" % (f, a)
        yield "{{ '%s'|format(%s) }}" % (f, a)
    for f, a in itertools.product(STR_FORMATS, FORMAT_ARGS):
        yield "{{ '%s'.format(%s, w=4) }}" % (f, a)


def same(want, got):
    if isinstance(want, Exception):
        return isinstance(got, Exception)
    # Integers are of 64 bits, and say so.
    if isinstance(got, Exception):
        return re.search("beyond 64 bits|complex numbers", str(got))
    # Python prints the addresses of some objects; nobody can want them.
    return want == got or (re.search(" at 0x|built-in method", want, re.I) and
                           "object" in got.lower())


def compare(ours, verbose, cases):
    n = bad = 0
    for template, record, want, tokens in cases:
        got = ours.render(template, record, tokens)
        n += 1
        if not same(want, got):
            bad += 1
            print("%r %s\n  want %r\n  got  %r" % (
                template, record if tokens else "", want, got))
        elif verbose:
            print("ok %r %r" % (template, got))
    return n, bad


def snippet_cases():
    for t in snippets():
        yield t, {"messages": [{"role": "user"}], **VARS}, expected(
            t, {"messages": [{"role": "user"}], "tools": None,
                "documents": None, "add_generation_prompt": True,
                **VARS}), None


def chat_cases(n):
    rng = random.Random(6)
    tokens = {"bos_token": "<s>", "eos_token": "</s>"}
    for name, t in TEMPLATES.items():
        for _ in range(n):
            record = conversation(rng)
            yield t, record, conversation_expected(t, record, tokens), tokens


def golden():
    def put(**row):
        print(json.dumps(row, ensure_ascii=False))

    def result(want):
        return {"error": "%s: %s" % (type(want).__name__, want)} if isinstance(
            want, Exception) else {"out": want}

    fixed = {"messages": [{"role": "user"}], "tools": None, "documents": None,
             "add_generation_prompt": True}
    put(v={**fixed, **VARS}, jinja2=jinja2.__version__,
        transformers=transformers.__version__)
    for t in SNIPPETS.split("\n") + MULTILINE:
        want = expected(t, {**fixed, **VARS})
        if isinstance(want, Exception) or " at 0x" not in want:
            put(t=t, **result(want))
    rng = random.Random(7)
    tokens = {"bos_token": "<s>", "eos_token": "</s>"}
    for t in TEMPLATES.values():
        for _ in range(6):
            record = conversation(rng)
            for m in record["messages"]:
                for k in [k for k, v in m.items() if v is None]:
                    del m[k]
                m.pop("thinking", None)
            want = conversation_expected(t, record, tokens)
            put(t=t, v={**fixed, **record, **tokens}, **result(want))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("-n", type=int, default=40)
    p.add_argument("-v", action="store_true")
    p.add_argument("--golden", action="store_true")
    a = p.parse_args()
    os.environ["SOURCE_DATE_EPOCH"] = "1721952000"
    os.environ["TZ"] = "UTC"
    # Both read the same clock.
    import transformers.utils.chat_template_utils as u

    class Then(u.datetime):
        @classmethod
        def now(cls):
            return cls(2024, 7, 26)
    u.datetime = Then
    if a.golden:
        return golden()
    ours = Ours()
    n1, bad1 = compare(ours, a.v, snippet_cases())
    n2, bad2 = compare(ours, a.v, chat_cases(a.n))
    print("%d snippets, %d differ; %d conversations, %d differ; jinja2 %s"
          % (n1, bad1, n2, bad2, jinja2.__version__))
    return bad1 + bad2 > 0


if __name__ == "__main__":
    sys.exit(main())
