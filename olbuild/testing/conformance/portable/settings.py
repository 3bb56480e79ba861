"""The runtimes in which a portable template must mean the same; each renders a template that it was given once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from jinja2.exceptions import TemplateError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

from olbuild.core.errors import EngineError
from olbuild.core.records import Frozen
from olbuild.llama.formatter import chat_formatter
from olbuild.testing.conformance.portable.server import PROBES, find_server, opened

Variables: TypeAlias = Mapping[str, Any]
Render: TypeAlias = Callable[[Variables], str]
"""Renders a conversation; raises what the runtime raises when the template fails."""


class Setting(Frozen):
    """A runtime that is here. ``open`` takes a template and gives what renders it, as long as the context lasts.

    ``probes`` are conversations that the runtime itself renders before it takes a template; a Go template that fails
    for one of them cannot be taken, which ``leaves_out`` says in words.
    """

    name: str
    open: Callable[[str], AbstractContextManager[Render]]
    probes: Sequence[Variables] = ()
    leaves_out: str = ""


class Missing(Frozen):
    """A runtime that is not here, and what it needs."""

    name: str
    reason: str


def settings() -> tuple[Sequence[Setting], Sequence[Missing]]:
    """Return the runtimes that are here, the cheap ones first, and those that are not."""
    here = [
        Setting("Hugging Face, trimming blocks", lambda jinja: _hugging_face(jinja, blocks=True)),
        Setting("Hugging Face, not trimming", lambda jinja: _hugging_face(jinja, blocks=False)),
    ]
    missing: list[Missing] = []
    try:
        chat_formatter("")
        here.append(Setting("llama-cpp-python's formatter", _formatter))
    except EngineError as error:
        missing.append(Missing("llama-cpp-python's formatter", error.message))
    program = find_server()
    if program is None:
        missing.append(Missing("llama-server's /apply-template", "there is no program llama-server on PATH"))
    else:
        here.append(llama_server(program))
    return here, missing


def llama_server(program: Path) -> Setting:
    """Return the setting of a llama-server."""
    left_out = "the Go template fails for a conversation that llama-server tries when it starts"
    return Setting("llama-server's /apply-template", lambda jinja: _server(program, jinja), PROBES, left_out)


def hugging_face(*, blocks: bool) -> ImmutableSandboxedEnvironment:
    """Make what ``_compile_jinja_template`` in transformers' ``utils/chat_template_utils.py`` makes.

    That one always trims blocks; without it, the same template must mean the same.
    """
    made = ImmutableSandboxedEnvironment(trim_blocks=blocks, lstrip_blocks=blocks, extensions=[loopcontrols])
    made.filters["tojson"] = _tojson
    made.globals["raise_exception"] = _refuse
    made.globals["strftime_now"] = lambda form: datetime.now().astimezone().strftime(form)
    return made


@contextmanager
def _hugging_face(jinja: str, *, blocks: bool) -> Iterator[Render]:
    yield hugging_face(blocks=blocks).from_string(jinja).render


@contextmanager
def _formatter(jinja: str) -> Iterator[Render]:
    yield chat_formatter(jinja)


@contextmanager
def _server(program: Path, jinja: str) -> Iterator[Render]:
    with opened(program, jinja) as server:
        yield server.render


def _tojson(
    value: object,
    ensure_ascii: bool = False,  # noqa: FBT001, FBT002 - Hugging Face's signature
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,  # noqa: FBT001, FBT002
) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def _refuse(message: str) -> NoReturn:
    raise TemplateError(message)
