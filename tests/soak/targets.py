"""What the fuzzers try: functions of bytes that return, or raise an AssertionError or what the code under them raises.

Each is a law of tests/property without a generator: ``fuzz.py`` finds the inputs, guided by which code they reach.
``python -m tests.soak.targets NAME FILE`` tries one input by itself, as fast as it runs anywhere.
"""

import base64
import json
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from olbuild.core.errors import FormatError, ModelfileError, UsageError
from olbuild.core.text import Diagnostic, Source, apply, compatible
from olbuild.language.lint import fix, lint
from olbuild.language.lint.fixing import MOST_ROUNDS
from olbuild.language.modelfile import Dialect, Modelfile, format_commands, parse, settings
from olbuild.language.modelfile.format import layout
from olbuild.language.template import TemplateFailure, compile_template, parse_template, render_go
from olbuild.language.template.jinja.check import check_jinja
from olbuild.running.chat.sandbox import render
from olbuild.testing.conformance.portable import same
from tests.tools import ROOT

GOLDEN = ROOT / "tests" / "golden"
MOST_SECONDS = 1.0
"""Of processor time for one input; more is a hang."""

_DIALECTS: tuple[Dialect, ...] = ("olbuild", "ollama")
_DAY = date(2026, 3, 1)
_BOUNDS = ("too large", "too long", "too much", "does not come to an end")
_FULL_TEST = 8  # one in so many templates is also rendered by Jinja, which takes long to compile
_ARGUMENTS = {"s": "a<b", "n": 1.5, "l": [None, {"x": True}]}
_CALL = {"id": "c1", "function": {"index": 1, "name": "f", "arguments": _ARGUMENTS}}
_MESSAGES: list[dict[str, Any]] = [
    {"role": "system", "content": "Be brïef"},
    {"role": "user", "content": "a\"b'<c>\n"},
    {"role": "assistant", "content": "", "thinking": "hm", "tool_calls": [_CALL]},
    {"role": "tool", "content": "18", "tool_name": "f", "tool_call_id": "c1"},
]
_PARAMETERS = {"type": "object", "properties": {"s": {"type": "string", "enum": ["a"]}}, "required": ["s"]}
_TOOLS = [{"type": "function", "function": {"name": "f", "description": "d", "parameters": _PARAMETERS}}]


def modelfile(data: bytes) -> None:
    """Any bytes are a Modelfile or a refusal with places; printing and mending come to an end."""
    for dialect in _DIALECTS:
        parsed = _parsed(data, dialect)
        if parsed is None:
            continue
        with suppress(ModelfileError):
            settings(parsed)
        _parsed(format_commands(parsed).encode("utf-8", "surrogatepass"), "ollama")
    findings = lint(data)
    _inside(tuple(finding.diagnostic for finding in findings))
    if findings:
        fixes = compatible(finding.fix for finding in findings if finding.fix)
        apply(findings[0].diagnostic.source.text, fixes)
    mended = fix(data)
    if len(mended.applied) < MOST_ROUNDS:  # a round mends one thing at least; what needs more of them is left as it is
        assert fix(mended.data).data == mended.data


def _parsed(data: bytes, dialect: Dialect) -> Modelfile | None:
    try:
        parsed = parse(data, dialect=dialect)
        findings = parsed.warnings
    except ModelfileError as error:
        parsed, findings = None, error.diagnostics
    _inside(findings)
    assert any(finding.is_error for finding in findings) == (parsed is None)
    return parsed


def _inside(findings: tuple[Diagnostic, ...]) -> None:
    for finding in findings:
        assert 0 <= finding.span.start <= finding.span.end <= len(finding.source.text)
        assert finding.render()


def formatter(data: bytes) -> None:
    """The form keeps what a Modelfile means, in each dialect that can read it, and is its own form."""
    for dialect in _DIALECTS:
        before = _parsed(data, dialect)
        if before is None:
            continue
        formatted = layout(before.source, dialect)
        assert layout(Source("again", formatted), dialect) == formatted
        assert parse(formatted, dialect=dialect).instructions == before.instructions
        if dialect == "ollama" and (ours := _parsed(data, "olbuild")) is not None:
            assert parse(formatted, dialect="olbuild").instructions == ours.instructions


def go_template(data: bytes) -> None:
    """Any text is a Go template or a refusal with a place; it renders within bounds, and its Jinja means the same."""
    text = data.decode("utf-8", "replace")
    try:
        template = parse_template(text)
    except ModelfileError as error:
        _inside(error.diagnostics)
        return
    compiled = compile_template(template)
    exact = _rendered_by_go(text)
    if exact is None or not compiled.portable or zlib.crc32(data) % _FULL_TEST:
        return
    variables = {"messages": _MESSAGES, "tools": _TOOLS, "enable_thinking": True}
    try:
        written = render(compiled.jinja, variables)
    except FormatError as error:
        if not any(word in error.message for word in _BOUNDS):
            raise
        return
    assert same(written, exact), f"{written!r}, not {exact!r}"


def _rendered_by_go(text: str) -> str | None:
    try:
        return render_go(parse_template(text), _MESSAGES, today=_DAY, tools=_TOOLS, think=True)
    except TemplateFailure as error:
        _inside(error.diagnostics)
        return None


def jinja(data: bytes) -> None:
    """Any text is a chat template that renders, or one that is refused, or one that refuses, in bounds."""
    variables = {
        "messages": _MESSAGES,
        "tools": _TOOLS,
        "add_generation_prompt": True,
        "bos_token": "<s>",
        "eos_token": "</s>",
    }
    text = data.decode("utf-8", "replace")
    _inside(check_jinja(text))
    with suppress(FormatError, UsageError):
        render(text, variables)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "modelfile": modelfile,
    "formatter": formatter,
    "go-template": go_template,
    "jinja": jinja,
}


def seeds(name: str) -> Iterator[bytes]:
    """Yield inputs to begin with, from the goldens."""
    if name in {"modelfile", "formatter"}:
        yield from (path.read_bytes() for path in sorted(GOLDEN.glob("modelfile/*/Modelfile")))
        yield from (base64.b64decode(line["b64"]) for line in _lines("modelfiles.jsonl")[::10])
        return
    texts = dict.fromkeys(line["text"] for line in _lines("templates.jsonl") if len(line["text"]) < 2000)
    for number, text in enumerate(texts):
        if name == "go-template":
            yield text.encode()
        elif number % 5 == 0:
            with suppress(ModelfileError):
                yield compile_template(text).jinja.encode()


def _lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (GOLDEN / name).read_text("utf-8").splitlines()]


def attempt(name: str, data: bytes) -> float:
    """Try one input, and return the seconds of processor time that it took.

    Raises:
        AssertionError: if a law does not hold, or it took too long.
    """
    started = time.process_time()
    TARGETS[name](data)
    seconds = time.process_time() - started
    assert seconds < MOST_SECONDS, f"it takes {seconds:.1f} s"
    return seconds


if __name__ == "__main__":
    TARGETS[sys.argv[1]](b"")  # what is loaded and compiled once does not count
    print(f"{attempt(sys.argv[1], Path(sys.argv[2]).read_bytes()):.3f} s")
