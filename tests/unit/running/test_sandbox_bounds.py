"""No operation, method or filter of a chat template makes more than it may, and none is unknown."""

import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2.exceptions import SecurityError
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Cycler

from olbuild.core.errors import FormatError, UsageError
from olbuild.running.chat import budget, sizes
from olbuild.running.chat.calls import MAKING, READING
from olbuild.running.chat.filters import RULES
from olbuild.running.chat.sandbox import render
from olbuild.running.chat.sizes import weigh

MOST_PARTS = 1 << 14  # here; less than in earnest, to be quick
WIDE = "{% set x = [[1] * 120] * 120 %}"  # about the most parts
BOXED = "{% set x = [['a' * 9999] * 999] %}"  # few parts, and ten million characters

TOO_LARGE = {
    "printed": "{% set x = 1 %}{{ [[[1]*999]*999]*999 }}",
    "printed, wide": "{{ [[1]*9999]*9999 }}",
    "texts in a list": "{{ [['a' * 9999] * 9999] }}",
    "%": WIDE + "{{ '%s' * 99 % ((x,) * 99) }}",
    "% by name": BOXED + "{{ '%(a)s%(a)s' % {'a': x} }}",
    "% of one": BOXED + "{{ '%r' % x }}",
    "~": BOXED + "{{ x ~ x }}",
    "+": WIDE + "{{ x + x }}",
    "*": BOXED + "{{ x * 2 }}",
    "list": BOXED + "{{ (x, x)|list }}",
    "join": BOXED + "{{ [x]|join(x) }}",
    "tojson": WIDE + "{{ x|tojson(indent=999) }}",
    "pprint": WIDE + "{{ x|pprint }}",
    "dict view": "{{ {'a': [[1]*999]*999}.values() }}",
    "dict keys": "{{ {('a' * 9999999, 'a' * 9999999): 1} }}",
    "format": BOXED + "{{ '{0}{0}{0}{0}{0}{0}'.format(x) * 2 }}",
    "map": BOXED + "{{ [x]|map('replace', 'a', 'aaa')|list }}",
    "sum": "{{ ([[1]] * 5000)|sum(start=[]) }}",
    "expandtabs": "{{ ('a\t' * 9999).expandtabs(200000)|length }}",
    "width by parts": "{{ '{:{}{}}'.format(1, '99999', '99999') }}",
    "width after zeros": "{{ '%0000099999999d' % 1 }}",
    "width by name": "{{ '%(a)99999d' % {'a': 1} }}",
    "width by a strange name": "{{ '%(a(b))99999d' % {'a(b)': 1} }}",
    "precision": "{{ '%.*f' % (99999999, 1.0) }}",
    "clock": "{{ strftime_now('%1000000000d') }}",
    "tower": "{{ 10 ** (10 ** 8) }}",
    "digits": "{{ 2 ** 14000 }}",
    "numbers": "{{ [2 ** 8000] * 100000 }}",
    "round": "{{ 5|round(-1000000000) }}",
    "slice filter": "{{ [1]|slice(1000000000)|list }}",
    "batch filter": "{{ [1]|batch(1000000000, 'x')|list }}",
    "split": "{{ ('a' * 9999999).split('a')|length }}",
    "splitlines": "{{ ('a\n' * 4999999).splitlines()|length }}",
    "characters": "{{ ('a' * 9999999)|list|length }}",
    "striptags": "{{ ('<!-->' * 1000000)|striptags }}",
    "wordwrap": "{{ ('ab ' * 4000)|wordwrap(1, wrapstring='a' * 9999) }}",
    "ljust": "{{ 'a'.ljust(10000000) }}",
    "bytes": "{{ 'a'.encode() * 10 ** 9 }}",
    "bytes of a number": "{{ (1).to_bytes(1000000) }}",
    "translate": "{{ 'a'.translate({97: 'a' * 99}) }}",
    "fromkeys": "{{ {}.fromkeys('abc') }}",
    "lipsum": "{{ lipsum(99999) }}",
    "escapes": "{% autoescape true %}{% set y %}{{ 1 }}{% endset %}{{ y + '<' * 9999999 }}{% endautoescape %}",
    "many, kept": "{% macro f(n) %}{% set y = ('a' * 9999999)[n:] %}{{ f(n + 1) }}{% endmacro %}{{ f(1) }}",
    "many constants": "{% for i in range(9999) %}{{ 'a'|center(99999) }}{% endfor %}",
    "many blocks": "{% for i in range(9999) %}{% filter center(99999) %}a{% endfilter %}{% endfor %}",
    "refusal": WIDE + "{{ raise_exception(x * 2) }}",
}

REFUSED = r"too large|too many values|too long|does not come to an end|no chat template needs|whose name|'lipsum' is un"


@pytest.mark.parametrize("template", TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_what_would_be_too_large_is_refused_before_it_is_made(template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "MOST_PARTS", MOST_PARTS)
    monkeypatch.setattr(budget, "MOST_BYTES", 1 << 26)
    monkeypatch.setattr(budget, "MOST_CHARACTERS", 1 << 24)
    tracemalloc.start()
    begin = time.thread_time()
    try:
        with pytest.raises(FormatError, match=REFUSED):
            render(template, {})
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 200 << 20
    assert time.thread_time() - begin < 5  # a bound that works takes less than one, on a machine that is not busy


@pytest.mark.parametrize("kind", [str, list, dict, tuple, range, int, bool, float])
def test_each_method_is_known(kind: type) -> None:
    refused = {
        str: "encode maketrans translate",
        dict: "clear fromkeys pop popitem setdefault update",
        list: "append clear extend insert pop remove reverse sort",
        int: "from_bytes to_bytes",
        bool: "from_bytes to_bytes",
        float: "fromhex",
    }
    known = " ".join(
        (*(READING.get(each, "") for each in kind.__mro__), *(MAKING.get(each, "") for each in kind.__mro__))
    ).split()
    methods = {name for name in dir(kind) if name[0] != "_" and callable(getattr(kind, name))}
    unbound = {"format", "format_map"} if kind is str else set()
    assert methods - unbound - set(known) == set(refused.get(kind, "").split())


def test_each_method_of_jinja_exists() -> None:
    for kind in (LoopContext, Cycler):
        assert all(callable(getattr(kind, name)) for name in READING[kind].split())


def test_each_filter_has_a_rule() -> None:
    assert set(ImmutableSandboxedEnvironment().filters) == set(RULES)


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{{ 1 + none }}", r"in line 1: number \+ none is not possible"),
        ("\n{{ 1 / 0 }}", "in line 2: it divides by zero"),
        ("{{ [missing]|tojson }}", "tojson is given a value that JSON does not have"),
        ("{{ [1].index(3) }}", "a value does not fit"),
        ("{{ 'a'.split(1) }}", "a value has the wrong type"),
        ("{{ 5() }}", "number cannot be called"),
        ("{{ 9.9 ** 9999 }}", "a number is too large"),
        ("{{ " + "9" * 5000 + " }}", "in line 1: a number has 5000 digits"),
        ("{{ call_me() }}", "'call_me' is undefined"),
        ("{{ function() }}", "it calls"),
    ],
)
def test_a_reason_is_said_in_our_words(template: str, reason: str) -> None:
    with pytest.raises(FormatError, match=reason) as caught:
        render(template, {"function": input})
    assert "sys." not in caught.value.message
    assert "Traceback" not in caught.value.message


def test_a_refusal_is_short() -> None:
    with pytest.raises(UsageError) as caught:
        render("{{ raise_exception('no\n' * 99999) }}", {})
    assert len(caught.value.message) < 1100
    assert "\n" not in caught.value.message


SAME = {
    "filters": "{{ [[1, 2], [3]]|sum(start=[]) }}{{ [3, 1]|sort }}{{ [1, 2, 3]|batch(2)|list }}{{ 'abc'|reverse }}"
    "{{ [1, 2]|reverse|list }}{{ 'ab'|list }}{{ {'a': 1}|join }}{{ {'b': 1}|items|list }}{{ 'abc'|join(',') }}",
    "missing": "{{ x|list }}{{ x|join }}{{ x|map('upper')|list }}{{ x|default('d') }}{{ none|select|list }}{{ x }}",
    "attributes": "{{ m|groupby('a') }}{{ m|map(attribute='a')|list }}{{ m|selectattr('a', 'equalto', 1)|list }}"
    "{{ m|sum(attribute='a') }}{{ m|sort(attribute='a', reverse=true) }}{{ m|join('+', attribute='a') }}",
    "methods": "{{ 'a,b,c'.rsplit(',', 1) }}{{ ' a b '.split() }}{{ ', '.join(m[0]) }}{{ 'a\tb'.expandtabs(4) }}"
    "{{ 'x'.center(9) }}{{ {'a': 1}.copy() }}{{ m[0].get('z', 3) }}{{ 'aXa'.replace('X', '-', 1) }}",
    "formats": "{{ '%5.2f|%-4s|%%|%r' % (1.5, 'a', 'b') }}{{ '%(a)s' % m[0] }}{{ '{0!r:>5}{a[0]}'.format('x', a=[2]) }}"
    "{{ '{a}'.format_map(m[0]) }}{{ '%s' % [1] }}{{ '%s and 20250101' % 'x' }}{{ '{:,}'.format(1234567) }}",
    "values": "{{ m }}{{ none }}{{ true }}{{ 1.5 }}{{ (1, 'a') }}{{ m[0].items() }}{{ '<'|e + '<' }}{{ '<'|safe }}",
    "numbers": "{{ 7 % 4 }}{{ -1 * 'a' }}{{ true + 1 }}{{ 1.5 + 2 }}{{ 2 ** -1 }}{{ '12'|int }}{{ 1.25|round(1) }}",
    "escaping": "{% autoescape true %}{{ '<' }}{% set b %}<{{ '>' }}{% endset %}{{ b }}{{ [b] }}{% endautoescape %}",
    "large numbers": "{{ m|selectattr('a', 'lt', 10 ** 10)|list }}{{ {}.get(9999999) }}{{ 'x'|int(10 ** 9) }}",
    "helpers": "{{ {'a': 1, 'b': 2}.keys() - {'a': 1}.keys() }}"
    "{% set c = cycler(1, 2) %}{{ c.next() }}{% for i in m %}{{ loop.cycle('x', 'y') }}{% endfor %}"
    "{{ dict(a=1) }}{{ range(3)|list }}{% filter upper %}a{% endfilter %}",
}


@pytest.mark.parametrize("template", SAME.values(), ids=SAME.keys())
def test_what_is_small_is_what_jinja_writes(template: str) -> None:
    variables = {"m": [{"a": 1}, {"a": 2}]}
    assert render(template, variables) == ImmutableSandboxedEnvironment().from_string(template).render(variables)


LETTERS = st.text(st.characters(min_codepoint=48, max_codepoint=90))  # without those that a list shows as escapes
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | LETTERS,
    lambda inner: st.lists(inner) | st.dictionaries(LETTERS, inner) | st.tuples(inner, inner),
    max_leaves=20,
)


@given(VALUES)
def test_a_value_is_never_longer_than_its_weight(value: object) -> None:
    assert len(str(value)) <= weigh(value).characters


def test_what_is_shared_counts_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "MOST_PARTS", MOST_PARTS)
    value: list[object] = []
    for depth in range(13):
        assert weigh(value).parts == 2 ** (depth + 1) - 1
        value = [value, value]
    for _ in range(60):
        value = [value, value]
    with pytest.raises(SecurityError):
        weigh(value)


def test_a_long_conversation_is_quick() -> None:
    messages = [{"role": "user", "content": "x y " * 2500} for _ in range(100)]
    template = "{% for m in messages %}{{ '<' + m['content']|trim ~ '>' }}{{ m|tojson }}{% endfor %}{{ messages }}"
    render(template, {"messages": messages[:1]})
    begin = time.monotonic()
    assert len(render(template, {"messages": messages})) > 3_000_000
    assert time.monotonic() - begin < 5  # a bound that works takes less than one, on a machine that is not busy
