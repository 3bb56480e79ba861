"""Which share of distinct templates is portable, and what each runtime makes of those."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from olbuild.core.records import Frozen
from olbuild.language.template import Compiled, TemplateFailure, compile_template, parse_template, render_go
from olbuild.testing.conformance.kinds import Difference, Line
from olbuild.testing.conformance.portable.compare import same, without_addresses
from olbuild.testing.conformance.portable.settings import Render, Setting, Variables

_DAY = date(2026, 1, 1)


class Case(Frozen):
    """A distinct template, what the compiler makes of it, and the conversations that Ollama rendered with it."""

    compiled: Compiled
    lines: tuple[Line, ...]


class Result(Frozen):
    """What one runtime did: prompts that are the same, those of them that are equal byte for byte, and the others.

    ``left_out`` are the prompts of templates that the runtime cannot take, as the setting says.
    """

    same: int
    equal: int
    differences: tuple[Difference, ...]
    left_out: int


def cases(lines: Iterable[Line]) -> list[Case]:
    """Return the distinct templates among goldens that Ollama renders.

    Where it fills in the middle with a template that has no ``.Suffix`` there is no conversation: those are left out.
    """
    by_text: dict[str, list[Line]] = {}
    for line in lines:
        if line["ollama"]["ok"] and not _fills_in(line):
            by_text.setdefault(line["text"], []).append(line)
    return [Case(compile_template(text), tuple(group)) for text, group in by_text.items()]


def _fills_in(line: Line) -> bool:
    asks = bool(line.get("prompt") and line.get("suffix"))
    return asks and "suffix" not in parse_template(line["text"]).names


def variables(line: Line) -> dict[str, Any]:
    """Return the variables that a golden's conversation is for a Jinja template."""
    given = {"messages": line["messages"], "tools": line.get("tools"), "add_generation_prompt": True}
    given |= {"prompt": line.get("prompt"), "suffix": line.get("suffix")}
    return given if line.get("think") is None else given | {"enable_thinking": line["think"]}


def judge_portable(all_cases: Iterable[Case], setting: Setting) -> Result:
    """Render every portable template in a runtime."""
    agree = equal = left_out = 0
    differences: list[Difference] = []
    for case in all_cases:
        if not case.compiled.portable:
            continue
        if not _renders(case, setting.probes):
            left_out += len(case.lines)
            continue
        for line, text in _rendered(case, setting):
            expected = line["ollama"]["out"]
            if isinstance(text, str) and same(text, expected):
                agree += 1
                equal += without_addresses(text) == without_addresses(expected)
            else:
                what = f"{text!r}, not {expected!r}" if isinstance(text, str) else f"fails: {text}"
                differences.append(Difference(id=str(line.get("id")), what=what))
    return Result(agree, equal, tuple(differences), left_out)


def _renders(case: Case, probes: Iterable[Variables]) -> bool:
    """Whether the Go template itself renders some conversations."""
    try:
        template = parse_template(case.lines[0]["text"])
        for probe in probes:
            render_go(template, probe["messages"], today=_DAY, think=probe.get("enable_thinking"))
    except TemplateFailure:
        return False
    return True


def _rendered(case: Case, setting: Setting) -> Iterator[tuple[Line, str | Exception]]:
    """Yield each conversation with its prompt, or with what the runtime raised."""
    try:
        with setting.open(case.compiled.jinja) as render:
            for line in case.lines:
                yield line, _attempt(render, line)
    except Exception as error:  # noqa: BLE001 - a runtime may refuse a template in any way
        yield from ((line, error) for line in case.lines)


def _attempt(render: Render, line: Line) -> str | Exception:
    try:
        return render(variables(line))
    except Exception as error:  # noqa: BLE001 - a runtime may fail in any way
        return error
