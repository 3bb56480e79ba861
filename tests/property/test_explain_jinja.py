"""The parts of an explained Jinja template are the prompt, whatever the template does."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from olbuild.core.errors import OlbuildError
from olbuild.language.template import Part, compile_template
from olbuild.running.chat import budget
from olbuild.running.chat.explain import explain
from olbuild.running.chat.sandbox import render
from tests.property import gotemplates

VARIABLES: dict[str, Any] = {
    "messages": [{"role": "user", "content": "Hi <b>", "parts": [{"role": "x", "parts": []}]}, {"role": "assistant"}],
    "tools": None,
    "bos_token": "<s>",
}


@pytest.fixture(scope="module", autouse=True)
def enough_time() -> Iterator[None]:
    """Let no pause of the machine, or of Python's collector, end one of two runs that are compared."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(budget, "MOST_SECONDS", 60.0)
        yield


texts = st.sampled_from(["a", "\n", " ", "  b\n", "<|im_start|>", "é", "\r\n", "\r", "{", "%}", "#", "\t\n\n"])
VALUES = """'x'; messages|length; m.role; loop.index; f('y'); f(m); nobody; caller; [1, 'a']; x; 'a' ~ 1; '}}'
messages[0]['content']|e; self.b(); '<'; {'a': 1}; 1, 2"""
values = st.sampled_from([value for line in VALUES.split("\n") for value in line.split("; ")])
left, right = st.sampled_from(["{%", "{%-", "{%+"]), st.sampled_from(["%}", "-%}", "+%}"])
opening, closing = st.sampled_from(["{{", "{{-"]), st.sampled_from(["}}", "-}}"])
BLOCKS = {
    "if tools": "endif",
    "if messages": "else",
    "for m in messages": "endfor",
    "for m in messages recursive": "endfor",
    "macro f(m)": "endmacro",
    "call f(1)": "endcall",
    "filter upper": "endfilter",
    "set x": "endset",
    "with m = messages[0]": "endwith",
    "block b": "endblock",
    "autoescape true": "endautoescape",
    "generation": "endgeneration",
    "raw": "endraw",
}


@st.composite
def templates(draw: st.DrawFn, depth: int = 3) -> str:
    pieces = []
    for kind in draw(st.lists(st.sampled_from(["text", "value", "block", "print", "comment", "loop"]), max_size=5)):
        inner = draw(templates(depth - 1)) if depth and kind == "block" else ""
        match kind:
            case "text":
                pieces.append(draw(texts))
            case "value":
                pieces.append(f"{draw(opening)} {draw(values)} {draw(closing)}")
            case "print":
                pieces.append(draw(st.sampled_from(["{% print 1, 'b' %}", "{% set x = 2 %}"])))
            case "comment":
                pieces.append(draw(st.sampled_from(["{# c #}", "{#- c -#}", "{# a\n{{ b }} #}"])))
            case "loop":
                pieces.append("{% for m in messages %}{% if loop.first %}{% continue %}{% endif %}{{ m }}{% endfor %}")
            case _:
                head = draw(st.sampled_from(list(BLOCKS)))
                end = BLOCKS[head]
                if end == "else":
                    inner, end = f"{inner}{{% else %}}{draw(texts)}", "endif"
                pieces.append(f"{draw(left)} {head} {draw(right)}{inner}{draw(left)} {end} {draw(right)}")
    return "".join(pieces)


def rendered(template: str, variables: dict[str, Any]) -> str | OlbuildError:
    try:
        return render(template, variables)
    except OlbuildError as error:
        return error


def check(template: str, variables: dict[str, Any]) -> tuple[Part, ...]:
    """Compare the two ways to render."""
    exact = rendered(template, variables)
    if isinstance(exact, OlbuildError):
        with pytest.raises(type(exact)) as caught:
            explain(template, variables)
        assert caught.value.message == exact.message
        return ()
    parts = explain(template, variables)
    assert "".join(part.text for part in parts) == exact
    lines = template.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for part in parts:
        assert part.text
        assert 1 <= part.line <= len(lines)
        if part.column and part.kind != "text":
            assert lines[part.line - 1].startswith("{{", part.column - 1)
        if part.column and part.kind == "text":
            shown = "\n".join([lines[part.line - 1][part.column - 1 :], *lines[part.line :]])
            assert shown.startswith(part.text)
    return parts


@settings(max_examples=300)
@given(templates())
def test_the_parts_are_the_whole(template: str) -> None:
    check(template, VARIABLES)


@settings(max_examples=40)
@given(gotemplates.templates, gotemplates.messages)
def test_the_parts_of_a_compiled_template_are_the_whole(text: str, messages: list[dict[str, Any]]) -> None:
    check(compile_template(text).jinja, {"messages": messages, "tools": None})
