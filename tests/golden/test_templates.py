"""Every recorded answer of Ollama about templates: rendered exactly, and through the portable Jinja2."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from olbuild.testing.conformance import judge
from olbuild.testing.conformance.portable import (
    Case,
    Setting,
    cases,
    hugging_face,
    judge_portable,
    llama_server,
    settings,
)
from tests.tools import require_program

GOLDENS = Path(__file__).parent / "templates.jsonl"
LIBRARY = {
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
"""The families that are written as the templates of Ollama's public library are."""


def goldens() -> list[dict[str, Any]]:
    with GOLDENS.open(encoding="utf-8", newline="\n") as file:
        return [json.loads(line) for line in file]


@cache
def all_cases() -> list[Case]:
    return cases(goldens())


@cache
def runtimes() -> dict[str, Setting]:
    return {setting.name: setting for setting in settings()[0]}


def test_every_line_agrees() -> None:
    with GOLDENS.open(encoding="utf-8", newline="\n") as file:
        verdict = judge(file)
    assert verdict.differences == ()
    assert (verdict.kind, verdict.agree) == ("templates", 1500)


def test_nearly_all_templates_are_portable(record_property: Callable[[str, object], None]) -> None:
    compiled = [case.compiled for case in all_cases()]
    share = sum(result.portable for result in compiled) / len(compiled)
    record_property("share of portable templates", f"{share:.1%} of {len(compiled)}")
    assert share > 0.99
    for result in compiled:
        assert result.portable == (not result.reasons)
        assert all(reason.construct and reason.span.text for reason in result.reasons)


def test_all_templates_in_the_style_of_ollamas_library_are_portable() -> None:
    chosen = [case for case in all_cases() if {line["family"] for line in case.lines} & LIBRARY]
    assert {line["family"] for case in chosen for line in case.lines} == LIBRARY
    assert [case.lines[0]["id"] for case in chosen if not case.compiled.portable] == []


@pytest.mark.parametrize("part", range(3), ids=["thirds-1", "thirds-2", "thirds-3"])
def test_portable_templates_mean_the_same_in_the_environment_of_hugging_face(part: int) -> None:
    """All of them with the trimming of blocks; that it changes nothing shows in the tokens, and in every tenth."""
    chosen = all_cases()[part::3]
    trimming, plain = hugging_face(blocks=True), hugging_face(blocks=False)
    for case in chosen:
        tokens = [
            [token[1:] for token in each.lex(case.compiled.jinja) if token[1] != "whitespace"]
            for each in (trimming, plain)
        ]
        assert tokens[0] == tokens[1]
    found = judge_portable(chosen, runtimes()["Hugging Face, trimming blocks"])
    assert found.differences == ()
    assert (found.left_out, found.equal) == (0, found.same)  # JSON is Go's byte for byte, too
    tenth = judge_portable(chosen[::10], runtimes()["Hugging Face, not trimming"])
    assert tenth.differences == ()
    assert tenth.same


def test_portable_templates_mean_the_same_in_llama_cpp_pythons_formatter() -> None:
    """Every tenth: that formatter is Jinja2 in nearly the same environment."""
    setting = runtimes().get("llama-cpp-python's formatter")
    if setting is None:
        pytest.skip("llama-cpp-python is missing; `make engine` installs it")
    found = judge_portable(all_cases()[::10], setting)
    assert found.differences == ()
    assert found.same > 50


@pytest.mark.integration
def test_portable_templates_mean_the_same_in_the_engine_of_llama_cpp() -> None:
    """A server is started for each template, so only for the library's and every tenth of the others."""
    server = llama_server(require_program("llama-server"))
    library = [case for case in all_cases() if case.lines[0]["family"] in LIBRARY]
    found = judge_portable(library, server)
    assert found.differences == ()
    assert found.left_out == 0
    others = judge_portable(all_cases()[::10], server)
    assert others.differences == ()
    assert others.same > 50
