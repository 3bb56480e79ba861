"""Answers as the families' own documents show them, and the parts that they have: one file for each family."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from olbuild.running.chat.parsing import Called, Content, Parsed, Thought, choose_parser

FOLDER = Path(__file__).parent / "parsing"
TOOLS = json.loads((FOLDER / "tools.json").read_text("utf-8"))


def cases() -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*.json")):
        if path.name != "tools.json":
            for case in json.loads(path.read_text("utf-8")):
                yield pytest.param(path.stem, case, id=f"{path.stem}: {case['title']}")


def written(part: Parsed) -> dict[str, str]:
    match part:
        case Content(text):
            return {"content": text}
        case Thought(text):
            return {"thought": text}
        case Called(name, arguments, ident):
            return {"call": name, "arguments": arguments} | ({"id": ident} if ident else {})


def joined(parts: Iterator[Parsed]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for part in map(written, parts):
        if found and found[-1].keys() == part.keys() and "call" not in part:
            (kind,) = part
            found[-1][kind] += part[kind]
        else:
            found.append(part)
    return found


@pytest.mark.parametrize(("family", "case"), list(cases()))
def test_an_answer_has_these_parts(family: str, case: dict[str, Any]) -> None:
    for size in (len(case["text"]), 1, 3):
        chosen = choose_parser(
            template=case.get("template"),
            parser=case.get("parser"),
            tools=TOOLS if case.get("tools", True) else [],
            think=case.get("think"),
            prompt=case.get("prompt", ""),
        )
        assert chosen.call_syntax == ("json" if family == "passthrough" else family)
        pieces = [case["text"][start : start + size] for start in range(0, len(case["text"]), size)]
        parts = [part for piece in pieces for part in chosen.parser.feed(piece)]
        assert joined(iter([*parts, *chosen.parser.finish()])) == case["parts"]
