"""Which part of a Jinja template made which characters."""

import pytest

from olbuild.core.errors import FormatError, UsageError
from olbuild.running.chat.explain import explain
from olbuild.running.chat.sandbox import render

VARIABLES = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]}


def explained(text: str) -> list[tuple[str, int, int, str]]:
    parts = explain(text, VARIABLES)
    assert "".join(part.text for part in parts) == render(text, VARIABLES)
    return [(part.text, part.line, part.column, part.kind) for part in parts]


def test_text_and_values_with_their_places() -> None:
    assert explained("<s>\r\n{% for m in messages %}\n  [{{- m.content | upper -}}  ]\n{% endfor %}") == [
        ("<s>\n", 1, 1, "text"),
        ("  [", 3, 1, "text"),
        ("HI", 3, 4, "m.content | upper"),
        ("]\n", 3, 31, "text"),
        ("  [", 3, 1, "text"),
        ("HO", 3, 4, "m.content | upper"),
        ("]\n", 3, 31, "text"),
    ]


def test_what_a_macro_writes_belongs_to_its_call() -> None:
    text = "{% macro f(m) %}<{{ m.role }}>{% endmacro %}\n{{ f(messages[0]) }}{% set x %}a{{ 1 }}{% endset %}{{ x }}"
    assert explained(text) == [("<user>", 2, 1, "f(messages[0])"), ("a1", 2, 52, "x")]


def test_what_is_a_value_first_belongs_to_where_it_goes_out() -> None:
    text = (
        "{% filter upper %}{{ messages[0].role }}{% endfilter %}\n"
        "{% macro f() %}<{{ caller() }}>{% endmacro %}{% call f() %}{{ 1 }}{% endcall %}"
        "\n{% for m in messages recursive %}{{ m.role }}"
        "{% if loop.depth < 2 %}{{ loop(messages[:1]) }}{% endif %},{% endfor %}"
    )
    assert explained(text) == [
        ("USER", 1, 0, "filter"),
        ("<1>", 2, 0, "call"),
        ("useruser,,assistantuser,,", 3, 0, "recursive loop"),
    ]


def test_the_right_branch_is_shown() -> None:
    text = "{% if tools %}a{% elif messages %}b{{ 2 }}{% else %}c{% endif %}"
    assert explained(text) == [("b", 1, 35, "text"), ("2", 1, 36, "2")]


def test_outputs_without_signs_have_lines_only() -> None:
    assert explained("a\n{% print 1, 'b' %}") == [
        ("a\n", 1, 0, "text"),
        ("1", 2, 0, "expression"),
        ("b", 2, 0, "expression"),
    ]


@pytest.mark.parametrize(
    "text", ["{{ ''.__class__.__mro__ }}", "{% for a in range(99999) %}{{ 'a' * 9999 }}{% endfor %}"]
)
def test_it_is_bounded_as_rendering_is(text: str) -> None:
    with pytest.raises(FormatError, match="the chat template is refused or fails in line 1"):
        explain(text, VARIABLES)


def test_a_refusal_is_the_same() -> None:
    with pytest.raises(UsageError, match="does not accept this conversation: no"):
        explain("a{{ raise_exception('no') }}", VARIABLES)
