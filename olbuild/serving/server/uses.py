"""Finding and using a model: what every API does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from olbuild.core.errors import EngineError, NotFoundError, UnsupportedError, UsageError
from olbuild.core.names import OllamaName
from olbuild.running.manager.port import Handle
from olbuild.running.requests import Call, Delta, Done, Event, TokenLogprob
from olbuild.serving.server.context import Context
from olbuild.serving.server.models import Stored


def find(
    context: Context, name: str, *, invalid: str = "invalid model name", missing: str = "model '{}' not found"
) -> Stored:
    """Return a model that a client names.

    Raises:
        NotFoundError: if it is not here.
        UsageError: if the name is none of Ollama's, and nothing here is called so.
    """
    missing = missing.replace("{}", name)
    if not name:
        raise NotFoundError(missing)
    try:
        stored = context.models.find(name)
        if stored is None:
            OllamaName.parse(name)
    except UsageError:
        raise UsageError(invalid) from None
    if stored is None:
        raise NotFoundError(missing)
    return stored


def require(handle: Handle, model: str, capabilities: Iterable[str]) -> None:
    """Check that a model can do what is asked; of one that does not say what it can, nothing is known.

    Raises:
        UnsupportedError: if it cannot.
    """
    able = handle.facts.capabilities
    for each in capabilities:
        if able and each not in able:
            raise UnsupportedError(f'"{model}" does not support {each}', capability=each)


async def merged(events: AsyncIterator[Event]) -> tuple[Delta, Done]:
    """Return a whole answer.

    Raises:
        OlbuildError: as it fails.
    """
    content: list[str] = []
    thinking: list[str] = []
    calls: list[Call] = []
    logprobs: list[TokenLogprob] = []
    async for event in events:
        if isinstance(event, Delta):
            content.append(event.content)
            thinking.append(event.thinking)
            calls += event.calls
            logprobs += event.logprobs
        elif isinstance(event, Done):
            whole = Delta(
                content="".join(content), thinking="".join(thinking), calls=tuple(calls), logprobs=tuple(logprobs)
            )
            return whole, event
    raise EngineError("the answer of the model has no end")
