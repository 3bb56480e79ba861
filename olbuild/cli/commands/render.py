"""``olbuild render``."""

from __future__ import annotations

import json as encoder
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from olbuild.cli.columns import table
from olbuild.cli.options import Json, one_of
from olbuild.cli.session import Session
from olbuild.cli.streams import standard_input
from olbuild.core.errors import UsageError

if TYPE_CHECKING:
    from olbuild.api.rendering import Renderer
    from olbuild.language.template import Part
    from olbuild.running.chat import Think

_STANDARD_INPUT = "-"
_THINK: dict[str | None, Think] = {None: None, "true": True, "false": False}
_WIDEST = 60  # characters of an expression; JSON has all of them


def render(
    session: Session,
    place: Annotated[
        str,
        typer.Argument(metavar="NAME", help="A name in the local store, or a file: a template, a Modelfile, a folder."),
    ],
    *,
    messages: Annotated[str, typer.Option("--messages", "-m", metavar="FILE", help="The conversation, as JSON; or -.")],
    tools: Annotated[str | None, typer.Option(metavar="FILE", help="The tools, as JSON; or -.")] = None,
    think: Annotated[
        str | None,
        typer.Option(
            metavar="true|false|low|medium|high",
            callback=one_of("true", "false", "low", "medium", "high"),
            help="Whether the model shall think, or how much.",
        ),
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say which part of the template made what.")] = False,
    jinja: Annotated[bool, typer.Option("--jinja", help="Render the Jinja that a Go template is compiled to.")] = False,
    build_args: Annotated[
        list[str] | None, typer.Option("--build-arg", metavar="NAME=VALUE", help="A value for an ARG of a Modelfile.")
    ] = None,
    target: Annotated[str | None, typer.Option(metavar="STAGE", help="The stage of a Modelfile.")] = None,
    json: Json = False,
) -> None:
    """Print the prompt that a model is given for a conversation, byte for byte. No model is loaded.

    The messages are a list as in the HTTP APIs. What the model has of its own, a system text or messages, is added as
    run does it. A file needs no model: its template is rendered alone.

    Examples:
        olbuild render me/assistant --messages talk.json
        olbuild render chat.jinja --messages talk.json --tools tools.json --explain
        echo '[{"role": "user", "content": "Hi"}]' | olbuild render Modelfile --messages -
    """
    from olbuild.api.arguments import read_arguments
    from olbuild.api.conversations import read_messages, read_tools
    from olbuild.api.rendering import renderer

    if messages == tools == _STANDARD_INPUT:
        raise UsageError("--messages and --tools cannot both come from standard input")
    talk = read_messages(*_read(messages, "the messages"))
    functions = read_tools(*_read(tools, "the tools")) if tools is not None else None
    given = read_arguments(build_args or ())
    found = renderer(session.workspace, place, jinja=jinja, arguments=given, target=target)
    wanted = _THINK.get(think, think)
    parts = found.explain(talk, functions, wanted) if explain else None
    prompt = found.render(talk, functions, wanted) if parts is None else "".join(part.text for part in parts)
    if json:
        session.write_json(_document(found, prompt, parts))
    elif parts is not None:
        session.write_lines(table(("CHARACTERS", "PLACE", "WHAT", "TEXT"), _rows(parts), None))
    else:
        session.write_file(prompt.encode("utf-8", "replace"))


def _read(place: str, what: str) -> tuple[bytes, str]:
    from olbuild.api.conversations import read_document

    if place == _STANDARD_INPUT:
        return standard_input(what), "standard input"
    return read_document(Path(place)), place


def _document(found: Renderer, prompt: str, parts: tuple[Part, ...] | None) -> dict[str, object]:
    template = found.choice.template
    document: dict[str, object] = {
        "prompt": prompt,
        "template": {"language": template.language if template else None, "origin": found.choice.origin},
    }
    if parts is not None:
        document["parts"] = [
            {"start": start, "end": end, "line": part.line, "column": part.column, "what": part.kind, "text": part.text}
            for start, end, part in _placed(parts)
        ]
    return document


def _rows(parts: tuple[Part, ...]) -> list[tuple[str, str, str, str]]:
    return [
        (f"{start}..{end}", _place(part), _short(part.kind), encoder.dumps(part.text, ensure_ascii=False))
        for start, end, part in _placed(parts)
    ]


def _placed(parts: tuple[Part, ...]) -> list[tuple[int, int, Part]]:
    placed, start = [], 0
    for part in parts:
        placed.append((start, start + len(part.text), part))
        start += len(part.text)
    return placed


def _place(part: Part) -> str:
    return f"{part.line}:{part.column}" if part.column else str(part.line or "-")


def _short(kind: str) -> str:
    line = " ".join(kind.split())
    return line if len(line) <= _WIDEST else f"{line[: _WIDEST - 1]}…"
