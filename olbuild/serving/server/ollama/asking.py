"""What requests for an answer have in common, and how it is read."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.requests import Request

from olbuild.artifact.bundle import ParameterValue
from olbuild.core.errors import UsageError
from olbuild.core.records import Frozen
from olbuild.running.requests import Grammar
from olbuild.serving.server.context import Context, signature
from olbuild.serving.server.models import Stored
from olbuild.serving.server.ollama.options import read_options
from olbuild.serving.server.uses import find
from olbuild.serving.wire import ollama as wire
from olbuild.serving.wire.keepalive import read_keep_alive
from olbuild.serving.wire.openai.formats import of_schema

_LEVELS = ("high", "medium", "low", "max")
_THINK = '(must be "high", "medium", "low", "max", true, or false)'
_MOST_ALTERNATIVES = 20
MODEL_REQUIRED = "model is required"


class Asked(Frozen, kw_only=True):
    """A request of either kind, read.

    ``wishes`` are the arguments that every request for an answer has, ``needed`` what the model must be able to do.
    """

    model: str
    stored: Stored
    stream: bool
    keep_alive: float | None
    think: bool | str | None
    options: dict[str, ParameterValue]
    client: str
    wishes: dict[str, Any]
    needed: tuple[str, ...] = ()


def read_asked(
    context: Context, request: Request, asked: wire.GenerateRequest | wire.ChatRequest, invalid: str
) -> Asked:
    """Read what both kinds of requests have; ``invalid`` is what Ollama says to a name that is none.

    Raises:
        UsageError, NotFoundError, Problem: if it says something that cannot be.
    """
    think, keep_alive = read_think(asked.think), read_keep_alive(asked.keep_alive)
    if not 0 <= asked.top_logprobs <= _MOST_ALTERNATIVES:
        raise UsageError(f"top_logprobs must be between 0 and {_MOST_ALTERNATIVES}")
    if not asked.model and invalid == MODEL_REQUIRED:
        raise UsageError(invalid)
    stored = find(context, asked.model, invalid=invalid)
    options = read_options(asked.options)
    signed = signature(request)
    return Asked(
        model=asked.model,
        stored=stored,
        stream=asked.stream is not False,
        keep_alive=keep_alive,
        think=think,
        options=options,
        client=signed["client"],
        wishes={
            **signed,
            "options": options,
            "format": read_format(asked.format),
            "think": think,
            "truncate": asked.truncate is not False,
            "shift": asked.shift is not False,
            "logprobs": asked.top_logprobs if asked.logprobs else None,
        },
    )


def read_think(value: object) -> bool | str | None:
    """Return what ``think`` says.

    Raises:
        UsageError: if that is nothing that it can say.
    """
    if value is None or isinstance(value, bool) or value in _LEVELS:
        return value
    if isinstance(value, str):
        raise UsageError(f'invalid think value: "{value}" {_THINK}')
    raise UsageError('think must be a boolean or string ("high", "medium", "low", "max", true, or false)')


def read_format(value: object) -> Grammar | None:
    """Return what ``format`` asks for.

    Raises:
        UsageError: if it is neither ``json`` nor a JSON Schema.
    """
    match value:
        case None | "":
            return None
        case "json":
            return Grammar(kind="json")
        case dict():
            return of_schema(value)
        case _:
            shown = msgspec.json.encode(value).decode()[:100]
            raise UsageError(f'invalid format: {shown}; expected "json" or a valid JSON Schema object')


def read_images(images: Sequence[str]) -> tuple[bytes, ...]:
    """Return files that were sent as base64.

    Raises:
        UsageError: if one of them is no base64.
    """
    try:
        return tuple(base64.b64decode(each, validate=True) for each in images)
    except (binascii.Error, ValueError):
        raise UsageError("illegal base64 data in images") from None
