"""Every recorded answer of Ollama about templates: rendered exactly, and through the portable Jinja2."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import pytest
from jinja2 import Template
from jinja2.exceptions import TemplateError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

from olbuild.language.template import Compiled, compile_template, parse_template
from olbuild.testing.conformance import judge

GOLDENS = Path(__file__).parent / "templates.jsonl"
ADDRESS = re.compile(r"0x[0-9a-f]{8,16}")
HTML_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def goldens() -> list[dict[str, Any]]:
    with GOLDENS.open(encoding="utf-8", newline="\n") as file:
        return [json.loads(line) for line in file]


def test_every_line_agrees() -> None:
    with GOLDENS.open(encoding="utf-8", newline="\n") as file:
        verdict = judge(file)
    assert verdict.differences == ()
    assert (verdict.kind, verdict.agree) == ("templates", 1500)


def _tojson(value: object, ensure_ascii: bool = False, **options: Any) -> str:  # noqa: ANN401, FBT001, FBT002
    return json.dumps(value, ensure_ascii=ensure_ascii, **options)


def _refuse(message: str) -> NoReturn:
    raise TemplateError(message)


def environment(*, blocks: bool) -> ImmutableSandboxedEnvironment:
    """Make what ``_compile_jinja_template`` in transformers makes."""
    made = ImmutableSandboxedEnvironment(trim_blocks=blocks, lstrip_blocks=blocks, extensions=[loopcontrols])
    made.filters["tojson"] = _tojson
    made.globals["raise_exception"] = _refuse
    made.globals["strftime_now"] = lambda form: datetime.now().astimezone().strftime(form)
    return made


TRIMMING, PLAIN = environment(blocks=True), environment(blocks=False)


def variables(golden: dict[str, Any]) -> dict[str, Any]:
    given = {"messages": golden["messages"], "tools": golden.get("tools"), "add_generation_prompt": True}
    given |= {"prompt": golden.get("prompt"), "suffix": golden.get("suffix")}
    return given if golden.get("think") is None else given | {"enable_thinking": golden["think"]}


def same_json(text: str) -> str:
    """Write every JSON value in a text anew, with Go's escapes; leave the rest, but for addresses of pointers."""
    decoder, pieces, position = json.JSONDecoder(), [], 0
    text = ADDRESS.sub("0x", text)
    while (match := re.compile(r"[{\[]").search(text, position)) is not None:
        pieces.append(text[position : match.start()])
        try:
            value, position = decoder.raw_decode(text, match.start())
            pieces.append(json.dumps(value, sort_keys=True, ensure_ascii=False))
        except ValueError:
            pieces.append(match.group())
            position = match.end()
    return "".join([*pieces, text[position:]]).translate(HTML_ESCAPES)


def is_fill_in_the_middle(golden: dict[str, Any]) -> bool:
    """Whether a golden asks a template without ``.Suffix`` to fill in the middle, which is no conversation."""
    asks = bool(golden.get("prompt") and golden.get("suffix"))
    return asks and "suffix" not in parse_template(golden["text"]).names


def rendered() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield each text and the goldens that Ollama renders with it."""
    by_text: dict[str, list[dict[str, Any]]] = {}
    for golden in goldens():
        if golden["ollama"]["ok"] and not is_fill_in_the_middle(golden):
            by_text.setdefault(golden["text"], []).append(golden)
    yield from by_text.items()


@cache
def compiled(text: str) -> Compiled:
    return compile_template(text)


def test_most_templates_are_portable(record_property: Callable[[str, object], None]) -> None:
    texts = dict(rendered())
    share = sum(compiled(text).portable for text in texts) / len(texts)
    record_property("share of portable templates", f"{share:.1%} of {len(texts)}")
    assert share > 0.94
    for text in texts:
        result = compiled(text)
        assert result.portable == (not result.reasons)
        assert all(reason.construct and reason.span.text for reason in result.reasons)


def test_all_templates_in_the_style_of_ollamas_library_are_portable() -> None:
    families = {
        "chatml",
        "chatml-messages",
        "inst",
        "headers",
        "tools",
        "tools-json",
        "think",
        "last-user",
        "legacy-sys-each",
    }
    chosen = [golden for golden in goldens() if golden["family"] in families]
    assert {golden["family"] for golden in chosen} == families
    assert [golden["id"] for golden in chosen if not compiled(golden["text"]).portable] == []


def jinja_differences(text: str, group: list[dict[str, Any]], made: Template) -> list[str]:
    return [
        f"{golden['id']}: {text!r}"
        for golden in group
        if same_json(made.render(**variables(golden))) != same_json(golden["ollama"]["out"])
    ]


def whitespace_means_nothing(jinja: str) -> bool:
    return [token[1:] for token in TRIMMING.lex(jinja) if token[1] != "whitespace"] == [
        token[1:] for token in PLAIN.lex(jinja) if token[1] != "whitespace"
    ]


@pytest.mark.parametrize("part", range(3), ids=["thirds-1", "thirds-2", "thirds-3"])
def test_portable_templates_render_the_same_in_the_environment_of_hugging_face(part: int) -> None:
    """All of them with the trimming of blocks; that it changes nothing shows in the tokens, and in every tenth."""
    texts = [(text, group) for text, group in rendered() if compiled(text).portable]
    found: list[str] = []
    for number, (text, group) in enumerate(texts[part::3]):
        jinja = compiled(text).jinja
        assert whitespace_means_nothing(jinja)
        found += jinja_differences(text, group, TRIMMING.from_string(jinja))
        if number % 10 == 0:
            found += jinja_differences(text, group, PLAIN.from_string(jinja))
    assert found == []
