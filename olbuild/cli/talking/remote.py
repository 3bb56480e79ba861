"""A model at a server that speaks Ollama's API, to talk with."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from olbuild.core.errors import EngineError, NotFoundError, UsageError
from olbuild.running.requests import Chat, Delta, Done

if TYPE_CHECKING:
    from olbuild.artifact.bundle import Message, ParameterValue
    from olbuild.serving.client import Client


class Remote(AbstractContextManager["Remote"]):
    """A model by its name. The server loads it when it is asked."""

    def __init__(self, client: Client, name: str, *, keep_alive: str | None = None) -> None:
        """Ask the server what it is.

        Raises:
            OlbuildError: if there is no server there, or no such model.
        """
        self._client, self._keep_alive = client, keep_alive
        self.name = name
        try:
            self._said: dict[str, Any] = client.post("/api/show", {"model": name}) or {}
        except NotFoundError as error:
            raise NotFoundError(error.message, hint=f"the server has {', '.join(self.others()) or 'none'}") from None

    def __exit__(self, *_exception: object) -> None:
        """Leave it to the server."""

    @property
    def capabilities(self) -> frozenset[str]:
        """What it can do."""
        return frozenset(map(str, self._said.get("capabilities") or ()))

    @property
    def messages(self) -> tuple[Message, ...]:
        """What stands before every conversation with it."""
        from olbuild.artifact.bundle import Message

        said = self._said.get("messages")
        known = [each for each in said if isinstance(each, dict)] if isinstance(said, list) else []
        return tuple(Message(role=str(each.get("role")), content=str(each.get("content", ""))) for each in known)

    def is_fixed(self, parameter: str) -> bool:  # noqa: ARG002 - the server loads it anew where it must
        """No parameter is."""
        return False

    def others(self) -> tuple[str, ...]:
        """Return the names of the server's models."""
        return tuple(str(each["name"]) for each in self._client.get("/api/tags")["models"])

    def ask(self, request: Chat) -> _Streamed:
        """Begin to answer."""
        body: dict[str, Any] = {
            "model": self.name,
            "messages": [_message(message) for message in request.messages],
            "options": dict(request.options),
            "stream": True,
            "truncate": request.truncate,
        }
        if request.think is not None:
            body["think"] = request.think
        if request.format is not None:
            body["format"] = _format(request)
        if self._keep_alive is not None:
            body["keep_alive"] = _keep_alive(self._keep_alive)
        return _Streamed(self._client.stream("/api/chat", body))

    def show(self, what: str) -> str:
        """Return what the server says about it."""
        if what == "info":
            details = self._said.get("details") or {}
            return "\n".join(
                f"{name:<20}{value}" for name, value in details.items() if isinstance(value, str) and value
            )
        text = self._said.get(what)
        if not isinstance(text, str) or not text.strip():
            raise UsageError(f"the model has no {what}")
        return text

    def save(
        self,
        name: str,
        *,
        system: str | None,
        parameters: Mapping[str, ParameterValue],
        messages: Sequence[Message],
    ) -> None:
        """Let the server make a model on top of this one."""
        body: dict[str, Any] = {"model": name, "from": self.name, "stream": False}
        if system is not None:
            body["system"] = system
        if parameters:
            body["parameters"] = dict(parameters)
        if messages:
            body["messages"] = [{"role": each.role, "content": each.content} for each in messages]
        self._client.post("/api/create", body)


class _Streamed(AbstractContextManager["_Streamed"]):
    """The lines of an answer as deltas. Leaving the context ends the request."""

    def __init__(self, lines: Iterator[dict[str, Any]]) -> None:
        self._lines = lines
        self._done: Done | None = None

    def __exit__(self, *_exception: object) -> None:
        close = getattr(self._lines, "close", None)
        if close is not None:
            close()

    def __iter__(self) -> Iterator[Delta]:
        """Walk the deltas."""
        for line in self._lines:
            message = line.get("message") or {}
            content, thinking = str(message.get("content") or ""), str(message.get("thinking") or "")
            if content or thinking:
                yield Delta(content=content, thinking=thinking)
            if line.get("done"):
                self._done = _done(line)

    @property
    def result(self) -> Done:
        """How it came about."""
        if self._done is None:
            raise EngineError("the server ended the answer without saying how")
        return self._done


def _done(line: Mapping[str, Any]) -> Done:
    def number(name: str) -> int:
        value = line.get(name)
        return value if isinstance(value, int) else 0

    return Done(
        finish="length" if line.get("done_reason") == "length" else "stop",
        prompt_tokens=number("prompt_eval_count"),
        tokens=number("eval_count"),
        prompt_seconds=number("prompt_eval_duration") / 1e9,
        generation_seconds=number("eval_duration") / 1e9,
        waited=number("load_duration") / 1e9,
    )


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    images = [base64.b64encode(image).decode() for image in message.get("images") or ()]
    return {**message, "images": images} if images else dict(message)


def _format(request: Chat) -> object:
    import json

    if request.format is None or request.format.kind == "json":
        return "json"
    return json.loads(request.format.text)


def _keep_alive(text: str) -> object:
    """Ollama takes a number of seconds, or a time with a unit."""
    try:
        return float(text)
    except ValueError:
        return text
