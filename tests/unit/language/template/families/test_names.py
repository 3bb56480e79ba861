"""RENDERER and PARSER: names, and renderers that write what Ollama's write.

``renderers.json`` was recorded with model/renderers of Ollama (2026-08-21), called from Go.
"""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from olbuild.core.errors import NotFoundError
from olbuild.core.text import Diagnostic
from olbuild.language.modelfile import parse, settings
from olbuild.language.template import compile_template, parse_template, render_go
from olbuild.language.template.families import (
    PARSERS,
    RENDERERS,
    WRITTEN_RENDERERS,
    name_findings,
    renderer_template,
)
from olbuild.language.template.families.compare import deviations
from tests.tools import ROOT

RECORDED: dict[str, Any] = json.loads(Path(__file__).with_name("renderers.json").read_text("utf-8"))
FOLDER = ROOT / "olbuild" / "language" / "template" / "families" / "renderers"
FIRST_TOKENS = ("<|startoftext|>", "<\uff5cbegin\u2581of\u2581sentence\uff5c>")  # llama.cpp puts them there

# What each may do differently: Go's JSON, and no trim. Nothing is different but these.
ALLOWED = {"json", "blanks"}


def text_of(name: str) -> str:
    text = renderer_template(name)
    assert text is not None
    return text


def without_blanks(messages: list[dict[str, Any]], roles: set[str]) -> list[dict[str, Any]]:
    return [{**m, "content": m["content"].strip()} if m["role"] in roles else m for m in messages]


@pytest.mark.parametrize("name", WRITTEN_RENDERERS)
def test_a_renderer_writes_what_ollamas_writes(name: str) -> None:
    template = parse_template(text_of(name))
    for title, conversation in RECORDED["conversations"].items():
        expected = RECORDED["texts"][name][title]
        for token in FIRST_TOKENS:
            expected = expected.removeprefix(token)
        messages = conversation["messages"]
        tools, think = conversation.get("tools"), conversation.get("think")
        found = None
        for roles in (set(), {"assistant"}, {"user", "assistant"}):
            bare = without_blanks(messages, roles)
            own = render_go(template, bare, today=date(2026, 3, 1), tools=tools, think=think)
            found = deviations(expected, own, structured=bool(tools))
            if found is not None or title != "blanks around messages":
                break
        assert found is not None, (title, expected, own)
        assert found <= ALLOWED


def test_each_written_renderer_has_a_template_and_is_known() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(WRITTEN_RENDERERS)
    assert set(WRITTEN_RENDERERS) < RENDERERS
    assert set(RECORDED["texts"]) == set(WRITTEN_RENDERERS)


def test_renderers_are_portable_but_for_one() -> None:
    """What is in a nested object, no portable template can print (``json .Properties``)."""
    assert [name for name in WRITTEN_RENDERERS if not compile_template(text_of(name)).portable] == ["qwen3-coder"]


def test_a_name_that_is_known_and_not_written_is_none() -> None:
    assert renderer_template("gemma4") is None


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("qwen3-code", 'did you mean "qwen3-coder"?'),
        ("QWEN3_CODER", 'did you mean "qwen3-coder"?'),
        ("harmony", "harmony is a name for PARSER"),
        ("", "the renderers are "),
        ("x" * 10_000, "the renderers are "),
    ],
)
def test_an_unknown_renderer_is_an_error_that_helps(name: str, hint: str) -> None:
    with pytest.raises(NotFoundError, match="there is no renderer") as caught:
        renderer_template(name)
    assert (caught.value.hint or "").startswith(hint)
    assert len(str(caught.value)) < 100


def found(text: str) -> list[tuple[str, str, str | None]]:
    def shown(each: Diagnostic) -> tuple[str, str, str | None]:
        return each.code, each.span.text, each.hint

    return [shown(each) for each in name_findings(settings(parse(f"FROM a\n{text}")))]


def test_findings_point_at_the_names() -> None:
    assert found("RENDERER qwen3-coder\nPARSER passthrough\n") == []
    assert found("RENDERER gemma44\nPARSER gema4\n") == [
        ("OLB220", "gemma44", 'did you mean "gemma4"?'),
        ("OLB221", "gema4", 'did you mean "gemma4"?'),
    ]
    assert found("PARSER deepseek3.1\n") == [("OLB221", "deepseek3.1", "deepseek3.1 is a name for RENDERER")]
    assert [code for code, _, _ in found("RENDERER gemma4\nPARSER gemma4\n")] == ["OLB225"]


def test_the_last_name_counts_and_an_empty_one_is_none() -> None:
    assert found("RENDERER nothing\nRENDERER olmo3\n") == []
    assert found('RENDERER ""\nPARSER ""\n') == []


def test_the_page_lists_all_names() -> None:
    page = (ROOT / "docs" / "templates.md").read_text("utf-8").partition("## RENDERER and PARSER\n")[2]
    parts = [re.findall(r"`([^`]+)`", part) for part in page.split("\n\n") if part.startswith("`")]
    assert parts == [
        sorted(WRITTEN_RENDERERS),
        sorted(RENDERERS - set(WRITTEN_RENDERERS)),
        sorted(PARSERS),
    ]
